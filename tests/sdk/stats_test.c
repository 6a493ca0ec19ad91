/* SPDX-License-Identifier: Apache-2.0 */
/* recorded = delivered + dropped + held, at any moment and from any thread, with any load and
 * any exporters. */
#include <stdatomic.h>

#include "base/alloc.h"
#include "support/sdk_fixture.h"

enum { PRODUCERS = 4, ROUNDS = 60, PER_ROUND = 100 };

struct load {
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    haetae_logger *logger;
    _Atomic unsigned ended_count;
};

static void produce(void *argument)
{
    struct load *load = argument;

    for (int i = 0; i < ROUNDS; i++) {
        sdk_spans_of(load->tracer, PER_ROUND);
        sdk_logs_of(load->logger, PER_ROUND);
    }
    atomic_fetch_add(&load->ended_count, 1);
}

static void *produce_on_threads(void *argument)
{
    sdk_run_threads(PRODUCERS, produce, argument);
    return NULL;
}

/* Reads the statistics all the time. Checks that no count decreases. */
static void watch(struct load *load)
{
    struct sdk_numbers before[HAETAE_SIGNAL_COUNT];

    memset(before, 0, sizeof before);
    while (atomic_load(&load->ended_count) < PRODUCERS) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            struct sdk_numbers now = sdk_numbers(load->sdk, (haetae_signal)signal);

            assert_true(now.recorded >= before[signal].recorded);
            assert_true(now.delivered >= before[signal].delivered);
            assert_true(now.dropped_total >= before[signal].dropped_total);
            assert_true(now.held <= now.recorded);
            before[signal] = now;
        }
    }
}

static void run_load(haetae_sdk *sdk, bool shut_down_early)
{
    struct load load = {.sdk = sdk,
                        .tracer = haetae_tracer_named(sdk, "test"),
                        .logger = haetae_logger_named(sdk, "test")};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, produce_on_threads, &load), 0);
    if (shut_down_early) {
        while (sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).recorded < ROUNDS * PER_ROUND / 2) {
        }
        (void)haetae_sdk_shutdown(sdk, 50);
    }
    watch(&load);
    pthread_join(thread, NULL);
}

static void check_end(haetae_sdk *sdk)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        assert_int_equal(sdk_numbers(sdk, (haetae_signal)signal).held, 0);
    }
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).recorded,
                     PRODUCERS * ROUNDS * PER_ROUND);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).recorded, PRODUCERS * ROUNDS * PER_ROUND);
}

/* ---- Exporters ------------------------------------------------------------------------------- */

static void fail_often(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (fake->send_count % 4 == 0) {
        fake_accept(fake, delivery);
    } else {
        fake_fail(fake, delivery);
    }
}

static void reject_some(struct fake_exporter *fake, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result);

    if (haetae_delivery_item_count(delivery) > 700) {
        result.verdict = HAETAE_VERDICT_TOO_LARGE;
    }
    result.rejected_count = haetae_delivery_item_count(delivery) / 10;
    fake_answer_with(fake, delivery, &result);
}

static void balance(fake_behaviour one_does, fake_behaviour other_does, bool shut_down_early)
{
    struct fake_exporter one, other;
    haetae_sdk *sdk;

    fake_init(&one, "one", one_does);
    fake_init(&other, "other", other_does);
    one.ops.max_in_flight = 4;
    other.ops.max_in_flight = 4;
    sdk = sdk_start(SDK_SETTINGS({"HAETAE_QUEUE_BYTES", "512k"}, {"HAETAE_RETRY_INITIAL_MS", "1"},
                                 {"HAETAE_RETRY_MAX_MS", "3"}, {"HAETAE_RECORDER_BYTES", "1m"},
                                 {"OTEL_METRIC_EXPORT_INTERVAL", "5"}),
                    SDK_FAKES(&one, &other));
    sdk_series(sdk, 20);
    run_load(sdk, shut_down_early);
    (void)haetae_sdk_shutdown(sdk, 50);
    check_end(sdk);
    haetae_sdk_free(sdk);
    fake_done(&one);
    fake_done(&other);
}

