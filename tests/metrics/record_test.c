/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of instrument with every number type, bound and not. */
#include "metrics/fixture.h"

#include <float.h>
#include <math.h>

#define SET HAETAE_ATTRS(HAETAE_ATTR("k", "v"))

static void counter_sums_integers(void **state)
{
    struct fixture f;
    haetae_bound_counter *bound = NULL;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 5, SET);
    haetae_counter_add(counter, 7, SET);
    haetae_counter_add(counter, 0, SET);
    haetae_counter_add(counter, 100, NULL, 0);
    assert_int_equal(haetae_counter_bind(counter, SET, &bound), HAETAE_OK);
    haetae_bound_counter_add(bound, 30);
    assert_int_equal(collected_int(&f, "c", "k=v"), 42);
    assert_int_equal(collected_int(&f, "c", ""), 100);
    assert_int_equal(collected_point_count(&f, "c"), 2);
    fixture_done(&f);
}

static void counter_sums_doubles(void **state)
{
    struct fixture f;
    haetae_bound_counter *bound = NULL;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_DOUBLE);
    haetae_counter_add_double(counter, 0.5, SET);
    haetae_counter_add_double(counter, 0.25, SET);
    assert_int_equal(haetae_counter_bind(counter, SET, &bound), HAETAE_OK);
    haetae_bound_counter_add_double(bound, 8);
    assert_true(collected_double(&f, "c", "k=v") == 8.75);
    fixture_done(&f);
}

static void up_down_counter_goes_both_ways(void **state)
{
    struct fixture f;
    haetae_bound_up_down_counter *bound = NULL;

    (void)state;
    fixture_init(&f, 0);
    haetae_up_down_counter *ints = make_up_down_counter(&f, "i", HAETAE_NUMBER_INT64);
    haetae_up_down_counter *reals = make_up_down_counter(&f, "d", HAETAE_NUMBER_DOUBLE);
    haetae_up_down_counter_add(ints, 10, SET);
    haetae_up_down_counter_add(ints, -25, SET);
    assert_int_equal(haetae_up_down_counter_bind(ints, SET, &bound), HAETAE_OK);
    haetae_bound_up_down_counter_add(bound, -5);
    assert_int_equal(collected_int(&f, "i", "k=v"), -20);
    haetae_up_down_counter_add_double(reals, 1.5, SET);
    assert_int_equal(haetae_up_down_counter_bind(reals, SET, &bound), HAETAE_OK);
    haetae_bound_up_down_counter_add_double(bound, -4);
    assert_true(collected_double(&f, "d", "k=v") == -2.5);
    fixture_done(&f);
}

static void gauge_keeps_the_last_value(void **state)
{
    struct fixture f;
    haetae_bound_gauge *bound = NULL;

    (void)state;
    fixture_init(&f, 0);
    haetae_gauge *ints = make_gauge(&f, "i", HAETAE_NUMBER_INT64);
    haetae_gauge *reals = make_gauge(&f, "d", HAETAE_NUMBER_DOUBLE);
    haetae_gauge_record(ints, 10, SET);
    haetae_gauge_record(ints, -3, SET);
    assert_int_equal(collected_int(&f, "i", "k=v"), -3);
    assert_int_equal(haetae_gauge_bind(ints, SET, &bound), HAETAE_OK);
    haetae_bound_gauge_record(bound, 0);
    assert_int_equal(collected_int(&f, "i", "k=v"), 0);
    haetae_gauge_record_double(reals, 1.5, SET);
    assert_int_equal(haetae_gauge_bind(reals, SET, &bound), HAETAE_OK);
    haetae_bound_gauge_record_double(bound, -0.25);
    assert_true(collected_double(&f, "d", "k=v") == -0.25);
    fixture_done(&f);
}

