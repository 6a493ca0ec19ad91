/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/advisory.h"

#include <string.h>

#include "base/alloc.h"
#include "metrics/layout.h"
#include "wire/text.h"

bool hae_advisory_valid(const haetae_string *keys, size_t count)
{
    if (count > HAE_METRIC_ATTRIBUTES_MAX || (keys == NULL && count != 0)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        size_t length = hae_string_length(keys[i]);

        if (length == 0 || length > HAE_METRIC_ATTRIBUTES_SIZE_MAX) {
            return false;
        }
    }
    return true;
}

struct hae_key_filter *hae_advisory_filter_new(const haetae_string *keys, size_t count)
{
    size_t size = 0;
    struct hae_key_filter *filter;
    haetae_string *copies;
    char *at;

    for (size_t i = 0; i < count; i++) {
        size += keys[i].length;
    }
    filter = hae_calloc(1, sizeof *filter + count * sizeof *copies + size);
    if (filter == NULL) {
        return NULL;
    }
    copies = (haetae_string *)(filter + 1);
    at = (char *)(copies + count);
    for (size_t i = 0; i < count; i++) {
        memcpy(at, keys[i].data, keys[i].length);
        copies[i] = (haetae_string){at, keys[i].length};
        at += keys[i].length;
    }
    filter->keys = copies;
    filter->key_count = count;
    return filter;
}

static bool keeps_all(const struct hae_key_filter *filter, const haetae_string *keys, size_t count)
{
    size_t i = 0;

    while (i < count && hae_filter_keeps(filter, keys[i])) {
        i++;
    }
    return i == count;
}

bool hae_advisory_same(const struct hae_key_filter *filter, const haetae_string *keys, size_t count)
{
    const struct hae_key_filter other = {.keys = keys, .key_count = count};

    return filter != NULL && keeps_all(filter, keys, count) &&
           keeps_all(&other, filter->keys, filter->key_count);
}
