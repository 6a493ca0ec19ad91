/* SPDX-License-Identifier: Apache-2.0 */
/* For broker_test.py:
 *   produce BROKERS TRACES PAUSE_US  records traces of five spans each, with a pause after each,
 * and ends when all is delivered check BROKERS PARTITIONS ITEMS   reads the topic: each span once,
 * each trace in one partition */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cluster.h"
#include "haetae/haetae.h"
#include "haetae/kafka.h"
#include "support/core_cmocka.h"

enum { IN_TRACE = 5, FLUSHES_MAX = 60, FLUSH_MS = 10000 };

static const char *brokers;
static unsigned long numbers[2];

static haetae_span start_span(haetae_tracer *tracer, unsigned number, haetae_span parent)
{
    char name[24];
    int length = snprintf(name, sizeof name, "item %u", number);
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options, .parent_span = parent);
    haetae_span span = haetae_span_start_with(tracer, name, (size_t)length, &options);

    haetae_span_set_string(span, HAETAE_TEXT("item"), name, (size_t)length);
    return span;
}

static void record(haetae_sdk *sdk)
{
    const struct timespec pause = {0, (long)numbers[1] * 1000};
    haetae_tracer *tracer = haetae_tracer_named(sdk, "test");

    for (unsigned i = 0; i < numbers[0]; i++) {
        haetae_span root = start_span(tracer, i * IN_TRACE, HAETAE_SPAN_NONE);

        for (unsigned j = 1; j < IN_TRACE; j++) {
            haetae_span_end(start_span(tracer, i * IN_TRACE + j, root));
        }
        haetae_span_end(root);
        nanosleep(&pause, NULL);
    }
}

static haetae_sdk *start_sdk(void)
{
    const char *const settings[][2] = {
        {"OTEL_TRACES_EXPORTER", "kafka"},   {"OTEL_METRICS_EXPORTER", "none"},
        {"OTEL_LOGS_EXPORTER", "none"},      {"OTEL_BSP_SCHEDULE_DELAY", "50"},
        {"HAETAE_KAFKA_BROKERS", brokers},   {"HAETAE_KAFKA_COMPRESSION", "lz4"},
        {"HAETAE_RETRY_MAX_MS", "1000"},     {"HAETAE_KAFKA_TIMEOUT", "60000"},
        {"OTEL_BSP_EXPORT_TIMEOUT", "70000"}};
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    assert_int_equal(haetae_kafka_register(), HAETAE_OK);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        assert_int_equal(haetae_config_set(config, settings[i][0], settings[i][1]), HAETAE_OK);
    }
    if (haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_free(config);
    return sdk;
}

static void produce(void **state)
{
    haetae_sdk *sdk = start_sdk();
    haetae_stats *stats = NULL;

    (void)state;
    record(sdk);
    for (int i = 0; i < FLUSHES_MAX && haetae_sdk_force_flush(sdk, FLUSH_MS) != HAETAE_OK; i++) {
    }
    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    print_message("delivered %llu, retries %llu\n",
                  (unsigned long long)haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES),
                  (unsigned long long)haetae_stats_retries(stats, HAETAE_SIGNAL_TRACES));
    assert_int_equal(haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES), numbers[0] * IN_TRACE);
    assert_int_equal(haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES), numbers[0] * IN_TRACE);
    haetae_stats_free(stats);
    assert_int_equal(haetae_sdk_shutdown(sdk, FLUSH_MS), HAETAE_OK);
    haetae_sdk_free(sdk);
}

static void check(void **state)
{
    struct topic_content content =
        cluster_read(brokers, "otlp_spans", (int)numbers[0], HAETAE_SIGNAL_TRACES);

    (void)state;
    print_message("%zu spans in %zu messages\n", content.count, content.message_count);
    content_is(&content, 0, (unsigned)numbers[1]);
    content_is_by_trace(&content);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest produces[] = {cmocka_unit_test(produce)};
    const struct CMUnitTest checks[] = {cmocka_unit_test(check)};

    if (argc != 5) {
        return 2;
    }
    brokers = argv[2];
    numbers[0] = strtoul(argv[3], NULL, 10);
    numbers[1] = strtoul(argv[4], NULL, 10);
    return strcmp(argv[1], "produce") == 0 ? cmocka_run_group_tests(produces, NULL, NULL)
                                           : cmocka_run_group_tests(checks, NULL, NULL);
}
