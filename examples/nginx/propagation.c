/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation.h"

/* Header number `index` of this name, from 0 on. */
static inline ngx_table_elt_t *find_header(ngx_http_request_t *r, const char *name, size_t length,
                                           size_t index)
{
    for (ngx_list_part_t *part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        ngx_table_elt_t *headers = part->elts;

        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (headers[i].key.len == length &&
                ngx_strncasecmp(headers[i].key.data, (u_char *)name, length) == 0 && index-- == 0) {
                return &headers[i];
            }
        }
    }
    return NULL;
}

static const char *get_header(void *request, const char *name, size_t index)
{
    ngx_table_elt_t *header = find_header(request, name, ngx_strlen(name), index);

    return header != NULL ? (const char *)header->value.data : NULL; /* it ends with NUL */
}

/* ---- Inject ------------------------------------------------------------------------------ */

/* nginx cannot take headers away, since it keeps pointers to them. A header that is removed gets
 * this name and an empty value, until another one takes its place. */
static u_char removed[] = "x-removed";
enum { REMOVED_LENGTH = sizeof removed - 1 };

static void rename_header(ngx_table_elt_t *header, u_char *name, size_t length, u_char *lower)
{
    header->key.data = name;
    header->key.len = length;
    header->lowcase_key = lower;
    header->hash = ngx_hash_key(lower, length);
}

static void remove_header(void *request, const char *name, size_t length)
{
    ngx_table_elt_t *header;

    while ((header = find_header(request, name, length, 0)) != NULL) {
        rename_header(header, removed, REMOVED_LENGTH, removed);
        header->value.len = 0;
    }
}

static void set_header(void *request, const char *name, size_t length, const char *value,
                       size_t value_length)
{
    ngx_http_request_t *r = request;
    /* The name, the name in lower case, and the value, which end with NUL. */
    u_char *copy = ngx_pnalloc(r->pool, 2 * (length + 1) + value_length + 1);
    ngx_table_elt_t *header;

    if (copy == NULL) {
        return;
    }
    header = find_header(r, (const char *)removed, REMOVED_LENGTH, 0);
    if (header == NULL) {
        header = ngx_list_push(&r->headers_in.headers);
        if (header == NULL) {
            return;
        }
        ngx_memzero(header, sizeof *header);
    }
    ngx_memcpy(copy, name, length + 1);
    ngx_strlow(copy + length + 1, copy, length + 1);
    rename_header(header, copy, length, copy + length + 1);
    header->value.data = copy + 2 * (length + 1);
    header->value.len = value_length;
    ngx_memcpy(header->value.data, value, value_length + 1);
}

static const haetae_carrier_ops headers_of_request =
    HAETAE_OPTIONS(haetae_carrier_ops, .set = set_header, .remove = remove_header);

void nh_inject(ngx_http_request_t *r, haetae_span span)
{
    ngx_http_request_t *main = r->main;

    if (span == HAETAE_SPAN_NONE) {
        return;
    }
    haetae_propagator_inject(NULL, span, NULL, &headers_of_request, main);
    /* A subrequest has a copy of the head of the list. */
    if (r != main) {
        r->headers_in.headers = main->headers_in.headers;
    }
}

/* ---- Extract ----------------------------------------------------------------------------- */

static bool field_is(size_t index, const char *name)
{
    const char *field = haetae_propagator_field(NULL, index);

    return field != NULL && ngx_strcmp(field, name) == 0;
}

/* Whether a request without this header has no parent in the formats that are in use. */
static bool reads_only_traceparent(void)
{
    return field_is(0, "traceparent") && field_is(1, "tracestate") &&
           (haetae_propagator_field(NULL, 2) == NULL ||
            (field_is(2, "baggage") && haetae_propagator_field(NULL, 3) == NULL));
}

bool nh_extract(ngx_http_request_t *r, haetae_span_context *ret_parent)
{
    /* Most requests have no parent, and one look is enough to see it. */
    if (reads_only_traceparent() &&
        find_header(r, "traceparent", sizeof "traceparent" - 1, 0) == NULL) {
        return false;
    }
    return haetae_context_extract_all(get_header, r, ret_parent) == HAETAE_OK;
}
