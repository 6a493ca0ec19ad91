/* SPDX-License-Identifier: Apache-2.0 */
/* A request that is recorded. */
#ifndef HAETAE_EXAMPLES_NGINX_REQUEST_H
#define HAETAE_EXAMPLES_NGINX_REQUEST_H

#include "conf.h"

struct nh_request {
    haetae_span span;
    haetae_span_context context;  /* of the span */
    uint64_t start_ns;            /* of the monotonic clock */
    struct nh_location *location; /* whose name the span has */
    ngx_uint_t method;            /* an index of nh_methods */
    ngx_str_t method_name;        /* as the client wrote it; an error page changes nginx's */
    ngx_uint_t scheme;            /* SCHEME_HTTP or SCHEME_HTTPS */
    bool injected;
};

/* What is recorded of a request or its main request; NULL: nothing. */
struct nh_request *nh_request_of(ngx_http_request_t *r);

/* Makes what is kept of a request, as long as it lasts. NULL: there is no memory. */
struct nh_request *nh_request_make(ngx_http_request_t *r);

/* The context of the request whose connection has this log; NULL: there is none. */
const haetae_span_context *nh_request_context_of_log(const ngx_log_t *log);

#endif
