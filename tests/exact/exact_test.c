/* SPDX-License-Identifier: Apache-2.0 */
/* Eight threads measure at random, by all calls, while readers of all sorts collect: what each of
 * them reports comes to exactly what was measured. EXACT_SEED repeats a run. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exact/reference.h"
#include "haetae/reader.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

enum { THREADS = 8, MEASUREMENTS = 30000, THREADS_IN_TURN = 2, LEVEL_SETS = EXACT_SETS / THREADS };

static uint64_t seed(void)
{
    const char *given = getenv("EXACT_SEED");
    uint64_t number = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);

    printf("EXACT_SEED=%llu\n", (unsigned long long)number);
    return number;
}

/* ---- Instruments ---------------------------------------------------------------------------- */

/* Of any kind. */
struct handle {
    void *instrument;
    void *bound[EXACT_SETS];
};

struct instruments {
    struct handle all[EXACT_INSTRUMENTS];
};

static void make_one(haetae_meter *meter, unsigned index, struct handle *handle)
{
    const struct exact_instrument *wanted = &exact_instruments[index];
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of(wanted->name),
                       .number_type = (int32_t)wanted->type);
    haetae_status status = HAETAE_EINVAL;
    uint64_t random = index;

    switch (wanted->kind) {
    case EXACT_SUM:
        status = haetae_counter_create(meter, &options, (haetae_counter **)&handle->instrument);
        break;
    case EXACT_UP_DOWN:
        status = haetae_up_down_counter_create(meter, &options,
                                               (haetae_up_down_counter **)&handle->instrument);
        break;
    case EXACT_LEVEL:
        status = haetae_gauge_create(meter, &options, (haetae_gauge **)&handle->instrument);
        break;
    case EXACT_HISTOGRAM:
        options.boundaries = exact_bounds;
        options.boundary_count = EXACT_BOUNDS;
        status = haetae_histogram_create(meter, &options, (haetae_histogram **)&handle->instrument);
        break;
    }
    assert_int_equal(status, HAETAE_OK);
    for (unsigned set = 0; set < EXACT_SETS; set++) {
        haetae_attribute attributes[EXACT_KEYS];
        size_t count = exact_attributes(set, &random, attributes);

        switch (wanted->kind) {
        case EXACT_SUM:
            status = haetae_counter_bind(handle->instrument, attributes, count,
                                         (haetae_bound_counter **)&handle->bound[set]);
            break;
        case EXACT_UP_DOWN:
            status =
                haetae_up_down_counter_bind(handle->instrument, attributes, count,
                                            (haetae_bound_up_down_counter **)&handle->bound[set]);
            break;
        case EXACT_LEVEL:
            status = haetae_gauge_bind(handle->instrument, attributes, count,
                                       (haetae_bound_gauge **)&handle->bound[set]);
            break;
        case EXACT_HISTOGRAM:
            status = haetae_histogram_bind(handle->instrument, attributes, count,
                                           (haetae_bound_histogram **)&handle->bound[set]);
            break;
        }
        assert_int_equal(status, HAETAE_OK);
    }
}

static void make_instruments(haetae_sdk *sdk, struct instruments *instruments)
{
    haetae_meter *meter = haetae_meter_named(sdk, "exact");

    for (unsigned i = 0; i < EXACT_INSTRUMENTS; i++) {
        make_one(meter, i, &instruments->all[i]);
    }
}

/* ---- Measuring ------------------------------------------------------------------------------ */

static void measure_set(const struct handle *handle, unsigned index, double value,
                        const haetae_attribute *attributes, size_t count)
{
    bool whole = exact_instruments[index].type == HAETAE_NUMBER_INT64;

    switch (exact_instruments[index].kind) {
    case EXACT_SUM:
        if (whole) {
            haetae_counter_add(handle->instrument, (int64_t)value, attributes, count);
        } else {
            haetae_counter_add_double(handle->instrument, value, attributes, count);
        }
        break;
    case EXACT_UP_DOWN:
        if (whole) {
            haetae_up_down_counter_add(handle->instrument, (int64_t)value, attributes, count);
        } else {
            haetae_up_down_counter_add_double(handle->instrument, value, attributes, count);
        }
        break;
    case EXACT_LEVEL:
        if (whole) {
            haetae_gauge_record(handle->instrument, (int64_t)value, attributes, count);
        } else {
            haetae_gauge_record_double(handle->instrument, value, attributes, count);
        }
        break;
    case EXACT_HISTOGRAM:
        if (whole) {
            haetae_histogram_record(handle->instrument, (int64_t)value, attributes, count);
        } else {
            haetae_histogram_record_double(handle->instrument, value, attributes, count);
        }
        break;
    }
}

