/* SPDX-License-Identifier: Apache-2.0 */
/* Exporters that block: each has its own thread, and delays neither another exporter
 * nor a shutdown. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "pipeline/delivery_view.h"
#include "pipeline/export_thread.h"
#include "pipeline/exporter.h"
#include "pipeline/worker.h"
#include "support/sdk_fixture.h"
#include "support/timed_name.h"

enum { LONG_MS = 600000 };

static _Atomic bool no_threads;
static _Atomic bool no_descriptors;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument)
{
    return no_threads ? EAGAIN : __real_pthread_create(thread, attributes, run, argument);
}

int __real_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags)
{
    if (no_descriptors) {
        errno = EMFILE;
        return -1;
    }
    return __real_eventfd(count, flags);
}

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

/* ---- Under the SDK --------------------------------------------------------------------- */

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

/* ---- The adapter alone ----------------------------------------------------------------- */

struct own_delivery {
    struct haetae_delivery view;
    int completed_count;
    int32_t verdict;
    char message[128];
};

static void note_result(struct haetae_delivery *view, const haetae_result *result)
{
    struct own_delivery *delivery = (struct own_delivery *)view;

    delivery->completed_count++;
    delivery->verdict = result->verdict;
    snprintf(delivery->message, sizeof delivery->message, "%s", result->message);
}

static struct own_delivery own_delivery(void)
{
    return (struct own_delivery){.view = {.signal = HAETAE_SIGNAL_LOGS,
                                          .data = (const uint8_t *)"0123456789",
                                          .size_bytes = 10,
                                          .item_count = 2,
                                          .complete = note_result}};
}

static void await_descriptor(const haetae_exporter *exporter)
{
    struct pollfd polled = {.fd = exporter->ops.descriptor(exporter->self), .events = POLLIN};

    assert_int_equal(poll(&polled, 1, LONG_MS), 1);
}

static void check_copy(struct fake_exporter *fake, haetae_delivery *delivery)
{
    const struct own_delivery *original = fake->user;

    assert_ptr_not_equal(delivery, original);
    assert_ptr_not_equal(haetae_delivery_data(delivery), original->view.data);
    assert_int_equal(haetae_delivery_size(delivery), 10);
    assert_memory_equal(haetae_delivery_data(delivery), "0123456789", 10);
    assert_int_equal(haetae_delivery_item_count(delivery), 2);
    assert_int_equal(haetae_delivery_signal(delivery), HAETAE_SIGNAL_LOGS);
    fake_accept(fake, delivery);
}

static void exporter_gets_a_copy(void **state)
{
    struct own_delivery delivery = own_delivery();
    struct fake_exporter fake;

    (void)state;
    init(&fake, "fake", check_copy);
    fake.user = &delivery;
    fake_make(&fake);
    assert_int_equal(fake.exporter->ops.max_in_flight, 1);
    assert_int_equal(fake.exporter->ops.descriptor(fake.exporter->self), -1);
    fake.exporter->ops.step(fake.exporter->self);
    fake.exporter->ops.send(fake.exporter->self, &delivery.view);
    await_descriptor(fake.exporter);
    assert_int_equal(delivery.completed_count, 0);
    fake.exporter->ops.step(fake.exporter->self);
    assert_int_equal(delivery.completed_count, 1);
    assert_int_equal(delivery.verdict, HAETAE_VERDICT_OK);
    haetae_exporter_free(fake.exporter);
    assert_int_equal(fake.free_count, 1);
    fake_done(&fake);
}

static _Atomic int copies_in_order;

static void expect_in_order(struct fake_exporter *fake, haetae_delivery *delivery)
{
    copies_in_order += haetae_delivery_attempt(delivery) + 1 == fake_count(fake, &fake->send_count);
    fake_accept(fake, delivery);
}

static void several_deliveries_are_sent_in_order(void **state)
{
    struct own_delivery deliveries[HAE_EXPORT_JOBS_MAX + 1];
    struct fake_exporter fake;
    int completed = 0;

    (void)state;
    init(&fake, "fake", expect_in_order);
    fake.ops.max_in_flight = HAE_EXPORT_JOBS_MAX + 5;
    fake_make(&fake);
    assert_int_equal(fake.exporter->ops.max_in_flight, HAE_EXPORT_JOBS_MAX);
    for (unsigned i = 0; i < HAE_EXPORT_JOBS_MAX; i++) {
        deliveries[i] = own_delivery();
        deliveries[i].view.attempt = i;
        fake.exporter->ops.send(fake.exporter->self, &deliveries[i].view);
    }
    while (completed < HAE_EXPORT_JOBS_MAX) {
        await_descriptor(fake.exporter);
        fake.exporter->ops.step(fake.exporter->self);
        completed = 0;
        for (unsigned i = 0; i < HAE_EXPORT_JOBS_MAX; i++) {
            completed += deliveries[i].completed_count;
        }
    }
    assert_int_equal(copies_in_order, HAE_EXPORT_JOBS_MAX);
    assert_int_equal(fake.under_way_max, 1);
    haetae_exporter_free(fake.exporter);
    fake_done(&fake);
}

