/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration keys of the OTLP exporters. */
#ifndef HAETAE_SDK_KEYS_OTLP_H
#define HAETAE_SDK_KEYS_OTLP_H

#include <stddef.h>
#include <stdint.h>

#define HAE_OTLP_KEYS(X)                                                                           \
    X(OTEL_EXPORTER_OTLP_CERTIFICATE, PATH, "", 0, 0, NULL,                                        \
      "PEM file with the authorities trusted to vouch for the receiver; unset: those of the "      \
      "system")                                                                                    \
    X(OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE, PATH, "", 0, 0, NULL,                                 \
      "PEM file with the certificate to show to the receiver")                                     \
    X(OTEL_EXPORTER_OTLP_CLIENT_KEY, SECRET, "", 0, 0, NULL,                                       \
      "PEM file with the private key of the client certificate")                                   \
    X(OTEL_EXPORTER_OTLP_COMPRESSION, CHOICE, "none", 0, 0, "none|gzip",                           \
      "How request bodies are compressed")                                                         \
    X(OTEL_EXPORTER_OTLP_ENDPOINT, URL, "http://localhost:4318", 0, 0, NULL,                       \
      "Where the OTLP receiver is: v1/traces, v1/metrics or v1/logs is appended")                  \
    X(OTEL_EXPORTER_OTLP_HEADERS, SECRET, "", 0, 0, NULL,                                          \
      "Headers for each request, as key=value,key=value with percent-encoding")                    \
    X(OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE, PATH, "", 0, 0, NULL,                                   \
      "As the general key, for logs only")                                                         \
    X(OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE, PATH, "", 0, 0, NULL,                            \
      "As the general key, for logs only")                                                         \
    X(OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY, SECRET, "", 0, 0, NULL,                                  \
      "As the general key, for logs only")                                                         \
    X(OTEL_EXPORTER_OTLP_LOGS_COMPRESSION, CHOICE, "", 0, 0, "none|gzip",                          \
      "How bodies with logs are compressed")                                                       \
    X(OTEL_EXPORTER_OTLP_LOGS_ENDPOINT, URL, "", 0, 0, NULL,                                       \
      "The whole URL for logs, used as it is")                                                     \
    X(OTEL_EXPORTER_OTLP_LOGS_HEADERS, SECRET, "", 0, 0, NULL,                                     \
      "Headers for logs, instead of the general ones")                                             \
    X(OTEL_EXPORTER_OTLP_LOGS_TIMEOUT, TIMEOUT, "", 0, INT32_MAX, NULL,                            \
      "The longest that one request with logs may take")                                           \
    X(OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE, PATH, "", 0, 0, NULL,                                \
      "As the general key, for metrics only")                                                      \
    X(OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE, PATH, "", 0, 0, NULL,                         \
      "As the general key, for metrics only")                                                      \
    X(OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY, SECRET, "", 0, 0, NULL,                               \
      "As the general key, for metrics only")                                                      \
    X(OTEL_EXPORTER_OTLP_METRICS_COMPRESSION, CHOICE, "", 0, 0, "none|gzip",                       \
      "How bodies with metrics are compressed")                                                    \
    X(OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, URL, "", 0, 0, NULL,                                    \
      "The whole URL for metrics, used as it is")                                                  \
    X(OTEL_EXPORTER_OTLP_METRICS_HEADERS, SECRET, "", 0, 0, NULL,                                  \
      "Headers for metrics, instead of the general ones")                                          \
    X(OTEL_EXPORTER_OTLP_METRICS_TIMEOUT, TIMEOUT, "", 0, INT32_MAX, NULL,                         \
      "The longest that one request with metrics may take")                                        \
    X(OTEL_EXPORTER_OTLP_TIMEOUT, TIMEOUT, "10000", 0, INT32_MAX, NULL,                            \
      "The longest that one request may take")                                                     \
    X(OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE, PATH, "", 0, 0, NULL,                                 \
      "As the general key, for traces only")                                                       \
    X(OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE, PATH, "", 0, 0, NULL,                          \
      "As the general key, for traces only")                                                       \
    X(OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY, SECRET, "", 0, 0, NULL,                                \
      "As the general key, for traces only")                                                       \
    X(OTEL_EXPORTER_OTLP_TRACES_COMPRESSION, CHOICE, "", 0, 0, "none|gzip",                        \
      "How bodies with traces are compressed")                                                     \
    X(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, URL, "", 0, 0, NULL,                                     \
      "The whole URL for traces, used as it is")                                                   \
    X(OTEL_EXPORTER_OTLP_TRACES_HEADERS, SECRET, "", 0, 0, NULL,                                   \
      "Headers for traces, instead of the general ones")                                           \
    X(OTEL_EXPORTER_OTLP_TRACES_TIMEOUT, TIMEOUT, "", 0, INT32_MAX, NULL,                          \
      "The longest that one request with traces may take")

#endif