static void measure_bound(const struct handle *handle, unsigned index, double value, unsigned set)
{
    bool whole = exact_instruments[index].type == HAETAE_NUMBER_INT64;

    switch (exact_instruments[index].kind) {
    case EXACT_SUM:
        if (whole) {
            haetae_bound_counter_add(handle->bound[set], (int64_t)value);
        } else {
            haetae_bound_counter_add_double(handle->bound[set], value);
        }
        break;
    case EXACT_UP_DOWN:
        if (whole) {
            haetae_bound_up_down_counter_add(handle->bound[set], (int64_t)value);
        } else {
            haetae_bound_up_down_counter_add_double(handle->bound[set], value);
        }
        break;
    case EXACT_LEVEL:
        if (whole) {
            haetae_bound_gauge_record(handle->bound[set], (int64_t)value);
        } else {
            haetae_bound_gauge_record_double(handle->bound[set], value);
        }
        break;
    case EXACT_HISTOGRAM:
        if (whole) {
            haetae_bound_histogram_record(handle->bound[set], (int64_t)value);
        } else {
            haetae_bound_histogram_record_double(handle->bound[set], value);
        }
        break;
    }
}

/* A number of one of several magnitudes, that the instrument takes. */
static double random_value(unsigned index, uint64_t *random)
{
    static const uint64_t below[] = {4, 400, 40000, 4000000};
    uint64_t quarters = exact_random(random) % below[exact_random(random) % 4];
    bool negative =
        (exact_random(random) & 1) != 0 && (exact_instruments[index].kind == EXACT_UP_DOWN ||
                                            exact_instruments[index].kind == EXACT_LEVEL);

    if (exact_instruments[index].type == HAETAE_NUMBER_INT64) {
        quarters &= ~UINT64_C(3);
    }
    return (negative ? -1 : 1) * (double)quarters / 4;
}

struct measurer {
    const struct instruments *instruments;
    unsigned number; /* of the thread: levels of its own sets */
    unsigned measurements;
    uint64_t random;
    _Atomic unsigned *done; /* how many; NULL: nobody asks */
    struct exact_table table;
};

/* Without instruments it only says what would be measured. */
static void measure_once(struct measurer *self)
{
    unsigned index = (unsigned)(exact_random(&self->random) % EXACT_INSTRUMENTS);
    unsigned set = (unsigned)(exact_random(&self->random) % EXACT_SETS);
    double value = random_value(index, &self->random);
    haetae_attribute attributes[EXACT_KEYS];
    size_t count;
    bool bound;

    if (exact_instruments[index].kind == EXACT_LEVEL) {
        set = self->number % THREADS * LEVEL_SETS + set % LEVEL_SETS;
    }
    bound = exact_random(&self->random) % 3 == 0;
    count = exact_attributes(set, &self->random, attributes);
    exact_note(&self->table, index, set, value);
    if (self->instruments == NULL) {
        return;
    }
    if (bound) {
        measure_bound(&self->instruments->all[index], index, value, set);
    } else {
        measure_set(&self->instruments->all[index], index, value, attributes, count);
    }
}

static void *measure(void *argument)
{
    struct measurer *self = argument;

    for (unsigned i = 0; i < self->measurements; i++) {
        measure_once(self);
        if (self->done != NULL) {
            atomic_store_explicit(self->done, i + 1, memory_order_release);
        }
    }
    return NULL;
}

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
    struct instruments instruments;
    struct measurer measurers[THREADS * THREADS_IN_TURN];
    struct exact_table measured;
    _Atomic bool over;
};

static void accept_and_take(struct fake_exporter *fake, haetae_delivery *delivery)
{
    exact_take(fake->user, haetae_delivery_data(delivery), haetae_delivery_size(delivery));
    fake_accept(fake, delivery);
}

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

