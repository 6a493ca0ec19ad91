/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_server_mhd.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>

enum { REQUESTS_MAX = 4096 };

struct http_server_mhd {
    struct MHD_Daemon *daemon;
    unsigned port;        /* 0: it has none */
    http_handler handler; /* NULL: requests are kept, and get `reply` */
    void *user;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* `lock` guards everything below. */
    const struct http_reply *reply;
    const char *encoding; /* of requests that get another reply; NULL: none */
    const struct http_reply *reply_to_encoding;
    bool held;
    struct http_request *requests[REQUESTS_MAX];
    size_t request_count;
    unsigned connection_count;
};

static enum MHD_Result add_header(void *user, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct http_request *request = user;
    size_t used = strlen(request->headers);

    (void)kind;
    snprintf(request->headers + used, sizeof request->headers - used, "%s: %s\n", name,
             value != NULL ? value : "");
    for (char *at = request->headers + used; *at != ':' && *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    return MHD_YES;
}

static unsigned connection_number(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return (unsigned)(uintptr_t)info->socket_context;
}

static bool client_verified(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned problems = 0;

    return info != NULL && gnutls_certificate_get_peers(info->tls_session, &problems) != NULL &&
           gnutls_certificate_verify_peers2(info->tls_session, &problems) == 0 && problems == 0;
}

static void read_client(struct MHD_Connection *connection, char *name, size_t size)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned count = 0;
    const gnutls_datum_t *chain =
        info != NULL ? gnutls_certificate_get_peers(info->tls_session, &count) : NULL;
    gnutls_x509_crt_t certificate;

    if (chain != NULL && gnutls_x509_crt_init(&certificate) == 0) {
        if (gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) == 0) {
            (void)gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0,
                                                name, &size);
        }
        gnutls_x509_crt_deinit(certificate);
    }
}

static struct http_request *new_request(struct MHD_Connection *connection, const char *url,
                                        const char *method)
{
    struct http_request *request = calloc(1, sizeof *request);

    snprintf(request->method, sizeof request->method, "%s", method);
    snprintf(request->url, sizeof request->url, "%s", url);
    request->connection = connection_number(connection);
    request->client_verified = client_verified(connection);
    read_client(connection, request->client, sizeof request->client);
    MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, request);
    return request;
}

static const char padding[256];
const struct http_reply http_reply_broken = {
    .status = 200, .body = padding, .body_size = sizeof padding};

/* Closing the connection sends a reset. Returns that it is to be closed. */
static enum MHD_Result reset(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    return MHD_NO;
}

static ssize_t read_half(void *user, uint64_t at, char *out, size_t room)
{
    const struct http_reply *reply = user;
    size_t half = reply->body_size / 2;

    if (at >= half) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    half = half - (size_t)at < room ? half - (size_t)at : room;
    memcpy(out, (const char *)reply->body + at, half);
    return (ssize_t)half;
}

static struct MHD_Response *new_response(struct MHD_Connection *connection,
                                         const struct http_reply *reply)
{
    if (reply == &http_reply_broken) {
        (void)reset(connection);
        return MHD_create_response_from_callback(reply->body_size, 1024, read_half,
                                                 (void *)(uintptr_t)reply, NULL);
    }
    return MHD_create_response_from_buffer(reply->body_size, (void *)(uintptr_t)reply->body,
                                           MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result answer(struct MHD_Connection *connection, const struct http_reply *reply)
{
    struct MHD_Response *response = new_response(connection, reply);
    enum MHD_Result result;

    for (const char *const *pair = reply->headers; pair != NULL && pair[0] != NULL; pair += 2) {
        MHD_add_response_header(response, pair[0], pair[1]);
    }
    result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static bool has_encoding(const struct http_request *request, const char *encoding)
{
    char line[64];

    snprintf(line, sizeof line, "content-encoding: %s\n", encoding != NULL ? encoding : "");
    return encoding != NULL && strstr(request->headers, line) != NULL;
}

static void free_request(struct http_request *request)
{
    free(request->body);
    free(request);
}

static enum MHD_Result on_handled(struct http_server_mhd *server, struct MHD_Connection *connection,
                                  struct http_request *request, bool whole)
{
    const struct http_reply *reply = server->handler(server->user, request, whole);

    if (reply == NULL) {
        return reset(connection);
    }
    return whole ? answer(connection, reply) : MHD_YES;
}

/* The request is over, whether or not it was answered. Where none is kept. */
static void on_completed(void *user, struct MHD_Connection *connection, void **request_user,
                         enum MHD_RequestTerminationCode how)
{
    (void)user;
    (void)connection;
    (void)how;
    if (*request_user != NULL) {
        free_request(*request_user);
        *request_user = NULL;
    }
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_size, void **request_user)
{
    struct http_server_mhd *server = user;
    struct http_request *request = *request_user;
    const struct http_reply *reply;

    (void)version;
    if (request == NULL) {
        *request_user = new_request(connection, url, method);
        return MHD_YES;
    }
    if (*data_size > 0) {
        request->body = realloc(request->body, request->body_size + *data_size);
        memcpy(request->body + request->body_size, data, *data_size);
        request->body_size += *data_size;
        *data_size = 0;
        return server->handler != NULL ? on_handled(server, connection, request, false) : MHD_YES;
    }
    if (server->handler != NULL) {
        return on_handled(server, connection, request, true);
    }
    pthread_mutex_lock(&server->lock);
    server->requests[server->request_count++] = request;
    pthread_cond_broadcast(&server->changed);
    while (server->held) {
        pthread_cond_wait(&server->changed, &server->lock);
    }
    reply = has_encoding(request, server->encoding) ? server->reply_to_encoding : server->reply;
    pthread_mutex_unlock(&server->lock);
    return answer(connection, reply);
}

static void on_connection(void *user, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server_mhd *server = user;

    (void)connection;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        pthread_mutex_lock(&server->lock);
        *socket_context = (void *)(uintptr_t)++server->connection_count;
        pthread_mutex_unlock(&server->lock);
    }
}

/* The options of GnuTLS, and the last of all. */
static void fill_options(const struct http_server_tls *tls, struct MHD_OptionItem *ret_items)
{
    const struct {
        enum MHD_OPTION option;
        const char *text;
    } rows[] = {{MHD_OPTION_HTTPS_MEM_KEY, tls->key},
                {MHD_OPTION_HTTPS_MEM_CERT, tls->certificate},
                {MHD_OPTION_HTTPS_MEM_TRUST, tls->client_ca},
                {MHD_OPTION_HTTPS_PRIORITIES, tls->priorities}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].text != NULL) {
            *ret_items++ =
                (struct MHD_OptionItem){rows[i].option, 0, (void *)(uintptr_t)rows[i].text};
        }
    }
    *ret_items = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
}

