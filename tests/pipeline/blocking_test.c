/* SPDX-License-Identifier: Apache-2.0 */
/* Exporters that block: each has its own thread, and delays neither another exporter
 * nor a shutdown. */
#include <poll.h>
#include <stdatomic.h>

#include "pipeline/export_thread.h"
#include "pipeline/worker.h"
#include "support/sdk_fixture.h"
#include "support/timed_name.h"

enum { LONG_MS = 600000 };

/* The deadlines for which a thread waits while it is noted, one after the other. */
static _Thread_local bool deadlines_are_noted;
static _Thread_local unsigned deadline_count;
static _Thread_local struct timespec last_deadline;

int REAL_TIMED(pthread_cond_timedwait)(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                       const struct timespec *deadline);
int WRAPPED_TIMED(pthread_cond_timedwait)(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                          const struct timespec *deadline);
int WRAPPED_TIMED(pthread_cond_timedwait)(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                          const struct timespec *deadline)
{
    if (deadlines_are_noted &&
        (deadline->tv_sec != last_deadline.tv_sec || deadline->tv_nsec != last_deadline.tv_nsec)) {
        last_deadline = *deadline;
        deadline_count++;
    }
    return REAL_TIMED(pthread_cond_timedwait)(condition, mutex, deadline);
}

/* A long time, except in tests that leave a thread behind on purpose. */
static int set_up(void **state)
{
    (void)state;
    hae_worker_set_grace_ms(LONG_MS);
    hae_export_thread_set_grace_ms(LONG_MS);
    return hae_export_thread_hanging_count() == 0 ? 0 : -1;
}

static void init(struct fake_exporter *fake, const char *name, fake_behaviour behave)
{
    fake_init(fake, name, behave);
    fake->ops.blocks = 1;
}

static haetae_sdk *start(struct fake_exporter *fake, fake_behaviour behave)
{
    init(fake, "fake", behave);
    return sdk_start(SDK_SETTINGS({"OTEL_BLRP_EXPORT_TIMEOUT", "0"}), SDK_FAKES(fake));
}

static void finish(haetae_sdk *sdk, struct fake_exporter *fake)
{
    haetae_sdk_free(sdk);
    fake_await(fake, &fake->free_count, 1);
    fake_done(fake);
}

static uint64_t hanging_sends(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    count = haetae_stats_hanging_sends(stats);
    haetae_stats_free(stats);
    return count;
}

static void await_no_hanging_send(void)
{
    while (hae_export_thread_hanging_count() != 0) {
        poll(NULL, 0, 1);
    }
}

static pthread_t worker_thread;
static _Atomic bool sent_by_worker;

static void note_worker(void *user)
{
    (void)user;
    worker_thread = pthread_self();
}

static void accept_elsewhere(struct fake_exporter *fake, haetae_delivery *delivery)
{
    sent_by_worker = sent_by_worker || pthread_equal(pthread_self(), worker_thread);
    fake_accept(fake, delivery);
}

static void exporter_that_blocks_delivers_in_its_own_thread(void **state)
{
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    (void)state;
    init(&fake, "fake", accept_elsewhere);
    config = sdk_config(SDK_SETTINGS({NULL, NULL}), SDK_FAKES(&fake));
    assert_int_equal(haetae_config_set_worker_start(config, note_worker, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    sdk_spans(sdk, 3);
    sdk_logs(sdk, 2);
    sdk_series(sdk, 4);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 3);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 2);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 4);
    assert_false(sent_by_worker);
    assert_int_equal(fake_count(&fake, &fake.step_count), 0);
    assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_OK);
    assert_int_equal(hanging_sends(sdk), 0);
    finish(sdk, &fake);
}

static void exporter_that_blocks_delays_no_other(void **state)
{
    struct fake_exporter slow, quick;
    haetae_sdk *sdk;

    (void)state;
    init(&slow, "slow", fake_block);
    fake_init(&quick, "quick", fake_accept);
    sdk = sdk_start(
        SDK_SETTINGS({"OTEL_BLRP_SCHEDULE_DELAY", "1"}, {"OTEL_BLRP_EXPORT_TIMEOUT", "0"}),
        SDK_FAKES(&slow, &quick));
    sdk_logs(sdk, 1);
    fake_await(&slow, &slow.blocked_count, 1);
    for (uint64_t i = 1; i <= 20; i++) {
        fake_await(&quick, &quick.taken_count[HAETAE_SIGNAL_LOGS], i);
        sdk_logs(sdk, 1);
    }
    assert_int_equal(fake_count(&slow, &slow.complete_count), 0);
    fake_unblock(&slow);
    assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 21);
    assert_int_equal(slow.taken_count[HAETAE_SIGNAL_LOGS], 21);
    haetae_sdk_free(sdk);
    fake_done(&slow);
    fake_done(&quick);
}

/* The test would never end if shutdown or free waited for the exporter. */
static void shutdown_leaves_an_exporter_that_hangs(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, fake_block);
    struct sdk_numbers logs;

    (void)state;
    sdk_logs(sdk, 5);
    (void)haetae_sdk_force_flush(sdk, 1);
    fake_await(&fake, &fake.blocked_count, 1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 30), HAETAE_ETIMEOUT);
    logs = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
    assert_int_equal(logs.dropped[HAETAE_DROP_SHUTDOWN], 5);
    assert_int_equal(hanging_sends(sdk), 1);
    assert_int_equal(fake_count(&fake, &fake.cancel_count), 1);

    hae_export_thread_set_grace_ms(1);
    haetae_sdk_free(sdk);
    assert_int_equal(fake_count(&fake, &fake.free_count), 0);
    /* If the exporter ever returns, everything is freed. */
    fake_unblock(&fake);
    fake_await(&fake, &fake.free_count, 1);
    await_no_hanging_send();
    fake_done(&fake);
}

