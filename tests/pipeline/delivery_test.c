/* SPDX-License-Identifier: Apache-2.0 */
/* One exporter's queue: verdicts, backoff, timeouts. The clock is the test's. */
#include "pipeline/delivery.h"

#include "base/alloc.h"
#include "support/core_cmocka.h"
#include "support/fake_exporter.h"

enum { INITIAL_MS = 1000, MAX_MS = 8000, ELAPSED_MS = 60000, TIMEOUT_MS = 500, ITEMS = 10 };

static uint64_t now;

static uint64_t fake_clock_ms(void)
{
    return now;
}

struct fixture {
    struct hae_account account;
    struct fake_exporter fake;
    struct hae_outlet out;
    struct hae_outlet_options options;
    unsigned split_count;
    long live_before;
};

static hae_split_outcome refuse_to_split(void *user, struct hae_outlet *out,
                                         struct hae_request *request)
{
    struct fixture *f = user;

    (void)out;
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
    pthread_mutex_init(&f->account.lock, NULL);
    fake_init(&f->fake, "fake", fake_hold);
    f->options.retry = (struct hae_retry){INITIAL_MS, MAX_MS, ELAPSED_MS};
    f->options.split = refuse_to_split;
    f->options.split_user = f;
    *state = f;
    return 0;
}

static void begin(struct fixture *f)
{
    fake_make(&f->fake);
    hae_outlet_init(&f->out, f->fake.exporter, &f->options);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    const struct hae_ledger *ledger = &f->account.signals[HAETAE_SIGNAL_TRACES];

    hae_outlet_done(&f->out);
    assert_int_equal(f->fake.free_count, 1);
    assert_int_equal(ledger->held, 0);
    assert_null(f->account.oldest);
    assert_int_equal(f->account.queued_bytes[HAETAE_SIGNAL_TRACES], 0);
    assert_int_equal(hae_alloc_live_count(), f->live_before);
    fake_done(&f->fake);
    pthread_mutex_destroy(&f->account.lock);
    hae_set_clock_ms(NULL);
    free(f);
    return 0;
}

static struct hae_ledger *ledger(struct fixture *f)
{
    return &f->account.signals[HAETAE_SIGNAL_TRACES];
}

static struct hae_request *queue_one(struct fixture *f)
{
    struct hae_request *request = hae_request_new(HAETAE_SIGNAL_TRACES, 100);

    assert_non_null(request);
    request->item_count = ITEMS;
    ledger(f)->taken += ITEMS;
    ledger(f)->held += ITEMS;
    hae_request_track(request, &f->account);
    assert_true(hae_outlet_queue(&f->out, request));
    return request;
}

static void queue_many(struct fixture *f, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        (void)queue_one(f);
    }
}

static void turn(struct fixture *f)
{
    (void)hae_outlet_turn(&f->out, now);
}

/* Completes the oldest of those under way. */
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

/* How long the outlet pauses from now on, as it says itself. */
static uint64_t pause_ms(struct fixture *f)
{
    int64_t wait = hae_outlet_wait_ms(&f->out, now);

    assert_true(wait >= 0);
    return (uint64_t)wait;
}

/* Lets the pause pass, and checks that nothing was sent a moment before its end. */
static void pass_pause(struct fixture *f)
{
    uint64_t wait = pause_ms(f);
    uint64_t sends = f->fake.send_count;

    if (wait > 0) {
        now += wait - 1;
        turn(f);
        assert_int_equal(f->fake.send_count, sends);
        now++;
    }
    turn(f);
}

/* ---- Verdicts ------------------------------------------------------------------------------ */

static void accepted_items_are_delivered(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 1);
    turn(f);
    assert_int_equal(f->fake.send_count, 1);
    assert_int_equal(ledger(f)->sent_bytes, 100);
    assert_int_equal(ledger(f)->held, ITEMS);
    answer(f, HAETAE_VERDICT_OK, -1);
    assert_int_equal(ledger(f)->delivered, ITEMS);
    assert_int_equal(ledger(f)->held, 0);
    assert_int_equal(ledger(f)->retries, 0);
}

