/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http2_connection.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- Bytes -------------------------------------------------------------------------------- */

static bool read_all(struct http2_connection *connection, void *out, size_t size)
{
    char *at = out;

    while (size > 0) {
        ssize_t count = connection->tls != NULL ? gnutls_record_recv(connection->tls, at, size)
                                                : recv(connection->socket, at, size, 0);

        if (count <= 0) {
            return false;
        }
        at += count;
        size -= (size_t)count;
    }
    return true;
}
/* ---- Frames ------------------------------------------------------------------------------- */

enum { FLAG_ACK = 1, FLAG_PADDED = 8, FLAG_PRIORITY = 32, WINDOW_UPDATE = 8 };

static void add_to_block(struct http2_connection *connection, const uint8_t *data, size_t size)
{
    if (size <= sizeof connection->block - connection->block_bytes) {
        memcpy(connection->block + connection->block_bytes, data, size);
        connection->block_bytes += size;
    }
}

static void read_headers(struct http2_connection *connection, const uint8_t *head,
                         const uint8_t *payload, size_t size, uint32_t stream)
{
    static _Thread_local bool ends;
    unsigned flags = head[4];

    if (head[3] == HTTP2_HEADERS) {
        size_t skip = (flags & FLAG_PRIORITY) != 0 ? 5 : 0;

        ends = (flags & HTTP2_END_STREAM) != 0;
        connection->block_bytes = 0;
        add_to_block(connection, payload + skip, size - skip);
    } else {
        add_to_block(connection, payload, size);
    }
    if ((flags & HTTP2_END_HEADERS) != 0) {
        http2_request_begin(connection, stream);
        if (ends) {
            http2_request_end(connection, stream);
        }
    }
}

/* A large window stays as large on the connection, whose streams together may use it up. */
static void give_back_window(struct http2_connection *connection, size_t size)
{
    uint8_t bytes[4] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8),
                        (uint8_t)size};
    bool is_large;

    pthread_mutex_lock(&connection->server->lock);
    is_large = connection->server->options.window == HTTP2_WINDOW_LARGE;
    pthread_mutex_unlock(&connection->server->lock);
    if (size > 0 && is_large) {
        http2_write_frame(connection, WINDOW_UPDATE, 0, 0, bytes, sizeof bytes);
    }
}

