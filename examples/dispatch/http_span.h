/* SPDX-License-Identifier: Apache-2.0 */
/* What the server records about a request. */
#ifndef HAETAE_EXAMPLES_DISPATCH_HTTP_SPAN_H
#define HAETAE_EXAMPLES_DISPATCH_HTTP_SPAN_H

#include <microhttpd.h>

#include <haetae/haetae.h>

struct http_instruments {
    haetae_tracer *tracer;
    haetae_histogram *duration;     /* http.server.request.duration */
    haetae_up_down_counter *active; /* http.server.active_requests  */
};

/* A request from its first header to its last byte. */
struct http_span {
    const struct http_instruments *instruments;
    const char *method; /* as an attribute value; static */
    const char *route;  /* static; NULL: none matched    */
    haetae_span span;
    haetae_context *context; /* the span, and the baggage of the request; NULL: no memory for it */
    double start_s;
};

void http_instruments_init(struct http_instruments *instruments, haetae_sdk *sdk);

/* What is known when the headers have arrived. */
struct http_span_request {
    struct MHD_Connection *connection;
    const char *method;
    const char *path;
    const char *route; /* static; NULL: none matches */
};

void http_span_begin(struct http_span *span, const struct http_instruments *instruments,
                     const struct http_span_request *request);

/* Makes the span and the request's baggage current, until haetae_context_detach(). */
void http_span_attach(const struct http_span *span, haetae_context_token *token);

/* `status` 0: the connection broke before an answer was sent. */
void http_span_end(struct http_span *span, unsigned status, const char *error_type);

#endif
