/* SPDX-License-Identifier: Apache-2.0 */
/* The host's thread that a call runs on: whether it is in a signal handler, and how it waits. */
#include "recorder/host.h"

#include <sched.h>
#include <signal.h>
#include <time.h>

#include "recorder/life.h"
#include "support/core_cmocka.h"
#include "support/timed_name.h"

static bool seen;

/* What the kernel blocks for the handlers below. */
static sigset_t blocked_for_handler(void)
{
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGTRAP);
    sigaddset(&mask, SIGUSR1);
    return mask;
}

/* ThreadSanitizer calls handlers with all signals blocked, so the mask is set again. */
static void note_in_handler(int number)
{
    sigset_t mask = blocked_for_handler();

    (void)number;
    (void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
    seen = hae_looks_like_handler();
}

static void handler_of_a_fault_is_recognised(void **state)
{
    struct sigaction action;
    struct sigaction before;

    (void)state;
    memset(&action, 0, sizeof action);
    action.sa_handler = note_in_handler;
    sigaddset(&action.sa_mask, SIGUSR1);
    assert_int_equal(sigaction(SIGTRAP, &action, &before), 0);
    seen = false;
    assert_int_equal(raise(SIGTRAP), 0);
    assert_true(seen);
    assert_int_equal(sigaction(SIGTRAP, &before, NULL), 0);
    assert_false(hae_looks_like_handler());
}

static void thread_that_leaves_signals_to_others_is_no_handler(void **state)
{
    sigset_t before;
    sigset_t mask;

    (void)state;
    /* All of them, and all but one, as threads do that wait for it. */
    for (int number = 0; number < 32; number++) {
        sigfillset(&mask);
        if (number != 0) {
            sigdelset(&mask, number);
        }
        assert_int_equal(pthread_sigmask(SIG_SETMASK, &mask, &before), 0);
        seen = hae_looks_like_handler();
        assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
        assert_false(seen);
    }
}

/* ---- Waiting -------------------------------------------------------------------------------- */

static struct hae_recorder recorder;
static unsigned yields;
static unsigned pauses;

enum { YIELDS_MAX = 100000 };

static void end_waiting(void)
{
    atomic_store(&recorder.life, HAE_LIFE_OWN);
}

int __wrap_sched_yield(void);
int WRAPPED_TIMED(nanosleep)(const struct timespec *time, struct timespec *left);

int __wrap_sched_yield(void)
{
    if (++yields == YIELDS_MAX) {
        end_waiting();
    }
    return 0;
}

int WRAPPED_TIMED(nanosleep)(const struct timespec *time, struct timespec *left)
{
    (void)left;
    assert_true(time->tv_nsec > 0);
    pauses++;
    end_waiting();
    return 0;
}

/* The thread that resumes the recorder may have a lower real-time priority. */
static void waiting_thread_gives_its_cpu_to_any_other(void **state)
{
    (void)state;
    atomic_store(&recorder.life, HAE_LIFE_REINITIALIZING);
    hae_recorder_settle(&recorder);
    assert_int_equal(pauses, 1);
    assert_true(yields < YIELDS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handler_of_a_fault_is_recognised),
        cmocka_unit_test(thread_that_leaves_signals_to_others_is_no_handler),
        cmocka_unit_test(waiting_thread_gives_its_cpu_to_any_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
