/* SPDX-License-Identifier: Apache-2.0 */
/* The vocabulary of the configuration: one table, from which come the keys'
 * numbers, checks, defaults and documentation.
 * Specification: "Environment Variable Specification", "OTLP Exporter". */
#ifndef HAE_SDK_CONFIG_KEYS_H
#define HAE_SDK_CONFIG_KEYS_H

#include <stddef.h>
#include <stdint.h>

/* What values look like. */
enum hae_config_type {
    HAE_CONFIG_BOOL,     /* true or false                                        */
    HAE_CONFIG_DURATION, /* milliseconds                                         */
    HAE_CONFIG_TIMEOUT,  /* milliseconds; 0: no limit                            */
    HAE_CONFIG_COUNT,    /* a number                                             */
    HAE_CONFIG_BYTES,    /* a size; k, m and g multiply by 1024                  */
    HAE_CONFIG_RATIO,    /* a decimal fraction from 0 to 1                       */
    HAE_CONFIG_SEVERITY, /* 0 to 24, or trace, debug, info, warn, error, fatal   */
    HAE_CONFIG_CHOICE,   /* one of `choices`                                     */
    HAE_CONFIG_LIST,     /* comma-separated names                                */
    HAE_CONFIG_PAIRS,    /* key=value,key=value, percent-encoded                 */
    HAE_CONFIG_TEXT,     /* UTF-8 without control characters                     */
    HAE_CONFIG_URL,      /* text without spaces, which may hold a password       */
    HAE_CONFIG_PATH,     /* a file's path, of any bytes                          */
    HAE_CONFIG_SECRET    /* text that is never shown                             */
};

/* The specification asks for integers up to this. */
#define HAE_CONFIG_INT_MAX INT32_MAX

/* X(name, type, default, least, most, choices, help): in the order of strcmp().
 * An empty default is no value. */
