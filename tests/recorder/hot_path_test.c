/* SPDX-License-Identifier: Apache-2.0 */
/* Recording allocates nothing, locks nothing and makes no system call. This file replaces
 * malloc and pthread_mutex_lock to count their calls, and a tracer counts the system calls.
 * Built twice: with the static library and with the shared one. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/hot_calls.h"
#include "support/core_cmocka.h"
#if !defined(HOT_PATH_SHARED)
#include "recorder/consumer.h"
#include "sdk/sdk_internal.h"
#endif

enum { ROUNDS = 1000, CALLS_PER_ROUND = 100, ALTERNATE_STACK_SIZE = 64 * 1024 };

/* ---- Replacements of libc's functions
 * ------------------------------------------------------------ */

static bool counting;
static unsigned allocation_count;
static unsigned lock_count;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

void *malloc(size_t size)
{
    allocation_count += counting;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocation_count += counting;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    allocation_count += counting;
    return __libc_realloc(block, size);
}

void free(void *block)
{
    allocation_count += counting;
    __libc_free(block);
}

static int (*real_lock)(pthread_mutex_t *mutex);

__attribute__((constructor)) static void find_real_lock(void)
{
    /* POSIX's dlsym() returns functions as object pointers. */
    *(void **)(void *)&real_lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    lock_count += counting;
    return real_lock(mutex);
}

/* ---- The traced process ------------------------------------------------------------------ */

/* The calls of a scenario between its marks, shared with the tracer. */
struct tally {
    unsigned allocations;
    unsigned locks;
    unsigned system_calls; /* the tracer counts this and the next two */
    unsigned writes;
    unsigned others; /* the last call that was not a write, for the report */
};
static struct tally *tally;

/* A system call that nothing else makes. */
static void mark(void)
{
    (void)syscall(SYS_getppid);
}

static void begin_counting(void)
{
    mark();
    counting = true;
}

static void end_counting(void)
{
    counting = false;
    mark();
}

/* True if the child is stopped at the entry of a system call, false at its exit. */
static bool entered(pid_t child, uint64_t *ret_number)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_ENTRY) {
        return false;
    }
    *ret_number = info.entry.nr;
    return true;
}

/* Follows the child to its end, and counts between the marks. */
static int trace(pid_t child)
{
    bool between = false;
    int status = 0;

    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0) {
        return -1;
    }
    while (ptrace(PTRACE_SYSCALL, child, NULL, NULL) == 0 && waitpid(child, &status, 0) == child &&
           WIFSTOPPED(status)) {
        uint64_t number;

        if (WSTOPSIG(status) != (SIGTRAP | 0x80) || !entered(child, &number)) {
            continue;
        }
        if (number == SYS_getppid) {
            between = !between;
        } else if (between) {
            tally->system_calls++;
            tally->writes += number == SYS_write;
            tally->others = number != SYS_write ? (unsigned)number : tally->others;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Runs a scenario in its own process. Skips the test where tracing is forbidden. */
static void run(void (*scenario)(void))
{
    pid_t child;
    int result;

    tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(tally, MAP_FAILED);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
            _exit(77);
        }
        (void)raise(SIGSTOP);
        scenario();
        tally->allocations = allocation_count;
        tally->locks = lock_count;
        _exit(0);
    }
    result = trace(child);
    if (result == 77) {
        skip();
    }
    assert_int_equal(result, 0);
}

static void check_nothing_counted(void)
{
    if (tally->system_calls != tally->writes) {
        print_message("a system call: number %u\n", tally->others);
    }
    assert_int_equal(tally->system_calls, 0);
    assert_int_equal(tally->allocations, 0);
    assert_int_equal(tally->locks, 0);
}

/* ---- Scenarios ------------------------------------------------------------------------------ */

