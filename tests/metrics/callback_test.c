/* SPDX-License-Identifier: Apache-2.0 */
/* Callbacks that observe the values of observables, in the thread that collects. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "metrics/aggregation_histogram.h"
#include "metrics/observable.h"
#include "metrics/views.h"

static haetae_observable *make(struct fixture *f, const char *name, uint8_t kind)
{
    haetae_observable *made = kind == HAE_OBSERVABLE_COUNTER
                                  ? haetae_observable_counter_named(f->meter, name, NULL)
                              : kind == HAE_OBSERVABLE_GAUGE
                                  ? haetae_observable_gauge_named(f->meter, name, NULL)
                                  : haetae_observable_up_down_counter_named(f->meter, name, NULL);

    assert_non_null(made);
    return made;
}

static haetae_observable *make_counter_named(struct fixture *f, const char *name)
{
    return make(f, name, HAE_OBSERVABLE_COUNTER);
}

/* What a callback observes, in this order. */
struct given {
    haetae_observable *observable;
    int64_t value;
    const char *key; /* of one attribute; NULL: none */
    const char *text;
};

struct observing {
    size_t count;
    struct given given[8];
    unsigned calls;
    haetae_callback *handle;
};

static void give(haetae_observer *observer, const struct given *given)
{
    haetae_attribute attribute;

    if (given->key == NULL) {
        haetae_observe_int64(observer, given->observable, given->value, NULL, 0);
        return;
    }
    attribute = haetae_attribute_of(given->key, haetae_value_string(given->text));
    haetae_observe_int64(observer, given->observable, given->value, &attribute, 1);
}

static void observe(void *user, haetae_observer *observer)
{
    struct observing *observing = user;

    observing->calls++;
    for (size_t i = 0; i < observing->count; i++) {
        give(observer, &observing->given[i]);
    }
}

static void add(haetae_observable *observable, struct observing *observing)
{
    assert_int_equal(
        haetae_callback_register(&observable, 1, observe, observing, &observing->handle),
        HAETAE_OK);
    assert_non_null(observing->handle);
}

static void a_collection_reports_what_callbacks_observe_and_nothing_else(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_observable *o = make_counter_named(&f, "o");
    struct observing observing = {.count = 2, .given = {{o, 3, "k", "a"}, {o, 4, "k", "b"}}};
    add(o, &observing);
    assert_int_equal(observing.calls, 0);
    assert_int_equal(collected_int(&f, "o", "k=a"), 3);
    assert_int_equal(observing.calls, 1);
    observing.given[0].value = 5;
    assert_int_equal(collected_int(&f, "o", "k=a"), 5);
    /* A set that is not observed is not reported. */
    observing.count = 1;
    assert_int_equal(collected_point_count(&f, "o"), 1);
    observing.count = 0;
    assert_int_equal(collected_point_count(&f, "o"), 0);
    observing.count = 2;
    assert_int_equal(collected_point_count(&f, "o"), 2);
    haetae_callback_unregister(observing.handle);
    assert_int_equal(collected_point_count(&f, "o"), 0);
    assert_int_equal(observing.calls, 5);
    fixture_done(&f);
}

static void of_equal_sets_the_last_observation_counts(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_observable *o = make_counter_named(&f, "o");
    struct observing observing = {
        .count = 3, .given = {{o, 3, "k", "a"}, {o, 1, NULL, NULL}, {o, 9, "k", "a"}}};
    struct observing later = {.count = 1, .given = {{o, 11, NULL, NULL}}};
    add(o, &observing);
    assert_int_equal(collected_int(&f, "o", "k=a"), 9);
    assert_int_equal(collected_int(&f, "o", ""), 1);
    add(o, &later);
    assert_int_equal(collected_int(&f, "o", ""), 11);
    assert_int_equal(later.calls, 1);
    fixture_done(&f);
}

