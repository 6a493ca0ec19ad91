/* SPDX-License-Identifier: Apache-2.0 */
/* This program is also the process with another limit: with arguments. */
#include "base/thread.h"

#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/core_cmocka.h"

extern char **environ;

/* What a thread found out about itself. */
struct found {
    size_t stack_bytes;
    bool all_blocked;
};

/* ThreadSanitizer keeps data of its own on each stack, and needs more for the first thread than the
 * least of the usual limits. */
#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN
#endif
#endif
#if defined(UNDER_TSAN)
enum { FILLED_BYTES = HAE_THREAD_STACK_BYTES / 8, LEAST_LIMIT_BYTES = 2 * 1024 * 1024 };
#else
enum { FILLED_BYTES = HAE_THREAD_STACK_BYTES / 4 * 3, LEAST_LIMIT_BYTES = 256 * 1024 };
#endif

/* Uses most of the stack. */
static void fill_stack(void)
{
    volatile char bytes[FILLED_BYTES];

    for (size_t i = 0; i < sizeof bytes; i += 1024) {
        bytes[i] = (char)i;
    }
}

static void *look(void *argument)
{
    struct found *found = argument;
    pthread_attr_t attributes;
    sigset_t mask;

    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        (void)pthread_attr_getstacksize(&attributes, &found->stack_bytes);
        pthread_attr_destroy(&attributes);
    }
    fill_stack();
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    found->all_blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGUSR1) == 1;
    return NULL;
}

static struct found start_and_look(void)
{
    struct found found = {0, false};
    pthread_t thread;

    if (hae_thread_start(&thread, look, &found) == HAETAE_OK) {
        pthread_join(thread, NULL);
    }
    return found;
}

/* The C library reads the limit when a program starts. */
static int run_with_limit(rlim_t limit)
{
    char program[] = "/proc/self/exe", argument[] = "look";
    char *const arguments[] = {program, argument, NULL};
    struct rlimit before, during;
    pid_t child;
    int status;

    assert_int_equal(getrlimit(RLIMIT_STACK, &before), 0);
    during = before;
    during.rlim_cur = limit < before.rlim_max ? limit : before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_STACK, &during), 0);
    assert_int_equal(posix_spawn(&child, program, NULL, NULL, arguments, environ), 0);
    assert_int_equal(setrlimit(RLIMIT_STACK, &before), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void thread_has_its_stack_whatever_the_limit(void **state)
{
    static const rlim_t limits[] = {LEAST_LIMIT_BYTES, 8 * 1024 * 1024, RLIM_INFINITY};

    (void)state;
#ifdef HAETAE_TEST_EMULATED
    skip(); /* it runs a copy of this program, and would find the emulator */
#endif
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        assert_int_equal(run_with_limit(limits[i]), 0);
    }
}

static void thread_has_all_signals_blocked_and_its_starter_none_more(void **state)
{
    sigset_t mask;

    (void)state;
    assert_true(start_and_look().all_blocked);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGTERM));
    assert_false(sigismember(&mask, SIGUSR1));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thread_has_its_stack_whatever_the_limit),
        cmocka_unit_test(thread_has_all_signals_blocked_and_its_starter_none_more),
    };

    (void)argv;
    if (argc > 1) {
        return start_and_look().stack_bytes == HAE_THREAD_STACK_BYTES ? 0 : 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
