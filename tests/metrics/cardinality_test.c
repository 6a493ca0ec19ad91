/* SPDX-License-Identifier: Apache-2.0 */
/* A million attribute sets: limits of views and of memory, with nothing lost. */
#include <stdio.h>

#include "metrics/fixture.h"
#include "support/repeat.h"
#include <pthread.h>

enum { THREADS = 4, MILLION = 1000000 };

static struct fixture f;
static struct collection all;
static haetae_counter *counter;

static void add_view(const char *name, uint32_t limit)
{
    haetae_view_options view = HAETAE_OPTIONS(haetae_view_options, .instrument_name = {"c", 1});
    const char *why;

    view.name = haetae_string_of(name);
    view.cardinality_limit = limit;
    assert_int_equal(hae_views_add(&f.provider.views, &view, &why), HAETAE_OK);
    hae_meter_provider_use_views(&f.provider, &f.provider.views, false);
}

/* Each thread has sets of its own, and all of them one that is the same. */
static void *record(void *number)
{
    int thread = *(int *)number;
    int count = (int)test_repeat(MILLION) / THREADS;

    for (int i = 0; i < count; i++) {
        haetae_counter_add(counter, 1,
                           HAETAE_ATTRS(HAETAE_ATTR("i", i % 10 == 0 ? -1 : i * THREADS + thread)));
    }
    return NULL;
}

static int64_t record_all(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];

    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, record, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    return (int64_t)test_repeat(MILLION) / THREADS * THREADS;
}

static void a_million_sets_overflow_at_each_limit_and_add_up(void **state)
{
    int64_t total;

    (void)state;
    fixture_init_sized(&f, 16 << 20, 0);
    add_view("few", 1);
    add_view("some", 1000);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    total = record_all();
    collect(&f, &all);
    assert_int_equal(point_count(&all, "few"), 1 + 1);
    assert_int_equal(point_count(&all, "some"), 1000 + 1);
    assert_int_equal(int_total(&all, "few"), total);
    assert_int_equal(int_total(&all, "some"), total);
    /* Every other set of "some" was measured once or not at all in a series of its own. */
    assert_int_equal(find_point(&all, "some", "otel.metric.overflow=true")->as_int +
                         (find_point(&all, "some", "i=-1") != NULL
                              ? find_point(&all, "some", "i=-1")->as_int + 999
                              : 1000),
                     total);
    assert_int_equal(atomic_load(&f.provider.streams.budget.refused_count), 0);
    collection_done(&all, &f);
}

static void a_million_sets_that_memory_does_not_hold_add_up(void **state)
{
    int64_t total;

    (void)state;
    fixture_init_sized(&f, 4 << 20, 0);
    add_view("all", MILLION);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    total = record_all();
    assert_true(atomic_load(&f.provider.streams.budget.refused_count) > 0);
    collect(&f, &all);
    assert_true(point_count(&all, "all") > 500);
    assert_int_equal(int_total(&all, "all"), total);
    collection_done(&all, &f);
}

/* Specification: "Overflow attribute": none as long as the limit holds all sets. */
static void as_many_sets_as_the_limit_do_not_overflow(void **state)
{
    (void)state;
    fixture_init_sized(&f, 16 << 20, 0);
    add_view("exact", 500);
    counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (int i = 0; i < 500; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
    }
    collect(&f, &all);
    assert_int_equal(point_count(&all, "exact"), 500);
    assert_null(find_point(&all, "exact", "otel.metric.overflow=true"));
    collection_free(&all);
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", 500)));
    collect(&f, &all);
    assert_int_equal(point_count(&all, "exact"), 501);
    assert_int_equal(find_point(&all, "exact", "otel.metric.overflow=true")->as_int, 1);
    collection_done(&all, &f);
}

/* ---- What is reported at creation ----------------------------------------------------------- */

static char reported[512];

static void note(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    (void)level;
    snprintf(reported, sizeof reported, "%s", text);
}

static void the_report_on_memory_counts_the_streams_of_views(void **state)
{
    struct hae_diagnostics diagnostics;

    (void)state;
    fixture_init_sized(&f, 4 << 20, 2);
    assert_int_equal(hae_diagnostics_init(&diagnostics, note, NULL), HAETAE_OK);
    f.provider.diagnostics = &diagnostics;
    f.provider.defaults.cardinality_limit = 10;
    reported[0] = '\0';
    add_view("first", 10);
    add_view("second", 100000);
    add_view("third", 10);
    make_counter(&f, "d", HAETAE_NUMBER_INT64);
    assert_string_equal(reported, "");
    make_counter(&f, "c", HAETAE_NUMBER_INT64);
    assert_non_null(strstr(reported, "instrument \"c\" may have 100000 series and is sure of "));
    assert_non_null(strstr(reported, "limit of their views"));
    hae_diagnostics_done(&diagnostics);
    fixture_done(&f);
}

/* ---- Many instruments ----------------------------------------------------------------------- */

static void instruments_beyond_the_memory_are_refused(void **state)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_status status = HAETAE_OK;
    haetae_counter *made = NULL;
    haetae_counter *first;
    char name[32];
    int count = 0;

    (void)state;
    fixture_init_sized(&f, 4 << 20, 2);
    first = make_counter(&f, "first", HAETAE_NUMBER_INT64);
    for (; count < MILLION && status == HAETAE_OK; count++) {
        snprintf(name, sizeof name, "instrument.%d", count);
        options.name = haetae_string_of(name);
        status = haetae_counter_create(f.meter, &options, &made);
    }
    assert_int_equal(status, HAETAE_ELIMIT);
    assert_true(count > 500 && count < MILLION);
    haetae_counter_add(first, 1, NULL, 0); /* those that are there go on */
    assert_int_equal(collected_int(&f, "first", ""), 1);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_sets_overflow_at_each_limit_and_add_up),
        cmocka_unit_test(a_million_sets_that_memory_does_not_hold_add_up),
        cmocka_unit_test(as_many_sets_as_the_limit_do_not_overflow),
        cmocka_unit_test(the_report_on_memory_counts_the_streams_of_views),
        cmocka_unit_test(instruments_beyond_the_memory_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
