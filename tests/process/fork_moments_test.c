/* SPDX-License-Identifier: Apache-2.0 */
/* What comes between the steps of fork(): signals whose handlers record, and handlers of
 * pthread_atfork() that use the library. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "support/temporary.h"

/* What the host's handlers do, which were registered before the library was used. */
static struct {
    void (*prepare)(void);
    void (*parent)(void);
    void (*child)(void);
} host;

static void host_prepare(void)
{
    if (host.prepare != NULL) {
        host.prepare();
    }
}

static void host_parent(void)
{
    if (host.parent != NULL) {
        host.parent();
    }
}

static void host_child(void)
{
    if (host.child != NULL) {
        host.child();
    }
}

/* ---- Signals -------------------------------------------------------------------------------- */

enum { STORM_FORKS = 300 };

static struct {
    struct fixture f;
    pid_t parent;
    unsigned process;        /* of the next child, which finds its own number here */
    unsigned long sequences; /* logged by the parent's handler */
    unsigned long child_sequences;
} storm;

static void log_in_handler(int number)
{
    int error = errno;
    bool in_parent = getpid() == storm.parent;
    struct item_id id = {in_parent ? PARENT : storm.process, 0,
                         in_parent ? storm.sequences++ : storm.child_sequences++};

    (void)number;
    process_log(storm.f.logger, id);
    errno = error;
}

/* Sends signals to its process group, itself excepted, until its parent has gone. */
static void send_signals(pid_t parent)
{
    static const struct timespec pause = {0, 20000};

    signal(SIGUSR1, SIG_IGN);
    while (getppid() == parent) {
        kill(0, SIGUSR1);
        nanosleep(&pause, NULL);
    }
}

static pid_t begin_storm(void)
{
    pid_t pid;

    assert_true(getpgrp() == getpid() || setpgid(0, 0) == 0);
    storm.parent = getpid();
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        send_signals(storm.parent);
        _exit(0);
    }
    return pid;
}

static void set_blocked(bool blocked)
{
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    assert_int_equal(pthread_sigmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &mask, NULL), 0);
}

static void end_storm_child(void *argument)
{
    (void)argument;
    CHILD_EXPECT(haetae_sdk_shutdown(storm.f.sdk, 60000) == HAETAE_OK);
}

static void child_within_fork_leaves_the_parents_file_alone(void **state)
{
    struct sigaction action;
    char directory[TEMPORARY_PATH_MAX];
    unsigned forks = sdk_repeat(STORM_FORKS);
    struct sdk_numbers logs;
    pid_t sender;

    (void)state;
    if (strcmp(PROCESS_WORKER, "thread") != 0) {
        skip(); /* ThreadSanitizer delays handlers */
    }
    memset(&action, 0, sizeof action);
    action.sa_handler = log_in_handler;
    action.sa_flags = SA_RESTART;
    assert_true(temporary_directory(directory));
    set_blocked(true); /* in the receiver's thread for good */
    fixture_begin(&storm.f, SDK_SETTINGS({"HAETAE_RECORDER_DIR", directory},
                                         {"HAETAE_RECORDER_BYTES", "1048576"},
                                         {"HAETAE_QUEUE_BYTES", "1048576"}));
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    sender = begin_storm();
    set_blocked(false);
    for (storm.process = 1; storm.process <= forks; storm.process++) {
        process_span(storm.f.tracer, (struct item_id){PARENT, 0, storm.process - 1});
        process_run(end_storm_child, NULL);
    }
    set_blocked(true);
    kill(sender, SIGKILL);
    assert_int_equal(waitpid(sender, NULL, 0), sender);
    fixture_finish(&storm.f);
    receiver_has_each_once(storm.f.receiver, HAETAE_SIGNAL_TRACES, PARENT, 0, forks);
    logs = sdk_numbers(storm.f.sdk, HAETAE_SIGNAL_LOGS);
    assert_int_equal(logs.recorded, storm.sequences);
    assert_int_equal(logs.held, 0);
    /* The handler may be faster than the worker. */
    assert_int_equal(
        receiver_missing(storm.f.receiver, HAETAE_SIGNAL_LOGS, PARENT, 0, storm.sequences),
        logs.dropped_total);
    fixture_end(&storm.f);
    assert_int_equal(rmdir(directory), 0); /* no child has left its file */
}

/* ---- The host's handlers -------------------------------------------------------------------- */

enum { HOST_FORKS = 20 };

static struct {
    struct fixture f;
    unsigned process;
} own;

