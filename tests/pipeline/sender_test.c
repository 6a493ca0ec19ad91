/* SPDX-License-Identifier: Apache-2.0 */
/* One destination's queues: verdicts, backoff, timeouts. The test moves the clock. */
#include "pipeline/sender.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "recorder/counts.h"
#include "recorder/life.h"
#include "support/core_cmocka.h"
#include "support/fake_exporter.h"

enum { INITIAL_MS = 1000, MAX_MS = 8000, ELAPSED_MS = 60000, TIMEOUT_MS = 500, ITEMS = 10 };

static uint64_t now;

static uint64_t fake_clock_ms(void)
{
    return now;
}

struct fixture {
    struct hae_accounting accounting;
    struct hae_store store;
    struct fake_exporter fake;
    uint32_t signals;
    struct hae_destination destination;
    struct hae_destination_options options;
    struct hae_recorder recorder; /* only counts misuse */
    unsigned split_count;
    long live_before;
};

static enum hae_split_outcome refuse_to_split(void *user, struct hae_export_queue *queue,
                                              struct hae_request *request)
{
    struct fixture *f = user;

    (void)queue;
    (void)request;
    f->split_count++;
    return HAE_SPLIT_ONE_ITEM;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    now = 1000000;
    hae_set_clock_ms(fake_clock_ms);
    f->live_before = hae_alloc_live_count();
    assert_true(hae_accounting_init(&f->accounting));
    f->store.accounting = &f->accounting;
    f->signals = 1U << HAETAE_SIGNAL_TRACES;
    fake_init(&f->fake, "fake", fake_hold);
    f->options.retry = (struct hae_retry){INITIAL_MS, MAX_MS, ELAPSED_MS};
    atomic_init(&f->recorder.life, HAE_LIFE_OVER); /* it has no region to count in */
    f->options.recorder = &f->recorder;
    f->options.split = refuse_to_split;
    f->options.split_user = f;
    *state = f;
    return 0;
}

static void begin(struct fixture *f)
{
    fake_make(&f->fake);
    hae_destination_init(&f->destination, f->fake.exporter, f->signals, &f->options);
}

static uint64_t all_dropped(const struct hae_item_counts *counts)
{
    uint64_t dropped = 0;

    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        dropped += counts->dropped[reason];
    }
    return dropped;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    hae_destination_done(&f->destination);
    assert_int_equal(f->fake.free_count, 1);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        const struct hae_item_counts *counts = &f->accounting.signals[signal];

        assert_int_equal(counts->held, 0);
        assert_int_equal(counts->taken, counts->delivered + all_dropped(counts));
        assert_int_equal(f->store.used_bytes[signal], 0);
        assert_int_equal(f->destination.queues[signal].held_bytes, 0);
    }
    assert_null(f->store.oldest);
    assert_int_equal(hae_alloc_live_count(), f->live_before);
    fake_done(&f->fake);
    hae_accounting_done(&f->accounting);
    hae_set_clock_ms(NULL);
    free(f);
    return 0;
}

static struct hae_item_counts *counts_of(struct fixture *f, haetae_signal signal)
{
    return &f->accounting.signals[signal];
}

static struct hae_item_counts *counts(struct fixture *f)
{
    return counts_of(f, HAETAE_SIGNAL_TRACES);
}

static void queue_signal(struct fixture *f, haetae_signal signal)
{
    struct hae_request *request = hae_request_new(signal, 100);

    assert_non_null(request);
    request->item_count = ITEMS;
    counts_of(f, signal)->taken += ITEMS;
    counts_of(f, signal)->held += ITEMS;
    hae_store_add(&f->store, request);
    assert_true(hae_export_queue_add(&f->destination.queues[signal], request));
}

static void queue_many(struct fixture *f, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        queue_signal(f, HAETAE_SIGNAL_TRACES);
    }
}

static void flush_now(struct fixture *f)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_export_queue_flush_now(&f->destination.queues[signal]);
    }
}

static void run_once(struct fixture *f)
{
    (void)hae_sender_run(&f->destination, now);
}

