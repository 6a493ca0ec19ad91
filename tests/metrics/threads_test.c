/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums from one thread, from several, and from more than there are lanes, with a
 * reader that looks on. */
#include "metrics/fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "metrics/lane_cells.h"

enum { SETS = 8, THREADS_MAX = 12 };

struct stage {
    struct fixture f;
    haetae_counter *counter;
    haetae_counter *reals;
    haetae_up_down_counter *up_down;
    haetae_histogram *histogram;
    haetae_bound_counter *bound_counter;
    haetae_bound_histogram *bound_histogram;
    pthread_barrier_t start;
    int rounds;
};

static void stage_init(struct stage *stage, uint32_t lanes, int rounds)
{
    fixture_init(&stage->f, lanes);
    stage->rounds = rounds;
    stage->counter = make_counter(&stage->f, "c", HAETAE_NUMBER_INT64);
    stage->reals = make_counter(&stage->f, "d", HAETAE_NUMBER_DOUBLE);
    stage->up_down = make_up_down_counter(&stage->f, "u", HAETAE_NUMBER_INT64);
    stage->histogram = make_histogram(&stage->f, "h", HAETAE_NUMBER_DOUBLE);
    assert_int_equal(haetae_counter_bind(stage->counter, HAETAE_ATTRS(HAETAE_ATTR("bound", 1)),
                                         &stage->bound_counter),
                     HAETAE_OK);
    assert_int_equal(haetae_histogram_bind(stage->histogram, HAETAE_ATTRS(HAETAE_ATTR("bound", 1)),
                                           &stage->bound_histogram),
                     HAETAE_OK);
}

/* One round is 1 for every counter and 1 for the histogram, bound and not. */
static void record_round(struct stage *stage, int i)
{
    haetae_attribute set[2] = {HAETAE_ATTR("set", i % SETS), HAETAE_ATTR("kind", "test")};

    haetae_counter_add(stage->counter, 1, set, 2);
    haetae_counter_add_double(stage->reals, 1, set, 2);
    haetae_up_down_counter_add(stage->up_down, i & 1 ? 3 : -1, set, 2);
    haetae_histogram_record_double(stage->histogram, 1, set, 2);
    haetae_bound_counter_add(stage->bound_counter, 1);
    haetae_bound_histogram_record_double(stage->bound_histogram, 1);
}

static void *record(void *argument)
{
    struct stage *stage = argument;

    pthread_barrier_wait(&stage->start);
    for (int i = 0; i < stage->rounds; i++) {
        record_round(stage, i);
    }
    return NULL;
}

/* ---- A reader that checks what it sees --------------------------------------------------- */

struct seen {
    int64_t counter;
    uint64_t histogram;
};

/* Sums never shrink, and every snapshot of a histogram of ones agrees with itself:
 * fixture.c checks count, minimum and maximum. With a lane for each thread its sum is
 * exact as well. */
static void look(struct stage *stage, struct seen *seen, bool lanes_for_all)
{
    struct collection all;
    const HaeOtlp__Metric *histogram;

    collect(&stage->f, &all);
    assert_true(int_total(&all, "c") >= seen->counter);
    assert_true(histogram_total(&all, "h") >= seen->histogram);
    seen->counter = int_total(&all, "c");
    seen->histogram = histogram_total(&all, "h");
    histogram = find_metric(&all, "h");
    for (size_t i = 0; histogram != NULL && i < histogram->histogram->n_data_points; i++) {
        const HaeOtlp__HistogramDataPoint *point = histogram->histogram->data_points[i];

        assert_true(point->min == 1 && point->max == 1);
        assert_true(point->sum >= (double)point->count);
        if (lanes_for_all) {
            assert_true(point->sum <= (double)point->count + THREADS_MAX);
        }
    }
    collection_free(&all);
}

