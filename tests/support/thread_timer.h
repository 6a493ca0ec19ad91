/* SPDX-License-Identifier: Apache-2.0 */
/* A timer that interrupts the thread that starts it, and no other, with SIGUSR1. */
#ifndef HAETAE_TESTS_SUPPORT_THREAD_TIMER_H
#define HAETAE_TESTS_SUPPORT_THREAD_TIMER_H

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Some versions of glibc lack this name from the manual page. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* Starts a timer; ends the process on failure. The caller frees it with timer_delete(). */
static inline timer_t thread_timer_start(long period_ns)
{
    struct itimerspec every = {{0, period_ns}, {0, period_ns}};
    struct sigevent event;
    timer_t timer;

    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGUSR1;
    event.sigev_notify_thread_id = gettid();
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
        timer_settime(timer, 0, &every, NULL) != 0) {
        abort();
    }
    return timer;
}

#endif
