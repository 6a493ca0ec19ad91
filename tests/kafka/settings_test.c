/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says, and what is wrong with it. */
#include "settings.h"

#include <unistd.h>

#include "haetae/exporter.h"
#include "haetae/kafka.h"
#include "keys.h"
#include "support/live.h"

struct setting {
    const char *key;
    const char *value;
};

static haetae_config *config_of(const struct setting *settings, size_t count)
{
    haetae_config *config = NULL;

    assert_int_equal(haetae_kafka_register(), HAETAE_OK);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(haetae_config_set(config, settings[i].key, settings[i].value), HAETAE_OK);
    }
    return config;
}

#define CONFIG(...)                                                                                \
    config_of((const struct setting[]){__VA_ARGS__},                                               \
              sizeof((const struct setting[]){__VA_ARGS__}) / sizeof(struct setting))

static const char *property(const struct hae_kafka_settings *settings, const char *name)
{
    static char value[512];
    size_t size = sizeof value;

    assert_int_equal(rd_kafka_conf_get(settings->conf, name, value, &size), RD_KAFKA_CONF_OK);
    return value;
}

static void read_all(haetae_config *config, struct hae_kafka_settings *settings)
{
    if (hae_kafka_settings_read(config, 7, settings) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_free(config);
}

static void defaults_are_those_of_the_collector(void **state)
{
    struct hae_kafka_settings settings;

    (void)state;
    read_all(config_of(NULL, 0), &settings);
    assert_string_equal(settings.topics[HAETAE_SIGNAL_TRACES].name, "otlp_spans");
    assert_string_equal(settings.topics[HAETAE_SIGNAL_METRICS].name, "otlp_metrics");
    assert_string_equal(settings.topics[HAETAE_SIGNAL_LOGS].name, "otlp_logs");
    assert_int_equal(settings.topics[HAETAE_SIGNAL_TRACES].options.by, HAE_KAFKA_BY_TRACE_ID);
    assert_int_equal(settings.topics[HAETAE_SIGNAL_LOGS].options.by, HAE_KAFKA_BY_NONE);
    assert_int_equal(settings.topics[HAETAE_SIGNAL_TRACES].timeout_ms, 10000);
    assert_int_equal(settings.topics[HAETAE_SIGNAL_TRACES].options.message_max_bytes, 1000000);
    assert_string_equal(property(&settings, "bootstrap.servers"), "localhost:9092");
    assert_string_equal(property(&settings, "client.id"), "haetae");
    assert_string_equal(property(&settings, "enable.idempotence"), "true");
    assert_string_equal(property(&settings, "compression.codec"), "none");
    assert_string_equal(property(&settings, "security.protocol"), "plaintext");
    assert_false(settings.tls);
    hae_kafka_settings_done(&settings);
}

static void brokers_are_named_as_librdkafka_reads_them(void **state)
{
    static const char brokers[] = "a, b:1,[::1]:65535,fe80::1,SSL://c:9093,ssl://d";
    struct hae_kafka_settings settings;

    (void)state;
    read_all(CONFIG({"HAETAE_KAFKA_BROKERS", brokers}), &settings);
    assert_string_equal(property(&settings, "bootstrap.servers"), brokers);
    hae_kafka_settings_done(&settings);
}

static void keys_become_properties(void **state)
{
    struct hae_kafka_settings settings;

    (void)state;
    read_all(CONFIG({"HAETAE_KAFKA_BROKERS", "a:1,b:2"}, {"HAETAE_KAFKA_ACKS", "1"},
                    {"HAETAE_KAFKA_COMPRESSION", "LZ4"}, {"HAETAE_KAFKA_QUEUE_BYTES", "8m"},
                    {"HAETAE_KAFKA_MAX_MESSAGE_BYTES", "100k"},
                    {"HAETAE_KAFKA_SASL_MECHANISM", "scram-sha-256"},
                    {"HAETAE_KAFKA_SASL_USERNAME", "me"},
                    {"HAETAE_KAFKA_SASL_PASSWORD", "opensesame"},
                    {"HAETAE_KAFKA_OPTIONS", "linger.ms=20, client.rack=a%2Cb%25 ,"},
                    {"HAETAE_KAFKA_TIMEOUT", "8000"}, {"OTEL_BLRP_EXPORT_TIMEOUT", "3000"}),
             &settings);
    assert_string_equal(property(&settings, "bootstrap.servers"), "a:1,b:2");
    assert_string_equal(property(&settings, "acks"), "1");
    assert_string_equal(property(&settings, "enable.idempotence"), "false");
    assert_string_equal(property(&settings, "compression.codec"), "lz4");
    assert_string_equal(property(&settings, "queue.buffering.max.kbytes"), "8192");
    assert_string_equal(property(&settings, "message.max.bytes"), "102400");
    assert_string_equal(property(&settings, "batch.size"), "102400");
    assert_string_equal(property(&settings, "sasl.mechanisms"), "SCRAM-SHA-256");
    assert_string_equal(property(&settings, "sasl.username"), "me");
    assert_string_equal(property(&settings, "sasl.password"), "opensesame");
    assert_string_equal(property(&settings, "security.protocol"), "sasl_ssl");
    assert_string_equal(property(&settings, "linger.ms"), "20");
    assert_string_equal(property(&settings, "client.rack"), "a,b%");
    assert_true(settings.tls);
    assert_int_equal(settings.topics[HAETAE_SIGNAL_TRACES].timeout_ms, 8000);
    /* Before the pipeline gives up the try. */
    assert_int_equal(settings.topics[HAETAE_SIGNAL_LOGS].timeout_ms, 2250);
    hae_kafka_settings_done(&settings);
}

static void each_partitioner_is_one_of_librdkafka(void **state)
{
    static const char *const names[] = {"fnv1a", "murmur2", "crc32"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        haetae_config *config = CONFIG({"HAETAE_KAFKA_PARTITIONER", names[i]});
        haetae_exporter *exporter = NULL;

        assert_int_equal(haetae_kafka_new(config, &exporter), HAETAE_OK);
        haetae_exporter_free(exporter);
        haetae_config_free(config);
    }
}

/* What is wrong is said, with the key, and without the secret. */
static void refused(haetae_config *config, const char *key, const char *why)
{
    haetae_exporter *exporter = NULL;

    assert_int_equal(haetae_kafka_new(config, &exporter), HAETAE_EVALUE);
    assert_null(exporter);
    if (strstr(haetae_config_error(config), why) == NULL ||
        strncmp(haetae_config_error(config), key, strlen(key)) != 0 ||
        strstr(haetae_config_error(config), "sesame") != NULL) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_free(config);
}

static void values_that_cannot_be_used_are_named(void **state)
{
    static const char *const bad_ports[] = {"host:abc",    "host:",       "host:0",
                                            "host:65536",  "a:1,b:9092x", "[::1]:port",
                                            "ssl://host:", "host:-1"};

    (void)state;
    refused(CONFIG({"HAETAE_KAFKA_TRACES_TOPIC", "spans/seoul"}),
            "HAETAE_KAFKA_TRACES_TOPIC=", "a topic has up to 249");
    refused(CONFIG({"HAETAE_KAFKA_LOGS_TOPIC", ".."}),
            "HAETAE_KAFKA_LOGS_TOPIC=", "a topic has up to 249");
    refused(CONFIG({"HAETAE_KAFKA_BROKERS", ", ,"}), "HAETAE_KAFKA_BROKERS=", "there is no broker");
    for (size_t i = 0; i < sizeof bad_ports / sizeof *bad_ports; i++) {
        refused(CONFIG({"HAETAE_KAFKA_BROKERS", bad_ports[i]}),
                "HAETAE_KAFKA_BROKERS=", "no number from 1 to 65535");
    }
    refused(CONFIG({"HAETAE_KAFKA_CERTIFICATE", "/nowhere/ca.pem"}),
            "HAETAE_KAFKA_CERTIFICATE=", "No such file");
    refused(CONFIG({"HAETAE_KAFKA_CLIENT_KEY", "/dev/null"}),
            "HAETAE_KAFKA_CLIENT_KEY=", "need each other");
    refused(CONFIG({"HAETAE_KAFKA_SASL_MECHANISM", "plain"}, {"HAETAE_KAFKA_SASL_USERNAME", "me"}),
            "HAETAE_KAFKA_SASL_PASSWORD=", "go with the mechanisms plain and scram");
    refused(CONFIG({"HAETAE_KAFKA_SASL_PASSWORD", "sesame"}),
            "HAETAE_KAFKA_SASL_PASSWORD=", "go with the mechanisms plain and scram");
    refused(CONFIG({"HAETAE_KAFKA_SECURITY_PROTOCOL", "sasl_ssl"}),
            "HAETAE_KAFKA_SECURITY_PROTOCOL=", "it needs HAETAE_KAFKA_SASL_MECHANISM");
    refused(CONFIG({"HAETAE_KAFKA_SECURITY_PROTOCOL", "ssl"},
                   {"HAETAE_KAFKA_SASL_MECHANISM", "plain"}, {"HAETAE_KAFKA_SASL_USERNAME", "me"},
                   {"HAETAE_KAFKA_SASL_PASSWORD", "sesame"}),
            "HAETAE_KAFKA_SECURITY_PROTOCOL=", "it has no login");
    refused(CONFIG({"HAETAE_KAFKA_SECURITY_PROTOCOL", "plaintext"},
                   {"HAETAE_KAFKA_CERTIFICATE", "/dev/null"}),
            "HAETAE_KAFKA_SECURITY_PROTOCOL=", "it has no TLS");
}

static void options_that_cannot_be_used_are_counted(void **state)
{
    (void)state;
    refused(CONFIG({"HAETAE_KAFKA_OPTIONS", "linger.ms=5,sesame"}),
            "HAETAE_KAFKA_OPTIONS=", "entry 2: expected name=value");
    refused(CONFIG({"HAETAE_KAFKA_OPTIONS", "sesame=open"}),
            "HAETAE_KAFKA_OPTIONS=", "entry 1: librdkafka has no such property");
    refused(CONFIG({"HAETAE_KAFKA_OPTIONS", "linger.ms=sesame"}),
            "HAETAE_KAFKA_OPTIONS=", "entry 1: librdkafka refuses the value of linger.ms");
    refused(CONFIG({"HAETAE_KAFKA_OPTIONS", "message.timeout.ms=5"}),
            "HAETAE_KAFKA_OPTIONS=", "HAETAE_KAFKA_TIMEOUT sets it");
    refused(CONFIG({"HAETAE_KAFKA_OPTIONS", "delivery.report.only.error=true"}),
            "HAETAE_KAFKA_OPTIONS=", "the exporter needs each report");
    refused(CONFIG({"HAETAE_KAFKA_OPTIONS", "transactional.id=x"}),
            "HAETAE_KAFKA_OPTIONS=", "no transactions");
}

/* What only librdkafka can say, when it makes the client. */
static void what_librdkafka_refuses_is_said_without_secrets(void **state)
{
    haetae_config *config =
        CONFIG({"HAETAE_KAFKA_OPTIONS", "enable.idempotence=true,acks=1,sasl.password=opensesame"});
    haetae_exporter *exporter = NULL;

    (void)state;
    assert_int_equal(haetae_kafka_new(config, &exporter), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(config), "acks"));
    assert_null(strstr(haetae_config_error(config), "sesame"));
    haetae_config_free(config);
    refused(CONFIG({"HAETAE_KAFKA_OPTIONS", "enable.idempotence=true"}, {"HAETAE_KAFKA_ACKS", "1"}),
            "HAETAE_KAFKA_OPTIONS=", "acks");
    refused(CONFIG({"HAETAE_KAFKA_CERTIFICATE", "/etc/passwd"}),
            "HAETAE_KAFKA_CERTIFICATE=\"/etc/passwd\": ", "ssl.ca.location");
}