static void histogram_counts_by_bucket(void **state)
{
    static const double values[] = {0, 0, 0.5, 5, 5.5, 10, 10000, 10001, 1e300};
    static const uint64_t buckets[] = {2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2};
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        haetae_histogram_record_double(histogram, values[i], SET);
    }
    collect(&f, &all);
    const HaeOtlp__HistogramDataPoint *point = find_histogram(&all, "h", "k=v");
    assert_non_null(point);
    assert_int_equal(point->count, 9);
    assert_int_equal(point->n_bucket_counts, 16);
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(point->bucket_counts[i], buckets[i]);
    }
    assert_true(point->min == 0 && point->max == values[8]);
    assert_true(point->explicit_bounds[0] == 0 && point->explicit_bounds[14] == 10000);
    collection_done(&all, &f);
}

static void histogram_takes_integers_and_bound_ones(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_bound_histogram *bound = NULL;

    (void)state;
    fixture_init(&f, 0);
    haetae_histogram *ints = make_histogram(&f, "i", HAETAE_NUMBER_INT64);
    haetae_histogram *reals = make_histogram(&f, "d", HAETAE_NUMBER_DOUBLE);
    haetae_histogram_record(ints, 7, SET);
    assert_int_equal(haetae_histogram_bind(ints, SET, &bound), HAETAE_OK);
    haetae_bound_histogram_record(bound, 3);
    assert_int_equal(haetae_histogram_bind(reals, SET, &bound), HAETAE_OK);
    haetae_bound_histogram_record_double(bound, 0.25);
    haetae_bound_histogram_record_double(bound, 0.5);
    collect(&f, &all);
    const HaeOtlp__HistogramDataPoint *point = find_histogram(&all, "i", "k=v");
    assert_true(point->sum == 10 && point->min == 3 && point->max == 7 && point->count == 2);
    point = find_histogram(&all, "d", "k=v");
    assert_true(point->sum == 0.75 && point->min == 0.25 && point->max == 0.5);
    collection_done(&all, &f);
}

/* ---- What no sum may become ---- */

/* One double of each kind, and a histogram of integers; called plainly and bound. */
struct reals {
    haetae_counter *counter;
    haetae_up_down_counter *up_down;
    haetae_gauge *gauge;
    haetae_histogram *histogram;
    haetae_bound_counter *bound_counter;
    haetae_bound_up_down_counter *bound_up_down;
    haetae_bound_gauge *bound_gauge;
    haetae_bound_histogram *bound_histogram;
};
enum { RECORDED_EACH = 8 };

static void make_reals(struct fixture *f, struct reals *reals)
{
    reals->counter = make_counter(f, "c", HAETAE_NUMBER_DOUBLE);
    reals->up_down = make_up_down_counter(f, "u", HAETAE_NUMBER_DOUBLE);
    reals->gauge = make_gauge(f, "g", HAETAE_NUMBER_DOUBLE);
    reals->histogram = make_histogram(f, "h", HAETAE_NUMBER_DOUBLE);
    assert_int_equal(haetae_counter_bind(reals->counter, SET, &reals->bound_counter), HAETAE_OK);
    assert_int_equal(haetae_up_down_counter_bind(reals->up_down, SET, &reals->bound_up_down),
                     HAETAE_OK);
    assert_int_equal(haetae_gauge_bind(reals->gauge, SET, &reals->bound_gauge), HAETAE_OK);
    assert_int_equal(haetae_histogram_bind(reals->histogram, SET, &reals->bound_histogram),
                     HAETAE_OK);
}

static void record_all(const struct reals *reals, double value)
{
    haetae_counter_add_double(reals->counter, value, SET);
    haetae_up_down_counter_add_double(reals->up_down, value, SET);
    haetae_gauge_record_double(reals->gauge, value, SET);
    haetae_histogram_record_double(reals->histogram, value, SET);
    haetae_bound_counter_add_double(reals->bound_counter, value);
    haetae_bound_up_down_counter_add_double(reals->bound_up_down, value);
    haetae_bound_gauge_record_double(reals->bound_gauge, value);
    haetae_bound_histogram_record_double(reals->bound_histogram, value);
}