/* Completes the oldest delivery in flight. */
static void answer(struct fixture *f, haetae_verdict verdict, int64_t retry_after_ms)
{
    haetae_delivery *delivery = f->fake.held[0];
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = (int32_t)verdict,
                                          .retry_after_ms = retry_after_ms);

    assert_true(f->fake.held_count > 0);
    f->fake.held_count--;
    memmove(f->fake.held, f->fake.held + 1, f->fake.held_count * sizeof f->fake.held[0]);
    fake_answer_with(&f->fake, delivery, &result);
}

/* The rest of the sender's pause, as the sender reports it. */
static uint64_t pause_ms(struct fixture *f)
{
    int64_t wait = hae_sender_wait_ms(&f->destination, now);

    assert_true(wait >= 0);
    return (uint64_t)wait;
}

/* Lets the pause pass, and checks that nothing is sent just before its end. */
static void pass_pause(struct fixture *f)
{
    uint64_t wait = pause_ms(f);
    uint64_t sends = f->fake.send_count;

    if (wait > 0) {
        now += wait - 1;
        run_once(f);
        assert_int_equal(f->fake.send_count, sends);
        now++;
    }
    run_once(f);
}

/* ---- Verdicts ------------------------------------------------------------------------------ */

static void accepted_items_are_delivered(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 1);
    run_once(f);
    assert_int_equal(f->fake.send_count, 1);
    assert_int_equal(counts(f)->sent_bytes, 100);
    assert_int_equal(counts(f)->held, ITEMS);
    answer(f, HAETAE_VERDICT_OK, -1);
    assert_int_equal(counts(f)->delivered, ITEMS);
    assert_int_equal(counts(f)->held, 0);
    assert_int_equal(counts(f)->retries, 0);
}

static void rejected_items_are_dropped_and_never_more_than_there_were(void **state)
{
    struct fixture *f = *state;
    haetae_result result = HAETAE_OPTIONS(haetae_result, .rejected_count = 3);

    begin(f);
    queue_many(f, 2);
    run_once(f);
    f->fake.held_count = 0;
    haetae_delivery_complete(f->fake.held[0], &result);
    assert_int_equal(counts(f)->delivered, ITEMS - 3);
    assert_int_equal(counts(f)->dropped[HAETAE_DROP_REJECTED], 3);
    result.rejected_count = UINT64_MAX;
    run_once(f);
    f->fake.held_count = 0;
    haetae_delivery_complete(f->fake.held[0], &result);
    assert_int_equal(counts(f)->delivered, ITEMS - 3);
    assert_int_equal(counts(f)->dropped[HAETAE_DROP_REJECTED], 3 + ITEMS);
}

static void refused_items_are_dropped_and_the_next_go_on_at_once(void **state)
{
    struct fixture *f = *state;

    f->fake.behave = fake_refuse;
    begin(f);
    queue_many(f, 3);
    run_once(f);
    assert_int_equal(f->fake.send_count, 3);
    assert_int_equal(counts(f)->dropped[HAETAE_DROP_REJECTED], 3 * ITEMS);
}

static void too_large_is_dropped_when_it_cannot_be_split(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 1);
    run_once(f);
    answer(f, HAETAE_VERDICT_TOO_LARGE, -1);
    assert_int_equal(f->split_count, 1);
    assert_int_equal(counts(f)->dropped[HAETAE_DROP_TOO_LARGE], ITEMS);
}

static void unknown_results_count_as_retry(void **state)
{
    struct fixture *f = *state;
    haetae_result strange = HAETAE_OPTIONS(haetae_result, .verdict = 99);
    haetae_result old = {.struct_size = 1, .verdict = HAETAE_VERDICT_OK};
    const haetae_result *results[] = {NULL, &strange, &old};

    begin(f);
    queue_many(f, 1);
    for (unsigned i = 0; i < 3; i++) {
        pass_pause(f);
        assert_int_equal(f->fake.send_count, i + 1);
        assert_int_equal(haetae_delivery_attempt(f->fake.held[0]), i);
        f->fake.held_count = 0;
        haetae_delivery_complete(f->fake.held[0], results[i]);
        assert_int_equal(counts(f)->held, ITEMS);
    }
    haetae_delivery_complete(NULL, &strange);
    assert_int_equal(f->recorder.misuse[HAETAE_MISUSE_ARGUMENT], 1);
}

