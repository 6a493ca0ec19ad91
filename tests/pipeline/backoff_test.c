/* SPDX-License-Identifier: Apache-2.0 */
/* When one destination's queues try again. */
#include "sender_harness.h"

/* ---- Backoff -----------------------------------------------------------------------------------
 */

static void backoff_doubles_up_to_its_maximum_with_jitter(void **state)
{
    struct fixture *f = *state;
    uint64_t step = INITIAL_MS;
    bool varies = false;

    f->options.retry.elapsed_ms = 0;
    begin(f);
    queue_many(f, 1);
    for (int i = 0; i < 30; i++) {
        pass_pause(f);
        answer(f, HAETAE_VERDICT_RETRY, -1);
        assert_in_range(pause_ms(f), step / 2, step);
        varies |= step == MAX_MS && pause_ms(f) < step * 9 / 10;
        step = step * 2 < MAX_MS ? step * 2 : MAX_MS;
    }
    assert_true(varies);
    assert_int_equal(counts(f)->retries, 29);
}

static void a_longer_pause_that_the_receiver_asks_for_is_respected(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 1);
    run_once(f);
    answer(f, HAETAE_VERDICT_RETRY, 5 * MAX_MS);
    assert_int_equal(pause_ms(f), 5 * MAX_MS);
    pass_pause(f);
    answer(f, HAETAE_VERDICT_RETRY, 1);
    assert_in_range(pause_ms(f), INITIAL_MS, 2 * INITIAL_MS);
}

static void an_endless_pause_that_the_receiver_asks_for_does_no_harm(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 2);
    run_once(f);
    answer(f, HAETAE_VERDICT_RETRY, INT64_MAX);
    assert_true(pause_ms(f) > UINT32_MAX);
    run_once(f);
    assert_int_equal(f->fake.send_count, 1);
    assert_int_equal(counts(f)->held, 2 * ITEMS);
}

static void after_a_failure_one_probe_is_under_way(void **state)
{
    struct fixture *f = *state;

    begin_with(f, 4, 8);
    assert_int_equal(f->fake.held_count, 4);
    fail_all(f);
    pass_pause(f);
    assert_int_equal(f->fake.held_count, 1);
    now += 100 * MAX_MS;
    run_once(f);
    assert_int_equal(f->fake.held_count, 1);
    answer(f, HAETAE_VERDICT_OK, -1);
    run_once(f);
    assert_int_equal(f->fake.held_count, 4);
    assert_int_equal(f->fake.under_way_max, 4);
}

static void failing_together_counts_once(void **state)
{
    struct fixture *f = *state;

    begin_with(f, 8, 8);
    fail_all(f);
    assert_in_range(pause_ms(f), INITIAL_MS / 2, INITIAL_MS);
}

/* A request sent before a failure that succeeds after it does not show that the receiver is back.
 */
static void an_older_success_does_not_end_the_pause(void **state)
{
    struct fixture *f = *state;

    begin_with(f, 2, 4);
    answer(f, HAETAE_VERDICT_RETRY, 3 * MAX_MS);
    answer(f, HAETAE_VERDICT_OK, -1);
    assert_int_equal(pause_ms(f), 3 * MAX_MS);
    pass_pause(f);
    assert_int_equal(f->fake.held_count, 1);
}

static void any_answer_shows_that_the_receiver_is_back(void **state)
{
    struct fixture *f = *state;

    begin_with(f, 2, 4);
    answer(f, HAETAE_VERDICT_RETRY, -1);
    answer(f, HAETAE_VERDICT_RETRY, -1);
    pass_pause(f);
    answer(f, HAETAE_VERDICT_DROP, -1);
    run_once(f);
    assert_int_equal(f->fake.held_count, 2);
}

static void what_keeps_failing_is_given_up(void **state)
{
    struct fixture *f = *state;
    uint64_t first_try = now;

    begin(f);
    queue_many(f, 1);
    run_once(f);
    while (counts(f)->held != 0) {
        assert_true(now < first_try + ELAPSED_MS + MAX_MS);
        answer(f, HAETAE_VERDICT_RETRY, -1);
        if (counts(f)->held != 0) {
            pass_pause(f);
        }
    }
    assert_true(now >= first_try + ELAPSED_MS);
    assert_int_equal(counts(f)->dropped[HAETAE_DROP_RETRIES], ITEMS);
}

/* When one request is given up, the next one still waits for the pause. */
static void giving_up_keeps_the_pause(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 2);
    run_once(f);
    now += ELAPSED_MS;
    answer(f, HAETAE_VERDICT_RETRY, -1);
    assert_int_equal(counts(f)->dropped[HAETAE_DROP_RETRIES], ITEMS);
    run_once(f);
    assert_int_equal(f->fake.send_count, 1);
    pass_pause(f);
    assert_int_equal(f->fake.send_count, 2);
}

