/* SPDX-License-Identifier: Apache-2.0 */
/* Tries that take too long. */
#include "sender_harness.h"

static void what_takes_too_long_is_cancelled_and_tried_again(void **state)
{
    struct fixture *f = *state;

    f->options.timeout_ms[HAETAE_SIGNAL_TRACES] = TIMEOUT_MS;
    begin(f);
    queue_many(f, 1);
    run_once(f);
    assert_int_equal(hae_sender_wait_ms(&f->destination, now), TIMEOUT_MS);
    now += TIMEOUT_MS - 1;
    run_once(f);
    assert_int_equal(f->fake.cancel_count, 0);
    now++;
    run_once(f);
    assert_int_equal(f->fake.cancel_count, 1);
    assert_int_equal(f->fake.send_count, 1);
    pass_pause(f);
    assert_int_equal(f->fake.send_count, 2);
    answer(f, HAETAE_VERDICT_OK, -1);
    assert_int_equal(counts(f)->delivered, ITEMS);
}

static void each_delivery_has_its_own_timeout(void **state)
{
    struct fixture *f = *state;

    f->options.timeout_ms[HAETAE_SIGNAL_TRACES] = TIMEOUT_MS;
    begin_with(f, 2, 1);
    now += TIMEOUT_MS / 2;
    queue_many(f, 1);
    run_once(f);
    now += TIMEOUT_MS / 2;
    run_once(f);
    assert_int_equal(f->fake.cancel_count, 1);
    assert_int_equal(f->fake.held_count, 1);
    answer(f, HAETAE_VERDICT_OK, -1);
    assert_int_equal(counts(f)->delivered, ITEMS);
}

static void no_timeout_waits_for_ever(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 1);
    run_once(f);
    assert_int_equal(hae_sender_wait_ms(&f->destination, now), -1);
    now += UINT32_MAX;
    run_once(f);
    assert_int_equal(f->fake.cancel_count, 0);
}

static void what_cannot_be_cancelled_is_waited_for(void **state)
{
    struct fixture *f = *state;

    f->options.timeout_ms[HAETAE_SIGNAL_TRACES] = TIMEOUT_MS;
    f->fake.ops.cancel = NULL;
    begin(f);
    queue_many(f, 1);
    run_once(f);
    now += 10 * TIMEOUT_MS;
    run_once(f);
    assert_int_equal(hae_sender_wait_ms(&f->destination, now), -1);
    answer(f, HAETAE_VERDICT_OK, -1);
    assert_int_equal(counts(f)->delivered, ITEMS);
}

static void complete_in_cancel(void *self, haetae_delivery *delivery)
{
    (void)self;
    haetae_delivery_complete(delivery, NULL);
}

static void completing_what_is_being_cancelled_does_nothing(void **state)
{
    struct fixture *f = *state;

    f->options.timeout_ms[HAETAE_SIGNAL_TRACES] = TIMEOUT_MS;
    f->fake.ops.cancel = complete_in_cancel;
    begin(f);
    queue_many(f, 2);
    run_once(f);
    f->fake.held_count = 0;
    now += TIMEOUT_MS;
    run_once(f);
    assert_int_equal(counts(f)->held, 2 * ITEMS);
    pass_pause(f);
    assert_int_equal(f->fake.send_count, 2);
    hae_destination_abandon(&f->destination, HAETAE_DROP_SHUTDOWN);
    assert_int_equal(counts(f)->dropped[HAETAE_DROP_SHUTDOWN], 2 * ITEMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENDER_TEST(what_takes_too_long_is_cancelled_and_tried_again),
        SENDER_TEST(each_delivery_has_its_own_timeout),
        SENDER_TEST(no_timeout_waits_for_ever),
        SENDER_TEST(what_cannot_be_cancelled_is_waited_for),
        SENDER_TEST(completing_what_is_being_cancelled_does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
