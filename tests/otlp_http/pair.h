/* SPDX-License-Identifier: Apache-2.0 */
/* A server and an exporter that is to reach it. */
#ifndef HAETAE_TESTS_OTLP_HTTP_PAIR_H
#define HAETAE_TESTS_OTLP_HTTP_PAIR_H

#include "otlp_http/harness.h"
#include "support/http_server_mhd.h"

/* An answer that accepts everything. */
extern const struct http_reply accepted;

struct pair {
    struct http_server_mhd *server;
    haetae_exporter *exporter;
};

/* The server answers with this; the exporter has one more key set. */
struct pair pair_start(const struct http_reply *reply, const char *key, const char *value);
void pair_stop(struct pair *pair);

/* Checks the value of a header; NULL: that there is none. */
void assert_header(const struct http_request *request, const char *name, const char *expected);

#endif
