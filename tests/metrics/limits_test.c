/* SPDX-License-Identifier: Apache-2.0 */
/* More series than the limit or the memory allows: no measurement is lost, and every
 * one is in exactly one series. */
#include "metrics/fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "recorder/scope.h"

#define OVERFLOW_SET "otel.metric.overflow=true"

static void add_range(haetae_counter *counter, int from, int to)
{
    for (int i = from; i < to; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
    }
}

static void sets_up_to_the_limit_have_their_own_series(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    f.provider.defaults.cardinality_limit = 100;
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_range(counter, 0, 100);
    collect(&f, &all);
    assert_int_equal(point_count(&all, "c"), 100);
    assert_null(find_point(&all, "c", OVERFLOW_SET));
    collection_free(&all);

    add_range(counter, 50, 150);
    add_range(counter, 0, 100);
    collect(&f, &all);
    assert_int_equal(point_count(&all, "c"), 101);
    assert_int_equal(int_total(&all, "c"), 300);
    assert_int_equal(find_point(&all, "c", OVERFLOW_SET)->as_int, 50);
    assert_int_equal(find_point(&all, "c", "i=0")->as_int, 2);
    assert_int_equal(find_point(&all, "c", "i=99")->as_int, 3);
    collection_done(&all, &f);
}

static void the_default_limit_is_the_specifications(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_range(counter, 0, 2001);
    collect(&f, &all);
    assert_int_equal(point_count(&all, "c"), 2001);
    assert_int_equal(find_point(&all, "c", OVERFLOW_SET)->as_int, 1);
    collection_done(&all, &f);
}

static void each_instrument_has_its_own_limit(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    f.provider.defaults.cardinality_limit = 10;
    haetae_counter *a = make_counter(&f, "a", HAETAE_NUMBER_INT64);
    haetae_counter *b = make_counter(&f, "b", HAETAE_NUMBER_INT64);
    add_range(a, 0, 20);
    add_range(b, 0, 10);
    assert_int_equal(collected_point_count(&f, "a"), 11);
    assert_int_equal(collected_point_count(&f, "b"), 10);
    assert_int_equal(collected_int(&f, "a", OVERFLOW_SET), 10);
    fixture_done(&f);
}

static void the_empty_set_counts_as_one(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    f.provider.defaults.cardinality_limit = 1;
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 5, NULL, 0);
    add_range(counter, 0, 3);
    assert_int_equal(collected_int(&f, "c", ""), 5);
    assert_int_equal(collected_int(&f, "c", OVERFLOW_SET), 3);
    fixture_done(&f);
}

static void the_overflow_set_given_explicitly_is_the_overflow_series(void **state)
{
    const haetae_attribute overflow =
        haetae_attribute_of("otel.metric.overflow", haetae_value_bool(true));
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    f.provider.defaults.cardinality_limit = 2;
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 1, &overflow, 1);
    add_range(counter, 0, 5);
    haetae_counter_add(counter, 1, &overflow, 1);
    assert_int_equal(collected_point_count(&f, "c"), 3);
    assert_int_equal(collected_int(&f, "c", OVERFLOW_SET), 5);
    fixture_done(&f);
}

static void binding_past_the_limit_binds_the_overflow_series(void **state)
{
    haetae_bound_counter *bound = NULL;
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    f.provider.defaults.cardinality_limit = 3;
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    add_range(counter, 0, 3);
    assert_int_equal(haetae_counter_bind(counter, HAETAE_ATTRS(HAETAE_ATTR("i", 3)), &bound),
                     HAETAE_OK);
    haetae_bound_counter_add(bound, 7);
    assert_int_equal(collected_int(&f, "c", OVERFLOW_SET), 7);
    fixture_done(&f);
}

static void overflow_serves_every_kind(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    f.provider.defaults.cardinality_limit = 1;
    haetae_gauge *gauge = make_gauge(&f, "g", HAETAE_NUMBER_DOUBLE);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_INT64);
    for (int i = 0; i < 10; i++) {
        haetae_gauge_record_double(gauge, i, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
        haetae_histogram_record(histogram, i, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
    }
    assert_true(collected_double(&f, "g", OVERFLOW_SET) == 9);
    collect(&f, &all);
    assert_int_equal(find_histogram(&all, "h", OVERFLOW_SET)->count, 9);
    assert_true(find_histogram(&all, "h", OVERFLOW_SET)->sum == 45);
    collection_done(&all, &f);
}

/* ---- Memory that several instruments share ---- */

static void observe_range(haetae_histogram *histogram, int from, int to)
{
    for (int i = from; i < to; i++) {
        haetae_histogram_record_double(histogram, i, HAETAE_ATTRS(HAETAE_ATTR("route.number", i)));
    }
}

static void has_all_series(const struct collection *all, const char *name, size_t count)
{
    size_t found = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->metrics[i]->name, name) == 0) {
            found += all->metrics[i]->histogram->n_data_points;
        }
    }
    assert_int_equal(found, count);
    assert_null(find_histogram(all, name, OVERFLOW_SET));
}

