/* SPDX-License-Identifier: Apache-2.0 */
/* Observables whose values the program sets. */
#include <math.h>
#include <stdio.h>

#include "metrics/aggregation_histogram.h"
#include "metrics/views.h"

static haetae_observable *make(struct fixture *f, uint8_t kind, const char *name,
                               int32_t number_type)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_observable *made = NULL;
    haetae_status status;

    options.name = haetae_string_of(name);
    options.number_type = number_type;
    status = kind == HAE_OBSERVABLE_COUNTER
                 ? haetae_observable_counter_create(f->meter, &options, &made)
             : kind == HAE_OBSERVABLE_GAUGE
                 ? haetae_observable_gauge_create(f->meter, &options, &made)
                 : haetae_observable_up_down_counter_create(f->meter, &options, &made);
    assert_int_equal(status, HAETAE_OK);
    assert_non_null(made);
    return made;
}

static haetae_observable *make_ints(struct fixture *f, uint8_t kind)
{
    return make(f, kind, "o", HAETAE_NUMBER_INT64);
}

static void each_kind_is_the_data_that_the_specification_asks_for(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    haetae_observable_set_int64(make(&f, HAE_OBSERVABLE_COUNTER, "c", HAETAE_NUMBER_INT64), 7, NULL,
                                0);
    haetae_observable_set_double(
        make(&f, HAE_OBSERVABLE_UP_DOWN_COUNTER, "u", HAETAE_NUMBER_DOUBLE), -2.5, NULL, 0);
    haetae_observable_set_int64(make(&f, HAE_OBSERVABLE_GAUGE, "g", HAETAE_NUMBER_INT64), -3, NULL,
                                0);
    collect(&f, &all);
    assert_int_equal(find_metric(&all, "c")->data_case, HAE_OTLP__METRIC__DATA_SUM);
    assert_true(find_metric(&all, "c")->sum->is_monotonic);
    assert_int_equal(find_metric(&all, "c")->sum->aggregation_temporality,
                     HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE);
    assert_int_equal(find_point(&all, "c", "")->as_int, 7);
    assert_int_equal(find_metric(&all, "u")->data_case, HAE_OTLP__METRIC__DATA_SUM);
    assert_false(find_metric(&all, "u")->sum->is_monotonic);
    assert_true(find_point(&all, "u", "")->as_double == -2.5);
    assert_int_equal(find_metric(&all, "g")->data_case, HAE_OTLP__METRIC__DATA_GAUGE);
    assert_int_equal(find_point(&all, "g", "")->as_int, -3);
    collection_done(&all, &f);
}

static void a_value_stays_until_it_is_set_again_or_removed(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_observable *o = make_ints(&f, HAE_OBSERVABLE_COUNTER);
    assert_int_equal(collected_point_count(&f, "o"), 0);
    haetae_observable_set_int64(o, 5, HAETAE_ATTRS(HAETAE_ATTR("k", "a")));
    haetae_observable_set_int64(o, 6, HAETAE_ATTRS(HAETAE_ATTR("k", "b")));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(collected_int(&f, "o", "k=a"), 5);
        assert_int_equal(collected_point_count(&f, "o"), 2);
    }
    haetae_observable_set_int64(o, 9, HAETAE_ATTRS(HAETAE_ATTR("k", "a")));
    assert_int_equal(collected_int(&f, "o", "k=a"), 9);
    haetae_observable_remove(o, HAETAE_ATTRS(HAETAE_ATTR("k", "a")));
    haetae_observable_remove(o, HAETAE_ATTRS(HAETAE_ATTR("k", "never set")));
    assert_int_equal(collected_point_count(&f, "o"), 1);
    assert_int_equal(collected_int(&f, "o", "k=b"), 6);
    haetae_observable_set_int64(o, 0, HAETAE_ATTRS(HAETAE_ATTR("k", "a")));
    assert_int_equal(collected_int(&f, "o", "k=a"), 0);
    fixture_done(&f);
}

static int64_t delta(struct hae_metric_reader *reader, uint64_t now, size_t *ret_points)
{
    struct collection all;
    int64_t total;

    assert_int_equal(collect_with(reader, now, METRICS_MAX, &all), HAETAE_OK);
    *ret_points = point_count(&all, "o");
    total = int_total(&all, "o");
    collection_free(&all);
    return total;
}

