/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregations that views choose. */
#include <float.h>
#include <math.h>

#include "metrics/view_fixture.h"

/* ---- Aggregations --------------------------------------------------------------------------- */

static void drop_sum_and_histograms_suit_every_synchronous_kind(void **state)
{
    haetae_view_options view = for_name("*");

    (void)state;
    begin();
    view.aggregation = HAETAE_AGGREGATION_SUM;
    add(&view);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_up_down_counter *level = make_up_down_counter(&f, "u", HAETAE_NUMBER_DOUBLE);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_INT64);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    for (int i = 0; i < 3; i++) {
        haetae_counter_add(counter, 2, NULL, 0);
        haetae_up_down_counter_add_double(level, -1.5, NULL, 0);
        haetae_gauge_record(gauge, -7, NULL, 0);
        haetae_histogram_record_double(histogram, 0.5, NULL, 0);
    }
    collect_all();
    assert_int_equal(find_point(&all, "c", "")->as_int, 6);
    assert_true(find_point(&all, "u", "")->as_double == -4.5);
    assert_int_equal(find_point(&all, "g", "")->as_int, -21);
    assert_true(find_point(&all, "h", "")->as_double == 1.5);
    /* Specification: "Sum Aggregation". */
    assert_true(find_metric(&all, "c")->sum->is_monotonic);
    assert_true(find_metric(&all, "h")->sum->is_monotonic);
    assert_false(find_metric(&all, "u")->sum->is_monotonic);
    assert_false(find_metric(&all, "g")->sum->is_monotonic);
    assert_int_equal(warning_count, 0);
    end_collected();
}

static void a_histogram_of_what_may_be_negative_has_no_sum(void **state)
{
    static const double bounds[] = {-10, 0, 10};
    haetae_view_options view = for_name("*");

    (void)state;
    begin();
    view.aggregation = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM;
    view.boundaries = bounds;
    view.boundary_count = 3;
    add(&view);
    haetae_up_down_counter *level = make_up_down_counter(&f, "u", HAETAE_NUMBER_INT64);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_DOUBLE);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    histograms_may_lack_sums = true;
    for (int i = 0; i < 3; i++) {
        haetae_up_down_counter_add(level, -20, NULL, 0);
        haetae_up_down_counter_add(level, 5, NULL, 0);
        /* Their sum would be infinite. */
        haetae_gauge_record_double(gauge, DBL_MAX, NULL, 0);
        haetae_gauge_record_double(gauge, -DBL_MAX, NULL, 0);
        haetae_gauge_record_double(gauge, DBL_MAX, NULL, 0);
        haetae_counter_add(counter, 5, NULL, 0);
    }
    collect_all();
    histograms_may_lack_sums = false;
    const HaeOtlp__HistogramDataPoint *point = find_histogram(&all, "u", "");
    assert_false(point->has_sum);
    assert_int_equal(point->count, 6);
    assert_int_equal(point->bucket_counts[0], 3);
    assert_int_equal(point->bucket_counts[2], 3);
    assert_true(point->min == -20 && point->max == 5);
    point = find_histogram(&all, "g", "");
    assert_false(point->has_sum);
    assert_int_equal(point->count, 9);
    assert_int_equal(point->bucket_counts[0], 3);
    assert_int_equal(point->bucket_counts[3], 6);
    assert_true(point->min == -DBL_MAX && point->max == DBL_MAX);
    assert_true(find_histogram(&all, "c", "")->has_sum);
    assert_true(find_histogram(&all, "c", "")->sum == 15);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 0);
    end_collected();
}

static void default_boundaries_serve_where_the_view_has_none(void **state)
{
    static const double advised[] = {1, 2, 3};
    haetae_view_options explicit = for_name("h");
    haetae_view_options as_default = for_name("h");
    haetae_view_options empty = for_name("h");
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options, .name = {"h", 1});
    haetae_histogram *histogram = NULL;

    (void)state;
    begin();
    explicit.aggregation = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM;
    explicit.name = haetae_string_of("explicit");
    as_default.name = haetae_string_of("default");
    empty.aggregation = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM;
    empty.boundaries = advised;
    empty.name = haetae_string_of("empty");
    add(&explicit);
    add(&as_default);
    add(&empty);
    options.boundaries = advised;
    options.boundary_count = 3;
    assert_int_equal(haetae_histogram_create(f.meter, &options, &histogram), HAETAE_OK);
    haetae_histogram_record(histogram, 2, NULL, 0);
    collect_all();
    /* Specification: "Instrument advisory parameter: ExplicitBucketBoundaries". */
    assert_int_equal(find_histogram(&all, "explicit", "")->n_explicit_bounds, 15);
    assert_int_equal(find_histogram(&all, "default", "")->n_explicit_bounds, 3);
    assert_int_equal(find_histogram(&all, "empty", "")->n_explicit_bounds, 0);
    assert_int_equal(find_histogram(&all, "empty", "")->n_bucket_counts, 1);
    assert_int_equal(find_histogram(&all, "empty", "")->bucket_counts[0], 1);
    end_collected();
}

static void minimum_and_maximum_can_be_left_out(void **state)
{
    haetae_view_options view = for_name("h");

    (void)state;
    begin();
    view.no_min_max = 1;
    add(&view);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    assert_int_equal(histogram->instrument.inline_type, HAETAE_NUMBER_DOUBLE);
    haetae_histogram_record_double(histogram, 2, NULL, 0);
    haetae_histogram_record_double(histogram, 3, NULL, 0);
    clock_was_set_back = true; /* histograms may lack both */
    collect_all();
    clock_was_set_back = false;
    const HaeOtlp__HistogramDataPoint *point = find_histogram(&all, "h", "");
    assert_false(point->has_min || point->has_max);
    assert_true(point->has_sum && point->sum == 5 && point->count == 2);
    end_collected();
}