static bool scope_can_be_made(struct fixture *f, int number)
{
    haetae_scope_options options = HAETAE_OPTIONS(haetae_scope_options);
    char name[64];
    uint16_t scope;

    snprintf(name, sizeof name, "a scope with a name of a usual length, number %d", number);
    options.name = haetae_string_of(name);
    return hae_scope_intern(f->recorder, &options, &scope) == HAETAE_OK;
}

static void two_histograms_reach_their_limits_in_the_default_memory(void **state)
{
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_sized(&f, 16 << 20, 0);
    haetae_histogram *one = make_histogram(&f, "one", HAETAE_NUMBER_DOUBLE);
    haetae_histogram *two = make_histogram(&f, "two", HAETAE_NUMBER_DOUBLE);
    observe_range(one, 0, HAE_CARDINALITY_LIMIT);
    observe_range(two, 0, HAE_CARDINALITY_LIMIT);
    collect(&f, &all);
    has_all_series(&all, "one", HAE_CARDINALITY_LIMIT);
    has_all_series(&all, "two", HAE_CARDINALITY_LIMIT);
    assert_int_equal(histogram_total(&all, "one"), HAE_CARDINALITY_LIMIT);
    collection_done(&all, &f);
}

/* However many series one instrument makes, others have what they set aside, and scopes can still
 * be made. */
static void greedy_instrument_takes_nothing_from_others(void **state)
{
    enum { SURE = 30, SCOPES = 200 };
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_sized(&f, 2 << 20, 2);
    haetae_histogram *modest = make_histogram(&f, "modest", HAETAE_NUMBER_DOUBLE);
    f.provider.defaults.cardinality_limit = 1000000;
    haetae_counter *greedy = make_counter(&f, "greedy", HAETAE_NUMBER_INT64);
    f.provider.defaults.cardinality_limit = 25;
    haetae_histogram *late = make_histogram(&f, "late", HAETAE_NUMBER_DOUBLE);
    add_range(greedy, 0, 5000);
    assert_true(atomic_load(&f.provider.streams.budget.refused_count) > 0);
    observe_range(modest, 0, SURE);
    observe_range(late, 0, 25);
    for (int i = 0; i < SCOPES; i++) {
        assert_true(scope_can_be_made(&f, i));
    }
    collect(&f, &all);
    has_all_series(&all, "modest", SURE);
    has_all_series(&all, "late", 25);
    assert_int_equal(histogram_total(&all, "modest"), SURE);
    assert_int_equal(int_total(&all, "greedy"), 5000);
    collection_done(&all, &f);
}

/* What instruments set aside does not keep others from being made. */
static void many_instruments_can_be_made(void **state)
{
    enum { MANY = 1000 };
    struct fixture f;
    char name[32];

    (void)state;
    fixture_init_sized(&f, 16 << 20, 0);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "c%d", i);
        haetae_counter_add(make_counter(&f, name, HAETAE_NUMBER_INT64), i, NULL, 0);
    }
    assert_int_equal(atomic_load(&f.provider.streams.budget.refused_count), 0);
    fixture_done(&f);
}

static char reported[512];
static haetae_diagnostic_level reported_level;

static void note(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    reported_level = level;
    snprintf(reported, sizeof reported, "%s", text);
}