static void check_totals(struct stage *stage, int64_t rounds)
{
    struct collection all;
    const HaeOtlp__Metric *metric;
    double sum = 0;

    collect(&stage->f, &all);
    assert_int_equal(int_total(&all, "c"), 2 * rounds);
    assert_int_equal(find_point(&all, "c", "bound=1")->as_int, rounds);
    assert_int_equal(int_total(&all, "u"), rounds);
    assert_int_equal(histogram_total(&all, "h"), 2 * rounds);
    metric = find_metric(&all, "d");
    for (size_t i = 0; i < metric->sum->n_data_points; i++) {
        sum += metric->sum->data_points[i]->as_double;
    }
    assert_true(sum == (double)rounds);
    assert_true(find_histogram(&all, "h", "bound=1")->sum == (double)rounds);
    assert_int_equal(point_count(&all, "c"), SETS + 1);
    assert_int_equal(misuse_count(&stage->f, HAETAE_MISUSE_MEASUREMENT), 0);
    assert_int_equal(misuse_count(&stage->f, HAETAE_MISUSE_CONTENDED), 0);
    collection_free(&all);
}

static void run(uint32_t lanes, int threads, int rounds, bool with_collector)
{
    struct stage stage;
    struct seen seen = {0, 0};
    pthread_t ids[THREADS_MAX];

    stage_init(&stage, lanes, rounds);
    assert_int_equal(pthread_barrier_init(&stage.start, NULL, (unsigned)threads + 1), 0);
    for (int i = 0; i < threads; i++) {
        assert_int_equal(pthread_create(&ids[i], NULL, record, &stage), 0);
    }
    pthread_barrier_wait(&stage.start);
    for (int i = 0; with_collector && i < 100; i++) {
        look(&stage, &seen, (int)lanes > threads);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
    }
    check_totals(&stage, (int64_t)threads * rounds);
    pthread_barrier_destroy(&stage.start);
    fixture_done(&stage.f);
}

static void one_thread_counts_exactly(void **state)
{
    (void)state;
    run(8, 1, 20000, false);
}

static void four_threads_count_exactly(void **state)
{
    (void)state;
    run(8, 4, 20000, false);
}

static void more_threads_than_lanes_count_exactly(void **state)
{
    (void)state;
    run(2, THREADS_MAX, 5000, false);
}

static void threads_that_borrow_lanes_count_exactly(void **state)
{
    (void)state;
    run(4, THREADS_MAX, 5000, false);
    run(16, THREADS_MAX, 5000, false);
}

static void collector_sees_consistent_values_of_borrowed_cells(void **state)
{
    (void)state;
    run(4, THREADS_MAX, 3000, true);
}

static void collector_sees_consistent_growing_values(void **state)
{
    (void)state;
    run(8, 4, 20000, true);
}

static void collector_sees_consistent_values_of_shared_cells(void **state)
{
    (void)state;
    run(2, 6, 10000, true);
}

/* ---- Threads that come and go ------------------------------------------------------ */

static void *record_few(void *argument)
{
    struct stage *stage = argument;

    for (int i = 0; i < 16; i++) {
        record_round(stage, i);
    }
    return NULL;
}

static void threads_that_follow_each_other_take_over_the_cells(void **state)
{
    struct stage stage;
    uint64_t used = 0;

    (void)state;
    stage_init(&stage, 4, 0);
    for (int i = 0; i < 300; i++) {
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, record_few, &stage), 0);
        pthread_join(thread, NULL);
        if (i == 20) {
            used = atomic_load(&stage.f.recorder->region->heap_used_bytes);
        }
    }
    check_totals(&stage, INT64_C(300) * 16);
    /* The memory of the first ones serves all. */
    assert_int_equal(atomic_load(&stage.f.recorder->region->heap_used_bytes), used);
    fixture_done(&stage.f);
}

/* ---- Signal handlers ---------------------------------------------------------------------- */

static struct stage *interrupted;
static _Atomic int64_t interruptions;

