/* SPDX-License-Identifier: Apache-2.0 */
/* Views: which instruments they are for, and what their streams are. */
#include "metrics/view.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "metrics/fixture.h"
#include "metrics/series.h"

static struct fixture f;
static struct collection all;
static struct hae_diagnostics diagnostics;
static char warnings[4096];
static int warning_count;

static void note(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    if (level == HAETAE_DIAGNOSTIC_WARN && strlen(warnings) + strlen(text) + 2 < sizeof warnings) {
        warning_count++;
        strcat(strcat(warnings, text), "\n");
    }
}

static void begin(void)
{
    fixture_init(&f, 0);
    f.provider.defaults.cardinality_limit = 10; /* nothing of memory is reported */
    assert_int_equal(hae_diagnostics_init(&diagnostics, note, NULL), HAETAE_OK);
    f.provider.diagnostics = &diagnostics;
    warnings[0] = '\0';
    warning_count = 0;
}

static void end(void)
{
    hae_diagnostics_done(&diagnostics);
    fixture_done(&f);
}

static void end_collected(void)
{
    collection_free(&all);
    end();
}

static haetae_view_options for_name(const char *name)
{
    return (haetae_view_options)HAETAE_OPTIONS(haetae_view_options,
                                               .instrument_name = {name, strlen(name)});
}

static void add(const haetae_view_options *options)
{
    const char *why;

    assert_int_equal(hae_views_add(&f.provider.views, options, &why), HAETAE_OK);
    hae_meter_provider_use_views(&f.provider, &f.provider.views, f.provider.views.composable);
}

static void compose(void)
{
    f.provider.views.composable = true;
}

/* Expects options to be refused, for a reason that has `why` in it. */
static void refused(const haetae_view_options *options, const char *why)
{
    struct hae_views views = {.first = NULL};
    const char *reason = NULL;

    assert_int_equal(hae_views_add(&views, options, &reason), HAETAE_EINVAL);
    assert_non_null(reason);
    assert_non_null(strstr(reason, why));
    assert_null(views.first);
}

static void collect_all(void)
{
    collect(&f, &all);
}

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

static haetae_counter *described(const char *name, const char *description)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *counter = NULL;

    options.name = haetae_string_of(name);
    options.description = haetae_string_of(description);
    options.unit = haetae_string_of("{call}");
    assert_int_equal(haetae_counter_create(f.meter, &options, &counter), HAETAE_OK);
    return counter;
}

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

