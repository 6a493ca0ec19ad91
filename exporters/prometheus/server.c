/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/alloc.h"
#include "base/descriptor.h"
#include "compress.h"
#include "listen.h"

enum {
    IDLE_SECONDS = 30,
    REQUEST_BYTES_MAX = 16 * 1024, /* of line and headers */
    STACK_BYTES = 1024 * 1024
};

struct hae_prom_server {
    struct MHD_Daemon *daemon;
    struct hae_prom_collector *collector;
    struct hae_prom_password *password;
    char *path;
    uint32_t timeout_ms;
    bool compresses;
    pid_t owner;
    int listener;
    uint16_t port;
    /* The sockets of connections, and -1. The server's thread writes them, and a forked child reads
     * them, which has no other thread: relaxed is enough for both. */
    _Atomic int sockets[HAE_PROM_CONNECTIONS_MAX];
};

/* ---- Answers ----------------------------------------------------------------------------- */

static void free_page(void *data)
{
    hae_free(data);
}

/* Takes the page over. */
static struct MHD_Response *response_of(struct hae_buffer *page)
{
    struct MHD_Response *response;

    if (page->length == 0) {
        hae_buffer_done(page);
        return MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    }
    response =
        MHD_create_response_from_buffer_with_free_callback(page->length, page->data, free_page);
    if (response == NULL) {
        hae_buffer_done(page);
    }
    return response;
}

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response)
{
    enum MHD_Result result = MHD_NO;

    if (response != NULL) {
        result = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
    }
    return result;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status,
                                   const char *text, const char *header, const char *value)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_PERSISTENT);

    if (response != NULL) {
        MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
        if (header != NULL) {
            MHD_add_response_header(response, header, value);
        }
    }
    return queue(connection, status, response);
}

static enum MHD_Result answer_status(struct MHD_Connection *connection, haetae_status status)
{
    switch (status) {
    case HAETAE_ETIMEOUT:
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                           "The collection took too long.\n", NULL, NULL);
    case HAETAE_ESHUTDOWN:
        return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                           "Metrics are not collected: the SDK is not running.\n", NULL, NULL);
    default:
        return answer_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
                           "The metrics cannot be shown.\n", NULL, NULL);
    }
}

/* ---- Scrapes ----------------------------------------------------------------------------- */

static const char *header_of(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* What the scraper waits for, less a tenth for the way; at most what is configured. */
static uint32_t timeout_of(const struct hae_prom_server *server, const char *header)
{
    double seconds = 0;
    double unit = 0;

    for (; header != NULL && *header != '\0'; header++) {
        if (*header == '.' && unit == 0) {
            unit = 1;
        } else if (*header < '0' || *header > '9') {
            return server->timeout_ms;
        } else if (unit == 0) {
            seconds = seconds * 10 + (*header - '0');
        } else {
            unit /= 10;
            seconds += unit * (*header - '0');
        }
    }
    seconds *= 900;
    return seconds >= 1 && seconds < server->timeout_ms ? (uint32_t)seconds : server->timeout_ms;
}

/* The field of one name in several lines is one list. */
struct joined {
    const char *name;
    struct hae_buffer value;
};

static enum MHD_Result join(void *user, enum MHD_ValueKind kind, const char *name,
                            const char *value)
{
    struct joined *joined = user;

    (void)kind;
    if (strcasecmp(name, joined->name) == 0 && value != NULL) {
        if (joined->value.length > 0) {
            hae_buffer_char(&joined->value, ',');
        }
        hae_buffer_text(&joined->value, value);
    }
    return MHD_YES;
}

static struct hae_prom_choice negotiate(struct MHD_Connection *connection)
{
    struct joined accept = {"Accept", HAE_BUFFER_INIT};
    struct hae_prom_choice choice;

    MHD_get_connection_values(connection, MHD_HEADER_KIND, join, &accept);
    choice = hae_prom_negotiate(accept.value.data);
    hae_buffer_done(&accept.value);
    return choice;
}

static enum MHD_Result answer_page(const struct hae_prom_server *server,
                                   struct MHD_Connection *connection,
                                   const struct hae_prom_choice *choice, struct hae_buffer *page)
{
    char content_type[HAE_PROM_CONTENT_TYPE_BYTES];
    struct MHD_Response *response;
    bool compressed = server->compresses &&
                      hae_prom_accepts_gzip(header_of(connection, "Accept-Encoding")) &&
                      hae_prom_compress(page);

    response = response_of(page);
    if (response != NULL) {
        hae_prom_content_type(choice, content_type);
        MHD_add_response_header(response, "Content-Type", content_type);
        MHD_add_response_header(response, "Vary", "Accept, Accept-Encoding");
        if (compressed) {
            MHD_add_response_header(response, "Content-Encoding", "gzip");
        }
    }
    return queue(connection, MHD_HTTP_OK, response);
}

static enum MHD_Result answer_scrape(struct hae_prom_server *server,
                                     struct MHD_Connection *connection)
{
    const char *timeout = header_of(connection, "X-Prometheus-Scrape-Timeout-Seconds");
    struct hae_prom_choice choice = negotiate(connection);
    struct hae_buffer page = HAE_BUFFER_INIT;
    haetae_status status =
        hae_prom_collect(server->collector, &choice, timeout_of(server, timeout), &page);

    if (status != HAETAE_OK) {
        hae_buffer_done(&page);
        return answer_status(connection, status);
    }
    return answer_page(server, connection, &choice, &page);
}

static enum MHD_Result answer(struct hae_prom_server *server, struct MHD_Connection *connection,
                              const char *url, const char *method)
{
    if (!hae_prom_password_accepts(server->password, header_of(connection, "Authorization"))) {
        return answer_text(connection, MHD_HTTP_UNAUTHORIZED, "Unauthorized\n", "WWW-Authenticate",
                           "Basic realm=\"metrics\", charset=\"UTF-8\"");
    }
    if (strcmp(url, server->path) != 0) {
        return answer_text(connection, MHD_HTTP_NOT_FOUND, "Not found\n", NULL, NULL);
    }
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Method not allowed\n", "Allow",
                           "GET, HEAD");
    }
    return answer_scrape(server, connection);
}