static void each_delta_reader_gets_what_came_since_its_last_collection(void **state)
{
    struct hae_metric_reader one, two;
    struct fixture f;
    size_t points;

    (void)state;
    fixture_init(&f, 0);
    assert_int_equal(hae_metric_reader_init(&one, &f.provider, &hae_temporality_delta), HAETAE_OK);
    assert_int_equal(hae_metric_reader_init(&two, &f.provider, &hae_temporality_delta), HAETAE_OK);
    haetae_observable *o = make_ints(&f, HAE_OBSERVABLE_COUNTER);
    haetae_observable_set_int64(o, 10, NULL, 0);
    assert_int_equal(delta(&one, COLLECTED_NS, &points), 10);
    haetae_observable_set_int64(o, 25, NULL, 0);
    assert_int_equal(delta(&one, COLLECTED_NS + 1, &points), 15);
    assert_int_equal(delta(&two, COLLECTED_NS + 1, &points), 25);
    haetae_observable_set_int64(o, 26, NULL, 0);
    assert_int_equal(delta(&two, COLLECTED_NS + 2, &points), 1);
    assert_int_equal(delta(&two, COLLECTED_NS + 3, &points), 0);
    assert_int_equal(points, 0);
    assert_int_equal(delta(&one, COLLECTED_NS + 3, &points), 1);
    /* One that is less has begun again. */
    haetae_observable_set_int64(o, 4, NULL, 0);
    assert_int_equal(delta(&one, COLLECTED_NS + 4, &points), 4);
    assert_int_equal(collected_int(&f, "o", ""), 4);
    hae_metric_reader_done(&one);
    hae_metric_reader_done(&two);
    fixture_done(&f);
}

static void a_total_counts_from_the_collection_before_its_first_value(void **state)
{
    struct fixture f;
    struct collection all;
    uint64_t made;

    (void)state;
    fixture_init(&f, 0);
    haetae_observable *o = make_ints(&f, HAE_OBSERVABLE_COUNTER);
    made = o->instrument.made_unix_ns;
    haetae_observable_set_int64(o, 1, HAETAE_ATTRS(HAETAE_ATTR("k", "a")));
    collect(&f, &all);
    assert_int_equal(find_point(&all, "o", "k=a")->start_time_unix_nano, made);
    collection_free(&all);
    haetae_observable_set_int64(o, 2, HAETAE_ATTRS(HAETAE_ATTR("k", "b")));
    assert_int_equal(collect_with(&f.reader, COLLECTED_NS + 7, METRICS_MAX, &all), HAETAE_OK);
    assert_int_equal(find_point(&all, "o", "k=a")->start_time_unix_nano, made);
    assert_int_equal(find_point(&all, "o", "k=b")->start_time_unix_nano, COLLECTED_NS);
    collection_free(&all);
    /* One that fell began again after the last collection. */
    haetae_observable_set_int64(o, 0, HAETAE_ATTRS(HAETAE_ATTR("k", "a")));
    assert_int_equal(collect_with(&f.reader, COLLECTED_NS + 9, METRICS_MAX, &all), HAETAE_OK);
    assert_int_equal(find_point(&all, "o", "k=a")->start_time_unix_nano, COLLECTED_NS + 7);
    assert_int_equal(find_point(&all, "o", "k=b")->start_time_unix_nano, COLLECTED_NS);
    collection_done(&all, &f);
}

static void a_clock_that_is_set_back_changes_no_total(void **state)
{
    const uint64_t second = UINT64_C(1000000000);
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    haetae_observable *o = make_ints(&f, HAE_OBSERVABLE_COUNTER);
    haetae_observable_set_int64(o, 100, NULL, 0);
    assert_int_equal(collected_int(&f, "o", ""), 100);
    assert_int_equal(collect_with(&f.reader, COLLECTED_NS - 10 * second, METRICS_MAX, &all),
                     HAETAE_OK);
    collection_free(&all);
    haetae_observable_set_int64(o, 130, NULL, 0);
    assert_int_equal(collect_with(&f.reader, COLLECTED_NS - 9 * second, METRICS_MAX, &all),
                     HAETAE_OK);
    assert_int_equal(find_point(&all, "o", "")->as_int, 130);
    collection_done(&all, &f);
}

