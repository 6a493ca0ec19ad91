/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration keys of the OTLP exporters, for their factories. OTEL_EXPORTER_OTLP_PROTOCOL
 * and its variants are the core's, which chooses the exporter by them.
 * Specification: "OpenTelemetry Protocol Exporter", "Configuration Options". */
#ifndef HAETAE_OTLP_KEYS_H
#define HAETAE_OTLP_KEYS_H

#include "haetae/config.h"

/* Defaults of keys, which are those of OTLP/HTTP. */
#define HAE_HTTP_ENDPOINT_DEFAULT "http://localhost:4318"
#define HAE_HTTP_PROTOCOL_DEFAULT "http/protobuf" /* of a key of the core */

/* The key by which requests are signed. */
#define HAE_HTTP_SIGV4_KEY "HAETAE_OTLP_AWS_SIGV4"

enum {
    HAE_HTTP_KEY_COUNT = 4 * 7 + 2 + 9 + 4 + 4,
    HAE_GRPC_KEY_COUNT = HAE_HTTP_KEY_COUNT + 4 /* and those that only gRPC has */
};

extern const haetae_config_key hae_http_keys[HAE_GRPC_KEY_COUNT];

#endif
