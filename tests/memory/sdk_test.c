/* SPDX-License-Identifier: Apache-2.0 */
/* The in-memory exporter under the SDK. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "haetae/haetae.h"
#include "haetae/memory.h"

enum { TIMEOUT_MS = 30000, THREADS = 4, EACH = 500 };

struct fixture {
    haetae_memory *memory;
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_meter *meter;
};

static void add_exporter(haetae_config *config, haetae_memory *memory, haetae_metric_reader *reader)
{
    haetae_exporter *exporter = NULL;

    assert_int_equal(haetae_memory_exporter_new(memory, &exporter), HAETAE_OK);
    assert_string_equal(haetae_exporter_name(exporter), "memory");
    assert_int_equal(reader != NULL ? haetae_config_add_metric_reader(config, reader, exporter)
                                    : haetae_config_add_exporter(config, exporter),
                     HAETAE_OK);
}

static void start(struct fixture *fixture, size_t max_bytes, haetae_metric_reader *reader)
{
    haetae_config *config = NULL;

    *fixture = (struct fixture){.memory = NULL};
    assert_int_equal(haetae_memory_new(max_bytes, &fixture->memory), HAETAE_OK);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_SERVICE_NAME", "memory-test"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_BSP_SCHEDULE_DELAY", "50"), HAETAE_OK);
    add_exporter(config, fixture->memory, reader);
    assert_int_equal(haetae_sdk_start(config, &fixture->sdk), HAETAE_OK);
    haetae_config_free(config);
    fixture->tracer = haetae_tracer_named(fixture->sdk, "test.traces");
    fixture->logger = haetae_logger_named(fixture->sdk, "test.logs");
    fixture->meter = haetae_meter_named(fixture->sdk, "test.metrics");
}

static void stop(struct fixture *fixture)
{
    haetae_sdk_shutdown(fixture->sdk, TIMEOUT_MS);
    haetae_sdk_free(fixture->sdk);
    haetae_memory_free(fixture->memory);
}

static haetae_memory_query named(const char *name)
{
    haetae_memory_query query = HAETAE_OPTIONS(haetae_memory_query, .name = haetae_string_of(name));

    return query;
}

static void expect(struct fixture *fixture, const haetae_memory_query *query, size_t count)
{
    assert_int_equal(
        haetae_memory_expect(fixture->memory, fixture->sdk, query, count, TIMEOUT_MS, NULL, NULL),
        HAETAE_OK);
}

static void what_is_recorded_is_kept(void **state)
{
    struct fixture fixture;
    haetae_memory_items *items = NULL;
    haetae_counter *counter = NULL;
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("test.count"),
                       .unit = haetae_string_of("{test}"));

    (void)state;
    start(&fixture, 0, NULL);
    {
        HAETAE_SPAN_SCOPE(span, fixture.tracer, "work", HAETAE_SPAN_KIND_CLIENT);
        haetae_span_set(span, "answer", 42);
        haetae_span_add_event(span, HAETAE_TEXT("half way"), 0, NULL, 0);
        haetae_log(fixture.logger, HAETAE_SEVERITY_WARN, HAETAE_TEXT("look out"),
                   HAETAE_ATTRS(HAETAE_ATTR("where", "left")));
    }
    assert_int_equal(haetae_counter_create(fixture.meter, &options, &counter), HAETAE_OK);
    haetae_counter_add(counter, 5, HAETAE_ATTRS(HAETAE_ATTR("side", "left")));
    haetae_memory_query work = named("work");
    haetae_memory_query look_out = named("look out");
    haetae_memory_query count = named("test.count");
    expect(&fixture, &work, 1);
    expect(&fixture, &look_out, 1);

    assert_int_equal(haetae_memory_take(fixture.memory, &work, &items), HAETAE_OK);
    const haetae_memory_item *span = haetae_memory_items_at(items, 0);
    assert_int_equal(span->span->kind, HAETAE_SPAN_KIND_CLIENT);
    assert_int_equal(
        haetae_memory_attribute(span->attributes, span->attribute_count, "answer")->as.int64, 42);
    assert_int_equal(span->span->event_count, 1);
    assert_true(span->span->end_time_unix_ns >= span->span->start_time_unix_ns);
    assert_null(haetae_memory_items_at(items, 1));

    haetae_memory_items *logs = NULL;
    assert_int_equal(haetae_memory_take(fixture.memory, &look_out, &logs), HAETAE_OK);
    const haetae_memory_item *log = haetae_memory_items_at(logs, 0);
    assert_int_equal(log->log->severity, HAETAE_SEVERITY_WARN);
    assert_memory_equal(log->log->context.span_id, span->span->context.span_id, 8);
    haetae_memory_items_free(logs);
    haetae_memory_items_free(items);

    /* Each flush collects once more, cumulative. */
    assert_true(haetae_memory_count(fixture.memory, &count) >= 2);
    assert_int_equal(haetae_memory_take(fixture.memory, &count, &items), HAETAE_OK);
    for (size_t i = 0; i < haetae_memory_items_count(items); i++) {
        const haetae_memory_item *point = haetae_memory_items_at(items, i);

        assert_int_equal(point->point->point->as_int64, 5);
        assert_int_equal(point->point->metric->monotonic, 1);
        assert_int_equal(point->scope->name.length, strlen("test.metrics"));
    }
    haetae_memory_items_free(items);
    stop(&fixture);
}

