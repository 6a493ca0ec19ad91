/* SPDX-License-Identifier: Apache-2.0 */
#include "variables.h"

#include "request.h"

enum { TRACE_ID, SPAN_ID, TRACEPARENT, SAMPLED };

/* Writes the value to `out`, which has room for a traceparent and NUL, and returns its length. */
static size_t format(uintptr_t which, const haetae_span_context *context, u_char *out)
{
    switch (which) {
    case TRACE_ID:
        return (size_t)(ngx_hex_dump(out, (u_char *)context->trace_id, sizeof context->trace_id) -
                        out);
    case SPAN_ID:
        return (size_t)(ngx_hex_dump(out, (u_char *)context->span_id, sizeof context->span_id) -
                        out);
    case SAMPLED:
        out[0] = (context->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) ? '1' : '0';
        return 1;
    default:
        return haetae_traceparent_format(context, (char *)out, HAETAE_TRACEPARENT_LENGTH + 1);
    }
}

static ngx_int_t get(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t which)
{
    const struct nh_request *request = nh_request_of(r);

    if (request == NULL || !haetae_span_context_is_valid(&request->context)) {
        value->not_found = 1;
        return NGX_OK;
    }
    value->data = ngx_pnalloc(r->pool, HAETAE_TRACEPARENT_LENGTH + 1);
    if (value->data == NULL) {
        return NGX_ERROR;
    }
    value->len = (unsigned)format(which, &request->context, value->data) & 0xfffffff;
    value->valid = 1;
    value->no_cacheable = 0;
    value->not_found = 0;
    return NGX_OK;
}

ngx_int_t nh_variables_add(ngx_conf_t *cf)
{
    static ngx_str_t names[] = {
        [TRACE_ID] = ngx_string("haetae_trace_id"),
        [SPAN_ID] = ngx_string("haetae_span_id"),
        [TRACEPARENT] = ngx_string("haetae_traceparent"),
        [SAMPLED] = ngx_string("haetae_sampled"),
    };

    for (uintptr_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        /* A request that has no span yet may have one when it is asked again. */
        ngx_http_variable_t *variable =
            ngx_http_add_variable(cf, &names[i], NGX_HTTP_VAR_NOCACHEABLE);

        if (variable == NULL) {
            return NGX_ERROR;
        }
        variable->get_handler = get;
        variable->data = i;
    }
    return NGX_OK;
}
