/* SPDX-License-Identifier: Apache-2.0 */
/* Making instruments, and refusing to. */
#include "metrics/fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static haetae_instrument_options named(const char *name)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);

    options.name = haetae_string_of(name);
    return options;
}

/* Creates a histogram and returns the status; checks that the output is set on success alone. */
static haetae_status create(struct fixture *f, const haetae_instrument_options *options)
{
    haetae_histogram *const untouched = (haetae_histogram *)&f;
    haetae_histogram *histogram = untouched;
    haetae_status status = haetae_histogram_create(f->meter, options, &histogram);

    assert_true((status == HAETAE_OK) == (histogram != untouched));
    return status;
}

static void names_follow_the_specification(void **state)
{
    static const char *const good[] = {"a", "Z9", "http.server.request.duration", "a_b-c/d.e"};
    static const char *const bad[] = {"", "1a", ".a", "_a", "a b", "a\xC3\xA4", "a:b", "a\n"};
    char longest[257];
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        haetae_instrument_options options = named(good[i]);

        assert_int_equal(create(&f, &options), HAETAE_OK);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        haetae_instrument_options options = named(bad[i]);

        assert_int_equal(create(&f, &options), HAETAE_EINVAL);
    }
    memset(longest, 'x', sizeof longest);
    haetae_instrument_options options = named("x");
    options.name.data = longest;
    options.name.length = 255;
    assert_int_equal(create(&f, &options), HAETAE_OK);
    options.name.length = 256;
    assert_int_equal(create(&f, &options), HAETAE_EINVAL);
    options.name.data = NULL;
    assert_int_equal(create(&f, &options), HAETAE_EINVAL);
    fixture_done(&f);
}

static void bad_options_are_refused(void **state)
{
    struct fixture f;
    char unit[64];
    haetae_instrument_options options = named("h");

    (void)state;
    fixture_init(&f, 0);
    memset(unit, 'u', sizeof unit);
    assert_int_equal(create(&f, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_histogram_create(f.meter, &options, NULL), HAETAE_EINVAL);
    options.struct_size = 8;
    assert_int_equal(create(&f, &options), HAETAE_EINVAL);
    options = named("h");
    options.unit.data = unit;
    options.unit.length = 64;
    assert_int_equal(create(&f, &options), HAETAE_EINVAL);
    options.unit.length = 63;
    options.number_type = 2;
    assert_int_equal(create(&f, &options), HAETAE_EINVAL);
    options.number_type = HAETAE_NUMBER_DOUBLE;
    options.reserved = 1;
    assert_int_equal(create(&f, &options), HAETAE_EINVAL);
    options.reserved = 0;
    options.description.data = "x";
    options.description.length = SIZE_MAX;
    assert_int_equal(create(&f, &options), HAETAE_EINVAL);
    options.description.length = 1;
    assert_int_equal(create(&f, &options), HAETAE_OK);
    fixture_done(&f);
}

static haetae_status with_boundaries(struct fixture *f, const char *name, const double *boundaries,
                                     size_t count)
{
    haetae_instrument_options options = named(name);

    options.boundaries = boundaries;
    options.boundary_count = count;
    return create(f, &options);
}

static void boundaries_are_finite_and_increase(void **state)
{
    double many[HAETAE_BOUNDARIES_MAX + 1];
    struct fixture f;

    (void)state;
    for (int i = 0; i <= HAETAE_BOUNDARIES_MAX; i++) {
        many[i] = i;
    }
    fixture_init(&f, 0);
    assert_int_equal(with_boundaries(&f, "a", (double[]){1, 1}, 2), HAETAE_EINVAL);
    assert_int_equal(with_boundaries(&f, "a", (double[]){2, 1}, 2), HAETAE_EINVAL);
    assert_int_equal(with_boundaries(&f, "a", (double[]){1, INFINITY}, 2), HAETAE_EINVAL);
    assert_int_equal(with_boundaries(&f, "a", (double[]){-INFINITY, 1}, 2), HAETAE_EINVAL);
    assert_int_equal(with_boundaries(&f, "a", (double[]){1, NAN}, 2), HAETAE_EINVAL);
    assert_int_equal(with_boundaries(&f, "a", (double[]){NAN}, 1), HAETAE_EINVAL);
    assert_int_equal(with_boundaries(&f, "a", NULL, 1), HAETAE_EINVAL);
    assert_int_equal(with_boundaries(&f, "a", many, HAETAE_BOUNDARIES_MAX + 1), HAETAE_EINVAL);
    assert_int_equal(with_boundaries(&f, "b", many, HAETAE_BOUNDARIES_MAX), HAETAE_OK);
    assert_int_equal(with_boundaries(&f, "c", (double[]){-1e300, 0, 1e-300}, 3), HAETAE_OK);
    fixture_done(&f);
}

static void boundaries_are_copied_and_reported(void **state)
{
    double boundaries[] = {0.5, 2};
    haetae_histogram *histogram = NULL;
    haetae_instrument_options options = named("h");
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    options.boundaries = boundaries;
    options.boundary_count = 2;
    assert_int_equal(haetae_histogram_create(f.meter, &options, &histogram), HAETAE_OK);
    boundaries[0] = 100;
    haetae_histogram_record(histogram, 0, NULL, 0);
    haetae_histogram_record(histogram, 2, NULL, 0);
    haetae_histogram_record(histogram, 3, NULL, 0);
    collect(&f, &all);
    const HaeOtlp__HistogramDataPoint *point = find_histogram(&all, "h", "");
    assert_int_equal(point->n_explicit_bounds, 2);
    assert_true(point->explicit_bounds[0] == 0.5 && point->explicit_bounds[1] == 2);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(point->bucket_counts[i], 1);
    }
    collection_done(&all, &f);
}

