/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration keys that belong to no single part: the resource, the choice of exporters,
 * limits that several signals share. The columns are explained in sdk/config_registry.h. */
#ifndef HAETAE_SDK_KEYS_H
#define HAETAE_SDK_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define HAE_SDK_KEYS(X)                                                                            \
    X(HAETAE_EXPORTER_SCOPES, TEXT, "", 0, 0, NULL,                                                \
      "Patterns of the scopes that an exporter gets, separated by commas; those with ! are left "  \
      "out; unset: all")                                                                           \
    X(HAETAE_FAILOVER, LIST, "", 0, 0, NULL,                                                       \
      "Exporters in order, such as otlp/seoul,otlp/busan: each stands in for those before it; "    \
      "unset: none does")                                                                          \
    X(HAETAE_HOST_METRICS, LIST, "", 0, 0, NULL,                                                   \
      "Which metrics about the process and its host are exported: all, host, process, cpu, "       \
      "memory, paging, disk, filesystem, network; unset: none")                                    \
    X(HAETAE_HOST_ROOT, PATH, "", 0, 0, NULL,                                                      \
      "Where the host's / is mounted, for an agent in a container; unset: it is /")                \
    X(HAETAE_PROCESS_CONTEXT, BOOL, "false", 0, 0, NULL,                                           \
      "Whether profilers in other processes may read the resource, and each thread's span")        \
    X(HAETAE_RESOURCE_DETECTORS, LIST, "", 0, 0, NULL,                                             \
      "Names of the detectors that describe the resource, all or none; unset: service, process, "  \
      "host and those that were added")                                                            \
    X(HAETAE_RESOURCE_EXCLUDED, TEXT, "", 0, 0, NULL,                                              \
      "Patterns of detected attributes that are left out, separated by commas; * and ? stand for " \
      "any letters and one")                                                                       \
    X(HAETAE_RESOURCE_INCLUDED, TEXT, "", 0, 0, NULL,                                              \
      "Patterns of the only detected attributes that are kept; unset: all")                        \
    X(HAETAE_RESOURCE_KUBERNETES_DIR, PATH, "/etc/podinfo", 0, 0, NULL,                            \
      "Directory of the volume of the downward API, with files labels, name, namespace, uid")      \
    X(HAETAE_RESOURCE_TIMEOUT_MS, TIMEOUT, "1000", 0, INT32_MAX, NULL,                             \
      "The longest that a start waits for detectors that were added, and for files of mounts")     \
    X(HAETAE_SERVICE_INSTANCE_SEED, TEXT, "", 0, 0, NULL,                                          \
      "Text from which service.instance.id is made, with host and service, the same at each "      \
      "start; unset: a random one")                                                                \
    X(HAETAE_SDK_METRICS, BOOL, "false", 0, 0, NULL,                                               \
      "Whether the SDK exports metrics about itself: otel.sdk.processor, exporter and others")     \
    X(HAETAE_VALUE_DEPTH_LIMIT, COUNT, "64", 0, 64, NULL,                                          \
      "How deep arrays and maps may nest in attributes and bodies; what is deeper is empty")       \
    X(OTEL_ATTRIBUTE_COUNT_LIMIT, COUNT, "128", 0, INT32_MAX, NULL,                                \
      "The most attributes of one span, span event, link or log record")                           \
    X(OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, COUNT, "", 0, INT32_MAX, NULL,                            \
      "Where attribute values are cut, in code points of text or bytes; unset: nowhere")           \
    X(OTEL_CONFIG_FILE, PATH, "", 0, 0, NULL,                                                      \
      "A YAML file with the whole configuration; all other variables are ignored then")            \
    X(OTEL_EXPORTER_OTLP_LOGS_PROTOCOL, CHOICE, "", 0, 0, "grpc|http/protobuf|http/json",          \
      "As the general key, for logs only")                                                         \
    X(OTEL_EXPORTER_OTLP_METRICS_PROTOCOL, CHOICE, "", 0, 0, "grpc|http/protobuf|http/json",       \
      "As the general key, for metrics only")                                                      \
    X(OTEL_EXPORTER_OTLP_PROTOCOL, CHOICE, "http/protobuf", 0, 0, "grpc|http/protobuf|http/json",  \
      "The protocol; haetae-otlp-grpc takes grpc, haetae-otlp-http the other two")                 \
    X(OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, CHOICE, "", 0, 0, "grpc|http/protobuf|http/json",        \
      "As the general key, for traces only")                                                       \
    X(OTEL_LOGS_EXPORTER, LIST, "", 0, 0, NULL,                                                    \
      "Names of the exporters that get logs, or none; unset: every exporter that was added, or "   \
      "otlp")                                                                                      \
    X(OTEL_LOG_LEVEL, SEVERITY, "9", 0, 24, NULL,                                                  \
      "Diagnostics below this severity are not reported: error is 17, warn 13, info 9")            \
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
