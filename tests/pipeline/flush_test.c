/* SPDX-License-Identifier: Apache-2.0 */
/* Flushes: each is carried out, even if its caller no longer waits, beside other flushes and
 * while threads record. The delays are so long that only a flush sends anything. */
#include <stdatomic.h>

#include "base/alloc.h"
#include "clock.h"
#include "pipeline/flush.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum { LONG_MS = 600000 };

static void await_all_delivered(haetae_sdk *sdk, haetae_signal signal, uint64_t count)
{
    while (sdk_numbers(sdk, signal).held != 0) {
        sched_yield();
    }
    sdk_all_delivered(sdk, signal, count);
}

/* ---- The caller no longer waits
 * ------------------------------------------------------------------ */

/* The worker stays in the exporter, so that it sees the flush only after its caller has
 * returned. */
static void a_flush_that_times_out_before_it_begins_is_carried_out(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_block);
    sdk = sdk_start_for_flushes(&fake, "thread");
    sdk_logs(sdk, 1);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    fake_await(&fake, &fake.blocked_count, 1);
    sdk_spans(sdk, 3);
    sdk_logs(sdk, 4);
    sdk_series(sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    assert_int_equal(haetae_sdk_force_flush(sdk, 1), HAETAE_ETIMEOUT);
    fake_unblock(&fake);
    await_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 3);
    await_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 5);
    while (fake_count(&fake, &fake.taken_count[HAETAE_SIGNAL_METRICS]) < 5) {
        sched_yield();
    }
    sdk_finish(sdk, &fake);
}

/* No thread drives the SDK meanwhile, so the next step carries out the flush. */
static void a_flush_by_hand_that_times_out_is_carried_out_by_the_next_step(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    use_test_clock(state);
    fake_init(&fake, "fake", fake_hold);
    sdk = sdk_start_for_flushes(&fake, "manual");
    sdk_logs(sdk, 1);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    sdk_logs(sdk, 4);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    fake_release(&fake, HAETAE_VERDICT_OK);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 5);
    sdk_logs(sdk, 2); /* recorded after the flush, so the delay applies */
    for (int i = 0; i < 4; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 2);
    sdk_finish(sdk, &fake);
}

/* Without memory the pipeline makes no request; when there is memory, it makes all. */
static void a_flush_without_memory_is_carried_out_when_there_is_some(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    use_test_clock(state);
    for (long after = 0; after < 4; after++) {
        fake_init(&fake, "fake", fake_accept);
        sdk = sdk_start_for_flushes(&fake, "manual");
        sdk_logs(sdk, 3);
        sdk_spans(sdk, 2);
        hae_alloc_fail_after(after);
        (void)haetae_sdk_force_flush(sdk, 0);
        (void)haetae_sdk_step(sdk, 0);
        hae_alloc_fail_after(-1);
        test_now_ms += 1000;
        for (int i = 0; i < 4; i++) {
            assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
        }
        sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 3);
        sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 2);
        sdk_finish(sdk, &fake);
    }
}

/* ---- After a failure ------------------------------------------------------------------------ */

static haetae_sdk *start_with_long_pauses(struct fake_exporter *fake)
{
    return sdk_start(SDK_SETTINGS(SDK_ONLY_FLUSHES, {"HAETAE_WORKER", "manual"},
                                  {"HAETAE_RETRY_INITIAL_MS", "60000"},
                                  {"HAETAE_RETRY_MAX_MS", "60000"}),
                     SDK_FAKES(fake));
}

/* The clock does not move: the pause is not over. */
static void a_flush_tries_what_waits_for_its_next_try(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    use_test_clock(state);
    fake_init(&fake, "fake", fake_fail);
    sdk = start_with_long_pauses(&fake);
    for (int i = 0; i < 3; i++) {
        sdk_logs(sdk, 2);
        sdk_spans(sdk, 1);
        assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    }
    assert_int_equal(fake.item_count[HAETAE_SIGNAL_LOGS], 2 + 4 + 6);
    fake.behave = fake_accept;
    assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held,
                     6); /* no other call asked for a flush */
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 6);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 3);
    sdk_finish(sdk, &fake);
}

