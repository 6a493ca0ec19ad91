/* SPDX-License-Identifier: Apache-2.0 */
/* A reader that reports deltas, and has no memory to remember them: each allocation fails once,
 * nothing is lost or reported twice, and what is cumulative needs none. */
#include "metrics/fixture.h"

#include "base/alloc.h"

static void making_a_reader_fails_clean(void **state)
{
    struct fixture f;
    struct hae_metric_reader reader;

    (void)state;
    fixture_init(&f, 0);
    hae_alloc_fail_after(0);
    assert_int_equal(hae_metric_reader_init(&reader, &f.provider, &hae_temporality_delta),
                     HAETAE_ENOMEM);
    hae_alloc_fail_after(-1);
    fixture_done(&f);
}

static void record(haetae_counter *counter, haetae_histogram *histogram,
                   haetae_up_down_counter *up_down)
{
    for (int i = 0; i < 50; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
        haetae_histogram_record(histogram, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
    }
    haetae_up_down_counter_add(up_down, 1, NULL, 0);
}

/* Collects with all allocations failing after the first `allocations`, then in full. Returns
 * the status of the first. */
static haetae_status run(long allocations)
{
    struct fixture f;
    struct hae_metric_reader reader;
    struct collection part;
    struct collection rest;
    haetae_status status;

    fixture_init(&f, 0);
    assert_int_equal(hae_metric_reader_init(&reader, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    haetae_up_down_counter *up_down = make_up_down_counter(&f, "u", HAETAE_NUMBER_INT64);
    record(counter, histogram, up_down);
    hae_alloc_fail_after(allocations);
    status = collect_with(&reader, COLLECTED_NS, METRICS_MAX, &part);
    hae_alloc_fail_after(-1);
    assert_int_equal(int_total(&part, "u"), 1);
    record(counter, histogram, up_down);
    assert_int_equal(collect_with(&reader, COLLECTED_NS + 1, METRICS_MAX, &rest), HAETAE_OK);
    assert_int_equal(int_total(&part, "c") + int_total(&rest, "c"), 100);
    assert_int_equal(histogram_total(&part, "h") + histogram_total(&rest, "h"), 100);
    assert_int_equal(point_count(&rest, "c"), 50);
    assert_int_equal(int_total(&rest, "u"), 2);
    collection_free(&part);
    collection_free(&rest);
    hae_metric_reader_done(&reader);
    fixture_done(&f);
    return status;
}

static void every_failed_allocation_is_reported_and_loses_nothing(void **state)
{
    long allocations = 0;
    haetae_status status;

    (void)state;
    while ((status = run(allocations)) != HAETAE_OK) {
        assert_int_equal(status, HAETAE_ENOMEM);
        allocations++;
        assert_true(allocations < 20);
    }
    assert_int_equal(allocations, 4); /* the list of memories twice, and two of them */
}

static void cumulative_and_unchanged_collections_allocate_nothing(void **state)
{
    struct fixture f;
    struct hae_metric_reader reader;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    assert_int_equal(hae_metric_reader_init(&reader, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 1, NULL, 0);
    assert_int_equal(collect_with(&reader, COLLECTED_NS, METRICS_MAX, &all), HAETAE_OK);
    collection_free(&all);
    haetae_counter_add(counter, 1, NULL, 0);
    hae_alloc_fail_after(0);
    assert_int_equal(collect_with(&reader, COLLECTED_NS, METRICS_MAX, &all), HAETAE_OK);
    collection_free(&all);
    assert_int_equal(collect_with(&f.reader, COLLECTED_NS, METRICS_MAX, &all), HAETAE_OK);
    hae_alloc_fail_after(-1);
    collection_free(&all);
    hae_metric_reader_done(&reader);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(making_a_reader_fails_clean),
        cmocka_unit_test(every_failed_allocation_is_reported_and_loses_nothing),
        cmocka_unit_test(cumulative_and_unchanged_collections_allocate_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
