/* SPDX-License-Identifier: Apache-2.0 */
/* A lock that is only tried: one thread at a time has it, and others try again. Nobody sleeps on
 * it, so that a thread which must not wait can ask as well. For work that is rare and long. */
#ifndef HAETAE_BASE_TURN_H
#define HAETAE_BASE_TURN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Zeroes: nobody has it. The process whose thread has it: in a forked child, what a thread of the
 * parent had is free. */
struct hae_try_lock {
    _Atomic int process;
};

/* Takes the lock if nobody has it. */
bool hae_try_lock_take(struct hae_try_lock *lock);

/* The same, trying until a moment of hae_now_ms(), and at least once. */
bool hae_try_lock_wait(struct hae_try_lock *lock, uint64_t deadline_ms);

void hae_try_lock_release(struct hae_try_lock *lock);

#endif
