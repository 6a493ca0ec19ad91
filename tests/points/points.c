/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <time.h>

void points_pass(void);

/* One of YIELD passes yields the CPU, and one of SLEEP passes sleeps. */
enum { YIELD = 64, SLEEP = 4096 };

/* Disables cancellation: here it would not hit the code under test. */
static void sleep_a_moment(void)
{
    static const struct timespec moment = {0, 1000};
    int before;

    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    nanosleep(&moment, NULL);
    (void)pthread_setcancelstate(before, &before);
}

void points_pass(void)
{
    static _Thread_local uint64_t state;
    int error = errno;

    /* Each thread has its own sequence, which differs in each run. */
    if (state == 0) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        state = (uint64_t)(uintptr_t)&state ^ (uint64_t)now.tv_nsec << 20 ^ 1;
    }
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    if ((state >> 40) % SLEEP == 0) {
        sleep_a_moment();
    } else if ((state >> 40) % YIELD == 0) {
        sched_yield();
    }
    errno = error;
}
