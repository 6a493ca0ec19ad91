/* SPDX-License-Identifier: Apache-2.0 */
/* Callbacks in threads of their own: those that hang, and registering from many threads. */
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/diagnostics.h"
#include "metrics/fixture.h"

enum { LONG_MS = 600000, SHORT_MS = 20 };

static void begin(struct fixture *f, uint32_t timeout_ms)
{
    fixture_init(f, 0);
    f->provider.callback_threads = true;
    f->provider.callback_timeout_ms = timeout_ms;
}

static haetae_observable *make(struct fixture *f, const char *name)
{
    haetae_observable *made = haetae_observable_counter_named(f->meter, name, NULL);

    assert_non_null(made);
    return made;
}

/* A callback that may hang until the test lets it go. */
struct observing {
    haetae_observable *observable;
    haetae_callback *handle;
    int64_t value;
    _Atomic bool hangs;
    _Atomic unsigned calls;
    sem_t entered;
    sem_t go;
    pthread_t thread;
};

static void observe(void *user, haetae_observer *observer)
{
    struct observing *observing = user;

    observing->thread = pthread_self();
    atomic_fetch_add(&observing->calls, 1);
    if (atomic_load(&observing->hangs)) {
        sem_post(&observing->entered);
        sem_wait(&observing->go);
    }
    haetae_observe_int64(observer, observing->observable, observing->value, NULL, 0);
}

static void add(struct fixture *f, struct observing *observing, const char *name)
{
    memset(observing, 0, sizeof *observing);
    observing->observable = make(f, name);
    observing->value = 1;
    sem_init(&observing->entered, 0, 0);
    sem_init(&observing->go, 0, 0);
    assert_int_equal(
        haetae_callback_register(&observing->observable, 1, observe, observing, &observing->handle),
        HAETAE_OK);
}

/* Collects until the callback hangs: on a busy machine its thread may not start in time. */
static void collect_until_it_hangs(struct fixture *f, struct observing *hanging, const char *name)
{
    do {
        assert_int_equal(collected_point_count(f, name), 0);
    } while (sem_trywait(&hanging->entered) != 0);
}

static void callbacks_run_in_one_thread_that_is_not_ours(void **state)
{
    struct observing one, two;
    struct fixture f;

    (void)state;
    begin(&f, LONG_MS);
    add(&f, &one, "a");
    add(&f, &two, "b");
    assert_int_equal(collected_int(&f, "a", ""), 1);
    assert_false(pthread_equal(one.thread, pthread_self()));
    assert_true(pthread_equal(one.thread, two.thread));
    two.value = 2;
    assert_int_equal(collected_int(&f, "b", ""), 2);
    assert_true(pthread_equal(one.thread, two.thread));
    assert_int_equal(atomic_load(&one.calls), 2);
    fixture_done(&f);
}

static char reports[8][HAE_DIAGNOSTIC_BYTES];
static size_t report_count;

static void keep_report(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    if (level == HAETAE_DIAGNOSTIC_WARN && strstr(text, "has not returned") != NULL) {
        assert_true(report_count < 8);
        snprintf(reports[report_count++], sizeof reports[0], "%s", text);
    }
}

static size_t named_count(const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < report_count; i++) {
        count += strstr(reports[i], name) != NULL;
    }
    return count;
}

static void a_callback_that_hangs_is_left_out_until_it_returns(void **state)
{
    struct hae_diagnostics diagnostics;
    struct observing hanging, other;
    struct fixture f;
    struct collection all;

    (void)state;
    begin(&f, SHORT_MS);
    report_count = 0;
    assert_int_equal(hae_diagnostics_init(&diagnostics, keep_report, NULL), HAETAE_OK);
    f.provider.diagnostics = &diagnostics;
    add(&f, &hanging, "hanging");
    add(&f, &other, "other");
    atomic_store(&hanging.hangs, true);
    collect_until_it_hangs(&f, &hanging, "hanging");
    assert_int_equal(named_count("\"hanging\""), 1);
    /* Nothing waits for it any more, however long the time is. */
    f.provider.callback_timeout_ms = LONG_MS;
    for (int i = 0; i < 3; i++) {
        collect(&f, &all);
        assert_int_equal(point_count(&all, "hanging"), 0);
        assert_int_equal(point_count(&all, "other"), 1);
        collection_free(&all);
    }
    assert_int_equal(atomic_load(&hanging.calls), 1);
    assert_int_equal(named_count("\"hanging\""), 1);
    /* What it observes late is thrown away. Then it is called again. */
    atomic_store(&hanging.hangs, false);
    sem_post(&hanging.go);
    do {
        collect(&f, &all);
        assert_int_equal(point_count(&all, "hanging"), atomic_load(&hanging.calls) == 2);
        collection_free(&all);
        sched_yield();
    } while (atomic_load(&hanging.calls) == 1);
    assert_int_equal(collected_int(&f, "hanging", ""), 1);
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 0);
    f.provider.diagnostics = NULL;
    hae_diagnostics_done(&diagnostics);
    fixture_done(&f);
}

