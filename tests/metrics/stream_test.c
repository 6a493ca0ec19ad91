/* SPDX-License-Identifier: Apache-2.0 */
/* Instruments with several streams, with filters, and with other aggregations than their own. */
#include "metrics/views.h"

#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "metrics/aggregation_histogram.h"
#include "metrics/aggregation_sum.h"
#include "metrics/lookup.h"

/* The instrument's own stream, and one that merges the paths. */
static struct views own_and_merged = {.count = 2,
                                      .view = {{0}, {.name = "merged", .filter = &drops_path}}};

/* Often enough that the lane's cache answers, too. */
enum { ROUNDS = 3 };

static void add_requests(haetae_counter *counter)
{
    for (int i = 0; i < ROUNDS; i++) {
        haetae_counter_add(counter, 1,
                           HAETAE_ATTRS(HAETAE_ATTR("method", "GET"), HAETAE_ATTR("path", "/a")));
        haetae_counter_add(counter, 2,
                           HAETAE_ATTRS(HAETAE_ATTR("path", "/b"), HAETAE_ATTR("method", "GET")));
        haetae_counter_add(counter, 4,
                           HAETAE_ATTRS(HAETAE_ATTR("method", "POST"), HAETAE_ATTR("path", "/a")));
        haetae_counter_add(counter, 8, HAETAE_ATTRS(HAETAE_ATTR("path", "/c")));
        haetae_counter_add(counter, 16, NULL, 0);
    }
}

static void one_unfiltered_stream_is_recorded_into_inline(void **state)
{
    static struct views filtered = {.count = 1, .view = {{.filter = &drops_path}}};
    static struct views other = {.count = 1, .view = {{.aggregation = &hae_aggregation_histogram}}};
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    assert_int_equal(make_counter(&f, "a", HAETAE_NUMBER_INT64)->instrument.inline_type,
                     HAETAE_NUMBER_INT64);
    set_views(&f, &own_and_merged);
    assert_int_equal(make_counter(&f, "b", HAETAE_NUMBER_INT64)->instrument.inline_type,
                     HAE_INLINE_NONE);
    set_views(&f, &filtered);
    assert_int_equal(make_counter(&f, "c", HAETAE_NUMBER_INT64)->instrument.inline_type,
                     HAE_INLINE_NONE);
    set_views(&f, &other);
    assert_int_equal(make_counter(&f, "d", HAETAE_NUMBER_INT64)->instrument.inline_type,
                     HAE_INLINE_NONE);
    fixture_done(&f);
}

static void a_filter_merges_the_series_of_its_stream_only(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &own_and_merged);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_requests(counter);
    collect(&f, &all);
    assert_int_equal(point_count(&all, "c"), 5);
    assert_int_equal(find_point(&all, "c", "method=GET,path=/a")->as_int, ROUNDS);
    assert_int_equal(find_point(&all, "c", "method=GET,path=/b")->as_int, 2 * ROUNDS);
    assert_int_equal(int_total(&all, "c"), 31 * ROUNDS);
    assert_int_equal(point_count(&all, "merged"), 3);
    assert_int_equal(find_point(&all, "merged", "method=GET")->as_int, 3 * ROUNDS);
    assert_int_equal(find_point(&all, "merged", "method=POST")->as_int, 4 * ROUNDS);
    assert_int_equal(find_point(&all, "merged", "")->as_int, 24 * ROUNDS);
    collection_done(&all, &f);
}

static void a_filter_may_keep_some_keys_or_none(void **state)
{
    static const struct hae_key_filter none = {.drops = false};
    static struct views views = {
        .count = 2, .view = {{.filter = &keeps_path}, {.name = "all", .filter = &none}}};
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &views);
    add_requests(make_counter(&f, "c", HAETAE_NUMBER_INT64));
    collect(&f, &all);
    assert_int_equal(point_count(&all, "c"), 4);
    assert_int_equal(find_point(&all, "c", "path=/a")->as_int, 5 * ROUNDS);
    assert_int_equal(find_point(&all, "c", "")->as_int, 16 * ROUNDS);
    assert_int_equal(point_count(&all, "all"), 1);
    assert_int_equal(find_point(&all, "all", "")->as_int, 31 * ROUNDS);
    collection_done(&all, &f);
}

