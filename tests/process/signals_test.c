/* SPDX-License-Identifier: Apache-2.0 */
/* Timers interrupt threads that record, and their handlers record as well: all three signals,
 * through the public API. */
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "counting.h"
#include "support/thread_timer.h"

enum { THREADS = 2, PERIOD_NS = 1000000, HANDLED = 700 };

static struct counting all;
static haetae_counter *by_attributes;
static _Atomic unsigned next_number;
static struct {
    _Atomic uint64_t in_loop;
    _Atomic uint64_t in_handler;
} made[THREADS];

static _Thread_local unsigned number;
/* The span that the loop is changing, so that the handler changes it as well. */
static _Thread_local volatile haetae_span shared_span;

/* One span, one log record, one measurement of each instrument. */
static void record(const char *who)
{
    haetae_attribute attributes[2] = {
        haetae_attribute_of("who", haetae_value_string(who)),
        haetae_attribute_of("text", haetae_value_string("and some more of it"))};
    haetae_context_token token;
    haetae_span span =
        haetae_span_start(all.f.tracer, HAETAE_TEXT("work"), HAETAE_SPAN_KIND_INTERNAL);

    haetae_context_attach(span, &token);
    haetae_span_set_attributes(span, attributes, 2);
    haetae_log(all.f.logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("at work"), attributes, 2);
    haetae_counter_add(by_attributes, 1, attributes, 2);
    haetae_counter_add(all.f.counter, 1, attributes, 1);
    haetae_bound_counter_add(all.f.bound, 1);
    haetae_histogram_record(all.f.histogram, 7, attributes, 1);
    haetae_span_add_event(span, HAETAE_TEXT("done"), 0, NULL, 0);
    haetae_context_detach(&token);
    haetae_span_end(span);
}

static void handle(int signal_number)
{
    (void)signal_number;
    haetae_span_set_int64(shared_span, HAETAE_TEXT("handled"), 1);
    record("handler");
    atomic_fetch_add(&made[number].in_handler, 1);
}

static void be_interrupted(void *argument)
{
    static const struct timespec pause = {0, 10000};
    unsigned wanted = *(unsigned *)argument;
    timer_t timer;

    number = atomic_fetch_add(&next_number, 1);
    timer = thread_timer_start(PERIOD_NS);
    while (atomic_load(&made[number].in_handler) < wanted) {
        for (int i = 0; i < 10; i++) {
            shared_span =
                haetae_span_start(all.f.tracer, HAETAE_TEXT("shared"), HAETAE_SPAN_KIND_INTERNAL);
            record("loop");
            haetae_span_set_int64(shared_span, HAETAE_TEXT("loop"), i);
            haetae_span_end(shared_span);
            atomic_fetch_add(&made[number].in_loop, 1);
        }
        nanosleep(&pause, NULL); /* ThreadSanitizer delivers signals here */
    }
    timer_delete(timer);
}

static void threads_interrupted_by_timers_account_for_everything(void **state)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    unsigned wanted = sdk_repeat(HANDLED);
    struct counting_totals totals;
    struct sigaction action;
    haetae_stats *stats = NULL;
    uint64_t handled = 0;
    uint64_t loops = 0;

    (void)state;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART;
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    counting_begin(&all, SDK_SETTINGS({"OTEL_BSP_SCHEDULE_DELAY", "10"},
                                      {"OTEL_BLRP_SCHEDULE_DELAY", "10"},
                                      {"OTEL_METRIC_EXPORT_INTERVAL", "10"}));
    options.name = haetae_string_of("by.attributes");
    assert_int_equal(
        haetae_counter_create(haetae_meter_named(all.f.sdk, "fork"), &options, &by_attributes),
        HAETAE_OK);
    sdk_run_threads(THREADS, be_interrupted, &wanted);
    totals = counting_finish(&all);
    for (int i = 0; i < THREADS; i++) {
        handled += made[i].in_handler;
        loops += made[i].in_loop;
    }
    assert_true(handled >= (uint64_t)THREADS * wanted);
    assert_int_equal(totals.spans, handled + 2 * loops);
    assert_int_equal(totals.logs, handled + loops);
    assert_int_equal(counting_value(&all, "by.attributes"), handled + loops);
    assert_int_equal(counting_value(&all, "made"), handled + loops);
    assert_int_equal(counting_value(&all, "bound"), handled + loops);
    assert_int_equal(counting_value(&all, "observed"), handled + loops);
    assert_int_equal(haetae_stats_take(all.f.sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_open_spans(stats), 0);
    assert_int_equal(haetae_stats_misuse(stats, HAETAE_MISUSE_MEASUREMENT), 0);
    assert_int_equal(haetae_stats_misuse(stats, HAETAE_MISUSE_ARGUMENT), 0);
    haetae_stats_free(stats);
    counting_end(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_interrupted_by_timers_account_for_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
