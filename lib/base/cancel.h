/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that the host cancels. A call of the library takes effect as a whole: a thread that ended
 * in the middle of one would hold its locks, and what it has allocated or opened, for ever. */
#ifndef HAETAE_BASE_CANCEL_H
#define HAETAE_BASE_CANCEL_H

#include <pthread.h>

/* Returns the state of before, for hae_cancel_restore(). */
static inline int hae_cancel_disable(void)
{
    int before;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    return before;
}

static inline void hae_cancel_restore(const int *before)
{
    int ignored;

    pthread_setcancelstate(*before, &ignored);
}

/* A declaration: from here to the end of the enclosing block the calling thread is not cancelled. A
 * cancellation that is asked for meanwhile waits. At the top of every public function that waits,
 * takes a lock or makes system calls, and of no recording call, which has hae_host_save(). */
#define HAE_HOLD_CANCELLATION()                                                                    \
    __attribute__((cleanup(hae_cancel_restore), unused)) const int hae_cancel_before =             \
        hae_cancel_disable()

#endif