static void a_flush_ends_our_pause_but_not_the_receivers(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 1);
    run_once(f);
    answer(f, HAETAE_VERDICT_RETRY, -1);
    flush_now(f);
    run_once(f);
    assert_int_equal(f->fake.send_count, 2);
    answer(f, HAETAE_VERDICT_RETRY, MAX_MS * 2);
    flush_now(f);
    assert_int_equal(pause_ms(f), MAX_MS * 2);
}

/* ---- One request that always fails -------------------------------------------------------------
 */

/* Fails the request whose bytes `fake->user` points to. */
static void fail_one(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery,
                haetae_delivery_data(delivery) == fake->user ? HAETAE_VERDICT_RETRY
                                                             : HAETAE_VERDICT_OK);
}

static void those_behind_a_request_that_always_fails_pass_it(void **state)
{
    struct fixture *f = *state;
    uint64_t first_try = now;

    f->fake.behave = fail_one;
    begin(f);
    queue_many(f, 10);
    f->fake.user = f->store.oldest->data;
    run_once(f);
    assert_int_equal(counts(f)->delivered, 0);
    pass_time(f, 4 * INITIAL_MS);
    assert_int_equal(counts(f)->delivered, 9 * ITEMS);
    /* From now on the request waits by itself. */
    while (now < first_try + ELAPSED_MS) {
        uint64_t delivered = counts(f)->delivered;

        queue_many(f, 1);
        run_once(f);
        assert_int_equal(counts(f)->delivered, delivered + ITEMS);
        pass_time(f, INITIAL_MS / 2);
    }
    pass_time(f, 2 * MAX_MS);
    assert_int_equal(counts(f)->held, 0);
    assert_int_equal(counts(f)->dropped[HAETAE_DROP_RETRIES], ITEMS);
    assert_true(counts(f)->retries > 4);
}

/* Without other requests to compare with, its failures pause the queue. */
static void a_request_that_fails_alone_is_not_tried_more_often(void **state)
{
    struct fixture *f = *state;

    f->fake.behave = fail_one;
    f->options.retry.elapsed_ms = 0;
    begin(f);
    queue_many(f, 2);
    f->fake.user = f->store.oldest->data;
    pass_time(f, 4 * INITIAL_MS);
    assert_int_equal(counts(f)->delivered, ITEMS);
    f->fake.send_count = 0;
    pass_time(f, 10 * MAX_MS);
    assert_in_range(f->fake.send_count, 10, 30);
}

/* In an outage no request is tried so often that it is given up before the others. */
static void in_an_outage_requests_take_turns(void **state)
{
    struct fixture *f = *state;

    f->fake.behave = fake_fail;
    begin(f);
    queue_many(f, 100);
    pass_time(f, ELAPSED_MS * 2);
    assert_int_equal(all_dropped(counts(f)), 0);
    f->fake.behave = fake_accept;
    pass_time(f, MAX_MS);
    assert_int_equal(counts(f)->delivered, 100 * ITEMS);
}

/* ---- A full queue ---------------------------------------------------------------------------- */

static void while_nothing_more_has_room_tries_come_every_five_seconds(void **state)
{
    struct fixture *f = *state;
    uint64_t sends;

    f->options.retry = (struct hae_retry){30000, 30000, 0};
    f->fake.behave = fake_fail;
    begin(f);
    queue_many(f, 5);
    run_once(f);
    assert_in_range(pause_ms(f), 15000, 30000);
    f->store.is_full[HAETAE_SIGNAL_TRACES] = true;
    sends = f->fake.send_count;
    for (int i = 1; i <= 20; i++) {
        assert_int_equal(pause_ms(f), HAE_FULL_PAUSE_MS);
        pass_pause(f);
        assert_int_equal(f->fake.send_count, sends + (uint64_t)i);
    }
    /* The receiver's word counts for more. */
    f->fake.behave = fake_hold;
    pass_pause(f);
    answer(f, HAETAE_VERDICT_RETRY, 20000);
    assert_int_equal(pause_ms(f), 20000);
}

/* A receiver that takes connections, and is silent. */
static void while_nothing_more_has_room_a_try_that_hangs_does_not_stop_others(void **state)
{
    struct fixture *f = *state;

    f->options.retry = (struct hae_retry){1, 1, 0};
    begin_with(f, 4, 8);
    fail_all(f);
    now += 10;
    run_once(f);
    assert_int_equal(f->fake.held_count, 1);
    assert_int_equal(hae_sender_wait_ms(&f->destination, now), -1);
    f->store.is_full[HAETAE_SIGNAL_TRACES] = true;
    for (size_t hanging = 2; hanging <= 4; hanging++) {
        assert_int_equal(pause_ms(f), HAE_FULL_PAUSE_MS);
        pass_pause(f);
        assert_int_equal(f->fake.held_count, hanging);
    }
    assert_int_equal(hae_sender_wait_ms(&f->destination, now), -1); /* there are no more places */
}

