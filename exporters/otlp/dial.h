/* SPDX-License-Identifier: Apache-2.0 */
/* How a request gets to its target: the connection that it takes or opens. */
#ifndef HAETAE_OTLP_DIAL_H
#define HAETAE_OTLP_DIAL_H

#include <stdbool.h>

#include <curl/curl.h>

#include "otlp/protocol.h"
#include "otlp/target.h"

/* Which connection a request takes. libcurl 7.88.0 and 7.88.1 know how to begin HTTP/2 without TLS,
 * and how to use a connection that speaks it, but fail when they are told both (curl's issue
 * 10634). There a request first joins a connection, and opens one if there is none. */
enum hae_http_dial {
    HAE_HTTP_DIAL_ANY,
    HAE_HTTP_DIAL_JOIN, /* one that is open, or being opened */
    HAE_HTTP_DIAL_OPEN  /* a new one                         */
};

/* How a request to the target begins; `is_fresh`: on a new connection. */
enum hae_http_dial hae_http_first_dial(const struct hae_http_protocol *protocol,
                                       const struct hae_http_target *target, bool is_fresh);

/* Has a request go by http and https only. */
CURLcode hae_http_set_schemes(CURL *easy);

/* Whether two targets without TLS have the same host and port, or socket. */
bool hae_http_same_host(const struct hae_http_target *a, const struct hae_http_target *b);

/* Makes a transfer go to the target; `is_fresh`: on a new connection, whatever `dial` says. */
CURLcode hae_http_dial_set(CURL *easy, const struct hae_http_target *target, bool http2,
                           enum hae_http_dial dial, bool is_fresh);

#endif
