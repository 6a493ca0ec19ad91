/* SPDX-License-Identifier: Apache-2.0 */
/* Flush and shutdown with exporters that answer late, never, or block. Where a call must end
 * although an exporter does not, the test releases the exporter only afterwards: a call
 * that waits for the exporter never returns. */
#include <sched.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "pipeline/worker.h"
#include "support/sdk_fixture.h"

enum { LONG_MS = 600000 };

/* Makes a shutdown wait for ever for a worker that has to stop. Tests whose worker is blocked in
 * its exporter set a shorter time. */
static int wait_for_workers(void **state)
{
    (void)state;
    hae_worker_set_grace_ms(LONG_MS);
    return 0;
}

/* Delays longer than any test. */
#define SLOW                                                                                       \
    {"OTEL_BSP_SCHEDULE_DELAY", "2000000"}, {"OTEL_BLRP_SCHEDULE_DELAY", "2000000"},               \
        {"OTEL_BSP_EXPORT_TIMEOUT", "0"}, {"OTEL_BLRP_EXPORT_TIMEOUT", "0"},                       \
        {"HAETAE_RETRY_MAX_MS", "2000000"},                                                        \
    {                                                                                              \
        "HAETAE_RETRY_INITIAL_MS", "2000000"                                                       \
    }

static haetae_sdk *start(struct fake_exporter *fake, fake_behaviour behave)
{
    fake_init(fake, "fake", behave);
    return sdk_start(SDK_SETTINGS(SLOW), SDK_FAKES(fake));
}

/* ---- Shutdown ------------------------------------------------------------------------------- */

static void shutdown_exports_what_is_left_without_waiting_for_delays(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, fake_accept);

    (void)state;
    sdk_spans(sdk, 3);
    sdk_logs(sdk, 2);
    sdk_series(sdk, 4);
    assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 3);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 2);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 4);
    assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_ESHUTDOWN);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_ESHUTDOWN);
    sdk_finish(sdk, &fake);
}

static _Atomic bool holds;

static void accept_until_held(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (atomic_load(&holds)) {
        fake_hold(fake, delivery);
    } else {
        fake_accept(fake, delivery);
    }
}

/* Nothing is left to send: the metrics that the flush delivered are not sent again. */
static void shutdown_after_a_flush_has_nothing_to_send(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, accept_until_held);

    (void)state;
    atomic_store(&holds, false);
    sdk_spans(sdk, 1);
    sdk_series(sdk, 4);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    atomic_store(&holds, true);
    assert_int_equal(haetae_sdk_shutdown(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 4);
    sdk_finish(sdk, &fake);
}

static void shutdown_sends_metrics_that_changed_after_the_flush(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, fake_accept);

    (void)state;
    sdk_series(sdk, 4);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    sdk_series(sdk, 4); /* the same series again */
    assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 8);
    sdk_finish(sdk, &fake);
}

static void refuse_first(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (!atomic_exchange(&holds, true)) {
        fake_refuse(fake, delivery);
    } else {
        fake_accept(fake, delivery);
    }
}

/* What the flush could not deliver has a second chance. */
static void shutdown_sends_metrics_that_the_flush_lost(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, refuse_first);

    (void)state;
    atomic_store(&holds, false);
    sdk_series(sdk, 4);
    (void)haetae_sdk_force_flush(sdk, LONG_MS);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_METRICS).dropped[HAETAE_DROP_REJECTED], 4);
    assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_OK);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_METRICS).delivered, 4);
    sdk_finish(sdk, &fake);
}

static void shutdown_returns_though_the_exporter_never_answers(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, fake_hold);

    (void)state;
    sdk_logs(sdk, 5);
    sdk_spans(sdk, 1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 30), HAETAE_ETIMEOUT);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_SHUTDOWN], 5);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).dropped[HAETAE_DROP_SHUTDOWN], 1);
    assert_int_equal(fake.under_way, 0);
    sdk_finish(sdk, &fake);
}

static void shutdown_waits_for_late_answers(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, fake_hold);

    (void)state;
    sdk_logs(sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    fake_await(&fake, &fake.send_count, 1);
    fake_release(&fake, HAETAE_VERDICT_OK);
    assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 5);
    sdk_finish(sdk, &fake);
}

static void fail_once(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_attempt(delivery) == 0) {
        fake_fail(fake, delivery);
    } else {
        fake_accept(fake, delivery);
    }
}