static void no_boundaries_at_all_make_one_bucket(void **state)
{
    double none = 0;
    haetae_histogram *histogram = NULL;
    haetae_instrument_options options = named("h");
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    options.boundaries = &none;
    assert_int_equal(haetae_histogram_create(f.meter, &options, &histogram), HAETAE_OK);
    haetae_histogram_record(histogram, 5, NULL, 0);
    haetae_histogram_record(histogram, 7, NULL, 0);
    collect(&f, &all);
    const HaeOtlp__HistogramDataPoint *point = find_histogram(&all, "h", "");
    assert_int_equal(point->n_explicit_bounds, 0);
    assert_int_equal(point->n_bucket_counts, 1);
    assert_int_equal(point->bucket_counts[0], 2);
    collection_done(&all, &f);
}

static void equal_options_give_the_same_instrument(void **state)
{
    haetae_counter *one = NULL;
    haetae_counter *same = NULL;
    haetae_instrument_options options = named("requestCount");
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    options.unit = haetae_string_of("{request}");
    options.description = haetae_string_of("How many.");
    assert_int_equal(haetae_counter_create(f.meter, &options, &one), HAETAE_OK);
    options.name = haetae_string_of("RequestCOUNT");
    assert_int_equal(haetae_counter_create(f.meter, &options, &same), HAETAE_OK);
    assert_ptr_equal(one, same);
    haetae_counter_add(same, 1, NULL, 0);
    collect(&f, &all);
    assert_non_null(find_metric(&all, "requestCount")); /* as it was first written */
    assert_string_equal(all.metrics[0]->unit, "{request}");
    assert_string_equal(all.metrics[0]->description, "How many.");
    collection_done(&all, &f);
}

/* ---- Duplicate registrations ---- */

static char warnings[2048];
static int warning_count;

static void note(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    if (level == HAETAE_DIAGNOSTIC_WARN) {
        warning_count++;
        strcat(strcat(warnings, text), "\n");
    }
}

static void listen(struct fixture *f, struct hae_diagnostics *diagnostics)
{
    assert_int_equal(hae_diagnostics_init(diagnostics, note, NULL), HAETAE_OK);
    f->provider.diagnostics = diagnostics;
    f->provider.defaults.cardinality_limit = 10; /* nothing of memory is reported */
    warnings[0] = '\0';
    warning_count = 0;
}

