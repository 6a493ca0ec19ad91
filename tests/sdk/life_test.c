/* SPDX-License-Identifier: Apache-2.0 */
/* A complete run, from the configuration to the last free, in which the i-th allocation or
 * system call fails, or all from the i-th on, for every i. Each failure gives a status or a
 * counted drop, everything is freed, and the statistics add up. Linked with --wrap. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "support/sdk_fixture.h"

enum { LONG_MS = 600000 };

/* ---- Calls that fail ---------------------------------------------------------------------- */

enum call { CREATE_THREAD, SET_SPECIFIC, MAP, EVENT, MUTEX, CONDITION, POLL, OPEN, RANDOM, CALLS };

/* The worker reads it as well. */
static _Atomic int failing = CALLS;
static _Atomic long calls_until_failure;
static _Atomic bool all_after;
static _Atomic unsigned refused_count;
static _Atomic unsigned pause_count; /* calls of poll() without descriptors */

static bool fails(enum call call)
{
    long left;

    if (atomic_load(&failing) != (int)call) {
        return false;
    }
    left = atomic_fetch_sub(&calls_until_failure, 1);
    if (left == 1 || (left < 1 && atomic_load(&all_after))) {
        atomic_fetch_add(&refused_count, 1);
        return true;
    }
    return false;
}

/* The library uses 64-bit offsets, for which glibc has other names. */
#if !defined(__GLIBC__)
#define __real_mmap64 __real_mmap
#define __wrap_mmap64 __wrap_mmap
#define __real_open64 __real_open
#define __wrap_open64 __wrap_open
#define off64_t       off_t
#endif

static int with_errno(int error)
{
    errno = error;
    return -1;
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __real_pthread_setspecific(pthread_key_t key, const void *value);
void *__real_mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset);
int __real_eventfd(unsigned count, int flags);
int __real_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int __real_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __real_poll(struct pollfd *polled, nfds_t count, int timeout_ms);
int __real_open64(const char *path, int flags);
ssize_t __real_getrandom(void *to, size_t size, unsigned flags);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset);
int __wrap_eventfd(unsigned count, int flags);
int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout_ms);
int __wrap_open64(const char *path, int flags);
ssize_t __wrap_getrandom(void *to, size_t size, unsigned flags);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument)
{
    return fails(CREATE_THREAD) ? EAGAIN : __real_pthread_create(thread, attributes, run, argument);
}

int __wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
    return fails(SET_SPECIFIC) ? ENOMEM : __real_pthread_setspecific(key, value);
}

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset)
{
    if (fails(MAP)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return __real_mmap64(at, size, protection, flags, file, offset);
}

int __wrap_eventfd(unsigned count, int flags)
{
    return fails(EVENT) ? with_errno(EMFILE) : __real_eventfd(count, flags);
}

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    return fails(MUTEX) ? ENOMEM : __real_pthread_mutex_init(mutex, attributes);
}

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    return fails(CONDITION) ? ENOMEM : __real_pthread_cond_init(condition, attributes);
}

int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout_ms)
{
    if (count == 0) {
        atomic_fetch_add(&pause_count, 1);
    } else if (fails(POLL)) {
        return with_errno(EINVAL);
    }
    return __real_poll(polled, count, timeout_ms);
}

int __wrap_open64(const char *path, int flags)
{
    return fails(OPEN) ? with_errno(EMFILE) : __real_open64(path, flags);
}

ssize_t __wrap_getrandom(void *to, size_t size, unsigned flags)
{
    return fails(RANDOM) ? with_errno(EAGAIN) : __real_getrandom(to, size, flags);
}

/* ---- A complete run
 * ---------------------------------------------------------------------------------- */

struct life {
    const char *worker;
    uint32_t flush_ms; /* for flush and shutdown, each */
    struct fake_exporter fake;
    unsigned exporter_count;
    haetae_config *config;
    haetae_sdk *sdk;
    haetae_status failure;                  /* the only status that is allowed beside OK */
    haetae_status flushed;                  /* of the shutdown */
    uint64_t recorded[HAETAE_SIGNAL_COUNT]; /* recording calls of spans and logs that must count */
};

/* Checks that a call fails only with the expected status and leaves its output untouched. */
static bool ok(const struct life *life, haetae_status status)
{
    if (status != HAETAE_OK && status != life->failure) {
        fail_msg("%s instead of %s", haetae_status_name(status), haetae_status_name(life->failure));
    }
    return status == HAETAE_OK;
}

