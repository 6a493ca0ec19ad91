/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter under the SDK: what is recorded is in the topics, each item once, and the SDK's
 * numbers say so. */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cluster.h"
#include "haetae/haetae.h"
#include "haetae/kafka.h"
#include "support/core_cmocka.h"
#include "support/repeat.h"

enum { TIMEOUT_MS = 60000, TRACES = 100, IN_TRACE = 5 };

static struct cluster cluster;
static char diagnostics[16384];

static int start(void **state)
{
    (void)state;
    diagnostics[0] = '\0';
    cluster_start(&cluster);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    cluster_stop(&cluster);
    return 0;
}

static void keep(void *user, haetae_diagnostic_level level, const char *text)
{
    size_t length = strlen(diagnostics);

    (void)user;
    (void)level;
    snprintf(diagnostics + length, sizeof diagnostics - length, "%s\n", text);
}

static haetae_config *new_config(const char *const (*settings)[2])
{
    const char *const defaults[][2] = {{"OTEL_TRACES_EXPORTER", "kafka"},
                                       {"OTEL_METRICS_EXPORTER", "none"},
                                       {"OTEL_LOGS_EXPORTER", "none"},
                                       {"HAETAE_RETRY_INITIAL_MS", "50"},
                                       {"HAETAE_KAFKA_BROKERS", cluster.brokers}};
    haetae_config *config = NULL;

    assert_int_equal(haetae_kafka_register(), HAETAE_OK);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    haetae_config_set_diagnostics(config, keep, NULL);
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        assert_int_equal(haetae_config_set(config, defaults[i][0], defaults[i][1]), HAETAE_OK);
    }
    for (; (*settings)[0] != NULL; settings++) {
        assert_int_equal(haetae_config_set(config, (*settings)[0], (*settings)[1]), HAETAE_OK);
    }
    return config;
}

#define SETTINGS(...) ((const char *const[][2]){__VA_ARGS__, {NULL, NULL}})

static haetae_sdk *start_sdk(const char *const (*settings)[2])
{
    haetae_config *config = new_config(settings);
    haetae_sdk *sdk = NULL;

    if (haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_free(config);
    return sdk;
}

/* One span named "item <number>", with the name as an attribute as well. */
static haetae_span start_span(haetae_tracer *tracer, unsigned number, haetae_span parent)
{
    char name[24];
    int length = snprintf(name, sizeof name, "item %u", number);
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options, .parent_span = parent);
    haetae_span span = haetae_span_start_with(tracer, name, (size_t)length, &options);

    haetae_span_set_string(span, HAETAE_TEXT("item"), name, (size_t)length);
    return span;
}

/* Records traces of IN_TRACE spans each. */
static void record(haetae_sdk *sdk, unsigned first, unsigned traces)
{
    haetae_tracer *tracer = haetae_tracer_named(sdk, "test");

    for (unsigned i = 0; i < traces; i++, first += IN_TRACE) {
        haetae_span root = start_span(tracer, first, HAETAE_SPAN_NONE);

        for (unsigned j = 1; j < IN_TRACE; j++) {
            haetae_span_end(start_span(tracer, first + j, root));
        }
        haetae_span_end(root);
    }
}

/* Checks that the SDK's numbers add up to all having been delivered. */
static void all_delivered(haetae_sdk *sdk, uint64_t count)
{
    haetae_stats *stats = NULL;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES), count);
    assert_int_equal(haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES), count);
    assert_int_equal(haetae_stats_held(stats, HAETAE_SIGNAL_TRACES), 0);
    haetae_stats_free(stats);
}

static struct topic_content read_topic(const char *topic)
{
    return cluster_read(cluster.brokers, topic, CLUSTER_PARTITIONS, HAETAE_SIGNAL_TRACES);
}

static void finish(haetae_sdk *sdk)
{
    assert_int_equal(haetae_sdk_shutdown(sdk, TIMEOUT_MS), HAETAE_OK);
    haetae_sdk_free(sdk);
}

