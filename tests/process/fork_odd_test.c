/* SPDX-License-Identifier: Apache-2.0 */
/* Forks at unfavourable moments. */
#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

/* ---- While an exporter blocks the worker ---------------------------------------------------- */

static void unblock_in_child(void *self, bool idle)
{
    struct fake_exporter *fake = self;

    CHILD_EXPECT(!idle);
    pthread_mutex_init(&fake->lock, NULL);
    pthread_cond_init(&fake->changed, NULL);
    fake->behave = fake_accept;
    fake->send_count = 0;
    fake->item_count[HAETAE_SIGNAL_TRACES] = 0;
}

struct blocked {
    struct fake_exporter fake;
    haetae_sdk *sdk;
};

static void record_beside_the_blocked(void *argument)
{
    struct blocked *blocked = argument;

    sdk_spans(blocked->sdk, 7);
    CHILD_EXPECT(haetae_sdk_shutdown(blocked->sdk, 60000) == HAETAE_OK);
    CHILD_EXPECT(blocked->fake.item_count[HAETAE_SIGNAL_TRACES] == 7);
    haetae_sdk_free(blocked->sdk);
}

static void child_of_a_blocked_worker_is_not_blocked(void **state)
{
    struct blocked blocked;

    (void)state;
    if (strcmp(PROCESS_WORKER, "thread") != 0) {
        skip();
    }
    fake_init(&blocked.fake, "blocked", fake_block);
    blocked.fake.ops.after_fork = unblock_in_child;
    blocked.sdk =
        sdk_start(SDK_SETTINGS({"OTEL_BSP_SCHEDULE_DELAY", "1"}), SDK_FAKES(&blocked.fake));
    sdk_spans(blocked.sdk, 5);
    fake_await(&blocked.fake, &blocked.fake.blocked_count, 1);
    for (int i = 0; i < 20; i++) { /* the child waits for the worker once, not each time */
        process_run(record_beside_the_blocked, &blocked);
    }
    fake_unblock(&blocked.fake);
    assert_int_equal(haetae_sdk_shutdown(blocked.sdk, 60000), HAETAE_OK);
    sdk_all_delivered(blocked.sdk, HAETAE_SIGNAL_TRACES, 5);
    haetae_sdk_free(blocked.sdk);
    fake_done(&blocked.fake);
}

/* ---- With an exporter that does not handle forks ---------------------------------- */

static void complete_what_is_the_parents(void *argument)
{
    struct blocked *blocked = argument;
    haetae_stats *stats = NULL;

    sdk_spans(blocked->sdk, 3);
    fake_release(&blocked->fake, HAETAE_VERDICT_OK); /* the parent's as well */
    CHILD_EXPECT(haetae_sdk_shutdown(blocked->sdk, 60000) == HAETAE_OK);
    CHILD_EXPECT(haetae_stats_take(blocked->sdk, &stats) == HAETAE_OK);
    CHILD_EXPECT(haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES) == 3);
    CHILD_EXPECT(haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES) == 3);
    haetae_stats_free(stats);
    haetae_sdk_free(blocked->sdk);
}

static void completing_the_parents_delivery_has_no_effect(void **state)
{
    struct blocked blocked;

    (void)state;
    fake_init(&blocked.fake, "held", fake_hold);
    blocked.sdk =
        sdk_start(SDK_SETTINGS({"OTEL_BSP_SCHEDULE_DELAY", "1"}, {"HAETAE_WORKER", PROCESS_WORKER}),
                  SDK_FAKES(&blocked.fake));
    sdk_spans(blocked.sdk, 5);
    (void)haetae_sdk_force_flush(blocked.sdk, 1); /* one run at least, if driven by hand */
    fake_await(&blocked.fake, &blocked.fake.send_count, 1);
    process_run(complete_what_is_the_parents, &blocked);
    fake_release(&blocked.fake, HAETAE_VERDICT_OK);
    assert_int_equal(haetae_sdk_shutdown(blocked.sdk, 60000), HAETAE_OK);
    sdk_all_delivered(blocked.sdk, HAETAE_SIGNAL_TRACES, 5);
    haetae_sdk_free(blocked.sdk);
    fake_done(&blocked.fake);
}

