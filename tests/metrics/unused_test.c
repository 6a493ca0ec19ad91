/* SPDX-License-Identifier: Apache-2.0 */
/* Series that are not used for a number of collections are given back, and their places serve for
 * others: each step of it, and what holds it up. */
#include "metrics/exemplars.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "metrics/aggregations.h"
#include "metrics/lane_cells.h"
#include "metrics/reservoir.h"
#include "metrics/reuse.h"
#include "metrics/views.h"
#include "wire/key_list.h"

#define OVERFLOW_SET "otel.metric.overflow=true"

/* Collections from the last use of a series, that one included, in which it is reported; and from
 * there until its place is free. With `intervals` collections in which it was not used. */
static unsigned reported_for(uint32_t intervals)
{
    return intervals + 2;
}
enum { UNTIL_FREE = 2 };

static void init(struct fixture *f, uint32_t intervals, uint32_t limit)
{
    fixture_init(f, 0);
    f->provider.unused.intervals = intervals;
    f->provider.defaults.cardinality_limit = limit;
}

static void add(haetae_counter *counter, const char *set)
{
    haetae_attribute attribute = HAETAE_ATTR("set", set);

    haetae_counter_add(counter, 1, &attribute, 1);
}

static void pass(struct fixture *f, unsigned collections)
{
    for (unsigned i = 0; i < collections; i++) {
        struct collection all;

        collect(f, &all);
        collection_free(&all);
    }
}

static void pass_all(struct fixture *f)
{
    pass(f, reported_for(f->provider.unused.intervals) + UNTIL_FREE);
}

static const struct hae_stream *stream_of(const void *instrument)
{
    return &((const struct hae_instrument *)instrument)->streams[0];
}

static uint32_t series_count(const void *instrument)
{
    return hae_reuse_count(stream_of(instrument));
}

/* -1: there is no point. */
static int64_t value_of(struct fixture *f, const char *name, const char *attributes)
{
    const HaeOtlp__NumberDataPoint *point;
    struct collection all;
    int64_t value;

    collect(f, &all);
    point = find_point(&all, name, attributes);
    value = point != NULL ? point->as_int : -1;
    collection_free(&all);
    return value;
}

/* ---- How long -------------------------------------------------------------------------------- */