static void an_instrument_without_streams_takes_measurements_and_reports_nothing(void **state)
{
    static struct views none = {.count = 0};
    haetae_bound_counter *bound = NULL;
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &none);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_requests(counter);
    assert_int_equal(haetae_counter_bind(counter, NULL, 0, &bound), HAETAE_OK);
    assert_non_null(bound);
    haetae_bound_counter_add(bound, 1);
    collect(&f, &all);
    assert_int_equal(all.count, 0);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 0);
    haetae_counter_add(counter, -1, NULL, 0);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 1);
    collection_done(&all, &f);
}

static void a_stream_may_have_another_aggregation_than_its_instrument(void **state)
{
    static struct views as_histogram = {
        .count = 2, .view = {{0}, {.name = "spread", .aggregation = &hae_aggregation_histogram}}};
    static struct views as_sum = {
        .count = 2, .view = {{0}, {.name = "total", .aggregation = &hae_aggregation_sum}}};
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &as_histogram);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    set_views(&f, &as_sum);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    for (int i = 0; i < ROUNDS; i++) {
        haetae_counter_add(counter, 7, HAETAE_ATTRS(HAETAE_ATTR("k", 1)));
        haetae_counter_add(counter, 50, HAETAE_ATTRS(HAETAE_ATTR("k", 1)));
        haetae_histogram_record_double(histogram, 0.5, NULL, 0);
    }
    collect(&f, &all);
    assert_int_equal(find_point(&all, "c", "k=1")->as_int, 57 * ROUNDS);
    const HaeOtlp__HistogramDataPoint *spread = find_histogram(&all, "spread", "k=1");
    assert_int_equal(spread->n_explicit_bounds, 2);
    assert_int_equal(spread->bucket_counts[0], ROUNDS);
    assert_int_equal(spread->bucket_counts[1], ROUNDS);
    assert_true(spread->sum == 57 * ROUNDS && spread->min == 7 && spread->max == 50);
    assert_int_equal(histogram_total(&all, "h"), ROUNDS);
    assert_true(find_point(&all, "total", "")->as_double == 0.5 * ROUNDS);
    assert_true(find_metric(&all, "total")->sum->is_monotonic);
    collection_done(&all, &f);
}

static void gauges_and_doubles_have_streams_as_well(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &own_and_merged);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_INT64);
    for (int i = 0; i < ROUNDS; i++) {
        haetae_gauge_record(gauge, 10 + i, HAETAE_ATTRS(HAETAE_ATTR("path", "/a")));
        haetae_gauge_record(gauge, 20 + i, HAETAE_ATTRS(HAETAE_ATTR("path", "/b")));
    }
    collect(&f, &all);
    assert_int_equal(find_point(&all, "g", "path=/a")->as_int, 10 + ROUNDS - 1);
    assert_int_equal(find_point(&all, "merged", "")->as_int, 20 + ROUNDS - 1);
    assert_int_equal(find_metric(&all, "merged")->data_case, HAE_OTLP__METRIC__DATA_GAUGE);
    collection_done(&all, &f);

    fixture_init_views(&f, 0, &own_and_merged);
    haetae_up_down_counter *reals = make_up_down_counter(&f, "u", HAETAE_NUMBER_DOUBLE);
    for (int i = 0; i < ROUNDS; i++) {
        haetae_up_down_counter_add_double(reals, 0.5, HAETAE_ATTRS(HAETAE_ATTR("path", "/a")));
        haetae_up_down_counter_add_double(reals, -2, HAETAE_ATTRS(HAETAE_ATTR("path", "/b")));
    }
    assert_true(collected_double(&f, "u", "path=/a") == 0.5 * ROUNDS);
    assert_true(collected_double(&f, "merged", "") == -1.5 * ROUNDS);
    fixture_done(&f);
}

