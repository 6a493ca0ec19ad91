/* SPDX-License-Identifier: Apache-2.0 */
/* Eight threads measure at random, by all calls, while readers of all sorts collect: what each of
 * them reports comes to exactly what was measured. EXACT_SEED repeats a run. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exact/measure.h"
#include "exact/reported.h"
#include "haetae/reader.h"
#include "support/sdk_fixture.h"

enum { MEASUREMENTS = 60000, THREADS_IN_TURN = 2 };

/* ---- The race ------------------------------------------------------------------------------- */

struct pulled {
    haetae_metric_reader *reader;
    struct exact_report report;
};

enum { PUSHED = 2, PULLED = 2 };

struct race {
    struct fake_exporter fakes[PUSHED];
    struct exact_report pushed[PUSHED];
    struct pulled pulled[PULLED];
    haetae_metric_reader *delta; /* of the second exporter */
    haetae_sdk *sdk;
    struct exact_instruments_made made;
    struct exact_measurer measurers[EXACT_THREADS * THREADS_IN_TURN];
    struct exact_table measured;
    struct exact_log log;
    _Atomic bool over;
};

static bool take(void *user, const uint8_t *request, size_t size_bytes)
{
    exact_take(user, request, size_bytes);
    return true;
}

static haetae_metric_reader *make_reader(bool pull, bool delta)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(
        haetae_metric_reader_options, .pull = pull,
        .temporality_preference = delta ? HAETAE_PREFERENCE_DELTA : HAETAE_PREFERENCE_CUMULATIVE);
    haetae_metric_reader *reader = NULL;

    assert_int_equal(haetae_metric_reader_new(&options, &reader), HAETAE_OK);
    return reader;
}

/* The reports of all readers. */
static struct exact_report *report_at(struct race *race, int i)
{
    return i < PUSHED ? &race->pushed[i] : &race->pulled[i - PUSHED].report;
}

static void expect_exemplars(struct race *race)
{
    for (int i = 0; i < PUSHED + PULLED; i++) {
        exact_report_expect(report_at(race, i), &race->log);
    }
}

static void begin(struct race *race, unsigned measurers, unsigned measurements)
{
    const struct sdk_setting settings[] = {
        {"OTEL_METRIC_EXPORT_INTERVAL", "2"}, {"HAETAE_RECORDER_BYTES", "268435456"}, {NULL, NULL}};
    haetae_config *config;

    for (int i = 0; i < PUSHED; i++) {
        fake_init(&race->fakes[i], i == 0 ? "one" : "two", exact_accept);
        race->fakes[i].ops.signals = 1u << HAETAE_SIGNAL_METRICS;
        race->fakes[i].user = &race->pushed[i];
    }
    config = sdk_config(settings, SDK_FAKES(&race->fakes[0], &race->fakes[1]));
    race->delta = make_reader(false, true);
    race->pushed[1].delta = true;
    exact_log_init(&race->log, measurers, measurements);
    expect_exemplars(race);
    assert_int_equal(haetae_config_add_metric_reader(config, race->delta, race->fakes[1].exporter),
                     HAETAE_OK);
    for (int i = 0; i < PULLED; i++) {
        race->pulled[i].reader = make_reader(true, i == 1);
        race->pulled[i].report.delta = i == 1;
        assert_int_equal(haetae_config_add_metric_reader(config, race->pulled[i].reader, NULL),
                         HAETAE_OK);
    }
    exact_add_views(config);
    assert_int_equal(haetae_sdk_start(config, &race->sdk), HAETAE_OK);
    haetae_config_free(config);
    exact_make(race->sdk, &race->made);
}

static void end(struct race *race)
{
    haetae_sdk_free(race->sdk);
    for (int i = 0; i < PUSHED; i++) {
        fake_done(&race->fakes[i]);
    }
    for (int i = 0; i < PULLED; i++) {
        haetae_metric_reader_free(race->pulled[i].reader);
    }
    haetae_metric_reader_free(race->delta);
    for (int i = 0; i < PUSHED + PULLED; i++) {
        exact_report_done(report_at(race, i));
    }
    exact_log_done(&race->log);
}

static void pull(struct pulled *pulled)
{
    assert_int_equal(haetae_metric_reader_collect(pulled->reader, 60000, take, &pulled->report),
                     HAETAE_OK);
}

static void *pull_until_over(void *argument)
{
    struct race *race = argument;

    while (!atomic_load(&race->over)) {
        pull(&race->pulled[0]);
        pull(&race->pulled[1]);
    }
    return NULL;
}

/* Threads one after the other in each of eight places: lanes are handed on. */
static void *measure_in_turn(void *argument)
{
    struct exact_measurer *first = argument;

    for (int i = 0; i < THREADS_IN_TURN; i++) {
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, exact_measure, first + i), 0);
        pthread_join(thread, NULL);
    }
    return NULL;
}