static unsigned port_of(int listener)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;

    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    return address.sin_family == AF_INET ? ntohs(address.sin_port) : 0;
}

static struct http_server_mhd *start(const struct http_server_mhd_options *options,
                                     const struct http_reply *reply)
{
    const struct http_server_tls *tls = options->tls;
    static const struct http_server_tls none;
    struct http_server_mhd *server = calloc(1, sizeof *server);
    struct MHD_OptionItem items[5];
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD;

    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    server->reply = reply;
    server->handler = options->handler;
    server->user = options->user;
    server->port = port_of(options->listener);
    flags |= tls != NULL ? MHD_USE_TLS : 0;
    fill_options(tls != NULL ? tls : &none, items);
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, options->listener,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_ARRAY, items,
        options->handler != NULL ? MHD_OPTION_NOTIFY_COMPLETED : MHD_OPTION_END, on_completed,
        server, MHD_OPTION_END);
    assert_non_null(server->daemon);
    return server;
}

struct http_server_mhd *http_server_mhd_start_with(const struct http_server_mhd_options *options)
{
    return start(options, NULL);
}

struct http_server_mhd *http_server_mhd_start_on(int listener, const struct http_reply *reply,
                                                 const struct http_server_tls *tls)
{
    return start(&(struct http_server_mhd_options){.listener = listener, .tls = tls}, reply);
}

struct http_server_mhd *http_server_mhd_start(const struct http_reply *reply,
                                              const struct http_server_tls *tls)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 64), 0);
    return http_server_mhd_start_on(listener, reply, tls);
}

void http_server_mhd_stop(struct http_server_mhd *server)
{
    http_server_mhd_hold(server, false);
    MHD_stop_daemon(server->daemon);
    for (size_t i = 0; i < server->request_count; i++) {
        free_request(server->requests[i]);
    }
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

void http_server_mhd_set_reply_to(struct http_server_mhd *server, const char *encoding,
                                  const struct http_reply *reply)
{
    pthread_mutex_lock(&server->lock);
    server->encoding = encoding;
    server->reply_to_encoding = reply;
    pthread_mutex_unlock(&server->lock);
}

void http_server_mhd_set_reply(struct http_server_mhd *server, const struct http_reply *reply)
{
    pthread_mutex_lock(&server->lock);
    server->reply = reply;
    pthread_mutex_unlock(&server->lock);
}

void http_server_mhd_hold(struct http_server_mhd *server, bool hold)
{
    pthread_mutex_lock(&server->lock);
    server->held = hold;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

unsigned http_server_mhd_port(const struct http_server_mhd *server)
{
    return server->port;
}

size_t http_server_mhd_request_count(struct http_server_mhd *server)
{
    size_t count;

    pthread_mutex_lock(&server->lock);
    count = server->request_count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

unsigned http_server_mhd_connection_count(struct http_server_mhd *server)
{
    unsigned count;

    pthread_mutex_lock(&server->lock);
    count = server->connection_count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

const struct http_request *http_server_mhd_request(struct http_server_mhd *server, size_t index)
{
    const struct http_request *request;

    pthread_mutex_lock(&server->lock);
    assert_true(index < server->request_count);
    request = server->requests[index];
    pthread_mutex_unlock(&server->lock);
    return request;
}

void http_server_mhd_wait_requests(struct http_server_mhd *server, size_t count)
{
    pthread_mutex_lock(&server->lock);
    while (server->request_count < count) {
        pthread_cond_wait(&server->changed, &server->lock);
    }
    pthread_mutex_unlock(&server->lock);
}

char *http_request_header(const struct http_request *request, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = request->headers; *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line, name, length) == 0 && strncmp(line + length, ": ", 2) == 0) {
            const char *value = line + length + 2;

            return strndup(value, strcspn(value, "\n"));
        }
    }
    return NULL;
}