static void a_bound_instrument_records_into_each_stream(void **state)
{
    haetae_bound_counter *a = NULL;
    haetae_bound_counter *b = NULL;
    haetae_bound_counter *again = NULL;
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &own_and_merged);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    assert_int_equal(haetae_counter_bind(counter, HAETAE_ATTRS(HAETAE_ATTR("path", "/a")), &a),
                     HAETAE_OK);
    assert_int_equal(haetae_counter_bind(counter, HAETAE_ATTRS(HAETAE_ATTR("path", "/b")), &b),
                     HAETAE_OK);
    assert_int_equal(haetae_counter_bind(counter, HAETAE_ATTRS(HAETAE_ATTR("path", "/a")), &again),
                     HAETAE_OK);
    assert_ptr_equal(a, again);
    assert_ptr_not_equal(a, b); /* though the second stream's series is the same */
    for (int i = 0; i < ROUNDS; i++) {
        haetae_bound_counter_add(a, 1);
        haetae_bound_counter_add(b, 2);
    }
    haetae_bound_counter_add(a, -1);
    haetae_bound_counter_add_double(a, 1);
    collect(&f, &all);
    assert_int_equal(find_point(&all, "c", "path=/a")->as_int, ROUNDS);
    assert_int_equal(find_point(&all, "c", "path=/b")->as_int, 2 * ROUNDS);
    assert_int_equal(find_point(&all, "merged", "")->as_int, 3 * ROUNDS);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 2);
    collection_done(&all, &f);
}

static void bound_gauges_and_histograms_record_into_each_stream(void **state)
{
    haetae_bound_gauge *bound_gauge = NULL;
    haetae_bound_histogram *bound_histogram = NULL;
    struct fixture f;

    (void)state;
    fixture_init_views(&f, 0, &own_and_merged);
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_DOUBLE);
    assert_int_equal(
        haetae_gauge_bind(gauge, HAETAE_ATTRS(HAETAE_ATTR("path", "/a")), &bound_gauge), HAETAE_OK);
    haetae_bound_gauge_record_double(bound_gauge, 0.25);
    haetae_bound_gauge_record_double(bound_gauge, NAN);
    assert_true(collected_double(&f, "g", "path=/a") == 0.25);
    assert_true(collected_double(&f, "merged", "") == 0.25);
    fixture_done(&f);

    struct collection all;
    fixture_init_views(&f, 0, &own_and_merged);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    assert_int_equal(
        haetae_histogram_bind(histogram, HAETAE_ATTRS(HAETAE_ATTR("path", "/a")), &bound_histogram),
        HAETAE_OK);
    haetae_bound_histogram_record(bound_histogram, 3);
    haetae_bound_histogram_record(bound_histogram, 4);
    collect(&f, &all);
    assert_true(find_histogram(&all, "h", "path=/a")->sum == 7);
    assert_true(find_histogram(&all, "merged", "")->sum == 7);
    collection_done(&all, &f);
}

static void a_filtered_set_may_keep_more_than_the_cache_takes(void **state)
{
    enum { KEPT = 40 };
    static char keys[KEPT][16];
    haetae_attribute attributes[KEPT + 1];
    struct fixture f;

    (void)state;
    for (int i = 0; i < KEPT; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        attributes[i] = haetae_attribute_of(keys[i], haetae_value_int64(i));
    }
    fixture_init_views(&f, 0, &own_and_merged);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < ROUNDS; i++) {
        attributes[KEPT] = haetae_attribute_of("path", haetae_value_int64(i));
        haetae_counter_add(counter, 1, attributes, KEPT + 1);
    }
    assert_int_equal(collected_point_count(&f, "c"), ROUNDS);
    assert_int_equal(collected_point_count(&f, "merged"), 1);
    fixture_done(&f);
}

static void a_key_given_twice_is_merged_after_the_filter(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init_views(&f, 0, &own_and_merged);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < ROUNDS; i++) {
        haetae_counter_add(counter, 1,
                           HAETAE_ATTRS(HAETAE_ATTR("path", "/a"), HAETAE_ATTR("k", 1),
                                        HAETAE_ATTR("path", "/b"), HAETAE_ATTR("k", 2)));
    }
    assert_int_equal(collected_int(&f, "c", "k=2,path=/b"), ROUNDS);
    assert_int_equal(collected_int(&f, "merged", "k=2"), ROUNDS);
    fixture_done(&f);
}