static void one_callback_observes_several_instruments(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_observable *both[2];
    haetae_observable *mixed[3];

    (void)state;
    fixture_init(&f, 0);
    both[0] = make_counter_named(&f, "a");
    both[1] = make(&f, "b", HAE_OBSERVABLE_UP_DOWN_COUNTER);
    mixed[0] = NULL;
    mixed[1] = both[0];
    mixed[2] = NULL;
    struct observing observing = {.count = 2,
                                  .given = {{both[0], 3, NULL, NULL}, {both[1], -4, NULL, NULL}}};
    assert_int_equal(haetae_callback_register(both, 2, observe, &observing, NULL), HAETAE_OK);
    collect(&f, &all);
    assert_int_equal(find_point(&all, "a", "")->as_int, 3);
    assert_int_equal(find_point(&all, "b", "")->as_int, -4);
    assert_int_equal(observing.calls, 1);
    collection_free(&all);
    /* NULL handles are left out. */
    assert_int_equal(haetae_callback_register(mixed, 3, observe, &observing, &observing.handle),
                     HAETAE_OK);
    assert_non_null(observing.handle);
    haetae_callback_unregister(observing.handle);
    mixed[1] = NULL;
    assert_int_equal(haetae_callback_register(mixed, 3, observe, &observing, &observing.handle),
                     HAETAE_OK);
    assert_null(observing.handle);
    fixture_done(&f);
}

static void each_reader_has_the_callbacks_called_and_deltas_of_its_own(void **state)
{
    struct hae_metric_reader reader;
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init(&f, 0);
    assert_int_equal(hae_metric_reader_init(&reader, &f.provider, &hae_temporality_delta),
                     HAETAE_OK);
    haetae_observable *o = make_counter_named(&f, "o");
    struct observing observing = {.count = 1, .given = {{o, 10, NULL, NULL}}};
    add(o, &observing);
    assert_int_equal(collected_int(&f, "o", ""), 10);
    observing.given[0].value = 15;
    assert_int_equal(collect_with(&reader, COLLECTED_NS + 1, METRICS_MAX, &all), HAETAE_OK);
    assert_int_equal(int_total(&all, "o"), 15);
    collection_free(&all);
    /* Not observed, and not reported; what came meanwhile comes later. */
    observing.count = 0;
    assert_int_equal(collect_with(&reader, COLLECTED_NS + 2, METRICS_MAX, &all), HAETAE_OK);
    assert_int_equal(point_count(&all, "o"), 0);
    collection_free(&all);
    observing.count = 1;
    observing.given[0].value = 22;
    assert_int_equal(collect_with(&reader, COLLECTED_NS + 3, METRICS_MAX, &all), HAETAE_OK);
    assert_int_equal(int_total(&all, "o"), 7);
    collection_free(&all);
    assert_int_equal(observing.calls, 4);
    hae_metric_reader_done(&reader);
    fixture_done(&f);
}

