/* SPDX-License-Identifier: Apache-2.0 */
/* A limited rate, which all threads share without a lock. Each event moves the time from which the
 * next one is due by one interval. An event that would move it further than a burst ahead of now is
 * refused. */
#ifndef HAETAE_BASE_RATE_H
#define HAETAE_BASE_RATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* So often a thread tries again when others took their turn meanwhile; then it is refused. */
enum { HAE_RATE_TRIES = 32 };

#define HAE_RATE_SECOND_NS UINT64_C(1000000000)

/* The nanoseconds between two events. `per_second` is above 0. */
static inline uint64_t hae_rate_interval_ns(double per_second)
{
    return (uint64_t)((double)HAE_RATE_SECOND_NS / per_second);
}

/* What was not used within a second may come at once; one event at least. */
static inline uint64_t hae_rate_burst_ns(uint64_t interval_ns)
{
    return interval_ns < HAE_RATE_SECOND_NS ? HAE_RATE_SECOND_NS - interval_ns : 0;
}

/* Whether an event of now is within the rate, and then counts. `due` is written by all threads. */
static inline bool hae_rate_take(_Atomic uint64_t *due, uint64_t interval_ns, uint64_t now_ns)
{
    /* Relaxed, here and below: the number alone matters, and orders nothing else. */
    uint64_t due_ns = atomic_load_explicit(due, memory_order_relaxed);

    for (int i = 0; i < HAE_RATE_TRIES; i++) {
        uint64_t from_ns = due_ns > now_ns ? due_ns : now_ns;

        if (from_ns - now_ns > hae_rate_burst_ns(interval_ns)) {
            return false;
        }
        if (atomic_compare_exchange_weak_explicit(due, &due_ns, from_ns + interval_ns,
                                                  memory_order_relaxed, memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

#endif
