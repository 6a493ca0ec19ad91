/* SPDX-License-Identifier: Apache-2.0 */
/* Views: which instruments they are for, and what their streams are. */
#include <stdio.h>

#include "metrics/series.h"
#include "metrics/view_fixture.h"

/* ---- Criteria ------------------------------------------------------------------------------- */

/* Whether a view that drops is for an instrument: it then has no stream. */
static bool drops(const haetae_view_options *criteria, haetae_meter *meter, const char *name,
                  const char *unit, bool is_gauge)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_view_options dropping = *criteria;
    haetae_counter *counter = NULL;
    haetae_gauge *gauge = NULL;
    bool dropped;

    hae_views_done(&f.provider.views);
    dropping.aggregation = HAETAE_AGGREGATION_DROP;
    add(&dropping);
    options.name = haetae_string_of(name);
    options.unit = haetae_string_of(unit);
    if (is_gauge) {
        assert_int_equal(haetae_gauge_create(meter, &options, &gauge), HAETAE_OK);
        dropped = !haetae_gauge_enabled(gauge);
    } else {
        assert_int_equal(haetae_counter_create(meter, &options, &counter), HAETAE_OK);
        dropped = !haetae_counter_enabled(counter);
    }
    return dropped;
}

static void names_match_exactly_by_wildcards_and_whatever_the_case(void **state)
{
    static const struct {
        const char *pattern;
        const char *name;
        bool matches;
    } cases[] = {
        {"a.b", "a.b", true},
        {"a.b", "a.bc", false},
        {"a.b", "axb2", false},
        {"A.B1", "a.b1", true},
        {"a.b3", "A.B3", true},
        {"*", "anything", true},
        {"http.*", "http.x", true},
        {"http.*", "http", false},
        {"*.duration", "q.duration", true},
        {"h?tp", "http2", false},
        {"h?tp", "hxtp", true},
        {"?", "z", true},
        {"a*b*c", "a1b2c", true},
        {"a*b*c", "a1c2b", false},
        {"**", "stars", true},
        {"*x*", "no", false},
        {"HTTP.*Y", "http.zy", true},
        {"w.", "w.w", false},
    };

    (void)state;
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        haetae_view_options view = for_name(cases[i].pattern);
        char name[64];

        /* Each with a meter of its own, so that names are new. */
        snprintf(name, sizeof name, "meter%zu", i);
        haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
        haetae_meter *meter;
        scope.name = haetae_string_of(name);
        assert_int_equal(hae_meter_get(&f.provider, &scope, &meter), HAETAE_OK);
        assert_int_equal(drops(&view, meter, cases[i].name, "", false), cases[i].matches);
    }
    end();
}

static void kind_and_unit_are_criteria(void **state)
{
    haetae_view_options view = HAETAE_OPTIONS(haetae_view_options);

    (void)state;
    begin();
    view.instrument_kind = HAETAE_INSTRUMENT_GAUGE;
    assert_true(drops(&view, f.meter, "a", "", true));
    assert_false(drops(&view, f.meter, "b", "", false));
    view.instrument_kind = 0;
    view.unit = haetae_string_of("s");
    assert_true(drops(&view, f.meter, "c", "s", false));
    assert_false(drops(&view, f.meter, "d", "S", false));
    assert_false(drops(&view, f.meter, "e", "", false));
    view.unit = haetae_string_of(""); /* given: those without */
    assert_true(drops(&view, f.meter, "g", "", false));
    assert_false(drops(&view, f.meter, "h", "s", false));
    end();
}

static void name_version_and_schema_url_of_the_meter_are_criteria(void **state)
{
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options, .name = {"library", 7},
                                                .version = {"1.2", 3}, .schema_url = {"url", 3});
    haetae_view_options view = HAETAE_OPTIONS(haetae_view_options);
    haetae_meter *meter;

    (void)state;
    begin();
    assert_int_equal(hae_meter_get(&f.provider, &scope, &meter), HAETAE_OK);
    view.meter_name = scope.name;
    assert_true(drops(&view, meter, "a", "", false));
    assert_false(drops(&view, f.meter, "a", "", false));
    view.meter_name = haetae_string_of("lib*"); /* no wildcards here */
    assert_false(drops(&view, meter, "b", "", false));
    view = (haetae_view_options)HAETAE_OPTIONS(haetae_view_options, .meter_version = {"1.2", 3});
    assert_true(drops(&view, meter, "c", "", false));
    assert_false(drops(&view, f.meter, "c", "", false));
    view.meter_version = haetae_string_of("");
    assert_true(drops(&view, f.meter, "d", "", false));
    assert_false(drops(&view, meter, "d", "", false));
    view = (haetae_view_options)HAETAE_OPTIONS(haetae_view_options, .meter_schema_url = {"url", 3});
    assert_true(drops(&view, meter, "e", "", false));
    assert_false(drops(&view, f.meter, "e", "", false));
    end();
}

