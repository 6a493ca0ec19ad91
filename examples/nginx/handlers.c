/* SPDX-License-Identifier: Apache-2.0 */
#include "handlers.h"

#include <time.h>

#include "attributes.h"
#include "propagation.h"
#include "request.h"
#include "series.h"
#include "worker.h"

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- Begin ------------------------------------------------------------------------------- */

static bool is_text(const ngx_str_t *a, const ngx_str_t *b)
{
    return a->len == b->len && ngx_memcmp(a->data, b->data, a->len) == 0;
}

static ngx_uint_t method_of(const ngx_http_request_t *r)
{
    static const ngx_uint_t bits[METHOD_QUERY] = {
        NGX_HTTP_GET,   NGX_HTTP_HEAD,    NGX_HTTP_POST,  NGX_HTTP_PUT,    NGX_HTTP_DELETE,
        NGX_HTTP_PATCH, NGX_HTTP_OPTIONS, NGX_HTTP_TRACE, NGX_HTTP_CONNECT};
    ngx_uint_t method = 0;

    while (method < METHOD_QUERY && bits[method] != r->method) {
        method++;
    }
    /* nginx has no bit for it. */
    if (method == METHOD_QUERY && !is_text(&r->method_name, &nh_methods[METHOD_QUERY])) {
        return METHOD_OTHER;
    }
    return method;
}

static bool is_https(const ngx_http_request_t *r)
{
#if (NGX_SSL)
    return r->connection->ssl != NULL;
#else
    (void)r;
    return false;
#endif
}

/* How long ago the request's first byte came, which nginx knows to the millisecond: 0 unless
 * the rest of its headers came later. */
static uint64_t age_ns(const ngx_http_request_t *r)
{
    ngx_time_t *now = ngx_timeofday();
    int64_t age_ms = ((int64_t)now->sec - (int64_t)r->start_sec) * 1000 + (int64_t)now->msec -
                     (int64_t)r->start_msec;

    return age_ms > 0 ? (uint64_t)age_ms * 1000000 : 0;
}

static void start_span(ngx_http_request_t *r, struct nh_request *request)
{
    const ngx_str_t *name = &request->location->names[request->method];
    haetae_span_options options = HAETAE_OPTIONS(
        haetae_span_options, .kind = HAETAE_SPAN_KIND_SERVER, .ret_context = &request->context);
    haetae_span_context parent;
    uint64_t age = age_ns(r);

    request->start_ns = now_ns();
    if (age != 0) {
        request->start_ns -= age;
        options.start_time_unix_ns =
            (uint64_t)r->start_sec * 1000000000u + (uint64_t)r->start_msec * 1000000u;
    }
    if ((request->location->context & CONTEXT_EXTRACT) && nh_extract(r, &parent)) {
        options.parent = &parent;
    } else {
        options.root = 1;
    }
    request->span =
        haetae_span_start_with(nh_worker.tracer, (const char *)name->data, name->len, &options);
}

static struct nh_request *begin(ngx_http_request_t *r, struct nh_location *location)
{
    struct nh_request *request = nh_request_make(r);

    if (request == NULL) {
        return NULL;
    }
    request->location = location;
    request->method = method_of(r);
    request->method_name = r->method_name;
    request->scheme = is_https(r) ? SCHEME_HTTPS : SCHEME_HTTP;
    request->injected = false;
    start_span(r, request);
    haetae_bound_up_down_counter_add(nh_worker.active[request->method][request->scheme], 1);
    return request;
}

ngx_int_t nh_handle_begin(ngx_http_request_t *r)
{
    struct nh_location *location = nh_location_of(r);

    if (nh_worker.sdk != NULL && location->enabled && r == r->main && nh_request_of(r) == NULL) {
        begin(r, location);
    }
    return NGX_DECLINED;
}

/* ---- On its way ---------------------------------------------------------------------------- */

/* Only where a handler is configured, such as that of proxy_pass, can the headers go anywhere. */
ngx_int_t nh_handle_pass_on(ngx_http_request_t *r)
{
    ngx_http_core_loc_conf_t *core = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    struct nh_request *request;

    if (core->handler == NULL || !(nh_location_of(r)->context & CONTEXT_INJECT)) {
        return NGX_DECLINED;
    }
    request = nh_request_of(r);
    if (request != NULL && !request->injected) {
        request->injected = true;
        nh_inject(r, request->span);
    }
    return NGX_DECLINED;
}

/* ---- End ----------------------------------------------------------------------------------- */

/* The name that the span has at its end, if it is another one by now. */
static void update_name(ngx_http_request_t *r, const struct nh_request *request,
                        const struct nh_location *location)
{
    ngx_str_t name = location->names[request->method];

    if (location->span_name != NULL) {
        if (ngx_http_complex_value(r, location->span_name, &name) != NGX_OK) {
            return;
        }
    } else if (location == request->location) {
        return;
    }
    haetae_span_update_name(request->span, (const char *)name.data, name.len);
}

static void end_span(ngx_http_request_t *r, const struct nh_request *request,
                     const struct nh_location *location, ngx_uint_t status)
{
    struct nh_attributes list;

    /* A span that is sampled out takes no attributes. */
    if (!(request->context.trace_flags & HAETAE_TRACE_FLAG_SAMPLED)) {
        haetae_span_end(request->span);
        return;
    }
    update_name(r, request, location);
    if (status >= NGX_HTTP_INTERNAL_SERVER_ERROR) {
        haetae_span_set_status(request->span, HAETAE_SPAN_STATUS_ERROR, NULL, 0);
    }
    nh_attributes_collect(r, request, location, status, &list);
    nh_attributes_end(&list, request->span);
}

static ngx_uint_t status_of(const ngx_http_request_t *r)
{
    if (r->err_status != 0) {
        return r->err_status;
    }
    if (r->headers_out.status == 0 && r->http_version == NGX_HTTP_VERSION_9) {
        return NGX_HTTP_OK; /* HTTP 0.9 knows no status */
    }
    return r->headers_out.status;
}

/* Called once for each request, also for one that never came to a location, such as one that nginx
 * could not read. */
ngx_int_t nh_handle_end(ngx_http_request_t *r)
{
    struct nh_location *location = nh_location_of(r);
    struct nh_request *request;
    ngx_uint_t status;

    if (nh_worker.sdk == NULL || r != r->main) {
        return NGX_OK;
    }
    request = nh_request_of(r);
    if (request == NULL) {
        request = location->enabled ? begin(r, location) : NULL;
    }
    if (request == NULL) {
        return NGX_OK;
    }
    /* The page of an error is not the route of the request that failed. */
    if (r->error_page || !location->enabled) {
        location = request->location;
    }
    status = status_of(r);
    end_span(r, request, location, status);
    nh_series_record(r, request, location, status, (double)(now_ns() - request->start_ns) * 1e-9);
    haetae_bound_up_down_counter_add(nh_worker.active[request->method][request->scheme], -1);
    return NGX_OK;
}