static void rejected_items_are_dropped_and_never_more_than_there_were(void **state)
{
    struct fixture *f = *state;
    haetae_result result = HAETAE_OPTIONS(haetae_result, .rejected_count = 3);

    begin(f);
    queue_many(f, 2);
    turn(f);
    f->fake.held_count = 0;
    haetae_delivery_complete(f->fake.held[0], &result);
    assert_int_equal(ledger(f)->delivered, ITEMS - 3);
    assert_int_equal(ledger(f)->dropped[HAETAE_DROP_REJECTED], 3);
    result.rejected_count = UINT64_MAX;
    turn(f);
    f->fake.held_count = 0;
    haetae_delivery_complete(f->fake.held[0], &result);
    assert_int_equal(ledger(f)->delivered, ITEMS - 3);
    assert_int_equal(ledger(f)->dropped[HAETAE_DROP_REJECTED], 3 + ITEMS);
}

static void refused_items_are_dropped_and_the_next_go_on_at_once(void **state)
{
    struct fixture *f = *state;

    f->fake.behave = fake_refuse;
    begin(f);
    queue_many(f, 3);
    turn(f);
    assert_int_equal(f->fake.send_count, 3);
    assert_int_equal(ledger(f)->dropped[HAETAE_DROP_REJECTED], 3 * ITEMS);
}

static void too_large_is_dropped_when_it_cannot_be_split(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 1);
    turn(f);
    answer(f, HAETAE_VERDICT_TOO_LARGE, -1);
    assert_int_equal(f->split_count, 1);
    assert_int_equal(ledger(f)->dropped[HAETAE_DROP_TOO_LARGE], ITEMS);
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
        assert_int_equal(ledger(f)->held, ITEMS);
    }
    haetae_delivery_complete(NULL, &strange);
}

static void retries_keep_the_order(void **state)
{
    struct fixture *f = *state;
    const uint8_t *first;

    begin(f);
    queue_many(f, 3);
    turn(f);
    first = haetae_delivery_data(f->fake.held[0]);
    haetae_delivery_set_user(f->fake.held[0], f);
    answer(f, HAETAE_VERDICT_RETRY, -1);
    pass_pause(f);
    assert_ptr_equal(haetae_delivery_data(f->fake.held[0]), first);
    assert_null(haetae_delivery_user(f->fake.held[0]));
    assert_int_equal(ledger(f)->retries, 1);
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
    assert_int_equal(ledger(f)->retries, 29);
}

static void a_longer_wish_of_the_receiver_is_respected(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 1);
    turn(f);
    answer(f, HAETAE_VERDICT_RETRY, 5 * MAX_MS);
    assert_int_equal(pause_ms(f), 5 * MAX_MS);
    pass_pause(f);
    answer(f, HAETAE_VERDICT_RETRY, 1);
    assert_in_range(pause_ms(f), INITIAL_MS, 2 * INITIAL_MS);
}

static void an_endless_wish_of_the_receiver_does_no_harm(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 2);
    turn(f);
    answer(f, HAETAE_VERDICT_RETRY, INT64_MAX);
    assert_true(pause_ms(f) > UINT32_MAX);
    turn(f);
    assert_int_equal(f->fake.send_count, 1);
    assert_int_equal(ledger(f)->held, 2 * ITEMS);
}

static void after_a_failure_one_probe_is_under_way(void **state)
{
    struct fixture *f = *state;

    f->fake.ops.max_in_flight = 4;
    begin(f);
    queue_many(f, 8);
    turn(f);
    assert_int_equal(f->fake.held_count, 4);
    while (f->fake.held_count > 0) {
        answer(f, HAETAE_VERDICT_RETRY, -1);
    }
    pass_pause(f);
    assert_int_equal(f->fake.held_count, 1);
    now += 100 * MAX_MS;
    turn(f);
    assert_int_equal(f->fake.held_count, 1);
    answer(f, HAETAE_VERDICT_OK, -1);
    turn(f);
    assert_int_equal(f->fake.held_count, 4);
    assert_int_equal(f->fake.under_way_max, 4);
}

