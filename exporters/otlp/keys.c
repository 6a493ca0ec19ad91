/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/keys.h"

#include <stddef.h>

#include "otlp/metric_reader.h"

#define NAMED_KEY(key, kind, value, most, words, text)                                             \
    HAETAE_OPTIONS(haetae_config_key, .name = (key), .type = HAETAE_CONFIG_##kind,                 \
                   .default_value = (value), .max = (most), .choices = (words), .help = (text))
#define KEY(option, kind, value, most, words, text)                                                \
    NAMED_KEY("OTEL_EXPORTER_OTLP_" option, kind, value, most, words, text)
#define OWN_KEY(option, kind, value, most, words, text)                                            \
    NAMED_KEY("HAETAE_OTLP_" option, kind, value, most, words, text)
#define RESPONSE_KEY(infix, value, text)                                                           \
    HAETAE_OPTIONS(haetae_config_key, .name = "HAETAE_OTLP_" infix "RESPONSE_MAX_BYTES",           \
                   .type = HAETAE_CONFIG_BYTES, .default_value = (value), .min = 1,                \
                   .max = INT32_MAX, .help = (text))

/* What replaces the general keys for one signal. */
#define KEYS_OF(infix, items)                                                                      \
    KEY(infix "CERTIFICATE", PATH, "", 0, NULL, "As the general key, for " items " only"),         \
        KEY(infix "CLIENT_CERTIFICATE", PATH, "", 0, NULL,                                         \
            "As the general key, for " items " only"),                                             \
        KEY(infix "CLIENT_KEY", SECRET, "", 0, NULL, "As the general key, for " items " only"),    \
        KEY(infix "COMPRESSION", CHOICE, "", 0, "none|gzip|zstd",                                  \
            "How bodies with " items " are compressed"),                                           \
        KEY(infix "ENDPOINT", URL, "", 0, NULL, "The whole URL for " items ", used as it is"),     \
        KEY(infix "HEADERS", SECRET, "", 0, NULL,                                                  \
            "Headers for " items ", instead of the general ones"),                                 \
        KEY(infix "TIMEOUT", TIMEOUT, "", INT32_MAX, NULL,                                         \
            "The longest that one request with " items " may take")

const haetae_config_key hae_http_keys[HAE_GRPC_KEY_COUNT] = {
    KEY("CERTIFICATE", PATH, "", 0, NULL,
        "PEM file with the authorities that are trusted; unset: those of the system"),
    KEY("CLIENT_CERTIFICATE", PATH, "", 0, NULL,
        "PEM file with the certificate to show to the receiver"),
    KEY("CLIENT_KEY", SECRET, "", 0, NULL,
        "PEM file with the private key of the client certificate"),
    KEY("COMPRESSION", CHOICE, "none", 0, "none|gzip|zstd", "How request bodies are compressed"),
    KEY("ENDPOINT", URL, HAE_HTTP_ENDPOINT_DEFAULT, 0, NULL,
        "Where the OTLP receiver is: v1/traces, v1/metrics or v1/logs is appended; with gRPC "
        "http://localhost:4317 by default, and without a path"),
    KEY("HEADERS", SECRET, "", 0, NULL,
        "Headers for each request, as key=value,key=value with percent-encoding"),
    KEY("TIMEOUT", TIMEOUT, "10000", INT32_MAX, NULL, "The longest that one request may take"),
    KEYS_OF("TRACES_", "traces"),
    KEYS_OF("METRICS_", "metrics"),
    KEYS_OF("LOGS_", "logs"),
    HAE_OTLP_METRIC_READER_KEYS,
    OWN_KEY("AWS_ACCESS_KEY_ID", SECRET, "", 0, NULL, "The id of the key that signs requests"),
    OWN_KEY("AWS_SECRET_ACCESS_KEY", SECRET, "", 0, NULL, "The key that signs requests"),
    OWN_KEY("AWS_SESSION_TOKEN", SECRET, "", 0, NULL, "The token that goes with a temporary key"),
    NAMED_KEY(HAE_HTTP_SIGV4_KEY, TEXT, "", 0, NULL,
              "Region and service for which requests are signed, such as eu-west-1/xray"),
    OWN_KEY("BEARER_TOKEN_FILE", PATH, "", 0, NULL,
            "File with a token for Authorization: Bearer, which is read for each request"),
    OWN_KEY("TRACES_BEARER_TOKEN_FILE", PATH, "", 0, NULL, "As the general key, for traces only"),
    OWN_KEY("METRICS_BEARER_TOKEN_FILE", PATH, "", 0, NULL, "As the general key, for metrics only"),
    OWN_KEY("LOGS_BEARER_TOKEN_FILE", PATH, "", 0, NULL, "As the general key, for logs only"),
    OWN_KEY("CONNECTION_MAX_AGE_MS", TIMEOUT, "0", INT32_MAX, NULL,
            "The age after which a connection gets no more requests"),
    OWN_KEY("CONNECTION_MAX_IDLE_MS", TIMEOUT, "118000", INT32_MAX, NULL,
            "How long a connection may be idle and still get a request"),
    OWN_KEY("DNS_CACHE_MS", DURATION, "60000", INT32_MAX, NULL,
            "How long an address of the receiver counts before its name is looked up again"),
    RESPONSE_KEY("", "4194304",
                 "The longest response that is read, and the most that a signal's responses hold"),
    RESPONSE_KEY("TRACES_", "", "As the general key, for traces only"),
    RESPONSE_KEY("METRICS_", "", "As the general key, for metrics only"),
    RESPONSE_KEY("LOGS_", "", "As the general key, for logs only"),
    OWN_KEY("TLS_MIN_VERSION", CHOICE, "1.2", 0, "1.2|1.3",
            "The oldest version of TLS that is used"),
    OWN_KEY("USER_AGENT", TEXT, "", 0, NULL,
            "Products of the program, such as shop/1.4, before the exporter's own in User-Agent"),
    KEY("INSECURE", BOOL, "false", 0, NULL,
        "Whether gRPC goes without TLS to an endpoint without http:// or https://"),
    KEY("TRACES_INSECURE", BOOL, "", 0, NULL, "As the general key, for traces only"),
    KEY("METRICS_INSECURE", BOOL, "", 0, NULL, "As the general key, for metrics only"),
    KEY("LOGS_INSECURE", BOOL, "", 0, NULL, "As the general key, for logs only"),
};