static void exporters_that_hang_are_waited_for_together(void **state)
{
    struct fake_exporter fakes[3];
    haetae_sdk *sdk;

    (void)state;
    for (int i = 0; i < 3; i++) {
        init(&fakes[i], "fake", fake_block);
    }
    sdk = sdk_start(SDK_SETTINGS({"OTEL_BLRP_EXPORT_TIMEOUT", "0"}),
                    SDK_FAKES(&fakes[0], &fakes[1], &fakes[2]));
    sdk_logs(sdk, 5);
    (void)haetae_sdk_force_flush(sdk, 1);
    for (int i = 0; i < 3; i++) {
        fake_await(&fakes[i], &fakes[i].blocked_count, 1);
    }
    assert_int_equal(haetae_sdk_shutdown(sdk, 30), HAETAE_ETIMEOUT);
    hae_export_thread_set_grace_ms(20);
    deadline_count = 0;
    deadlines_are_noted = true;
    haetae_sdk_free(sdk);
    deadlines_are_noted = false;
    assert_int_equal(deadline_count, 1);
    for (int i = 0; i < 3; i++) {
        fake_unblock(&fakes[i]);
        fake_await(&fakes[i], &fakes[i].free_count, 1);
    }
    await_no_hanging_send();
    for (int i = 0; i < 3; i++) {
        fake_done(&fakes[i]);
    }
}

static void unblock_in_cancel(void *self, haetae_delivery *delivery)
{
    struct fake_exporter *fake = self;

    (void)delivery;
    fake_unblock(fake);
}

static void cancel_makes_the_exporter_return(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    init(&fake, "fake", fake_block);
    fake.ops.cancel = unblock_in_cancel;
    sdk = sdk_start(SDK_SETTINGS({"OTEL_BLRP_EXPORT_TIMEOUT", "0"}), SDK_FAKES(&fake));
    sdk_logs(sdk, 5);
    (void)haetae_sdk_force_flush(sdk, 1);
    fake_await(&fake, &fake.blocked_count, 1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 30), HAETAE_ETIMEOUT);
    haetae_sdk_free(sdk);
    assert_int_equal(fake.free_count, 1); /* freed by now, since the test waited for it */
    await_no_hanging_send();
    fake_done(&fake);
}

/* Hangs with the first delivery, and accepts the others. */
static void block_once(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (fake_count(fake, &fake->send_count) == 1) {
        fake_block(fake, delivery);
    } else {
        fake_accept(fake, delivery);
    }
}

static void try_that_takes_too_long_is_given_up(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    init(&fake, "fake", block_once);
    sdk = sdk_start(SDK_SETTINGS({"OTEL_BLRP_EXPORT_TIMEOUT", "20"},
                                 {"OTEL_BLRP_SCHEDULE_DELAY", "1"},
                                 {"HAETAE_RETRY_INITIAL_MS", "1"}, {"HAETAE_RETRY_MAX_MS", "1"}),
                    SDK_FAKES(&fake));
    sdk_logs(sdk, 5);
    fake_await(&fake, &fake.cancel_count, 1);
    assert_int_equal(hanging_sends(sdk), 1);
    /* The pipeline tries again and finds the exporter busy until the first call ends. */
    while (sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).retries < 2) {
        poll(NULL, 0, 1);
    }
    assert_int_equal(fake_count(&fake, &fake.send_count), 1);
    fake_unblock(&fake);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 5);
    assert_int_equal(hanging_sends(sdk), 0);
    finish(sdk, &fake);
}

static void refuse_with_a_word(struct fake_exporter *fake, haetae_delivery *delivery)
{
    char message[32] = "not in my house";
    haetae_result result =
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_DROP, .message = message);

    fake_answer_with(fake, delivery, &result);
    memset(message, 'x', sizeof message - 1);
}

static void verdict_and_message_come_back(void **state)
{
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    (void)state;
    init(&fake, "fake", refuse_with_a_word);
    config = sdk_config(SDK_SETTINGS({NULL, NULL}), SDK_FAKES(&fake));
    assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    sdk_logs(sdk, 2);
    assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_ELOST);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_REJECTED], 2);
    assert_non_null(strstr(sdk_diagnostics, "exporter fake: "));
    assert_non_null(strstr(sdk_diagnostics, "not in my house"));
    finish(sdk, &fake);
}

/* Returns without a result the first time, and accepts later deliveries. */
static void forget_once(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (fake_count(fake, &fake->send_count) > 1) {
        fake_accept(fake, delivery);
    }
}

static void send_without_a_result_is_tried_again(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, forget_once);

    (void)state;
    sdk_logs(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    while (sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).delivered == 0) {
        (void)haetae_sdk_force_flush(sdk, LONG_MS);
    }
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 3);
    finish(sdk, &fake);
}

static void manual_sdk_does_not_wait_for_the_exporter(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    init(&fake, "fake", fake_block);
    sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"OTEL_BLRP_SCHEDULE_DELAY", "0"}),
                    SDK_FAKES(&fake));
    sdk_logs(sdk, 1);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    fake_await(&fake, &fake.blocked_count, 1);
    fake_unblock(&fake);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 1);
    finish(sdk, &fake);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(exporter_that_blocks_delivers_in_its_own_thread),
        TEST(exporter_that_blocks_delays_no_other),
        TEST(shutdown_leaves_an_exporter_that_hangs),
        TEST(exporters_that_hang_are_waited_for_together),
        TEST(cancel_makes_the_exporter_return),
        TEST(try_that_takes_too_long_is_given_up),
        TEST(verdict_and_message_come_back),
        TEST(send_without_a_result_is_tried_again),
        TEST(manual_sdk_does_not_wait_for_the_exporter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