static void failing_together_counts_once(void **state)
{
    struct fixture *f = *state;

    f->fake.ops.max_in_flight = 8;
    begin(f);
    queue_many(f, 8);
    turn(f);
    while (f->fake.held_count > 0) {
        answer(f, HAETAE_VERDICT_RETRY, -1);
    }
    assert_in_range(pause_ms(f), INITIAL_MS / 2, INITIAL_MS);
}

/* What was sent before a failure and ends well after it is no sign of recovery. */
static void an_older_success_does_not_end_the_pause(void **state)
{
    struct fixture *f = *state;

    f->fake.ops.max_in_flight = 2;
    begin(f);
    queue_many(f, 4);
    turn(f);
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
    turn(f);
    answer(f, HAETAE_VERDICT_RETRY, -1);
    answer(f, HAETAE_VERDICT_RETRY, -1);
    pass_pause(f);
    answer(f, HAETAE_VERDICT_DROP, -1);
    turn(f);
    assert_int_equal(f->fake.held_count, 2);
}

static void what_keeps_failing_is_given_up(void **state)
{
    struct fixture *f = *state;
    uint64_t first_try = now;

    begin(f);
    queue_many(f, 1);
    turn(f);
    while (ledger(f)->held != 0) {
        assert_true(now < first_try + ELAPSED_MS + MAX_MS);
        answer(f, HAETAE_VERDICT_RETRY, -1);
        if (ledger(f)->held != 0) {
            pass_pause(f);
        }
    }
    assert_true(now >= first_try + ELAPSED_MS);
    assert_int_equal(ledger(f)->dropped[HAETAE_DROP_RETRIES], ITEMS);
}

/* Giving one up does not let the next at the receiver. */
static void giving_up_keeps_the_pause(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 2);
    turn(f);
    now += ELAPSED_MS;
    answer(f, HAETAE_VERDICT_RETRY, -1);
    assert_int_equal(ledger(f)->dropped[HAETAE_DROP_RETRIES], ITEMS);
    turn(f);
    assert_int_equal(f->fake.send_count, 1);
    pass_pause(f);
    assert_int_equal(f->fake.send_count, 2);
}

static void hurry_ends_our_pause_but_not_the_receivers(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 1);
    turn(f);
    answer(f, HAETAE_VERDICT_RETRY, -1);
    hae_outlet_hurry(&f->out);
    turn(f);
    assert_int_equal(f->fake.send_count, 2);
    answer(f, HAETAE_VERDICT_RETRY, MAX_MS * 2);
    hae_outlet_hurry(&f->out);
    assert_int_equal(pause_ms(f), MAX_MS * 2);
}

/* ---- Timeouts ------------------------------------------------------------------------------- */

static void what_takes_too_long_is_cancelled_and_tried_again(void **state)
{
    struct fixture *f = *state;

    f->options.timeout_ms[HAETAE_SIGNAL_TRACES] = TIMEOUT_MS;
    begin(f);
    queue_many(f, 1);
    turn(f);
    assert_int_equal(hae_outlet_wait_ms(&f->out, now), TIMEOUT_MS);
    now += TIMEOUT_MS - 1;
    turn(f);
    assert_int_equal(f->fake.cancel_count, 0);
    now++;
    turn(f);
    assert_int_equal(f->fake.cancel_count, 1);
    assert_int_equal(f->fake.send_count, 1);
    pass_pause(f);
    assert_int_equal(f->fake.send_count, 2);
    answer(f, HAETAE_VERDICT_OK, -1);
    assert_int_equal(ledger(f)->delivered, ITEMS);
}

static void each_delivery_has_its_own_timeout(void **state)
{
    struct fixture *f = *state;

    f->options.timeout_ms[HAETAE_SIGNAL_TRACES] = TIMEOUT_MS;
    f->fake.ops.max_in_flight = 2;
    begin(f);
    queue_many(f, 1);
    turn(f);
    now += TIMEOUT_MS / 2;
    queue_many(f, 1);
    turn(f);
    now += TIMEOUT_MS / 2;
    turn(f);
    assert_int_equal(f->fake.cancel_count, 1);
    assert_int_equal(f->fake.held_count, 1);
    answer(f, HAETAE_VERDICT_OK, -1);
    assert_int_equal(ledger(f)->delivered, ITEMS);
}