/* ---- Tests ------------------------------------------------------------------------- */

static void statistics_add_up_while_one_fails_and_one_rejects(void **state)
{
    (void)state;
    balance(fail_often, reject_some, false);
}

static void statistics_add_up_while_one_is_dead(void **state)
{
    (void)state;
    balance(fake_hold, reject_some, false);
    balance(fake_fail, fake_accept, false);
}

static void statistics_add_up_with_a_shutdown_in_the_middle(void **state)
{
    (void)state;
    balance(fail_often, reject_some, true);
    balance(fake_hold, fake_hold, true);
}

static void statistics_without_an_sdk_are_zero(void **state)
{
    haetae_stats *stats = NULL;

    (void)state;
    assert_int_equal(haetae_stats_take(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_stats_take(NULL, &stats), HAETAE_OK);
    assert_non_null(stats);
    for (int i = -1; i <= HAETAE_SIGNAL_COUNT; i++) {
        haetae_signal signal = (haetae_signal)i;

        for (int j = 0; j < 2; j++) {
            const haetae_stats *either = j == 0 ? NULL : stats;

            assert_int_equal(haetae_stats_recorded(either, signal), 0);
            assert_int_equal(haetae_stats_delivered(either, signal), 0);
            assert_int_equal(haetae_stats_held(either, signal), 0);
            assert_int_equal(haetae_stats_dropped(either, signal, (haetae_drop_reason)i), 0);
            assert_int_equal(haetae_stats_dropped(either, signal, HAETAE_DROP_COUNT), 0);
            assert_int_equal(haetae_stats_dropped_total(either, signal), 0);
            assert_int_equal(haetae_stats_retries(either, signal), 0);
            assert_int_equal(haetae_stats_sent_bytes(either, signal), 0);
            assert_int_equal(haetae_stats_misuse(either, (haetae_misuse)i), 0);
            assert_int_equal(haetae_stats_open_spans(either), 0);
        }
    }
    haetae_stats_free(stats);
    haetae_stats_free(NULL);
}

static void statistics_without_memory_are_an_error(void **state)
{
    struct fake_exporter fake;
    haetae_stats *stats = NULL;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(NULL, SDK_FAKES(&fake));
    hae_alloc_fail_after(0);
    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_ENOMEM);
    hae_alloc_fail_after(-1);
    assert_null(stats);
    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    haetae_stats_free(stats);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

static void open_spans_are_counted(void **state)
{
    haetae_sdk *sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), NULL);
    haetae_tracer *tracer = haetae_tracer_named(sdk, "test");
    haetae_span span = haetae_span_start(tracer, HAETAE_TEXT("open"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_stats *stats = NULL;

    (void)state;
    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_open_spans(stats), 1);
    haetae_stats_free(stats);
    haetae_span_end(span);
    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_open_spans(stats), 0);
    assert_int_equal(haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES), 1);
    haetae_stats_free(stats);
    haetae_sdk_free(sdk);
}

static uint64_t count_ended(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    count = haetae_stats_misuse(stats, HAETAE_MISUSE_ENDED_SPAN);
    haetae_stats_free(stats);
    return count;
}

static void handles_that_lead_nowhere_are_counted(void **state)
{
    haetae_sdk *freed = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), NULL);
    haetae_sdk *sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), NULL);
    haetae_span span = haetae_span_start(haetae_tracer_named(freed, "test"), HAETAE_TEXT("freed"),
                                         HAETAE_SPAN_KIND_INTERNAL);
    haetae_context_token token;
    uint64_t before = count_ended(sdk);

    (void)state;
    haetae_sdk_free(freed);
    haetae_span_end(span);
    haetae_span_set_int64(span, HAETAE_TEXT("key"), 1);
    assert_int_equal(count_ended(sdk), before + 2);
    haetae_span_end(UINT64_C(0x0123456700000000)); /* of no recorder                 */
    haetae_span_end(UINT64_C(0x0123456702FFFFFF)); /* of one, but not of a slot of it */
    haetae_span_add_event(UINT64_C(0xFFFFFFFF0FFFFFFF), HAETAE_TEXT("event"), 0, NULL, 0);
    assert_int_equal(count_ended(sdk), before + 5);
    haetae_context_attach(span, &token);
    haetae_context_detach(&token);
    assert_int_equal(count_ended(sdk), before + 6);
    haetae_span_end(HAETAE_SPAN_NONE);
    haetae_span_set_int64(HAETAE_SPAN_NONE, HAETAE_TEXT("key"), 1);
    assert_int_equal(count_ended(sdk), before + 6);
    haetae_sdk_free(sdk);
}