static void other_unit_kind_or_type_gives_a_working_instrument(void **state)
{
    struct hae_diagnostics diagnostics;
    haetae_counter *seconds = NULL, *bytes = NULL, *reals = NULL, *again = NULL;
    haetae_gauge *gauge = NULL;
    haetae_instrument_options options = named("n");
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    listen(&f, &diagnostics);
    options.unit = haetae_string_of("s");
    assert_int_equal(haetae_counter_create(f.meter, &options, &seconds), HAETAE_OK);
    assert_int_equal(warning_count, 0);
    options.unit = haetae_string_of("By");
    assert_int_equal(haetae_counter_create(f.meter, &options, &bytes), HAETAE_OK);
    assert_string_equal(warnings,
                        "instrument \"n\" is a counter of integers with unit \"s\", and now also "
                        "a counter of integers with unit \"By\"; both are reported under this "
                        "name: rename one of them\n");
    options.number_type = HAETAE_NUMBER_DOUBLE;
    assert_int_equal(haetae_counter_create(f.meter, &options, &reals), HAETAE_OK);
    options.number_type = HAETAE_NUMBER_INT64;
    assert_int_equal(haetae_gauge_create(f.meter, &options, &gauge), HAETAE_OK);
    assert_int_equal(warning_count, 3);
    /* One that is known by now is found, without another word. */
    assert_int_equal(haetae_counter_create(f.meter, &options, &again), HAETAE_OK);
    assert_ptr_equal(again, bytes);
    assert_int_equal(warning_count, 3);
    haetae_counter_add(seconds, 1, NULL, 0);
    haetae_counter_add(bytes, 2, NULL, 0);
    haetae_counter_add_double(reals, 3, NULL, 0);
    haetae_gauge_record(gauge, 4, NULL, 0);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 0);
    collect(&f, &all);
    assert_int_equal(all.count, 4);
    assert_string_equal(all.metrics[0]->unit, "s");
    assert_int_equal(all.metrics[0]->sum->data_points[0]->as_int, 1);
    assert_string_equal(all.metrics[1]->unit, "By");
    assert_int_equal(all.metrics[1]->sum->data_points[0]->as_int, 2);
    assert_true(all.metrics[2]->sum->data_points[0]->as_double == 3);
    assert_int_equal(all.metrics[3]->gauge->data_points[0]->as_int, 4);
    collection_free(&all);
    hae_diagnostics_done(&diagnostics);
    fixture_done(&f);
}

static void other_description_or_boundaries_give_the_first_instrument(void **state)
{
    static const double few[] = {1, 2}, others[] = {1, 3};
    struct hae_diagnostics diagnostics;
    haetae_histogram *first = NULL, *same = NULL;
    haetae_counter *counter = NULL, *described = NULL;
    haetae_instrument_options options = named("h");
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    listen(&f, &diagnostics);
    options.boundaries = few;
    options.boundary_count = 2;
    assert_int_equal(haetae_histogram_create(f.meter, &options, &first), HAETAE_OK);
    assert_int_equal(haetae_histogram_create(f.meter, &options, &same), HAETAE_OK);
    options.boundaries = NULL; /* not asked for: those that are there will do */
    options.boundary_count = 0;
    assert_int_equal(haetae_histogram_create(f.meter, &options, &same), HAETAE_OK);
    assert_int_equal(warning_count, 0);
    options.boundaries = others;
    options.boundary_count = 2;
    for (int i = 0; i < 3; i++) { /* reported once */
        assert_int_equal(haetae_histogram_create(f.meter, &options, &same), HAETAE_OK);
        assert_ptr_equal(same, first);
    }
    assert_string_equal(warnings,
                        "instrument \"h\" is asked for again with other boundaries; the first ones "
                        "stay: give both the same, or rename one of them\n");
    options = named("c");
    assert_int_equal(haetae_counter_create(f.meter, &options, &counter), HAETAE_OK);
    options.description = haetae_string_of("How many.");
    assert_int_equal(haetae_counter_create(f.meter, &options, &described), HAETAE_OK);
    assert_ptr_equal(counter, described);
    assert_int_equal(warning_count, 2);
    assert_non_null(
        strstr(warnings, "instrument \"c\" is asked for again with another description"));
    hae_diagnostics_done(&diagnostics);
    fixture_done(&f);
}

static void meters_are_namespaces(void **state)
{
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
    haetae_instrument_options options = named("n");
    haetae_meter *other = NULL;
    haetae_meter *again = NULL;
    haetae_gauge *gauge = NULL;
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "n", HAETAE_NUMBER_INT64);
    scope.name = haetae_string_of("other");
    assert_int_equal(hae_meter_get(&f.provider, &scope, &other), HAETAE_OK);
    assert_int_equal(hae_meter_get(&f.provider, &scope, &again), HAETAE_OK);
    assert_ptr_equal(other, again);
    assert_ptr_not_equal(other, f.meter);
    assert_int_equal(haetae_gauge_create(other, &options, &gauge), HAETAE_OK);
    haetae_counter_add(counter, 1, NULL, 0);
    haetae_gauge_record(gauge, 2, NULL, 0);
    collect(&f, &all);
    assert_int_equal(all.count, 2);
    assert_int_equal(all.scopes[0], f.meter->scope);
    assert_int_equal(all.scopes[1], other->scope);
    assert_int_not_equal(all.scopes[0], all.scopes[1]);
    collection_done(&all, &f);
}