static void expect_retry(const struct own_delivery *delivery, const char *message)
{
    assert_int_equal(delivery->completed_count, 1);
    assert_int_equal(delivery->verdict, HAETAE_VERDICT_RETRY);
    assert_string_equal(delivery->message, message);
}

static void what_cannot_be_handed_over_is_tried_again(void **state)
{
    struct own_delivery delivery = own_delivery();
    struct fake_exporter fake;
    long live_before = hae_alloc_live_count();

    (void)state;
    init(&fake, "fake", fake_accept);
    fake_make(&fake);
    no_descriptors = true;
    fake.exporter->ops.send(fake.exporter->self, &delivery.view);
    no_descriptors = false;
    expect_retry(&delivery, "no descriptor is left");

    delivery = own_delivery();
    no_threads = true;
    fake.exporter->ops.send(fake.exporter->self, &delivery.view);
    no_threads = false;
    expect_retry(&delivery, "no thread could be started");

    delivery = own_delivery();
    hae_alloc_fail_after(0);
    fake.exporter->ops.send(fake.exporter->self, &delivery.view);
    hae_alloc_fail_after(-1);
    expect_retry(&delivery, "out of memory");

    delivery = own_delivery();
    fake.exporter->ops.send(fake.exporter->self, &delivery.view);
    await_descriptor(fake.exporter);
    fake.exporter->ops.step(fake.exporter->self);
    assert_int_equal(delivery.verdict, HAETAE_VERDICT_OK);
    haetae_exporter_free(fake.exporter);
    fake_done(&fake);
    assert_int_equal(hae_alloc_live_count(), live_before);
}

static void exporter_cannot_be_made_without_memory(void **state)
{
    haetae_status status = HAETAE_ENOMEM;
    struct fake_exporter fake;
    long tries = 0;

    (void)state;
    init(&fake, "fake", fake_accept);
    for (; status == HAETAE_ENOMEM; tries++) {
        long live = hae_alloc_live_count();

        hae_alloc_fail_after(tries);
        status = haetae_exporter_new(&fake.ops, &fake, &fake.exporter);
        hae_alloc_fail_after(-1);
        if (status == HAETAE_ENOMEM) {
            assert_int_equal(hae_alloc_live_count(), live);
        }
    }
    assert_int_equal(status, HAETAE_OK);
    assert_int_equal(tries, 3);
    assert_int_equal(fake.free_count, 0);
    haetae_exporter_free(fake.exporter); /* without a thread */
    assert_int_equal(fake.free_count, 1);
    fake_done(&fake);
}

static void cancelled_delivery_is_not_completed(void **state)
{
    struct own_delivery first = own_delivery(), second = own_delivery(), third = own_delivery();
    struct fake_exporter fake;

    (void)state;
    init(&fake, "fake", fake_block);
    fake.ops.max_in_flight = 2;
    fake.ops.cancel = NULL;
    fake_make(&fake);
    fake.exporter->ops.send(fake.exporter->self, &first.view);
    fake_await(&fake, &fake.blocked_count, 1);
    fake.exporter->ops.send(fake.exporter->self, &second.view);
    fake.exporter->ops.cancel(fake.exporter->self, &second.view); /* queued */
    fake.exporter->ops.cancel(fake.exporter->self, &first.view);  /* being sent */
    assert_int_equal(hae_export_thread_hanging_count(), 1);
    fake.exporter->ops.send(fake.exporter->self, &second.view);
    fake.exporter->ops.send(fake.exporter->self, &third.view);
    expect_retry(&third, "the exporter still works on a delivery that was cancelled");
    fake_unblock(&fake);
    await_descriptor(fake.exporter);
    fake.exporter->ops.step(fake.exporter->self);
    assert_int_equal(second.completed_count, 1);
    assert_int_equal(first.completed_count, 0);
    assert_int_equal(hae_export_thread_hanging_count(), 0);
    fake.exporter->ops.cancel(fake.exporter->self, &first.view); /* forgotten long ago */
    haetae_exporter_free(fake.exporter);
    assert_int_equal(fake.send_count, 2);
    fake_done(&fake);
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
        TEST(exporter_gets_a_copy),
        TEST(several_deliveries_are_sent_in_order),
        TEST(what_cannot_be_handed_over_is_tried_again),
        TEST(exporter_cannot_be_made_without_memory),
        TEST(cancelled_delivery_is_not_completed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