static void do_all_that_is_forbidden(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    /* Calls through a pointer, so that the compiler cannot remove both calls. */
    void *(*volatile allocate)(size_t) = malloc;
    ssize_t ignored;

    begin_counting();
    free(allocate(5));
    (void)pthread_mutex_lock(&mutex);
    (void)syscall(SYS_getuid);
    ignored = write(-1, "", 0);
    end_counting();
    (void)ignored;
}

/* Rounds with a drain after each. */
static void record_in_rounds(const char *clock, const char *sampler)
{
    struct hot_calls calls;

    hot_calls_begin(&calls, clock, sampler);
    hot_calls_make(&calls); /* the thread gets its lane */
    for (int i = 0; i < ROUNDS; i++) {
        begin_counting();
        for (int j = 0; j < CALLS_PER_ROUND; j++) {
            hot_calls_make(&calls);
        }
        end_counting();
        hot_calls_drain(&calls);
    }
}

static void record_by_the_counter(void)
{
    record_in_rounds("auto", "parentbased_always_on");
}

static void record_by_the_system_clock(void)
{
    record_in_rounds("system", "parentbased_always_on");
}

static void record_what_is_not_sampled(void)
{
    record_in_rounds("auto", "always_off");
}

static void only_read_the_clock(void)
{
    struct timespec now;

    begin_counting();
    for (int i = 0; i < 1000; i++) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        clock_gettime(CLOCK_REALTIME, &now);
    }
    end_counting();
}

static void record_until_all_is_full(void)
{
    struct hot_calls calls;

    hot_calls_begin(&calls, "auto", "always_on");
    hot_calls_make(&calls);
    begin_counting();
    for (int i = 0; i < ROUNDS * CALLS_PER_ROUND / 10; i++) {
        hot_calls_make(&calls);
        /* Spans that are never ended, until no slot is free. */
        (void)haetae_span_start(calls.tracer, HAETAE_TEXT("open"), HAETAE_SPAN_KIND_INTERNAL);
    }
    end_counting();
}

static void record_after_shutdown(void)
{
    struct hot_calls calls;

    hot_calls_begin(&calls, "auto", "always_on");
    hot_calls_make(&calls);
    (void)haetae_sdk_shutdown(calls.sdk, 0);
    begin_counting();
    for (int i = 0; i < CALLS_PER_ROUND; i++) {
        hot_calls_make(&calls);
    }
    end_counting();
}

static struct hot_calls calls_of_handler;

static void record_in_handler(int number)
{
    (void)number;
    begin_counting();
    haetae_log(calls_of_handler.logger, HAETAE_SEVERITY_FATAL, HAETAE_TEXT("a fault"), NULL, 0);
    end_counting();
}

/* A thread that has recorded nothing before. */
static void *raise_and_record(void *stack)
{
    stack_t alternate = {.ss_sp = stack, .ss_size = ALTERNATE_STACK_SIZE};
    struct sigaction action = {.sa_handler = record_in_handler, .sa_flags = SA_ONSTACK};

    (void)sigaltstack(&alternate, NULL);
    (void)sigaction(SIGUSR1, &action, NULL);
    (void)raise(SIGUSR1);
    haetae_log(calls_of_handler.logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("going on"), NULL, 0);
    return NULL;
}

static void record_first_in_a_handler(void)
{
    static _Alignas(16) char stack[ALTERNATE_STACK_SIZE];
    haetae_stats *stats = NULL;
    pthread_key_t key;
    pthread_t thread;

    /* A host with many keys, so that libc must allocate memory for a thread's later keys. */
    for (int i = 0; i < 40; i++) {
        (void)pthread_key_create(&key, NULL);
    }
    hot_calls_begin(&calls_of_handler, "auto", "always_on");
    if (pthread_create(&thread, NULL, raise_and_record, stack) != 0 ||
        pthread_join(thread, NULL) != 0 ||
        haetae_stats_take(calls_of_handler.sdk, &stats) != HAETAE_OK ||
        haetae_stats_recorded(stats, HAETAE_SIGNAL_LOGS) != 2 ||
        haetae_stats_held(stats, HAETAE_SIGNAL_LOGS) != 2) {
        _exit(1);
    }
}

