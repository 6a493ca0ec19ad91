/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "keys.h"
#include "properties.h"
#include "security.h"
#include "setter.h"

enum {
    /* librdkafka looks for messages whose time is up each second. */
    EXPIRY_LAG_MS = 1000,
    TOPIC_NAME_BYTES_MAX = 249,
    /* How long a topic may be unknown after its creation. */
    CREATION_MS_MAX = 5000
};

/* Whether what librdkafka would take for a port is one: it takes the usual one in place of what it
 * cannot read. */
static bool has_good_port(const char *broker, size_t size)
{
    const char *first = memchr(broker, ':', size);
    const char *last = memrchr(broker, ':', size);
    size_t digits;

    if (first != NULL && size > (size_t)(first - broker) + 3 && memcmp(first, "://", 3) == 0) {
        return has_good_port(first + 3, size - (size_t)(first - broker) - 3);
    }
    if (first == NULL || (first != last && last[-1] != ']')) {
        return true; /* a host alone, an IPv6 address among them */
    }
    digits = size - (size_t)(last - broker) - 1;
    return digits != 0 && digits <= 5 && strspn(last + 1, "0123456789") >= digits &&
           strtoul(last + 1, NULL, 10) - 1 < 65535;
}

/* Of the brokers, one at least, and each with a port that is one. */
static haetae_status set_brokers(const struct hae_kafka_setter *setter)
{
    const char *brokers = haetae_config_get(setter->config, HAE_KAFKA_KEY_BROKERS);
    unsigned count = 0;

    for (const char *at = brokers; at != NULL && *at != '\0';) {
        size_t size = strcspn(at += strspn(at, ", "), ", ");

        if (!has_good_port(at, size)) {
            return hae_kafka_refuse(setter, HAE_KAFKA_KEY_BROKERS,
                                    "a port is no number from 1 to 65535");
        }
        count += size != 0;
        at += size;
    }
    if (count == 0 && brokers != NULL && brokers[0] != '\0') {
        return hae_kafka_refuse(setter, HAE_KAFKA_KEY_BROKERS, "there is no broker in it");
    }
    return hae_kafka_set_text(setter, HAE_KAFKA_KEY_BROKERS, "bootstrap.servers");
}

/* ---- Groups of keys ---------------------------------------------------------------------- */

static haetae_status read_client(const struct hae_kafka_setter *setter)
{
    static const char *const acks[] = {"all", "1", "0"};
    static const char *const partitioners[] = {"fnv1a_random", "murmur2_random",
                                               "consistent_random"};
    int64_t chosen = hae_kafka_int_of(setter, HAE_KAFKA_KEY_ACKS);
    int64_t max_bytes = hae_kafka_int_of(setter, HAE_KAFKA_KEY_MAX_MESSAGE_BYTES);
    haetae_status status = set_brokers(setter);

    if (status == HAETAE_OK) {
        status = hae_kafka_set_text(setter, HAE_KAFKA_KEY_CLIENT_ID, "client.id");
    }
    if (status == HAETAE_OK) {
        status = hae_kafka_set(setter, HAE_KAFKA_KEY_ACKS, "acks", acks[chosen]);
    }
    /* Without an acknowledgement of all there is nothing to tell duplicates by. */
    if (status == HAETAE_OK && chosen == 0) {
        status = hae_kafka_set(setter, HAE_KAFKA_KEY_ACKS, "enable.idempotence", "true");
    }
    if (status == HAETAE_OK) {
        status = hae_kafka_set_text(setter, HAE_KAFKA_KEY_COMPRESSION, "compression.codec");
    }
    if (status == HAETAE_OK) {
        status = hae_kafka_set(setter, HAE_KAFKA_KEY_PARTITIONER, "partitioner",
                               partitioners[hae_kafka_int_of(setter, HAE_KAFKA_KEY_PARTITIONER)]);
    }
    if (status == HAETAE_OK) {
        status = hae_kafka_set_int(setter, HAE_KAFKA_KEY_MAX_MESSAGE_BYTES, "message.max.bytes",
                                   max_bytes);
    }
    if (status == HAETAE_OK) { /* a broker's limit is that of a batch */
        status =
            hae_kafka_set_int(setter, HAE_KAFKA_KEY_MAX_MESSAGE_BYTES, "batch.size", max_bytes);
    }
    if (status == HAETAE_OK) {
        status = hae_kafka_set_int(setter, HAE_KAFKA_KEY_QUEUE_BYTES, "queue.buffering.max.kbytes",
                                   hae_kafka_int_of(setter, HAE_KAFKA_KEY_QUEUE_BYTES) / 1024);
    }
    return status;
}

static haetae_status read_options(const struct hae_kafka_setter *setter)
{
    char why[HAE_KAFKA_WHY_BYTES] = "";
    haetae_status status = haetae_config_require(setter->config, HAE_KAFKA_KEY_OPTIONS);

    if (status == HAETAE_OK) {
        status = hae_kafka_set_properties(
            setter->conf, haetae_config_get_secret(setter->config, HAE_KAFKA_KEY_OPTIONS),
            setter->secrets, why);
        if (status == HAETAE_EVALUE) {
            return hae_kafka_refuse(setter, HAE_KAFKA_KEY_OPTIONS, why);
        }
    }
    return status;
}

/* ---- Topics ------------------------------------------------------------------------------ */

