/* SPDX-License-Identifier: Apache-2.0 */
/* Mutexes that are either held or free across a fork(), never in between. */
#ifndef HAETAE_BASE_LOCK_H
#define HAETAE_BASE_LOCK_H

#include <pthread.h>
#include <stdbool.h>

/* Locks, or gives up after about 50 ms and returns false. fork() must not wait longer: the
 * owner may be a thread that waits for the one that forks, or the forking thread itself,
 * interrupted by a signal handler that forks. */
bool hae_lock_soon(pthread_mutex_t *lock);

/* Initialises a condition whose deadlines count on CLOCK_MONOTONIC. False when there is no
 * memory. */
bool hae_condition_init(pthread_cond_t *condition);

/* In the child: frees the lock, whichever thread held it. `held` says that hae_lock_soon() got it
 * in the parent; then it is unlocked as usual. */
void hae_lock_in_child(pthread_mutex_t *lock, bool held);

#endif
