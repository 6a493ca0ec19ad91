/* SPDX-License-Identifier: Apache-2.0 */
/* Work that is done at most once, by whichever thread comes first, and that no thread waits for:
 * the others do without until it is done. The state is the first word of the memory that the work
 * fills; it begins with zero. */
#ifndef HAETAE_BASE_PREPARED_H
#define HAETAE_BASE_PREPARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum hae_prepared {
    HAE_PREPARED_NOT = 0,
    /* A thread is at it. It stays so where that thread never goes on: in a child of a fork in the
     * middle, or after a jump out of a signal handler. */
    HAE_PREPARED_SOON = 1,
    HAE_PREPARED_DONE = 2,
    HAE_PREPARED_NEVER = 3 /* it cannot be done */
};

typedef _Atomic uint32_t hae_prepared_state;

static inline uint32_t hae_prepared_get(const hae_prepared_state *state)
{
    /* Acquire pairs with the release in hae_prepared_end(): what was prepared is there. */
    return atomic_load_explicit(state, memory_order_acquire);
}

/* True: the caller does the work, and then calls hae_prepared_end(). */
static inline bool hae_prepared_begin(hae_prepared_state *state)
{
    uint32_t none = HAE_PREPARED_NOT;

    /* Relaxed: whoever loses reads nothing of what the winner writes. */
    return atomic_compare_exchange_strong_explicit(state, &none, HAE_PREPARED_SOON,
                                                   memory_order_relaxed, memory_order_relaxed);
}

/* Returns `done`. */
static inline bool hae_prepared_end(hae_prepared_state *state, bool done)
{
    /* Release pairs with the acquire in hae_prepared_get(). */
    atomic_store_explicit(state, done ? HAE_PREPARED_DONE : HAE_PREPARED_NEVER,
                          memory_order_release);
    return done;
}

#endif