/* The end of a try that hung says nothing of when the next one is due. */
static void while_nothing_more_has_room_tries_that_hang_follow_in_five_seconds(void **state)
{
    enum { STEP_MS = 100 };
    struct fixture *f = *state;
    uint64_t sends;
    uint64_t sent_ms;

    f->options.retry = (struct hae_retry){30000, 30000, 0};
    f->options.timeout_ms[HAETAE_SIGNAL_TRACES] = 2 * HAE_FULL_PAUSE_MS;
    begin_with(f, 4, 8);
    fail_all(f);
    f->store.is_full[HAETAE_SIGNAL_TRACES] = true;
    sends = f->fake.send_count;
    sent_ms = now;
    for (int i = 0; i < 100 * 1000 / STEP_MS; i++) {
        now += STEP_MS;
        run_once(f);
        if (f->fake.send_count != sends) {
            assert_int_equal(f->fake.send_count, sends + 1);
            sends++;
            sent_ms = now;
        }
        assert_true(now - sent_ms < HAE_FULL_PAUSE_MS);
    }
    assert_int_equal(sends, 4 + 100 * 1000 / HAE_FULL_PAUSE_MS);
}

static void a_queue_with_room_keeps_to_its_pause(void **state)
{
    struct fixture *f = *state;

    f->options.retry = (struct hae_retry){30000, 30000, 0};
    f->fake.behave = fake_fail;
    begin(f);
    queue_many(f, 2);
    f->store.is_full[HAETAE_SIGNAL_LOGS] = true; /* another signal */
    run_once(f);
    assert_in_range(pause_ms(f), 15000, 30000);
}

/* One answer, and everything goes that there is a place for. */
static void the_first_answer_releases_all_that_waits(void **state)
{
    struct fixture *f = *state;

    f->fake.behave = fake_fail;
    f->fake.ops.max_in_flight = 4;
    f->options.retry.elapsed_ms = 0;
    begin(f);
    queue_many(f, 16);
    pass_time(f, 20 * MAX_MS);
    f->fake.behave = fake_hold;
    pass_pause(f);
    assert_int_equal(f->fake.held_count, 1);
    answer(f, HAETAE_VERDICT_OK, -1);
    f->fake.behave = fake_accept;
    run_once(f);
    assert_int_equal(counts(f)->delivered, 16 * ITEMS);
}

/* ---- The table in docs/config.md --------------------------------------------------------------
 */

/* Each pause is between half of its step and all of it, and never beyond the longest; only a
 * receiver that asks for more gets more. */
static void pauses_keep_to_what_is_configured(void **state)
{
    static const struct hae_retry configured[] = {{100, 100000, 0}, {5000, 1000, 0}, {1, 1, 0}};
    struct fixture *f = *state;

    begin(f);
    for (size_t i = 0; i < sizeof configured / sizeof configured[0]; i++) {
        const struct hae_retry *retry = &configured[i];
        uint64_t step = retry->initial_ms < retry->max_ms ? retry->initial_ms : retry->max_ms;
        struct hae_backoff backoff = {0, 0, false, 0, {0, 0}};
        struct hae_random random = {1, 2};
        struct hae_pause own = {0, 0};

        for (int failure = 0; failure < 30; failure++) {
            struct hae_failure how = {backoff.round, 0, false, now, -1};

            hae_backoff_failed(&backoff, retry, &how, &random, &own);
            assert_in_range(backoff.pause.until_ms - now, step - step / 2, step);
            now = backoff.pause.until_ms;
            step = 2 * step < retry->max_ms ? 2 * step : retry->max_ms;
        }
        hae_backoff_failed(&backoff, retry,
                           &(struct hae_failure){backoff.round, 0, false, now, 600000}, &random,
                           &own);
        assert_int_equal(backoff.pause.until_ms - now, 600000);
        assert_int_equal(own.until_ms, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENDER_TEST(backoff_doubles_up_to_its_maximum_with_jitter),
        SENDER_TEST(a_longer_pause_that_the_receiver_asks_for_is_respected),
        SENDER_TEST(an_endless_pause_that_the_receiver_asks_for_does_no_harm),
        SENDER_TEST(after_a_failure_one_probe_is_under_way),
        SENDER_TEST(failing_together_counts_once),
        SENDER_TEST(an_older_success_does_not_end_the_pause),
        SENDER_TEST(any_answer_shows_that_the_receiver_is_back),
        SENDER_TEST(what_keeps_failing_is_given_up),
        SENDER_TEST(giving_up_keeps_the_pause),
        SENDER_TEST(a_flush_ends_our_pause_but_not_the_receivers),
        SENDER_TEST(those_behind_a_request_that_always_fails_pass_it),
        SENDER_TEST(a_request_that_fails_alone_is_not_tried_more_often),
        SENDER_TEST(in_an_outage_requests_take_turns),
        SENDER_TEST(while_nothing_more_has_room_tries_come_every_five_seconds),
        SENDER_TEST(while_nothing_more_has_room_a_try_that_hangs_does_not_stop_others),
        SENDER_TEST(while_nothing_more_has_room_tries_that_hang_follow_in_five_seconds),
        SENDER_TEST(a_queue_with_room_keeps_to_its_pause),
        SENDER_TEST(the_first_answer_releases_all_that_waits),
        SENDER_TEST(pauses_keep_to_what_is_configured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
