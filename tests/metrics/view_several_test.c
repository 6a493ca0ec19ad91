/* SPDX-License-Identifier: Apache-2.0 */
/* Several views that match an instrument: by themselves, and put together. */
#include <stdio.h>

#include "metrics/view_fixture.h"

/* ---- Several views -------------------------------------------------------------------------- */

static void an_instrument_that_no_view_matches_has_its_own_stream(void **state)
{
    haetae_view_options view = for_name("other");

    (void)state;
    begin();
    view.aggregation = HAETAE_AGGREGATION_DROP;
    add(&view);
    haetae_counter_add(described("c", ""), 1, NULL, 0);
    assert_int_equal(collected_int(&f, "c", ""), 1);
    end();
}

static void each_view_that_matches_gives_a_stream(void **state)
{
    haetae_view_options foo = for_name("y");
    haetae_view_options bar = for_name("y");
    static const double bounds[] = {5, 10};

    (void)state;
    begin();
    foo.name = haetae_string_of("Foo");
    bar.name = haetae_string_of("Bar");
    bar.aggregation = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM;
    bar.boundaries = bounds;
    bar.boundary_count = 2;
    add(&foo);
    add(&bar);
    haetae_counter *counter = described("y", "");
    haetae_counter_add(counter, 7, NULL, 0);
    haetae_counter_add(counter, 5, NULL, 0);
    collect_all();
    assert_int_equal(all.count, 2);
    assert_int_equal(find_point(&all, "Foo", "")->as_int, 12);
    const HaeOtlp__HistogramDataPoint *point = find_histogram(&all, "Bar", "");
    assert_int_equal(point->n_explicit_bounds, 2);
    assert_int_equal(point->bucket_counts[0], 1);
    assert_int_equal(point->bucket_counts[1], 1);
    assert_true(point->sum == 12);
    assert_int_equal(warning_count, 0);
    end_collected();
}

static void dropping_all_leaves_what_other_views_name(void **state)
{
    haetae_view_options x = for_name("x");
    haetae_view_options rest = for_name("*");

    (void)state;
    begin();
    rest.aggregation = HAETAE_AGGREGATION_DROP;
    add(&x);
    add(&rest);
    haetae_counter *kept = described("x", "");
    haetae_counter *dropped = described("z", "");
    assert_true(haetae_counter_enabled(kept));
    assert_false(haetae_counter_enabled(dropped));
    haetae_counter_add(kept, 1, NULL, 0);
    haetae_counter_add(dropped, 1, NULL, 0);
    collect_all();
    assert_int_equal(all.count, 1);
    assert_int_equal(find_point(&all, "x", "")->as_int, 1);
    assert_int_equal(warning_count, 0); /* what is dropped has no name */
    end_collected();
}

static void a_dropped_instrument_takes_no_memory_of_the_region(void **state)
{
    haetae_view_options view = for_name("*");
    haetae_bound_counter *bound = NULL;

    (void)state;
    begin();
    view.aggregation = HAETAE_AGGREGATION_DROP;
    add(&view);
    uint64_t used = atomic_load(&f.recorder->region->heap_used_bytes);
    haetae_counter *counter = described("c", "");
    for (int i = 0; i < 1000; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
    }
    assert_int_equal(haetae_counter_bind(counter, HAETAE_ATTRS(HAETAE_ATTR("i", 1)), &bound),
                     HAETAE_OK);
    haetae_bound_counter_add(bound, 1);
    assert_int_equal(atomic_load(&f.recorder->region->heap_used_bytes), used);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 0);
    haetae_counter_add(counter, -1, NULL, 0); /* a mistake all the same */
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 1);
    end();
}

static void equal_streams_of_two_views_are_one(void **state)
{
    static const haetae_string keys[] = {{"a", 1}, {"b*", 2}};
    static const haetae_string fewer[] = {{"a", 1}};
    haetae_view_options view = for_name("c");
    haetae_view_options filtered = for_name("d");

    (void)state;
    begin();
    add(&view);
    view = for_name("?");
    add(&view);
    filtered.included_keys = keys;
    filtered.included_key_count = 2;
    add(&filtered);
    filtered.instrument_name = haetae_string_of("D");
    add(&filtered);
    haetae_counter_add(described("c", "Calls."), 1, NULL, 0);
    collect_all();
    assert_int_equal(all.count, 1);
    assert_int_equal(warning_count, 0);
    collection_free(&all);
    haetae_counter_add(described("d", ""), 1, NULL, 0);
    assert_int_equal(warning_count, 1); /* the one without a filter, and the filtered ones */
    collect_all();
    assert_int_equal(all.count, 1 + 2);
    collection_free(&all);
    filtered.instrument_name = haetae_string_of("dd");
    add(&filtered);
    filtered.included_keys = fewer;
    filtered.included_key_count = 1;
    add(&filtered);
    haetae_counter_add(described("dd", ""), 1, NULL, 0);
    collect_all();
    assert_int_equal(all.count, 1 + 2 + 2);
    end_collected();
}

