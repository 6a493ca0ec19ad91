/* SPDX-License-Identifier: Apache-2.0 */
/* A correct HTTP server on 127.0.0.1, in its own threads. It gives the test's reply and
 * keeps the requests. */
#ifndef HAETAE_TESTS_SUPPORT_HTTP_SERVER_MHD_H
#define HAETAE_TESTS_SUPPORT_HTTP_SERVER_MHD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One answer. Headers are "Name", "value" pairs that end with NULL. */
struct http_reply {
    unsigned status;
    const char *const *headers;
    const void *body;
    size_t body_size;
};

struct http_request {
    char method[16];
    char url[256];
    /* "Name: value\n" for each header, names in lower case. */
    char headers[4096];
    uint8_t *body;
    size_t body_size;
    unsigned connection; /* 1 for the first connection, 2 for the second ... */
    bool client_verified;
    char client[64]; /* the name in the client's certificate */
};

/* PEM texts; plain HTTP if all are NULL. */
struct http_server_tls {
    const char *key;
    const char *certificate;
    const char *client_ca;  /* the server asks for a client's certificate and checks it */
    const char *priorities; /* of GnuTLS; NULL: its defaults */
};

struct http_server_mhd;

/* Answers a request, in the thread of its connection. It is called with each part of the body that
 * has come, and once more when the request is `whole`; only that answer is sent. NULL: the
 * connection is reset. The request goes when the call returns. */
extern const struct http_reply http_reply_broken; /* the connection is reset in its middle */
typedef const struct http_reply *(*http_handler)(void *user, const struct http_request *request,
                                                 bool whole);

struct http_server_mhd_options {
    int listener; /* as of http_server_mhd_start_on() */
    const struct http_server_tls *tls;
    http_handler handler;
    void *user;
};

/* The handler answers, and no request is kept. It returns soon when the server is to stop. */
struct http_server_mhd *http_server_mhd_start_with(const struct http_server_mhd_options *options);

/* Answers each request with `reply`. The caller owns the reply, which must outlive
 * the server or be replaced. Fails the test when the server cannot start. */
struct http_server_mhd *http_server_mhd_start(const struct http_reply *reply,
                                              const struct http_server_tls *tls);

/* The same on a socket that listens, which becomes the server's. */
struct http_server_mhd *http_server_mhd_start_on(int listener, const struct http_reply *reply,
                                                 const struct http_server_tls *tls);
void http_server_mhd_stop(struct http_server_mhd *server);
void http_server_mhd_set_reply(struct http_server_mhd *server, const struct http_reply *reply);

/* From now on answers requests of this Content-Encoding so. NULL: none. */
void http_server_mhd_set_reply_to(struct http_server_mhd *server, const char *encoding,
                                  const struct http_reply *reply);

/* While `hold` is set, the server reads requests but does not answer. */
void http_server_mhd_hold(struct http_server_mhd *server, bool hold);

unsigned http_server_mhd_port(const struct http_server_mhd *server);
size_t http_server_mhd_request_count(struct http_server_mhd *server);
unsigned http_server_mhd_connection_count(struct http_server_mhd *server);

/* A request by its number, from 0. It is valid as long as the server. */
const struct http_request *http_server_mhd_request(struct http_server_mhd *server, size_t index);

/* Waits until `count` requests have arrived. */
void http_server_mhd_wait_requests(struct http_server_mhd *server, size_t count);

/* The value of a header (name in lower case), or NULL when the request does not have it.
 * The caller frees it with free(). */
char *http_request_header(const struct http_request *request, const char *name);

#endif