static void retries_keep_the_order(void **state)
{
    struct fixture *f = *state;
    const uint8_t *first;

    begin(f);
    queue_many(f, 3);
    run_once(f);
    first = haetae_delivery_data(f->fake.held[0]);
    haetae_delivery_set_user(f->fake.held[0], f);
    answer(f, HAETAE_VERDICT_RETRY, -1);
    pass_pause(f);
    assert_ptr_equal(haetae_delivery_data(f->fake.held[0]), first);
    assert_null(haetae_delivery_user(f->fake.held[0]));
    assert_int_equal(counts(f)->retries, 1);
}

/* ---- Backoff ------------------------------------------------------------------------------- */

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

    f->fake.ops.max_in_flight = 4;
    begin(f);
    queue_many(f, 8);
    run_once(f);
    assert_int_equal(f->fake.held_count, 4);
    while (f->fake.held_count > 0) {
        answer(f, HAETAE_VERDICT_RETRY, -1);
    }
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

    f->fake.ops.max_in_flight = 8;
    begin(f);
    queue_many(f, 8);
    run_once(f);
    while (f->fake.held_count > 0) {
        answer(f, HAETAE_VERDICT_RETRY, -1);
    }
    assert_in_range(pause_ms(f), INITIAL_MS / 2, INITIAL_MS);
}

/* A request sent before a failure that succeeds after it does not show that the receiver is back.
 */
static void an_older_success_does_not_end_the_pause(void **state)
{
    struct fixture *f = *state;

    f->fake.ops.max_in_flight = 2;
    begin(f);
    queue_many(f, 4);
    run_once(f);
    answer(f, HAETAE_VERDICT_RETRY, 3 * MAX_MS);
    answer(f, HAETAE_VERDICT_OK, -1);
    assert_int_equal(pause_ms(f), 3 * MAX_MS);
    pass_pause(f);
    assert_int_equal(f->fake.held_count, 1);
}

static void any_answer_shows_that_the_receiver_is_back(void **state)
{
    struct fixture *f = *state;

    f->fake.ops.max_in_flight = 2;
    begin(f);
    queue_many(f, 4);
    run_once(f);
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

/* ---- Several signals ------------------------------------------------------------------------ */

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
    f->fake.ops.max_in_flight = 4;
    begin(f);
    queue_many(f, 8);
    run_once(f);
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

/* ---- One request that always fails ---------------------------------------------------------- */

/* Fails the request whose bytes `fake->user` points to. */
static void fail_one(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery,
                haetae_delivery_data(delivery) == fake->user ? HAETAE_VERDICT_RETRY
                                                             : HAETAE_VERDICT_OK);
}

/* Lets time pass in steps of the smallest pause. */
static void pass_time(struct fixture *f, uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += INITIAL_MS / 10) {
        now += INITIAL_MS / 10;
        run_once(f);
    }
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

/* ---- Flushes -------------------------------------------------------------------------------- */

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

    f->fake.ops.max_in_flight = 4;
    begin(f);
    queue_many(f, 8);
    run_once(f);
    while (f->fake.held_count > 0) {
        answer(f, HAETAE_VERDICT_RETRY, -1);
    }
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

/* ---- Timeouts ------------------------------------------------------------------------------- */

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
    f->fake.ops.max_in_flight = 2;
    begin(f);
    queue_many(f, 1);
    run_once(f);
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

/* ---- Other behaviour
 * -------------------------------------------------------------------------------- */

static void an_exporter_steps_though_nothing_is_under_way(void **state)
{
    struct fixture *f = *state;

    begin(f);
    run_once(f);
    assert_int_equal(f->fake.step_count, 1);
}