static bool add_exporter(struct life *life)
{
    haetae_exporter *exporter = NULL;

    if (!ok(life, haetae_exporter_new(&life->fake.ops, &life->fake, &exporter))) {
        assert_null(exporter);
        return false;
    }
    life->exporter_count = 1;
    if (!ok(life, haetae_config_add_exporter(life->config, exporter))) {
        haetae_exporter_free(exporter);
        return false;
    }
    return true;
}

/* Configures as a program does, and stops at the first failure. */
static bool configure(struct life *life)
{
    haetae_attribute attribute = HAETAE_ATTR("shop", "north");

    return ok(life, haetae_config_new(&life->config)) &&
           ok(life, haetae_config_set_diagnostics(life->config, NULL, NULL)) &&
           ok(life, haetae_config_set(life->config, "HAETAE_WORKER", life->worker)) &&
           ok(life, haetae_config_set(life->config, "OTEL_SERVICE_NAME", "test")) &&
           ok(life, haetae_config_set(life->config, "OTEL_RESOURCE_ATTRIBUTES", "a=b,c=%20d")) &&
           ok(life, haetae_config_load_env(life->config)) &&
           ok(life, haetae_config_add_resource_attribute(life->config, &attribute)) &&
           add_exporter(life);
}

static void record_spans(struct life *life)
{
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    static const char text[2000];
    haetae_tracer *tracer = NULL;
    haetae_context_token token;
    haetae_span parent, child;

    scope.name = haetae_string_of("spans");
    scope.version = haetae_string_of("1");
    if (!ok(life, haetae_tracer_get(life->sdk, &scope, &tracer))) {
        assert_null(tracer);
    }
    parent = haetae_span_start(tracer, HAETAE_TEXT("parent"), HAETAE_SPAN_KIND_SERVER);
    haetae_context_attach(parent, &token);
    child = haetae_span_start(tracer, HAETAE_TEXT("child"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_span_set_string(child, HAETAE_TEXT("long"), text, sizeof text);
    exception.message = haetae_string_of("message");
    haetae_span_record_exception(child, &exception);
    haetae_span_end(child);
    haetae_context_detach(&token);
    haetae_span_end(parent);
    life->recorded[HAETAE_SIGNAL_TRACES] += tracer != NULL ? 2 : 0;
}

static void record_logs(struct life *life)
{
    haetae_logger *logger = haetae_logger_named(life->sdk, "logs");

    sdk_logs_of(logger, 5);
    life->recorded[HAETAE_SIGNAL_LOGS] += logger != NULL ? 5 : 0;
}

/* Measures with each kind of instrument, unbound and bound. */
#define MEASURE(kind, record, record_bound)                                                        \
    do {                                                                                           \
        haetae_##kind *made = NULL;                                                                \
        haetae_bound_##kind *bound = NULL;                                                         \
        options.name = haetae_string_of(#kind);                                                    \
        if (!ok(life, haetae_##kind##_create(meter, &options, &made))) {                           \
            assert_null(made);                                                                     \
        }                                                                                          \
        if (!ok(life, haetae_##kind##_bind(made, HAETAE_ATTRS(HAETAE_ATTR("a", 1)), &bound))) {    \
            assert_null(bound);                                                                    \
        }                                                                                          \
        record(made, 1, HAETAE_ATTRS(HAETAE_ATTR("b", "text")));                                   \
        record_bound(bound, 1);                                                                    \
    } while (0)

static void record_metrics(struct life *life)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_meter *meter = haetae_meter_named(life->sdk, "metrics");

    MEASURE(counter, haetae_counter_add, haetae_bound_counter_add);
    MEASURE(up_down_counter, haetae_up_down_counter_add, haetae_bound_up_down_counter_add);
    MEASURE(gauge, haetae_gauge_record, haetae_bound_gauge_record);
    MEASURE(histogram, haetae_histogram_record, haetae_bound_histogram_record);
}

static bool flush_status(haetae_status status)
{
    return status == HAETAE_OK || status == HAETAE_ELOST || status == HAETAE_ETIMEOUT;
}

static void run(struct life *life)
{
    if (!configure(life) || !ok(life, haetae_sdk_start(life->config, &life->sdk))) {
        assert_null(life->sdk);
        haetae_config_free(life->config);
        return;
    }
    haetae_config_free(life->config);
    record_spans(life);
    record_logs(life);
    record_metrics(life);
    assert_true(flush_status(haetae_sdk_force_flush(life->sdk, life->flush_ms)));
    record_spans(life);
    record_logs(life);
    life->flushed = haetae_sdk_shutdown(life->sdk, life->flush_ms);
    assert_true(flush_status(life->flushed));
    sdk_logs_of(haetae_logger_named(life->sdk, "logs"), 3); /* none, after the end */
}

/* Checks the statistics when nothing fails any more. Returns the number of lost items. */
static uint64_t settle(struct life *life)
{
    uint64_t lost = 0;

    for (int signal = 0; life->sdk != NULL && signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct sdk_numbers numbers = sdk_numbers(life->sdk, (haetae_signal)signal);

        assert_int_equal(numbers.held, 0);
        assert_int_equal(numbers.delivered, life->fake.taken_count[signal]);
        if (signal != HAETAE_SIGNAL_METRICS) {
            assert_int_equal(numbers.recorded, life->recorded[signal]);
        }
        if (life->flushed == HAETAE_OK) {
            /* These were dropped since there was no memory to queue a finished request. */
            assert_int_equal(numbers.dropped_total, numbers.dropped[HAETAE_DROP_QUEUE_FULL]);
        }
        lost += numbers.dropped_total;
    }
    haetae_sdk_free(life->sdk);
    return lost;
}

static struct life new_life(const char *worker, uint32_t flush_ms, haetae_status failure)
{
    struct life life = {.worker = worker, .flush_ms = flush_ms, .failure = failure};

    fake_init(&life.fake, "fake", fake_accept);
    return life;
}

/* Everything works when nothing fails. */
static void a_run_without_failures_loses_nothing(void **state)
{
    static const char *const workers[] = {"manual", "thread"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct life life = new_life(workers[i], LONG_MS, HAETAE_OK);

        run(&life);
        assert_non_null(life.sdk);
        assert_int_equal(life.flushed, HAETAE_OK);
        assert_int_equal(life.recorded[HAETAE_SIGNAL_TRACES], 4);
        assert_int_equal(life.recorded[HAETAE_SIGNAL_LOGS], 10);
        assert_true(sdk_numbers(life.sdk, HAETAE_SIGNAL_METRICS).delivered >= 8);
        assert_int_equal(settle(&life), 0);
        fake_done(&life.fake);
    }
}

/* ---- Allocations ----------------------------------------------------------------------------- */

/* A complete run in which allocations fail after `count`. Returns the number of failures. */
static long starve(const char *worker, long count, void (*fail_after)(long count))
{
    struct life life = new_life(worker, 0, HAETAE_ENOMEM);
    long refused = hae_alloc_refused_count();
    long live = hae_alloc_live_count();

    fail_after(count);
    run(&life);
    hae_alloc_fail_after(-1);
    (void)settle(&life);
    assert_int_equal(hae_alloc_live_count(), live);
    assert_int_equal(life.fake.free_count, life.exporter_count);
    fake_done(&life.fake);
    return hae_alloc_refused_count() - refused;
}

static void every_allocation_may_fail(void **state)
{
    long count;

    (void)state;
    for (count = 0; starve("manual", count, hae_alloc_fail_once_after) != 0; count++) {
    }
    assert_true(count > 30);
}

static void memory_may_end_at_every_allocation(void **state)
{
    long count;

    (void)state;
    for (count = 0; starve("manual", count, hae_alloc_fail_after) != 0; count++) {
    }
    assert_true(count > 30);
}

/* The worker's allocations are among them, in any order. */
static void memory_may_end_beside_a_worker(void **state)
{
    (void)state;
    for (long count = 0; count < 120; count++) {
        (void)starve("thread", count, hae_alloc_fail_after);
        (void)starve("thread", count, hae_alloc_fail_once_after);
    }
}

/* ---- Calls to the system ----------------------------------------------------------- */

/* A complete run in which call number `number` fails, or all from there on. Returns the number
 * of failures. After the SDK has started, no failure loses a record. */
static unsigned refuse(enum call call, long number, bool all, haetae_status failure)
{
    struct life life = new_life("thread", LONG_MS, failure);
    long live = hae_alloc_live_count();

    atomic_store(&refused_count, 0);
    atomic_store(&calls_until_failure, number);
    atomic_store(&all_after, all);
    atomic_store(&failing, (int)call);
    run(&life);
    atomic_store(&failing, CALLS);
    if (life.sdk != NULL) {
        assert_int_equal(life.flushed, HAETAE_OK);
        assert_int_equal(life.recorded[HAETAE_SIGNAL_TRACES], 4);
        assert_int_equal(life.recorded[HAETAE_SIGNAL_LOGS], 10);
    }
    assert_int_equal(settle(&life), 0);
    assert_int_equal(hae_alloc_live_count(), live);
    assert_int_equal(life.fake.free_count, 1);
    fake_done(&life.fake);
    return atomic_load(&refused_count);
}

/* The status with which a start may fail; OK where it must still succeed. */
static const haetae_status refusals[CALLS] = {[CREATE_THREAD] = HAETAE_ETHREAD,
                                              [SET_SPECIFIC] = HAETAE_OK,
                                              [MAP] = HAETAE_ENOMEM,
                                              [EVENT] = HAETAE_EIO,
                                              [MUTEX] = HAETAE_ENOMEM,
                                              [CONDITION] = HAETAE_ENOMEM,
                                              [POLL] = HAETAE_OK,
                                              [OPEN] = HAETAE_OK,
                                              [RANDOM] = HAETAE_OK};

/* Later polls do not differ from earlier ones. */
enum { NUMBER_MAX = 12 };

static void every_call_to_the_system_may_fail(void **state)
{
    (void)state;
    for (int call = 0; call < CALLS; call++) {
        bool any = false;

        for (int all = 0; all < 2; all++) {
            for (long number = 1; number <= NUMBER_MAX; number++) {
                unsigned count = refuse((enum call)call, number, all != 0, refusals[call]);

                any |= count != 0;
                if (count == 0 && call != POLL) {
                    break;
                }
            }
        }
        assert_true(any); /* otherwise this tests nothing */
    }
}

/* A worker that cannot wait would use a whole processor. */
static void a_worker_that_cannot_poll_sleeps_instead(void **state)
{
    struct life life = new_life("manual", 0, HAETAE_OK);
    unsigned pauses;

    (void)state;
    assert_true(configure(&life));
    assert_int_equal(haetae_sdk_start(life.config, &life.sdk), HAETAE_OK);
    haetae_config_free(life.config);
    atomic_store(&refused_count, 0);
    atomic_store(&calls_until_failure, 1);
    atomic_store(&all_after, true);
    atomic_store(&failing, POLL);
    pauses = atomic_load(&pause_count);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(haetae_sdk_step(life.sdk, 1000), HAETAE_OK);
    }
    assert_int_equal(atomic_load(&refused_count), 3);
    assert_int_equal(atomic_load(&pause_count), pauses + 3);
    assert_int_equal(haetae_sdk_step(life.sdk, 0), HAETAE_OK); /* called with a timeout of 0 */
    assert_int_equal(atomic_load(&pause_count), pauses + 3);
    atomic_store(&failing, CALLS);
    haetae_sdk_free(life.sdk);
    fake_done(&life.fake);
}

/* As when the host closes all descriptors. */
static void a_worker_whose_descriptors_are_closed_sleeps_between_runs(void **state)
{
    struct life life = new_life("manual", 0, HAETAE_OK);
    unsigned pauses;
    int descriptor;

    (void)state;
    assert_true(configure(&life));
    assert_int_equal(haetae_sdk_start(life.config, &life.sdk), HAETAE_OK);
    haetae_config_free(life.config);
    descriptor = life.fake.descriptor;
    life.fake.descriptor = INT_MAX; /* a number that is not open */
    pauses = atomic_load(&pause_count);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(haetae_sdk_step(life.sdk, 1000), HAETAE_OK);
    }
    assert_int_equal(atomic_load(&pause_count), pauses + 3);
    /* The SDK still works. */
    sdk_logs(life.sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(life.sdk, LONG_MS), HAETAE_OK);
    sdk_all_delivered(life.sdk, HAETAE_SIGNAL_LOGS, 5);
    life.fake.descriptor = descriptor;
    haetae_sdk_free(life.sdk);
    fake_done(&life.fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_without_failures_loses_nothing),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(memory_may_end_at_every_allocation),
        cmocka_unit_test(memory_may_end_beside_a_worker),
        cmocka_unit_test(every_call_to_the_system_may_fail),
        cmocka_unit_test(a_worker_that_cannot_poll_sleeps_instead),
        cmocka_unit_test(a_worker_whose_descriptors_are_closed_sleeps_between_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
