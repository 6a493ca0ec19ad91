/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_grpc/harness.h"

#include "otlp.pb-c.h"

haetae_config *grpc_config(const struct option *options)
{
    assert_int_equal(haetae_otlp_grpc_register(), HAETAE_OK);
    return make_config(options);
}

haetae_exporter *grpc_exporter(const struct option *options)
{
    haetae_config *config = grpc_config(options);
    haetae_exporter *exporter = NULL;
    haetae_status status = haetae_otlp_grpc_new(config, &exporter);

    if (status != HAETAE_OK) {
        fail_msg("%d: %s", (int)status, haetae_config_error(config));
    }
    haetae_config_free(config);
    return exporter;
}

struct grpc_pair grpc_start(http2_handler handler, const char *key, const char *value)
{
    struct grpc_pair pair = {.server = http2_server_start(handler, NULL)};
    struct fake_endpoint endpoint = fake_endpoint("http", http2_server_port(pair.server));

    pair.exporter = grpc_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {key, value}));
    return pair;
}

void grpc_stop(struct grpc_pair *pair)
{
    haetae_exporter_free(pair->exporter);
    http2_server_stop(pair->server);
}

haetae_delivery grpc_deliver(http2_handler handler, const char *timeout_ms)
{
    struct http2_server *server = http2_server_start(handler, NULL);
    struct fake_endpoint endpoint = fake_endpoint("http", http2_server_port(server));
    haetae_exporter *exporter =
        grpc_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}, {KEY("TIMEOUT"), timeout_ms},
                              {KEY("HEADERS"), "authorization=hunter2"}));
    haetae_delivery delivery = a_delivery();

    fake_deliver(exporter, &delivery);
    haetae_exporter_free(exporter);
    http2_server_stop(server);
    assert_lacks(delivery.message, "hunter2");
    delivery.result.message = NULL;
    return delivery;
}

void grpc_answer(struct http2_connection *connection, const struct http2_request *request,
                 const void *body, size_t body_bytes, const char *trailers)
{
    const uint8_t *at = body;

    http2_write_headers(connection, request->stream, GRPC_HEADERS, false);
    while (body_bytes > 0) {
        size_t part = body_bytes < 16384 ? body_bytes : 16384;

        http2_write_frame(connection, HTTP2_DATA, 0, request->stream, at, part);
        at += part;
        body_bytes -= part;
    }
    http2_write_headers(connection, request->stream, trailers, true);
}

void grpc_accept(struct http2_connection *connection, const struct http2_request *request)
{
    static const uint8_t empty[5] = {0};

    grpc_answer(connection, request, empty, sizeof empty, "grpc-status: 0\n");
}

size_t grpc_frame(uint8_t *out, unsigned flag, const void *message, size_t size_bytes)
{
    out[0] = (uint8_t)flag;
    out[1] = (uint8_t)(size_bytes >> 24);
    out[2] = (uint8_t)(size_bytes >> 16);
    out[3] = (uint8_t)(size_bytes >> 8);
    out[4] = (uint8_t)size_bytes;
    memcpy(out + 5, message, size_bytes);
    return size_bytes + 5;
}

size_t grpc_pack_partial(uint8_t *out, int64_t rejected, const char *message)
{
    HaeOtlp__ExportTracePartialSuccess partial = HAE_OTLP__EXPORT_TRACE_PARTIAL_SUCCESS__INIT;
    HaeOtlp__ExportTraceServiceResponse response = HAE_OTLP__EXPORT_TRACE_SERVICE_RESPONSE__INIT;

    partial.has_rejected_spans = 1;
    partial.rejected_spans = rejected;
    partial.error_message = (char *)(uintptr_t)message;
    response.partial_success = &partial;
    return hae_otlp__export_trace_service_response__pack(&response, out);
}
