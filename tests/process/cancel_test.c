/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that the host cancels. A cancellation that was asked for before a call waits until the
 * call has ended: at none of its cancellation points does the thread end, and no lock, memory or
 * descriptor stays behind. */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "haetae/recover.h"
#include "process.h"
#include "support/temporary.h"

static struct {
    struct fixture f;
    char directory[TEMPORARY_PATH_MAX];
    haetae_exporter *exporter;
    haetae_sdk *other;
    struct fake_exporter fake;
    pid_t child;
    _Atomic bool begun;
    _Atomic bool returned;
} it;

/* ---- The calls ------------------------------------------------------------------------------ */

static void flush(void)
{
    assert_int_equal(haetae_sdk_force_flush(it.f.sdk, 60000), HAETAE_OK);
}

static void take_statistics(void)
{
    haetae_stats *stats = NULL;

    assert_int_equal(haetae_stats_take(it.f.sdk, &stats), HAETAE_OK);
    haetae_stats_free(stats);
}

static void get_scopes(void)
{
    assert_non_null(haetae_tracer_named(it.f.sdk, "cancelled"));
    assert_non_null(haetae_meter_named(it.f.sdk, "cancelled"));
    assert_non_null(haetae_logger_named(it.f.sdk, "cancelled"));
}

static void make_instruments(void)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_bound_counter *bound = NULL;
    haetae_counter *counter = NULL;

    options.name = haetae_string_of("cancelled");
    assert_int_equal(
        haetae_counter_create(haetae_meter_named(it.f.sdk, "cancelled"), &options, &counter),
        HAETAE_OK);
    assert_int_equal(haetae_counter_bind(counter, NULL, 0, &bound), HAETAE_OK);
    haetae_bound_counter_add(bound, 1);
}

/* Enough to pass half of the ring, so that the worker is woken. */
static void record(void)
{
    for (unsigned long i = 0; i < 3000; i++) {
        process_log(it.f.logger, (struct item_id){PARENT, 0, i});
    }
}

static void do_nothing(void *argument)
{
    (void)argument;
}

/* The waiting for the child is the test's own, and is done by another thread. */
static void fork_a_child(void)
{
    it.child = process_begin(do_nothing, NULL);
}

