/* SPDX-License-Identifier: Apache-2.0 */
/* One destination's queues: verdicts, and what else an exporter may do. */
#include "base/alloc.h"
#include "recorder/counts.h"
#include "sender_harness.h"

/* ---- Verdicts ----------------------------------------------------------------------------------
 */

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

/* ---- Other behaviour ---------------------------------------------------------------------------
 */

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

    begin_with(f, 3, 5);
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

    begin_with(f, 2, 5);
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

/* ---- Order -------------------------------------------------------------------------------------
 */

/* They come back in any order, before one that was never sent. */
static void deliveries_that_come_back_keep_their_order(void **state)
{
    struct fixture *f = *state;

    for (int order = 0; order < 2; order++) {
        const uint8_t *data[3];
        int i = 0;

        if (order == 0) {
            f->fake.ops.max_in_flight = 2;
            begin(f);
        }
        queue_many(f, 3);
        for (const struct hae_request *r = f->store.oldest; r != NULL; r = r->newer) {
            data[i++] = r->data;
        }
        run_once(f);
        assert_int_equal(f->fake.held_count, 2);
        if (order == 1) {
            haetae_delivery *first = f->fake.held[0];

            f->fake.held[0] = f->fake.held[1];
            f->fake.held[1] = first;
        }
        answer(f, HAETAE_VERDICT_RETRY, -1);
        answer(f, HAETAE_VERDICT_RETRY, -1);
        flush_now(f);
        for (i = 0; i < 3; i++) {
            run_once(f);
            assert_ptr_equal(haetae_delivery_data(f->fake.held[0]), data[i]);
            answer(f, HAETAE_VERDICT_OK, -1);
        }
    }
    assert_int_equal(counts(f)->delivered, 2 * 3 * ITEMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENDER_TEST(accepted_items_are_delivered),
        SENDER_TEST(rejected_items_are_dropped_and_never_more_than_there_were),
        SENDER_TEST(refused_items_are_dropped_and_the_next_go_on_at_once),
        SENDER_TEST(too_large_is_dropped_when_it_cannot_be_split),
        SENDER_TEST(unknown_results_count_as_retry),
        SENDER_TEST(retries_keep_the_order),
        SENDER_TEST(an_exporter_steps_though_nothing_is_under_way),
        SENDER_TEST(no_more_is_under_way_than_the_exporter_takes),
        SENDER_TEST(an_exporter_of_the_first_version_works),
        SENDER_TEST(abandoned_deliveries_are_cancelled_and_counted),
        SENDER_TEST(a_queue_without_memory_takes_nothing),
        SENDER_TEST(deliveries_that_come_back_keep_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
