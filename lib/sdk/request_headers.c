/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/request_headers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/token.h"
#include "sdk/config_internal.h"

enum { HEADERS_MAX = 32, BYTES_MAX = 64 * 1024 };

/* A name and a value, each with its NUL, in one block. */
struct header {
    char *name;
    size_t size_bytes;
};

struct haetae_request_headers {
    struct header headers[HEADERS_MAX];
    size_t count;
    size_t size_bytes;
};

haetae_status haetae_config_set_request_headers(haetae_config *config,
                                                haetae_request_headers_callback callback,
                                                void *user)
{
    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    config->request_headers = callback;
    config->request_headers_user = user;
    return HAETAE_OK;
}

haetae_request_headers_callback haetae_config_get_request_headers(const haetae_config *config,
                                                                  void **ret_user)
{
    if (config == NULL || config->request_headers == NULL) {
        return NULL;
    }
    if (ret_user != NULL) {
        *ret_user = config->request_headers_user;
    }
    return config->request_headers;
}

haetae_status haetae_request_headers_new(haetae_request_headers **ret_headers)
{
    HAE_HOLD_CANCELLATION();
    haetae_request_headers *headers;

    if (ret_headers == NULL) {
        return HAETAE_EINVAL;
    }
    headers = hae_calloc(1, sizeof *headers);
    if (headers == NULL) {
        return HAETAE_ENOMEM;
    }
    *ret_headers = headers;
    return HAETAE_OK;
}

/* A line break would add headers, or a request, of its own. */
static bool is_value(const char *value)
{
    for (; *value != '\0'; value++) {
        if (((unsigned char)*value < ' ' && *value != '\t') || *value == 0x7F) {
            return false;
        }
    }
    return true;
}

static void forget(struct header *header)
{
    explicit_bzero(header->name, header->size_bytes); /* the value is a secret */
    hae_free(header->name);
}

/* The header of this name, or the next free one. */
static size_t find(const haetae_request_headers *headers, const char *name)
{
    size_t i = 0;

    while (i < headers->count && strcasecmp(headers->headers[i].name, name) != 0) {
        i++;
    }
    return i;
}

haetae_status haetae_request_headers_add(haetae_request_headers *headers, const char *name,
                                         const char *value)
{
    HAE_HOLD_CANCELLATION();
    size_t name_bytes, value_bytes, index, replaced_bytes;
    char *text;

    if (headers == NULL || name == NULL || value == NULL || !hae_is_token(haetae_string_of(name)) ||
        !is_value(value)) {
        return HAETAE_EINVAL;
    }
    name_bytes = strlen(name) + 1;
    value_bytes = strlen(value) + 1;
    index = find(headers, name);
    replaced_bytes = index < headers->count ? headers->headers[index].size_bytes : 0;
    if (index == HEADERS_MAX || name_bytes > BYTES_MAX || value_bytes > BYTES_MAX ||
        headers->size_bytes - replaced_bytes + name_bytes + value_bytes > BYTES_MAX) {
        return HAETAE_ELIMIT;
    }
    text = hae_malloc(name_bytes + value_bytes);
    if (text == NULL) {
        return HAETAE_ENOMEM;
    }
    memcpy(text, name, name_bytes);
    memcpy(text + name_bytes, value, value_bytes);
    if (index < headers->count) {
        forget(&headers->headers[index]);
    } else {
        headers->count++;
    }
    headers->headers[index] = (struct header){text, name_bytes + value_bytes};
    headers->size_bytes += name_bytes + value_bytes - replaced_bytes;
    return HAETAE_OK;
}

bool haetae_request_headers_get(const haetae_request_headers *headers, size_t index,
                                const char **ret_name, const char **ret_value)
{
    if (headers == NULL || index >= headers->count) {
        return false;
    }
    if (ret_name != NULL) {
        *ret_name = headers->headers[index].name;
    }
    if (ret_value != NULL) {
        *ret_value = headers->headers[index].name + strlen(headers->headers[index].name) + 1;
    }
    return true;
}

void haetae_request_headers_free(haetae_request_headers *headers)
{
    HAE_HOLD_CANCELLATION();

    if (headers == NULL) {
        return;
    }
    for (size_t i = 0; i < headers->count; i++) {
        forget(&headers->headers[i]);
    }
    hae_free(headers);
}