static void log_as_child(void)
{
    process_log(own.f.logger, (struct item_id){own.process, 0, 0});
    haetae_bound_counter_add(own.f.bound, 1);
}

static void end_own_child(void *argument)
{
    haetae_stats *stats = NULL;

    (void)argument;
    CHILD_EXPECT(haetae_sdk_shutdown(own.f.sdk, 60000) == HAETAE_OK);
    CHILD_EXPECT(haetae_stats_take(own.f.sdk, &stats) == HAETAE_OK);
    CHILD_EXPECT(haetae_stats_recorded(stats, HAETAE_SIGNAL_LOGS) == 1);
    CHILD_EXPECT(haetae_stats_delivered(stats, HAETAE_SIGNAL_LOGS) == 1);
    haetae_stats_free(stats);
}

static void child_handler_of_the_host_records_for_the_child(void **state)
{
    char directory[TEMPORARY_PATH_MAX];

    (void)state;
    assert_true(temporary_directory(directory));
    fixture_begin(&own.f, SDK_SETTINGS({"HAETAE_RECORDER_DIR", directory},
                                       {"HAETAE_RECORDER_BYTES", "1048576"},
                                       {"HAETAE_QUEUE_BYTES", "1048576"}));
    host.child = log_as_child;
    for (own.process = 1; own.process <= HOST_FORKS; own.process++) {
        fixture_record(&own.f, PARENT, own.process, 5);
        process_run(end_own_child, NULL);
    }
    host.child = NULL;
    fixture_finish(&own.f);
    for (unsigned i = 1; i <= HOST_FORKS; i++) {
        fixture_has(&own.f, PARENT, i, 5);
        receiver_has_each_once(own.f.receiver, HAETAE_SIGNAL_LOGS, i, 0, 1);
    }
    receiver_has_no_others(own.f.receiver);
    assert_int_equal(receiver_last_value(own.f.receiver, getpid(), "bound"), 5 * HOST_FORKS);
    fixture_end(&own.f);
    assert_int_equal(rmdir(directory), 0);
}

static struct {
    struct fixture f;
    bool manual;
    unsigned long sequence;
    unsigned failures;
} handled;

/* Everything that waits, or takes a lock. */
static void use_all(void)
{
    haetae_stats *stats = NULL;
    haetae_counter *counter = NULL;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    char name[32];

    snprintf(name, sizeof name, "made%lu", handled.sequence);
    options.name = haetae_string_of(name);
    process_log(handled.f.logger, (struct item_id){PARENT, 7, handled.sequence++});
    handled.failures += haetae_tracer_named(handled.f.sdk, name) == NULL;
    handled.failures += haetae_logger_named(handled.f.sdk, name) == NULL;
    handled.failures += haetae_counter_create(haetae_meter_named(handled.f.sdk, name), &options,
                                              &counter) != HAETAE_OK;
    if (handled.manual) {
        handled.failures += haetae_sdk_step(handled.f.sdk, 0) != HAETAE_OK;
    }
    handled.failures += haetae_sdk_force_flush(handled.f.sdk, 60000) != HAETAE_OK;
    handled.failures += haetae_stats_take(handled.f.sdk, &stats) != HAETAE_OK;
    haetae_stats_free(stats);
}

static void expect_no_failure(void *argument)
{
    (void)argument;
    CHILD_EXPECT(handled.failures == 0);
}

static void use_in_handlers(const char *worker)
{
    memset(&handled, 0, sizeof handled);
    handled.manual = strcmp(worker, "manual") == 0;
    fixture_begin(&handled.f, SDK_SETTINGS({"HAETAE_WORKER", worker}));
    host.prepare = use_all;
    host.parent = use_all;
    for (int i = 0; i < 5; i++) {
        process_run(expect_no_failure, NULL);
    }
    host.prepare = NULL;
    host.parent = NULL;
    assert_int_equal(handled.failures, 0);
    fixture_finish(&handled.f);
    receiver_has_each_once(handled.f.receiver, HAETAE_SIGNAL_LOGS, PARENT, 7, handled.sequence);
    fixture_end(&handled.f);
}

static void handlers_of_the_host_flush_and_make_what_they_need(void **state)
{
    (void)state;
    if (strcmp(PROCESS_WORKER, "thread") == 0) {
        use_in_handlers("thread");
    }
    use_in_handlers("manual");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_within_fork_leaves_the_parents_file_alone),
        cmocka_unit_test(child_handler_of_the_host_records_for_the_child),
        cmocka_unit_test(handlers_of_the_host_flush_and_make_what_they_need),
    };

    if (pthread_atfork(host_prepare, host_parent, host_child) != 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
