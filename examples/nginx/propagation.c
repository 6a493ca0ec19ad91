/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation.h"

/* Header number `index` of this name, which is in lower case, from 0 on. */
static inline ngx_table_elt_t *find_header_of(ngx_http_request_t *r, const char *name,
                                              size_t length, size_t index)
{
    for (ngx_list_part_t *part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        ngx_table_elt_t *headers = part->elts;

        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (headers[i].key.len == length &&
                ngx_memcmp(headers[i].lowcase_key, name, length) == 0 && index-- == 0) {
                return &headers[i];
            }
        }
    }
    return NULL;
}

static ngx_table_elt_t *find_header(ngx_http_request_t *r, const char *name, size_t index)
{
    return find_header_of(r, name, ngx_strlen(name), index);
}

static const char *get_header(void *request, const char *name, size_t index)
{
    ngx_table_elt_t *header = find_header(request, name, index);

    return header != NULL ? (const char *)header->value.data : NULL; /* it ends with NUL */
}

bool nh_extract(ngx_http_request_t *r, haetae_span_context *ret_parent)
{
    /* Most requests have none, and one look is enough to see it. */
    return find_header_of(r, "traceparent", sizeof "traceparent" - 1, 0) != NULL &&
           haetae_context_extract_all(get_header, r, ret_parent) == HAETAE_OK;
}

/* ---- Inject ------------------------------------------------------------------------------ */

static ngx_table_elt_t *add_header(ngx_http_request_t *r, const char *name, size_t length)
{
    u_char *copy = ngx_pnalloc(r->pool, length + 1);
    ngx_table_elt_t *header = copy != NULL ? ngx_list_push(&r->headers_in.headers) : NULL;

    if (header == NULL) {
        return NULL;
    }
    ngx_memzero(header, sizeof *header);
    ngx_memcpy(copy, name, length + 1);
    header->key.data = copy;
    header->key.len = length;
    header->lowcase_key = copy;
    header->hash = ngx_hash_key(copy, length);
    return header;
}

static void set_header(void *request, const char *name, const char *value)
{
    ngx_http_request_t *r = request;
    size_t length = ngx_strlen(value);
    u_char *copy = ngx_pnalloc(r->pool, length + 1);
    ngx_table_elt_t *header = find_header(r, name, 0);

    if (copy == NULL) {
        return;
    }
    if (header == NULL) {
        header = add_header(r, name, ngx_strlen(name));
    }
    if (header != NULL) {
        ngx_memcpy(copy, value, length + 1);
        header->value.data = copy;
        header->value.len = length;
    }
}

/* nginx cannot take headers away. An empty tracestate is as good as none. A second traceparent
 * would make the first one invalid, so it gets another name. */
static void neutralize(ngx_http_request_t *r)
{
    static ngx_str_t ignored = ngx_string("x-ignored-traceparent");
    ngx_table_elt_t *header;

    while ((header = find_header(r, "traceparent", 1)) != NULL) {
        header->key = ignored;
        header->lowcase_key = ignored.data;
        header->hash = ngx_hash_key(ignored.data, ignored.len);
    }
    for (size_t i = 0; (header = find_header(r, "tracestate", i)) != NULL; i++) {
        header->value.len = 0;
    }
}

void nh_inject(ngx_http_request_t *r, haetae_span span)
{
    ngx_http_request_t *main = r->main;

    if (span == HAETAE_SPAN_NONE) {
        return;
    }
    neutralize(main);
    haetae_context_inject(span, set_header, main);
    /* A subrequest has a copy of the head of the list. */
    if (r != main) {
        r->headers_in.headers = main->headers_in.headers;
    }
}
