/* SPDX-License-Identifier: Apache-2.0 */
#include "redact.h"

#include <stdbool.h>

static const ngx_str_t secret_keys[] = {ngx_string("AWSAccessKeyId"), ngx_string("Signature"),
                                        ngx_string("sig"), ngx_string("X-Goog-Signature")};
static const ngx_str_t replacement = ngx_string("REDACTED");

/* The length of "key=" at the beginning of a parameter whose value is secret; 0: it is none. */
static size_t secret_prefix(const u_char *parameter, size_t length)
{
    for (size_t i = 0; i < sizeof secret_keys / sizeof secret_keys[0]; i++) {
        const ngx_str_t *key = &secret_keys[i];

        if (parameter[0] == key->data[0] && length > key->len && parameter[key->len] == '=' &&
            ngx_memcmp(parameter, key->data, key->len) == 0) {
            return key->len + 1;
        }
    }
    return 0;
}

/* Copies the parameters of `query` to `out`, which may be NULL. Returns the length of the copy;
 * *ret_changed: it differs. */
static size_t redact(ngx_str_t query, u_char *out, bool *ret_changed)
{
    const u_char *at = query.data;
    const u_char *end = at + query.len;
    size_t size = 0;

    *ret_changed = false;
    while (at < end) {
        const u_char *next = memchr(at, '&', (size_t)(end - at));
        size_t length = (size_t)((next != NULL ? next : end) - at);
        size_t kept = length != 0 ? secret_prefix(at, length) : 0;
        bool secret = kept != 0;

        kept = secret ? kept : length;
        if (out != NULL) {
            ngx_memcpy(out + size, at, kept);
        }
        size += kept;
        if (secret && out != NULL) {
            ngx_memcpy(out + size, replacement.data, replacement.len);
        }
        size += secret ? replacement.len : 0;
        *ret_changed = *ret_changed || secret;
        if (next != NULL && out != NULL) {
            out[size] = '&';
        }
        size += next != NULL;
        at += length + (next != NULL);
    }
    return size;
}

ngx_str_t nh_redact_query(ngx_pool_t *pool, ngx_str_t query)
{
    ngx_str_t copy = ngx_null_string;
    bool changed;
    size_t size = redact(query, NULL, &changed);

    if (!changed) {
        return query;
    }
    copy.data = ngx_pnalloc(pool, size);
    if (copy.data != NULL) {
        copy.len = redact(query, copy.data, &changed);
    }
    return copy;
}