static void measure_all(struct race *race, uint64_t number)
{
    pthread_t threads[EXACT_THREADS];

    for (unsigned i = 0; i < EXACT_THREADS * THREADS_IN_TURN; i++) {
        race->measurers[i].made = &race->made;
        race->measurers[i].number = i / THREADS_IN_TURN;
        race->measurers[i].id = i;
        race->measurers[i].log = &race->log;
        race->measurers[i].measurements = sdk_repeat(MEASUREMENTS);
        race->measurers[i].random = number * 1000 + i;
    }
    for (unsigned i = 0; i < EXACT_THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, measure_in_turn,
                                        &race->measurers[i * THREADS_IN_TURN]),
                         0);
    }
    for (unsigned i = 0; i < EXACT_THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* Levels of the thread that measured last in a place count. */
static void add_up(struct race *race)
{
    for (unsigned i = 0; i < EXACT_THREADS * THREADS_IN_TURN; i++) {
        struct exact_table *table = &race->measurers[i].table;

        for (unsigned k = 0; k < EXACT_STREAMS; k++) {
            for (unsigned set = 0; set < EXACT_SETS; set++) {
                if (exact_streams[k].kind == EXACT_LEVEL && table->series[k][set].count != 0) {
                    race->measured.series[k][set].sum = 0;
                }
            }
        }
        exact_add(&race->measured, table);
    }
}

static void every_reader_reports_exactly_what_was_measured(void **state)
{
    static struct race race;
    pthread_t puller;

    (void)state;
    begin(&race, EXACT_THREADS * THREADS_IN_TURN, sdk_repeat(MEASUREMENTS));
    assert_int_equal(pthread_create(&puller, NULL, pull_until_over, &race), 0);
    measure_all(&race, exact_seed());
    atomic_store(&race.over, true);
    pthread_join(puller, NULL);
    pull(&race.pulled[0]);
    pull(&race.pulled[1]);
    /* The worker touches its reports no more. */
    assert_int_equal(haetae_sdk_shutdown(race.sdk, 60000), HAETAE_OK);
    add_up(&race);
    for (int i = 0; i < PUSHED; i++) {
        assert_int_equal(exact_differences(&race.pushed[i], &race.measured), 0);
    }
    for (int i = 0; i < PULLED; i++) {
        assert_int_equal(exact_differences(&race.pulled[i].report, &race.measured), 0);
    }
    for (int i = 0; i < PUSHED + PULLED; i++) {
        assert_true(report_at(&race, i)->exemplars > 1000);
    }
    assert_int_equal(exact_missing_exemplars(&race.pushed[0]), 0);
    assert_int_equal(exact_missing_exemplars(&race.pulled[0].report), 0);
    printf("points: %llu and %llu pushed, %llu and %llu pulled\n",
           (unsigned long long)race.pushed[0].points, (unsigned long long)race.pushed[1].points,
           (unsigned long long)race.pulled[0].report.points,
           (unsigned long long)race.pulled[1].report.points);
    end(&race);
}

/* ---- Forks ---------------------------------------------------------------------------------- */

/* Sanitizers do not support threads of a child that was forked beside threads. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
enum { MEASUREMENTS_BESIDE = 50000, CHILD_MEASUREMENTS = 500 };

/* In a child, which counts from zero: returns its exit status. */
static int measure_in_child(struct race *race, uint64_t number)
{
    static struct exact_measurer own;
    unsigned differences = 0;

    own = (struct exact_measurer){.made = &race->made,
                                  .measurements = CHILD_MEASUREMENTS,
                                  .random = number,
                                  .id = 1,
                                  .log = &race->log};
    exact_forget_observed(&race->made);
    for (int i = 0; i < PULLED; i++) {
        exact_report_init(&race->pulled[i].report, i == 1);
    }
    for (int i = 0; i < PUSHED; i++) {
        exact_report_init(&race->pushed[i], i == 1);
    }
    /* None of the parent's measurements, which are all of another measurer. */
    memset(race->log.list, 0, race->log.length * sizeof *race->log.list);
    expect_exemplars(race);
    (void)exact_measure(&own);
    pull(&race->pulled[1]);
    (void)exact_measure(&own);
    for (int i = 0; i < PULLED; i++) {
        pull(&race->pulled[i]);
    }
    if (haetae_sdk_shutdown(race->sdk, 60000) != HAETAE_OK) {
        return 1;
    }
    for (int i = 0; i < PULLED; i++) {
        differences += exact_differences(&race->pulled[i].report, &own.table);
    }
    for (int i = 0; i < PUSHED; i++) {
        differences += exact_differences(&race->pushed[i], &own.table);
    }
    return differences == 0 ? 0 : 2;
}

static void forked_children_count_exactly_from_zero(void **state)
{
    enum { CHILDREN = 10 };
    static struct race race;
    static struct exact_measurer beside;
    pthread_t thread;
    uint64_t number = exact_seed();

    (void)state;
    begin(&race, 2, sdk_repeat(MEASUREMENTS_BESIDE));
    beside = (struct exact_measurer){.made = &race.made,
                                     .measurements = sdk_repeat(MEASUREMENTS_BESIDE),
                                     .random = number,
                                     .log = &race.log};
    assert_int_equal(pthread_create(&thread, NULL, exact_measure, &beside), 0);
    for (unsigned i = 0; i < CHILDREN; i++) {
        int status;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            _exit(measure_in_child(&race, number + i));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        pull(&race.pulled[1]);
    }
    pthread_join(thread, NULL);
    for (int i = 0; i < PULLED; i++) {
        pull(&race.pulled[i]);
        assert_int_equal(exact_differences(&race.pulled[i].report, &beside.table), 0);
    }
    end(&race);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reader_reports_exactly_what_was_measured),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        cmocka_unit_test(forked_children_count_exactly_from_zero),
#endif
    };

    return cmocka_run_group_tests_name("exact/readers", tests, NULL, NULL);
}
