/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "keys.h"
#include "properties.h"

enum {
    /* librdkafka looks for messages whose time is up each second. */
    EXPIRY_LAG_MS = 1000,
    TOPIC_NAME_BYTES_MAX = 249,
    /* How long a topic may be unknown after its creation. */
    CREATION_MS_MAX = 5000
};

/* What reads a group of keys works on. */
struct reader {
    haetae_config *config;
    struct hae_kafka_settings *settings;
};

static haetae_status refuse(const struct reader *reader, const char *key, const char *why)
{
    haetae_config_add_error(reader->config, key, why);
    return HAETAE_EVALUE;
}

static int64_t int_of(const struct reader *reader, const char *key)
{
    int64_t value = 0;

    (void)haetae_config_get_int(reader->config, key, &value);
    return value;
}

/* Sets a property; what librdkafka says of a value that it refuses holds no secret, as those of
 * secrets may be any text. */
static haetae_status set(const struct reader *reader, const char *key, const char *property,
                         const char *value)
{
    char why[512];
    rd_kafka_conf_res_t result =
        rd_kafka_conf_set(reader->settings->conf, property, value, why, sizeof why);

    return result == RD_KAFKA_CONF_OK ? HAETAE_OK : refuse(reader, key, why);
}

static haetae_status set_int(const struct reader *reader, const char *key, const char *property,
                             int64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)value);
    return set(reader, key, property, text);
}

/* Sets a property to a key's text, if it has one. */
static haetae_status set_text(const struct reader *reader, const char *key, const char *property)
{
    haetae_status status = haetae_config_require(reader->config, key);
    const char *value = haetae_config_get_secret(reader->config, key);

    if (status != HAETAE_OK || value == NULL || value[0] == '\0') {
        return status;
    }
    return set(reader, key, property, value);
}

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
static haetae_status set_brokers(const struct reader *reader)
{
    const char *brokers = haetae_config_get(reader->config, HAE_KAFKA_KEY_BROKERS);
    unsigned count = 0;

    for (const char *at = brokers; at != NULL && *at != '\0';) {
        size_t size = strcspn(at += strspn(at, ", "), ", ");

        if (!has_good_port(at, size)) {
            return refuse(reader, HAE_KAFKA_KEY_BROKERS, "a port is no number from 1 to 65535");
        }
        count += size != 0;
        at += size;
    }
    if (count == 0 && brokers != NULL && brokers[0] != '\0') {
        return refuse(reader, HAE_KAFKA_KEY_BROKERS, "there is no broker in it");
    }
    return set_text(reader, HAE_KAFKA_KEY_BROKERS, "bootstrap.servers");
}

/* ---- Groups of keys ---------------------------------------------------------------------- */

static haetae_status read_client(const struct reader *reader)
{
    static const char *const acks[] = {"all", "1", "0"};
    static const char *const partitioners[] = {"fnv1a_random", "murmur2_random",
                                               "consistent_random"};
    int64_t chosen = int_of(reader, HAE_KAFKA_KEY_ACKS);
    int64_t max_bytes = int_of(reader, HAE_KAFKA_KEY_MAX_MESSAGE_BYTES);
    haetae_status status = set_brokers(reader);

    if (status == HAETAE_OK) {
        status = set_text(reader, HAE_KAFKA_KEY_CLIENT_ID, "client.id");
    }
    if (status == HAETAE_OK) {
        status = set(reader, HAE_KAFKA_KEY_ACKS, "acks", acks[chosen]);
    }
    /* Without an acknowledgement of all there is nothing to tell duplicates by. */
    if (status == HAETAE_OK && chosen == 0) {
        status = set(reader, HAE_KAFKA_KEY_ACKS, "enable.idempotence", "true");
    }
    if (status == HAETAE_OK) {
        status = set_text(reader, HAE_KAFKA_KEY_COMPRESSION, "compression.codec");
    }
    if (status == HAETAE_OK) {
        status = set(reader, HAE_KAFKA_KEY_PARTITIONER, "partitioner",
                     partitioners[int_of(reader, HAE_KAFKA_KEY_PARTITIONER)]);
    }
    if (status == HAETAE_OK) {
        status = set_int(reader, HAE_KAFKA_KEY_MAX_MESSAGE_BYTES, "message.max.bytes", max_bytes);
    }
    if (status == HAETAE_OK) { /* a broker's limit is that of a batch */
        status = set_int(reader, HAE_KAFKA_KEY_MAX_MESSAGE_BYTES, "batch.size", max_bytes);
    }
    if (status == HAETAE_OK) {
        status = set_int(reader, HAE_KAFKA_KEY_QUEUE_BYTES, "queue.buffering.max.kbytes",
                         int_of(reader, HAE_KAFKA_KEY_QUEUE_BYTES) / 1024);
    }
    return status;
}

