/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include <math.h>

#include "decode/quantile.h"
#include "store/series.h"

struct fixture {
    struct hae_view_series_set set;
    struct hae_view_source source;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct hae_view_hash_key key = {1, 2};
    hae_view_series_init(&fixture->set, 100, key);
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

static struct hae_view_point counter(int64_t value, uint64_t start_ns, uint64_t time_ns)
{
    struct hae_view_point point;
    memset(&point, 0, sizeof point);
    point.kind = HAE_VIEW_COUNTER;
    point.temporality = HAE_VIEW_CUMULATIVE;
    point.start_ns = start_ns;
    point.time_ns = time_ns;
    point.figures.is_integer = true;
    point.figures.integer = value;
    point.name = "c";
    point.unit = "1";
    point.attributes = "";
    return point;
}

static struct hae_view_point histogram(uint64_t count, uint64_t start_ns, uint64_t time_ns)
{
    struct hae_view_point point = counter(0, start_ns, time_ns);
    point.kind = HAE_VIEW_HISTOGRAM;
    point.figures.is_integer = false;
    point.figures.count = count;
    return point;
}

static enum hae_view_point_answer add(struct fixture *fixture, struct hae_view_point point)
{
    return hae_view_series_add(&fixture->set, &fixture->source, &point);
}

static struct hae_view_measurements measure(const struct fixture *fixture)
{
    struct hae_view_measurements sum = {0, 0, 0};
    for (size_t i = 0; i < fixture->set.capacity; i++) {
        if (fixture->set.slots[i] != NULL) {
            hae_view_series_measure(fixture->set.slots[i], &sum);
        }
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
    add(fixture, counter(3, 30, 40));
    add(fixture, counter(4, 30, 50));
    add(fixture, histogram(10, 1, 20));
    add(fixture, histogram(20, 30, 40)); /* more than before, but a new run */
    assert_int_equal(measure(fixture).integer_sums, 12);
    assert_int_equal(measure(fixture).histograms, 30);
    assert_int_equal(fixture->set.restarts, 2);
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
    struct hae_view_point point = counter(5, 1, 10);
    point.temporality = HAE_VIEW_DELTA;
    add(fixture, point);
    point.start_ns = 10;
    point.time_ns = 20;
    point.figures.integer = 7;
    add(fixture, point);
    assert_int_equal(add(fixture, point), HAE_VIEW_POINT_REPEATED);
    assert_int_equal(measure(fixture).integer_sums, 12);
}

static void series_differ_by_any_part_of_their_identity(void **state)
{
    struct fixture *fixture = *state;
    struct hae_view_point point = counter(1, 1, 10);
    add(fixture, point);
    point.attributes_digest.low = 1;
    add(fixture, point);
    point.name = "other";
    add(fixture, point);
    point.unit = "s";
    add(fixture, point);
    point.kind = HAE_VIEW_UP_DOWN;
    add(fixture, point);
    fixture->source.resource.high = 9;
    add(fixture, point);
    fixture->source.scope = 1;
    add(fixture, point);
    assert_int_equal(fixture->set.count, 7);
}

static void gauges_and_up_down_counters_are_no_measurements(void **state)
{
    struct hae_view_point point = counter(50, 1, 10);
    point.kind = HAE_VIEW_GAUGE;
    add(*state, point);
    point.kind = HAE_VIEW_UP_DOWN;
    add(*state, point);
    assert_int_equal(measure(*state).integer_sums, 0);
}

static void points_without_a_value_leave_the_last_one(void **state)
{
    add(*state, counter(8, 1, 20));
    struct hae_view_point point = counter(0, 1, 30);
    point.no_recorded_value = true;
    assert_int_equal(add(*state, point), HAE_VIEW_POINT_TAKEN);
    assert_int_equal(measure(*state).integer_sums, 8);
}

static void series_beyond_the_limit_are_reported(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t i = 0; i < 150; i++) {
        struct hae_view_point point = counter(1, 1, 10);
        point.attributes_digest.low = i;
        assert_int_equal(add(fixture, point),
                         i < 100 ? HAE_VIEW_POINT_TAKEN : HAE_VIEW_POINT_UNTRACKED);
    }
    assert_int_equal(fixture->set.count, 100);
    assert_int_equal(measure(fixture).integer_sums, 100);
}

static void sums_do_not_overflow(void **state)
{
    add(*state, counter(INT64_MAX, 1, 10));
    add(*state, counter(5, 20, 30));
    assert_true(measure(*state).integer_sums == INT64_MAX);
}

static void the_rate_is_that_of_the_last_two_points(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, counter(100, S, 2 * S));
    for (size_t i = 0; i < fixture->set.capacity; i++) {
        assert_true(fixture->set.slots[i] == NULL || isnan(fixture->set.slots[i]->rate));
    }
    add(fixture, counter(150, S, 12 * S));
    for (size_t i = 0; i < fixture->set.capacity; i++) {
        if (fixture->set.slots[i] != NULL) {
            assert_true(fabs(fixture->set.slots[i]->rate - 5) < 1e-9);
        }
    }
}