static void streams_of_one_name_are_exported_and_reported(void **state)
{
    static const haetae_string keys[] = {{"a", 1}, {"b", 1}};
    haetae_view_options sum = for_name("x");
    haetae_view_options filtered = for_name("*");

    (void)state;
    begin();
    sum.aggregation = HAETAE_AGGREGATION_SUM;
    filtered.included_keys = keys;
    filtered.included_key_count = 2;
    add(&sum);
    add(&filtered);
    haetae_counter_add(described("x", ""), 1,
                       HAETAE_ATTRS(HAETAE_ATTR("a", 1), HAETAE_ATTR("c", 2)));
    collect_all();
    assert_int_equal(all.count, 2);
    assert_int_equal(find_point(&all, "x", "a=1")->as_int, 1);
    assert_int_equal(find_point(&all, "x", "a=1,c=2")->as_int, 1);
    assert_string_equal(warnings, "two streams have the name \"x\", of the instruments \"x\" and "
                                  "\"x\": give one of them another name in its view\n");
    end_collected();
}

static void a_name_that_another_instrument_has_is_reported(void **state)
{
    haetae_view_options view = for_name("a");

    (void)state;
    begin();
    view.name = haetae_string_of("TOTAL");
    add(&view);
    described("total", "");
    assert_int_equal(warning_count, 0);
    haetae_counter_add(described("a", ""), 1, NULL, 0);
    assert_string_equal(warnings,
                        "two streams have the name \"TOTAL\", of the instruments \"total\" and "
                        "\"a\": give one of them another name in its view\n");
    end();
}

static void a_view_mends_a_duplicate_registration(void **state)
{
    haetae_view_options view = for_name("n");
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options, .name = {"n", 1});
    haetae_gauge *gauge = NULL;

    (void)state;
    begin();
    view.instrument_kind = HAETAE_INSTRUMENT_GAUGE;
    view.name = haetae_string_of("n.level");
    add(&view);
    view = for_name("d");
    view.description = haetae_string_of("Of the view.");
    add(&view);
    haetae_counter_add(described("n", ""), 1, NULL, 0);
    assert_int_equal(haetae_gauge_create(f.meter, &options, &gauge), HAETAE_OK);
    haetae_gauge_record(gauge, 2, NULL, 0);
    described("d", "One.");
    described("d", "Two.");
    assert_string_equal(warnings, "");
    assert_int_equal(collected_int(&f, "n.level", ""), 2);
    /* Without its help both are reported. */
    described("e", "One.");
    described("e", "Two.");
    assert_non_null(strstr(warnings, "\"e\" is asked for again with another description"));
    end();
}

static void boundaries_of_a_view_make_those_of_the_instrument_no_difference(void **state)
{
    static const double bounds[] = {1, 2}, others[] = {7}, viewed[] = {3};
    haetae_view_options view = for_name("h");
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options, .name = {"h", 1});
    haetae_histogram *first = NULL, *second = NULL;

    (void)state;
    begin();
    view.aggregation = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM;
    view.boundaries = viewed;
    view.boundary_count = 1;
    add(&view);
    options.boundaries = bounds;
    options.boundary_count = 2;
    assert_int_equal(haetae_histogram_create(f.meter, &options, &first), HAETAE_OK);
    assert_int_equal(haetae_histogram_create(f.meter, &options, &second), HAETAE_OK);
    options.boundaries = others;
    options.boundary_count = 1;
    assert_int_equal(haetae_histogram_create(f.meter, &options, &second), HAETAE_OK);
    assert_ptr_equal(first, second);
    assert_int_equal(warning_count, 0);
    end();
}

static void no_more_than_16_streams_are_made(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 20; i++) {
        haetae_view_options view = for_name("c");
        char name[24];

        snprintf(name, sizeof name, "stream%d", i);
        view.name = haetae_string_of(name);
        add(&view);
    }
    haetae_counter_add(described("c", ""), 1, NULL, 0);
    collect_all();
    assert_int_equal(all.count, 16);
    assert_string_equal(warnings, "views ask for more than 16 streams of one instrument, as of "
                                  "\"c\": 4 are left out\n");
    end_collected();
}

/* ---- Views that are put together ------------------------------------------------------------ */

