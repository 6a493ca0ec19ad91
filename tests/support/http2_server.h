/* SPDX-License-Identifier: Apache-2.0 */
/* A server on 127.0.0.1 that speaks HTTP/2 and lets the test choose each frame of an answer. Each
 * connection has a thread of its own. */
#ifndef HAETAE_TESTS_SUPPORT_HTTP2_SERVER_H
#define HAETAE_TESTS_SUPPORT_HTTP2_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP2_DATA,
    HTTP2_HEADERS,
    HTTP2_RST_STREAM = 3,
    HTTP2_SETTINGS,
    HTTP2_PING = 6,
    HTTP2_GOAWAY
};
enum { HTTP2_CONTINUATION = 9, HTTP2_END_STREAM = 1, HTTP2_END_HEADERS = 4 };

struct http2_server;
struct http2_connection;

/* A whole request. */
struct http2_request {
    unsigned connection; /* its number, from 1      */
    unsigned number;     /* among all, from 1       */
    uint32_t stream;
    char *headers; /* lines "name: value\n"   */
    uint8_t *body;
    size_t body_bytes;
};

/* Answers a request, in the thread of its connection, or in the one that ends a hold. */
typedef void (*http2_handler)(struct http2_connection *connection,
                              const struct http2_request *request);

/* What the server lets clients send before it is asked for more with http2_server_give_window(). */
enum http2_window {
    HTTP2_WINDOW_LARGE,
    HTTP2_WINDOW_SMALL, /* HTTP/2's first one: 65535 bytes on a connection */
    HTTP2_WINDOW_NONE   /* no byte of a body                               */
};

struct http2_options {
    const char *certificate_path; /* PEM files; NULL: no TLS                        */
    const char *key_path;
    const char *alpn;     /* what it agrees to; NULL: it does not know ALPN */
    uint32_t max_streams; /* 0: the server does not say                     */
    int listener;         /* a socket that listens; 0: one of its own       */
    enum http2_window window;
    void *user; /* see http2_server_user()   */
};

/* `options`: NULL for the defaults. */
struct http2_server *http2_server_start(http2_handler handler, const struct http2_options *options);

/* Closes all connections. No handler runs afterwards. */
void http2_server_stop(struct http2_server *server);
unsigned http2_server_port(const struct http2_server *server);
unsigned http2_server_connection_count(struct http2_server *server);
unsigned http2_server_request_count(struct http2_server *server);
unsigned http2_server_most_open(struct http2_server *server); /* requests held at once */

/* While it holds, requests are read and not answered. */
void http2_server_hold(struct http2_server *server, bool hold);

/* From now on a connection is reset when more bytes of a body have come on it. SIZE_MAX: never. */
void http2_server_reset_after(struct http2_server *server, size_t body_bytes);

/* Gives large windows to all connections, those to come too. Not with TLS. */
void http2_server_give_window(struct http2_server *server);

/* A copy of a request by its number, to be freed with http2_request_free(); the last 64 are kept.
 */
struct http2_request *http2_server_request(struct http2_server *server, unsigned number);
void http2_request_free(struct http2_request *request);

/* The value of a header, to be freed; NULL: there is none. */
char *http2_request_header(const struct http2_request *request, const char *name);

/* For handlers. */
void http2_write(struct http2_connection *connection, const void *bytes, size_t size_bytes);
void http2_write_frame(struct http2_connection *connection, unsigned type, unsigned flags,
                       uint32_t stream, const void *payload, size_t size_bytes);
/* `lines`: "name: value\n" each, which may hold any byte but a line feed. */
void http2_write_headers(struct http2_connection *connection, uint32_t stream, const char *lines,
                         bool end);
void http2_close(struct http2_connection *connection);
void http2_reset(struct http2_connection *connection);
struct http2_server *http2_server_of(struct http2_connection *connection);
void *http2_server_user(const struct http2_server *server);

#endif