static haetae_status set_file(const struct reader *reader, const char *key, const char *property)
{
    haetae_status status = haetae_config_require(reader->config, key);
    const char *path = haetae_config_get(reader->config, key);
    int file;

    if (status != HAETAE_OK || path == NULL || path[0] == '\0') {
        return status;
    }
    file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) {
        return refuse(reader, key, strerror(errno));
    }
    close(file);
    return set(reader, key, property, path);
}

static bool has_text(const struct reader *reader, const char *key)
{
    const char *value = haetae_config_get(reader->config, key);

    return value != NULL && value[0] != '\0';
}

static haetae_status read_tls(const struct reader *reader)
{
    haetae_status status = set_file(reader, HAE_KAFKA_KEY_CERTIFICATE, "ssl.ca.location");

    if (status == HAETAE_OK) {
        status = set_file(reader, HAE_KAFKA_KEY_CLIENT_CERTIFICATE, "ssl.certificate.location");
    }
    if (status == HAETAE_OK) {
        status = set_file(reader, HAE_KAFKA_KEY_CLIENT_KEY, "ssl.key.location");
    }
    if (status == HAETAE_OK && has_text(reader, HAE_KAFKA_KEY_CLIENT_CERTIFICATE) !=
                                   has_text(reader, HAE_KAFKA_KEY_CLIENT_KEY)) {
        return refuse(reader,
                      has_text(reader, HAE_KAFKA_KEY_CLIENT_KEY) ? HAE_KAFKA_KEY_CLIENT_KEY
                                                                 : HAE_KAFKA_KEY_CLIENT_CERTIFICATE,
                      "certificate and key need each other");
    }
    return status;
}

enum mechanism { NO_MECHANISM, PLAIN, SCRAM_SHA_256, SCRAM_SHA_512, GSSAPI, OAUTHBEARER };

/* A password without a user, or without a mechanism that uses it, would not be sent. */
static const char *misplaced_login(const struct reader *reader, enum mechanism mechanism)
{
    bool needs = mechanism == PLAIN || mechanism == SCRAM_SHA_256 || mechanism == SCRAM_SHA_512;
    static const char *const keys[] = {HAE_KAFKA_KEY_SASL_USERNAME, HAE_KAFKA_KEY_SASL_PASSWORD};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (has_text(reader, keys[i]) != needs) {
            return keys[i];
        }
    }
    return NULL;
}

static haetae_status read_login(const struct reader *reader)
{
    static const char *const names[] = {NULL,     "PLAIN",      "SCRAM-SHA-256", "SCRAM-SHA-512",
                                        "GSSAPI", "OAUTHBEARER"};
    enum mechanism mechanism = (enum mechanism)int_of(reader, HAE_KAFKA_KEY_SASL_MECHANISM);
    haetae_status status = haetae_config_require(reader->config, HAE_KAFKA_KEY_SASL_PASSWORD);
    const char *misplaced = misplaced_login(reader, mechanism);

    if (status != HAETAE_OK) {
        return status;
    }
    if (misplaced != NULL) {
        return refuse(reader, misplaced,
                      "user and password go with the mechanisms plain and scram "
                      "of " HAE_KAFKA_KEY_SASL_MECHANISM);
    }
    if (mechanism == NO_MECHANISM) {
        return HAETAE_OK;
    }
    status = set(reader, HAE_KAFKA_KEY_SASL_MECHANISM, "sasl.mechanisms", names[mechanism]);
    if (status == HAETAE_OK) {
        status = set_text(reader, HAE_KAFKA_KEY_SASL_USERNAME, "sasl.username");
    }
    if (status == HAETAE_OK) {
        status = set_text(reader, HAE_KAFKA_KEY_SASL_PASSWORD, "sasl.password");
    }
    return status == HAETAE_OK &&
                   !hae_kafka_secrets_add(
                       &reader->settings->secrets,
                       haetae_config_get_secret(reader->config, HAE_KAFKA_KEY_SASL_PASSWORD))
               ? HAETAE_ENOMEM
               : status;
}

enum protocol { AUTO, PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL };

static haetae_status read_protocol(const struct reader *reader)
{
    static const char *const names[] = {NULL, "plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};
    enum protocol protocol = (enum protocol)int_of(reader, HAE_KAFKA_KEY_SECURITY_PROTOCOL);
    bool logs_in = int_of(reader, HAE_KAFKA_KEY_SASL_MECHANISM) != NO_MECHANISM;
    bool has_files = has_text(reader, HAE_KAFKA_KEY_CERTIFICATE) ||
                     has_text(reader, HAE_KAFKA_KEY_CLIENT_CERTIFICATE);

    if (protocol == AUTO) {
        protocol = logs_in ? SASL_SSL : has_files ? SSL : PLAINTEXT;
    } else if ((protocol == SASL_PLAINTEXT || protocol == SASL_SSL) != logs_in) {
        return refuse(reader, HAE_KAFKA_KEY_SECURITY_PROTOCOL,
                      logs_in ? "it has no login, but " HAE_KAFKA_KEY_SASL_MECHANISM " has one"
                              : "it needs " HAE_KAFKA_KEY_SASL_MECHANISM);
    } else if ((protocol == PLAINTEXT || protocol == SASL_PLAINTEXT) && has_files) {
        return refuse(reader, HAE_KAFKA_KEY_SECURITY_PROTOCOL,
                      "it has no TLS, but a certificate is set");
    }
    return set(reader, HAE_KAFKA_KEY_SECURITY_PROTOCOL, "security.protocol", names[protocol]);
}

static haetae_status read_options(const struct reader *reader)
{
    char why[HAE_KAFKA_WHY_BYTES] = "";
    haetae_status status = haetae_config_require(reader->config, HAE_KAFKA_KEY_OPTIONS);

    if (status == HAETAE_OK) {
        status = hae_kafka_set_properties(
            reader->settings->conf, haetae_config_get_secret(reader->config, HAE_KAFKA_KEY_OPTIONS),
            &reader->settings->secrets, why);
        if (status == HAETAE_EVALUE) {
            return refuse(reader, HAE_KAFKA_KEY_OPTIONS, why);
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
static int message_timeout(const struct reader *reader, const char *pipeline_key)
{
    int64_t timeout_ms = int_of(reader, HAE_KAFKA_KEY_TIMEOUT);
    int64_t pipeline_ms = int_of(reader, pipeline_key);

    if (pipeline_ms > 0) {
        pipeline_ms -= pipeline_ms / 4 < EXPIRY_LAG_MS ? pipeline_ms / 4 : EXPIRY_LAG_MS;
    }
    return (int)(pipeline_ms > 0 && pipeline_ms < timeout_ms ? pipeline_ms : timeout_ms);
}

static haetae_status read_topic(const struct reader *reader, haetae_signal signal)
{
    struct hae_kafka_topic *topic = &reader->settings->topics[signal];
    const char *name = haetae_config_get(reader->config, keys_of[signal].topic);

    if (name == NULL || !is_topic_name(name)) {
        return refuse(reader, keys_of[signal].topic,
                      "a topic has up to 249 of a-z A-Z 0-9 . _ - and is not . or ..");
    }
    topic->timeout_ms = message_timeout(reader, keys_of[signal].timeout);
    topic->options = (struct hae_kafka_options){
        .by = (enum hae_kafka_partition_by)int_of(reader, keys_of[signal].by),
        .message_max_bytes = (size_t)int_of(reader, HAE_KAFKA_KEY_MAX_MESSAGE_BYTES)};
    topic->name = hae_strdup(name);
    return topic->name != NULL ? HAETAE_OK : HAETAE_ENOMEM;
}

static haetae_status read_topics(const struct reader *reader, uint32_t signals)
{
    haetae_status status = HAETAE_OK;
    int longest_ms = 0;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT && status == HAETAE_OK; signal++) {
        if ((signals >> signal & 1) != 0) {
            status = read_topic(reader, (haetae_signal)signal);
            if (reader->settings->topics[signal].timeout_ms > longest_ms) {
                longest_ms = reader->settings->topics[signal].timeout_ms;
            }
        }
    }
    /* So that a topic that does not exist is known before its messages' time is up. */
    return status == HAETAE_OK
               ? set_int(reader, HAE_KAFKA_KEY_TIMEOUT, "topic.metadata.propagation.max.ms",
                         longest_ms / 2 < CREATION_MS_MAX ? longest_ms / 2 : CREATION_MS_MAX)
               : status;
}

/* ---- All --------------------------------------------------------------------------------- */

static bool uses_tls(const rd_kafka_conf_t *conf)
{
    char protocol[32] = "";
    size_t size = sizeof protocol;

    return rd_kafka_conf_get(conf, "security.protocol", protocol, &size) == RD_KAFKA_CONF_OK &&
           strstr(protocol, "ssl") != NULL;
}

haetae_status hae_kafka_settings_read(haetae_config *config, uint32_t signals,
                                      struct hae_kafka_settings *ret_settings)
{
    /* The options come last: they are for what the keys do not say, and say otherwise. */
    static haetae_status (*const groups[])(const struct reader *reader) = {
        read_client, read_tls, read_login, read_protocol};
    struct hae_kafka_settings settings = {.conf = rd_kafka_conf_new()};
    struct reader reader = {config, &settings};
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < sizeof groups / sizeof groups[0] && status == HAETAE_OK; i++) {
        status = groups[i](&reader);
    }
    if (status == HAETAE_OK) {
        status = read_topics(&reader, signals);
    }
    if (status == HAETAE_OK) {
        status = read_options(&reader);
    }
    if (status != HAETAE_OK) {
        hae_kafka_settings_done(&settings);
        return status;
    }
    settings.tls = uses_tls(settings.conf);
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