static void shutdown_tries_what_failed_once_more(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, fail_once);

    (void)state;
    sdk_logs(sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    fake_await(&fake, &fake.complete_count, 1);
    assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 5);
    sdk_finish(sdk, &fake);
}

static void shutdown_returns_though_the_exporter_blocks(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, fake_block);

    (void)state;
    sdk_logs(sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    fake_await(&fake, &fake.blocked_count, 1);
    hae_worker_set_grace_ms(1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 1), HAETAE_ETIMEOUT);
    hae_worker_set_grace_ms(LONG_MS);
    assert_int_equal(haetae_sdk_shutdown(sdk, 0), HAETAE_ESHUTDOWN);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ESHUTDOWN);
    (void)sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
    /* The worker ends later, and then everything can be freed. */
    fake_unblock(&fake);
    fake_await(&fake, &fake.complete_count, 1);
    while (sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held != 0) {
        sched_yield();
    }
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 5);
    sdk_finish(sdk, &fake);
}

/* Memory that a blocked exporter uses is never freed. */
static void free_leaves_a_blocked_worker_its_memory(void **state)
{
    static struct fake_exporter fake; /* the blocked worker outlives the test */
    haetae_sdk *sdk = start(&fake, fake_block);

    (void)state;
    sdk_logs(sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    fake_await(&fake, &fake.blocked_count, 1);
    hae_worker_set_grace_ms(1);
    haetae_sdk_free(sdk);
    hae_worker_set_grace_ms(LONG_MS);
    assert_int_equal(fake.free_count, 0);
    fake_unblock(&fake);
    fake_await(&fake, &fake.complete_count, 1);
}

static void free_without_shutdown_drops_and_frees(void **state)
{
    struct fake_exporter fake;
    long live = hae_alloc_live_count();
    haetae_sdk *sdk = start(&fake, fake_hold);

    (void)state;
    sdk_logs(sdk, 5);
    sdk_series(sdk, 5);
    sdk_finish(sdk, &fake);
    assert_int_equal(hae_alloc_live_count(), live);
}

struct shared {
    haetae_sdk *sdk;
    struct fake_exporter *fake;
    _Atomic unsigned ok_count;
    _Atomic unsigned shutdown_count;
    _Atomic bool done;
    _Atomic uint64_t recorded[HAETAE_SIGNAL_COUNT];
};

static void shut_down(void *argument)
{
    struct shared *shared = argument;
    haetae_status status = haetae_sdk_shutdown(shared->sdk, LONG_MS);

    atomic_fetch_add(status == HAETAE_OK ? &shared->ok_count : &shared->shutdown_count, 1);
    /* The shutdown is complete for all callers. */
    sdk_all_delivered(shared->sdk, HAETAE_SIGNAL_LOGS, 5);
}

static void of_several_shutdowns_one_does_it_and_all_wait(void **state)
{
    struct fake_exporter fake;
    struct shared shared = {.sdk = start(&fake, fake_accept)};

    (void)state;
    sdk_logs(shared.sdk, 5);
    sdk_run_threads(8, shut_down, &shared);
    assert_int_equal(shared.ok_count, 1);
    assert_int_equal(shared.shutdown_count, 7);
    sdk_finish(shared.sdk, &fake);
}

static void *shut_down_for_long(void *argument)
{
    return (void *)(intptr_t)haetae_sdk_shutdown(argument, LONG_MS);
}

static void a_second_shutdown_has_its_own_deadline(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, fake_hold);
    pthread_t thread;
    void *status;

    (void)state;
    sdk_logs(sdk, 5);
    assert_int_equal(pthread_create(&thread, NULL, shut_down_for_long, sdk), 0);
    fake_await(&fake, &fake.send_count, 1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 1), HAETAE_ETIMEOUT);
    fake_release(&fake, HAETAE_VERDICT_OK);
    pthread_join(thread, &status);
    assert_int_equal((intptr_t)status, HAETAE_OK);
    sdk_finish(sdk, &fake);
}

/* ---- Flush ---------------------------------------------------------------------------------- */

static void items_of_a_flush_that_times_out_are_delivered_later(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, fake_hold);

    (void)state;
    sdk_logs(sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, 20), HAETAE_ETIMEOUT);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 5);
    fake_release(&fake, HAETAE_VERDICT_OK);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 5);
    sdk_finish(sdk, &fake);
}

static void record_and_flush(void *argument)
{
    struct shared *shared = argument;

    for (int i = 0; i < 30; i++) {
        sdk_logs(shared->sdk, 10);
        sdk_spans(shared->sdk, 10);
        assert_int_equal(haetae_sdk_force_flush(shared->sdk, LONG_MS), HAETAE_OK);
    }
}

