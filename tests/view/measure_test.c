/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include <math.h>

#include "store/measure.h"

struct fixture {
    struct hae_view_series_set set;
};

struct point {
    struct hae_view_series series;
    struct hae_view_point_row row;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    hae_view_series_init(&fixture->set, 100);
    hae_view_series_begin(&fixture->set);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    hae_view_series_done(&fixture->set);
    free(fixture);
    return 0;
}

static struct point counter(int64_t value, uint64_t start_ns, uint64_t time_ns)
{
    return (struct point){
        .series = {.id = 1, .kind = HAE_VIEW_COUNTER, .temporality = HAE_VIEW_CUMULATIVE},
        .row = {.start_ns = start_ns,
                .time_ns = time_ns,
                .figures = {.is_integer = true, .integer = value}},
    };
}

static struct point histogram(uint64_t count, uint64_t start_ns, uint64_t time_ns)
{
    struct point point = counter(0, start_ns, time_ns);
    point.series.id = 2;
    point.series.kind = HAE_VIEW_HISTOGRAM;
    point.row.figures = (struct hae_view_figures){.count = count};
    return point;
}

static enum hae_view_point_answer add(struct fixture *fixture, struct point point)
{
    return hae_view_series_add(&fixture->set, &point.series, &point.row);
}

static struct hae_view_measurements measure(const struct fixture *fixture)
{
    struct hae_view_measurements sum = {0, 0, 0};
    for (size_t i = 0; i < hae_view_series_count(&fixture->set); i++) {
        hae_view_series_measure(&fixture->set.items[i], &sum);
    }
    return sum;
}

static void cumulative_points_replace_each_other(void **state)
{
    assert_int_equal(add(*state, counter(5, 1, 10)), HAE_VIEW_POINT_TAKEN);
    assert_int_equal(add(*state, counter(8, 1, 20)), HAE_VIEW_POINT_TAKEN);
    assert_int_equal(add(*state, histogram(100, 1, 10)), HAE_VIEW_POINT_TAKEN);
    assert_int_equal(add(*state, histogram(140, 1, 20)), HAE_VIEW_POINT_TAKEN);
    assert_int_equal(measure(*state).integer_sums, 8);
    assert_int_equal(measure(*state).histograms, 140);
}

static void a_later_start_time_adds_to_what_the_earlier_run_reached(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, counter(8, 1, 20));
    assert_int_equal(add(fixture, counter(3, 30, 40)), HAE_VIEW_POINT_RESTARTED);
    add(fixture, counter(4, 30, 50));
    add(fixture, histogram(10, 1, 20));
    add(fixture, histogram(20, 30, 40)); /* more than before, but a new run */
    assert_int_equal(measure(fixture).integer_sums, 12);
    assert_int_equal(measure(fixture).histograms, 30);
}

static void a_value_that_falls_is_a_restart_even_without_a_start_time(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, counter(8, 0, 20));
    add(fixture, counter(3, 0, 40));
    assert_int_equal(measure(fixture).integer_sums, 11);
}

static void repeated_and_late_points_change_nothing(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, counter(8, 10, 20));
    assert_int_equal(add(fixture, counter(8, 10, 20)), HAE_VIEW_POINT_REPEATED);
    assert_int_equal(add(fixture, counter(5, 10, 15)), HAE_VIEW_POINT_LATE);
    assert_int_equal(add(fixture, counter(90, 5, 30)), HAE_VIEW_POINT_LATE);
    assert_int_equal(measure(fixture).integer_sums, 8);
}

static void delta_points_are_added_up(void **state)
{
    struct fixture *fixture = *state;
    struct point point = counter(5, 1, 10);
    point.series.temporality = HAE_VIEW_DELTA;
    add(fixture, point);
    point.row.start_ns = 10;
    point.row.time_ns = 20;
    point.row.figures.integer = 7;
    add(fixture, point);
    assert_int_equal(add(fixture, point), HAE_VIEW_POINT_REPEATED);
    assert_int_equal(measure(fixture).integer_sums, 12);
}

static void gauges_and_up_down_counters_are_no_measurements(void **state)
{
    struct point point = counter(50, 1, 10);
    point.series.kind = HAE_VIEW_GAUGE;
    add(*state, point);
    point.series.kind = HAE_VIEW_UP_DOWN;
    point.series.id = 7;
    add(*state, point);
    assert_int_equal(measure(*state).integer_sums, 0);
}

static void points_without_a_value_leave_the_last_one(void **state)
{
    add(*state, counter(8, 1, 20));
    struct point point = counter(0, 1, 30);
    point.row.no_recorded_value = true;
    assert_int_equal(add(*state, point), HAE_VIEW_POINT_TAKEN);
    assert_int_equal(measure(*state).integer_sums, 8);
}

static void what_a_request_changed_can_be_taken_back(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, counter(8, 1, 20));
    hae_view_series_begin(&fixture->set);
    add(fixture, counter(9, 1, 30));
    add(fixture, counter(10, 1, 40));
    for (int64_t id = 100; id < 180; id++) {
        struct point point = counter(1000, 1, 10);
        point.series.id = id;
        add(fixture, point);
    }
    assert_int_equal(measure(fixture).integer_sums, 10 + 80 * 1000);
    hae_view_series_take_back(&fixture->set);
    assert_int_equal(measure(fixture).integer_sums, 8);
    assert_int_equal(hae_view_series_count(&fixture->set), 1);
    hae_view_series_begin(&fixture->set);
    assert_int_equal(add(fixture, counter(9, 1, 30)), HAE_VIEW_POINT_TAKEN);
    hae_view_series_begin(&fixture->set);
    assert_int_equal(measure(fixture).integer_sums, 9);
}

static void sums_do_not_overflow(void **state)
{
    add(*state, counter(INT64_MAX, 1, 10));
    add(*state, counter(5, 20, 30));
    assert_true(measure(*state).integer_sums == INT64_MAX);
}

static void counts_do_not_overflow(void **state)
{
    add(*state, histogram(UINT64_MAX, 1, 10));
    add(*state, histogram(5, 20, 30));
    assert_true(measure(*state).histograms == UINT64_MAX);
}

static void the_rate_is_that_of_the_last_two_points(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, counter(100, S, 2 * S));
    assert_true(isnan(fixture->set.items[0].rate));
    add(fixture, counter(150, S, 12 * S));
    assert_true(fabs(fixture->set.items[0].rate - 5) < 1e-9);
}

#define with_set(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_set(cumulative_points_replace_each_other),
        with_set(a_later_start_time_adds_to_what_the_earlier_run_reached),
        with_set(a_value_that_falls_is_a_restart_even_without_a_start_time),
        with_set(repeated_and_late_points_change_nothing),
        with_set(delta_points_are_added_up),
        with_set(gauges_and_up_down_counters_are_no_measurements),
        with_set(points_without_a_value_leave_the_last_one),
        with_set(what_a_request_changed_can_be_taken_back),
        with_set(sums_do_not_overflow),
        with_set(counts_do_not_overflow),
        with_set(the_rate_is_that_of_the_last_two_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