static void add_requests(haetae_counter *counter)
{
    for (int i = 0; i < 3; i++) { /* often enough that the lane's cache answers, too */
        haetae_counter_add(counter, 1,
                           HAETAE_ATTRS(HAETAE_ATTR("http.method", "GET"),
                                        HAETAE_ATTR("path", "/a"), HAETAE_ATTR("user", 1)));
        haetae_counter_add(counter, 2,
                           HAETAE_ATTRS(HAETAE_ATTR("user", 2), HAETAE_ATTR("http.method", "GET"),
                                        HAETAE_ATTR("path", "/b")));
    }
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

/* ---- What is refused ------------------------------------------------------------------------ */

static void criteria_and_names_are_checked(void **state)
{
    static char text[2000];
    haetae_view_options view = HAETAE_OPTIONS(haetae_view_options);

    (void)state;
    memset(text, 'x', sizeof text);
    refused(&view, "for which instruments");
    view.instrument_name = haetae_string_of("");
    refused(&view, "for which instruments");
    view.instrument_name = (haetae_string){text, 256};
    refused(&view, "255");
    view.instrument_name = (haetae_string){text, SIZE_MAX};
    refused(&view, "255");
    view = for_name("c");
    view.unit = (haetae_string){text, 1024};
    refused(&view, "1023");
    view.unit = (haetae_string){NULL, 0};
    view.meter_schema_url = (haetae_string){text, SIZE_MAX};
    refused(&view, "1023");
    view = for_name("c");
    view.instrument_kind = 8;
    refused(&view, "instrument_kind");
    view.instrument_kind = -1;
    refused(&view, "instrument_kind");
    view = for_name("c");
    view.name = (haetae_string){text, 1024};
    refused(&view, "name has at most");
    view.name = haetae_string_of("x");
    view.instrument_name = haetae_string_of("c*");
    refused(&view, "one instrument");
    view.instrument_name = haetae_string_of("?");
    refused(&view, "one instrument");
    view.instrument_name = (haetae_string){NULL, 0};
    view.instrument_kind = HAETAE_INSTRUMENT_COUNTER;
    refused(&view, "one instrument");
    view = for_name("c");
    view.description = (haetae_string){text, SIZE_MAX};
    refused(&view, "description");
    view = for_name("c");
    view.reserved = 1;
    refused(&view, "reserved");
}

static void keys_are_checked(void **state)
{
    static char text[1024];
    static haetae_string keys[257];
    haetae_view_options view = for_name("c");

    (void)state;
    for (size_t i = 0; i < 257; i++) {
        keys[i] = haetae_string_of("key");
    }
    view.included_key_count = 1;
    refused(&view, "NULL");
    view.included_keys = keys;
    view.included_key_count = 257;
    refused(&view, "256");
    view.included_key_count = 256;
    view.excluded_keys = keys;
    view.excluded_key_count = SIZE_MAX;
    refused(&view, "256");
    view.excluded_key_count = 2;
    keys[1] = (haetae_string){text, sizeof text};
    refused(&view, "1023");
    keys[1] = haetae_string_of("");
    refused(&view, "1023");
    keys[1] = (haetae_string){NULL, 3};
    refused(&view, "1023");
}

static void aggregations_are_checked(void **state)
{
    static double bounds[201];
    haetae_view_options view = for_name("c");

    (void)state;
    view.aggregation = 6;
    refused(&view, "aggregation");
    view.aggregation = -1;
    refused(&view, "aggregation");
    view.aggregation = HAETAE_AGGREGATION_DEFAULT;
    view.boundaries = bounds;
    view.boundary_count = 1;
    refused(&view, "boundaries are for");
    view.aggregation = HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM;
    for (int i = 0; i < 201; i++) {
        bounds[i] = i;
    }
    view.boundary_count = 201;
    refused(&view, "at most 200");
    view.boundary_count = SIZE_MAX;
    refused(&view, "at most 200");
    view.boundary_count = 3;
    bounds[1] = NAN;
    refused(&view, "finite");
    bounds[1] = 2;
    refused(&view, "above");
    bounds[2] = INFINITY;
    refused(&view, "finite");
    view.boundaries = NULL;
    refused(&view, "boundaries");
    view = for_name("c");
    view.max_size = 1;
    refused(&view, "max_size");
    view.max_size = 0;
    view.max_scale_given = 1;
    view.max_scale = 21;
    refused(&view, "max_scale");
    view = for_name("c");
    view.cardinality_limit = (1U << 24) + 1;
    refused(&view, "cardinality_limit");
}

static void a_provider_has_at_most_256_views(void **state)
{
    haetae_view_options view = for_name("c");
    struct hae_views views = {.first = NULL};
    const char *why = NULL;

    (void)state;
    for (int i = 0; i < 256; i++) {
        assert_int_equal(hae_views_add(&views, &view, &why), HAETAE_OK);
    }
    assert_int_equal(hae_views_add(&views, &view, &why), HAETAE_ELIMIT);
    hae_views_done(&views);
}

static void every_failed_allocation_of_a_view_is_reported_and_undone(void **state)
{
    static const haetae_string user[] = {{"user", 4}};
    haetae_view_options view = for_name("c");
    haetae_status status = HAETAE_ENOMEM;
    long allocations = 0;

    (void)state;
    view.excluded_keys = user;
    view.excluded_key_count = 1;
    view.name = haetae_string_of("x");
    for (; status != HAETAE_OK; allocations++) {
        haetae_instrument_options options =
            HAETAE_OPTIONS(haetae_instrument_options, .name = {"c", 1});
        haetae_counter *counter = NULL;
        const char *why;

        begin();
        compose();
        hae_alloc_fail_after(allocations);
        status = hae_views_add(&f.provider.views, &view, &why);
        if (status == HAETAE_OK) {
            hae_meter_provider_use_views(&f.provider, &f.provider.views, true);
            status = haetae_counter_create(f.meter, &options, &counter);
        }
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
        assert_int_equal(haetae_counter_create(f.meter, &options, &counter), HAETAE_OK);
        end();
    }
    assert_true(allocations >= 6); /* fields, view; fields, filter, instrument, reserve; success */
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
        cmocka_unit_test(a_view_has_a_cardinality_limit_of_its_own),
        cmocka_unit_test(the_limit_counts_what_a_filter_leaves),
        cmocka_unit_test(drop_sum_and_histograms_suit_every_synchronous_kind),
        cmocka_unit_test(a_histogram_of_what_may_be_negative_has_no_sum),
        cmocka_unit_test(default_boundaries_serve_where_the_view_has_none),
        cmocka_unit_test(minimum_and_maximum_can_be_left_out),
        cmocka_unit_test(exponential_histograms_have_their_size_and_scale),
        cmocka_unit_test(a_last_value_suits_gauges),
        cmocka_unit_test(an_aggregation_that_does_not_suit_is_reported_and_the_view_does_not_count),
        cmocka_unit_test(observables_have_sums_and_last_values_and_no_histograms),
        cmocka_unit_test(composed_views_give_one_stream),
        cmocka_unit_test(each_name_of_composed_views_is_a_stream_and_the_nameless_belong_to_all),
        cmocka_unit_test(composed_views_drop_when_the_last_one_says_so),
        cmocka_unit_test(of_composed_views_one_that_does_not_suit_leaves_the_aggregation_before_it),
        cmocka_unit_test(criteria_and_names_are_checked),
        cmocka_unit_test(keys_are_checked),
        cmocka_unit_test(aggregations_are_checked),
        cmocka_unit_test(a_provider_has_at_most_256_views),
        cmocka_unit_test(every_failed_allocation_of_a_view_is_reported_and_undone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