static void totals_that_a_filter_brings_together_are_added_up(void **state)
{
    static struct views views = {.count = 2,
                                 .view = {{0}, {.name = "merged", .filter = &drops_path}}};
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &views);
    haetae_observable *o = make_counter_named(&f, "o");
    struct observing observing = {
        .count = 4,
        .given = {
            {o, 3, "path", "/a"}, {o, 4, "path", "/b"}, {o, 5, "path", "/a"}, {o, 50, "m", "x"}}};
    add(o, &observing);
    for (int i = 0; i < 3; i++) {
        collect(&f, &all);
        assert_int_equal(find_point(&all, "merged", "")->as_int, 9);
        assert_int_equal(find_point(&all, "merged", "m=x")->as_int, 50);
        assert_int_equal(find_point(&all, "o", "path=/a")->as_int, 5);
        collection_free(&all);
    }
    /* Those that are set are among them, until they are removed. */
    haetae_observable_set_int64(o, 100, HAETAE_ATTRS(HAETAE_ATTR("path", "/c")));
    haetae_observable_set_int64(o, 1000, HAETAE_ATTRS(HAETAE_ATTR("path", "/d")));
    haetae_observable_set_int64(o, 2000, HAETAE_ATTRS(HAETAE_ATTR("path", "/d")));
    assert_int_equal(collected_int(&f, "merged", ""), 2109);
    haetae_observable_set_int64(o, 7, HAETAE_ATTRS(HAETAE_ATTR("path", "/a")));
    assert_int_equal(collected_int(&f, "merged", ""), 2111);
    haetae_observable_remove(o, HAETAE_ATTRS(HAETAE_ATTR("path", "/d")));
    assert_int_equal(collected_int(&f, "merged", ""), 111);
    haetae_callback_unregister(observing.handle);
    assert_int_equal(collected_int(&f, "merged", ""), 107);
    haetae_observable_remove(o, HAETAE_ATTRS(HAETAE_ATTR("path", "/a")));
    haetae_observable_remove(o, HAETAE_ATTRS(HAETAE_ATTR("path", "/c")));
    assert_int_equal(collected_point_count(&f, "merged"), 0);
    fixture_done(&f);
}

static void totals_beyond_the_limit_are_added_up_in_the_overflow(void **state)
{
    static struct views views = {.count = 1, .view = {{.series_limit = 2}}};
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &views);
    haetae_observable *o = make_counter_named(&f, "o");
    struct observing observing = {.count = 5,
                                  .given = {{o, 1, "k", "a"},
                                            {o, 2, "k", "b"},
                                            {o, 4, "k", "c"},
                                            {o, 8, "k", "d"},
                                            {o, 16, "k", "c"}}};
    add(o, &observing);
    for (int i = 0; i < 2; i++) {
        collect(&f, &all);
        assert_int_equal(point_count(&all, "o"), 3);
        assert_int_equal(find_point(&all, "o", "k=a")->as_int, 1);
        assert_int_equal(find_point(&all, "o", "k=b")->as_int, 2);
        assert_int_equal(find_point(&all, "o", "otel.metric.overflow=true")->as_int, 24);
        collection_free(&all);
    }
    fixture_done(&f);
}

static void a_view_may_make_a_histogram_of_what_is_observed(void **state)
{
    static struct views views = {.count = 1, .view = {{.aggregation = &hae_aggregation_histogram}}};
    struct fixture f;
    struct collection all;

    (void)state;
    fixture_init_views(&f, 0, &views);
    haetae_observable *o = make_counter_named(&f, "o");
    struct observing observing = {.count = 1, .given = {{o, 50, NULL, NULL}}};
    add(o, &observing);
    collect(&f, &all);
    collection_free(&all);
    collect(&f, &all);
    assert_int_equal(histogram_total(&all, "o"), 2);
    collection_done(&all, &f);
}

/* ---- What is refused ---- */

static haetae_observer *kept_observer;

static void observe_wrongly(void *user, haetae_observer *observer)
{
    struct given *given = user;

    kept_observer = observer;
    haetae_observe_int64(observer, given[0].observable, -1, NULL, 0);
    haetae_observe_double(observer, given[0].observable, 1.0, NULL, 0);
    haetae_observe_int64(observer, given[1].observable, 1, NULL, 0); /* not registered for it */
    haetae_observe_double(observer, given[2].observable, NAN, NULL, 0);
    haetae_observe_double(observer, given[2].observable, INFINITY, NULL, 0);
    haetae_observe_int64(observer, NULL, 1, NULL, 0);
    haetae_observe_int64(NULL, given[0].observable, 1, NULL, 0);
}