static void record_in_handler(int signal_number)
{
    (void)signal_number;
    record_round(interrupted, (int)atomic_fetch_add(&interruptions, 1));
}

static void recording_in_a_signal_handler_is_exact(void **state)
{
    struct itimerval every = {{0, 100}, {0, 100}};
    struct itimerval never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = record_in_handler, .sa_flags = SA_RESTART};
    struct stage stage;
    int64_t rounds = 0;

    (void)state;
    stage_init(&stage, 4, 0);
    interrupted = &stage;
    atomic_store(&interruptions, 0);
    assert_int_equal(sigaction(SIGPROF, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_PROF, &every, NULL), 0);
    while (atomic_load(&interruptions) < 200) {
        for (int i = 0; i < 1000; i++) {
            record_round(&stage, i);
        }
        rounds += 1000;
    }
    assert_int_equal(setitimer(ITIMER_PROF, &never, NULL), 0);
    action.sa_handler = SIG_IGN;
    assert_int_equal(sigaction(SIGPROF, &action, NULL), 0);
    struct collection all;
    int64_t total = rounds + atomic_load(&interruptions);
    collect(&stage.f, &all);
    assert_int_equal(int_total(&all, "c"), 2 * total);
    assert_int_equal(histogram_total(&all, "h"), 2 * total);
    assert_int_equal(find_point(&all, "c", "bound=1")->as_int, total);
    assert_true(find_histogram(&all, "h", "bound=1")->sum == (double)total);
    collection_free(&all);
    fixture_done(&stage.f);
}

static struct hae_histogram_cell *watched;
static _Atomic int64_t quiet_looks;
static _Atomic int64_t torn_looks;

/* Sees the cell as another thread may: at any point of a change. */
static void look_in_handler(int signal_number)
{
    uint64_t count = 0;

    (void)signal_number;
    if ((atomic_load(&watched->as.sequence) & 1) != 0) {
        return;
    }
    for (int i = 0; i < 16; i++) {
        count += atomic_load(&watched->buckets[i]);
    }
    atomic_fetch_add(&quiet_looks, 1);
    if (hae_double_from_bits(atomic_load(&watched->sum)) != (double)count) {
        atomic_fetch_add(&torn_looks, 1);
    }
}

static void an_even_sequence_number_means_a_whole_cell(void **state)
{
    struct itimerval every = {{0, 100}, {0, 100}};
    struct itimerval never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = look_in_handler, .sa_flags = SA_RESTART};
    struct stage stage;

    (void)state;
    stage_init(&stage, 4, 0);
    haetae_bound_histogram_record_double(stage.bound_histogram, 1);
    struct hae_entry entry = hae_enter(stage.f.recorder);
    watched = hae_ref_at(stage.f.recorder->region,
                         hae_lane_cell(stage.bound_histogram->bound.all[0].stream, entry.lane,
                                       stage.bound_histogram->bound.series));
    hae_leave(entry);
    atomic_store(&quiet_looks, 0);
    atomic_store(&torn_looks, 0);
    assert_int_equal(sigaction(SIGPROF, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_PROF, &every, NULL), 0);
    while (atomic_load(&quiet_looks) < 200) {
        for (int i = 0; i < 1000; i++) {
            haetae_bound_histogram_record_double(stage.bound_histogram, 1);
        }
    }
    assert_int_equal(setitimer(ITIMER_PROF, &never, NULL), 0);
    action.sa_handler = SIG_IGN;
    assert_int_equal(sigaction(SIGPROF, &action, NULL), 0);
    assert_int_equal(atomic_load(&torn_looks), 0);
    fixture_done(&stage.f);
}

/* A handler that interrupts a call of its own thread, at a place of our choice: the lane
 * is in use, so it must not be touched. */
