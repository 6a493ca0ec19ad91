/* SPDX-License-Identifier: Apache-2.0 */
/* Series that stay although they were not used, and what holds up giving one back. */
#include <pthread.h>

#include "metrics/unused_fixture.h"

/* ---- Deltas ------------------------------------------------------------------------------------
 */

static int64_t total_of(struct hae_metric_reader *reader, uint64_t *time, int64_t *ret_set)
{
    const HaeOtlp__NumberDataPoint *point;
    struct collection all;
    int64_t total;

    *time += 1000000000;
    assert_int_equal(collect_with(reader, *time, SIZE_MAX, &all), HAETAE_OK);
    total = int_total(&all, "c");
    point = find_point(&all, "c", "set=a");
    *ret_set = point != NULL ? point->as_int : 0;
    collection_free(&all);
    return total;
}

static void deltas_of_a_place_add_up_for_each_set(void **state)
{
    struct fixture f;
    struct hae_metric_reader delta;
    uint64_t time = COLLECTED_NS;
    int64_t of_a = 0;
    int64_t all = 0;
    int64_t added = 0;

    (void)state;
    init_unused(&f, 1, 2);
    assert_int_equal(hae_metric_reader_init(&delta, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int life = 0; life < 12; life++) {
        /* The value is the one that the set before in the place had, and a larger one. */
        for (int i = 0; i <= life % 3; i++) {
            add_one(counter, life % 2 == 0 ? "a" : "b");
            added++;
        }
        for (unsigned i = 0; i < reported_for(1) + UNTIL_FREE; i++) {
            int64_t set;

            all += total_of(&delta, &time, &set);
            of_a += set;
        }
        assert_int_equal(all, added);
    }
    assert_int_equal(of_a, 1 + 3 + 2 + 1 + 3 + 2);
    hae_metric_reader_done(&delta);
    fixture_done(&f);
}

/* ---- What is kept ------------------------------------------------------------------------------
 */

static void bound_series_and_the_empty_set_are_kept(void **state)
{
    struct fixture f;
    haetae_attribute attribute = HAETAE_ATTR("set", "bound");
    haetae_attribute known = HAETAE_ATTR("set", "known");
    haetae_bound_counter *bound = NULL;
    haetae_bound_counter *late = NULL;
    struct collection all;

    (void)state;
    init_unused(&f, 1, 4);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    assert_int_equal(haetae_counter_bind(counter, &attribute, 1, &bound), HAETAE_OK);
    haetae_counter_add(counter, 1, &known, 1);
    pass(&f, 2);
    assert_int_equal(haetae_counter_bind(counter, &known, 1, &late), HAETAE_OK);
    haetae_counter_add(counter, 1, NULL, 0);
    haetae_bound_counter_add(bound, 1);
    add_one(counter, "a");
    pass(&f, 20);
    haetae_bound_counter_add(bound, 1);
    haetae_bound_counter_add(late, 1);
    haetae_counter_add(counter, 1, NULL, 0);
    collect(&f, &all);
    assert_int_equal(find_point(&all, "c", "set=bound")->as_int, 2);
    assert_int_equal(find_point(&all, "c", "set=known")->as_int, 2);
    assert_int_equal(find_point(&all, "c", "")->as_int, 2);
    assert_null(find_point(&all, "c", "set=a"));
    assert_int_equal(series_count(counter), 3);
    collection_done(&all, &f);
}

/* What is bound again after it was given back is a series of its own, and kept. */
static void set_that_had_ended_can_be_bound(void **state)
{
    struct fixture f;
    haetae_attribute attribute = HAETAE_ATTR("set", "a");
    haetae_bound_counter *bound = NULL;

    (void)state;
    init_unused(&f, 1, 4);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (unsigned before = reported_for(1); before < reported_for(1) + 4; before++) {
        add_one(counter, "a");
        pass(&f, before);
        if (before == reported_for(1) + 2) {
            assert_int_equal(haetae_counter_bind(counter, &attribute, 1, &bound), HAETAE_OK);
        }
    }
    haetae_bound_counter_add(bound, 5);
    pass(&f, 20);
    assert_int_equal(value_of(&f, "c", "set=a"), 6);
    fixture_done(&f);
}

/* It has no start before a measurement, and the lane's cache still knows its place. */
static void set_that_is_bound_again_is_reported_from_the_cache(void **state)
{
    struct fixture f;
    haetae_attribute attribute = HAETAE_ATTR("set", "a");
    haetae_bound_counter *bound = NULL;

    (void)state;
    init_unused(&f, 1, 1);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_one(counter, "a");
    add_one(counter, "a");
    pass_all(&f);
    assert_int_equal(haetae_counter_bind(counter, &attribute, 1, &bound), HAETAE_OK);
    assert_int_equal(value_of(&f, "c", "set=a"), -1);
    add_one(counter, "a");
    assert_int_equal(value_of(&f, "c", "set=a"), 1);
    fixture_done(&f);
}

static void totals_that_are_set_are_kept(void **state)
{
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .number_type = HAETAE_NUMBER_INT64);
    haetae_observable *observable = NULL;
    haetae_attribute attribute = HAETAE_ATTR("set", "a");
    struct fixture f;

    (void)state;
    init_unused(&f, 1, 4);
    options.name = haetae_string_of("o");
    assert_int_equal(haetae_observable_counter_create(f.meter, &options, &observable), HAETAE_OK);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_observable_set_int64(observable, 7, &attribute, 1);
    add_one(counter, "a");
    pass(&f, 20);
    assert_int_equal(value_of(&f, "o", "set=a"), 7);
    assert_int_equal(value_of(&f, "c", "set=a"), -1);
    fixture_done(&f);
}

