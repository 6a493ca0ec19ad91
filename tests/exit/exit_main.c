/* SPDX-License-Identifier: Apache-2.0 */
/* A process that records while it ends. Its first argument selects how it ends. The process
 * checks what it can; exit_test.c checks that it ends by itself. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

static haetae_sdk *sdk;
static haetae_tracer *tracer;
static haetae_logger *logger;

static void start(void)
{
    sdk = process_start();
    tracer = haetae_tracer_named(sdk, "test");
    logger = haetae_logger_named(sdk, "test");
    MUST(tracer != NULL && logger != NULL);
}

static void record_one(void)
{
    process_span(tracer);
    process_log(logger);
}

/* ---- Exit handlers ------------------------------------------------------------------------ */

/* The last handler: the SDK still works, and is shut down here. */
static void flush_and_shut_down(void)
{
    record_one();
    MUST(haetae_sdk_force_flush(sdk, PROCESS_LONG_MS) == HAETAE_OK);
    process_all_settled(sdk, HAETAE_SIGNAL_TRACES, 4);
    MUST(process_taken(HAETAE_SIGNAL_LOGS) == 4);
    record_one();
    MUST(haetae_sdk_shutdown(sdk, PROCESS_LONG_MS) == HAETAE_OK);
    MUST(process_taken(HAETAE_SIGNAL_LOGS) == 5);
}

static bool checks_at_the_end;

/* Runs after the handlers. */
__attribute__((destructor)) static void record_in_destructor(void)
{
    if (checks_at_the_end) {
        record_one();
        process_all_settled(sdk, HAETAE_SIGNAL_TRACES, 6);
        MUST(process_dropped(sdk, HAETAE_SIGNAL_TRACES, HAETAE_DROP_SHUTDOWN) == 1);
        MUST(process_dropped(sdk, HAETAE_SIGNAL_LOGS, HAETAE_DROP_SHUTDOWN) == 1);
        haetae_sdk_free(sdk);
    }
}

/* Handlers registered before and after the start, and a destructor. */
static int handlers(void)
{
    checks_at_the_end = true;
    MUST(atexit(flush_and_shut_down) == 0);
    MUST(atexit(record_one) == 0);
    start();
    MUST(atexit(record_one) == 0);
    record_one();
    return 0;
}

/* ---- Shut down, and not freed ---------------------------------------------------------------- */

/* As most programs end: the worker leaves nothing that a leak checker would report. */
static int shut_down_only(void)
{
    start();
    record_one();
    MUST(haetae_sdk_shutdown(sdk, PROCESS_LONG_MS) == HAETAE_OK);
    process_all_settled(sdk, HAETAE_SIGNAL_TRACES, 1);
    return 0;
}

/* ---- Destructors of threads ---------------------------------------------------------------- */

enum { THREADS = 300, AT_ONCE = 10, PER_THREAD = 5 };

/* Rounds of destructors that record; POSIX guarantees four. ThreadSanitizer ends its part of
 * a thread before the last ones. */
#if defined(__SANITIZE_THREAD__)
enum { ROUNDS = 2 };
#else
enum { ROUNDS = 4 };
#endif

static pthread_key_t early_key; /* one key is made before the library's, one after it */
static pthread_key_t late_key;

/* Sets its key again, so that it also runs after all other destructors. */
static void record_again(pthread_key_t key, void *value)
{
    intptr_t round = (intptr_t)value;

    record_one();
    if (round < ROUNDS) {
        MUST(pthread_setspecific(key, (void *)(round + 1)) == 0);
    }
}

static void early_destructor(void *value)
{
    record_again(early_key, value);
}

static void late_destructor(void *value)
{
    record_again(late_key, value);
}

static void *record_and_end(void *argument)
{
    MUST(pthread_setspecific(early_key, (void *)1) == 0);
    MUST(pthread_setspecific(late_key, (void *)1) == 0);
    for (int i = 0; argument == NULL && i < PER_THREAD; i++) {
        record_one();
    }
    return NULL; /* with an argument, the thread's first record comes from a destructor */
}

