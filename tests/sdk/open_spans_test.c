/* SPDX-License-Identifier: Apache-2.0 */
/* Spans that have not ended at the shutdown; and the scopes of records in one request. */
#include "capture.h"

static const HaeOtlp__Span *find(const struct capture *c, const char *name)
{
    const HaeOtlp__ResourceSpans *resource = c->traces->resource_spans[0];

    for (size_t i = 0; i < resource->n_scope_spans; i++) {
        for (size_t j = 0; j < resource->scope_spans[i]->n_spans; j++) {
            if (strcmp(resource->scope_spans[i]->spans[j]->name, name) == 0) {
                return resource->scope_spans[i]->spans[j];
            }
        }
    }
    return NULL;
}

static uint64_t left_open(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    count = haetae_stats_spans_left_open(stats);
    haetae_stats_free(stats);
    return count;
}

static bool is_marked(const HaeOtlp__Span *span)
{
    const HaeOtlp__AnyValue *value =
        capture_find(span->attributes, span->n_attributes, "haetae.recovered.open");

    return value != NULL && value->value_case == HAE_OTLP__ANY_VALUE__VALUE_BOOL_VALUE &&
           value->bool_value;
}

static haetae_span start(const struct capture *c, const char *name)
{
    return haetae_span_start(c->tracer, name, strlen(name), HAETAE_SPAN_KIND_SERVER);
}

static void open_spans_are_exported_at_the_shutdown_marked_and_counted(void **state)
{
    struct capture *c = *state;
    haetae_span ended = start(c, "ended");
    haetae_span plain = start(c, "plain");
    haetae_span full = start(c, "full");
    const HaeOtlp__Span *span;

    for (int i = 0; i < 200; i++) { /* more than the limit, and more than a slot */
        char key[16];

        snprintf(key, sizeof key, "key.%d", i);
        haetae_span_set_int64(full, key, strlen(key), i);
    }
    haetae_span_set_status(full, HAETAE_SPAN_STATUS_ERROR, NULL, 0);
    haetae_span_end(ended);
    assert_int_equal(left_open(c->sdk), 0);
    assert_int_equal(haetae_sdk_shutdown(c->sdk, 10000), HAETAE_OK);
    assert_int_equal(left_open(c->sdk), 2);
    sdk_all_delivered(c->sdk, HAETAE_SIGNAL_TRACES, 3);
    assert_false(is_marked(find(c, "ended")));
    span = find(c, "plain");
    assert_true(is_marked(span));
    assert_int_equal(span->n_attributes, 1);
    assert_int_equal(span->kind, HAETAE_SPAN_KIND_SERVER);
    assert_true(span->end_time_unix_nano >= span->start_time_unix_nano);
    span = find(c, "full");
    assert_true(is_marked(span));
    assert_int_equal(span->n_attributes, 129);
    assert_int_equal(span->dropped_attributes_count, 72);
    assert_int_equal(span->status->code, HAETAE_SPAN_STATUS_ERROR);

    /* The handles are stale. */
    haetae_span_set_int64(plain, HAETAE_TEXT("late"), 1);
    haetae_span_end(plain);
    assert_false(haetae_span_is_recording(full));
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_ENDED_SPAN), 2);
}

static void spans_that_are_not_sampled_are_left_alone(void **state)
{
    struct capture *c = *state;
    haetae_span_context parent = {.trace_id = {1}, .span_id = {2}};
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options, .parent = &parent);
    haetae_span span = haetae_span_start_with(c->tracer, HAETAE_TEXT("unsampled"), &options);

    assert_int_equal(haetae_sdk_shutdown(c->sdk, 10000), HAETAE_OK);
    assert_int_equal(left_open(c->sdk), 0);
    sdk_all_delivered(c->sdk, HAETAE_SIGNAL_TRACES, 0);
    assert_true(haetae_span_get_context(span, NULL));
    haetae_span_end(span);
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_ENDED_SPAN), 0);
}

static void key_switches_it_off(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    haetae_span span;
    haetae_stats *stats = NULL;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(SDK_SETTINGS({"HAETAE_EXPORT_OPEN_SPANS", "false"}), SDK_FAKES(&fake));
    span = haetae_span_start(haetae_tracer_named(sdk, "test"), HAETAE_TEXT("open"),
                             HAETAE_SPAN_KIND_INTERNAL);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    assert_int_equal(left_open(sdk), 0);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 0);
    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_open_spans(stats), 1);
    haetae_stats_free(stats);
    assert_true(haetae_span_get_context(span, NULL));
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* ---- Beside threads that end their spans ------------------------------------------------ */