/* ---- What holds it up ---------------------------------------------------------------------------
 */

/* A call that began before the series was seen unused may still add to it. */
static void call_under_way_holds_series_back(void **state)
{
    (void)state;
    for (unsigned begins = 0; begins < 6; begins++) {
        for (int nested = 0; nested < 2; nested++) {
            struct fixture f;
            struct hae_entry entry;

            init_unused(&f, 1, 2);
            haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
            add_one(counter, "a");
            pass(&f, begins);
            entry = hae_enter(f.recorder);
            assert_non_null(entry.lane);
            hae_unused_enter(&f.provider.unused, nested ? NULL : entry.lane);
            /* No round ends. */
            pass(&f, 20);
            assert_int_equal(series_count(counter), begins < reported_for(1) + UNTIL_FREE);
            hae_unused_leave(&f.provider.unused, nested ? NULL : entry.lane);
            hae_leave(entry);
            pass_all(&f);
            assert_int_equal(series_count(counter), 0);
            fixture_done(&f);
        }
    }
}

static void *leave_a_call_half_way(void *user)
{
    struct fixture *f = user;
    struct hae_entry entry = hae_enter(f->recorder);

    hae_unused_enter(&f->provider.unused, entry.lane);
    return entry.lane; /* as by longjmp(); the end of the thread hands the lane back */
}

struct adder {
    struct fixture *f;
    haetae_counter *counter;
};

static void *add_in_thread(void *user)
{
    const struct adder *adder = user;
    struct hae_lane *lane;

    add_one(adder->counter, "a");
    lane = hae_enter_lane(adder->f->recorder);
    hae_leave_lane();
    return lane;
}

/* A lane that was left in a call looks idle in the next owner's calls if nobody sees to it. */
static void lane_that_was_left_in_a_call_is_idle_for_its_next_owner(void **state)
{
    struct fixture f;
    struct adder adder = {&f, NULL};
    pthread_t thread;
    void *left = NULL;
    void *next = NULL;

    (void)state;
    init_unused(&f, 1, 2);
    adder.counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    assert_int_equal(pthread_create(&thread, NULL, leave_a_call_half_way, &f), 0);
    pthread_join(thread, &left);
    assert_non_null(left);
    assert_int_equal(atomic_load(&((struct hae_lane *)left)->calls) % 2, 1);
    assert_int_equal(pthread_create(&thread, NULL, add_in_thread, &adder), 0);
    pthread_join(thread, &next);
    assert_ptr_equal(left, next);
    assert_int_equal(atomic_load(&((struct hae_lane *)next)->calls) % 2, 0);
    pass_all(&f);
    assert_int_equal(series_count(adder.counter), 0);
    fixture_done(&f);
}