static void values_that_cannot_be_are_counted(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_observable *ints = make(&f, HAE_OBSERVABLE_COUNTER, "i", HAETAE_NUMBER_INT64);
    haetae_observable *reals = make(&f, HAE_OBSERVABLE_COUNTER, "d", HAETAE_NUMBER_DOUBLE);
    haetae_observable *gauge = make(&f, HAE_OBSERVABLE_GAUGE, "g", HAETAE_NUMBER_DOUBLE);
    haetae_observable_set_int64(ints, -1, NULL, 0);
    haetae_observable_set_double(ints, 1, NULL, 0);
    haetae_observable_set_int64(reals, 1, NULL, 0);
    haetae_observable_set_double(reals, -0.5, NULL, 0);
    haetae_observable_set_double(reals, NAN, NULL, 0);
    haetae_observable_set_double(gauge, INFINITY, NULL, 0);
    haetae_observable_set_double(gauge, -INFINITY, NULL, 0);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 7);
    assert_int_equal(collected_point_count(&f, "i") + collected_point_count(&f, "d") +
                         collected_point_count(&f, "g"),
                     0);
    haetae_observable_set_double(gauge, -1.5, NULL, 0);
    assert_true(collected_double(&f, "g", "") == -1.5);
    fixture_done(&f);
}

static void a_synchronous_instrument_of_the_same_name_is_another_one(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "o", HAETAE_NUMBER_INT64);
    haetae_observable *o = make_ints(&f, HAE_OBSERVABLE_COUNTER);
    assert_ptr_not_equal(o, counter);
    assert_ptr_equal(make(&f, HAE_OBSERVABLE_COUNTER, "O", HAETAE_NUMBER_INT64), o);
    assert_ptr_not_equal(make(&f, HAE_OBSERVABLE_UP_DOWN_COUNTER, "o", HAETAE_NUMBER_INT64), o);
    assert_ptr_equal(haetae_observable_counter_named(f.meter, "o", NULL), o);
    haetae_counter_add(counter, 1, NULL, 0);
    haetae_observable_set_int64(o, 2, NULL, 0);
    collect(&f, &all);
    assert_int_equal(point_count(&all, "o"), 2);
    assert_int_equal(int_total(&all, "o"), 3);
    collection_done(&all, &f);
}

static void only_what_is_recorded_is_enabled(void **state)
{
    static struct views none = {.count = 0};
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    assert_true(haetae_counter_enabled(counter));
    assert_true(haetae_up_down_counter_enabled(make_up_down_counter(&f, "u", 0)));
    assert_true(haetae_gauge_enabled(make_gauge(&f, "g", 0)));
    assert_true(haetae_histogram_enabled(histogram));
    assert_false(haetae_counter_enabled(NULL));
    set_views(&f, &none);
    assert_false(haetae_counter_enabled(make_counter(&f, "dropped", HAETAE_NUMBER_INT64)));
    atomic_store(&f.meter->disabled, true);
    assert_false(haetae_counter_enabled(counter));
    assert_false(haetae_histogram_enabled(histogram));
    atomic_store(&f.meter->disabled, false);
    assert_true(haetae_counter_enabled(counter));
    atomic_store(&f.recorder->accepting, false);
    assert_false(haetae_counter_enabled(counter));
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_the_data_that_the_specification_asks_for),
        cmocka_unit_test(a_value_stays_until_it_is_set_again_or_removed),
        cmocka_unit_test(each_delta_reader_gets_what_came_since_its_last_collection),
        cmocka_unit_test(a_total_counts_from_the_collection_before_its_first_value),
        cmocka_unit_test(a_clock_that_is_set_back_changes_no_total),
        cmocka_unit_test(values_that_cannot_be_are_counted),
        cmocka_unit_test(a_synchronous_instrument_of_the_same_name_is_another_one),
        cmocka_unit_test(only_what_is_recorded_is_enabled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
