/* SPDX-License-Identifier: Apache-2.0 */
/* A well-behaved HTTP server on 127.0.0.1, in threads of its own: it answers as
 * told and keeps what it was asked. */
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
};

/* PEM texts; all NULL: plain HTTP. */
struct http_server_tls {
    const char *key;
    const char *certificate;
    const char *client_ca; /* a client's certificate is asked for and checked */
};

struct http_server_mhd;

/* Answers each request with `reply`, which stays the caller's and must outlive
 * the server or be replaced. Fails the test when the server can't start. */
struct http_server_mhd *http_server_mhd_start(const struct http_reply *reply,
                                              const struct http_server_tls *tls);
void http_server_mhd_stop(struct http_server_mhd *server);
void http_server_mhd_set_reply(struct http_server_mhd *server, const struct http_reply *reply);

/* While held, requests are read but not answered. */
void http_server_mhd_hold(struct http_server_mhd *server, bool hold);

unsigned http_server_mhd_port(const struct http_server_mhd *server);
size_t http_server_mhd_request_count(struct http_server_mhd *server);
unsigned http_server_mhd_connection_count(struct http_server_mhd *server);

/* A request by its number from 0; it lives as long as the server. */
const struct http_request *http_server_mhd_request(struct http_server_mhd *server, size_t index);

/* Waits until `count` requests have arrived. */
void http_server_mhd_wait_requests(struct http_server_mhd *server, size_t count);

/* The value of a header (name in lower case), for the caller to free(); NULL when it is
 * not there. */
char *http_request_header(const struct http_request *request, const char *name);

#endif