static void many_threads_flush_at_once(void **state)
{
    struct fake_exporter fake;
    struct shared shared = {.sdk = start(&fake, fake_accept)};

    (void)state;
    sdk_run_threads(8, record_and_flush, &shared);
    sdk_all_delivered(shared.sdk, HAETAE_SIGNAL_LOGS, 8 * 30 * 10);
    sdk_all_delivered(shared.sdk, HAETAE_SIGNAL_TRACES, 8 * 30 * 10);
    sdk_finish(shared.sdk, &fake);
}

static void *flush_for_long(void *argument)
{
    return (void *)(intptr_t)haetae_sdk_force_flush(argument, LONG_MS);
}

static void a_flush_ends_with_the_shutdown_beside_it(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, fake_hold);
    pthread_t thread;
    void *status;

    (void)state;
    sdk_logs(sdk, 5);
    assert_int_equal(pthread_create(&thread, NULL, flush_for_long, sdk), 0);
    fake_await(&fake, &fake.send_count, 1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 0), HAETAE_ETIMEOUT);
    pthread_join(thread, &status);
    assert_int_equal((intptr_t)status, HAETAE_ESHUTDOWN);
    sdk_finish(sdk, &fake);
}

/* ---- Recording beside a shutdown --------------------------------------------------- */

static void record_until_done(void *argument)
{
    struct shared *shared = argument;
    haetae_tracer *tracer = haetae_tracer_named(shared->sdk, "test");
    haetae_logger *logger = haetae_logger_named(shared->sdk, "test");
    uint64_t count = 0;

    /* A thread that starts too late gets no handle; the others record. */
    while (tracer != NULL && logger != NULL && !atomic_load(&shared->done)) {
        haetae_span span =
            haetae_span_start(tracer, HAETAE_TEXT("work"), HAETAE_SPAN_KIND_INTERNAL);

        haetae_log(logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("something"), NULL, 0);
        haetae_span_end(span);
        count++;
    }
    atomic_fetch_add(&shared->recorded[HAETAE_SIGNAL_TRACES], count);
    atomic_fetch_add(&shared->recorded[HAETAE_SIGNAL_LOGS], count);
}

static void *record_on_threads(void *argument)
{
    sdk_run_threads(4, record_until_done, argument);
    return NULL;
}

static void what_is_recorded_beside_a_shutdown_is_counted(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sdk_repeat(20); i++) {
        struct fake_exporter fake;
        struct shared shared = {.sdk = start(&fake, fake_accept)};
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, record_on_threads, &shared), 0);
        while (sdk_numbers(shared.sdk, HAETAE_SIGNAL_LOGS).recorded < 1000) {
        }
        assert_int_equal(haetae_sdk_shutdown(shared.sdk, LONG_MS), HAETAE_OK);
        (void)sdk_numbers(shared.sdk, HAETAE_SIGNAL_LOGS);
        atomic_store(&shared.done, true);
        pthread_join(thread, NULL);
        for (int signal = HAETAE_SIGNAL_TRACES; signal <= HAETAE_SIGNAL_LOGS;
             signal += HAETAE_SIGNAL_LOGS - HAETAE_SIGNAL_TRACES) {
            struct sdk_numbers numbers = sdk_numbers(shared.sdk, (haetae_signal)signal);

            assert_int_equal(numbers.recorded, shared.recorded[signal]);
            assert_int_equal(numbers.held, 0);
            assert_int_equal(numbers.delivered, fake.taken_count[signal]);
        }
        sdk_finish(shared.sdk, &fake);
    }
}

/* ---- By hand ----------------------------------------------------------------------- */

static void a_worker_is_not_driven_by_hand(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, fake_accept);

    (void)state;
    assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_EINVAL);
    assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_OK);
    assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_ESHUTDOWN);
    sdk_finish(sdk, &fake);
}

static void drive_by_hand(void *argument)
{
    struct shared *shared = argument;

    for (int i = 0; i < 50; i++) {
        sdk_logs(shared->sdk, 2);
        assert_int_equal(haetae_sdk_step(shared->sdk, 0), HAETAE_OK);
        if (i % 10 == 0) {
            assert_int_equal(haetae_sdk_force_flush(shared->sdk, LONG_MS), HAETAE_OK);
        }
    }
}