static void all_criteria_have_to_match(void **state)
{
    haetae_view_options view = for_name("all*");

    (void)state;
    begin();
    view.instrument_kind = HAETAE_INSTRUMENT_COUNTER;
    view.unit = haetae_string_of("By");
    view.meter_name = haetae_string_of("tests");
    assert_true(drops(&view, f.meter, "all.of.it", "By", false));
    assert_false(drops(&view, f.meter, "all.but.unit", "s", false));
    assert_false(drops(&view, f.meter, "all.but.kind", "By", true));
    assert_false(drops(&view, f.meter, "some", "By", false));
    view.meter_name = haetae_string_of("other");
    assert_false(drops(&view, f.meter, "all.but.meter", "By", false));
    end();
}

static void text_that_is_not_utf8_is_compared_as_it_is_recorded(void **state)
{
    haetae_view_options view = HAETAE_OPTIONS(haetae_view_options, .unit = {"\xff", 1});

    (void)state;
    begin();
    assert_true(drops(&view, f.meter, "a", "\xfe", false));
    assert_false(drops(&view, f.meter, "b", "?", false));
    end();
}

/* ---- Streams -------------------------------------------------------------------------------- */

static void what_a_view_does_not_say_is_the_instruments(void **state)
{
    haetae_view_options view = for_name("c");

    (void)state;
    begin();
    add(&view);
    haetae_counter *counter = described("c", "Calls.");
    assert_int_equal(counter->instrument.inline_type, HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 3, HAETAE_ATTRS(HAETAE_ATTR("k", 1)));
    collect_all();
    assert_int_equal(all.count, 1);
    assert_string_equal(all.metrics[0]->name, "c");
    assert_string_equal(all.metrics[0]->description, "Calls.");
    assert_string_equal(all.metrics[0]->unit, "{call}");
    assert_int_equal(find_point(&all, "c", "k=1")->as_int, 3);
    end_collected();
}

static void a_view_gives_name_and_description(void **state)
{
    haetae_view_options view = for_name("c");
    haetae_view_options only_named = for_name("d");

    (void)state;
    begin();
    view.name = haetae_string_of("1 \xc3\xb6 ungew\xc3\xb6hnlich");
    view.description = haetae_string_of("Another one.");
    only_named.name = haetae_string_of("\xff");
    add(&view);
    add(&only_named);
    haetae_counter *counter = described("c", "Calls.");
    /* A stream with the own aggregation is as fast as without a view. */
    assert_int_equal(counter->instrument.inline_type, HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 3, NULL, 0);
    haetae_counter_add(described("d", "Kept."), 1, NULL, 0);
    collect_all();
    assert_int_equal(all.count, 2);
    assert_string_equal(all.metrics[0]->name, "1 \xc3\xb6 ungew\xc3\xb6hnlich");
    assert_string_equal(all.metrics[0]->description, "Another one.");
    assert_string_equal(all.metrics[0]->unit, "{call}");
    assert_string_equal(all.metrics[1]->name, "\xef\xbf\xbd");
    assert_string_equal(all.metrics[1]->description, "Kept.");
    end_collected();
}

static void the_longest_texts_are_kept(void **state)
{
    enum { NAME = 1023, DESCRIPTION = 3000 };
    static char name[NAME + 1];
    static char description[DESCRIPTION + 1];
    haetae_view_options view = for_name("c");

    (void)state;
    begin();
    memset(name, 0xFF, NAME); /* each byte is recorded as three */
    memset(description, 'd', DESCRIPTION);
    view.name = (haetae_string){name, NAME};
    view.description = (haetae_string){description, DESCRIPTION};
    add(&view);
    haetae_counter_add(described("c", ""), 1, NULL, 0);
    collect_all();
    assert_int_equal(strlen(all.metrics[0]->name), 3 * NAME);
    assert_int_equal(strlen(all.metrics[0]->description), HAE_METRIC_DESCRIPTION_MAX_POINTS);
    end_collected();
}

static void keys_are_included_excluded_or_both_and_may_be_patterns(void **state)
{
    static const haetae_string method[] = {{"http.method", 11}};
    static const haetae_string patterns[] = {{"pa?h", 4}, {"http.*", 6}};
    static const haetae_string user[] = {{"user", 4}};
    static const haetae_string everything[] = {{"*", 1}};
    haetae_view_options view = for_name("c");

    (void)state;
    begin();
    view.included_keys = method;
    view.included_key_count = 1;
    view.name = haetae_string_of("included");
    add(&view);
    view.excluded_keys = method;
    view.excluded_key_count = 1;
    view.name = haetae_string_of("both"); /* a key in both lists is left out */
    add(&view);
    view.included_keys = NULL;
    view.included_key_count = 0;
    view.excluded_keys = user;
    view.name = haetae_string_of("excluded");
    add(&view);
    view.included_keys = patterns;
    view.included_key_count = 2;
    view.excluded_keys = patterns;
    view.name = haetae_string_of("patterns");
    add(&view);
    view.excluded_keys = everything;
    view.name = haetae_string_of("excluded.all");
    add(&view);
    view.included_key_count = 0; /* not NULL: keeps none */
    view.excluded_keys = NULL;
    view.excluded_key_count = 0;
    view.name = haetae_string_of("included.none");
    add(&view);
    add_requests(described("c", ""));
    collect_all();
    assert_int_equal(find_point(&all, "included", "http.method=GET")->as_int, 9);
    assert_int_equal(point_count(&all, "included"), 1);
    assert_int_equal(find_point(&all, "both", "")->as_int, 9);
    assert_int_equal(find_point(&all, "excluded", "http.method=GET,path=/a")->as_int, 3);
    assert_int_equal(find_point(&all, "excluded", "http.method=GET,path=/b")->as_int, 6);
    assert_int_equal(find_point(&all, "patterns", "http.method=GET")->as_int, 9);
    assert_int_equal(find_point(&all, "excluded.all", "")->as_int, 9);
    assert_int_equal(find_point(&all, "included.none", "")->as_int, 9);
    assert_int_equal(all.count, 6);
    assert_int_equal(warning_count, 0);
    end_collected();
}