/* Refused before and after the series is known, and in a call that interrupts another one. */
static void infinities_are_refused_and_counted(void **state)
{
    static const double values[] = {INFINITY, -INFINITY, NAN};
    uint64_t refused = 0;
    struct fixture f;
    struct reals reals;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    make_reals(&f, &reals);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        record_all(&reals, values[i]);
        refused += RECORDED_EACH;
    }
    collect(&f, &all);
    assert_int_equal(all.count, 0);
    record_all(&reals, 2);
    for (size_t i = 0; i < 2 * sizeof values / sizeof values[0]; i++) {
        if (i % 2 != 0) {
            hae_lane_begin();
        }
        record_all(&reals, values[i / 2]);
        refused += RECORDED_EACH;
        if (i % 2 != 0) {
            hae_lane_end();
        }
    }
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), refused);
    record_all(&reals, 1); /* nothing is poisoned */
    assert_true(collected_double(&f, "c", "k=v") == 6);
    assert_true(collected_double(&f, "u", "k=v") == 6);
    assert_true(collected_double(&f, "g", "k=v") == 1);
    collect(&f, &all);
    assert_true(find_histogram(&all, "h", "k=v")->sum == 6);
    assert_int_equal(find_histogram(&all, "h", "k=v")->count, 4);
    collection_done(&all, &f);
}

/* Its sum would fall. */
static void histogram_refuses_negative_values(void **state)
{
    haetae_bound_histogram *bound_ints = NULL;
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    haetae_histogram *ints = make_histogram(&f, "i", HAETAE_NUMBER_INT64);
    haetae_histogram *reals = make_histogram(&f, "d", HAETAE_NUMBER_DOUBLE);
    assert_int_equal(haetae_histogram_bind(ints, SET, &bound_ints), HAETAE_OK);
    for (int known = 0; known < 2; known++) {
        haetae_histogram_record(ints, -1, SET);
        haetae_histogram_record(ints, INT64_MIN, SET);
        haetae_bound_histogram_record(bound_ints, -1);
        haetae_histogram_record_double(reals, -0.5, SET);
        assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 4 * (known + 1));
        haetae_histogram_record(ints, 3, SET);
        haetae_bound_histogram_record(bound_ints, INT64_C(4));
        haetae_histogram_record_double(reals, -0.0, SET);
    }
    collect(&f, &all);
    assert_true(find_histogram(&all, "i", "k=v")->sum == 14);
    assert_int_equal(find_histogram(&all, "i", "k=v")->count, 4);
    assert_int_equal(find_histogram(&all, "d", "k=v")->count, 2);
    collection_done(&all, &f);
}

/* Each cell by itself stays finite, and so does what they are together. */
static void sums_stay_finite(void **state)
{
    struct fixture f;
    struct reals reals;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    make_reals(&f, &reals);
    for (int nested = 0; nested < 2; nested++) {
        if (nested != 0) {
            hae_lane_begin();
        }
        haetae_counter_add_double(reals.counter, DBL_MAX, SET);
        haetae_counter_add_double(reals.counter, DBL_MAX, SET);
        haetae_bound_counter_add_double(reals.bound_counter, DBL_MAX);
        haetae_up_down_counter_add_double(reals.up_down, -DBL_MAX, SET);
        haetae_up_down_counter_add_double(reals.up_down, -DBL_MAX, SET);
        haetae_bound_up_down_counter_add_double(reals.bound_up_down, -DBL_MAX);
        haetae_histogram_record_double(reals.histogram, DBL_MAX, SET);
        haetae_histogram_record_double(reals.histogram, DBL_MAX, SET);
        haetae_bound_histogram_record_double(reals.bound_histogram, DBL_MAX);
        assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 6 * (nested + 1));
        if (nested != 0) {
            hae_lane_end();
        }
    }
    assert_true(collected_double(&f, "c", "k=v") == DBL_MAX);
    assert_true(collected_double(&f, "u", "k=v") == -DBL_MAX);
    collect(&f, &all);
    assert_true(find_histogram(&all, "h", "k=v")->sum == DBL_MAX);
    assert_int_equal(find_histogram(&all, "h", "k=v")->count, 2);
    collection_done(&all, &f);
}

