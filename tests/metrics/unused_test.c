/* SPDX-License-Identifier: Apache-2.0 */
/* Series that were not used for some intervals are not reported any more, and their places hold
 * new sets. */
#include <stdio.h>

#include "metrics/unused_fixture.h"
#include "wire/key_list.h"

/* ---- How long -------------------------------------------------------------------------------- */

static void series_is_reported_until_it_was_unused_for_the_intervals(void **state)
{
    (void)state;
    for (uint32_t intervals = 1; intervals <= 4; intervals++) {
        struct fixture f;

        init_unused(&f, intervals, 10);
        haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
        add_one(counter, "a");
        for (unsigned i = 0; i < reported_for(intervals); i++) {
            add_one(counter, "b");
            assert_int_equal(value_of(&f, "c", "set=a"), 1);
        }
        for (unsigned i = 0; i < 5; i++) {
            add_one(counter, "b");
            assert_int_equal(value_of(&f, "c", "set=a"), -1);
        }
        assert_int_equal(value_of(&f, "c", "set=b"), reported_for(intervals) + 5);
        assert_int_equal(series_count(counter), 1);
        fixture_done(&f);
    }
}

static void without_intervals_every_series_stays(void **state)
{
    struct fixture f;

    (void)state;
    init_unused(&f, 0, 2);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_one(counter, "a");
    add_one(counter, "b");
    pass(&f, 20);
    add_one(counter, "c");
    assert_int_equal(value_of(&f, "c", "set=a"), 1);
    assert_int_equal(value_of(&f, "c", OVERFLOW_SET), 1);
    assert_int_equal(series_count(counter), 2);
    fixture_done(&f);
}

/* Also a measurement that changes no value is a use. */
static void series_that_is_used_now_and_then_stays(void **state)
{
    struct fixture f;
    haetae_attribute attribute = HAETAE_ATTR("set", "a");

    (void)state;
    init_unused(&f, 3, 10);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_one(counter, "a");
    for (int i = 0; i < 10; i++) {
        pass(&f, 3);
        haetae_counter_add(counter, 0, &attribute, 1);
        assert_int_equal(value_of(&f, "c", "set=a"), 1);
    }
    fixture_done(&f);
}

static void series_that_is_used_just_before_the_end_stays(void **state)
{
    (void)state;
    for (unsigned before = 0; before <= 6; before++) {
        struct fixture f;
        struct collection all;

        init_unused(&f, 1, 10);
        haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
        add_one(counter, "a");
        pass(&f, before);
        add_one(counter, "a");
        collect(&f, &all);
        /* What was reported before the gap is not reported again. */
        assert_int_equal(find_point(&all, "c", "set=a")->as_int, before <= reported_for(1) ? 2 : 1);
        collection_done(&all, &f);
    }
}

/* ---- What comes afterwards ------------------------------------------------------------------- */

static void limit_has_room_again_for_as_many_as_were_given_back(void **state)
{
    static const char *const names[] = {"0", "1", "2", "3", "4", "5", "6"};
    struct fixture f;
    struct collection all;

    (void)state;
    init_unused(&f, 1, 3);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < 4; i++) {
        add_one(counter, names[i]);
    }
    assert_int_equal(value_of(&f, "c", OVERFLOW_SET), 1);
    assert_int_equal(series_count(counter), 3);
    for (unsigned i = 0; i < reported_for(1) + UNTIL_FREE; i++) {
        add_one(counter, "0");
        pass(&f, 1);
    }
    assert_int_equal(series_count(counter), 1);
    for (int i = 4; i < 7; i++) {
        add_one(counter, names[i]);
    }
    assert_int_equal(series_count(counter), 3);
    collect(&f, &all);
    assert_int_equal(find_point(&all, "c", "set=4")->as_int, 1);
    assert_int_equal(find_point(&all, "c", "set=5")->as_int, 1);
    assert_null(find_point(&all, "c", "set=6"));
    assert_int_equal(find_point(&all, "c", OVERFLOW_SET)->as_int, 2);
    assert_int_equal(point_count(&all, "c"), 4);
    collection_done(&all, &f);
}

