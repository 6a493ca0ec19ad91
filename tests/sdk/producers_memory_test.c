/* SPDX-License-Identifier: Apache-2.0 */
/* Metric producers and metric filters without memory: each allocation fails once. */
#include "base/alloc.h"
#include "producer_fixture.h"

static haetae_status add_both(haetae_metric_reader *reader, struct sieve *sieve,
                              struct bridge *bridge, bool *ret_has_filter)
{
    haetae_metric_filter wanted =
        HAETAE_OPTIONS(haetae_metric_filter, .self = sieve, .test_metric = test_metric,
                       .test_attributes = test_attributes, .free = free_sieve);
    haetae_metric_producer producer = HAETAE_OPTIONS(haetae_metric_producer, .self = bridge,
                                                     .produce = produce, .free = free_bridge);
    haetae_status status = haetae_metric_reader_set_filter(reader, &wanted);

    *ret_has_filter = status == HAETAE_OK;
    producer.scope_name = haetae_string_of("bridge");
    return status == HAETAE_OK ? haetae_metric_reader_add_producer(reader, &producer) : status;
}

/* Each allocation fails once: what was not added stays the caller's, and nothing leaks. */
static void filters_and_producers_need_memory(void **state)
{
    long before = hae_alloc_live_count();
    haetae_status status = HAETAE_ENOMEM;
    long allocations = 0;

    (void)state;
    for (; status != HAETAE_OK; allocations++) {
        haetae_metric_reader *reader = NULL;
        struct sieve sieve = {.freed = 0};
        struct bridge bridge = {.name = "b"};
        bool has_filter;

        assert_true(allocations < 20);
        assert_int_equal(haetae_metric_reader_new(NULL, &reader), HAETAE_OK);
        hae_alloc_fail_after(allocations);
        status = add_both(reader, &sieve, &bridge, &has_filter);
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
        haetae_metric_reader_free(reader);
        assert_int_equal(sieve.freed, has_filter);
        assert_int_equal(bridge.freed, status == HAETAE_OK);
        assert_int_equal(hae_alloc_live_count(), before);
    }
    assert_true(allocations > 2);
}

static haetae_status produce_what_fits(void *self, haetae_metric_batch *batch)
{
    haetae_metric_description metric = describe("part", HAETAE_POINT_SUM, CUMULATIVE);
    haetae_attribute attributes[] = {haetae_attribute_of("n", haetae_value_int64(1))};
    haetae_metric_point point =
        HAETAE_OPTIONS(haetae_metric_point, .attributes = attributes, .attribute_count = 1);
    haetae_status status = haetae_metric_batch_add_metric(batch, &metric, NULL);

    (void)self;
    return status == HAETAE_OK ? haetae_metric_batch_add_point(batch, &point) : status;
}

static bool count_bytes(void *user, const uint8_t *request, size_t size_bytes)
{
    (void)request;
    *(size_t *)user += size_bytes;
    return true;
}

/* Each allocation of a collection fails, alone or with those behind it: the next collection has all
 * of it. */
static void collect_without(void (*fail_after)(long count))
{
    haetae_metric_producer producer =
        HAETAE_OPTIONS(haetae_metric_producer, .produce = produce_what_fits);
    haetae_status status = HAETAE_ENOMEM;
    bool whole = false;
    long allocations = 0;

    for (; !whole; allocations++) {
        struct sieve sieve;
        struct fixture f;
        size_t size = 0;
        long failed;

        assert_true(allocations < 200);
        begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
        add_filter(&f, &sieve);
        producer.scope_name = haetae_string_of("bridge");
        assert_int_equal(haetae_metric_reader_add_producer(f.reader, &producer), HAETAE_OK);
        start_fixture(&f, 1);
        count_up(&f, "all");
        failed = hae_alloc_refused_count();
        fail_after(allocations);
        status = haetae_metric_reader_collect(f.reader, 10000, count_bytes, &size);
        whole = hae_alloc_refused_count() == failed;
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
        assert_true(status == HAETAE_OK || size == 0);
        pull(&f);
        assert_int_equal(find(&f.seen, "all")->sum->n_data_points, 3);
        assert_int_equal(find(&f.seen, "part")->sum->n_data_points, 1);
        end_fixture(&f);
        assert_int_equal(sieve.freed, 1);
    }
    assert_int_equal(status, HAETAE_OK);
    assert_true(allocations > 3);
}

static void a_collection_without_memory_loses_nothing_for_good(void **state)
{
    (void)state;
    collect_without(hae_alloc_fail_after);
    collect_without(hae_alloc_fail_once_after);
}

/* A start with a filter and two producers in which allocations fail. Returns how many did. */
static long start_without(long allocations, void (*fail_after)(long count))
{
    long refused = hae_alloc_refused_count();
    long live = hae_alloc_live_count();
    struct bridge one;
    struct bridge two;
    struct sieve sieve;
    struct fixture f;
    haetae_status status;

    begin_fixture(&f, "manual", 1, HAETAE_PREFERENCE_CUMULATIVE);
    add_producer(&f, &one, "all");
    add_producer(&f, &two, "part");
    add_filter(&f, &sieve);
    assert_int_equal(haetae_config_add_metric_reader(f.config, f.reader, NULL), HAETAE_OK);
    fail_after(allocations);
    status = haetae_sdk_start(f.config, &f.sdk);
    hae_alloc_fail_after(-1);
    assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
    haetae_config_free(f.config);
    if (status == HAETAE_OK) {
        pull(&f);
        /* A producer that could not be registered is reported. */
        assert_true((find(&f.seen, "all") != NULL && find(&f.seen, "part") != NULL) ||
                    strstr(f.diagnostics, "metrics of the producer \"bridge\" are not collected"));
        assert_int_equal(one.calls, find(&f.seen, "all") != NULL);
        assert_int_equal(two.calls, find(&f.seen, "part") != NULL);
        end_fixture(&f);
    } else {
        haetae_metric_reader_free(f.reader);
        fake_done(&f.fake);
    }
    assert_int_equal(one.freed, 1);
    assert_int_equal(two.freed, 1);
    assert_int_equal(sieve.freed, 1);
    assert_int_equal(hae_alloc_live_count(), live);
    return hae_alloc_refused_count() - refused;
}

static void a_start_without_memory_frees_each_producer_once(void **state)
{
    long count;

    (void)state;
    for (count = 0; start_without(count, hae_alloc_fail_once_after) != 0; count++) {
    }
    assert_true(count > 30);
    for (count = 0; start_without(count, hae_alloc_fail_after) != 0; count++) {
    }
    assert_true(count > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_and_producers_need_memory),
        cmocka_unit_test(a_collection_without_memory_loses_nothing_for_good),
        cmocka_unit_test(a_start_without_memory_frees_each_producer_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
