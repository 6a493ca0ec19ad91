/* SPDX-License-Identifier: Apache-2.0 */
/* Threads measure at random until their process is killed: what is recovered is exactly what they
 * had measured. EXACT_SEED repeats a run. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exact/measure.h"
#include "exact/reported.h"
#include "haetae/reader.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

enum { KILLED_THREADS = 4 };

/* Shared with the process that is killed. */
struct progress {
    _Atomic unsigned done[KILLED_THREADS];
    struct exact_observed observed;
};

static struct exact_measurer replay_of(uint64_t number, unsigned thread)
{
    return (struct exact_measurer){.number = thread, .random = number * 1000 + thread};
}

/* Takes a collection, so that observables are observed. */
static bool take_unseen(void *user, const uint8_t *request, size_t size_bytes)
{
    (void)user;
    (void)request;
    (void)size_bytes;
    return true;
}

static haetae_sdk *start_in(const char *directory, struct fake_exporter *fake,
                            haetae_metric_reader *reader)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", directory},
                                           {"OTEL_METRIC_EXPORT_INTERVAL", "2000000"},
                                           {"HAETAE_RECORDER_BYTES", "268435456"},
                                           {NULL, NULL}};
    haetae_config *config = sdk_config(settings, SDK_FAKES(fake));
    haetae_sdk *sdk;

    exact_add_views(config);
    assert_int_equal(haetae_config_add_metric_reader(config, reader, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

/* Measures and collects until it is killed. */
static void measure_until_killed(const char *directory, struct progress *progress, uint64_t number)
{
    static struct exact_measurer measurers[KILLED_THREADS];
    static struct exact_instruments_made made;
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .pull = true);
    haetae_metric_reader *reader = NULL;
    struct fake_exporter fake;
    pthread_t thread;

    fake_init(&fake, "fake", fake_accept);
    assert_int_equal(haetae_metric_reader_new(&options, &reader), HAETAE_OK);
    made.observed = &progress->observed;
    exact_make(start_in(directory, &fake, reader), &made);
    for (unsigned i = 0; i < KILLED_THREADS; i++) {
        measurers[i] = replay_of(number, i);
        measurers[i].made = &made;
        measurers[i].measurements = UINT32_MAX;
        measurers[i].done = &progress->done[i];
        if (pthread_create(&thread, NULL, exact_measure, &measurers[i]) != 0) {
            _exit(1);
        }
    }
    for (;;) {
        (void)haetae_metric_reader_collect(reader, 60000, take_unseen, NULL);
    }
}

/* Awaits measurements of each thread, and collections. */
static void await_progress(const struct progress *progress)
{
    for (unsigned i = 0; i < KILLED_THREADS; i++) {
        while (atomic_load(&progress->done[i]) < 100) {
            (void)usleep(200);
        }
    }
    /* Two rounds of callbacks are over when the third one has begun. */
    while (atomic_load(&progress->observed.rounds) < 3) {
        (void)usleep(200);
    }
}

/* What each of the threads has measured, with or without its last measurement, which was under way:
 * a table for each combination. */
struct outcomes {
    struct exact_table tables[1 << KILLED_THREADS];
};

/* Adds what was under way. A level takes the place of the one before. */
static void add_last(struct exact_table *table, const struct exact_table *last)
{
    for (unsigned i = 0; i < EXACT_STREAMS; i++) {
        for (unsigned set = 0; set < EXACT_SETS; set++) {
            if (exact_streams[i].kind == EXACT_LEVEL && last->series[i][set].count != 0) {
                table->series[i][set].sum = 0;
            }
        }
    }
    exact_add(table, last);
}

static void replay_all(const struct progress *progress, uint64_t number, struct outcomes *outcomes)
{
    static struct exact_measurer replay;

    for (unsigned t = 0; t < 1 << KILLED_THREADS; t++) {
        exact_table_done(&outcomes->tables[t]);
    }
    for (unsigned i = 0; i < KILLED_THREADS; i++) {
        replay = replay_of(number, i);
        for (unsigned k = 0; k < atomic_load(&progress->done[i]); k++) {
            exact_measure_once(&replay);
        }
        for (unsigned t = 0; t < 1 << KILLED_THREADS; t++) {
            exact_add(&outcomes->tables[t], &replay.table);
        }
        exact_table_done(&replay.table);
        exact_measure_once(&replay);
        for (unsigned t = 0; t < 1 << KILLED_THREADS; t++) {
            if ((t >> i & 1) != 0) {
                add_last(&outcomes->tables[t], &replay.table);
            }
        }
        exact_table_done(&replay.table);
    }
}

/* Of an exponential histogram room may have been made for what was under way, so that the scale is
 * lower than the one of what was counted. */
static bool counts_as(const struct exact_reported *got, const struct exact_series *wanted,
                      const struct exact_stream *stream, int32_t lowest_scale)
{
    if (got->series.count != wanted->count) {
        return false;
    }
    if (stream->kind == EXACT_BUCKETS) {
        return memcmp(got->series.buckets, wanted->buckets, sizeof wanted->buckets) == 0;
    }
    return stream->kind != EXACT_BASE2 || wanted->count == 0 ||
           (got->base2.scale >= lowest_scale &&
            got->base2.scale <= exact_values_scale(&wanted->values, stream->room) &&
            exact_buckets_hold(&got->base2, &wanted->values));
}

/* The sum and the extremes of a histogram may be ahead of its count by what was under way, so each
 * is looked for by itself. */
static bool is_an_outcome(const struct exact_reported *got, const struct outcomes *outcomes,
                          unsigned index, unsigned set)
{
    enum { ALL_UNDER_WAY = (1 << KILLED_THREADS) - 1 };
    const struct exact_stream *stream = &exact_streams[index];
    bool has_buckets = stream->kind == EXACT_BUCKETS || stream->kind == EXACT_BASE2;
    bool extremes_count = has_buckets && got->series.count != 0;
    bool counts = !has_buckets;
    bool sum = !exact_has_sum(stream);
    bool minimum = !extremes_count;
    bool maximum = !extremes_count;

    for (unsigned t = 0; t <= ALL_UNDER_WAY; t++) {
        const struct exact_series *wanted = &outcomes->tables[t].series[index][set];

        sum = sum || got->series.sum == wanted->sum;
        minimum = minimum || got->series.minimum == wanted->minimum;
        maximum = maximum || got->series.maximum == wanted->maximum;
        counts =
            counts ||
            counts_as(got, wanted, stream,
                      exact_values_scale(&outcomes->tables[ALL_UNDER_WAY].series[index][set].values,
                                         stream->room));
    }
    return counts && sum && minimum && maximum;
}

/* What each of the last two collections observed. */
static bool was_observed(const struct exact_reported *got, const struct progress *progress,
                         unsigned index, unsigned set)
{
    bool was = false;

    for (unsigned round = 0; round < 2; round++) {
        const struct exact_stream *stream = &exact_streams[index];
        double sum = 0;

        for (unsigned from = 0; from < EXACT_SETS; from++) {
            if (exact_kept_of(from, stream->keys) == set) {
                sum += (double)progress->observed.quarters[round][stream->instrument][from] / 4;
            }
        }
        was = was || got->series.sum == sum;
    }
    return was;
}

static void check_recovered(const struct exact_report *report, const struct progress *progress,
                            const struct outcomes *outcomes)
{
    for (unsigned i = 0; i < EXACT_STREAMS; i++) {
        for (unsigned set = 0; set < EXACT_SETS; set++) {
            const struct exact_reported *got = &report->of[i][set];

            if (exact_is_observed(exact_streams[i].instrument)
                    ? !was_observed(got, progress, i, set)
                    : !is_an_outcome(got, outcomes, i, set)) {
                fail_msg("%s, set %u: sum %f, at least %f; count %llu", exact_streams[i].name, set,
                         got->series.sum, outcomes->tables[0].series[i][set].sum,
                         (unsigned long long)got->series.count);
            }
        }
    }
}

static void kill_and_recover(uint64_t number)
{
    static struct exact_report report;
    static struct outcomes outcomes;
    struct progress *progress =
        mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t random = number;
    struct fake_exporter fake;
    char directory[TEMPORARY_PATH_MAX];
    haetae_config *config;
    int status;
    pid_t child;

    assert_true(progress != MAP_FAILED && temporary_directory(directory));
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        measure_until_killed(directory, progress, number);
    }
    await_progress(progress);
    (void)usleep((useconds_t)(exact_random(&random) % 20000));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));

    exact_report_init(&report, false);
    fake_init(&fake, "fake", exact_accept);
    fake.ops.signals = 1u << HAETAE_SIGNAL_METRICS;
    fake.user = &report;
    config = sdk_config(NULL, SDK_FAKES(&fake));
    assert_int_equal(haetae_recover(config, directory, 60000, NULL), HAETAE_OK);
    haetae_config_free(config);
    fake_done(&fake);
    assert_true(report.points != 0);
    replay_all(progress, number, &outcomes);
    check_recovered(&report, progress, &outcomes);
    munmap(progress, sizeof *progress);
    assert_int_equal(rmdir(directory), 0);
}

static void what_was_measured_before_a_kill_is_recovered_exactly(void **state)
{
    uint64_t number = exact_seed();

    (void)state;
    for (unsigned i = 0; i < sdk_repeat(10); i++) {
        kill_and_recover(number + i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_measured_before_a_kill_is_recovered_exactly),
    };

    return cmocka_run_group_tests_name("exact/kills", tests, NULL, NULL);
}