static void act(struct http2_connection *connection, const uint8_t *head, const uint8_t *payload,
                size_t size)
{
    uint32_t stream =
        (uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 | head[8];
    unsigned flags = head[4];

    switch (head[3]) {
    case HTTP2_DATA:
        http2_request_add(connection, stream, payload, size);
        give_back_window(connection, size);
        if ((flags & HTTP2_END_STREAM) != 0) {
            http2_request_end(connection, stream);
        }
        break;
    case HTTP2_HEADERS:
    case HTTP2_CONTINUATION:
        read_headers(connection, head, payload, size, stream);
        break;
    case HTTP2_RST_STREAM:
        http2_request_drop(connection, stream);
        break;
    case HTTP2_SETTINGS:
    case HTTP2_PING:
        if ((flags & FLAG_ACK) == 0) {
            http2_write_frame(connection, head[3], FLAG_ACK, 0, payload,
                              head[3] == HTTP2_PING ? size : 0);
        }
        break;
    default:
        break;
    }
}

/* The caller holds the server's lock. */
static void write_windows(struct http2_connection *connection)
{
    enum http2_window window = connection->server->options.window;
    uint32_t max = connection->server->options.max_streams;
    uint8_t high = window == HTTP2_WINDOW_NONE ? 0 : 0x3f;
    uint8_t low = window == HTTP2_WINDOW_NONE ? 0 : 0xff;
    uint8_t settings[12] = {0,
                            4,
                            high,
                            low,
                            low,
                            low, /* the window of a stream */
                            0,
                            3,
                            (uint8_t)(max >> 24),
                            (uint8_t)(max >> 16),
                            (uint8_t)(max >> 8),
                            (uint8_t)max};
    static const uint8_t more[4] = {0x3f, 0xff, 0, 0};

    http2_write_frame(connection, HTTP2_SETTINGS, 0, 0, settings, max != 0 ? 12 : 6);
    if (window == HTTP2_WINDOW_LARGE) {
        http2_write_frame(connection, WINDOW_UPDATE, 0, 0, more, sizeof more);
    }
}

static void write_preface(struct http2_connection *connection)
{
    pthread_mutex_lock(&connection->server->lock);
    write_windows(connection);
    pthread_mutex_unlock(&connection->server->lock);
}

void http2_server_give_window(struct http2_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->options.window = HTTP2_WINDOW_LARGE;
    for (unsigned i = 0; i < server->connection_count; i++) {
        write_windows(server->connections[i]);
    }
    pthread_mutex_unlock(&server->lock);
}

static bool agree_on_tls(struct http2_connection *connection)
{
    const struct http2_server *server = connection->server;
    int code;

    if (server->credentials == NULL) {
        return true;
    }
    gnutls_init(&connection->tls, GNUTLS_SERVER);
    gnutls_set_default_priority(connection->tls);
    gnutls_credentials_set(connection->tls, GNUTLS_CRD_CERTIFICATE, server->credentials);
    if (server->options.alpn != NULL) {
        gnutls_datum_t protocol = {(unsigned char *)(uintptr_t)server->options.alpn,
                                   (unsigned)strlen(server->options.alpn)};

        gnutls_alpn_set_protocols(connection->tls, &protocol, 1, 0);
    }
    gnutls_transport_set_int(connection->tls, connection->socket);
    do {
        code = gnutls_handshake(connection->tls);
    } while (code < 0 && gnutls_error_is_fatal(code) == 0);
    return code == 0;
}

static void talk(struct http2_connection *connection)
{
    uint8_t head[9];
    char magic[24];

    if (!agree_on_tls(connection)) {
        return;
    }
    if (connection->server->options.alpn != NULL &&
        strcmp(connection->server->options.alpn, "h2") != 0) {
        /* Not HTTP/2: the handler answers as it likes. */
        if (read_all(connection, magic, 1)) {
            struct http2_request request = {.connection = connection->number};

            connection->server->handler(connection, &request);
        }
        return;
    }
    if (!read_all(connection, magic, sizeof magic)) {
        return;
    }
    if (memcmp(magic, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", sizeof magic) != 0) {
        return;
    }
    write_preface(connection);
    while (read_all(connection, head, sizeof head)) {
        size_t size = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        uint8_t *payload = malloc(size + 1);

        if (!read_all(connection, payload, size)) {
            free(payload);
            return;
        }
        act(connection, head, payload, size);
        free(payload);
    }
}

void http2_close(struct http2_connection *connection)
{
    shutdown(connection->socket, SHUT_RDWR);
}

/* Connecting it to nothing sends the reset at once; the descriptor stays until the server stops. */
void http2_reset(struct http2_connection *connection)
{
    struct sockaddr nothing = {.sa_family = AF_UNSPEC};

    (void)connect(connection->socket, &nothing, sizeof nothing);
}

void http2_server_reset_after(struct http2_server *server, size_t body_bytes)
{
    pthread_mutex_lock(&server->lock);
    server->reset_after_bytes = body_bytes;
    pthread_mutex_unlock(&server->lock);
}

struct http2_server *http2_server_of(struct http2_connection *connection)
{
    return connection->server;
}

void *http2_server_user(const struct http2_server *server)
{
    return server->options.user;
}

/* ---- Connections -------------------------------------------------------------------------- */

static void *run_connection(void *user)
{
    struct http2_connection *connection = user;

    talk(connection);
    http2_close(connection);
    return NULL;
}

static void free_connection(struct http2_connection *connection)
{
    http2_close(connection);
    pthread_join(connection->thread, NULL);
    for (size_t i = 0; i < HTTP2_STREAMS_MAX; i++) {
        http2_request_free(connection->streams[i]);
    }
    if (connection->tls != NULL) {
        gnutls_deinit(connection->tls);
    }
    nghttp2_hd_inflate_del(connection->inflater);
    pthread_mutex_destroy(&connection->write_lock);
    close(connection->socket);
    free(connection);
}

static void add_connection(struct http2_server *server, int socket)
{
    struct http2_connection *connection = calloc(1, sizeof *connection);

    connection->server = server;
    connection->socket = socket;
    nghttp2_hd_inflate_new(&connection->inflater);
    pthread_mutex_init(&connection->write_lock, NULL);
    pthread_mutex_lock(&server->lock);
    connection->number = server->connection_count + 1;
    server->connections[server->connection_count++] = connection;
    pthread_mutex_unlock(&server->lock);
    pthread_create(&connection->thread, NULL, run_connection, connection);
}

static void *run(void *user)
{
    struct http2_server *server = user;

    for (;;) {
        struct pollfd fds[] = {{.fd = server->listener, .events = POLLIN},
                               {.fd = server->stop_fd, .events = POLLIN}};
        int socket;

        while (poll(fds, 2, -1) < 0) {
        }
        if (fds[1].revents != 0) {
            return NULL;
        }
        socket = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (socket >= 0 && server->connection_count < HTTP2_CONNECTIONS_MAX) {
            add_connection(server, socket);
        } else if (socket >= 0) {
            close(socket);
        }
    }
}

struct http2_server *http2_server_start(http2_handler handler, const struct http2_options *options)
{
    struct http2_server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

    server->handler = handler;
    server->reset_after_bytes = SIZE_MAX;
    if (options != NULL) {
        server->options = *options;
    }
    if (server->options.certificate_path != NULL) {
        gnutls_certificate_allocate_credentials(&server->credentials);
        assert_int_equal(gnutls_certificate_set_x509_key_file(
                             server->credentials, server->options.certificate_path,
                             server->options.key_path, GNUTLS_X509_FMT_PEM),
                         0);
    }
    pthread_mutex_init(&server->lock, NULL);
    server->stop_fd = eventfd(0, EFD_CLOEXEC);
    server->listener = server->options.listener;
    if (server->listener == 0) {
        server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(listen(server->listener, 64), 0);
    }
    assert_int_equal(pthread_create(&server->thread, NULL, run, server), 0);
    return server;
}

void http2_server_stop(struct http2_server *server)
{
    eventfd_write(server->stop_fd, 1);
    pthread_join(server->thread, NULL);
    for (unsigned i = 0; i < server->connection_count; i++) {
        free_connection(server->connections[i]);
    }
    for (size_t i = 0; i < server->held_count; i++) {
        http2_request_free(server->held[i].request);
    }
    for (size_t i = 0; i < HTTP2_KEPT; i++) {
        http2_request_free(server->kept[i]);
    }
    if (server->credentials != NULL) {
        gnutls_certificate_free_credentials(server->credentials);
    }
    pthread_mutex_destroy(&server->lock);
    close(server->listener);
    close(server->stop_fd);
    free(server);
}

unsigned http2_server_port(const struct http2_server *server)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;

    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

static unsigned read_count(struct http2_server *server, const unsigned *count)
{
    unsigned value;

    pthread_mutex_lock(&server->lock);
    value = *count;
    pthread_mutex_unlock(&server->lock);
    return value;
}

unsigned http2_server_connection_count(struct http2_server *server)
{
    return read_count(server, &server->connection_count);
}

unsigned http2_server_request_count(struct http2_server *server)
{
    return read_count(server, &server->request_count);
}

unsigned http2_server_most_open(struct http2_server *server)
{
    return read_count(server, &server->most_held);
}

void http2_server_hold(struct http2_server *server, bool hold)
{
    for (;;) {
        struct http2_held next = {NULL, NULL};

        pthread_mutex_lock(&server->lock);
        server->hold = hold;
        if (!hold && server->held_count > 0) {
            next = server->held[--server->held_count];
        }
        pthread_mutex_unlock(&server->lock);
        if (next.request == NULL) {
            return;
        }
        server->handler(next.connection, next.request);
        http2_request_free(next.request);
    }
}
