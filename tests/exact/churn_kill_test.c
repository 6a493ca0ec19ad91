/* SPDX-License-Identifier: Apache-2.0 */
/* Threads record into ever new sets while series of old ones are given back, until their process is
 * killed: what its exporter had got and what is recovered make up exactly what was recorded of each
 * set. EXACT_SEED repeats the pauses before the kills. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exact/measure.h"
#include "metrics/instrument.h"
#include "metrics/reuse.h"
#include "otlp.pb-c.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

enum { RECORDERS = 4, LIMIT = 200, MARGIN = 20, SETS = 1 << 18, WINDOW = 600, LIVES = 24 };

/* What was got of a series. */
struct life {
    _Atomic uint64_t start_ns; /* 0: none yet */
    _Atomic int64_t value;
};

/* Shared with the process that is killed. */
struct progress {
    _Atomic unsigned next;
    _Atomic unsigned wrong; /* points of no set, or of too many lives */
    _Atomic uint8_t begun[SETS];
    _Atomic uint8_t done[SETS];
    struct life lives[SETS][LIVES];
};

struct recorders {
    struct progress *progress;
    haetae_counter *counter;
};

/* ---- Taking ------------------------------------------------------------------------------------
 */

/* A kill in between leaves a life without a start, or an older value: then the delivery was not
 * accepted, and the series is still there. */
static void take_point(struct progress *progress, const HaeOtlp__NumberDataPoint *point)
{
    int64_t number = point->n_attributes == 1 ? point->attributes[0]->value->int_value : SETS;

    for (unsigned i = 0; number < SETS && i < LIVES; i++) {
        struct life *life = &progress->lives[number][i];
        uint64_t start = atomic_load(&life->start_ns);

        if (start == 0 || start == point->start_time_unix_nano) {
            atomic_store(&life->value, point->as_int);
            atomic_store(&life->start_ns, point->start_time_unix_nano);
            return;
        }
    }
    atomic_fetch_add(&progress->wrong, 1);
}

static void take(struct fake_exporter *fake, haetae_delivery *delivery)
{
    HaeOtlp__ExportMetricsServiceRequest *request =
        hae_otlp__export_metrics_service_request__unpack(NULL, haetae_delivery_size(delivery),
                                                         haetae_delivery_data(delivery));

    for (size_t r = 0; request != NULL && r < request->n_resource_metrics; r++) {
        for (size_t s = 0; s < request->resource_metrics[r]->n_scope_metrics; s++) {
            const HaeOtlp__ScopeMetrics *scope = request->resource_metrics[r]->scope_metrics[s];

            for (size_t m = 0; m < scope->n_metrics; m++) {
                for (size_t p = 0; strcmp(scope->metrics[m]->name, "churn") == 0 &&
                                   p < scope->metrics[m]->sum->n_data_points;
                     p++) {
                    take_point(fake->user, scope->metrics[m]->sum->data_points[p]);
                }
            }
        }
    }
    hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
    fake_accept(fake, delivery);
}

/* ---- Recording ---------------------------------------------------------------------------------
 */

static void record(const struct recorders *recorders, unsigned number)
{
    const struct hae_stream *stream = &((struct hae_instrument *)recorders->counter)->first;
    haetae_attribute attribute = HAETAE_ATTR("set", (int64_t)number);

    while (hae_reuse_count(stream) > LIMIT - MARGIN) {
        sched_yield();
    }
    atomic_fetch_add(&recorders->progress->begun[number], 1);
    haetae_counter_add(recorders->counter, 1, &attribute, 1);
    atomic_fetch_add(&recorders->progress->done[number], 1);
}

static void *record_always(void *user)
{
    const struct recorders *recorders = user;
    uint64_t random = (uint64_t)(uintptr_t)&random;

    for (;;) {
        unsigned number = atomic_fetch_add(&recorders->progress->next, 1);

        if (number >= SETS) {
            pause();
        }
        record(recorders, number);
        if (number >= WINDOW) {
            record(recorders, number - (unsigned)(exact_random(&random) % WINDOW));
        }
    }
    return NULL;
}