static haetae_sdk *start_another(void)
{
    haetae_config *config = sdk_config(
        SDK_SETTINGS({"HAETAE_RECORDER_DIR", it.directory}, {"HAETAE_WORKER", "manual"},
                     {"HAETAE_RECORDER_BYTES", "1048576"}, {"HAETAE_QUEUE_BYTES", "1048576"}),
        SDK_FAKES(&it.fake));
    haetae_sdk *sdk = NULL;

    assert_int_equal(haetae_config_load_env(config), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

static void start_and_end(void)
{
    haetae_sdk *sdk;

    sdk = start_another();
    sdk_spans(sdk, 1);
    assert_int_equal(haetae_sdk_step(sdk, 10), HAETAE_OK);
    assert_int_equal(haetae_sdk_shutdown(sdk, 60000), HAETAE_OK);
    haetae_sdk_free(sdk);
}

static void recover(void)
{
    haetae_config *config;

    config = sdk_config(NULL, SDK_FAKES(&it.fake));
    assert_int_equal(haetae_recover(config, it.directory, 60000, NULL), HAETAE_OK);
    haetae_config_free(config);
}

static void start_from_environment(void)
{
    haetae_sdk *sdk = NULL;

    assert_int_equal(setenv("OTEL_SDK_DISABLED", "true", 1), 0);
    assert_int_equal(haetae_start(NULL, &sdk), HAETAE_OK);
    assert_int_equal(unsetenv("OTEL_SDK_DISABLED"), 0);
}

static void shut_down(void)
{
    assert_int_equal(haetae_sdk_shutdown(it.f.sdk, 60000), HAETAE_OK);
}

/* ---- Cancelled before the call -------------------------------------------------------------- */

static void *cancelled(void *argument)
{
    void (*const *call)(void) = argument;

    pthread_cancel(pthread_self()); /* it takes effect at the first cancellation point */
    (*call)();
    atomic_store(&it.returned, true);
    pthread_testcancel();
    return NULL;
}

static void returns_though_cancelled(const char *name, void (*call)(void))
{
    void *result = NULL;
    pthread_t thread;

    it.returned = false;
    assert_int_equal(pthread_create(&thread, NULL, cancelled, &call), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    if (!it.returned) {
        fail_msg("cancelled in the middle: %s", name);
    }
    assert_ptr_equal(result, PTHREAD_CANCELED);
}

static unsigned count_descriptors(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static void calls_end_before_their_thread_is_cancelled(void **state)
{
    static const struct {
        const char *name;
        void (*call)(void);
    } calls[] = {
        {"flush", flush},       {"statistics", take_statistics},
        {"scopes", get_scopes}, {"instruments", make_instruments},
        {"records", record},    {"start and end", start_and_end},
        {"recovery", recover},  {"start from the environment", start_from_environment},
        {"flush again", flush},
    };
    unsigned descriptors;

    (void)state;
    assert_true(temporary_directory(it.directory));
    fixture_begin(&it.f, SDK_SETTINGS({"HAETAE_WORKER", "thread"}));
    descriptors = count_descriptors();
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        fake_init(&it.fake, "fake", fake_accept); /* not cancelled: it is the test's own */
        returns_though_cancelled(calls[i].name, calls[i].call);
        fake_done(&it.fake);
    }
    assert_int_equal(count_descriptors(), descriptors);
    flush();
    returns_though_cancelled("shutdown", shut_down);
    receiver_stop(it.f.receiver);
    fixture_end(&it.f);
    assert_int_equal(rmdir(it.directory), 0);
}

/* ---- Cancelled while it waits --------------------------------------------------------------- */

static void *wait_in(void *argument)
{
    void (*const *call)(void) = argument;

    atomic_store(&it.begun, true);
    (*call)();
    atomic_store(&it.returned, true);
    pthread_testcancel();
    return NULL;
}

static void flush_other(void)
{
    assert_int_equal(haetae_sdk_force_flush(it.other, 60000), HAETAE_OK);
}

static void shut_other_down(void)
{
    assert_int_equal(haetae_sdk_shutdown(it.other, 60000), HAETAE_OK);
}

static void await_other_shutdown(void)
{
    assert_int_equal(haetae_sdk_shutdown(it.other, 60000), HAETAE_ESHUTDOWN);
}

/* The worker is in send() already, so all of these wait. */
static pthread_t cancel_waiting(void (*const *call)(void))
{
    pthread_t thread;

    it.begun = it.returned = false;
    assert_int_equal(pthread_create(&thread, NULL, wait_in, (void *)call), 0);
    while (!atomic_load(&it.begun)) {
        sched_yield();
    }
    usleep(20000); /* it most likely waits by now; if not, the test checks less */
    assert_int_equal(pthread_cancel(thread), 0);
    return thread;
}

static void join_cancelled(pthread_t thread)
{
    void *result = NULL;

    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED);
}

static void calls_that_wait_are_not_cancelled(void **state)
{
    static void (*const flushing)(void) = flush_other;
    static void (*const forking)(void) = fork_a_child;
    pthread_t thread;

    (void)state;
    fake_init(&it.fake, "blocked", fake_block);
    it.other = sdk_start(SDK_SETTINGS({"OTEL_BSP_SCHEDULE_DELAY", "1"}), SDK_FAKES(&it.fake));
    sdk_spans(it.other, 1);
    fake_await(&it.fake, &it.fake.blocked_count, 1);
    /* fork() waits some 50 ms for the worker. */
    join_cancelled(cancel_waiting(&forking));
    assert_true(it.returned);
    process_await(it.child);
    thread = cancel_waiting(&flushing);
    fake_unblock(&it.fake);
    join_cancelled(thread);
    assert_true(it.returned);
    flush_other();
    shut_other_down();
    haetae_sdk_free(it.other);
    fake_done(&it.fake);
}

static void shutdowns_that_wait_are_not_cancelled(void **state)
{
    static void (*const stopping)(void) = shut_other_down;
    static void (*const awaiting)(void) = await_other_shutdown;
    pthread_t threads[2];

    (void)state;
    fake_init(&it.fake, "held", fake_hold);
    it.other = sdk_start(SDK_SETTINGS({"OTEL_BSP_SCHEDULE_DELAY", "1"}), SDK_FAKES(&it.fake));
    sdk_spans(it.other, 1);
    threads[0] = cancel_waiting(&stopping);
    fake_await(&it.fake, &it.fake.send_count, 1);
    threads[1] = cancel_waiting(&awaiting);
    fake_release(&it.fake, HAETAE_VERDICT_OK);
    join_cancelled(threads[0]);
    join_cancelled(threads[1]);
    sdk_all_delivered(it.other, HAETAE_SIGNAL_TRACES, 1);
    haetae_sdk_free(it.other);
    fake_done(&it.fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_end_before_their_thread_is_cancelled),
        cmocka_unit_test(calls_that_wait_are_not_cancelled),
        cmocka_unit_test(shutdowns_that_wait_are_not_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
