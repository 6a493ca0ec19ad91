/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the OTLP/gRPC exporter share: an exporter made from a list of options, a server
 * that answers in given ways, and both together. */
#ifndef HAETAE_TEST_OTLP_GRPC_HARNESS_H
#define HAETAE_TEST_OTLP_GRPC_HARNESS_H

#include "haetae/otlp_grpc.h"
#include "otlp_http/harness.h"
#include "support/http2_server.h"

/* Time enough for what ends by itself, and what must not be waited for. */
#define LONG_MS  "60000"
#define SHORT_MS "300"

#define GRPC_HEADERS ":status: 200\ncontent-type: application/grpc+proto\n"

/* A configuration with these values, and an exporter from them; both fail the test when a value is
 * refused. */
haetae_config *grpc_config(const struct option *options);
haetae_exporter *grpc_exporter(const struct option *options);

struct grpc_pair {
    struct http2_server *server;
    haetae_exporter *exporter;
};

/* The exporter has one more key set. */
struct grpc_pair grpc_start(http2_handler handler, const char *key, const char *value);
void grpc_stop(struct grpc_pair *pair);

/* Delivers once to a server with this behaviour; a header's secret "hunter2" must not be shown. */
haetae_delivery grpc_deliver(http2_handler handler, const char *timeout_ms);

/* Answers: with an empty message and status 0, or in general. `body`: frames of messages. */
void grpc_accept(struct http2_connection *connection, const struct http2_request *request);
void grpc_answer(struct http2_connection *connection, const struct http2_request *request,
                 const void *body, size_t body_bytes, const char *trailers);

/* Writes a framed message to `out` and returns its size. */
size_t grpc_frame(uint8_t *out, unsigned flag, const void *message, size_t size_bytes);

/* Packs an ExportTraceServiceResponse. */
size_t grpc_pack_partial(uint8_t *out, int64_t rejected, const char *message);

#endif
