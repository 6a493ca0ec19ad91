/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration keys that belong to no single part: the resource, the choice of exporters,
 * limits that several signals share. The columns are explained in sdk/config_registry.h. */
#ifndef HAETAE_SDK_KEYS_H
#define HAETAE_SDK_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define HAE_SDK_KEYS(X)                                                                            \
    X(HAETAE_VALUE_DEPTH_LIMIT, COUNT, "64", 0, 64, NULL,                                          \
      "How deep arrays and maps may nest in attributes and bodies; what is deeper is empty")       \
    X(OTEL_ATTRIBUTE_COUNT_LIMIT, COUNT, "128", 0, INT32_MAX, NULL,                                \
      "The most attributes of one span, span event, link or log record")                           \
    X(OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, COUNT, "", 0, INT32_MAX, NULL,                            \
      "Where attribute values are cut, in code points of text or bytes; unset: nowhere")           \
    X(OTEL_EXPORTER_OTLP_LOGS_PROTOCOL, CHOICE, "", 0, 0, "grpc|http/protobuf|http/json",          \
      "As the general key, for logs only")                                                         \
    X(OTEL_EXPORTER_OTLP_METRICS_PROTOCOL, CHOICE, "", 0, 0, "grpc|http/protobuf|http/json",       \
      "As the general key, for metrics only")                                                      \
    X(OTEL_EXPORTER_OTLP_PROTOCOL, CHOICE, "http/protobuf", 0, 0, "grpc|http/protobuf|http/json",  \
      "How OTLP is spoken; the OTLP/HTTP exporter takes http/protobuf only")                       \
    X(OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, CHOICE, "", 0, 0, "grpc|http/protobuf|http/json",        \
      "As the general key, for traces only")                                                       \
    X(OTEL_LOGS_EXPORTER, LIST, "", 0, 0, NULL,                                                    \
      "Names of the exporters that get logs, or none; unset: every exporter that was added, or "   \
      "otlp")                                                                                      \
    X(OTEL_METRICS_EXPORTER, LIST, "", 0, 0, NULL,                                                 \
      "Names of the exporters that get metrics, or none; unset: every exporter that was added, "   \
      "or otlp")                                                                                   \
    X(OTEL_RESOURCE_ATTRIBUTES, PAIRS, "", 0, 0, NULL,                                             \
      "Attributes of the resource, as key=value,key=value with percent-encoding")                  \
    X(OTEL_SDK_DISABLED, BOOL, "false", 0, 0, NULL,                                                \
      "true: haetae_sdk_start() starts nothing, and nothing is recorded")                          \
    X(OTEL_SERVICE_NAME, TEXT, "", 0, 0, NULL,                                                     \
      "The service.name of the resource; unset: from OTEL_RESOURCE_ATTRIBUTES, else "              \
      "unknown_service and the name of the program")                                               \
    X(OTEL_TRACES_EXPORTER, LIST, "", 0, 0, NULL,                                                  \
      "Names of the exporters that get traces, or none; unset: every exporter that was added, or " \
      "otlp")

#endif