/* ---- Tests ------------------------------------------------------------------------- */

static void what_is_forbidden_is_counted(void **state)
{
    (void)state;
    run(do_all_that_is_forbidden);
    assert_int_equal(tally->allocations, 2); /* malloc and free */
    assert_int_equal(tally->locks, 1);
    assert_int_equal(tally->system_calls, 2);
    assert_int_equal(tally->writes, 1);
}

static void recording_allocates_locks_and_calls_nothing(void **state)
{
    (void)state;
    run(record_by_the_counter);
    check_nothing_counted();
}

static void recording_by_the_system_clock_calls_nothing(void **state)
{
    (void)state;
    run(only_read_the_clock);
    if (tally->system_calls != 0) {
        print_message("skipped: reading the clock is a system call on this machine\n");
        skip();
    }
    run(record_by_the_system_clock);
    check_nothing_counted();
}

static void recording_what_is_not_sampled_calls_nothing(void **state)
{
    (void)state;
    run(record_what_is_not_sampled);
    check_nothing_counted();
}

static void dropping_when_all_is_full_calls_nothing(void **state)
{
    (void)state;
    run(record_until_all_is_full);
    check_nothing_counted();
}

static void recording_after_shutdown_calls_nothing(void **state)
{
    (void)state;
    run(record_after_shutdown);
    check_nothing_counted();
}

static void first_record_in_a_handler_allocates_nothing(void **state)
{
    (void)state;
    run(record_first_in_a_handler);
    assert_int_equal(tally->allocations, 0);
    assert_int_equal(tally->locks, 0);
}

#if !defined(HOT_PATH_SHARED)

static void record_past_half_full(void)
{
    struct hot_calls calls;

    hot_calls_begin(&calls, "auto", "always_on");
    hot_calls_make(&calls);
    (void)hae_recorder_about_to_wait(calls.sdk->recorder);
    begin_counting();
    for (int i = 0; i < ROUNDS * CALLS_PER_ROUND / 10; i++) {
        hot_calls_make(&calls);
    }
    end_counting();
}

static void record_without_a_lane(void)
{
    struct hot_calls calls;

    hot_calls_begin(&calls, "auto", "always_on");
    hot_calls_make(&calls);
    for (int i = 0; i < ROUNDS / 10; i++) {
        begin_counting();
        atomic_store(&hae_thread.busy, 1); /* as in a signal handler */
        for (int j = 0; j < CALLS_PER_ROUND; j++) {
            hot_calls_make(&calls);
        }
        atomic_store(&hae_thread.busy, 0);
        end_counting();
        hot_calls_drain(&calls);
    }
}

static void full_ring_wakes_a_waiting_consumer_by_one_write(void **state)
{
    (void)state;
    run(record_past_half_full);
    assert_int_equal(tally->system_calls, 2); /* the descriptor is looked at, and written to */
    assert_int_equal(tally->writes, 1);
    assert_int_equal(tally->allocations, 0);
    assert_int_equal(tally->locks, 0);
}

static void recording_without_a_lane_calls_nothing(void **state)
{
    (void)state;
    run(record_without_a_lane);
    check_nothing_counted();
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_forbidden_is_counted),
        cmocka_unit_test(recording_allocates_locks_and_calls_nothing),
        cmocka_unit_test(recording_by_the_system_clock_calls_nothing),
        cmocka_unit_test(recording_what_is_not_sampled_calls_nothing),
        cmocka_unit_test(dropping_when_all_is_full_calls_nothing),
        cmocka_unit_test(recording_after_shutdown_calls_nothing),
        cmocka_unit_test(first_record_in_a_handler_allocates_nothing),
#if !defined(HOT_PATH_SHARED)
        cmocka_unit_test(full_ring_wakes_a_waiting_consumer_by_one_write),
        cmocka_unit_test(recording_without_a_lane_calls_nothing),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