/* ---- Inside an exporter
 * -------------------------------------------------------------------------- */

static void fork_and_accept(struct fake_exporter *fake, haetae_delivery *delivery)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        _exit(7);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    CHILD_EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    fake_answer(fake, delivery, HAETAE_VERDICT_OK);
}

static void exporter_may_fork_to_end_or_execute(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "forks", fork_and_accept);
    sdk = sdk_start(NULL, SDK_FAKES(&fake));
    for (int i = 0; i < 10; i++) {
        sdk_spans(sdk, 5);
        assert_int_equal(haetae_sdk_force_flush(sdk, 60000), HAETAE_OK);
    }
    assert_int_equal(haetae_sdk_shutdown(sdk, 60000), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 50);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* ---- In a handler that interrupts a recording call
 * ------------------------------------------------ */

enum { HANDLED = 200 };

static struct {
    struct fixture f;
    pid_t children[HANDLED];
    int wanted;
    volatile sig_atomic_t count;
    volatile sig_atomic_t in_child;
} interrupted;

static void fork_in_handler(int number)
{
    (void)number;
    if (interrupted.count < interrupted.wanted && interrupted.in_child == 0) {
        pid_t pid = fork();

        if (pid > 0) {
            interrupted.children[interrupted.count] = pid;
            interrupted.count++;
        } else if (pid == 0) {
            interrupted.in_child = 1;
        }
    }
}

/* In the child, the interrupted call has ended. From now on the child records for
 * itself. */
static void end_interrupted_child(void)
{
    haetae_stats *stats = NULL;
    unsigned number = (unsigned)interrupted.count;

    process_span(interrupted.f.tracer, (struct item_id){2 + number, 0, 0});
    process_log(interrupted.f.logger, (struct item_id){2 + number, 0, 0});
    CHILD_EXPECT(haetae_sdk_shutdown(interrupted.f.sdk, 60000) == HAETAE_OK);
    CHILD_EXPECT(haetae_stats_take(interrupted.f.sdk, &stats) == HAETAE_OK);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        CHILD_EXPECT(haetae_stats_dropped_total(stats, (haetae_signal)signal) == 0);
        CHILD_EXPECT(haetae_stats_delivered(stats, (haetae_signal)signal) ==
                     haetae_stats_recorded(stats, (haetae_signal)signal));
    }
    CHILD_EXPECT(haetae_stats_open_spans(stats) == 0);
    haetae_stats_free(stats);
    _exit(0);
}

static void set_alarm_blocked(bool blocked)
{
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGALRM);
    assert_int_equal(pthread_sigmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &mask, NULL), 0);
}

/* Waits until most is delivered, so that a worker that gets no CPU for long drops nothing. Not
 * interrupted: a child that was forked within malloc() could not go on. */
static void let_worker_keep_up(void)
{
    static const struct timespec pause = {0, 1000000};
    uint64_t held = 0;

    set_alarm_blocked(true);
    do {
        haetae_stats *stats = NULL;

        if (held != 0) {
            nanosleep(&pause, NULL);
        }
        assert_int_equal(haetae_stats_take(interrupted.f.sdk, &stats), HAETAE_OK);
        held = haetae_stats_held(stats, HAETAE_SIGNAL_LOGS);
        haetae_stats_free(stats);
    } while (held > 256);
    set_alarm_blocked(false);
}

