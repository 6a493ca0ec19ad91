/* SPDX-License-Identifier: Apache-2.0 */
/* One destination with several signals, and flushes. */
#include "sender_harness.h"

/* ---- Several signals ---------------------------------------------------------------------------
 */

static void use_all_signals(struct fixture *f)
{
    f->signals = (1U << HAETAE_SIGNAL_COUNT) - 1;
}

/* Fails traces, accepts the rest. */
static void fail_traces(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery,
                haetae_delivery_signal(delivery) == HAETAE_SIGNAL_TRACES ? HAETAE_VERDICT_RETRY
                                                                         : HAETAE_VERDICT_OK);
}

static void a_signal_that_fails_delays_no_other(void **state)
{
    struct fixture *f = *state;

    use_all_signals(f);
    f->fake.behave = fail_traces;
    begin(f);
    for (int round = 1; round <= 20; round++) {
        queue_signal(f, HAETAE_SIGNAL_TRACES);
        queue_signal(f, HAETAE_SIGNAL_METRICS);
        queue_signal(f, HAETAE_SIGNAL_LOGS);
        run_once(f);
        assert_int_equal(counts_of(f, HAETAE_SIGNAL_METRICS)->delivered, round * ITEMS);
        assert_int_equal(counts_of(f, HAETAE_SIGNAL_LOGS)->delivered, round * ITEMS);
    }
    assert_int_equal(counts(f)->held, 20 * ITEMS);
    assert_int_equal(f->fake.item_count[HAETAE_SIGNAL_TRACES], ITEMS); /* its pause continues */
}

/* A receiver that accepts one signal and asks for a pause of the other. */
static void a_pause_the_receiver_asks_for_is_one_signals(void **state)
{
    struct fixture *f = *state;

    use_all_signals(f);
    begin(f);
    queue_signal(f, HAETAE_SIGNAL_TRACES);
    run_once(f);
    answer(f, HAETAE_VERDICT_RETRY, 5 * MAX_MS);
    queue_signal(f, HAETAE_SIGNAL_LOGS);
    run_once(f);
    assert_int_equal(f->fake.held_count, 1);
    answer(f, HAETAE_VERDICT_OK, -1);
    assert_int_equal(counts_of(f, HAETAE_SIGNAL_LOGS)->delivered, ITEMS);
    /* The success of logs does not end the pause of traces. */
    assert_int_equal(pause_ms(f), 5 * MAX_MS);
    flush_now(f);
    run_once(f);
    assert_int_equal(f->fake.held_count, 0);
}

static void a_signal_that_hangs_leaves_a_place_for_others(void **state)
{
    struct fixture *f = *state;

    use_all_signals(f);
    begin_with(f, 4, 8);
    assert_int_equal(f->fake.held_count, 3);
    queue_signal(f, HAETAE_SIGNAL_LOGS);
    run_once(f);
    assert_int_equal(f->fake.held_count, 4);
    assert_int_equal(haetae_delivery_signal(f->fake.held[3]), HAETAE_SIGNAL_LOGS);
    assert_int_equal(f->fake.under_way_max, 4);
}

static void signals_go_in_the_order_of_their_requests(void **state)
{
    static const haetae_signal signals[] = {HAETAE_SIGNAL_LOGS, HAETAE_SIGNAL_TRACES,
                                            HAETAE_SIGNAL_METRICS, HAETAE_SIGNAL_LOGS};
    struct fixture *f = *state;

    use_all_signals(f);
    begin(f);
    for (int i = 0; i < 4; i++) {
        queue_signal(f, signals[i]);
    }
    for (int i = 0; i < 4; i++) {
        run_once(f);
        assert_int_equal(f->fake.held_count, 1);
        assert_int_equal(haetae_delivery_signal(f->fake.held[0]), signals[i]);
        answer(f, HAETAE_VERDICT_OK, -1);
    }
}

/* ---- Flushes -----------------------------------------------------------------------------------
 */

static void a_flush_tries_everything_once_in_a_pause(void **state)
{
    struct fixture *f = *state;
    uint64_t pause;

    f->fake.behave = fake_fail;
    begin(f);
    queue_many(f, 5);
    run_once(f);
    assert_int_equal(f->fake.send_count, 1);
    pause = pause_ms(f);
    flush_now(f);
    for (int i = 0; i < 10; i++) {
        run_once(f);
    }
    assert_int_equal(f->fake.send_count, 6);
    assert_int_equal(counts(f)->retries, 1);
    assert_int_equal(pause_ms(f), pause); /* it failed as expected */
    f->fake.behave = fake_accept;
    flush_now(f);
    run_once(f);
    assert_int_equal(counts(f)->delivered, 5 * ITEMS);
}

static void a_flush_uses_all_places_in_a_pause(void **state)
{
    struct fixture *f = *state;

    begin_with(f, 4, 8);
    fail_all(f);
    flush_now(f);
    run_once(f);
    assert_int_equal(f->fake.held_count, 4);
    answer(f, HAETAE_VERDICT_RETRY, -1);
    run_once(f);
    assert_int_equal(f->fake.held_count, 4);
    assert_int_equal(f->fake.send_count, 9);
}

/* Frequent flushes in an outage lose nothing. */
static void flushes_give_no_request_up(void **state)
{
    struct fixture *f = *state;

    f->fake.behave = fake_fail;
    begin(f);
    queue_many(f, 20);
    for (int i = 0; i < 2 * ELAPSED_MS / INITIAL_MS; i++) {
        now += INITIAL_MS;
        flush_now(f);
        run_once(f);
        run_once(f);
    }
    assert_int_equal(all_dropped(counts(f)), 0);
    f->fake.behave = fake_accept;
    flush_now(f);
    run_once(f);
    run_once(f);
    assert_int_equal(counts(f)->held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENDER_TEST(a_signal_that_fails_delays_no_other),
        SENDER_TEST(a_pause_the_receiver_asks_for_is_one_signals),
        SENDER_TEST(a_signal_that_hangs_leaves_a_place_for_others),
        SENDER_TEST(signals_go_in_the_order_of_their_requests),
        SENDER_TEST(a_flush_tries_everything_once_in_a_pause),
        SENDER_TEST(a_flush_uses_all_places_in_a_pause),
        SENDER_TEST(flushes_give_no_request_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