static void mistakes_are_counted_once_whatever_the_streams(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init_views(&f, 0, &own_and_merged);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    haetae_counter_add(counter, -1, NULL, 0);
    haetae_counter_add_double(counter, 1, NULL, 0);
    haetae_histogram_record_double(histogram, NAN, NULL, 0);
    haetae_histogram_record(histogram, 1, NULL, 0);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 4);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 0);
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("", 1)));
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 1);
    assert_int_equal(collected_int(&f, "c", ""), 1);
    assert_int_equal(collected_int(&f, "merged", ""), 1);
    assert_int_equal(collected_point_count(&f, "h"), 0);
    fixture_done(&f);
}

static void each_stream_has_its_own_limit(void **state)
{
    static struct views views = {.count = 2, .view = {{0}, {.name = "few", .series_limit = 3}}};
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &views);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < 10; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
    }
    collect(&f, &all);
    assert_int_equal(point_count(&all, "c"), 10);
    assert_int_equal(point_count(&all, "few"), 4);
    assert_int_equal(find_point(&all, "few", "otel.metric.overflow=true")->as_int, 7);
    assert_int_equal(int_total(&all, "few"), 10);
    collection_done(&all, &f);
}

static void known_sets_take_no_more_memory(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init_views(&f, 0, &own_and_merged);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_requests(counter);
    uint64_t used = atomic_load(&f.recorder->region->heap_used_bytes);
    hae_alloc_fail_after(0);
    add_requests(counter);
    hae_alloc_fail_after(-1);
    assert_int_equal(atomic_load(&f.recorder->region->heap_used_bytes), used);
    fixture_done(&f);
}

/* The second call of a thread with a set finds the cell without a look at the series' table. */
static void the_lanes_cache_knows_filtered_sets(void **state)
{
    haetae_attribute method = HAETAE_ATTR("method", "GET");
    struct fixture f;

    (void)state;
    fixture_init_views(&f, 0, &own_and_merged);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    const struct hae_stream *merged = &counter->instrument.streams[1];
    haetae_counter_add(counter, 1, HAETAE_ATTRS(method, HAETAE_ATTR("path", "/a")));
    struct hae_entry entry = hae_enter(f.recorder);
    const struct hae_lane_series *known = hae_known(merged, entry.lane, &method, 1);
    const _Atomic uint64_t *cell = known != NULL ? hae_ref_at(merged->region, known->cell) : NULL;
    hae_leave(entry);
    assert_non_null(cell);
    assert_int_equal(atomic_load(cell), 1);
    haetae_counter_add(counter, 2, HAETAE_ATTRS(HAETAE_ATTR("path", "/b"), method));
    assert_int_equal(atomic_load(cell), 3);
    fixture_done(&f);
}

/* The region's memory ends after so much more, so that each of its allocations fails once. */
static void used_up_memory_loses_nothing_of_any_stream(void **state)
{
    (void)state;
    for (uint64_t left = 0; left <= 3000; left += 40) {
        struct fixture f;
        struct collection all;

        fixture_init_views(&f, 2, &own_and_merged);
        haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
        fill_heap(&f, left);
        for (int i = 0; i < 40; i++) {
            haetae_counter_add(counter, 1,
                               HAETAE_ATTRS(HAETAE_ATTR("i", i % 20), HAETAE_ATTR("path", i)));
        }
        collect(&f, &all);
        assert_int_equal(int_total(&all, "c"), 40);
        assert_int_equal(int_total(&all, "merged"), 40);
        collection_done(&all, &f);
    }
}