static void wrong_observations_are_counted_and_change_nothing(void **state)
{
    struct fixture f;
    static struct fixture other;
    haetae_observable *mine[2];

    (void)state;
    fixture_init(&f, 0);
    struct given given[3] = {{.observable = make_counter_named(&f, "o")},
                             {.observable = make_counter_named(&f, "p")},
                             {.observable = make(&f, "g", HAE_OBSERVABLE_GAUGE)}};
    mine[0] = given[0].observable;
    mine[1] = given[2].observable;
    assert_int_equal(haetae_callback_register(mine, 2, observe_wrongly, given, NULL), HAETAE_OK);
    assert_int_equal(collected_point_count(&f, "o"), 0);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 5);
    haetae_observe_int64(kept_observer, mine[0], 1, NULL, 0);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 6);
    assert_int_equal(haetae_callback_register(NULL, 1, observe, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_callback_register(mine, 0, observe, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_callback_register(mine, SIZE_MAX, observe, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_callback_register(mine, 1, NULL, NULL, NULL), HAETAE_EINVAL);
    fixture_done(&f);
    fixture_init(&f, 0);
    assert_int_equal(
        hae_recorder_new(&(struct hae_recorder_options){.size_bytes = 4u << 20}, &other.recorder),
        HAETAE_OK);
    assert_int_equal(hae_meter_provider_init(&other.provider, other.recorder), HAETAE_OK);
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
    assert_int_equal(hae_meter_get(&other.provider, &scope, &other.meter), HAETAE_OK);
    mine[0] = make_counter_named(&f, "o");
    mine[1] = make_counter_named(&other, "o");
    assert_int_equal(haetae_callback_register(mine, 2, observe, NULL, NULL), HAETAE_EINVAL);
    atomic_store(&f.recorder->accepting, false);
    assert_int_equal(haetae_callback_register(mine, 1, observe, NULL, NULL), HAETAE_ESHUTDOWN);
    hae_meter_provider_done(&other.provider);
    hae_recorder_free(other.recorder);
    fixture_done(&f);
}

/* ---- Registering from within ---- */

static void unregister_itself(void *user, haetae_observer *observer)
{
    struct observing *observing = user;

    observe(user, observer);
    haetae_callback_unregister(observing->handle);
    observing->handle = NULL;
}

struct registering {
    haetae_observable *observable;
    struct observing later;
    struct observing *removes;
};

static void register_another(void *user, haetae_observer *observer)
{
    struct registering *registering = user;

    (void)observer;
    if (registering->later.handle == NULL) {
        add(registering->observable, &registering->later);
    }
    if (registering->removes != NULL) {
        haetae_callback_unregister(registering->removes->handle);
        registering->removes = NULL;
    }
}

static void callbacks_register_and_unregister_from_within(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_observable *o = make_counter_named(&f, "o");
    struct observing once = {.count = 1, .given = {{o, 1, "k", "once"}}};
    struct observing removed = {.count = 1, .given = {{o, 1, "k", "removed"}}};
    struct registering registering = {.observable = o,
                                      .later = {.count = 1, .given = {{o, 1, "k", "later"}}},
                                      .removes = &removed};
    assert_int_equal(haetae_callback_register(&o, 1, unregister_itself, &once, &once.handle),
                     HAETAE_OK);
    assert_int_equal(haetae_callback_register(&o, 1, register_another, &registering, NULL),
                     HAETAE_OK);
    add(o, &removed);
    /* The one that unregisters itself still observes; the one behind it is not called any more; the
     * new one is called from the next collection on. */
    assert_int_equal(collected_int(&f, "o", "k=once"), 1);
    assert_int_equal(removed.calls, 0);
    assert_int_equal(registering.later.calls, 0);
    assert_int_equal(collected_int(&f, "o", "k=later"), 1);
    assert_int_equal(once.calls, 1);
    assert_int_equal(collected_point_count(&f, "o"), 1);
    fixture_done(&f);
}

static void a_callback_at_creation_stays_registered(void **state)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    struct fixture f;
    haetae_counter *counter = NULL;

    (void)state;
    fixture_init(&f, 0);
    struct observing observing = {.count = 1};
    options.name = haetae_string_of("o");
    options.callback = observe;
    options.callback_user = &observing;
    assert_int_equal(
        haetae_observable_counter_create(f.meter, &options, &observing.given[0].observable),
        HAETAE_OK);
    observing.given[0].value = 6;
    assert_int_equal(collected_int(&f, "o", ""), 6);
    assert_int_equal(collected_int(&f, "o", ""), 6);
    assert_int_equal(observing.calls, 2);
    /* Asked for again, with another callback: both are called. */
    assert_int_equal(
        haetae_observable_counter_create(f.meter, &options, &observing.given[0].observable),
        HAETAE_OK);
    assert_int_equal(collected_int(&f, "o", ""), 6);
    assert_int_equal(observing.calls, 4);
    options.name = haetae_string_of("c");
    assert_int_equal(haetae_counter_create(f.meter, &options, &counter), HAETAE_OK);
    assert_int_equal(collected_point_count(&f, "c"), 0);
    assert_int_equal(observing.calls, 6);
    fixture_done(&f);
}

static void what_is_not_reported_is_not_observed(void **state)
{
    static struct views none = {.count = 0};
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_observable *o = make_counter_named(&f, "o");
    struct observing observing = {.count = 1, .given = {{o, 1, NULL, NULL}}};
    struct observing dropped = {.count = 0};
    add(o, &observing);
    atomic_store(&f.meter->disabled, true);
    assert_int_equal(collected_point_count(&f, "o"), 0);
    assert_int_equal(observing.calls, 0);
    atomic_store(&f.meter->disabled, false);
    set_views(&f, &none);
    add(make_counter_named(&f, "dropped"), &dropped);
    assert_int_equal(collected_int(&f, "o", ""), 1);
    assert_int_equal(dropped.calls, 0);
    fixture_done(&f);
}

/* ---- Fork, and memory ---- */

static void a_child_observes_for_itself(void **state)
{
    struct fixture f;
    int status = 0;

    (void)state;
    fixture_init(&f, 0);
    haetae_observable *o = make_counter_named(&f, "o");
    struct observing observing = {.count = 1, .given = {{o, 8, NULL, NULL}}};
    add(o, &observing);
    haetae_observable_set_int64(o, 5, HAETAE_ATTRS(HAETAE_ATTR("k", "set")));
    assert_int_equal(collected_int(&f, "o", ""), 8);
    pid_t child = fork();
    if (child == 0) {
        struct collection all;
        bool right;

        hae_meter_provider_reinit(&f.provider);
        observing.given[0].value = 9;
        collect(&f, &all);
        right = point_count(&all, "o") == 1 && find_point(&all, "o", "")->as_int == 9;
        haetae_callback_unregister(observing.handle);
        collection_free(&all);
        _exit(right ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(collected_int(&f, "o", ""), 8);
    assert_int_equal(collected_int(&f, "o", "k=set"), 5);
    fixture_done(&f);
}

static void callbacks_survive_every_failed_allocation(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f, 0);
    haetae_observable *o = make_counter_named(&f, "o");
    for (long i = 0;; i++) {
        struct observing observing = {.count = 1, .given = {{o, 3, NULL, NULL}}};
        long refused = hae_alloc_refused_count();
        struct collection all;
        haetae_status status;

        hae_alloc_fail_once_after(i);
        status = haetae_callback_register(&o, 1, observe, &observing, &observing.handle);
        memset(&all, 0, sizeof all);
        (void)hae_observe_all(&f.provider, NULL, COLLECTED_NS);
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
        assert_true((status == HAETAE_OK) == (observing.handle != NULL));
        if (status == HAETAE_OK) {
            assert_int_equal(collected_int(&f, "o", ""), 3);
        }
        haetae_callback_unregister(observing.handle);
        if (hae_alloc_refused_count() == refused) {
            break;
        }
    }
    fixture_done(&f);
}

/* ---- Advice on attributes ---- */

static haetae_status advise(struct fixture *f, const char *name, const haetae_string *keys,
                            size_t count, haetae_counter **ret_counter)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);

    options.name = haetae_string_of(name);
    options.attribute_keys = keys;
    options.attribute_key_count = count;
    return haetae_counter_create(f->meter, &options, ret_counter);
}