static void record_until_killed(const char *directory, struct progress *progress)
{
    static struct recorders recorders;
    static struct fake_exporter fake;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_sdk *sdk;
    haetae_meter *meter;
    pthread_t thread;

    fake_init(&fake, "fake", take);
    fake.ops.signals = 1u << HAETAE_SIGNAL_METRICS;
    fake.user = progress;
    sdk = sdk_start(SDK_SETTINGS({"HAETAE_RECORDER_DIR", directory},
                                 {"OTEL_METRIC_EXPORT_INTERVAL", "1"},
                                 {"HAETAE_METRICS_CARDINALITY_LIMIT", "200"},
                                 {"HAETAE_METRICS_SERIES_UNUSED_INTERVALS", "1"}),
                    SDK_FAKES(&fake));
    options.name = haetae_string_of("churn");
    options.number_type = HAETAE_NUMBER_INT64;
    recorders.progress = progress;
    if (haetae_meter_get(sdk, NULL, &meter) != HAETAE_OK ||
        haetae_counter_create(meter, &options, &recorders.counter) != HAETAE_OK) {
        _exit(1);
    }
    for (unsigned i = 0; i < RECORDERS; i++) {
        if (pthread_create(&thread, NULL, record_always, &recorders) != 0) {
            _exit(1);
        }
    }
    for (;;) {
        pause();
    }
}

/* ---- Comparing ----------------------------------------------------------------------------------
 */

static unsigned check(struct progress *progress)
{
    unsigned returned = 0;

    assert_int_equal(atomic_load(&progress->wrong), 0);
    for (unsigned number = 0; number < SETS; number++) {
        int64_t total = 0;

        for (unsigned i = 0; i < LIVES; i++) {
            if (atomic_load(&progress->lives[number][i].start_ns) != 0) {
                total += atomic_load(&progress->lives[number][i].value);
                returned += i > 0;
            }
        }
        if (total < atomic_load(&progress->done[number]) ||
            total > atomic_load(&progress->begun[number])) {
            fail_msg("set %u: %lld, recorded %u to %u", number, (long long)total,
                     (unsigned)atomic_load(&progress->done[number]),
                     (unsigned)atomic_load(&progress->begun[number]));
        }
    }
    return returned;
}

/* Returns how many sets had a series again. */
static unsigned kill_and_recover(uint64_t number)
{
    struct progress *progress =
        mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t random = number;
    struct fake_exporter fake;
    char directory[TEMPORARY_PATH_MAX];
    haetae_config *config;
    unsigned returned;
    int status;
    pid_t child;

    assert_true(progress != MAP_FAILED && temporary_directory(directory));
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        record_until_killed(directory, progress);
    }
    while (atomic_load(&progress->next) < 20 * LIMIT) {
        (void)usleep(200);
    }
    (void)usleep((useconds_t)(exact_random(&random) % 20000));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));

    fake_init(&fake, "fake", take);
    fake.ops.signals = 1u << HAETAE_SIGNAL_METRICS;
    fake.user = progress;
    config = sdk_config(NULL, SDK_FAKES(&fake));
    assert_int_equal(haetae_recover(config, directory, 60000, NULL), HAETAE_OK);
    haetae_config_free(config);
    fake_done(&fake);
    returned = check(progress);
    munmap(progress, sizeof *progress);
    assert_int_equal(rmdir(directory), 0);
    return returned;
}

static void what_a_kill_leaves_of_changing_sets_is_recovered_exactly(void **state)
{
    uint64_t number = exact_seed();
    unsigned returned = 0;

    (void)state;
    for (unsigned i = 0; i < sdk_repeat(10); i++) {
        returned += kill_and_recover(number + i);
    }
    assert_true(returned != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_kill_leaves_of_changing_sets_is_recovered_exactly),
    };

    return cmocka_run_group_tests_name("exact/churn_kills", tests, NULL, NULL);
}
