/* SPDX-License-Identifier: Apache-2.0 */
/* Metric filters of readers, whole: from the API to what is exported. */
#include "producer_fixture.h"

static void a_filter_leaves_out_metrics_and_points_of_instruments(void **state)
{
    struct sieve sieve;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add_filter(&f, &sieve);
    start_fixture(&f, 1);
    count_up(&f, "all");
    count_up(&f, "drop");
    count_up(&f, "part");
    pull(&f);
    assert_int_equal(f.seen.count, 2);
    assert_int_equal(find(&f.seen, "all")->sum->n_data_points, 3);
    assert_int_equal(find(&f.seen, "part")->sum->n_data_points, 1);
    assert_int_equal(find(&f.seen, "part")->sum->data_points[0]->as_int, 11);
    assert_int_equal(sieve.asked, 3);
    assert_string_equal(sieve.last_name, "part");
    assert_string_equal(sieve.last_scope, "m");
    assert_memory_equal(sieve.last.unit.data, "By", 2);
    assert_int_equal(sieve.last.kind, HAETAE_POINT_SUM);
    assert_int_equal(sieve.last.temporality, CUMULATIVE);
    assert_int_equal(sieve.last.monotonic, 1);
    forget(&f.seen);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(f.seen.count, 3); /* the exporter's reader has no filter */
    end_fixture(&f);
    assert_int_equal(sieve.freed, 1);
}

static void a_filter_holds_for_producers(void **state)
{
    struct bridge dropped;
    struct bridge part;
    struct sieve sieve;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add_producer(&f, &dropped, "drop");
    add_producer(&f, &part, "part");
    add_filter(&f, &sieve);
    start_fixture(&f, 1);
    pull(&f);
    assert_false(dropped.wanted);
    assert_true(part.wanted);
    assert_int_equal(f.seen.count, 1);
    assert_int_equal(find(&f.seen, "part")->sum->n_data_points, 1);
    assert_int_equal(find(&f.seen, "part")->sum->data_points[0]->as_int, 41);
    assert_string_equal(sieve.last_scope, "bridge");
    end_fixture(&f);
    assert_int_equal(sieve.freed, 1);
}

static void deltas_that_a_filter_left_out_are_not_lost(void **state)
{
    struct sieve sieve;
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_DELTA);
    add_filter(&f, &sieve);
    start_fixture(&f, 1);
    count_up(&f, "part");
    pull(&f);
    assert_int_equal(find(&f.seen, "part")->sum->data_points[0]->as_int, 11);
    pull(&f);
    assert_null(find(&f.seen, "part"));
    count_up(&f, "part");
    pull(&f);
    assert_int_equal(find(&f.seen, "part")->sum->data_points[0]->as_int, 11);
    end_fixture(&f);
}

struct answers {
    int32_t of_metric;
    int32_t of_attributes;
};

static int32_t answer_metric(void *self, const haetae_item_origin *origin,
                             const haetae_metric_description *metric)
{
    (void)origin;
    (void)metric;
    return ((struct answers *)self)->of_metric;
}

static int32_t answer_attributes(void *self, const haetae_item_origin *origin,
                                 const haetae_metric_description *metric,
                                 const haetae_attribute *attributes, size_t count)
{
    (void)origin;
    (void)metric;
    (void)attributes;
    (void)count;
    return ((struct answers *)self)->of_attributes;
}

/* How many points an instrument and a producer have left, of 3 and 2; `asks`: the filter has
 * test_attributes(). */
static void assert_left(struct answers answers, bool asks, size_t of_instrument, size_t of_producer)
{
    haetae_metric_filter filter =
        HAETAE_OPTIONS(haetae_metric_filter, .self = &answers, .test_metric = answer_metric);
    struct bridge bridge;
    struct fixture f;

    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    filter.test_attributes = asks ? answer_attributes : NULL;
    assert_int_equal(haetae_metric_reader_set_filter(f.reader, &filter), HAETAE_OK);
    add_producer(&f, &bridge, "bridged");
    start_fixture(&f, 1);
    count_up(&f, "own");
    pull(&f);
    assert_int_equal(find(&f.seen, "own") != NULL ? find(&f.seen, "own")->sum->n_data_points : 0,
                     of_instrument);
    assert_int_equal(find(&f.seen, "bridged") != NULL ? find(&f.seen, "bridged")->sum->n_data_points
                                                      : 0,
                     of_producer);
    end_fixture(&f);
}

static void unknown_results_of_a_filter_accept(void **state)
{
    static const int32_t unknown[] = {3, -1, INT32_MAX, INT32_MIN};

    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_left((struct answers){unknown[i], HAETAE_FILTER_DROP}, true, 3, 2);
        assert_left((struct answers){HAETAE_FILTER_ACCEPT_PARTIAL, unknown[i]}, true, 3, 2);
    }
    assert_left((struct answers){HAETAE_FILTER_ACCEPT_PARTIAL, HAETAE_FILTER_DROP}, true, 0, 0);
    assert_left((struct answers){HAETAE_FILTER_DROP, HAETAE_FILTER_ACCEPT}, true, 0, 0);
}

static void a_filter_without_a_test_of_attributes_accepts_all(void **state)
{
    (void)state;
    assert_left((struct answers){HAETAE_FILTER_ACCEPT_PARTIAL, 0}, false, 3, 2);
    assert_left((struct answers){HAETAE_FILTER_ACCEPT, 0}, false, 3, 2);
    assert_left((struct answers){HAETAE_FILTER_DROP, 0}, false, 0, 0);
}

static void filters_that_cannot_be_are_refused(void **state)
{
    haetae_metric_filter bad = HAETAE_OPTIONS(haetae_metric_filter, .free = free_sieve);
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    assert_int_equal(haetae_metric_reader_set_filter(NULL, &bad), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_set_filter(f.reader, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_set_filter(f.reader, &bad), HAETAE_EINVAL);
    bad.test_metric = test_metric;
    bad.struct_size = 3;
    assert_int_equal(haetae_metric_reader_set_filter(f.reader, &bad), HAETAE_EINVAL);
    start_fixture(&f, 1);
    bad.struct_size = sizeof bad;
    assert_int_equal(haetae_metric_reader_set_filter(f.reader, &bad), HAETAE_ECONFLICT);
    end_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_leaves_out_metrics_and_points_of_instruments),
        cmocka_unit_test(a_filter_holds_for_producers),
        cmocka_unit_test(deltas_that_a_filter_left_out_are_not_lost),
        cmocka_unit_test(unknown_results_of_a_filter_accept),
        cmocka_unit_test(a_filter_without_a_test_of_attributes_accepts_all),
        cmocka_unit_test(filters_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
