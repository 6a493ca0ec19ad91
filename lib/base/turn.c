/* SPDX-License-Identifier: Apache-2.0 */
#include "base/turn.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { PAUSE_NS = 500000 };

bool hae_turn_try(struct hae_turn *turn)
{
    int self = (int)getpid();
    int holder = atomic_load_explicit(&turn->process, memory_order_relaxed);

    /* Acquire pairs with the release in hae_turn_end(): what was done in the turn before is
     * seen. */
    return holder != self &&
           atomic_compare_exchange_strong_explicit(&turn->process, &holder, self,
                                                   memory_order_acquire, memory_order_relaxed);
}

bool hae_turn_take(struct hae_turn *turn, uint64_t deadline_ms)
{
    while (!hae_turn_try(turn)) {
        if (hae_now_ms() >= deadline_ms) {
            return false;
        }
        (void)nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
    }
    return true;
}

void hae_turn_end(struct hae_turn *turn)
{
    /* Release pairs with the acquire in hae_turn_try(). */
    atomic_store_explicit(&turn->process, 0, memory_order_release);
}
