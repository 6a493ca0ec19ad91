/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints that are Unix sockets, written as in gRPC: "unix:///run/collector.sock",
 * "unix:relative.sock", "unix-abstract:name". Behind ":/" the path of requests follows, as
 * "unix:///run/collector.sock:/v1/traces".
 * Specification: gRPC, "Name Resolution". */
#ifndef HAETAE_OTLP_UNIX_SOCKET_H
#define HAETAE_OTLP_UNIX_SOCKET_H

#include <stdbool.h>

#include <curl/curl.h>

#include "haetae/status.h"
#include "otlp/text.h"

struct hae_http_socket {
    char *name;       /* a path, or the name of an abstract socket; NULL: none */
    bool is_abstract; /* it is in no file system                               */
};

void hae_http_socket_done(struct hae_http_socket *socket);

/* Whether an endpoint is one. */
bool hae_http_socket_is(const char *endpoint);

/* Reads one. *ret_url is the URL of requests without TLS that go there, for free().
 * Errors: HAETAE_EVALUE, with *ret_why saying what is wrong; HAETAE_ENOMEM. */
haetae_status hae_http_socket_read(const char *endpoint, struct hae_http_socket *ret_socket,
                                   char **ret_url, const char **ret_why);

/* Makes a transfer go there. */
CURLcode hae_http_socket_set(CURL *easy, const struct hae_http_socket *socket);

/* Adds it, and the path of a URL that hae_http_socket_read() has made. */
void hae_http_socket_add_text(const struct hae_http_socket *socket, const char *url,
                              struct hae_http_text *text);

#endif