#define HAE_CONFIG_MAP(X)                                                                          \
    X(HAETAE_CLOCK, CHOICE, "auto", 0, 0, "auto|system",                                           \
      "auto: the CPU's counter where the kernel trusts it; system: always the kernel's clock")     \
    X(HAETAE_LANE_COUNT, COUNT, "0", 0, 1024, NULL,                                                \
      "Threads that record at once with a ring of their own; 0: from the budget")                  \
    X(HAETAE_LOGS_MIN_SEVERITY, SEVERITY, "0", 0, 24, NULL,                                        \
      "Log records below this severity are not recorded")                                          \
    X(HAETAE_MAX_REQUEST_BYTES, BYTES, "4194304", 4096, 67108864, NULL,                            \
      "The largest body of a request, before compression; never more than HAETAE_QUEUE_BYTES "     \
      "lets "                                                                                      \
      "it be")                                                                                     \
    X(HAETAE_METRICS_CARDINALITY_LIMIT, COUNT, "2000", 1, 1000000, NULL,                           \
      "The most series of one instrument; what is beyond goes to one overflow series, on top of "  \
      "these")                                                                                     \
    X(HAETAE_QUEUE_BYTES, BYTES, "16777216", 262144, INT64_C(4294967296), NULL,                    \
      "Memory for all that waits for export, as in an outage")                                     \
    X(HAETAE_RECORDER_BYTES, BYTES, "16777216", 262144, INT64_C(4294967296), NULL,                 \
      "The recorder's memory: spans being made, and all that the worker has not fetched yet")      \
    X(HAETAE_RECORDER_DIR, PATH, "", 0, 0, NULL,                                                   \
      "Directory for the recorder's memory, as a file: what a killed process had recorded is "     \
      "exported by the next start; unset: no file")                                                \
    X(HAETAE_RECORDER_DIR_MAX_BYTES, BYTES, "268435456", 0, INT64_C(1099511627776), NULL,          \
      "The most that files of dead processes may take there; the oldest go first")                 \
    X(HAETAE_RETRY_ELAPSED_MS, TIMEOUT, "300000", 0, HAE_CONFIG_INT_MAX, NULL,                     \
      "How long a failing request is tried again before it is dropped")                            \
    X(HAETAE_RETRY_INITIAL_MS, DURATION, "1000", 1, HAE_CONFIG_INT_MAX, NULL,                      \
      "The first pause after a failed export; each further one is longer")                         \
    X(HAETAE_RETRY_MAX_MS, DURATION, "30000", 1, HAE_CONFIG_INT_MAX, NULL,                         \
      "The longest pause between two tries")                                                       \
    X(HAETAE_WORKER, CHOICE, "thread", 0, 0, "thread|manual",                                      \
      "manual: no thread is started, the caller drives the SDK by haetae_sdk_step()")              \
    X(OTEL_ATTRIBUTE_COUNT_LIMIT, COUNT, "128", 0, HAE_CONFIG_INT_MAX, NULL,                       \
      "The most attributes of one span, span event, link or log record")                           \
    X(OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, COUNT, "", 0, HAE_CONFIG_INT_MAX, NULL,                   \
      "Where attribute values are cut, in code points of text or bytes; unset: nowhere")           \
    X(OTEL_BLRP_EXPORT_TIMEOUT, TIMEOUT, "30000", 0, HAE_CONFIG_INT_MAX, NULL,                     \
      "The longest that one try to export a batch of log records may take")                        \
    X(OTEL_BLRP_MAX_EXPORT_BATCH_SIZE, COUNT, "", 1, HAE_CONFIG_INT_MAX, NULL,                     \
      "The most log records in one request; unset: 8192, or the queue size if that is less")       \
    X(OTEL_BLRP_MAX_QUEUE_SIZE, COUNT, "", 1, HAE_CONFIG_INT_MAX, NULL,                            \
      "The most log records that may wait for export; unset: as many as HAETAE_QUEUE_BYTES holds") \
    X(OTEL_BLRP_SCHEDULE_DELAY, DURATION, "1000", 0, HAE_CONFIG_INT_MAX, NULL,                     \
      "The longest that log records wait for their batch to fill")                                 \
    X(OTEL_BSP_EXPORT_TIMEOUT, TIMEOUT, "30000", 0, HAE_CONFIG_INT_MAX, NULL,                      \
      "The longest that one try to export a batch of spans may take")                              \
    X(OTEL_BSP_MAX_EXPORT_BATCH_SIZE, COUNT, "", 1, HAE_CONFIG_INT_MAX, NULL,                      \
      "The most spans in one request; unset: 8192, or the queue size if that is less")             \
    X(OTEL_BSP_MAX_QUEUE_SIZE, COUNT, "", 1, HAE_CONFIG_INT_MAX, NULL,                             \
      "The most spans that may wait for export; unset: as many as HAETAE_QUEUE_BYTES holds")       \
    X(OTEL_BSP_SCHEDULE_DELAY, DURATION, "5000", 0, HAE_CONFIG_INT_MAX, NULL,                      \
      "The longest that spans wait for their batch to fill")                                       \
    X(OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT, COUNT, "", 0, HAE_CONFIG_INT_MAX, NULL,                    \
      "The most attributes of a span event; unset: OTEL_ATTRIBUTE_COUNT_LIMIT")                    \
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
    X(OTEL_EXPORTER_OTLP_LOGS_PROTOCOL, CHOICE, "", 0, 0, "grpc|http/protobuf|http/json",          \
      "As the general key, for logs only")                                                         \
    X(OTEL_EXPORTER_OTLP_LOGS_TIMEOUT, TIMEOUT, "", 0, HAE_CONFIG_INT_MAX, NULL,                   \
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
    X(OTEL_EXPORTER_OTLP_METRICS_PROTOCOL, CHOICE, "", 0, 0, "grpc|http/protobuf|http/json",       \
      "As the general key, for metrics only")                                                      \
    X(OTEL_EXPORTER_OTLP_METRICS_TIMEOUT, TIMEOUT, "", 0, HAE_CONFIG_INT_MAX, NULL,                \
      "The longest that one request with metrics may take")                                        \
    X(OTEL_EXPORTER_OTLP_PROTOCOL, CHOICE, "http/protobuf", 0, 0, "grpc|http/protobuf|http/json",  \
      "How OTLP is spoken; the OTLP/HTTP exporter takes http/protobuf only")                       \
    X(OTEL_EXPORTER_OTLP_TIMEOUT, TIMEOUT, "10000", 0, HAE_CONFIG_INT_MAX, NULL,                   \
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
    X(OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, CHOICE, "", 0, 0, "grpc|http/protobuf|http/json",        \
      "As the general key, for traces only")                                                       \
    X(OTEL_EXPORTER_OTLP_TRACES_TIMEOUT, TIMEOUT, "", 0, HAE_CONFIG_INT_MAX, NULL,                 \
      "The longest that one request with traces may take")                                         \
    X(OTEL_LINK_ATTRIBUTE_COUNT_LIMIT, COUNT, "", 0, HAE_CONFIG_INT_MAX, NULL,                     \
      "The most attributes of a link; unset: OTEL_ATTRIBUTE_COUNT_LIMIT")                          \
    X(OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT, COUNT, "", 0, HAE_CONFIG_INT_MAX, NULL,                \
      "The most attributes of a log record; unset: OTEL_ATTRIBUTE_COUNT_LIMIT")                    \
    X(OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT, COUNT, "", 0, HAE_CONFIG_INT_MAX, NULL,         \
      "As OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, for log records; unset: that key")                    \
    X(OTEL_LOGS_EXPORTER, LIST, "", 0, 0, NULL,                                                    \
      "Names of the exporters that get logs, or none; unset: every exporter that was added")       \
    X(OTEL_METRICS_EXPORTER, LIST, "", 0, 0, NULL,                                                 \
      "Names of the exporters that get metrics, or none; unset: every exporter that was added")    \
    X(OTEL_METRIC_EXPORT_INTERVAL, DURATION, "60000", 1, HAE_CONFIG_INT_MAX, NULL,                 \
      "How often metrics are collected and exported")                                              \
    X(OTEL_METRIC_EXPORT_TIMEOUT, TIMEOUT, "30000", 0, HAE_CONFIG_INT_MAX, NULL,                   \
      "The longest that one try to export metrics may take")                                       \
    X(OTEL_RESOURCE_ATTRIBUTES, PAIRS, "", 0, 0, NULL,                                             \
      "Attributes of the resource, as key=value,key=value with percent-encoding")                  \
    X(OTEL_SDK_DISABLED, BOOL, "false", 0, 0, "false|true",                                        \
      "true: haetae_sdk_start() starts nothing, and nothing is recorded")                          \
    X(OTEL_SERVICE_NAME, TEXT, "", 0, 0, NULL,                                                     \
      "The service.name of the resource; unset: from OTEL_RESOURCE_ATTRIBUTES, else "              \
      "unknown_service and the name of the program")                                               \
    X(OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, COUNT, "", 0, HAE_CONFIG_INT_MAX, NULL,                     \
      "The most attributes of a span; unset: OTEL_ATTRIBUTE_COUNT_LIMIT")                          \
    X(OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT, COUNT, "", 0, HAE_CONFIG_INT_MAX, NULL,              \
      "As OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, for spans with their events and links; unset: that "  \
      "key")                                                                                       \
    X(OTEL_SPAN_EVENT_COUNT_LIMIT, COUNT, "128", 0, HAE_CONFIG_INT_MAX, NULL,                      \
      "The most events of a span")                                                                 \
    X(OTEL_SPAN_LINK_COUNT_LIMIT, COUNT, "128", 0, HAE_CONFIG_INT_MAX, NULL,                       \
      "The most links of a span")                                                                  \
    X(OTEL_TRACES_EXPORTER, LIST, "", 0, 0, NULL,                                                  \
      "Names of the exporters that get traces, or none; unset: every exporter that was added")     \
    X(OTEL_TRACES_SAMPLER, CHOICE, "parentbased_always_on", 0, 0,                                  \
      "always_on|always_off|traceidratio|parentbased_always_on|parentbased_always_off|"            \
      "parentbased_traceidratio",                                                                  \
      "Which traces are recorded")                                                                 \
    X(OTEL_TRACES_SAMPLER_ARG, RATIO, "", 0, 1, NULL,                                              \
      "The share of traces that the traceidratio samplers take; unset: 1")

enum hae_config_key {
#define HAE_CONFIG_ENUM(name, type, value, min, max, choices, help) HAE_KEY_##name,
    HAE_CONFIG_MAP(HAE_CONFIG_ENUM)
#undef HAE_CONFIG_ENUM
        HAE_CONFIG_KEY_COUNT
};

struct hae_config_def {
    const char *name;
    const char *default_value;
    const char *choices; /* separated by |, in the order of their enum; or NULL */
    const char *help;
    int64_t min;
    int64_t max;
    enum hae_config_type type;
};

/* The row of a key. */
const struct hae_config_def *hae_config_def(enum hae_config_key key);

/* The key of this name; HAE_CONFIG_KEY_COUNT if there is none. */
enum hae_config_key hae_config_find(const char *name);

/* The known name that looks most like this one; NULL if none does. */
const char *hae_config_nearest(const char *name);

#endif