static void secrets_are_hidden_wherever_they_are(void **state)
{
    struct hae_kafka_secrets secrets = {NULL, 0};
    char text[48];
    char small[12];

    (void)state;
    assert_true(hae_kafka_secrets_add(&secrets, "sesame"));
    assert_true(hae_kafka_secrets_add(&secrets, "sesame open"));
    assert_true(hae_kafka_secrets_add(&secrets, "abc")); /* too short */
    assert_int_equal(secrets.count, 2);
    hae_kafka_secrets_hide(&secrets, "abc sesame, sesame open", text, sizeof text);
    assert_string_equal(text, "abc ***, ***");
    hae_kafka_secrets_hide(&secrets, "0123456789", small, sizeof small);
    assert_string_equal(small, "01234567");
    hae_kafka_secrets_hide(&secrets, "0123456sesame", small, sizeof small);
    assert_string_equal(small, "0123456***");
    hae_kafka_secrets_done(&secrets);
}

static void lack_of_memory_is_reported(void **state)
{
    haetae_config *config =
        CONFIG({"HAETAE_KAFKA_OPTIONS", "ssl.key.password=opensesame"},
               {"HAETAE_KAFKA_SASL_MECHANISM", "plain"},
               {"HAETAE_KAFKA_SECURITY_PROTOCOL", "sasl_plaintext"},
               {"HAETAE_KAFKA_SASL_USERNAME", "me"}, {"HAETAE_KAFKA_SASL_PASSWORD", "opensesame"});
    haetae_exporter *exporter = NULL;
    haetae_status status = HAETAE_ENOMEM;
    long count = 0;

    (void)state;
    for (; status == HAETAE_ENOMEM; count++) {
        hae_alloc_fail_after(count);
        status = haetae_kafka_new(config, &exporter);
        hae_alloc_fail_after(-1);
    }
    assert_int_equal(status, HAETAE_OK);
    assert_true(count > 10);
    haetae_exporter_free(exporter);
    haetae_config_free(config);
}

static void null_is_refused(void **state)
{
    haetae_config *config = CONFIG({"HAETAE_KAFKA_ACKS", "all"});
    haetae_exporter *exporter = NULL;

    (void)state;
    assert_int_equal(haetae_kafka_new(config, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_kafka_new(NULL, NULL), HAETAE_EINVAL);
    assert_int_not_equal(haetae_kafka_new(NULL, &exporter), HAETAE_OK);
    assert_null(exporter);
    haetae_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE_TEST(defaults_are_those_of_the_collector),
        LIVE_TEST(brokers_are_named_as_librdkafka_reads_them),
        LIVE_TEST(keys_become_properties),
        LIVE_TEST(each_partitioner_is_one_of_librdkafka),
        LIVE_TEST(values_that_cannot_be_used_are_named),
        LIVE_TEST(options_that_cannot_be_used_are_counted),
        LIVE_TEST(what_librdkafka_refuses_is_said_without_secrets),
        LIVE_TEST(secrets_are_hidden_wherever_they_are),
        LIVE_TEST(lack_of_memory_is_reported),
        LIVE_TEST(null_is_refused),
    };

    /* The first registration keeps memory for the rest of the process. */
    (void)haetae_kafka_register();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