static void every_reader_is_waited_for(void **state)
{
    struct fixture f;
    struct hae_metric_reader second;
    struct collection all;
    uint64_t time = COLLECTED_NS;
    int64_t of_a;

    (void)state;
    init_unused(&f, 1, 2);
    f.provider.defaults.count = 2;
    assert_int_equal(hae_metric_reader_init(&second, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    second.index = 1;
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_one(counter, "a");
    pass(&f, 20);
    assert_int_equal(series_count(counter), 1);
    assert_int_equal(total_of(&second, &time, &of_a), 1);
    pass(&f, 20);
    assert_int_equal(series_count(counter), 1);
    for (int i = 0; i < 6; i++) {
        /* What is refused is not reported, and what may be lost on its way neither. */
        assert_int_equal(collect_with(&second, time += 1000000000, 0, &all), HAETAE_OK);
        collection_free(&all);
        second.rounds.undelivered = true;
        pass(&f, 3);
    }
    assert_int_equal(series_count(counter), 1);
    second.rounds.undelivered = false;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(total_of(&second, &time, &of_a), 0);
        pass(&f, 1);
    }
    assert_int_equal(series_count(counter), 0);
    hae_metric_reader_done(&second);
    fixture_done(&f);
}

static void refused_value_is_reported_before_its_series_goes(void **state)
{
    struct fixture f;
    struct hae_metric_reader delta;
    struct collection all;
    uint64_t time = COLLECTED_NS;
    int64_t of_a;

    (void)state;
    init_unused(&f, 1, 2);
    assert_int_equal(hae_metric_reader_init(&delta, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_one(counter, "a");
    for (int i = 0; i < 20; i++) {
        assert_int_equal(collect_with(&delta, time += 1000000000, 0, &all), HAETAE_ENOMEM);
        collection_free(&all);
    }
    assert_int_equal(series_count(counter), 1);
    assert_int_equal(total_of(&delta, &time, &of_a), 1);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(total_of(&delta, &time, &of_a), 0);
    }
    assert_int_equal(series_count(counter), 0);
    hae_metric_reader_done(&delta);
    fixture_done(&f);
}

static void meter_that_is_not_collected_keeps_its_series(void **state)
{
    struct fixture f;

    (void)state;
    init_unused(&f, 1, 2);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_one(counter, "a");
    atomic_store(&f.meter->disabled, true);
    pass(&f, 20);
    atomic_store(&f.meter->disabled, false);
    assert_int_equal(value_of(&f, "c", "set=a"), 1);
    pass_all(&f);
    assert_int_equal(series_count(counter), 0);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deltas_of_a_place_add_up_for_each_set),
        cmocka_unit_test(bound_series_and_the_empty_set_are_kept),
        cmocka_unit_test(set_that_had_ended_can_be_bound),
        cmocka_unit_test(set_that_is_bound_again_is_reported_from_the_cache),
        cmocka_unit_test(totals_that_are_set_are_kept),
        cmocka_unit_test(call_under_way_holds_series_back),
        cmocka_unit_test(lane_that_was_left_in_a_call_is_idle_for_its_next_owner),
        cmocka_unit_test(every_reader_is_waited_for),
        cmocka_unit_test(refused_value_is_reported_before_its_series_goes),
        cmocka_unit_test(meter_that_is_not_collected_keeps_its_series),
    };

    return cmocka_run_group_tests_name("metrics/unused", tests, NULL, NULL);
}
