/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include <stddef.h>

#define KEY(which, kind, value, words, text)                                                       \
    HAETAE_OPTIONS(haetae_config_key, .name = HAE_KAFKA_KEY_##which, .type = HAETAE_CONFIG_##kind, \
                   .default_value = (value), .choices = (words), .help = (text))
#define RANGE(which, kind, value, least, most, text)                                               \
    HAETAE_OPTIONS(haetae_config_key, .name = HAE_KAFKA_KEY_##which, .type = HAETAE_CONFIG_##kind, \
                   .default_value = (value), .min = (least), .max = (most), .help = (text))

const haetae_config_key hae_kafka_keys[HAE_KAFKA_KEY_COUNT] = {
    KEY(ACKS, CHOICE, "all", "all|1|0",
        "Which brokers acknowledge a message: all replicas in sync, the leader, or none"),
    KEY(BROKERS, TEXT, "localhost:9092", NULL,
        "Brokers to begin with, as host:port, separated by commas"),
    KEY(CERTIFICATE, PATH, "", NULL,
        "PEM file with the authorities that are trusted; unset: those of the system"),
    KEY(CLIENT_CERTIFICATE, PATH, "", NULL, "PEM file with the client's certificate"),
    KEY(CLIENT_ID, TEXT, "haetae", NULL, "How brokers name the client in logs, metrics and quotas"),
    KEY(CLIENT_KEY, PATH, "", NULL, "PEM file with the private key of the client's certificate"),
    KEY(COMPRESSION, CHOICE, "none", "none|gzip|snappy|lz4|zstd", "How messages are compressed"),
    KEY(LOGS_PARTITION_BY, CHOICE, "none", "none|resource|trace_id",
        "What decides the partition of log records"),
    KEY(LOGS_TOPIC, TEXT, "otlp_logs", NULL, "The topic of log records"),
    RANGE(MAX_MESSAGE_BYTES, BYTES, "1000000", 1024, 64 * 1024 * 1024,
          "The most bytes in one message, before compression"),
    KEY(METRICS_PARTITION_BY, CHOICE, "none", "none|resource",
        "What decides the partition of metrics"),
    KEY(METRICS_TOPIC, TEXT, "otlp_metrics", NULL, "The topic of metrics"),
    KEY(OPTIONS, SECRET, "", NULL,
        "Properties of librdkafka, as name=value,name=value with percent-encoding"),
    KEY(PARTITIONER, CHOICE, "fnv1a", "fnv1a|murmur2|crc32",
        "How a key becomes a partition: as the Collector does, as Java clients do, or as "
        "librdkafka"),
    RANGE(QUEUE_BYTES, BYTES, "33554432", 1024 * 1024, 1024 * 1024 * 1024,
          "The most bytes of messages that wait for an acknowledgement"),
    KEY(SASL_MECHANISM, CHOICE, "none", "none|plain|scram-sha-256|scram-sha-512|gssapi|oauthbearer",
        "How the client logs in"),
    KEY(SASL_PASSWORD, SECRET, "", NULL, "The password for plain and scram"),
    KEY(SASL_USERNAME, TEXT, "", NULL, "The user for plain and scram"),
    KEY(SECURITY_PROTOCOL, CHOICE, "auto", "auto|plaintext|ssl|sasl_plaintext|sasl_ssl",
        "Whether TLS and a login are used; auto: sasl_ssl with a mechanism, ssl with a "
        "certificate"),
    RANGE(TIMEOUT, DURATION, "10000", 1000, INT32_MAX,
          "The longest that one try to send a message may take"),
    KEY(TRACES_PARTITION_BY, CHOICE, "trace_id", "none|resource|trace_id",
        "What decides the partition of spans"),
    KEY(TRACES_TOPIC, TEXT, "otlp_spans", NULL, "The topic of spans"),
};