static void memory_that_does_not_suffice_is_reported_at_creation(void **state)
{
    struct hae_diagnostics diagnostics;
    struct fixture f;

    (void)state;
    fixture_init_sized(&f, 2 << 20, 2);
    assert_int_equal(hae_diagnostics_init(&diagnostics, note, NULL), HAETAE_OK);
    f.provider.diagnostics = &diagnostics;
    reported[0] = '\0';
    f.provider.defaults.cardinality_limit = 100;
    make_counter(&f, "fits", HAETAE_NUMBER_INT64);
    assert_string_equal(reported, "");
    f.provider.defaults.cardinality_limit = 100000;
    make_counter(&f, "large", HAETAE_NUMBER_INT64);
    assert_non_null(strstr(reported, "instrument \"large\" may have 100000 series and is sure of "
                                     "memory for "));
    assert_non_null(strstr(reported, "HAETAE_METRICS_CARDINALITY_LIMIT"));
    assert_int_equal(reported_level, HAETAE_DIAGNOSTIC_WARN);
    fill_heap(&f, 2000);
    make_counter(&f, "last", HAETAE_NUMBER_INT64);
    assert_non_null(strstr(reported, "instrument \"last\" may have 100000 series and is sure of "
                                     "memory for 0: "));
    assert_int_equal(reported_level, HAETAE_DIAGNOSTIC_WARN);
    hae_diagnostics_done(&diagnostics);
    fixture_done(&f);
}

/* Records so many series in each of two histograms, with three attributes of usual size. */
static void fill_two(haetae_histogram *const histograms[2], int count)
{
    char texts[3][32];
    haetae_attribute attributes[3];

    for (int i = 0; i < count; i++) {
        for (int j = 0; j < 3; j++) {
            snprintf(texts[j], sizeof texts[j], "/api/v1/%d-%d", j, i);
            attributes[j] = haetae_attribute_of(j == 0   ? "http.route"
                                                : j == 1 ? "http.method"
                                                         : "status",
                                                haetae_value_string(texts[j]));
        }
        haetae_histogram_record(histograms[0], i, attributes, 3);
        haetae_histogram_record(histograms[1], i, attributes, 3);
    }
}

/* Makes two histograms that may have so many series. Returns whether memory was reported. */
static bool make_two(struct fixture *f, uint32_t limit, haetae_histogram *ret_histograms[2])
{
    reported[0] = '\0';
    f->provider.defaults.cardinality_limit = limit;
    ret_histograms[0] = make_histogram(f, "one", HAETAE_NUMBER_DOUBLE);
    ret_histograms[1] = make_histogram(f, "two", HAETAE_NUMBER_DOUBLE);
    return reported[0] != '\0';
}

/* Makes them with the memory that the creation asks for; returns how often it asked. */
static unsigned make_until_silent(struct fixture *f, struct hae_diagnostics *diagnostics,
                                  uint64_t size_bytes, haetae_histogram *ret_histograms[2])
{
    enum { LIMIT = 2000 };
    unsigned value;
    unsigned reports = 0;

    for (;;) {
        assert_int_equal(hae_diagnostics_init(diagnostics, note, NULL), HAETAE_OK);
        fixture_init_sized(f, size_bytes, 0);
        f->provider.diagnostics = diagnostics;
        if (!make_two(f, LIMIT, ret_histograms)) {
            return reports;
        }
        assert_int_equal(
            sscanf(strstr(reported, "HAETAE_RECORDER_BYTES="), "HAETAE_RECORDER_BYTES=%um", &value),
            1);
        assert_true((uint64_t)value << 20 > size_bytes);
        size_bytes = (uint64_t)value << 20;
        reports++;
        fixture_done(f);
        hae_diagnostics_done(diagnostics);
    }
}

/* Where nothing is reported, and with what a report asks for, each has all its series. */
static void what_was_not_reported_at_creation_has_room(void **state)
{
    static const struct {
        uint64_t size_bytes;
        unsigned reports;
    } cases[] = {{8 << 20, 1}, {16 << 20, 0}, {64 << 20, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hae_diagnostics diagnostics;
        haetae_histogram *histograms[2];
        struct fixture f;

        assert_int_equal(make_until_silent(&f, &diagnostics, cases[i].size_bytes, histograms),
                         cases[i].reports);
        fill_two(histograms, 2000);
        assert_int_equal(atomic_load(&f.provider.streams.budget.refused_count), 0);
        hae_diagnostics_done(&diagnostics);
        fixture_done(&f);
    }
}

/* ---- Threads that reach the limit together -------------------------------------------------- */

enum { RACERS = 4, RACE_SETS = 300, RACE_LIMIT = 200, RACE_ROUNDS = 20 };

struct racer {
    haetae_counter *counter;
    pthread_barrier_t *start;
    int sets;
};

static void *race(void *argument)
{
    struct racer *racer = argument;

    pthread_barrier_wait(racer->start);
    add_range(racer->counter, 0, racer->sets);
    return NULL;
}

/* All threads record the same sets at the same time. */
static void run_race(haetae_counter *counter, int sets)
{
    pthread_barrier_t start;
    pthread_t threads[RACERS];
    struct racer racer = {counter, &start, sets};

    assert_int_equal(pthread_barrier_init(&start, NULL, RACERS), 0);
    for (int i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racer), 0);
    }
    for (int i = 0; i < RACERS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&start);
}

