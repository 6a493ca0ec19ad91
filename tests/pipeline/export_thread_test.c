/* SPDX-License-Identifier: Apache-2.0 */
/* The adapter that gives an exporter which blocks a thread of its own, without an SDK. */
#include "pipeline/export_thread.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "pipeline/delivery_view.h"
#include "pipeline/exporter.h"
#include "pipeline/worker.h"
#include "support/sdk_fixture.h"

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
        TEST(exporter_gets_a_copy),
        TEST(several_deliveries_are_sent_in_order),
        TEST(what_cannot_be_handed_over_is_tried_again),
        TEST(exporter_cannot_be_made_without_memory),
        TEST(cancelled_delivery_is_not_completed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