static void exponential_histograms_have_their_size_and_scale(void **state)
{
    haetae_view_options view = for_name("h");
    haetae_view_options as_default = for_name("h");

    (void)state;
    begin();
    view.aggregation = HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM;
    view.name = haetae_string_of("small");
    view.max_size = 4;
    view.max_scale = 0;
    view.max_scale_given = 1;
    view.no_min_max = 1;
    add(&view);
    as_default.aggregation = HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM;
    add(&as_default);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    haetae_histogram_record_double(histogram, 2, NULL, 0);
    haetae_histogram_record_double(histogram, 3, NULL, 0);
    collect_all();
    const HaeOtlp__ExponentialHistogramDataPoint *point =
        find_metric(&all, "small")->exponential_histogram->data_points[0];
    assert_int_equal(point->scale, 0);
    assert_int_equal(point->positive->n_bucket_counts, 2);
    assert_int_equal(point->positive->offset, 0);
    assert_true(point->has_sum && point->sum == 5 && !point->has_min);
    point = find_metric(&all, "h")->exponential_histogram->data_points[0];
    assert_int_equal(point->scale, 8);
    assert_true(point->has_min && point->min == 2 && point->max == 3);
    end_collected();
}

static void a_last_value_suits_gauges(void **state)
{
    haetae_view_options view = for_name("g");

    (void)state;
    begin();
    view.aggregation = HAETAE_AGGREGATION_LAST_VALUE;
    add(&view);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_INT64);
    haetae_gauge_record(gauge, 4, NULL, 0);
    haetae_gauge_record(gauge, 2, NULL, 0);
    assert_int_equal(collected_int(&f, "g", ""), 2);
    assert_int_equal(warning_count, 0);
    end();
}

static void an_aggregation_that_does_not_suit_is_reported_and_the_view_does_not_count(void **state)
{
    haetae_view_options view = for_name("h");

    (void)state;
    begin();
    view.aggregation = HAETAE_AGGREGATION_LAST_VALUE;
    view.name = haetae_string_of("last");
    add(&view);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    haetae_histogram_record(histogram, 4, NULL, 0);
    collect_all();
    assert_int_equal(all.count, 1);
    assert_int_equal(find_histogram(&all, "h", "")->count, 1);
    assert_string_equal(warnings,
                        "the view for \"h\" asks for a last value, which has no meaning for the "
                        "instrument \"h\": the view does not count for it\n");
    end_collected();
}

static void observables_have_sums_and_last_values_and_no_histograms(void **state)
{
    haetae_view_options view = for_name("*");
    haetae_observable *counter, *gauge, *other;
    haetae_observable *level;

    (void)state;
    begin();
    view.instrument_kind = HAETAE_INSTRUMENT_OBSERVABLE_GAUGE;
    view.aggregation = HAETAE_AGGREGATION_SUM;
    add(&view);
    view.instrument_kind = HAETAE_INSTRUMENT_OBSERVABLE_COUNTER;
    view.aggregation = HAETAE_AGGREGATION_LAST_VALUE;
    add(&view);
    view.instrument_kind = HAETAE_INSTRUMENT_OBSERVABLE_UP_DOWN_COUNTER;
    view.aggregation = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM;
    add(&view);
    gauge = haetae_observable_gauge_named(f.meter, "g", NULL);
    counter = haetae_observable_counter_named(f.meter, "c", NULL);
    assert_int_equal(warning_count, 0);
    level = haetae_observable_up_down_counter_named(f.meter, "u", NULL);
    assert_int_equal(warning_count, 1);
    haetae_observable_set_double(gauge, -2, NULL, 0);
    haetae_observable_set_int64(counter, 7, NULL, 0);
    haetae_observable_set_int64(level, -3, NULL, 0);
    other = haetae_observable_up_down_counter_named(f.meter, "u", NULL);
    assert_ptr_equal(other, level);
    collect_all();
    assert_false(find_metric(&all, "g")->sum->is_monotonic);
    assert_true(find_point(&all, "g", "")->as_double == -2);
    assert_int_equal(find_metric(&all, "c")->data_case, HAE_OTLP__METRIC__DATA_GAUGE);
    assert_int_equal(find_point(&all, "c", "")->as_int, 7);
    assert_int_equal(find_metric(&all, "u")->data_case, HAE_OTLP__METRIC__DATA_SUM);
    assert_int_equal(find_point(&all, "u", "")->as_int, -3);
    end_collected();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drop_sum_and_histograms_suit_every_synchronous_kind),
        cmocka_unit_test(a_histogram_of_what_may_be_negative_has_no_sum),
        cmocka_unit_test(default_boundaries_serve_where_the_view_has_none),
        cmocka_unit_test(minimum_and_maximum_can_be_left_out),
        cmocka_unit_test(exponential_histograms_have_their_size_and_scale),
        cmocka_unit_test(a_last_value_suits_gauges),
        cmocka_unit_test(an_aggregation_that_does_not_suit_is_reported_and_the_view_does_not_count),
        cmocka_unit_test(observables_have_sums_and_last_values_and_no_histograms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
