/* SPDX-License-Identifier: Apache-2.0 */
/* A small, instrumented HTTP server on libmicrohttpd. Each request is a SERVER
 * span that continues the caller's trace. The span is current while the handler
 * runs, so spans and log records of the handler belong to it. */
#ifndef HAETAE_EXAMPLES_DISPATCH_HTTP_SERVER_H
#define HAETAE_EXAMPLES_DISPATCH_HTTP_SERVER_H

#include <microhttpd.h>
#include <stdint.h>

#include <haetae/haetae.h>

struct http_request {
    struct MHD_Connection *connection;
    const char *parameter; /* the text in the place of {…} in the route, or "" */
};

struct http_reply {
    unsigned status;
    const char *error_type; /* static text for error.type; NULL: derived from the status */
    char body[256];         /* JSON */
    const void *page;       /* HTML instead of it, never freed; NULL: none */
    size_t page_bytes;
};

typedef void (*http_handler)(void *user, const struct http_request *request,
                             struct http_reply *reply);

/* `pattern` may end in one parameter: "/rides/{id}". */
struct http_route {
    const char *method;
    const char *pattern;
    http_handler handler;
};

struct http_server;

/* Serves `routes` (`count` of them, borrowed) on 127.0.0.1:`port`; with 0
 * the kernel chooses a port. NULL on failure. */
struct http_server *http_server_start(haetae_sdk *sdk, const struct http_route *routes,
                                      size_t count, void *user, uint16_t port);
uint16_t http_server_port(const struct http_server *server);
/* Closes the connections and frees the server. */
void http_server_stop(struct http_server *server);

/* The number of a query argument, or `otherwise` when it is missing. */
double http_query_number(const struct http_request *request, const char *key, double otherwise);

#endif
