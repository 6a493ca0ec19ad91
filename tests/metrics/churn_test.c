/* SPDX-License-Identifier: Apache-2.0 */
/* Sets come and go for ever, many times as many as there is room for: threads record, and a
 * cumulative and a delta reader collect, all at once. What each of the readers got adds up to what
 * was recorded, set by set, and memory stays what it was. */
#include "metrics/fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "metrics/reuse.h"
#include "support/repeat.h"

/* Threads use the last WINDOW sets again: some of these were given back. */
enum { THREADS = 4, LIMIT = 2000, MARGIN = 50, HOT = 16, WINDOW = 5000, LAST = 50 };

/* What a reader got of one set. */
struct sum {
    int64_t total;     /* of deltas, or of the series that the set had before */
    int64_t value;     /* cumulative, of the series that it has now           */
    uint64_t start_ns; /* of that                                             */
    uint64_t time_ns;  /* of the last point                                   */
};

struct churn {
    struct fixture f;
    struct hae_metric_reader delta;
    haetae_counter *counter;
    unsigned sets;
    _Atomic unsigned next;      /* the next new set   */
    _Atomic uint32_t *recorded; /* into each set      */
    _Atomic unsigned running;   /* threads that record */
};

/* What one reader collects. */
struct collector {
    struct churn *churn;
    struct hae_metric_reader *reader;
    bool is_delta;
    struct sum *sums;
    unsigned returned; /* how often a set came back after it was given back */
    unsigned wrong;    /* points that can't be */
    uint64_t now_ns;
};

/* ---- Recording --------------------------------------------------------------------------------
 */

/* There is always room for what the threads are about to make: nothing may overflow. */
static void await_room(struct churn *churn)
{
    const struct hae_stream *stream = &((struct hae_instrument *)churn->counter)->first;

    while (hae_reuse_count(stream) > LIMIT - MARGIN) {
        sched_yield();
    }
}

static void record(struct churn *churn, unsigned number, uint64_t how)
{
    HAETAE_KEYS(keys, "set", "kind");
    const char *kind = number % 2 == 0 ? "even" : "odd";
    haetae_attribute set[] = {HAETAE_ATTR("set", (int64_t)number), HAETAE_ATTR("kind", kind)};

    await_room(churn);
    if (how % 8 == 0) {
        haetae_counter_add_keyed(churn->counter, 1, &keys, HAETAE_VALUES((int64_t)number, kind));
    } else if (how % 8 == 1) {
        /* As a signal handler that interrupts another call. */
        atomic_store(&hae_thread.busy, 1);
        haetae_counter_add(churn->counter, 1, set, 2);
        atomic_store(&hae_thread.busy, 0);
    } else {
        haetae_counter_add(churn->counter, 1, set, 2);
    }
    atomic_fetch_add(&churn->recorded[number], 1);
}

static void record_some(struct churn *churn, unsigned number, uint64_t *random)
{
    record(churn, number, hae_splitmix(random));
    for (int i = 0; i < 3; i++) {
        unsigned back = (unsigned)(hae_splitmix(random) % (i == 0 ? WINDOW : LAST));

        record(churn, number > back ? number - back : 0, hae_splitmix(random));
    }
    record(churn, (unsigned)(hae_splitmix(random) % HOT), hae_splitmix(random));
}

/* Threads end and others begin, with the lanes that these had. */
static void *run_some(void *user)
{
    enum { SETS_OF_A_THREAD = 5000 };
    struct churn *churn = user;
    uint64_t random = atomic_load(&churn->next);

    for (int i = 0; i < SETS_OF_A_THREAD; i++) {
        unsigned number = atomic_fetch_add(&churn->next, 1);

        if (number >= churn->sets) {
            break;
        }
        record_some(churn, number, &random);
    }
    return NULL;
}

static void *run(void *user)
{
    struct churn *churn = user;
    pthread_t thread;

    while (atomic_load(&churn->next) < churn->sets &&
           pthread_create(&thread, NULL, run_some, churn) == 0) {
        pthread_join(thread, NULL);
    }
    atomic_fetch_sub(&churn->running, 1);
    return NULL;
}

/* ---- Collecting -------------------------------------------------------------------------------
 */

static int64_t number_of(const HaeOtlp__NumberDataPoint *point, int64_t sets)
{
    for (size_t i = 0; i < point->n_attributes && point->n_attributes == 2; i++) {
        if (strcmp(point->attributes[i]->key, "set") == 0) {
            int64_t number = point->attributes[i]->value->int_value;

            return number < sets ? number : -1;
        }
    }
    return -1;
}

static void take_point(struct collector *collector, const HaeOtlp__NumberDataPoint *point)
{
    int64_t number = number_of(point, collector->churn->sets);
    struct sum *sum = &collector->sums[number >= 0 ? number : 0];

    if (number < 0 || point->as_int < 0 ||
        point->start_time_unix_nano < sum->time_ns * collector->is_delta) {
        collector->wrong++; /* also the overflow series */
        return;
    }
    if (collector->is_delta) {
        sum->total += point->as_int;
        collector->returned += sum->time_ns != 0 && point->start_time_unix_nano > sum->time_ns;
    } else if (sum->start_ns != point->start_time_unix_nano) {
        collector->returned += sum->start_ns != 0;
        collector->wrong += point->start_time_unix_nano < sum->start_ns;
        sum->total += sum->value;
        sum->start_ns = point->start_time_unix_nano;
    } else {
        collector->wrong += point->as_int < sum->value;
    }
    sum->value = point->as_int;
    sum->time_ns = point->time_unix_nano;
}