static void a_reader_gives_deltas(void **state)
{
    haetae_metric_reader_options wanted = HAETAE_OPTIONS(
        haetae_metric_reader_options, .temporality_preference = HAETAE_PREFERENCE_DELTA);
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("test.count"));
    haetae_metric_reader *reader = NULL;
    haetae_counter *counter = NULL;
    haetae_memory_items *items = NULL;
    haetae_memory_query query = named("test.count");
    struct fixture fixture;

    (void)state;
    assert_int_equal(haetae_metric_reader_new(&wanted, &reader), HAETAE_OK);
    start(&fixture, 0, reader);
    assert_int_equal(haetae_counter_create(fixture.meter, &options, &counter), HAETAE_OK);
    haetae_counter_add(counter, 5, NULL, 0);
    expect(&fixture, &query, 1);
    haetae_counter_add(counter, 7, NULL, 0);
    expect(&fixture, &query, 2);
    assert_int_equal(haetae_memory_take(fixture.memory, &query, &items), HAETAE_OK);
    assert_int_equal(haetae_memory_items_at(items, 0)->point->point->as_int64, 5);
    assert_int_equal(haetae_memory_items_at(items, 1)->point->point->as_int64, 7);
    haetae_memory_items_free(items);
    stop(&fixture);
    haetae_metric_reader_free(reader);
}

/* What is taken, and its items, stay after a reset and the end of all. */
static void a_copy_outlives_all(void **state)
{
    struct fixture fixture;
    haetae_memory_items *items = NULL;
    haetae_memory_query query = named("kept");

    (void)state;
    start(&fixture, 0, NULL);
    haetae_span_end(
        haetae_span_start(fixture.tracer, HAETAE_TEXT("kept"), HAETAE_SPAN_KIND_SERVER));
    expect(&fixture, &query, 1);
    assert_int_equal(haetae_memory_take(fixture.memory, &query, &items), HAETAE_OK);
    haetae_memory_reset(fixture.memory);
    assert_int_equal(haetae_memory_count(fixture.memory, &query), 0);
    haetae_span_end(
        haetae_span_start(fixture.tracer, HAETAE_TEXT("kept"), HAETAE_SPAN_KIND_SERVER));
    expect(&fixture, &query, 1);
    stop(&fixture);
    assert_int_equal(haetae_memory_items_count(items), 1);
    assert_memory_equal(haetae_memory_items_at(items, 0)->name.data, "kept", 4);
    haetae_memory_items_free(items);
}

static void a_full_memory_refuses_and_counts(void **state)
{
    enum { SPANS = 200 };
    struct fixture fixture;
    haetae_stats *stats = NULL;
    haetae_memory_query spans =
        HAETAE_OPTIONS(haetae_memory_query, .signals = 1u << HAETAE_SIGNAL_TRACES);
    char name[64];

    (void)state;
    start(&fixture, 32768, NULL);
    for (int i = 0; i < SPANS; i++) {
        int length = snprintf(name, sizeof name, "span %d", i);

        haetae_span_end(
            haetae_span_start(fixture.tracer, name, (size_t)length, HAETAE_SPAN_KIND_SERVER));
        if (i % 5 == 0) {
            (void)haetae_sdk_force_flush(fixture.sdk, TIMEOUT_MS);
        }
    }
    (void)haetae_sdk_force_flush(fixture.sdk, TIMEOUT_MS);
    size_t kept = haetae_memory_count(fixture.memory, &spans);
    assert_true(kept > 5 && kept < SPANS);
    assert_int_equal(haetae_stats_take(fixture.sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES), kept);
    assert_int_equal(haetae_stats_dropped(stats, HAETAE_SIGNAL_TRACES, HAETAE_DROP_REJECTED),
                     SPANS - kept);
    haetae_stats_free(stats);
    assert_true(haetae_memory_refused_count(fixture.memory) >= SPANS - kept);
    haetae_memory_reset(fixture.memory);
    assert_int_equal(haetae_memory_refused_count(fixture.memory), 0);
    haetae_span_end(
        haetae_span_start(fixture.tracer, HAETAE_TEXT("again"), HAETAE_SPAN_KIND_SERVER));
    expect(&fixture, &spans, 1);
    stop(&fixture);
}