static void observe_and_let_go(void *user, haetae_observer *observer)
{
    struct observing *both = user;

    observe(&both[1], observer);
    sem_post(&both[0].go);
}

/* The first one returns when the one behind it has been called, which one more thread does. */
static void a_callback_that_takes_long_keeps_none_from_being_called(void **state)
{
    enum { TIMEOUT_MS = 4000 };
    struct observing both[2];
    struct fixture f;
    struct collection all;

    (void)state;
    begin(&f, TIMEOUT_MS);
    add(&f, &both[0], "long");
    add(&f, &both[1], "other");
    haetae_callback_unregister(both[1].handle);
    assert_int_equal(
        haetae_callback_register(&both[1].observable, 1, observe_and_let_go, both, &both[1].handle),
        HAETAE_OK);
    atomic_store(&both[0].hangs, true);
    collect(&f, &all);
    assert_int_equal(point_count(&all, "long"), 1);
    assert_int_equal(point_count(&all, "other"), 1);
    assert_false(pthread_equal(both[0].thread, both[1].thread));
    collection_free(&all);
    /* Afterwards they are called one after the other again. */
    atomic_store(&both[0].hangs, false);
    f.provider.callback_timeout_ms = LONG_MS;
    collect(&f, &all);
    assert_true(pthread_equal(both[0].thread, both[1].thread));
    collection_done(&all, &f);
}

/* More of them than there are threads: those behind them are called all the same. */
static void every_callback_may_hang(void **state)
{
    enum { COUNT = 40, ROUNDS_MAX = 500 };
    static struct observing all[COUNT];
    struct fixture f;
    struct observing other;
    char name[16];

    (void)state;
    begin(&f, SHORT_MS);
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "o%d", i % 100);
        add(&f, &all[i], name);
        atomic_store(&all[i].hangs, true);
    }
    add(&f, &other, "other");
    for (int i = 0; i < ROUNDS_MAX && atomic_load(&other.calls) == 0; i++) {
        assert_int_equal(collected_point_count(&f, "o0"), 0);
    }
    assert_true(atomic_load(&other.calls) != 0);
    for (int i = 0; i < COUNT; i++) {
        atomic_store(&all[i].hangs, false);
        sem_post(&all[i].go);
        haetae_callback_unregister(all[i].handle);
        assert_true(atomic_load(&all[i].calls) <= 1);
    }
    f.provider.callback_timeout_ms = LONG_MS;
    assert_int_equal(collected_int(&f, "other", ""), 1);
    fixture_done(&f);
}

static void *unregister(void *user)
{
    struct observing *observing = user;

    haetae_callback_unregister(observing->handle);
    atomic_fetch_add(&observing->calls, 100);
    return NULL;
}

static void unregistering_waits_for_a_callback_that_runs(void **state)
{
    struct observing hanging;
    struct fixture f;
    pthread_t thread;

    (void)state;
    begin(&f, SHORT_MS);
    add(&f, &hanging, "o");
    atomic_store(&hanging.hangs, true);
    collect_until_it_hangs(&f, &hanging, "o");
    assert_int_equal(pthread_create(&thread, NULL, unregister, &hanging), 0);
    for (int i = 0; i < 100; i++) {
        sched_yield();
        assert_int_equal(atomic_load(&hanging.calls), 1);
    }
    sem_post(&hanging.go);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&hanging.calls), 101);
    assert_int_equal(collected_point_count(&f, "o"), 0);
    fixture_done(&f);
}