static void integers_wrap_around(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, INT64_MAX, NULL, 0);
    haetae_counter_add(counter, 1, NULL, 0);
    assert_int_equal(collected_int(&f, "c", ""), INT64_MIN);
    fixture_done(&f);
}

static void wrong_measurements_are_counted_and_change_nothing(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_bound_counter *bound_int = NULL;
    haetae_bound_counter *bound_real = NULL;
    haetae_bound_gauge *bound_gauge = NULL;
    haetae_bound_histogram *bound_histogram = NULL;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *ints = make_counter(&f, "i", HAETAE_NUMBER_INT64);
    haetae_counter *reals = make_counter(&f, "d", HAETAE_NUMBER_DOUBLE);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_DOUBLE);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    haetae_up_down_counter *up_down = make_up_down_counter(&f, "u", HAETAE_NUMBER_DOUBLE);
    assert_int_equal(haetae_counter_bind(ints, SET, &bound_int), HAETAE_OK);
    assert_int_equal(haetae_counter_bind(reals, SET, &bound_real), HAETAE_OK);
    assert_int_equal(haetae_gauge_bind(gauge, SET, &bound_gauge), HAETAE_OK);
    assert_int_equal(haetae_histogram_bind(histogram, SET, &bound_histogram), HAETAE_OK);

    haetae_counter_add(ints, -1, SET);
    haetae_counter_add_double(ints, 1, SET);
    haetae_counter_add(reals, 1, SET);
    haetae_counter_add_double(reals, -0.5, SET);
    haetae_counter_add_double(reals, NAN, SET);
    haetae_gauge_record(gauge, 1, SET);
    haetae_gauge_record_double(gauge, NAN, SET);
    haetae_histogram_record(histogram, 1, SET);
    haetae_histogram_record_double(histogram, NAN, SET);
    haetae_up_down_counter_add(up_down, 1, SET);
    haetae_up_down_counter_add_double(up_down, NAN, SET);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 11);
    haetae_bound_counter_add(bound_int, -1);
    haetae_bound_counter_add_double(bound_int, 1);
    haetae_bound_counter_add(bound_real, 1);
    haetae_bound_counter_add_double(bound_real, -1);
    haetae_bound_counter_add_double(bound_real, NAN);
    haetae_bound_gauge_record(bound_gauge, 1);
    haetae_bound_gauge_record_double(bound_gauge, NAN);
    haetae_bound_histogram_record(bound_histogram, 1);
    haetae_bound_histogram_record_double(bound_histogram, NAN);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 20);
    collect(&f, &all);
    assert_int_equal(all.count, 0);
    fixture_done(&f);
}

static void bound_series_is_reported_from_its_first_measurement(void **state)
{
    struct fixture f;
    haetae_bound_counter *bound = NULL;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    assert_int_equal(haetae_counter_bind(counter, SET, &bound), HAETAE_OK);
    collect(&f, &all);
    assert_int_equal(all.count, 0);
    haetae_bound_counter_add(bound, 0);
    assert_int_equal(collected_int(&f, "c", "k=v"), 0);
    fixture_done(&f);
}

static void binding_twice_gives_the_same_bound_instrument(void **state)
{
    struct fixture f;
    haetae_bound_counter *one = NULL;
    haetae_bound_counter *same = NULL;
    haetae_bound_counter *other = NULL;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    assert_int_equal(haetae_counter_bind(counter, SET, &one), HAETAE_OK);
    assert_int_equal(haetae_counter_bind(counter, SET, &same), HAETAE_OK);
    assert_int_equal(haetae_counter_bind(counter, NULL, 3, &other), HAETAE_OK);
    assert_ptr_equal(one, same);
    assert_ptr_not_equal(one, other);
    fixture_done(&f);
}