static void spans_are_delivered_once(void **state)
{
    haetae_sdk *sdk = start_sdk(SETTINGS({"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "128"}));
    struct topic_content content;

    (void)state;
    record(sdk, 0, TRACES);
    assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);
    all_delivered(sdk, TRACES * IN_TRACE);
    content = read_topic("otlp_spans");
    content_is(&content, 0, TRACES * IN_TRACE);
    content_is_by_trace(&content);
    finish(sdk);
}

/* Brokers that refuse for a while, one broker that is away, and slow answers. */
static void an_outage_loses_and_doubles_nothing(void **state)
{
    haetae_sdk *sdk =
        start_sdk(SETTINGS({"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100"},
                           {"HAETAE_RETRY_MAX_MS", "200"}, {"HAETAE_KAFKA_TIMEOUT", "1000"}));
    struct topic_content content;

    (void)state;
    for (int i = 0; i < CLUSTER_PARTITIONS; i++) {
        assert_int_equal(
            rd_kafka_mock_partition_set_leader(cluster.mock, "otlp_spans", i, i < 3 ? 1 : 2), 0);
    }
    assert_int_equal(rd_kafka_mock_broker_set_down(cluster.mock, 2), 0);
    record(sdk, 0, TRACES);
    assert_int_not_equal(haetae_sdk_force_flush(sdk, 3000), HAETAE_OK);
    assert_int_equal(rd_kafka_mock_broker_set_up(cluster.mock, 2), 0);
    record(sdk, TRACES * IN_TRACE, TRACES);
    for (int i = 0; i < 60 && haetae_sdk_force_flush(sdk, TIMEOUT_MS) != HAETAE_OK; i++) {
    }
    all_delivered(sdk, 2 * TRACES * IN_TRACE);
    content = read_topic("otlp_spans");
    content_is(&content, 0, 2 * TRACES * IN_TRACE);
    content_is_by_trace(&content);
    assert_non_null(strstr(diagnostics, "otlp_spans"));
    finish(sdk);
}

/* One item that is too large for a message is lost alone, and counted. */
static void only_what_is_too_large_is_lost(void **state)
{
    haetae_sdk *sdk = start_sdk(SETTINGS({"HAETAE_KAFKA_MAX_MESSAGE_BYTES", "8k"}));
    haetae_tracer *tracer;
    haetae_stats *stats = NULL;
    struct topic_content content;
    static char large[10000];
    haetae_span span;

    (void)state;
    tracer = haetae_tracer_named(sdk, "test");
    memset(large, 'x', sizeof large);
    record(sdk, 0, 5);
    span = start_span(tracer, 5 * IN_TRACE, HAETAE_SPAN_NONE);
    haetae_span_set_string(span, HAETAE_TEXT("large"), large, sizeof large);
    haetae_span_end(span);
    record(sdk, 5 * IN_TRACE, 5);
    (void)haetae_sdk_force_flush(sdk, TIMEOUT_MS);
    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES), 10 * IN_TRACE);
    assert_int_equal(haetae_stats_dropped(stats, HAETAE_SIGNAL_TRACES, HAETAE_DROP_TOO_LARGE), 1);
    haetae_stats_free(stats);
    content = read_topic("otlp_spans");
    content_is(&content, 0, 10 * IN_TRACE);
    finish(sdk);
}

static void labels_have_topics_of_their_own(void **state)
{
    haetae_sdk *sdk;
    struct topic_content content;

    (void)state;
    assert_int_equal(rd_kafka_mock_topic_create(cluster.mock, "archive", CLUSTER_PARTITIONS, 1), 0);
    sdk = start_sdk(SETTINGS({"OTEL_TRACES_EXPORTER", "kafka/hot,kafka/archive"},
                             {"HAETAE_KAFKA_TRACES_TOPIC__ARCHIVE", "archive"},
                             {"HAETAE_KAFKA_TRACES_PARTITION_BY__ARCHIVE", "none"}));
    record(sdk, 0, 20);
    assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);
    content = read_topic("archive");
    content_is(&content, 0, 20 * IN_TRACE);
    assert_string_equal(content.keys[0], "");
    content = read_topic("otlp_spans");
    content_is(&content, 0, 20 * IN_TRACE);
    content_is_by_trace(&content);
    finish(sdk);
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Brokers that are away hold up neither the flush nor the end beyond the time that they have. */
static void the_end_is_bounded(void **state)
{
    haetae_sdk *sdk = start_sdk(SETTINGS({"HAETAE_KAFKA_BROKERS", "127.0.0.1:1"}));
    uint64_t began = now_ms();

    (void)state;
    record(sdk, 0, 10);
    assert_int_not_equal(haetae_sdk_force_flush(sdk, 300), HAETAE_OK);
    assert_int_not_equal(haetae_sdk_shutdown(sdk, 300), HAETAE_OK);
    haetae_sdk_free(sdk);
    print_message("ended after %llu ms\n", (unsigned long long)(now_ms() - began));
    assert_true(now_ms() - began < TIMEOUT_MS);
}