static void a_shutdown_tries_what_waits_for_its_next_try(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    use_test_clock(state);
    fake_init(&fake, "fake", fake_fail);
    sdk = start_with_long_pauses(&fake);
    for (int i = 0; i < 3; i++) {
        sdk_logs(sdk, 2);
        assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    }
    fake.behave = fake_accept;
    assert_int_equal(haetae_sdk_shutdown(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 6);
    sdk_finish(sdk, &fake);
}

/* ---- Two at once ------------------------------------------------------------------- */

static void *flush_for_long(void *argument)
{
    return (void *)(intptr_t)haetae_sdk_force_flush(argument, LONG_MS);
}

static void of_two_flushes_each_has_its_own_deadline(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    pthread_t thread;
    void *status;

    (void)state;
    hae_set_clock_ms(NULL);
    fake_init(&fake, "fake", fake_hold);
    sdk = sdk_start_for_flushes(&fake, "thread");
    sdk_logs(sdk, 5);
    assert_int_equal(pthread_create(&thread, NULL, flush_for_long, sdk), 0);
    fake_await(&fake, &fake.send_count, 1);
    sdk_logs(sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, 5), HAETAE_ETIMEOUT);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 10);
    fake_release(&fake, HAETAE_VERDICT_OK);
    pthread_join(thread, &status);
    assert_int_equal((intptr_t)status, HAETAE_OK);
    await_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 10);
    sdk_finish(sdk, &fake);
}

/* A flush waits for what was recorded before it, not for a later flush. */
static void a_flush_does_not_wait_for_a_later_one(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    pthread_t thread;
    void *status;

    (void)state;
    hae_set_clock_ms(NULL);
    fake_init(&fake, "fake", fake_hold);
    fake.ops.max_in_flight = 2;
    sdk = sdk_start_for_flushes(&fake, "thread");
    sdk_logs(sdk, 5);
    assert_int_equal(pthread_create(&thread, NULL, flush_for_long, sdk), 0);
    fake_await(&fake, &fake.send_count, 1);
    sdk_spans(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    fake_await(&fake, &fake.send_count, 2);
    fake_release_one(&fake, HAETAE_VERDICT_OK);
    pthread_join(thread, &status);
    assert_int_equal((intptr_t)status, HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 5);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).held, 3);
    sdk_finish(sdk, &fake);
}

/* ---- While threads record ---------------------------------------------------------- */

enum { RECORDERS = 3, FLUSHERS = 2 };

struct busy {
    haetae_sdk *sdk;
    _Atomic unsigned next;
    _Atomic unsigned flushers_left;
    _Atomic unsigned lost_count; /* flushes that lost something */
};

static void flush_and_count(struct busy *busy)
{
    haetae_status status = haetae_sdk_force_flush(busy->sdk, LONG_MS);

    assert_true(status == HAETAE_OK || status == HAETAE_ELOST);
    atomic_fetch_add(&busy->lost_count, status == HAETAE_ELOST);
}

static void record_until_flushed(struct busy *busy)
{
    haetae_tracer *tracer = haetae_tracer_named(busy->sdk, "test");
    haetae_logger *logger = haetae_logger_named(busy->sdk, "test");

    while (atomic_load(&busy->flushers_left) != 0) {
        sdk_spans_of(tracer, 20);
        sdk_logs_of(logger, 20);
        sched_yield();
    }
}

/* After each flush the statistics add up, and all earlier records are settled. */
static void flush_often(struct busy *busy)
{
    for (unsigned i = 0; i < sdk_repeat(200); i++) {
        struct sdk_numbers before[HAETAE_SIGNAL_COUNT];

        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            before[signal] = sdk_numbers(busy->sdk, (haetae_signal)signal);
        }
        flush_and_count(busy);
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            struct sdk_numbers after = sdk_numbers(busy->sdk, (haetae_signal)signal);

            /* Each thread may be in a call: the test has counted the record, the library not yet.
             */
            assert_true(after.delivered + after.dropped_total + RECORDERS >=
                        before[signal].recorded);
        }
    }
    atomic_fetch_sub(&busy->flushers_left, 1);
}