static void used_up_memory_refuses_an_instrument_whole(void **state)
{
    bool refused = false;
    bool made = false;

    (void)state;
    for (uint64_t left = 0; left <= 2000; left += 8) {
        haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
        haetae_counter *counter = NULL;
        struct fixture f;
        haetae_status status;

        fixture_init_views(&f, 2, &own_and_merged);
        fill_heap(&f, left);
        options.name = haetae_string_of("c");
        status = haetae_counter_create(f.meter, &options, &counter);
        assert_int_equal(status, counter != NULL ? HAETAE_OK : HAETAE_ELIMIT);
        if (counter == NULL) {
            refused = true;
            assert_int_equal(collected_point_count(&f, "c"), 0);
        } else {
            made = true;
            haetae_counter_add(counter, 1, NULL, 0);
            assert_int_equal(collected_point_count(&f, "c"), 1);
        }
        fixture_done(&f);
    }
    assert_true(refused && made);
}

static void every_failed_allocation_is_reported_and_undone(void **state)
{
    haetae_status status = HAETAE_ENOMEM;
    long allocations = 0;

    (void)state;
    for (; status != HAETAE_OK; allocations++) {
        haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
        haetae_counter *counter = NULL;
        haetae_bound_counter *bound = NULL;
        struct fixture f;

        assert_true(allocations < 20);
        fixture_init_views(&f, 2, &own_and_merged);
        options.name = haetae_string_of("c");
        hae_alloc_fail_after(allocations);
        status = haetae_counter_create(f.meter, &options, &counter);
        if (status == HAETAE_OK) {
            status = haetae_counter_bind(counter, NULL, 0, &bound);
        }
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
        assert_int_equal(haetae_counter_create(f.meter, &options, &counter), HAETAE_OK);
        assert_int_equal(haetae_counter_bind(counter, NULL, 0, &bound), HAETAE_OK);
        haetae_bound_counter_add(bound, 1);
        assert_int_equal(collected_int(&f, "c", ""), 1);
        assert_int_equal(collected_int(&f, "merged", ""), 1);
        fixture_done(&f);
    }
    assert_true(allocations >= 5); /* fields, instrument, streams, what is bound, success */
}

static void beginning_anew_empties_each_stream(void **state)
{
    haetae_bound_counter *bound = NULL;
    struct fixture f;

    (void)state;
    fixture_init_views(&f, 0, &own_and_merged);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    assert_int_equal(haetae_counter_bind(counter, HAETAE_ATTRS(HAETAE_ATTR("path", "/a")), &bound),
                     HAETAE_OK);
    add_requests(counter);
    haetae_bound_counter_add(bound, 1);
    hae_meter_provider_reinit(&f.provider);
    assert_int_equal(collected_point_count(&f, "c"), 0);
    assert_int_equal(collected_point_count(&f, "merged"), 0);
    haetae_bound_counter_add(bound, 5);
    haetae_counter_add(counter, 6, HAETAE_ATTRS(HAETAE_ATTR("path", "/a")));
    assert_int_equal(collected_int(&f, "c", "path=/a"), 11);
    assert_int_equal(collected_int(&f, "merged", ""), 11);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_unfiltered_stream_is_recorded_into_inline),
        cmocka_unit_test(a_filter_merges_the_series_of_its_stream_only),
        cmocka_unit_test(a_filter_may_keep_some_keys_or_none),
        cmocka_unit_test(an_instrument_without_streams_takes_measurements_and_reports_nothing),
        cmocka_unit_test(a_stream_may_have_another_aggregation_than_its_instrument),
        cmocka_unit_test(gauges_and_doubles_have_streams_as_well),
        cmocka_unit_test(a_bound_instrument_records_into_each_stream),
        cmocka_unit_test(bound_gauges_and_histograms_record_into_each_stream),
        cmocka_unit_test(a_filtered_set_may_keep_more_than_the_cache_takes),
        cmocka_unit_test(a_key_given_twice_is_merged_after_the_filter),
        cmocka_unit_test(mistakes_are_counted_once_whatever_the_streams),
        cmocka_unit_test(each_stream_has_its_own_limit),
        cmocka_unit_test(known_sets_take_no_more_memory),
        cmocka_unit_test(the_lanes_cache_knows_filtered_sets),
        cmocka_unit_test(used_up_memory_loses_nothing_of_any_stream),
        cmocka_unit_test(used_up_memory_refuses_an_instrument_whole),
        cmocka_unit_test(every_failed_allocation_is_reported_and_undone),
        cmocka_unit_test(beginning_anew_empties_each_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