static void an_instrument_keeps_the_attributes_that_it_is_advised_to(void **state)
{
    static struct views all_kept = {.count = 1, .view = {{.filter = &drops_path}}};
    haetae_string keys[2] = {{"method", 6}, {"status", 6}};
    haetae_string wrong[2] = {{"method", 6}, {NULL, 3}};
    struct fixture f;
    haetae_counter *counter = NULL, *none = NULL, *again = NULL, *viewed = NULL;

    (void)state;
    fixture_init(&f, 0);
    assert_int_equal(advise(&f, "c", keys, 2, &counter), HAETAE_OK);
    keys[0].data = "copied"; /* the instrument has its own */
    assert_int_equal(advise(&f, "none", keys, 0, &none), HAETAE_OK);
    for (int i = 0; i < 3; i++) {
        haetae_counter_add(counter, 1,
                           HAETAE_ATTRS(HAETAE_ATTR("method", "GET"), HAETAE_ATTR("user", "1")));
        haetae_counter_add(counter, 2,
                           HAETAE_ATTRS(HAETAE_ATTR("user", "2"), HAETAE_ATTR("method", "GET")));
        haetae_counter_add(none, 1, HAETAE_ATTRS(HAETAE_ATTR("method", "GET")));
    }
    assert_int_equal(collected_point_count(&f, "c"), 1);
    assert_int_equal(collected_int(&f, "c", "method=GET"), 9);
    assert_int_equal(collected_int(&f, "none", ""), 3);
    assert_int_equal(advise(&f, "c", NULL, 0, &again), HAETAE_OK);
    assert_ptr_equal(again, counter);
    assert_int_equal(advise(&f, "w", wrong, 2, &again), HAETAE_EINVAL);
    assert_int_equal(advise(&f, "w", NULL, 2, &again), HAETAE_EINVAL);
    assert_int_equal(advise(&f, "w", keys, HAE_METRIC_ATTRIBUTES_MAX + 1, &again), HAETAE_EINVAL);
    /* A view decides otherwise. */
    set_views(&f, &all_kept);
    assert_int_equal(advise(&f, "viewed", keys, 2, &viewed), HAETAE_OK);
    haetae_counter_add(viewed, 1, HAETAE_ATTRS(HAETAE_ATTR("user", "1"), HAETAE_ATTR("path", "/")));
    assert_int_equal(collected_int(&f, "viewed", "user=1"), 1);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_collection_reports_what_callbacks_observe_and_nothing_else),
        cmocka_unit_test(of_equal_sets_the_last_observation_counts),
        cmocka_unit_test(one_callback_observes_several_instruments),
        cmocka_unit_test(each_reader_has_the_callbacks_called_and_deltas_of_its_own),
        cmocka_unit_test(totals_that_a_filter_brings_together_are_added_up),
        cmocka_unit_test(totals_beyond_the_limit_are_added_up_in_the_overflow),
        cmocka_unit_test(a_view_may_make_a_histogram_of_what_is_observed),
        cmocka_unit_test(wrong_observations_are_counted_and_change_nothing),
        cmocka_unit_test(callbacks_register_and_unregister_from_within),
        cmocka_unit_test(a_callback_at_creation_stays_registered),
        cmocka_unit_test(what_is_not_reported_is_not_observed),
        cmocka_unit_test(a_child_observes_for_itself),
        cmocka_unit_test(callbacks_survive_every_failed_allocation),
        cmocka_unit_test(an_instrument_keeps_the_attributes_that_it_is_advised_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