/* ---- As text ------------------------------------------------------------------------------ */

static haetae_stats *stats_of(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    return stats;
}

static void begins_with(const char *text, const char *expected)
{
    if (strncmp(text, expected, strlen(expected)) != 0) {
        fail_msg("\"%s\" does not begin with \"%s\"", text, expected);
    }
}

static void statistics_are_one_line(void **state)
{
    struct fake_exporter fake;
    haetae_stats *stats;
    haetae_sdk *sdk;
    char text[512];
    size_t length;

    (void)state;
    fake_init(&fake, "fake", fake_refuse);
    sdk = sdk_start_manual(&fake);
    sdk_spans(sdk, 3);
    (void)haetae_sdk_force_flush(sdk, 0);
    sdk_logs(sdk, 2);
    stats = stats_of(sdk);
    length = haetae_stats_format(stats, HAETAE_STATS_LINE, text, sizeof text);
    begins_with(text, "traces: 3 recorded, 0 delivered, 3 dropped (rejected 3); metrics: 0 "
                      "recorded, 0 delivered; logs: 2 recorded, 0 delivered, 2 held");
    assert_int_equal(length, strlen(text));
    /* Cut, and measured alone. */
    assert_int_equal(haetae_stats_format(stats, HAETAE_STATS_LINE, text, 10), length);
    assert_string_equal(text, "traces: 3");
    assert_int_equal(haetae_stats_format(stats, HAETAE_STATS_LINE, NULL, 0), length);
    assert_int_equal(haetae_stats_format(stats, (haetae_stats_form)7, text, sizeof text), 0);
    assert_string_equal(text, "");
    haetae_stats_free(stats);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

static void statistics_are_json(void **state)
{
    haetae_sdk *sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(NULL));
    haetae_stats *stats;
    char text[4096];
    size_t length;

    (void)state;
    haetae_span_end(UINT64_C(0x0123456700000000));
    stats = stats_of(sdk);
    length = haetae_stats_format(stats, HAETAE_STATS_JSON, text, sizeof text);
    assert_int_equal(length, strlen(text));
    begins_with(text, "{\"traces\":{\"recorded\":0,\"recovered\":0,\"delivered\":0,");
    assert_non_null(strstr(text, "\"dropped\":{\"ring_full\":0,\"no_slot\":0,"));
    assert_non_null(strstr(text, "},\"metrics\":{"));
    assert_non_null(strstr(text, ",\"misuse\":{\"ended_span\":"));
    assert_non_null(strstr(text, "\"newer_caller\":0},\"hanging_sends\":0,\"destinations\":[]}"));
    haetae_stats_free(stats);
    haetae_sdk_free(sdk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_add_up_while_one_fails_and_one_rejects),
        cmocka_unit_test(statistics_add_up_while_one_is_dead),
        cmocka_unit_test(statistics_add_up_with_a_shutdown_in_the_middle),
        cmocka_unit_test(statistics_without_an_sdk_are_zero),
        cmocka_unit_test(statistics_without_memory_are_an_error),
        cmocka_unit_test(open_spans_are_counted),
        cmocka_unit_test(handles_that_lead_nowhere_are_counted),
        cmocka_unit_test(statistics_are_one_line),
        cmocka_unit_test(statistics_are_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
