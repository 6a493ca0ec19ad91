/* SPDX-License-Identifier: Apache-2.0 */
#include "receive/packed.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/gzip.h"

struct hae_buffer *hae_view_packed_new(const struct hae_view_asset *assets, size_t count)
{
    struct hae_buffer *packed = calloc(count, sizeof *packed);
    bool done = packed != NULL;
    for (size_t i = 0; done && i < count; i++) {
        packed[i] = (struct hae_buffer)HAE_BUFFER_INIT;
        done = hae_view_gzip(assets[i].data, assets[i].length, &packed[i]);
    }
    if (!done) {
        hae_view_packed_free(packed, count);
        return NULL;
    }
    return packed;
}

void hae_view_packed_free(struct hae_buffer *packed, size_t count)
{
    for (size_t i = 0; packed != NULL && i < count; i++) {
        hae_buffer_done(&packed[i]);
    }
    free(packed);
}

/* Whether a weight, as in "gzip;q=0.5", is zero. */
static bool is_refused(const char *parameters, size_t length)
{
    size_t at = 0;
    while (at < length && strchr("; \t", parameters[at]) != NULL) {
        at++;
    }
    if (length - at < 3 || strncasecmp(parameters + at, "q=0", 3) != 0) {
        return false;
    }
    at += 3;
    return strspn(parameters + at, ".0 \t") >= length - at;
}

bool hae_view_takes_gzip(const char *accept_encoding)
{
    const char *at = accept_encoding;
    while (at != NULL && *at != '\0') {
        at += strspn(at, ", \t");
        size_t length = strcspn(at, ",");
        size_t name = strcspn(at, ",; \t");
        if (name == strlen("gzip") && strncasecmp(at, "gzip", name) == 0) {
            return !is_refused(at + name, length - name);
        }
        at += length;
    }
    return false;
}