static void keys_of_any_bytes_are_compared_and_invalid_ones_not_read(void **state)
{
    static const haetae_string ill[] = {{"\xff*", 2}};
    haetae_attribute invalid = HAETAE_ATTR("x", 1);
    haetae_view_options view = for_name("c");

    (void)state;
    begin();
    view.excluded_keys = ill;
    view.excluded_key_count = 1;
    add(&view);
    haetae_counter *counter = described("c", "");
    haetae_counter_add(counter, 1,
                       HAETAE_ATTRS(HAETAE_ATTR("\xff"
                                                "a",
                                                1)));
    haetae_counter_add(counter, 1,
                       HAETAE_ATTRS(HAETAE_ATTR("\xfe"
                                                "a",
                                                1)));
    invalid.key.length = SIZE_MAX;
    haetae_counter_add(counter, 4, &invalid, 1);
    collect_all();
    assert_int_equal(find_point(&all, "c", "")->as_int, 5);
    assert_int_equal(find_point(&all, "c",
                                "\xef\xbf\xbd"
                                "a=1")
                         ->as_int,
                     1);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_ARGUMENT), 1);
    end_collected();
}

/* ---- Limits --------------------------------------------------------------------------------- */

static void a_view_has_a_cardinality_limit_of_its_own(void **state)
{
    haetae_view_options few = for_name("c");
    haetae_view_options many = for_name("c");

    (void)state;
    begin();
    few.name = haetae_string_of("few");
    few.cardinality_limit = 3;
    many.name = haetae_string_of("many");
    many.cardinality_limit = 50;
    add(&few);
    add(&many);
    haetae_counter *counter = described("c", "");
    haetae_counter *plain = described("d", "");
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 40; i++) {
            haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
            haetae_counter_add(plain, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
        }
    }
    collect_all();
    assert_int_equal(point_count(&all, "few"), 3 + 1);
    assert_int_equal(find_point(&all, "few", "i=2")->as_int, 2);
    assert_int_equal(find_point(&all, "few", "otel.metric.overflow=true")->as_int, 74);
    assert_int_equal(point_count(&all, "many"), 40);
    assert_int_equal(int_total(&all, "few"), 80);
    assert_int_equal(int_total(&all, "many"), 80);
    assert_int_equal(point_count(&all, "d"), 10 + 1);
    end_collected();
}

static void the_limit_counts_what_a_filter_leaves(void **state)
{
    static const haetae_string id[] = {{"id", 2}};
    haetae_view_options view = for_name("c");

    (void)state;
    begin();
    view.excluded_keys = id;
    view.excluded_key_count = 1;
    view.cardinality_limit = 2;
    add(&view);
    haetae_counter *counter = described("c", "");
    for (int i = 0; i < 1000; i++) {
        haetae_counter_add(counter, 1,
                           HAETAE_ATTRS(HAETAE_ATTR("id", i), HAETAE_ATTR("even", i % 2)));
    }
    collect_all();
    assert_int_equal(point_count(&all, "c"), 2);
    assert_int_equal(find_point(&all, "c", "even=1")->as_int, 500);
    end_collected();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_match_exactly_by_wildcards_and_whatever_the_case),
        cmocka_unit_test(kind_and_unit_are_criteria),
        cmocka_unit_test(name_version_and_schema_url_of_the_meter_are_criteria),
        cmocka_unit_test(all_criteria_have_to_match),
        cmocka_unit_test(text_that_is_not_utf8_is_compared_as_it_is_recorded),
        cmocka_unit_test(what_a_view_does_not_say_is_the_instruments),
        cmocka_unit_test(a_view_gives_name_and_description),
        cmocka_unit_test(the_longest_texts_are_kept),
        cmocka_unit_test(keys_are_included_excluded_or_both_and_may_be_patterns),
        cmocka_unit_test(keys_of_any_bytes_are_compared_and_invalid_ones_not_read),
        cmocka_unit_test(a_view_has_a_cardinality_limit_of_its_own),
        cmocka_unit_test(the_limit_counts_what_a_filter_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