static void call_inside_another_call_goes_to_the_shared_cells(void **state)
{
    struct stage stage;

    (void)state;
    stage_init(&stage, 4, 0);
    for (int i = 0; i < 2 * SETS; i++) {
        struct hae_entry outer = hae_enter(stage.f.recorder);

        assert_non_null(outer.lane);
        record_round(&stage, i);
        hae_leave(outer);
    }
    assert_int_equal(hae_enter(stage.f.recorder).lane->metrics_offset, 0);
    hae_leave((struct hae_entry){NULL, HAE_HOLD_OWN});
    check_totals(&stage, INT64_C(2) * SETS);
    fixture_done(&stage.f);
}

/* ---- Instruments that are made during collections ---- */

enum { MADE = 200 };

struct maker {
    struct fixture *f;
    pthread_barrier_t start;
    _Atomic bool done;
};

static void *make_instruments(void *argument)
{
    struct maker *maker = argument;
    char name[32];

    pthread_barrier_wait(&maker->start);
    for (int i = 0; i < MADE; i++) {
        haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
        haetae_meter *meter = NULL;
        haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
        haetae_counter *counter = NULL;

        snprintf(name, sizeof name, "made%d", i);
        scope.name = haetae_string_of(i % 10 == 0 ? name : "");
        options.name = haetae_string_of(name);
        options.unit = haetae_string_of("{thing}");
        assert_int_equal(hae_meter_get(&maker->f->provider, &scope, &meter), HAETAE_OK);
        assert_int_equal(haetae_counter_create(meter, &options, &counter), HAETAE_OK);
        haetae_counter_add(counter, i + 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", -1)));
    }
    atomic_store(&maker->done, true);
    return NULL;
}

/* Each instrument is seen as a whole or not at all: its name, its unit, and series with their
 * attributes and values. */
static size_t check_made(const struct collection *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const HaeOtlp__Metric *metric = all->metrics[i];
        int number = 0;

        assert_int_equal(sscanf(metric->name, "made%d", &number), 1);
        assert_string_equal(metric->unit, "{thing}");
        for (size_t j = 0; j < metric->sum->n_data_points; j++) {
            const HaeOtlp__NumberDataPoint *point = metric->sum->data_points[j];
            int64_t of = point->attributes[0]->value->int_value;

            assert_int_equal(point->n_attributes, 1);
            assert_true(of == number ? point->as_int == 0 || point->as_int == number + 1
                                     : of == -1 && point->as_int <= 1);
        }
    }
    return all->count;
}

static void instruments_made_during_a_collection_are_seen_whole(void **state)
{
    struct fixture f;
    struct maker maker = {.f = &f};
    struct collection all;
    pthread_t thread;

    (void)state;
    fixture_init(&f, 0);
    assert_int_equal(pthread_barrier_init(&maker.start, NULL, 2), 0);
    assert_int_equal(pthread_create(&thread, NULL, make_instruments, &maker), 0);
    pthread_barrier_wait(&maker.start);
    while (!atomic_load(&maker.done)) {
        collect(&f, &all);
        (void)check_made(&all);
        collection_free(&all);
    }
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&maker.start);
    collect(&f, &all);
    assert_int_equal(check_made(&all), MADE);
    collection_done(&all, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_counts_exactly),
        cmocka_unit_test(four_threads_count_exactly),
        cmocka_unit_test(more_threads_than_lanes_count_exactly),
        cmocka_unit_test(threads_that_borrow_lanes_count_exactly),
        cmocka_unit_test(collector_sees_consistent_values_of_borrowed_cells),
        cmocka_unit_test(collector_sees_consistent_growing_values),
        cmocka_unit_test(collector_sees_consistent_values_of_shared_cells),
        cmocka_unit_test(threads_that_follow_each_other_take_over_the_cells),
        cmocka_unit_test(recording_in_a_signal_handler_is_exact),
        cmocka_unit_test(an_even_sequence_number_means_a_whole_cell),
        cmocka_unit_test(instruments_made_during_a_collection_are_seen_whole),
        cmocka_unit_test(call_inside_another_call_goes_to_the_shared_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
