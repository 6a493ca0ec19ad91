/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for a condition up to a time. */
#ifndef HAETAE_VIEW_UTIL_WAIT_H
#define HAETAE_VIEW_UTIL_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* The condition is one of hae_condition_init(), and `until_ns` is on CLOCK_MONOTONIC. False: that
 * time has come. */
bool hae_view_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t until_ns);

#endif