static void *record_many(void *argument)
{
    struct fixture *fixture = argument;

    for (int i = 0; i < EACH; i++) {
        haetae_span_end(
            haetae_span_start(fixture->tracer, HAETAE_TEXT("many"), HAETAE_SPAN_KIND_SERVER));
    }
    return NULL;
}

static void threads_record_while_another_waits_and_looks(void **state)
{
    struct fixture fixture;
    pthread_t threads[THREADS];
    haetae_memory_query many = named("many");

    (void)state;
    start(&fixture, 0, NULL);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, record_many, &fixture), 0);
    }
    for (size_t seen = 0; seen < THREADS * EACH;) {
        assert_int_equal(
            haetae_memory_wait(fixture.memory, fixture.sdk, &many, seen + 1, TIMEOUT_MS),
            HAETAE_OK);
        size_t now = haetae_memory_count(fixture.memory, &many);
        assert_true(now > seen);
        seen = now;
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    expect(&fixture, &many, THREADS * EACH);
    stop(&fixture);
}

/* Nobody flushes. If items did not wake the waiter, the test would take longer than it may. */
static void what_comes_ends_a_wait(void **state)
{
    enum { LONG_MS = 600000 };
    struct fixture fixture;
    pthread_t thread;
    haetae_memory_query many = named("many");

    (void)state;
    start(&fixture, 0, NULL);
    assert_int_equal(pthread_create(&thread, NULL, record_many, &fixture), 0);
    assert_int_equal(haetae_memory_wait(fixture.memory, NULL, &many, EACH, LONG_MS), HAETAE_OK);
    pthread_join(thread, NULL);
    stop(&fixture);
}

static void two_sdks_share_a_memory(void **state)
{
    struct fixture fixture;
    haetae_config *config = NULL;
    haetae_sdk *other = NULL;
    haetae_memory_query query = named("of both");

    (void)state;
    start(&fixture, 0, NULL);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    add_exporter(config, fixture.memory, NULL);
    assert_int_equal(haetae_sdk_start(config, &other), HAETAE_OK);
    haetae_config_free(config);
    haetae_span_end(
        haetae_span_start(fixture.tracer, HAETAE_TEXT("of both"), HAETAE_SPAN_KIND_SERVER));
    haetae_span_end(haetae_span_start(haetae_tracer_named(other, "other"), HAETAE_TEXT("of both"),
                                      HAETAE_SPAN_KIND_SERVER));
    assert_int_equal(haetae_sdk_shutdown(other, TIMEOUT_MS), HAETAE_OK);
    haetae_sdk_free(other);
    expect(&fixture, &query, 2);
    stop(&fixture);
}

/* ---- fork() ------------------------------------------------------------------------------ */

static int child_of(struct fixture *fixture)
{
    haetae_memory_query before = named("before");
    haetae_memory_query child = named("of the child");

    haetae_span_end(
        haetae_span_start(fixture->tracer, HAETAE_TEXT("of the child"), HAETAE_SPAN_KIND_SERVER));
    return haetae_memory_wait(fixture->memory, fixture->sdk, &child, 1, TIMEOUT_MS) != HAETAE_OK ||
           haetae_memory_count(fixture->memory, &before) != 1;
}

static void a_child_has_what_was_there_and_its_own(void **state)
{
    struct fixture fixture;
    haetae_memory_query before = named("before");
    haetae_memory_query child = named("of the child");
    int status;

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* it ends a child in which a thread is started */
#endif
    start(&fixture, 0, NULL);
    haetae_span_end(
        haetae_span_start(fixture.tracer, HAETAE_TEXT("before"), HAETAE_SPAN_KIND_SERVER));
    expect(&fixture, &before, 1);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(child_of(&fixture));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    expect(&fixture, &child, 0);
    expect(&fixture, &before, 1);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_recorded_is_kept),
        cmocka_unit_test(a_reader_gives_deltas),
        cmocka_unit_test(a_copy_outlives_all),
        cmocka_unit_test(a_full_memory_refuses_and_counts),
        cmocka_unit_test(threads_record_while_another_waits_and_looks),
        cmocka_unit_test(what_comes_ends_a_wait),
        cmocka_unit_test(two_sdks_share_a_memory),
        cmocka_unit_test(a_child_has_what_was_there_and_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