static void bucket_quantiles_are_interpolated(void **state)
{
    (void)state;
    const uint64_t counts[] = {50, 40, 9, 1};
    const double bounds[] = {1, 2, 4};
    struct hae_view_buckets buckets = {counts, bounds, 3, 0, 8};
    assert_true(fabs(hae_view_buckets_quantile(&buckets, 0.5) - 1) < 1e-9);
    assert_true(fabs(hae_view_buckets_quantile(&buckets, 0.25) - 0.5) < 1e-9);
    assert_true(fabs(hae_view_buckets_quantile(&buckets, 0.7) - sqrt(2)) < 1e-9);
    assert_true(fabs(hae_view_buckets_quantile(&buckets, 0.99) - 4) < 1e-9);
    assert_true(fabs(hae_view_buckets_quantile(&buckets, 1) - 8) < 1e-9);
    buckets.max = 1.2; /* max says that nothing is above it */
    assert_true(hae_view_buckets_quantile(&buckets, 0.99) <= 1.2);
}

/* Of 19 values in one wide bucket, the estimates lie between the smallest and the largest. */
static void bucket_quantiles_keep_to_the_values(void **state)
{
    (void)state;
    const uint64_t counts[] = {19, 0};
    const double bounds[] = {5};
    struct hae_view_buckets buckets = {counts, bounds, 1, 0.1, 3.6};
    assert_true(fabs(hae_view_buckets_quantile(&buckets, 0.5) - 0.6) < 1e-9);
    assert_true(hae_view_buckets_quantile(&buckets, 0.99) < 3.6);
}

static void bucket_quantiles_of_nothing_are_not_a_number(void **state)
{
    (void)state;
    const uint64_t counts[] = {0, 0};
    const double bounds[] = {1};
    struct hae_view_buckets buckets = {counts, bounds, 1, NAN, NAN};
    assert_true(isnan(hae_view_buckets_quantile(&buckets, 0.5)));
    struct hae_view_buckets single = {counts, NULL, 0, NAN, NAN};
    assert_true(isnan(hae_view_buckets_quantile(&single, 0.5)));
    const uint64_t one[] = {1};
    single.counts = one;
    assert_true(isnan(hae_view_buckets_quantile(&single, 0.5)));
}

static void exponential_quantiles_find_their_bucket(void **state)
{
    (void)state;
    const uint64_t positive[] = {10, 0, 80, 10}; /* 1..2, 2..4, 4..8, 8..16 */
    const uint64_t negative[] = {5};
    struct hae_view_exponential histogram = {{NULL, 0, 0}, {positive, 4, 0}, 0, 0, NAN, NAN};
    double p50 = hae_view_exponential_quantile(&histogram, 0.5);
    assert_true(p50 > 4 && p50 <= 8);
    histogram.negative = (struct hae_view_exponential_side){negative, 1, 0};
    assert_true(hae_view_exponential_quantile(&histogram, 0.01) < 0);
    histogram.zero_count = 1000;
    assert_true(hae_view_exponential_quantile(&histogram, 0.5) == 0);
    histogram.scale = INT32_MIN; /* invalid, and nothing worse */
    hae_view_exponential_quantile(&histogram, 1);
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
        with_set(series_differ_by_any_part_of_their_identity),
        with_set(gauges_and_up_down_counters_are_no_measurements),
        with_set(points_without_a_value_leave_the_last_one),
        with_set(series_beyond_the_limit_are_reported),
        with_set(sums_do_not_overflow),
        with_set(the_rate_is_that_of_the_last_two_points),
        cmocka_unit_test(bucket_quantiles_are_interpolated),
        cmocka_unit_test(bucket_quantiles_keep_to_the_values),
        cmocka_unit_test(bucket_quantiles_of_nothing_are_not_a_number),
        cmocka_unit_test(exponential_quantiles_find_their_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