static void series_is_reported_until_it_was_unused_for_the_intervals(void **state)
{
    (void)state;
    for (uint32_t intervals = 1; intervals <= 4; intervals++) {
        struct fixture f;

        init(&f, intervals, 10);
        haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
        add(counter, "a");
        for (unsigned i = 0; i < reported_for(intervals); i++) {
            add(counter, "b");
            assert_int_equal(value_of(&f, "c", "set=a"), 1);
        }
        for (unsigned i = 0; i < 5; i++) {
            add(counter, "b");
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
    init(&f, 0, 2);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add(counter, "a");
    add(counter, "b");
    pass(&f, 20);
    add(counter, "c");
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
    init(&f, 3, 10);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add(counter, "a");
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

        init(&f, 1, 10);
        haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
        add(counter, "a");
        pass(&f, before);
        add(counter, "a");
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
    init(&f, 1, 3);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < 4; i++) {
        add(counter, names[i]);
    }
    assert_int_equal(value_of(&f, "c", OVERFLOW_SET), 1);
    assert_int_equal(series_count(counter), 3);
    for (unsigned i = 0; i < reported_for(1) + UNTIL_FREE; i++) {
        add(counter, "0");
        pass(&f, 1);
    }
    assert_int_equal(series_count(counter), 1);
    for (int i = 4; i < 7; i++) {
        add(counter, names[i]);
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
    init(&f, 1, 1);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add(counter, "a");
    pass(&f, reported_for(1) + 1); /* it has ended */
    add(counter, "b");
    assert_int_equal(value_of(&f, "c", OVERFLOW_SET), 1);
    add(counter, "b");
    assert_int_equal(value_of(&f, "c", "set=b"), 1);
    fixture_done(&f);
}

static void set_that_comes_back_begins_again(void **state)
{
    struct fixture f;
    struct collection all;
    uint64_t start;

    (void)state;
    init(&f, 1, 10);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add(counter, "a");
    add(counter, "a");
    collect(&f, &all);
    start = find_point(&all, "c", "set=a")->start_time_unix_nano;
    collection_free(&all);
    for (unsigned before = reported_for(1); before < 8; before++) {
        pass(&f, before);
        add(counter, "a");
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
    init(&f, 1, 1);
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
    init(&f, 1, 2);
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
    init(&f, 1, 2);
    assert_int_equal(hae_metric_reader_init(&delta, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int life = 0; life < 12; life++) {
        /* The value is the one that the set before in the place had, and a larger one. */
        for (int i = 0; i <= life % 3; i++) {
            add(counter, life % 2 == 0 ? "a" : "b");
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
    init(&f, 1, 4);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    assert_int_equal(haetae_counter_bind(counter, &attribute, 1, &bound), HAETAE_OK);
    haetae_counter_add(counter, 1, &known, 1);
    pass(&f, 2);
    assert_int_equal(haetae_counter_bind(counter, &known, 1, &late), HAETAE_OK);
    haetae_counter_add(counter, 1, NULL, 0);
    haetae_bound_counter_add(bound, 1);
    add(counter, "a");
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
    init(&f, 1, 4);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (unsigned before = reported_for(1); before < reported_for(1) + 4; before++) {
        add(counter, "a");
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
    init(&f, 1, 1);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add(counter, "a");
    add(counter, "a");
    pass_all(&f);
    assert_int_equal(haetae_counter_bind(counter, &attribute, 1, &bound), HAETAE_OK);
    assert_int_equal(value_of(&f, "c", "set=a"), -1);
    add(counter, "a");
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
    init(&f, 1, 4);
    options.name = haetae_string_of("o");
    assert_int_equal(haetae_observable_counter_create(f.meter, &options, &observable), HAETAE_OK);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_observable_set_int64(observable, 7, &attribute, 1);
    add(counter, "a");
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

            init(&f, 1, 2);
            haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
            add(counter, "a");
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

    add(adder->counter, "a");
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
    init(&f, 1, 2);
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
    init(&f, 1, 2);
    f.provider.defaults.count = 2;
    assert_int_equal(hae_metric_reader_init(&second, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    second.index = 1;
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add(counter, "a");
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
    init(&f, 1, 2);
    assert_int_equal(hae_metric_reader_init(&delta, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add(counter, "a");
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
    init(&f, 1, 2);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add(counter, "a");
    atomic_store(&f.meter->disabled, true);
    pass(&f, 20);
    atomic_store(&f.meter->disabled, false);
    assert_int_equal(value_of(&f, "c", "set=a"), 1);
    pass_all(&f);
    assert_int_equal(series_count(counter), 0);
    fixture_done(&f);
}

/* ---- In a forked child
 * ---------------------------------------------------------------------------- */

static void child_has_room_for_all_but_what_is_bound(void **state)
{
    haetae_attribute attribute = HAETAE_ATTR("set", "bound");
    haetae_bound_counter *bound = NULL;
    struct fixture f;
    struct collection all;

    (void)state;
    for (unsigned before = 0; before < 7; before++) {
        init(&f, 1, 3);
        haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
        assert_int_equal(haetae_counter_bind(counter, &attribute, 1, &bound), HAETAE_OK);
        add(counter, "a");
        add(counter, "b");
        add(counter, "of");
        haetae_bound_counter_add(bound, 1);
        pass(&f, before);
        hae_meter_provider_reinit(&f.provider);
        assert_int_equal(series_count(counter), 1);
        add(counter, "c");
        add(counter, "b");
        add(counter, "d");
        haetae_bound_counter_add(bound, 1);
        collect(&f, &all);
        assert_int_equal(find_point(&all, "c", "set=c")->as_int, 1);
        assert_int_equal(find_point(&all, "c", "set=b")->as_int, 1);
        assert_int_equal(find_point(&all, "c", "set=bound")->as_int, 1);
        assert_int_equal(find_point(&all, "c", OVERFLOW_SET)->as_int, 1);
        assert_int_equal(point_count(&all, "c"), 4);
        collection_free(&all);
        pass_all(&f);
        assert_int_equal(series_count(counter), 1);
        fixture_done(&f);
    }
}

/* ---- Memory
 * ----------------------------------------------------------------------------------------- */

/* Without a lane, as in a signal handler: all goes to shared cells. */
static void record_nested(haetae_histogram *histogram, double value,
                          const haetae_attribute *attribute)
{
    atomic_store(&hae_thread.busy, 1);
    haetae_histogram_record_double(histogram, value, attribute, 1);
    atomic_store(&hae_thread.busy, 0);
}

/* Of a shared exponential cell the pieces as well, which grow with what is recorded. */
static void changing_sets_take_no_more_memory(void **state)
{
    enum { LIVES = 60, WARM = 8 };
    struct views views = {.count = 1, .view = {{.name = "e"}}};
    struct hae_region *region;
    struct fixture f;
    struct collection all;
    uint64_t used = 0;

    (void)state;
    fixture_init(&f, 0);
    f.provider.unused.intervals = 1;
    f.provider.defaults.cardinality_limit = 4;
    region = f.recorder->region;
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_histogram *explicit_one = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    views.view[0].aggregation = hae_aggregation_of(HAE_AGGREGATION_EXPONENTIAL);
    views.view[0].max_size = 4;
    views.view[0].max_scale = 20;
    views.view[0].series_limit = 4;
    set_views(&f, &views);
    haetae_histogram *histogram = make_histogram(&f, "e", HAETAE_NUMBER_DOUBLE);
    for (int life = 0; life < LIVES; life++) {
        for (int set = 0; set < 4; set++) {
            haetae_attribute attribute = HAETAE_ATTR("set", 4 * life + set);

            haetae_counter_add(counter, 1, &attribute, 1);
            haetae_histogram_record_double(explicit_one, set, &attribute, 1);
            for (int i = 0; i < 10; i++) {
                haetae_histogram_record_double(histogram, 1 << i, &attribute, 1);
                record_nested(histogram, 1 << i, &attribute);
            }
        }
        collect(&f, &all);
        assert_int_equal(point_count(&all, "c"), 4);
        assert_int_equal(point_count(&all, "e"), 4);
        for (size_t i = 0; i < 4; i++) {
            const HaeOtlp__Metric *metric = find_metric(&all, "e");

            assert_int_equal(metric->exponential_histogram->data_points[i]->count, 20);
            assert_true(metric->exponential_histogram->data_points[i]->sum == 2 * 1023);
        }
        collection_free(&all);
        pass_all(&f);
        if (life == WARM) {
            used = atomic_load(&region->heap_used_bytes);
        }
        assert_true(life <= WARM || atomic_load(&region->heap_used_bytes) == used);
    }
    fixture_done(&f);
}

/* Every amount of memory that is left: what has no memory goes to the overflow series, and all of
 * it is reported. */
static void used_up_memory_loses_nothing(void **state)
{
    (void)state;
    for (uint64_t left = 0; left <= 2500; left += 40) {
        struct fixture f;
        struct collection all;
        int64_t total = 0;

        fixture_init(&f, 2);
        f.provider.unused.intervals = 1;
        haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
        fill_heap(&f, left);
        atomic_store(&stream_of(counter)->reserve->left_bytes, 0);
        for (int life = 0; life < 4; life++) {
            int64_t of_life = 0;

            for (int set = 0; set < 4; set++) {
                /* Each life has longer ones. */
                char text[200];
                haetae_attribute attribute;

                memset(text, 'x', sizeof text);
                snprintf(text + 50 * life, 40, "%d.%d", life, set);
                attribute = HAETAE_ATTR("set", (const char *)text);
                haetae_counter_add(counter, 1, &attribute, 1);
            }
            collect(&f, &all);
            of_life = int_total(&all, "c");
            if (find_point(&all, "c", OVERFLOW_SET) != NULL) {
                of_life -= total;
                total = find_point(&all, "c", OVERFLOW_SET)->as_int;
            }
            assert_int_equal(of_life, 4);
            collection_free(&all);
            pass_all(&f);
        }
        fixture_done(&f);
    }
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
        cmocka_unit_test(child_has_room_for_all_but_what_is_bound),
        cmocka_unit_test(changing_sets_take_no_more_memory),
        cmocka_unit_test(used_up_memory_loses_nothing),
    };

    return cmocka_run_group_tests_name("metrics/unused", tests, NULL, NULL);
}