static const struct {
    const char *topic;
    const char *by;
    const char *timeout; /* of the pipeline, for one try */
} keys_of[HAETAE_SIGNAL_COUNT] = {
    [HAETAE_SIGNAL_TRACES] = {HAE_KAFKA_KEY_TRACES_TOPIC, HAE_KAFKA_KEY_TRACES_PARTITION_BY,
                              "OTEL_BSP_EXPORT_TIMEOUT"},
    [HAETAE_SIGNAL_METRICS] = {HAE_KAFKA_KEY_METRICS_TOPIC, HAE_KAFKA_KEY_METRICS_PARTITION_BY,
                               "OTEL_METRIC_EXPORT_TIMEOUT"},
    [HAETAE_SIGNAL_LOGS] = {HAE_KAFKA_KEY_LOGS_TOPIC, HAE_KAFKA_KEY_LOGS_PARTITION_BY,
                            "OTEL_BLRP_EXPORT_TIMEOUT"},
};

/* Kafka's rule for names. */
static bool is_topic_name(const char *name)
{
    size_t length = strlen(name);

    return length > 0 && length <= TOPIC_NAME_BYTES_MAX && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
               length;
}

/* A message is given up before the pipeline gives up its delivery, so that there is a reason. */
static int message_timeout(const struct hae_kafka_setter *setter, const char *pipeline_key)
{
    int64_t timeout_ms = hae_kafka_int_of(setter, HAE_KAFKA_KEY_TIMEOUT);
    int64_t pipeline_ms = hae_kafka_int_of(setter, pipeline_key);

    if (pipeline_ms > 0) {
        pipeline_ms -= pipeline_ms / 4 < EXPIRY_LAG_MS ? pipeline_ms / 4 : EXPIRY_LAG_MS;
    }
    return (int)(pipeline_ms > 0 && pipeline_ms < timeout_ms ? pipeline_ms : timeout_ms);
}

static haetae_status read_topic(const struct hae_kafka_setter *setter, haetae_signal signal,
                                struct hae_kafka_topic *topic)
{
    const char *name = haetae_config_get(setter->config, keys_of[signal].topic);

    if (name == NULL || !is_topic_name(name)) {
        return hae_kafka_refuse(setter, keys_of[signal].topic,
                                "a topic has up to 249 of a-z A-Z 0-9 . _ - and is not . or ..");
    }
    topic->timeout_ms = message_timeout(setter, keys_of[signal].timeout);
    topic->options = (struct hae_kafka_options){
        .by = (enum hae_kafka_partition_by)hae_kafka_int_of(setter, keys_of[signal].by),
        .message_max_bytes = (size_t)hae_kafka_int_of(setter, HAE_KAFKA_KEY_MAX_MESSAGE_BYTES)};
    topic->name = hae_strdup(name);
    return topic->name != NULL ? HAETAE_OK : HAETAE_ENOMEM;
}

static haetae_status read_topics(const struct hae_kafka_setter *setter, uint32_t signals,
                                 struct hae_kafka_topic topics[HAETAE_SIGNAL_COUNT])
{
    haetae_status status = HAETAE_OK;
    int longest_ms = 0;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT && status == HAETAE_OK; signal++) {
        if ((signals >> signal & 1) != 0) {
            status = read_topic(setter, (haetae_signal)signal, &topics[signal]);
            if (topics[signal].timeout_ms > longest_ms) {
                longest_ms = topics[signal].timeout_ms;
            }
        }
    }
    /* So that a topic that does not exist is known before its messages' time is up. */
    return status == HAETAE_OK
               ? hae_kafka_set_int(
                     setter, HAE_KAFKA_KEY_TIMEOUT, "topic.metadata.propagation.max.ms",
                     longest_ms / 2 < CREATION_MS_MAX ? longest_ms / 2 : CREATION_MS_MAX)
               : status;
}

/* ---- All --------------------------------------------------------------------------------- */

haetae_status hae_kafka_settings_read(haetae_config *config, uint32_t signals,
                                      struct hae_kafka_settings *ret_settings)
{
    struct hae_kafka_settings settings = {.conf = rd_kafka_conf_new()};
    struct hae_kafka_setter setter = {config, settings.conf, &settings.secrets};
    haetae_status status = read_client(&setter);

    if (status == HAETAE_OK) {
        status = hae_kafka_read_security(&setter);
    }
    if (status == HAETAE_OK) {
        status = read_topics(&setter, signals, settings.topics);
    }
    /* The options come last: they are for what the keys do not say, and say otherwise. */
    if (status == HAETAE_OK) {
        status = read_options(&setter);
    }
    if (status != HAETAE_OK) {
        hae_kafka_settings_done(&settings);
        return status;
    }
    settings.tls = hae_kafka_uses_tls(settings.conf);
    *ret_settings = settings;
    return HAETAE_OK;
}

void hae_kafka_settings_done(struct hae_kafka_settings *settings)
{
    if (settings->conf != NULL) {
        rd_kafka_conf_destroy(settings->conf);
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_free(settings->topics[signal].name);
    }
    hae_kafka_secrets_done(&settings->secrets);
    *settings = (struct hae_kafka_settings){0};
}

const char *hae_kafka_key_of(const haetae_config *config, const char *why)
{
    static const struct {
        const char *property;
        const char *key;
    } rows[] = {
        {"ssl.ca.location", HAE_KAFKA_KEY_CERTIFICATE},
        {"ssl.certificate.location", HAE_KAFKA_KEY_CLIENT_CERTIFICATE},
        {"ssl.key.location", HAE_KAFKA_KEY_CLIENT_KEY},
        {"", HAE_KAFKA_KEY_OPTIONS}, /* by which any property may be set */
        {"sasl.", HAE_KAFKA_KEY_SASL_MECHANISM},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *value = haetae_config_get_secret(config, rows[i].key);

        if (value != NULL && value[0] != '\0' && strstr(why, rows[i].property) != NULL) {
            return rows[i].key;
        }
    }
    return NULL;
}
