/* SPDX-License-Identifier: Apache-2.0 */
#include "grpc.h"

#include <stdio.h>

#include "answer.h"
#include "endpoint.h"
#include "frame.h"
#include "otlp/decode.h"
#include "otlp/headers.h"
#include "otlp/options.h"

/* The header of a call's deadline, which has at most eight digits. Empty without a deadline. */
static void write_timeout(char *out, size_t size_bytes, long timeout_ms)
{
    enum { MAX = 99999999 };

    if (timeout_ms <= 0) {
        out[0] = '\0';
    } else if (timeout_ms <= MAX) {
        snprintf(out, size_bytes, "grpc-timeout: %ldm", timeout_ms);
    } else {
        snprintf(out, size_bytes, "grpc-timeout: %ldS", timeout_ms / 1000);
    }
}

static haetae_status add_headers(struct hae_http_target *target)
{
    char timeout[40];
    const char *const lines[] = {
        "TE: trailers",
        "grpc-accept-encoding: identity,gzip",
        "Accept:", /* empty, or libcurl adds one of its own */
        timeout,
    };
    haetae_status status = HAETAE_OK;

    write_timeout(timeout, sizeof timeout, target->timeout_ms);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0] && status == HAETAE_OK; i++) {
        if (lines[i][0] != '\0') {
            status = hae_http_headers_add(&target->headers, lines[i]);
        }
    }
    return status;
}

static char gzip_line[] = "grpc-encoding: gzip";

static const struct hae_http_binding binding = {
    .http2 = true,
    .default_endpoint = "http://localhost:4317",
    .codec_lines = {[HAE_HTTP_GZIP] = gzip_line},
    .reserved_prefix = "grpc-",
    .binary_suffix = "-bin",
    .complete_endpoint = hae_grpc_endpoint,
    .add_headers = add_headers,
    .prefix_bytes = HAE_GRPC_PREFIX_BYTES,
    .write_prefix = hae_grpc_write_prefix,
    .read_header = hae_grpc_read_header,
    .is_answered = hae_grpc_is_answered,
    .result = hae_grpc_result,
};

static const char *const no_media_types[] = {NULL}; /* answers are told by their trailers */

#define SERVICES "opentelemetry.proto.collector."

const struct hae_http_protocol hae_grpc = {
    .name = "grpc",
    .component = "otlp_grpc",
    .content_type = "Content-Type: application/grpc+proto",
    .binding = &binding,
    .paths = {[HAETAE_SIGNAL_TRACES] = SERVICES "trace.v1.TraceService/Export",
              [HAETAE_SIGNAL_METRICS] = SERVICES "metrics.v1.MetricsService/Export",
              [HAETAE_SIGNAL_LOGS] = SERVICES "logs.v1.LogsService/Export"},
    .media_types = no_media_types,
    .decode_response = hae_http_decode_response,
    .decode_status = hae_http_decode_status,
};
