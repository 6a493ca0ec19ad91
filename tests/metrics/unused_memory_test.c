/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of series that are given back: in a forked child, over many sets, and when it is
 * used up. */
#include <stdio.h>
#include <string.h>

#include "metrics/aggregations.h"
#include "metrics/unused_fixture.h"

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
        init_unused(&f, 1, 3);
        haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
        assert_int_equal(haetae_counter_bind(counter, &attribute, 1, &bound), HAETAE_OK);
        add_one(counter, "a");
        add_one(counter, "b");
        add_one(counter, "of");
        haetae_bound_counter_add(bound, 1);
        pass(&f, before);
        hae_meter_provider_reinit(&f.provider);
        assert_int_equal(series_count(counter), 1);
        add_one(counter, "c");
        add_one(counter, "b");
        add_one(counter, "d");
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
        cmocka_unit_test(child_has_room_for_all_but_what_is_bound),
        cmocka_unit_test(changing_sets_take_no_more_memory),
        cmocka_unit_test(used_up_memory_loses_nothing),
    };

    return cmocka_run_group_tests_name("metrics/unused", tests, NULL, NULL);
}