static void null_handles_do_nothing(void **state)
{
    haetae_bound_counter *bound_counter = (haetae_bound_counter *)1;
    haetae_bound_up_down_counter *bound_up_down = (haetae_bound_up_down_counter *)1;
    haetae_bound_gauge *bound_gauge = (haetae_bound_gauge *)1;
    haetae_bound_histogram *bound_histogram = (haetae_bound_histogram *)1;

    (void)state;
    haetae_counter_add(NULL, 1, SET);
    haetae_counter_add_double(NULL, 1, SET);
    haetae_up_down_counter_add(NULL, 1, SET);
    haetae_up_down_counter_add_double(NULL, 1, SET);
    haetae_gauge_record(NULL, 1, SET);
    haetae_gauge_record_double(NULL, 1, SET);
    haetae_histogram_record(NULL, 1, SET);
    haetae_histogram_record_double(NULL, 1, SET);
    assert_int_equal(haetae_counter_bind(NULL, SET, &bound_counter), HAETAE_OK);
    assert_null(bound_counter);
    assert_int_equal(haetae_up_down_counter_bind(NULL, SET, &bound_up_down), HAETAE_OK);
    assert_null(bound_up_down);
    assert_int_equal(haetae_gauge_bind(NULL, SET, &bound_gauge), HAETAE_OK);
    assert_null(bound_gauge);
    assert_int_equal(haetae_histogram_bind(NULL, SET, &bound_histogram), HAETAE_OK);
    assert_null(bound_histogram);
    haetae_bound_counter_add(NULL, 1);
    haetae_bound_counter_add_double(NULL, 1);
    haetae_bound_up_down_counter_add(NULL, 1);
    haetae_bound_up_down_counter_add_double(NULL, 1);
    haetae_bound_gauge_record(NULL, 1);
    haetae_bound_gauge_record_double(NULL, 1);
    haetae_bound_histogram_record(NULL, 1);
    haetae_bound_histogram_record_double(NULL, 1);
}

static void after_shutdown_nothing_is_recorded_and_all_is_counted(void **state)
{
    struct fixture f;
    haetae_bound_counter *bound = NULL;
    haetae_bound_counter *late = (haetae_bound_counter *)1;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    assert_int_equal(haetae_counter_bind(counter, SET, &bound), HAETAE_OK);
    haetae_bound_counter_add(bound, 1);
    atomic_store(&f.recorder->accepting, false);
    haetae_bound_counter_add(bound, 1);
    haetae_counter_add(counter, 1, SET);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 2);
    assert_int_equal(haetae_counter_bind(counter, SET, &late), HAETAE_ESHUTDOWN);
    assert_ptr_equal(late, (haetae_bound_counter *)1);
    assert_int_equal(collected_int(&f, "c", "k=v"), 1);
    fixture_done(&f);
}

static void provider_that_is_off_gives_null_handles(void **state)
{
    struct fixture f;
    haetae_meter *meter = (haetae_meter *)1;

    (void)state;
    fixture_init(&f, 0);
    f.provider.enabled = false;
    assert_int_equal(hae_meter_get(&f.provider, NULL, &meter), HAETAE_OK);
    assert_null(meter);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counter_sums_integers),
        cmocka_unit_test(counter_sums_doubles),
        cmocka_unit_test(up_down_counter_goes_both_ways),
        cmocka_unit_test(gauge_keeps_the_last_value),
        cmocka_unit_test(histogram_counts_by_bucket),
        cmocka_unit_test(histogram_takes_integers_and_bound_ones),
        cmocka_unit_test(infinities_are_refused_and_counted),
        cmocka_unit_test(histogram_refuses_negative_values),
        cmocka_unit_test(sums_stay_finite),
        cmocka_unit_test(integers_wrap_around),
        cmocka_unit_test(wrong_measurements_are_counted_and_change_nothing),
        cmocka_unit_test(bound_series_is_reported_from_its_first_measurement),
        cmocka_unit_test(binding_twice_gives_the_same_bound_instrument),
        cmocka_unit_test(null_handles_do_nothing),
        cmocka_unit_test(after_shutdown_nothing_is_recorded_and_all_is_counted),
        cmocka_unit_test(provider_that_is_off_gives_null_handles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