/* A broker's address cannot be a secret, but what it or librdkafka says may repeat one. */
static void diagnostics_show_no_secret(void **state)
{
    haetae_sdk *sdk = start_sdk(SETTINGS(
        {"HAETAE_KAFKA_SECURITY_PROTOCOL", "sasl_plaintext"}, {"HAETAE_KAFKA_TIMEOUT", "1000"},
        {"HAETAE_KAFKA_SASL_MECHANISM", "plain"}, {"HAETAE_KAFKA_SASL_USERNAME", "me"},
        {"HAETAE_KAFKA_SASL_PASSWORD", "open-sesame"}, {"HAETAE_KAFKA_OPTIONS", "debug=all"}));

    (void)state;
    record(sdk, 0, 2);
    (void)haetae_sdk_force_flush(sdk, 1500);
    (void)haetae_sdk_shutdown(sdk, 100);
    haetae_sdk_free(sdk);
    assert_true(strlen(diagnostics) > 0);
    assert_null(strstr(diagnostics, "sesame"));
}

#if !defined(__SANITIZE_THREAD__)
/* ---- fork() ------------------------------------------------------------------------------ */

/* In the child; its exit status says whether all went well. */
static int deliver_in_child(haetae_sdk *sdk)
{
    record(sdk, 1000, 20);
    if (haetae_sdk_force_flush(sdk, TIMEOUT_MS) != HAETAE_OK ||
        haetae_sdk_shutdown(sdk, TIMEOUT_MS) != HAETAE_OK) {
        return 1;
    }
    haetae_sdk_free(sdk);
    return 0;
}

/* The child has a client of its own; the parent's goes on with its connections. */
static void parent_and_child_deliver_each_by_itself(void **state)
{
    haetae_sdk *sdk = start_sdk(SETTINGS({NULL, NULL}));
    struct topic_content content;
    unsigned parents = 0, children = 0;
    int status = -1;
    pid_t child;

    (void)state;
    record(sdk, 0, 20);
    assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);
    child = fork();
    if (child == 0) {
        _exit(deliver_in_child(sdk));
    }
    assert_true(child > 0);
    record(sdk, 20 * IN_TRACE, 20);
    assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    record(sdk, 40 * IN_TRACE, 20);
    assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);
    all_delivered(sdk, 60 * IN_TRACE);
    content = read_topic("otlp_spans");
    for (size_t i = 0; i < content.count; i++) {
        *(found_number(&content.items[i]) < 1000 ? &parents : &children) += 1;
    }
    assert_int_equal(parents, 60 * IN_TRACE);
    assert_int_equal(children, 20 * IN_TRACE);
    finish(sdk);
}

/* A child that only ends touches nothing of the parent's. */
static void a_child_that_ends_leaves_the_parent_alone(void **state)
{
    haetae_sdk *sdk = start_sdk(SETTINGS({NULL, NULL}));
    int status = -1;
    pid_t child;

    (void)state;
    record(sdk, 0, 20);
    child = fork();
    if (child == 0) {
        haetae_sdk_free(sdk);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);
    all_delivered(sdk, 20 * IN_TRACE);
    finish(sdk);
}

#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(spans_are_delivered_once),
        TEST(an_outage_loses_and_doubles_nothing),
        TEST(only_what_is_too_large_is_lost),
        TEST(labels_have_topics_of_their_own),
        TEST(the_end_is_bounded),
        TEST(diagnostics_show_no_secret),
#if !defined(__SANITIZE_THREAD__) /* which has no child go on beside threads */
        TEST(parent_and_child_deliver_each_by_itself),
        TEST(a_child_that_ends_leaves_the_parent_alone),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