static void racing_threads_make_each_series_once_and_keep_the_limit(void **state)
{
    (void)state;
    for (int round = 0; round < RACE_ROUNDS; round++) {
        struct fixture f;
        struct collection all;

        fixture_init(&f, 0);
        f.provider.defaults.cardinality_limit = RACE_LIMIT;
        haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
        haetae_counter *within = make_counter(&f, "within", HAETAE_NUMBER_INT64);
        run_race(counter, RACE_SETS);
        run_race(within, RACE_LIMIT);
        collect(&f, &all);
        assert_int_equal(point_count(&all, "c"), RACE_LIMIT + 1);
        assert_int_equal(int_total(&all, "c"), RACERS * RACE_SETS);
        /* As many distinct sets as the limit allows never overflow. */
        assert_int_equal(point_count(&all, "within"), RACE_LIMIT);
        assert_null(find_point(&all, "within", OVERFLOW_SET));
        assert_int_equal(find_point(&all, "within", "i=7")->as_int, RACERS);
        collection_done(&all, &f);
    }
}

/* ---- No memory left ---------------------------------------------------------------- */

/* Every possible amount of memory that is left, so that each allocation of the
 * recording path fails once. */
static void used_up_memory_loses_nothing(void **state)
{
    (void)state;
    for (uint64_t left = 0; left <= 3000; left += 40) {
        struct fixture f;
        struct collection all;

        fixture_init(&f, 2);
        haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
        haetae_counter *reals = make_counter(&f, "d", HAETAE_NUMBER_DOUBLE);
        haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
        fill_heap(&f, left);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 20; i++) {
                haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
                haetae_counter_add_double(reals, 0.5, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
                haetae_histogram_record_double(histogram, i, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
            }
        }
        collect(&f, &all);
        assert_int_equal(int_total(&all, "c"), 40);
        assert_int_equal(histogram_total(&all, "h"), 40);
        const HaeOtlp__Metric *metric = find_metric(&all, "d");
        double sum = 0;
        for (size_t i = 0; i < metric->sum->n_data_points; i++) {
            sum += metric->sum->data_points[i]->as_double;
        }
        assert_true(sum == 20);
        collection_done(&all, &f);
    }
}

static void used_up_memory_still_binds(void **state)
{
    haetae_bound_counter *bound = NULL;
    struct fixture f;

    (void)state;
    fixture_init(&f, 2);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", 1)));
    fill_heap(&f, 0);
    assert_int_equal(haetae_counter_bind(counter, HAETAE_ATTRS(HAETAE_ATTR("i", 2)), &bound),
                     HAETAE_OK);
    for (int i = 0; i < 5; i++) {
        haetae_bound_counter_add(bound, 1);
    }
    assert_int_equal(collected_int(&f, "c", OVERFLOW_SET), 5);
    assert_int_equal(collected_int(&f, "c", "i=1"), 1);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_up_to_the_limit_have_their_own_series),
        cmocka_unit_test(the_default_limit_is_the_specifications),
        cmocka_unit_test(each_instrument_has_its_own_limit),
        cmocka_unit_test(the_empty_set_counts_as_one),
        cmocka_unit_test(the_overflow_set_given_explicitly_is_the_overflow_series),
        cmocka_unit_test(binding_past_the_limit_binds_the_overflow_series),
        cmocka_unit_test(overflow_serves_every_kind),
        cmocka_unit_test(two_histograms_reach_their_limits_in_the_default_memory),
        cmocka_unit_test(greedy_instrument_takes_nothing_from_others),
        cmocka_unit_test(many_instruments_can_be_made),
        cmocka_unit_test(memory_that_does_not_suffice_is_reported_at_creation),
        cmocka_unit_test(what_was_not_reported_at_creation_has_room),
        cmocka_unit_test(racing_threads_make_each_series_once_and_keep_the_limit),
        cmocka_unit_test(used_up_memory_loses_nothing),
        cmocka_unit_test(used_up_memory_still_binds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
