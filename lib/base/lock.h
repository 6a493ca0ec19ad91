/* SPDX-License-Identifier: Apache-2.0 */
/* Mutexes that fork() finds held or free, never in between. */
#ifndef HAE_BASE_LOCK_H
#define HAE_BASE_LOCK_H

#include <pthread.h>
#include <stdbool.h>

/* Locks, or gives up after some 50 ms: fork() must go on whatever holds the lock, be it a
 * thread that waits for the one that forks, or that very thread, in whose middle a signal
 * handler forks. */
bool hae_lock_soon(pthread_mutex_t *lock);

/* Makes a condition whose deadlines are of CLOCK_MONOTONIC; false when there is no memory. */
bool hae_condition_init(pthread_cond_t *condition);

/* In the child: frees the lock, whoever held it. `held`: hae_lock_soon() got it in the
 * parent, so that it is unlocked in the way of all locks. */
void hae_lock_in_child(pthread_mutex_t *lock, bool held);

#endif
