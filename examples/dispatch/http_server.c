/* SPDX-License-Identifier: Apache-2.0 */
#include "http_server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_span.h"

#define CONNECTIONS_MAX 256

struct http_server {
    struct MHD_Daemon *daemon;
    const struct http_route *routes;
    size_t route_count;
    void *user;
    struct http_instruments instruments;
};

/* A request in progress; libmicrohttpd keeps the pointer. */
struct exchange {
    struct http_span span;
    const struct http_route *route; /* NULL: no route matches */
    char parameter[64];
    struct http_reply reply;
};

/* ---- Routing ---------------------------------------------------------------- */

static bool route_matches(const struct http_route *route, const char *method, const char *path,
                          const char **ret_parameter)
{
    if (strcmp(route->method, method) != 0) {
        return false;
    }
    const char *brace = strchr(route->pattern, '{');
    if (brace == NULL) {
        *ret_parameter = "";
        return strcmp(route->pattern, path) == 0;
    }
    size_t prefix = (size_t)(brace - route->pattern);
    *ret_parameter = path + prefix;
    return strncmp(route->pattern, path, prefix) == 0 && path[prefix] != '\0' &&
           strchr(path + prefix, '/') == NULL;
}

static void find_route(const struct http_server *server, struct exchange *exchange,
                       const char *method, const char *path)
{
    for (size_t i = 0; i < server->route_count; i++) {
        const char *parameter = "";
        if (route_matches(&server->routes[i], method, path, &parameter)) {
            exchange->route = &server->routes[i];
            snprintf(exchange->parameter, sizeof exchange->parameter, "%s", parameter);
            return;
        }
    }
}

/* ---- libmicrohttpd's callbacks ---------------------------------------------- */

static enum MHD_Result begin(struct http_server *server, struct MHD_Connection *connection,
                             const char *method, const char *path, void **state)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        return MHD_NO;
    }
    *state = exchange;
    find_route(server, exchange, method, path);
    struct http_span_request request = {
        .connection = connection,
        .method = method,
        .path = path,
        .route = exchange->route != NULL ? exchange->route->pattern : NULL,
    };
    http_span_begin(&exchange->span, &server->instruments, &request);
    return MHD_YES;
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct http_reply *reply)
{
    bool page = reply->page != NULL;
    /* libmicrohttpd takes a buffer that it may write to, and does not write to this one. */
    void *data = page ? (void *)(uintptr_t)reply->page : reply->body;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(page ? reply->page_bytes : strlen(reply->body), data,
                                        page ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            page ? "text/html; charset=utf-8" : "application/json");
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle(struct http_server *server, struct MHD_Connection *connection,
                              struct exchange *exchange)
{
    struct http_reply *reply = &exchange->reply;
    reply->status = MHD_HTTP_NOT_FOUND;
    snprintf(reply->body, sizeof reply->body, "{\"error\":\"no such resource\"}");
    if (exchange->route != NULL) {
        struct http_request request = {connection, exchange->parameter};
        haetae_context_token token;
        http_span_attach(&exchange->span, &token);
        exchange->route->handler(server->user, &request, reply);
        haetae_context_detach(&token);
    }
    return send_reply(connection, reply);
}

/* libmicrohttpd determines the parameters. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    (void)version;
    (void)upload;
    if (*state == NULL) {
        return begin(user, connection, method, path, state);
    }
    if (*upload_size > 0) { /* request bodies are ignored */
        *upload_size = 0;
        return MHD_YES;
    }
    return handle(user, connection, *state);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how)
{
    (void)user;
    (void)connection;
    struct exchange *exchange = *state;
    if (exchange == NULL) {
        return;
    }
    bool answered = how == MHD_REQUEST_TERMINATED_COMPLETED_OK;
    http_span_end(&exchange->span, answered ? exchange->reply.status : 0,
                  exchange->reply.error_type);
    free(exchange);
    *state = NULL;
}

/* ---- Start and stop ------------------------------------------------------------------- */

struct http_server *http_server_start(haetae_sdk *sdk, const struct http_route *routes,
                                      size_t count, void *user, uint16_t port)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return NULL;
    }
    server->routes = routes;
    server->route_count = count;
    server->user = user;
    http_instruments_init(&server->instruments, sdk);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    server->daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, port, NULL, NULL,
        on_request, server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_END);
    if (server->daemon == NULL) {
        free(server);
        return NULL;
    }
    return server;
}

uint16_t http_server_port(const struct http_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info != NULL ? info->port : 0;
}

void http_server_stop(struct http_server *server)
{
    MHD_stop_daemon(server->daemon);
    free(server);
}

double http_query_number(const struct http_request *request, const char *key, double otherwise)
{
    const char *text = MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, key);
    if (text == NULL) {
        return otherwise;
    }
    char *end = NULL;
    double value = strtod(text, &end);
    return end != text && *end == '\0' ? value : otherwise;
}