static void record_or_flush(void *argument)
{
    struct busy *busy = argument;

    if (atomic_fetch_add(&busy->next, 1) < RECORDERS) {
        record_until_flushed(busy);
    } else {
        flush_often(busy);
    }
}

/* Refuses one in seven, lets others fail a few times. */
static void refuse_or_fail_some(struct fake_exporter *fake, haetae_delivery *delivery)
{
    uint64_t sends = fake_count(fake, &fake->send_count);

    if (sends % 7 == 0) {
        fake_refuse(fake, delivery);
    } else if (sends % 3 == 0) {
        fake_fail(fake, delivery);
    } else {
        fake_accept(fake, delivery);
    }
}

static void statistics_add_up_after_every_flush_while_threads_record(void **state)
{
    static const fake_behaviour behaviours[] = {fake_accept, refuse_or_fail_some};

    (void)state;
    hae_set_clock_ms(NULL);
    for (int i = 0; i < 2; i++) {
        struct fake_exporter fake;
        struct busy busy = {.flushers_left = FLUSHERS};
        struct sdk_numbers numbers;

        fake_init(&fake, "fake", behaviours[i]);
        fake.ops.max_in_flight = 4;
        busy.sdk = sdk_start_for_flushes(&fake, "thread");
        sdk_series(busy.sdk, 3);
        sdk_run_threads(RECORDERS + FLUSHERS, record_or_flush, &busy);
        flush_and_count(&busy);
        assert_int_equal(atomic_load(&busy.lost_count) != 0, i == 1);
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            numbers = sdk_numbers(busy.sdk, (haetae_signal)signal);
            assert_int_equal(numbers.held, 0);
            assert_true(numbers.recorded > 0);
            assert_int_equal(numbers.delivered, fake_count(&fake, &fake.taken_count[signal]));
            assert_int_equal(numbers.dropped[HAETAE_DROP_REJECTED],
                             fake_count(&fake, &fake.dropped_count[signal]));
        }
        sdk_finish(busy.sdk, &fake);
    }
}

/* ---- The flush of a shutdown --------------------------------------------------------------- */

/* While it is set, a shutdown begins when the next run looks for flushes. */
static struct hae_flush *begun_late;

bool __wrap_hae_flushes_begin(struct hae_control *control, bool *ret_new);
bool __real_hae_flushes_begin(struct hae_control *control, bool *ret_new);

bool __wrap_hae_flushes_begin(struct hae_control *control, bool *ret_new)
{
    if (begun_late != NULL) {
        hae_control_close(control);
        hae_flush_request(control, begun_late);
        begun_late = NULL;
    }
    return __real_hae_flushes_begin(control, ret_new);
}

/* However late in a run the shutdown comes: what a source gives then is its last. */
static void the_run_that_carries_out_the_flush_of_a_shutdown_is_a_closing_one(void **state)
{
    struct fake_exporter fake;
    struct hae_flush flush;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_for_flushes(&fake, "manual");
    sdk_series(sdk, 3);
    begun_late = &flush;
    assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    assert_int_equal(flush.state, HAE_FLUSH_DONE);
    assert_int_equal(fake_count(&fake, &fake.taken_count[HAETAE_SIGNAL_METRICS]), 3);
    assert_true(hae_metrics_source_has_ended(&sdk->readers.of[0].source));
    hae_flush_cancel(&sdk->pipeline.control, &flush);
    sdk_finish(sdk, &fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flush_that_times_out_before_it_begins_is_carried_out),
        cmocka_unit_test(a_flush_tries_what_waits_for_its_next_try),
        cmocka_unit_test(a_shutdown_tries_what_waits_for_its_next_try),
        cmocka_unit_test(of_two_flushes_each_has_its_own_deadline),
        cmocka_unit_test(a_flush_does_not_wait_for_a_later_one),
        cmocka_unit_test(statistics_add_up_after_every_flush_while_threads_record),
        cmocka_unit_test(a_flush_by_hand_that_times_out_is_carried_out_by_the_next_step),
        cmocka_unit_test(a_flush_without_memory_is_carried_out_when_there_is_some),
        cmocka_unit_test(the_run_that_carries_out_the_flush_of_a_shutdown_is_a_closing_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