static void no_timeout_waits_for_ever(void **state)
{
    struct fixture *f = *state;

    begin(f);
    queue_many(f, 1);
    turn(f);
    assert_int_equal(hae_outlet_wait_ms(&f->out, now), -1);
    now += UINT32_MAX;
    turn(f);
    assert_int_equal(f->fake.cancel_count, 0);
}

static void what_cannot_be_cancelled_is_waited_for(void **state)
{
    struct fixture *f = *state;

    f->options.timeout_ms[HAETAE_SIGNAL_TRACES] = TIMEOUT_MS;
    f->fake.ops.cancel = NULL;
    begin(f);
    queue_many(f, 1);
    turn(f);
    now += 10 * TIMEOUT_MS;
    turn(f);
    assert_int_equal(hae_outlet_wait_ms(&f->out, now), -1);
    answer(f, HAETAE_VERDICT_OK, -1);
    assert_int_equal(ledger(f)->delivered, ITEMS);
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
    turn(f);
    f->fake.held_count = 0;
    now += TIMEOUT_MS;
    turn(f);
    assert_int_equal(ledger(f)->held, 2 * ITEMS);
    pass_pause(f);
    assert_int_equal(f->fake.send_count, 2);
    hae_outlet_abandon(&f->out, HAETAE_DROP_SHUTDOWN);
    assert_int_equal(ledger(f)->dropped[HAETAE_DROP_SHUTDOWN], 2 * ITEMS);
}

/* ---- The rest -------------------------------------------------------------------------------- */

static void an_exporter_steps_though_nothing_is_under_way(void **state)
{
    struct fixture *f = *state;

    begin(f);
    turn(f);
    assert_int_equal(f->fake.step_count, 1);
}

static void no_more_is_under_way_than_the_exporter_takes(void **state)
{
    struct fixture *f = *state;

    f->fake.ops.max_in_flight = 3;
    begin(f);
    queue_many(f, 5);
    turn(f);
    turn(f);
    assert_int_equal(f->fake.held_count, 3);
    assert_int_equal(hae_outlet_wait_ms(&f->out, now), -1);
}

static void an_exporter_of_the_first_version_works(void **state)
{
    struct fixture *f = *state;

    f->fake.ops.struct_size = offsetof(haetae_exporter_ops, descriptor);
    f->fake.behave = fake_accept;
    begin(f);
    queue_many(f, 1);
    turn(f);
    assert_int_equal(hae_outlet_descriptor(&f->out), -1);
    assert_int_equal(hae_outlet_wait_ms(&f->out, now), -1);
    assert_int_equal(ledger(f)->delivered, ITEMS);
    f->fake.free_count = 1; /* it had no way to be told */
}

static void abandoned_deliveries_are_cancelled_and_counted(void **state)
{
    struct fixture *f = *state;

    f->fake.ops.max_in_flight = 2;
    begin(f);
    queue_many(f, 5);
    turn(f);
    hae_outlet_abandon(&f->out, HAETAE_DROP_SHUTDOWN);
    assert_int_equal(f->fake.cancel_count, 2);
    assert_int_equal(ledger(f)->dropped[HAETAE_DROP_SHUTDOWN], 5 * ITEMS);
}

static void a_queue_without_memory_takes_nothing(void **state)
{
    struct fixture *f = *state;
    struct hae_request *request;

    begin(f);
    request = hae_request_new(HAETAE_SIGNAL_TRACES, 1);
    assert_non_null(request);
    hae_request_track(request, &f->account);
    hae_request_open(request);
    hae_alloc_fail_after(0);
    assert_false(hae_outlet_queue(&f->out, request));
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
        TEST(a_longer_wish_of_the_receiver_is_respected),
        TEST(an_endless_wish_of_the_receiver_does_no_harm),
        TEST(after_a_failure_one_probe_is_under_way),
        TEST(failing_together_counts_once),
        TEST(an_older_success_does_not_end_the_pause),
        TEST(any_answer_shows_that_the_receiver_is_back),
        TEST(what_keeps_failing_is_given_up),
        TEST(giving_up_keeps_the_pause),
        TEST(hurry_ends_our_pause_but_not_the_receivers),
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