static void no_more_is_under_way_than_the_exporter_takes(void **state)
{
    struct fixture *f = *state;

    f->fake.ops.max_in_flight = 3;
    begin(f);
    queue_many(f, 5);
    run_once(f);
    run_once(f);
    assert_int_equal(f->fake.held_count, 3);
    assert_int_equal(hae_sender_wait_ms(&f->destination, now), -1);
}

static void an_exporter_of_the_first_version_works(void **state)
{
    struct fixture *f = *state;

    f->fake.ops.struct_size = haetae_exporter_ops_size_v1;
    f->fake.behave = fake_accept;
    begin(f);
    queue_many(f, 1);
    run_once(f);
    assert_int_equal(counts(f)->delivered, ITEMS);
}

static void abandoned_deliveries_are_cancelled_and_counted(void **state)
{
    struct fixture *f = *state;

    f->fake.ops.max_in_flight = 2;
    begin(f);
    queue_many(f, 5);
    run_once(f);
    hae_destination_abandon(&f->destination, HAETAE_DROP_SHUTDOWN);
    assert_int_equal(f->fake.cancel_count, 2);
    assert_int_equal(counts(f)->dropped[HAETAE_DROP_SHUTDOWN], 5 * ITEMS);
}

static void a_queue_without_memory_takes_nothing(void **state)
{
    struct fixture *f = *state;
    struct hae_request *request;

    begin(f);
    request = hae_request_new(HAETAE_SIGNAL_TRACES, 1);
    assert_non_null(request);
    hae_store_add(&f->store, request);
    hae_request_open(request);
    hae_alloc_fail_after(0);
    assert_false(hae_export_queue_add(&f->destination.queues[HAETAE_SIGNAL_TRACES], request));
    hae_alloc_fail_after(-1);
    assert_int_equal(request->reference_count, 1);
    hae_request_close(request);
    hae_request_unref(request, 0, HAETAE_DROP_QUEUE_FULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(accepted_items_are_delivered),
        TEST(rejected_items_are_dropped_and_never_more_than_there_were),
        TEST(refused_items_are_dropped_and_the_next_go_on_at_once),
        TEST(too_large_is_dropped_when_it_cannot_be_split),
        TEST(unknown_results_count_as_retry),
        TEST(retries_keep_the_order),
        TEST(backoff_doubles_up_to_its_maximum_with_jitter),
        TEST(a_longer_pause_that_the_receiver_asks_for_is_respected),
        TEST(an_endless_pause_that_the_receiver_asks_for_does_no_harm),
        TEST(after_a_failure_one_probe_is_under_way),
        TEST(failing_together_counts_once),
        TEST(an_older_success_does_not_end_the_pause),
        TEST(any_answer_shows_that_the_receiver_is_back),
        TEST(what_keeps_failing_is_given_up),
        TEST(giving_up_keeps_the_pause),
        TEST(a_flush_ends_our_pause_but_not_the_receivers),
        TEST(a_signal_that_fails_delays_no_other),
        TEST(a_pause_the_receiver_asks_for_is_one_signals),
        TEST(a_signal_that_hangs_leaves_a_place_for_others),
        TEST(signals_go_in_the_order_of_their_requests),
        TEST(those_behind_a_request_that_always_fails_pass_it),
        TEST(a_request_that_fails_alone_is_not_tried_more_often),
        TEST(in_an_outage_requests_take_turns),
        TEST(a_flush_tries_everything_once_in_a_pause),
        TEST(a_flush_uses_all_places_in_a_pause),
        TEST(flushes_give_no_request_up),
        TEST(what_takes_too_long_is_cancelled_and_tried_again),
        TEST(each_delivery_has_its_own_timeout),
        TEST(no_timeout_waits_for_ever),
        TEST(what_cannot_be_cancelled_is_waited_for),
        TEST(completing_what_is_being_cancelled_does_nothing),
        TEST(an_exporter_steps_though_nothing_is_under_way),
        TEST(no_more_is_under_way_than_the_exporter_takes),
        TEST(an_exporter_of_the_first_version_works),
        TEST(abandoned_deliveries_are_cancelled_and_counted),
        TEST(a_queue_without_memory_takes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
