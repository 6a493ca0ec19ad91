/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/protobuf.h"

#include "otlp/decode.h"
#include "otlp/response.h"

static const char *const media_types[] = {
    "application/x-protobuf", /* the specification's name */
    "application/protobuf",   /* the registered one       */
    NULL,
};

const struct hae_http_protocol hae_http_protobuf = {
    .name = "http/protobuf",
    .component = "otlp_http",
    .content_type = "Content-Type: application/x-protobuf",
    .binding = &hae_http_plain,
    .paths = {[HAETAE_SIGNAL_TRACES] = "v1/traces",
              [HAETAE_SIGNAL_METRICS] = "v1/metrics",
              [HAETAE_SIGNAL_LOGS] = "v1/logs"},
    .media_types = media_types,
    .decode_response = hae_http_decode_response,
    .decode_status = hae_http_decode_status,
};
