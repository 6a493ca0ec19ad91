/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums of two streams of each instrument, from several threads, from more than there are
 * lanes, and from signal handlers, while two readers of different temporalities look on. */
#include "metrics/views.h"

#include <pthread.h>

enum { SETS = 6, THREADS = 4 };

static struct views own_and_merged = {.count = 2,
                                      .view = {{0}, {.name = "merged", .filter = &drops_path}}};

struct stage {
    struct fixture f;
    haetae_counter *counter;
    haetae_histogram *histogram;
    haetae_bound_counter *bound;
    pthread_barrier_t start;
    int rounds;
    _Atomic int running;
};

static void stage_init(struct stage *stage, uint32_t lanes, int rounds)
{
    static struct views spread = {.count = 2,
                                  .view = {{0}, {.name = "spread", .filter = &drops_path}}};

    fixture_init(&stage->f, lanes);
    stage->rounds = rounds;
    set_views(&stage->f, &own_and_merged);
    stage->counter = make_counter(&stage->f, "c", HAETAE_NUMBER_INT64);
    set_views(&stage->f, &spread);
    stage->histogram = make_histogram(&stage->f, "h", HAETAE_NUMBER_DOUBLE);
    assert_int_equal(haetae_counter_bind(stage->counter, HAETAE_ATTRS(HAETAE_ATTR("path", "bound")),
                                         &stage->bound),
                     HAETAE_OK);
}

/* One round is 2 for the counter, and 1 for the histogram. */
static void record_round(struct stage *stage, int i)
{
    haetae_attribute set[2] = {HAETAE_ATTR("path", i % SETS), HAETAE_ATTR("kind", i % 2)};

    haetae_counter_add(stage->counter, 1, set, 2);
    haetae_bound_counter_add(stage->bound, 1);
    haetae_histogram_record_double(stage->histogram, 1, set, 2);
}

static void *record(void *argument)
{
    struct stage *stage = argument;

    pthread_barrier_wait(&stage->start);
    for (int i = 0; i < stage->rounds; i++) {
        record_round(stage, i);
    }
    atomic_fetch_sub(&stage->running, 1);
    return NULL;
}

/* ---- Readers ------------------------------------------------------------------------------- */

struct totals {
    int64_t own;
    int64_t merged;
    uint64_t observed;
    uint64_t spread;
};

static void add(struct totals *totals, const struct collection *all)
{
    totals->own += int_total(all, "c");
    totals->merged += int_total(all, "merged");
    totals->observed += histogram_total(all, "h");
    totals->spread += histogram_total(all, "spread");
}

static void check_totals(const struct totals *totals, int64_t rounds)
{
    assert_int_equal(totals->own, 2 * rounds);
    assert_int_equal(totals->merged, 2 * rounds);
    assert_int_equal(totals->observed, rounds);
    assert_int_equal(totals->spread, rounds);
}

struct delta_reader {
    struct stage *stage;
    struct hae_metric_reader reader;
    struct totals totals;
};

/* Adds up deltas, until all that record have ended and once more. */
static void *add_deltas(void *argument)
{
    struct delta_reader *self = argument;
    bool last = false;

    for (uint64_t tick = 0; !last; tick++) {
        struct collection all;

        last = atomic_load(&self->stage->running) == 0;
        if (collect_with(&self->reader, COLLECTED_NS + tick, METRICS_MAX, &all) != HAETAE_OK) {
            return self;
        }
        add(&self->totals, &all);
        collection_free(&all);
    }
    return NULL;
}

static void run(uint32_t lanes, int threads, int rounds)
{
    struct stage stage;
    struct delta_reader delta = {.stage = &stage};
    struct totals cumulative = {0};
    struct collection all;
    pthread_t ids[THREADS * 2];
    pthread_t reader;
    void *failed = NULL;

    stage_init(&stage, lanes, rounds);
    assert_int_equal(
        hae_metric_reader_init(&delta.reader, &stage.f.provider, &hae_temporality_delta),
        HAETAE_OK);
    atomic_store(&stage.running, threads);
    assert_int_equal(pthread_barrier_init(&stage.start, NULL, (unsigned)threads), 0);
    for (int i = 0; i < threads; i++) {
        assert_int_equal(pthread_create(&ids[i], NULL, record, &stage), 0);
    }
    assert_int_equal(pthread_create(&reader, NULL, add_deltas, &delta), 0);
    for (int64_t seen = 0; atomic_load(&stage.running) != 0;) {
        collect(&stage.f, &all);
        assert_true(int_total(&all, "merged") >= seen);
        seen = int_total(&all, "merged");
        collection_free(&all);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
    }
    pthread_join(reader, &failed);
    assert_null(failed);
    collect(&stage.f, &all);
    add(&cumulative, &all);
    collection_free(&all);
    check_totals(&cumulative, (int64_t)threads * rounds);
    check_totals(&delta.totals, (int64_t)threads * rounds);
    hae_metric_reader_done(&delta.reader);
    pthread_barrier_destroy(&stage.start);
    fixture_done(&stage.f);
}

static void threads_with_lanes_are_exact_for_both_readers(void **state)
{
    (void)state;
    run(8, THREADS, 5000);
}

static void threads_without_lanes_are_exact_for_both_readers(void **state)
{
    (void)state;
    run(2, THREADS * 2, 1500);
}

static void a_call_inside_another_call_goes_to_the_shared_cells(void **state)
{
    struct stage stage;
    struct totals totals = {0};
    struct collection all;

    (void)state;
    stage_init(&stage, 4, 0);
    for (int i = 0; i < 2 * SETS; i++) {
        struct hae_entry outer = hae_enter(stage.f.recorder);

        assert_non_null(outer.lane);
        record_round(&stage, i);
        assert_int_equal(outer.lane->metrics_offset, 0);
        hae_leave(outer);
    }
    collect(&stage.f, &all);
    add(&totals, &all);
    collection_free(&all);
    check_totals(&totals, INT64_C(2) * SETS);
    fixture_done(&stage.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_with_lanes_are_exact_for_both_readers),
        cmocka_unit_test(threads_without_lanes_are_exact_for_both_readers),
        cmocka_unit_test(a_call_inside_another_call_goes_to_the_shared_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
