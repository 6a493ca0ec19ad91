/* SPDX-License-Identifier: Apache-2.0 */
/* What the sources of the server share. */
#ifndef HAETAE_TESTS_SUPPORT_HTTP2_CONNECTION_H
#define HAETAE_TESTS_SUPPORT_HTTP2_CONNECTION_H

#include <pthread.h>

#include <gnutls/gnutls.h>
#include <nghttp2/nghttp2.h>

#include "support/http2_server.h"

enum {
    HTTP2_STREAMS_MAX = 64,
    HTTP2_FRAME_MAX = 16384,
    HTTP2_KEPT = 64,
    HTTP2_CONNECTIONS_MAX = 4096
};

struct http2_connection {
    struct http2_server *server;
    unsigned number;
    int socket;
    gnutls_session_t tls; /* NULL: none */
    nghttp2_hd_inflater *inflater;
    pthread_mutex_t write_lock;
    pthread_t thread;
    char block[1 << 17]; /* of a header, which may come in several frames */
    size_t block_bytes;
    struct http2_request *streams[HTTP2_STREAMS_MAX]; /* requests that are not whole yet */
};

struct http2_held {
    struct http2_connection *connection;
    struct http2_request *request;
};

struct http2_server {
    http2_handler handler;
    struct http2_options options;
    gnutls_certificate_credentials_t credentials;
    int listener;
    int stop_fd;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    struct http2_connection *connections[HTTP2_CONNECTIONS_MAX];
    unsigned connection_count;
    unsigned request_count;
    unsigned most_held;
    bool hold;
    size_t reset_after_bytes;
    struct http2_held held[HTTP2_STREAMS_MAX];
    size_t held_count;
    struct http2_request *kept[HTTP2_KEPT];
};

/* What a frame of a request does. The first decodes what is in the connection's block; the second
 * hands the request to the handler, or holds it; the last is for one that its peer has given up. */
void http2_request_begin(struct http2_connection *connection, uint32_t stream);
void http2_request_end(struct http2_connection *connection, uint32_t stream);
void http2_request_add(struct http2_connection *connection, uint32_t stream, const uint8_t *data,
                       size_t size);
void http2_request_drop(struct http2_connection *connection, uint32_t stream);

#endif