static int thread_destructors(void)
{
    unsigned rounds = process_repeat(THREADS / AT_ONCE);
    pthread_t threads[AT_ONCE];
    uint64_t expected;

    MUST(pthread_key_create(&early_key, early_destructor) == 0);
    start();
    MUST(pthread_key_create(&late_key, late_destructor) == 0);
    for (unsigned i = 0; i < rounds; i++) {
        for (int j = 0; j < AT_ONCE; j++) {
            MUST(pthread_create(&threads[j], NULL, record_and_end, j % 2 != 0 ? (void *)1 : NULL) ==
                 0);
        }
        for (int j = 0; j < AT_ONCE; j++) {
            pthread_join(threads[j], NULL);
        }
    }
    expected = rounds * (AT_ONCE * 2 * ROUNDS + AT_ONCE / 2 * PER_THREAD);
    MUST(haetae_sdk_force_flush(sdk, PROCESS_LONG_MS) == HAETAE_OK);
    process_all_settled(sdk, HAETAE_SIGNAL_TRACES, expected);
    process_all_settled(sdk, HAETAE_SIGNAL_LOGS, expected);
    MUST(process_taken(HAETAE_SIGNAL_LOGS) == expected);
    MUST(haetae_sdk_shutdown(sdk, PROCESS_LONG_MS) == HAETAE_OK);
    haetae_sdk_free(sdk);
    return 0;
}

/* ---- Threads that continue ----------------------------------------------------------------------
 */

static _Atomic unsigned recording_count;

static void *record_for_ever(void *argument)
{
    record_one();
    atomic_fetch_add(&recording_count, 1);
    for (;;) {
        record_one();
    }
    return argument;
}

/* Starts and ends threads for ever, so that some threads end while the process ends. */
static void *start_for_ever(void *argument)
{
    pthread_t thread;

    atomic_fetch_add(&recording_count, 1);
    for (;;) {
        if (pthread_create(&thread, NULL, record_and_end, NULL) == 0) {
            pthread_join(thread, NULL);
        }
    }
    return argument;
}

static void detach(void *(*body)(void *))
{
    pthread_t thread;

    MUST(pthread_create(&thread, NULL, body, NULL) == 0);
    MUST(pthread_detach(thread) == 0);
}

static void start_busy(void)
{
    MUST(pthread_key_create(&early_key, early_destructor) == 0);
    start();
    MUST(pthread_key_create(&late_key, late_destructor) == 0);
    for (int i = 0; i < 3; i++) {
        detach(record_for_ever);
    }
    detach(start_for_ever);
    while (atomic_load(&recording_count) < 4) {
        sched_yield();
    }
}

static int busy(void)
{
    start_busy();
    return 0;
}

static int busy_after_shutdown(void)
{
    start_busy();
    MUST(haetae_sdk_shutdown(sdk, PROCESS_LONG_MS) == HAETAE_OK);
    MUST(process_dropped(sdk, HAETAE_SIGNAL_LOGS, HAETAE_DROP_REJECTED) == 0);
    return 0;
}

static void shut_down(void)
{
    haetae_status status = haetae_sdk_shutdown(sdk, PROCESS_LONG_MS);

    MUST(status == HAETAE_OK || status == HAETAE_ESHUTDOWN);
}

static int busy_with_shutdown_in_a_handler(void)
{
    start_busy();
    MUST(atexit(shut_down) == 0);
    return 0;
}

static void *shut_down_beside(void *argument)
{
    atomic_fetch_add(&recording_count, 1);
    shut_down();
    return argument;
}

/* Two threads shut down, and the process ends meanwhile. */
static int busy_beside_shutdowns(void)
{
    start_busy();
    detach(shut_down_beside);
    detach(shut_down_beside);
    while (atomic_load(&recording_count) < 6) {
        sched_yield();
    }
    return 0;
}

static void *exit_here(void *argument)
{
    exit(argument != NULL);
    return NULL;
}

/* The first thread has ended when another one ends the process. */
static int exit_by_another_thread(void)
{
    start_busy();
    MUST(atexit(shut_down) == 0);
    detach(exit_here);
    pthread_exit(NULL);
}

/* Runs no handler and no destructor. */
static int quick_exit_while_busy(void)
{
    start_busy();
    quick_exit(0);
}

/* ---- Selection ---------------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*run)(void);
} ways[] = {
    {"handlers", handlers},
    {"shut_down_only", shut_down_only},
    {"thread_destructors", thread_destructors},
    {"busy", busy},
    {"busy_after_shutdown", busy_after_shutdown},
    {"busy_with_shutdown_in_a_handler", busy_with_shutdown_in_a_handler},
    {"busy_beside_shutdowns", busy_beside_shutdowns},
    {"exit_by_another_thread", exit_by_another_thread},
    {"quick_exit_while_busy", quick_exit_while_busy},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof ways / sizeof ways[0]; i++) {
        if (strcmp(argv[1], ways[i].name) == 0) {
            return ways[i].run();
        }
    }
    fprintf(stderr, "usage: exit_main WAY\n");
    return 2;
}