static bool take(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                 uint32_t count)
{
    struct collector *collector = user;
    HaeOtlp__Metric *read = hae_otlp__metric__unpack(NULL, size_bytes, metric);

    (void)scope;
    (void)count;
    if (read == NULL) {
        collector->wrong++;
        return true;
    }
    for (size_t i = 0; i < read->sum->n_data_points; i++) {
        take_point(collector, read->sum->data_points[i]);
    }
    hae_otlp__metric__free_unpacked(read, NULL);
    return true;
}

static void collect_once(struct collector *collector)
{
    uint64_t now = hae_clock_now_unix_ns(&collector->churn->f.recorder->region->clock);

    if (hae_metric_reader_collect(collector->reader, now, take, collector) != HAETAE_OK) {
        collector->wrong++;
    }
}

static void *collect_always(void *user)
{
    struct collector *collector = user;

    while (atomic_load(&collector->churn->running) != 0) {
        collect_once(collector);
        sched_yield();
    }
    return NULL;
}

static void check(const struct collector *collector)
{
    int64_t expected = 0;
    int64_t got = 0;

    assert_int_equal(collector->wrong, 0);
    for (unsigned i = 0; i < collector->churn->sets; i++) {
        const struct sum *sum = &collector->sums[i];
        int64_t total = sum->total + (collector->is_delta ? 0 : sum->value);

        if (total != atomic_load(&collector->churn->recorded[i])) {
            fail_msg("set %u: %lld of %u", i, (long long)total,
                     (unsigned)atomic_load(&collector->churn->recorded[i]));
        }
        got += total;
        expected += atomic_load(&collector->churn->recorded[i]);
    }
    assert_int_equal(got, expected);
}

/* ---- Both
 * ---------------------------------------------------------------------------------------- */

static void init(struct churn *churn, struct collector collectors[2])
{
    memset(churn, 0, sizeof *churn);
    fixture_init_sized(&churn->f, 64u << 20, 0);
    churn->f.provider.unused.intervals = 1;
    churn->f.provider.defaults.cardinality_limit = LIMIT;
    churn->f.provider.defaults.count = 2;
    assert_int_equal(
        hae_metric_reader_init(&churn->delta, &churn->f.provider, &hae_temporality_delta),
        HAETAE_OK);
    churn->delta.index = 1;
    churn->counter = make_counter(&churn->f, "c", HAETAE_NUMBER_INT64);
    churn->sets = test_repeat(1000000);
    churn->recorded = calloc(churn->sets, sizeof churn->recorded[0]);
    churn->running = THREADS;
    for (int i = 0; i < 2; i++) {
        collectors[i] =
            (struct collector){.churn = churn,
                               .reader = i == 0 ? &churn->f.reader : &churn->delta,
                               .is_delta = i == 1,
                               .sums = calloc(churn->sets, sizeof collectors[i].sums[0])};
        assert_non_null(collectors[i].sums);
    }
    assert_non_null(churn->recorded);
}

static void done(struct churn *churn, struct collector collectors[2])
{
    for (int i = 0; i < 2; i++) {
        free(collectors[i].sums);
    }
    free(churn->recorded);
    hae_metric_reader_done(&churn->delta);
    fixture_done(&churn->f);
}

/* Lets threads record until so many sets have been there. */
static void run_until(struct churn *churn, struct collector collectors[2], unsigned sets)
{
    pthread_t threads[THREADS + 2];
    unsigned all = churn->sets;

    churn->sets = sets;
    atomic_store(&churn->running, THREADS);
    for (int i = 0; i < THREADS + 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, i < THREADS ? run : collect_always,
                                        i < THREADS ? (void *)churn : &collectors[i - THREADS]),
                         0);
    }
    for (int i = 0; i < THREADS + 2; i++) {
        pthread_join(threads[i], NULL);
    }
    atomic_store(&churn->next, sets);
    churn->sets = all;
}

static void changing_sets_add_up_in_the_same_memory(void **state)
{
    static struct churn churn;
    struct collector collectors[2];
    _Atomic uint64_t *used;
    uint64_t used_bytes;

    (void)state;
    init(&churn, collectors);
    used = &churn.f.recorder->region->heap_used_bytes;
    /* By then nearly each place was used by each lane: some are rarely lent. */
    run_until(&churn, collectors, churn.sets / 2);
    used_bytes = atomic_load(used);
    run_until(&churn, collectors, churn.sets);
    for (int i = 0; i < 2; i++) {
        collect_once(&collectors[i]);
        check(&collectors[i]);
        print_message("%u sets, %u came back\n", churn.sets, collectors[i].returned);
    }
    print_message("%llu bytes, then %llu more\n", (unsigned long long)used_bytes,
                  (unsigned long long)(atomic_load(used) - used_bytes));
    /* A single word for each series that was given back would be many times as much. */
    assert_true(atomic_load(used) - used_bytes < used_bytes / 100);
    assert_true(collectors[0].returned > churn.sets / 100);
    done(&churn, collectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changing_sets_add_up_in_the_same_memory),
    };

    return cmocka_run_group_tests_name("metrics/churn", tests, NULL, NULL);
}