static void place_is_not_free_before_nobody_looks_at_it(void **state)
{
    struct fixture f;

    (void)state;
    init_unused(&f, 1, 1);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_one(counter, "a");
    pass(&f, reported_for(1) + 1); /* it has ended */
    add_one(counter, "b");
    assert_int_equal(value_of(&f, "c", OVERFLOW_SET), 1);
    add_one(counter, "b");
    assert_int_equal(value_of(&f, "c", "set=b"), 1);
    fixture_done(&f);
}

static void set_that_comes_back_begins_again(void **state)
{
    struct fixture f;
    struct collection all;
    uint64_t start;

    (void)state;
    init_unused(&f, 1, 10);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_one(counter, "a");
    add_one(counter, "a");
    collect(&f, &all);
    start = find_point(&all, "c", "set=a")->start_time_unix_nano;
    collection_free(&all);
    for (unsigned before = reported_for(1); before < 8; before++) {
        pass(&f, before);
        add_one(counter, "a");
        collect(&f, &all);
        assert_int_equal(find_point(&all, "c", "set=a")->as_int, 1);
        assert_true(find_point(&all, "c", "set=a")->start_time_unix_nano > start);
        start = find_point(&all, "c", "set=a")->start_time_unix_nano;
        collection_free(&all);
    }
    fixture_done(&f);
}

/* Each kind of instrument and each way to record begins again with nothing, in a place that another
 * set had before. */
static void place_holds_nothing_of_the_set_before(void **state)
{
    HAETAE_KEYS(keys, "set");
    struct fixture f;
    struct collection all;

    (void)state;
    init_unused(&f, 1, 1);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter *real = make_counter(&f, "cd", HAETAE_NUMBER_DOUBLE);
    haetae_up_down_counter *level = make_up_down_counter(&f, "u", HAETAE_NUMBER_INT64);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_INT64);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    for (int life = 1; life <= 5; life++) {
        char name[32], pair[40];
        haetae_attribute attribute;

        /* Longer and shorter sets follow each other. */
        snprintf(name, sizeof name, "%.*s%d", life % 2 * 20, "long.text.that.needs.more", life);
        snprintf(pair, sizeof pair, "set=%s", name);
        attribute = HAETAE_ATTR("set", (const char *)name);
        for (int i = 1; i <= 3; i++) {
            haetae_counter_add(counter, life, &attribute, 1);
            haetae_counter_add_double(real, 0.5 * life, &attribute, 1);
            haetae_up_down_counter_add(level, -life, &attribute, 1);
            haetae_gauge_record(gauge, 10 * life, &attribute, 1);
            haetae_histogram_record_double(histogram, life, &attribute, 1);
        }
        haetae_counter_add_keyed(counter, life, &keys, HAETAE_VALUES((const char *)name));
        collect(&f, &all);
        assert_int_equal(find_point(&all, "c", pair)->as_int, 4 * life);
        assert_true(find_point(&all, "cd", pair)->as_double == 1.5 * life);
        assert_int_equal(find_point(&all, "u", pair)->as_int, -3 * life);
        assert_int_equal(find_point(&all, "g", pair)->as_int, 10 * life);
        assert_int_equal(find_histogram(&all, "h", pair)->count, 3);
        assert_true(find_histogram(&all, "h", pair)->sum == 3 * life);
        assert_true(find_histogram(&all, "h", pair)->max == life);
        assert_int_equal(point_count(&all, "c"), 1);
        collection_free(&all);
        pass_all(&f);
        assert_int_equal(series_count(histogram), 0);
    }
    fixture_done(&f);
}