static void threads_that_drive_by_hand_take_turns(void **state)
{
    struct fake_exporter fake;
    struct shared shared = {.fake = &fake};

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    shared.sdk = sdk_start_manual(&fake);
    sdk_run_threads(4, drive_by_hand, &shared);
    assert_int_equal(haetae_sdk_shutdown(shared.sdk, LONG_MS), HAETAE_OK);
    sdk_all_delivered(shared.sdk, HAETAE_SIGNAL_LOGS, 4 * 50 * 2);
    sdk_finish(shared.sdk, &fake);
}

static _Atomic unsigned inside_count;
static _Atomic bool overlapped;

static void accept_alone(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (atomic_fetch_add(&inside_count, 1) != 0) {
        atomic_store(&overlapped, true);
    }
    sched_yield();
    (void)atomic_fetch_sub(&inside_count, 1);
    fake_accept(fake, delivery);
}

/* Specification: "Export(batch)". */
static void an_exporter_is_called_by_one_thread_at_a_time(void **state)
{
    struct fake_exporter fake;
    struct shared shared = {.fake = &fake};

    (void)state;
    fake_init(&fake, "fake", accept_alone);
    fake.ops.max_in_flight = 4;
    shared.sdk = sdk_start_manual(&fake);
    sdk_run_threads(4, drive_by_hand, &shared);
    assert_int_equal(haetae_sdk_shutdown(shared.sdk, LONG_MS), HAETAE_OK);
    assert_true(fake.send_count > 4);
    assert_false(overlapped);
    sdk_finish(shared.sdk, &fake);
}

static void shutdown_by_hand_keeps_its_deadline(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_hold);
    sdk = sdk_start_manual(&fake);
    sdk_logs(sdk, 5);
    assert_int_equal(haetae_sdk_shutdown(sdk, 20), HAETAE_ETIMEOUT);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_SHUTDOWN], 5);
    sdk_finish(sdk, &fake);
}

/* An exporter must not do this. The call costs only its own timeout. */
static void call_back(struct fake_exporter *fake, haetae_delivery *delivery)
{
    haetae_sdk **sdk = fake->user;

    (void)haetae_sdk_step(*sdk, 0);
    assert_int_equal(haetae_sdk_force_flush(*sdk, 1), HAETAE_ETIMEOUT);
    fake_accept(fake, delivery);
}

static void an_exporter_that_calls_back_does_not_hang(void **state)
{
    static const char *const workers[] = {"manual", "thread"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fake_exporter fake;
        haetae_sdk *sdk = NULL;

        fake_init(&fake, "fake", call_back);
        fake.user = &sdk;
        sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", workers[i]}), SDK_FAKES(&fake));
        sdk_logs(sdk, 5);
        assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
        sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 5);
        sdk_finish(sdk, &fake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shutdown_exports_what_is_left_without_waiting_for_delays),
        cmocka_unit_test(shutdown_after_a_flush_has_nothing_to_send),
        cmocka_unit_test(shutdown_sends_metrics_that_changed_after_the_flush),
        cmocka_unit_test(shutdown_sends_metrics_that_the_flush_lost),
        cmocka_unit_test(shutdown_returns_though_the_exporter_never_answers),
        cmocka_unit_test(shutdown_waits_for_late_answers),
        cmocka_unit_test(shutdown_tries_what_failed_once_more),
        cmocka_unit_test(shutdown_returns_though_the_exporter_blocks),
        cmocka_unit_test(free_without_shutdown_drops_and_frees),
        cmocka_unit_test(of_several_shutdowns_one_does_it_and_all_wait),
        cmocka_unit_test(a_second_shutdown_has_its_own_deadline),
        cmocka_unit_test(items_of_a_flush_that_times_out_are_delivered_later),
        cmocka_unit_test(many_threads_flush_at_once),
        cmocka_unit_test(a_flush_ends_with_the_shutdown_beside_it),
        cmocka_unit_test(what_is_recorded_beside_a_shutdown_is_counted),
        cmocka_unit_test(a_worker_is_not_driven_by_hand),
        cmocka_unit_test(threads_that_drive_by_hand_take_turns),
        cmocka_unit_test(an_exporter_is_called_by_one_thread_at_a_time),
        cmocka_unit_test(shutdown_by_hand_keeps_its_deadline),
        cmocka_unit_test(an_exporter_that_calls_back_does_not_hang),
        /* The last test: its worker may end, and free memory, during a following test. */
        cmocka_unit_test(free_leaves_a_blocked_worker_its_memory),
    };

    return cmocka_run_group_tests(tests, wait_for_workers, NULL);
}
