/* SPDX-License-Identifier: Apache-2.0 */
#include "base/try_lock.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { PAUSE_NS = 500000 };

bool hae_try_lock_take(struct hae_try_lock *lock)
{
    int self = (int)getpid();
    int holder = atomic_load_explicit(&lock->process, memory_order_relaxed);

    /* Acquire pairs with the release in hae_try_lock_release(): what was done under the lock before
     * is seen. */
    return holder != self &&
           atomic_compare_exchange_strong_explicit(&lock->process, &holder, self,
                                                   memory_order_acquire, memory_order_relaxed);
}

bool hae_try_lock_wait(struct hae_try_lock *lock, uint64_t deadline_ms)
{
    while (!hae_try_lock_take(lock)) {
        if (hae_now_ms() >= deadline_ms) {
            return false;
        }
        (void)nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
    }
    return true;
}

void hae_try_lock_release(struct hae_try_lock *lock)
{
    /* Release pairs with the acquire in hae_try_lock_take(). */
    atomic_store_explicit(&lock->process, 0, memory_order_release);
}