/* The callback hangs beyond the end of the provider; its memory goes when it returns. */
static void the_end_leaves_a_callback_that_hangs(void **state)
{
    static struct observing hanging;
    struct fixture f;
    long live = hae_alloc_live_count();

    (void)state;
    begin(&f, SHORT_MS);
    add(&f, &hanging, "o");
    atomic_store(&hanging.hangs, true);
    collect_until_it_hangs(&f, &hanging, "o");
    hae_metric_reader_done(&f.reader);
    hae_meter_provider_done(&f.provider);
    hae_recorder_free(f.recorder);
    sem_post(&hanging.go);
    while (hae_alloc_live_count() > live) {
        sched_yield();
    }
}

/* ---- All at once ---- */

enum { THREADS = 3, ROUNDS = 300 };

struct churn {
    struct fixture *f;
    haetae_observable *observable;
    uint64_t random;
    _Atomic bool registered;
    _Atomic uint64_t wrong;
    _Atomic uint64_t calls;
};

static void observe_registered(void *user, haetae_observer *observer)
{
    struct churn *churn = user;

    if (!atomic_load(&churn->registered)) {
        atomic_fetch_add(&churn->wrong, 1);
    }
    atomic_fetch_add(&churn->calls, 1);
    haetae_observe_int64(observer, churn->observable, (int64_t)atomic_load(&churn->calls), NULL, 0);
}

static uint64_t draw(struct churn *churn)
{
    churn->random = churn->random * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return churn->random >> 33;
}

/* A callback never runs that is not registered. */
static void *register_and_unregister(void *user)
{
    struct churn *churn = user;

    for (int i = 0; i < ROUNDS; i++) {
        haetae_callback *handle = NULL;

        atomic_store(&churn->registered, true);
        assert_int_equal(
            haetae_callback_register(&churn->observable, 1, observe_registered, churn, &handle),
            HAETAE_OK);
        for (uint64_t j = draw(churn) % 50; j != 0; j--) {
            sched_yield();
        }
        haetae_observable_set_int64(churn->observable, i, HAETAE_ATTRS(HAETAE_ATTR("k", "set")));
        haetae_callback_unregister(handle);
        atomic_store(&churn->registered, false);
    }
    return NULL;
}

static void callbacks_come_and_go_while_readers_collect(void **state)
{
    static struct churn churns[THREADS];
    struct fixture f;
    struct collection all;
    pthread_t threads[THREADS];
    uint64_t calls = 0;
    uint64_t seed = (uint64_t)time(NULL);

    (void)state;
    begin(&f, LONG_MS);
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < THREADS; i++) {
        const char *const names[THREADS] = {"a", "b", "c"};

        churns[i] =
            (struct churn){.f = &f, .observable = make(&f, names[i]), .random = seed + (uint64_t)i};
        assert_int_equal(pthread_create(&threads[i], NULL, register_and_unregister, &churns[i]), 0);
    }
    for (int i = 0; i < ROUNDS || calls == 0; i++) {
        collect(&f, &all);
        collection_free(&all);
        calls = atomic_load(&churns[0].calls) + atomic_load(&churns[1].calls) +
                atomic_load(&churns[2].calls);
        if (i > 100 * ROUNDS) {
            break; /* all threads ended without a collection in between */
        }
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(atomic_load(&churns[i].wrong), 0);
    }
    collect(&f, &all);
    for (int i = 0; i < THREADS; i++) {
        const char *const names[THREADS] = {"a", "b", "c"};

        assert_int_equal(point_count(&all, names[i]), 1);
        assert_int_equal(find_point(&all, names[i], "k=set")->as_int, ROUNDS - 1);
    }
    assert_int_equal(misuse_count(&f, HAETAE_MISUSE_MEASUREMENT), 0);
    collection_done(&all, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callbacks_run_in_one_thread_that_is_not_ours),
        cmocka_unit_test(a_callback_that_hangs_is_left_out_until_it_returns),
        cmocka_unit_test(a_callback_that_takes_long_keeps_none_from_being_called),
        cmocka_unit_test(every_callback_may_hang),
        cmocka_unit_test(unregistering_waits_for_a_callback_that_runs),
        cmocka_unit_test(the_end_leaves_a_callback_that_hangs),
        cmocka_unit_test(callbacks_come_and_go_while_readers_collect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