static void composed_views_give_one_stream(void **state)
{
    static const haetae_string two[] = {{"http.method", 11}, {"path", 4}};
    static const haetae_string path[] = {{"path", 4}};
    haetae_view_options first = for_name("c");
    haetae_view_options second = for_name("*");
    haetae_view_options third = for_name("c");

    (void)state;
    begin();
    compose();
    first.aggregation = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM;
    first.included_keys = two;
    first.included_key_count = 2;
    first.description = haetae_string_of("First.");
    first.cardinality_limit = 5;
    second.excluded_keys = path;
    second.excluded_key_count = 1;
    second.description = haetae_string_of("Second.");
    third.aggregation = HAETAE_AGGREGATION_SUM;
    third.cardinality_limit = 1;
    add(&first);
    add(&second);
    add(&third);
    haetae_counter *counter = described("c", "Own.");
    add_requests(counter);
    haetae_counter_add(counter, 100, HAETAE_ATTRS(HAETAE_ATTR("http.method", "PUT")));
    collect_all();
    assert_int_equal(all.count, 1);
    assert_string_equal(all.metrics[0]->name, "c");
    assert_string_equal(all.metrics[0]->description, "Second."); /* the last that says something */
    assert_int_equal(find_point(&all, "c", "http.method=GET")->as_int, 9); /* kept by all of them */
    assert_int_equal(find_point(&all, "c", "otel.metric.overflow=true")->as_int, 100);
    assert_int_equal(warning_count, 0);
    end_collected();
}

static void each_name_of_composed_views_is_a_stream_and_the_nameless_belong_to_all(void **state)
{
    static const haetae_string user[] = {{"user", 4}};
    static const haetae_string path[] = {{"path", 4}};
    haetae_view_options one = for_name("c");
    haetae_view_options again = for_name("c");
    haetae_view_options two = for_name("c");
    haetae_view_options nameless = for_name("*");

    (void)state;
    begin();
    compose();
    one.name = haetae_string_of("one");
    again.name = haetae_string_of("one");
    again.excluded_keys = path;
    again.excluded_key_count = 1;
    two.name = haetae_string_of("two");
    nameless.excluded_keys = user;
    nameless.excluded_key_count = 1;
    add(&one);
    add(&nameless);
    add(&again);
    add(&two);
    add_requests(described("c", ""));
    collect_all();
    assert_int_equal(all.count, 2);
    assert_int_equal(find_point(&all, "one", "http.method=GET")->as_int, 9);
    assert_int_equal(find_point(&all, "two", "http.method=GET,path=/b")->as_int, 6);
    assert_int_equal(point_count(&all, "two"), 2);
    end_collected();
}

static void composed_views_drop_when_the_last_one_says_so(void **state)
{
    haetae_view_options drop = for_name("*");
    haetae_view_options sum = for_name("kept");

    (void)state;
    begin();
    compose();
    drop.aggregation = HAETAE_AGGREGATION_DROP;
    sum.aggregation = HAETAE_AGGREGATION_SUM;
    add(&drop);
    add(&sum);
    assert_false(haetae_counter_enabled(described("c", "")));
    assert_true(haetae_counter_enabled(described("kept", "")));
    end();
}

static void of_composed_views_one_that_does_not_suit_leaves_the_aggregation_before_it(void **state)
{
    haetae_view_options sum = for_name("h");
    haetae_view_options last = for_name("h");

    (void)state;
    begin();
    compose();
    sum.aggregation = HAETAE_AGGREGATION_SUM;
    last.aggregation = HAETAE_AGGREGATION_LAST_VALUE;
    last.description = haetae_string_of("Of the last.");
    add(&sum);
    add(&last);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    haetae_histogram_record(histogram, 4, NULL, 0);
    haetae_histogram_record(histogram, 5, NULL, 0);
    collect_all();
    assert_int_equal(find_point(&all, "h", "")->as_int, 9);
    assert_string_equal(all.metrics[0]->description, "Of the last.");
    assert_int_equal(warning_count, 1);
    end_collected();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_instrument_that_no_view_matches_has_its_own_stream),
        cmocka_unit_test(each_view_that_matches_gives_a_stream),
        cmocka_unit_test(dropping_all_leaves_what_other_views_name),
        cmocka_unit_test(a_dropped_instrument_takes_no_memory_of_the_region),
        cmocka_unit_test(equal_streams_of_two_views_are_one),
        cmocka_unit_test(streams_of_one_name_are_exported_and_reported),
        cmocka_unit_test(a_name_that_another_instrument_has_is_reported),
        cmocka_unit_test(a_view_mends_a_duplicate_registration),
        cmocka_unit_test(boundaries_of_a_view_make_those_of_the_instrument_no_difference),
        cmocka_unit_test(no_more_than_16_streams_are_made),
        cmocka_unit_test(composed_views_give_one_stream),
        cmocka_unit_test(each_name_of_composed_views_is_a_stream_and_the_nameless_belong_to_all),
        cmocka_unit_test(composed_views_drop_when_the_last_one_says_so),
        cmocka_unit_test(of_composed_views_one_that_does_not_suit_leaves_the_aggregation_before_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