static void begin(struct race *race)
{
    const struct sdk_setting settings[] = {{"OTEL_METRIC_EXPORT_INTERVAL", "2"}, {NULL, NULL}};
    haetae_config *config;

    for (int i = 0; i < PUSHED; i++) {
        fake_init(&race->fakes[i], i == 0 ? "one" : "two", accept_and_take);
        race->fakes[i].ops.signals = 1u << HAETAE_SIGNAL_METRICS;
        race->fakes[i].user = &race->pushed[i];
    }
    config = sdk_config(settings, SDK_FAKES(&race->fakes[0], &race->fakes[1]));
    race->delta = make_reader(false, true);
    race->pushed[1].delta = true;
    assert_int_equal(haetae_config_add_metric_reader(config, race->delta, race->fakes[1].exporter),
                     HAETAE_OK);
    for (int i = 0; i < PULLED; i++) {
        race->pulled[i].reader = make_reader(true, i == 1);
        race->pulled[i].report.delta = i == 1;
        assert_int_equal(haetae_config_add_metric_reader(config, race->pulled[i].reader, NULL),
                         HAETAE_OK);
    }
    assert_int_equal(haetae_sdk_start(config, &race->sdk), HAETAE_OK);
    haetae_config_free(config);
    make_instruments(race->sdk, &race->instruments);
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
    struct measurer *first = argument;

    for (int i = 0; i < THREADS_IN_TURN; i++) {
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, measure, first + i), 0);
        pthread_join(thread, NULL);
    }
    return NULL;
}

static void measure_all(struct race *race, uint64_t number)
{
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS * THREADS_IN_TURN; i++) {
        race->measurers[i].instruments = &race->instruments;
        race->measurers[i].number = i / THREADS_IN_TURN;
        race->measurers[i].measurements = sdk_repeat(MEASUREMENTS);
        race->measurers[i].random = number * 1000 + i;
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, measure_in_turn,
                                        &race->measurers[i * THREADS_IN_TURN]),
                         0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* Levels of the thread that measured last in a place count. */