static void child_of_an_interrupted_call_records(void **state)
{
    static const struct timespec pause = {0, 20000};
    struct itimerval every = {{0, 2000}, {0, 2000}};
    struct itimerval never = {{0, 0}, {0, 0}};
    struct sigaction action;
    unsigned long made = 0;

    (void)state;
    if (strcmp(PROCESS_WORKER, "thread") != 0) {
        skip(); /* ThreadSanitizer miscounts the locks of a handler's child */
    }
    interrupted.wanted = (int)sdk_repeat(HANDLED);
    if (interrupted.wanted > HANDLED) {
        interrupted.wanted = HANDLED;
    }
    memset(&action, 0, sizeof action);
    action.sa_handler = fork_in_handler;
    action.sa_flags = SA_RESTART;
    fixture_begin(&interrupted.f, NULL);
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
    while (interrupted.count < interrupted.wanted) {
        process_span(interrupted.f.tracer, (struct item_id){PARENT, 0, made});
        process_log(interrupted.f.logger, (struct item_id){PARENT, 0, made});
        haetae_counter_add(interrupted.f.counter, 1, HAETAE_ATTRS(HAETAE_ATTR("kind", "test")));
        if (interrupted.in_child != 0) {
            end_interrupted_child();
        }
        if (++made % 4 == 0) {
            nanosleep(&pause, NULL);
        }
        if (made % 64 == 0) {
            let_worker_keep_up();
        }
    }
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    for (int i = 0; i < interrupted.count; i++) {
        process_await(interrupted.children[i]);
    }
    fixture_finish(&interrupted.f);
    fixture_has(&interrupted.f, PARENT, 0, made);
    assert_int_equal(receiver_last_value(interrupted.f.receiver, getpid(), "made"), made);
    receiver_has_unique_ids(interrupted.f.receiver);
    fixture_end(&interrupted.f);
}

/* ---- First records in handlers, as after a crash
 * --------------------------------------------------- */

static struct fixture crashed;

static void log_on_the_other_stack(int number)
{
    (void)number;
    process_log(crashed.logger, (struct item_id){CHILD, 0, 0});
    process_span(crashed.tracer, (struct item_id){CHILD, 0, 0});
}

/* The handler starts no thread, since it may have interrupted malloc(). */
static void handle_first(void *argument)
{
    static uint8_t memory[64 * 1024];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    struct sigaction action;

    (void)argument;
    memset(&action, 0, sizeof action);
    action.sa_handler = log_on_the_other_stack;
    action.sa_flags = SA_ONSTACK;
    CHILD_EXPECT(sigaltstack(&stack, NULL) == 0);
    CHILD_EXPECT(sigaction(SIGUSR1, &action, NULL) == 0);
    CHILD_EXPECT(raise(SIGUSR1) == 0);
    CHILD_EXPECT(process_thread_count() == 1);
    process_span(crashed.tracer, (struct item_id){CHILD, 0, 1});
    process_log(crashed.logger, (struct item_id){CHILD, 0, 1});
#if !defined(__SANITIZE_THREAD__)
    CHILD_EXPECT(process_thread_count() == 2);
#endif
    CHILD_EXPECT(haetae_sdk_shutdown(crashed.sdk, 60000) == HAETAE_OK);
}

static void record_of_a_handler_is_taken_but_starts_no_thread(void **state)
{
    (void)state;
    if (strcmp(PROCESS_WORKER, "thread") != 0) {
        skip(); /* ThreadSanitizer calls handlers later, on the usual stack */
    }
    fixture_begin(&crashed, NULL);
    fixture_record(&crashed, PARENT, 0, 3);
    process_run(handle_first, NULL);
    fixture_finish(&crashed);
    fixture_has(&crashed, PARENT, 0, 3);
    fixture_has(&crashed, CHILD, 0, 2);
    receiver_has_no_others(crashed.receiver);
    fixture_end(&crashed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_of_a_blocked_worker_is_not_blocked),
        cmocka_unit_test(completing_the_parents_delivery_has_no_effect),
        cmocka_unit_test(exporter_may_fork_to_end_or_execute),
        cmocka_unit_test(child_of_an_interrupted_call_records),
        cmocka_unit_test(record_of_a_handler_is_taken_but_starts_no_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