enum { THREADS = 4, ROUNDS = 40 };

struct beside {
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    pthread_barrier_t barrier;
};

static void start_change_and_end(void *argument)
{
    struct beside *beside = argument;
    haetae_span spans[64];

    for (int i = 0; i < 64; i++) {
        spans[i] =
            haetae_span_start(beside->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
    }
    pthread_barrier_wait(&beside->barrier);
    for (int i = 0; i < 64; i++) {
        haetae_span_set_int64(spans[i], HAETAE_TEXT("key"), i);
        haetae_span_end(spans[i]);
    }
}

static void *run_threads(void *argument)
{
    sdk_run_threads(THREADS, start_change_and_end, argument);
    return NULL;
}

static void each_span_ends_once_beside_the_shutdown(void **state)
{
    unsigned rounds = sdk_repeat(ROUNDS);

    (void)state;
    for (unsigned round = 0; round < rounds; round++) {
        struct fake_exporter fake;
        struct beside beside;
        struct sdk_numbers numbers;
        haetae_stats *stats = NULL;
        pthread_t thread;

        fake_init(&fake, "fake", fake_accept);
        beside.sdk = sdk_start(SDK_SETTINGS({"OTEL_BSP_SCHEDULE_DELAY", "1"}), SDK_FAKES(&fake));
        beside.tracer = haetae_tracer_named(beside.sdk, "test");
        assert_int_equal(pthread_barrier_init(&beside.barrier, NULL, THREADS + 1), 0);
        assert_int_equal(pthread_create(&thread, NULL, run_threads, &beside), 0);
        pthread_barrier_wait(&beside.barrier);
        assert_int_equal(haetae_sdk_shutdown(beside.sdk, 10000), HAETAE_OK);
        pthread_join(thread, NULL);
        numbers = sdk_numbers(beside.sdk, HAETAE_SIGNAL_TRACES);
        assert_int_equal(numbers.recorded, THREADS * 64);
        assert_int_equal(numbers.held, 0);
        assert_int_equal(numbers.delivered + numbers.dropped[HAETAE_DROP_SHUTDOWN], THREADS * 64);
        assert_int_equal(haetae_stats_take(beside.sdk, &stats), HAETAE_OK);
        assert_int_equal(haetae_stats_open_spans(stats), 0);
        haetae_stats_free(stats);
        pthread_barrier_destroy(&beside.barrier);
        haetae_sdk_free(beside.sdk);
        fake_done(&fake);
    }
}

/* ---- Scopes ------------------------------------------------------------------------------ */

static void records_of_two_scopes_by_turns_are_each_in_their_own(void **state)
{
    enum { TURNS = 20 };
    struct capture *c = *state;
    haetae_tracer *tracers[2] = {haetae_tracer_named(c->sdk, "first"),
                                 haetae_tracer_named(c->sdk, "second")};
    const HaeOtlp__ResourceSpans *resource;
    size_t count = 0;

    for (int i = 0; i < TURNS; i++) {
        const char *name = i % 2 == 0 ? "first" : "second";

        haetae_span_end(
            haetae_span_start(tracers[i % 2], name, strlen(name), HAETAE_SPAN_KIND_INTERNAL));
    }
    assert_int_equal(haetae_sdk_force_flush(c->sdk, 10000), HAETAE_OK);
    resource = c->traces->resource_spans[0];
    for (size_t i = 0; i < resource->n_scope_spans; i++) {
        const HaeOtlp__ScopeSpans *scope = resource->scope_spans[i];

        for (size_t j = 0; j < scope->n_spans; j++, count++) {
            assert_string_equal(scope->spans[j]->name, scope->scope->name);
        }
    }
    assert_int_equal(count, TURNS);
}

#define OPEN_TEST(name) cmocka_unit_test_setup_teardown(name, capture_begin, capture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_TEST(open_spans_are_exported_at_the_shutdown_marked_and_counted),
        OPEN_TEST(spans_that_are_not_sampled_are_left_alone),
        cmocka_unit_test(key_switches_it_off),
        cmocka_unit_test(each_span_ends_once_beside_the_shutdown),
        OPEN_TEST(records_of_two_scopes_by_turns_are_each_in_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