/* libmicrohttpd calls it when the headers are there, for each part of a body, and at the end. A
 * request with a body gets no answer: its connection ends. libmicrohttpd says what the parameters
 * are. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_bytes, void **place)
{
    static int begun;

    (void)version;
    (void)body;
    if (*place == NULL) {
        *place = &begun;
        return MHD_YES;
    }
    if (*body_bytes != 0) {
        return MHD_NO;
    }
    return answer(user, connection, url, method);
}

/* ---- Sockets ----------------------------------------------------------------------------- */

static void replace_socket(struct hae_prom_server *server, int from, int to)
{
    for (size_t i = 0; i < HAE_PROM_CONNECTIONS_MAX; i++) {
        if (atomic_load_explicit(&server->sockets[i], memory_order_relaxed) == from) {
            atomic_store_explicit(&server->sockets[i], to, memory_order_relaxed);
            return;
        }
    }
}

static void on_connection(void *user, struct MHD_Connection *connection, void **place,
                          enum MHD_ConnectionNotificationCode code)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    (void)place;
    if (info != NULL) {
        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
            replace_socket(user, -1, info->connect_fd);
        } else {
            replace_socket(user, info->connect_fd, -1);
        }
    }
}

/* Closes a socket, if the number is still that of one with the server's port. */
static void close_own(const struct hae_prom_server *server, int socket)
{
    if (socket >= 0 && hae_prom_port_of(socket) == server->port) {
        close(socket);
    }
}

void hae_prom_server_in_child(struct hae_prom_server *server)
{
    close_own(server, server->listener);
    for (size_t i = 0; i < HAE_PROM_CONNECTIONS_MAX; i++) {
        close_own(server, atomic_load_explicit(&server->sockets[i], memory_order_relaxed));
    }
}

/* ---- Start and end ----------------------------------------------------------------------- */

static struct MHD_Daemon *start_daemon(struct hae_prom_server *server,
                                       const struct hae_prom_server_options *options)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)options->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->key},
        {MHD_OPTION_END, 0, NULL}};

    if (options->certificate == NULL) {
        tls[0].option = MHD_OPTION_END;
    } else {
        flags |= MHD_USE_TLS;
    }
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, options->listener,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)HAE_PROM_CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)HAE_PROM_CONNECTIONS_OF_ADDRESS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_BYTES_MAX,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

static void free_server(struct hae_prom_server *server)
{
    if (server != NULL) {
        hae_free(server->path);
        hae_free(server);
    }
}

static haetae_status fail(struct hae_prom_server *server, struct hae_descriptor *listener,
                          haetae_status status)
{
    hae_descriptor_close(listener);
    free_server(server);
    return status;
}

haetae_status hae_prom_server_start(const struct hae_prom_server_options *options,
                                    struct hae_prom_collector *collector,
                                    struct hae_prom_password *password,
                                    struct hae_prom_server **ret_server)
{
    struct hae_prom_server *server = hae_calloc(1, sizeof *server);
    /* libmicrohttpd closes it itself after some failures. */
    struct hae_descriptor listener = hae_descriptor_of(options->listener);
    sigset_t all;
    sigset_t before;

    if (server == NULL || (server->path = hae_strdup(options->path)) == NULL) {
        return fail(server, &listener, HAETAE_ENOMEM);
    }
    if (options->certificate != NULL && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
        return fail(server, &listener, HAETAE_EUNSUPPORTED);
    }
    server->collector = collector;
    server->password = password;
    server->timeout_ms = options->timeout_ms;
    server->compresses = options->compresses;
    server->owner = getpid();
    server->listener = options->listener;
    server->port = hae_prom_port_of(options->listener);
    for (size_t i = 0; i < HAE_PROM_CONNECTIONS_MAX; i++) {
        atomic_init(&server->sockets[i], -1);
    }
    /* The thread handles none of the host's signals. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    server->daemon = start_daemon(server, options);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (server->daemon == NULL) {
        return fail(server, &listener,
                    options->certificate != NULL ? HAETAE_EVALUE : HAETAE_ETHREAD);
    }
    *ret_server = server;
    return HAETAE_OK;
}

void hae_prom_server_stop(struct hae_prom_server *server)
{
    if (server != NULL) {
        if (server->owner == getpid()) {
            MHD_stop_daemon(server->daemon);
        }
        free_server(server);
    }
}