/* The same for values of lists of keys: the values of another list's set lie in the place. */
static void keys_are_told_apart_where_values_are_the_same(void **state)
{
    HAETAE_KEYS(users, "user");
    HAETAE_KEYS(pods, "pod");
    struct fixture f;
    struct collection all;

    (void)state;
    init_unused(&f, 1, 2);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < 3; i++) {
        haetae_counter_add_keyed(counter, 1, &users, HAETAE_VALUES("a"));
    }
    pass_all(&f);
    for (int i = 0; i < 3; i++) {
        haetae_counter_add_keyed(counter, 1, &pods, HAETAE_VALUES("a"));
    }
    haetae_counter_add_keyed(counter, 1, &users, HAETAE_VALUES("a"));
    collect(&f, &all);
    assert_int_equal(find_point(&all, "c", "pod=a")->as_int, 3);
    assert_int_equal(find_point(&all, "c", "user=a")->as_int, 1);
    collection_done(&all, &f);
}

static void filtered_sets_are_given_back(void **state)
{
    struct views views = {.count = 2, .view = {{.filter = &keeps_path}, {.name = "other"}}};
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &views);
    f.provider.unused.intervals = 1;
    f.provider.defaults.cardinality_limit = 2;
    views.view[0].series_limit = 2;
    views.view[1].series_limit = 2;
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int life = 0; life < 6; life++) {
        haetae_attribute set[] = {HAETAE_ATTR("path", life), HAETAE_ATTR("user", life)};

        for (int i = 0; i < 3; i++) {
            haetae_counter_add(counter, 1, set, 2);
        }
        collect(&f, &all);
        assert_int_equal(point_count(&all, "c"), 1);
        assert_int_equal(int_total(&all, "c"), 3);
        assert_int_equal(point_count(&all, "other"), 1);
        assert_int_equal(int_total(&all, "other"), 3);
        collection_free(&all);
        pass_all(&f);
    }
    fixture_done(&f);
}

/* Exemplars of the set before are not those of the next one, and take no more memory. */
static void exemplars_begin_again_in_the_same_memory(void **state)
{
    struct fixture f;
    struct collection all;
    uint64_t used = 0;

    (void)state;
    init_exemplars_with(&f, HAE_EXEMPLARS_ALWAYS_ON, POOL_BYTES);
    f.provider.unused.intervals = 1;
    f.provider.defaults.cardinality_limit = 1;
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int life = 0; life < 6; life++) {
        haetae_attribute attribute = HAETAE_ATTR("set", life);
        const struct hae_series *series;
        struct hae_exemplars exemplars;

        haetae_counter_add(counter, 10 + life, &attribute, 1);
        collect_now(&f, &all);
        assert_int_equal(all.metrics[0]->sum->data_points[0]->n_exemplars, 1);
        assert_int_equal(all.metrics[0]->sum->data_points[0]->exemplars[0]->as_int, 10 + life);
        collection_free(&all);
        pass_all(&f);
        assert_int_equal(series_count(counter), 0);
        series = hae_ref_at(f.recorder->region,
                            hae_series_ref(atomic_load(&stream_of(counter)->data->series)));
        hae_reservoir_collect(stream_of(counter), series, &exemplars);
        assert_int_equal(exemplars.count, 0);
        used = life == 0 ? atomic_load(&f.provider.streams.exemplars.used_bytes) : used;
        assert_int_equal(atomic_load(&f.provider.streams.exemplars.used_bytes), used);
    }
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(series_is_reported_until_it_was_unused_for_the_intervals),
        cmocka_unit_test(without_intervals_every_series_stays),
        cmocka_unit_test(series_that_is_used_now_and_then_stays),
        cmocka_unit_test(series_that_is_used_just_before_the_end_stays),
        cmocka_unit_test(limit_has_room_again_for_as_many_as_were_given_back),
        cmocka_unit_test(place_is_not_free_before_nobody_looks_at_it),
        cmocka_unit_test(set_that_comes_back_begins_again),
        cmocka_unit_test(place_holds_nothing_of_the_set_before),
        cmocka_unit_test(keys_are_told_apart_where_values_are_the_same),
        cmocka_unit_test(filtered_sets_are_given_back),
        cmocka_unit_test(exemplars_begin_again_in_the_same_memory),
    };

    return cmocka_run_group_tests_name("metrics/unused", tests, NULL, NULL);
}