static void null_meter_gives_null_instruments(void **state)
{
    haetae_counter *counter = (haetae_counter *)1;
    haetae_up_down_counter *up_down = (haetae_up_down_counter *)1;
    haetae_gauge *gauge = (haetae_gauge *)1;
    haetae_histogram *histogram = (haetae_histogram *)1;

    (void)state;
    assert_int_equal(haetae_counter_create(NULL, NULL, &counter), HAETAE_OK);
    assert_int_equal(haetae_up_down_counter_create(NULL, NULL, &up_down), HAETAE_OK);
    assert_int_equal(haetae_gauge_create(NULL, NULL, &gauge), HAETAE_OK);
    assert_int_equal(haetae_histogram_create(NULL, NULL, &histogram), HAETAE_OK);
    assert_true(counter == NULL && up_down == NULL && gauge == NULL && histogram == NULL);
}

static void shutdown_refuses_new_instruments_and_meters(void **state)
{
    haetae_instrument_options options = named("n");
    haetae_meter *meter = NULL;
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    atomic_store(&f.recorder->accepting, false);
    assert_int_equal(create(&f, &options), HAETAE_ESHUTDOWN);
    assert_int_equal(hae_meter_get(&f.provider, NULL, &meter), HAETAE_ESHUTDOWN);
    fixture_done(&f);
}

static void used_up_memory_refuses_new_instruments(void **state)
{
    char name[32];
    struct fixture f;
    haetae_status status = HAETAE_OK;
    int made = 0;

    (void)state;
    fixture_init_sized(&f, HAE_REGION_SIZE_MIN, 2);
    haetae_counter *first = make_counter(&f, "first", HAETAE_NUMBER_INT64);
    for (; status == HAETAE_OK && made < 10000; made++) {
        snprintf(name, sizeof name, "h%d", made);
        haetae_instrument_options options = named(name);
        status = create(&f, &options);
    }
    assert_int_equal(status, HAETAE_ELIMIT);
    assert_true(made > 5);
    fill_heap(&f, 0); /* what an instrument is too large for */
    haetae_counter_add(first, 3, NULL, 0);
    assert_int_equal(collected_int(&f, "first", "otel.metric.overflow=true"), 3);
    fixture_done(&f);
}

static void long_descriptions_are_cut_between_characters(void **state)
{
    static char text[3 * 4000 + 1];
    haetae_instrument_options options = named("h");
    haetae_histogram *histogram = NULL;
    struct fixture f;
    struct collection all;

    (void)state;
    for (size_t i = 0; i < 4000; i++) {
        memcpy(text + 3 * i, "\xED\x95\xB4", 3);
    }
    fixture_init(&f, 0);
    options.description = haetae_string_of(text);
    assert_int_equal(haetae_histogram_create(f.meter, &options, &histogram), HAETAE_OK);
    haetae_histogram_record(histogram, 1, NULL, 0);
    collect(&f, &all);
    assert_int_equal(strlen(all.metrics[0]->description), 3 * 2048);
    assert_memory_equal(all.metrics[0]->description, text, 3 * 2048);
    collection_done(&all, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_follow_the_specification),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(boundaries_are_finite_and_increase),
        cmocka_unit_test(boundaries_are_copied_and_reported),
        cmocka_unit_test(no_boundaries_at_all_make_one_bucket),
        cmocka_unit_test(equal_options_give_the_same_instrument),
        cmocka_unit_test(other_unit_kind_or_type_gives_a_working_instrument),
        cmocka_unit_test(other_description_or_boundaries_give_the_first_instrument),
        cmocka_unit_test(meters_are_namespaces),
        cmocka_unit_test(null_meter_gives_null_instruments),
        cmocka_unit_test(shutdown_refuses_new_instruments_and_meters),
        cmocka_unit_test(used_up_memory_refuses_new_instruments),
        cmocka_unit_test(long_descriptions_are_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