static void add_up(struct race *race)
{
    for (unsigned i = 0; i < THREADS * THREADS_IN_TURN; i++) {
        struct exact_table *table = &race->measurers[i].table;

        for (unsigned k = 0; k < EXACT_INSTRUMENTS; k++) {
            for (unsigned set = 0; set < EXACT_SETS; set++) {
                if (exact_instruments[k].kind == EXACT_LEVEL && table->series[k][set].count != 0) {
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
    begin(&race);
    assert_int_equal(pthread_create(&puller, NULL, pull_until_over, &race), 0);
    measure_all(&race, seed());
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
    printf("points: %llu and %llu pushed, %llu and %llu pulled\n",
           (unsigned long long)race.pushed[0].points, (unsigned long long)race.pushed[1].points,
           (unsigned long long)race.pulled[0].report.points,
           (unsigned long long)race.pulled[1].report.points);
    end(&race);
}

/* ---- Forks ---------------------------------------------------------------------------------- */

/* Sanitizers do not support threads of a child that was forked beside threads. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* In a child, which counts from zero: returns its exit status. */
static int measure_in_child(struct race *race, uint64_t number)
{
    static struct measurer own;
    unsigned differences = 0;

    own =
        (struct measurer){.instruments = &race->instruments, .measurements = 500, .random = number};
    for (int i = 0; i < PULLED; i++) {
        memset(&race->pulled[i].report, 0, sizeof race->pulled[i].report);
        race->pulled[i].report.delta = i == 1;
    }
    for (int i = 0; i < PUSHED; i++) {
        memset(&race->pushed[i], 0, sizeof race->pushed[i]);
        race->pushed[i].delta = i == 1;
    }
    (void)measure(&own);
    pull(&race->pulled[1]);
    (void)measure(&own);
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
    static struct measurer beside;
    pthread_t thread;
    uint64_t number = seed();

    (void)state;
    begin(&race);
    beside = (struct measurer){
        .instruments = &race.instruments, .measurements = sdk_repeat(50000), .random = number};
    assert_int_equal(pthread_create(&thread, NULL, measure, &beside), 0);
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

/* ---- Kills ---------------------------------------------------------------------------------- */

enum { KILLED_THREADS = 4 };

/* Shared with the process that is killed. */
struct progress {
    _Atomic unsigned done[KILLED_THREADS];
};

static struct measurer replay_of(uint64_t number, unsigned thread)
{
    return (struct measurer){.number = thread, .random = number * 1000 + thread};
}

static haetae_sdk *start_in(const char *directory, struct fake_exporter *fake)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", directory},
                                           {"OTEL_METRIC_EXPORT_INTERVAL", "2000000"},
                                           {NULL, NULL}};

    return sdk_start(settings, SDK_FAKES(fake));
}

/* Measures until it is killed. */
static void measure_until_killed(const char *directory, struct progress *progress, uint64_t number)
{
    static struct measurer measurers[KILLED_THREADS];
    static struct instruments instruments;
    struct fake_exporter fake;
    pthread_t thread;

    fake_init(&fake, "fake", fake_accept);
    make_instruments(start_in(directory, &fake), &instruments);
    for (unsigned i = 0; i < KILLED_THREADS; i++) {
        measurers[i] = replay_of(number, i);
        measurers[i].instruments = &instruments;
        measurers[i].measurements = UINT32_MAX;
        measurers[i].done = &progress->done[i];
        if (pthread_create(&thread, NULL, measure, &measurers[i]) != 0) {
            _exit(1);
        }
    }
    for (;;) {
        pause();
    }
}

static void await_progress(const struct progress *progress)
{
    for (unsigned i = 0; i < KILLED_THREADS; i++) {
        while (atomic_load(&progress->done[i]) < 100) {
            (void)usleep(200);
        }
    }
}

/* What each of the threads has measured, with or without its last measurement, which was under way:
 * a table for each combination. */
struct outcomes {
    struct exact_table tables[1 << KILLED_THREADS];
};

static void replay_all(const struct progress *progress, uint64_t number, struct outcomes *outcomes)
{
    static struct measurer replay;
    static struct exact_table before;

    memset(outcomes, 0, sizeof *outcomes);
    for (unsigned i = 0; i < KILLED_THREADS; i++) {
        replay = replay_of(number, i);
        for (unsigned k = 0; k < atomic_load(&progress->done[i]); k++) {
            measure_once(&replay);
        }
        before = replay.table;
        measure_once(&replay);
        for (unsigned t = 0; t < 1 << KILLED_THREADS; t++) {
            exact_add(&outcomes->tables[t], (t >> i & 1) != 0 ? &replay.table : &before);
        }
    }
}

/* The sum of a histogram may be ahead of its count by what was under way, so each is looked for by
 * itself. */
static bool is_an_outcome(const struct exact_series *got, const struct outcomes *outcomes,
                          unsigned instrument, unsigned set)
{
    bool counts = exact_instruments[instrument].kind != EXACT_HISTOGRAM;
    bool sum = false;

    for (unsigned t = 0; t < 1 << KILLED_THREADS; t++) {
        const struct exact_series *wanted = &outcomes->tables[t].series[instrument][set];

        sum = sum || got->sum == wanted->sum;
        counts = counts || (got->count == wanted->count &&
                            memcmp(got->buckets, wanted->buckets, sizeof got->buckets) == 0);
    }
    return counts && sum;
}

static void check_recovered(const struct exact_report *report, const struct outcomes *outcomes)
{
    for (unsigned i = 0; i < EXACT_INSTRUMENTS; i++) {
        for (unsigned set = 0; set < EXACT_SETS; set++) {
            const struct exact_series *got = &report->table.series[i][set];

            if (!is_an_outcome(got, outcomes, i, set)) {
                fail_msg("%s, set %u: sum %f, at least %f", exact_instruments[i].name, set,
                         got->sum, outcomes->tables[0].series[i][set].sum);
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

    memset(&report, 0, sizeof report);
    fake_init(&fake, "fake", accept_and_take);
    fake.ops.signals = 1u << HAETAE_SIGNAL_METRICS;
    fake.user = &report;
    config = sdk_config(NULL, SDK_FAKES(&fake));
    assert_int_equal(haetae_recover(config, directory, 60000, NULL), HAETAE_OK);
    haetae_config_free(config);
    fake_done(&fake);
    assert_true(report.points != 0);
    replay_all(progress, number, &outcomes);
    check_recovered(&report, &outcomes);
    munmap(progress, sizeof *progress);
    assert_int_equal(rmdir(directory), 0);
}

static void what_was_measured_before_a_kill_is_recovered_exactly(void **state)
{
    uint64_t number = seed();

    (void)state;
    for (unsigned i = 0; i < sdk_repeat(10); i++) {
        kill_and_recover(number + i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reader_reports_exactly_what_was_measured),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        cmocka_unit_test(forked_children_count_exactly_from_zero),
#endif
        cmocka_unit_test(what_was_measured_before_a_kill_is_recovered_exactly),
    };

    return cmocka_run_group_tests_name("exact/readers", tests, NULL, NULL);
}
