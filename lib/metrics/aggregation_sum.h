/* SPDX-License-Identifier: Apache-2.0 */
/* Sums. The one word of a point is an integer, or a double's bits. */
#ifndef HAETAE_METRICS_AGGREGATION_SUM_H
#define HAETAE_METRICS_AGGREGATION_SUM_H

#include "metrics/aggregation.h"
#include "metrics/cell.h"
#include "metrics/lane_ready.h"

extern const struct hae_aggregation hae_aggregation_sum;
/* Of the totals that observables report: hae_observed_put() writes its cells. */
extern const struct hae_aggregation hae_aggregation_observed_sum;

#if defined(__x86_64__)
#define HAE_ADDS_AT_ONCE 1
#else
#define HAE_ADDS_AT_ONCE 0
#endif

/* Adds to a lane's cell. Only the lane's owner calls this. Integers wrap around, as unsigned
 * numbers do.
 * Relaxed: one word can't be seen half changed, and orders nothing. The value passes
 * to the lane's next owner with the lane.
 * On x86-64 it is one instruction, without a lock prefix: other CPUs only read the cell,
 * and a signal handler comes before it or after it. So it needs no free lane. */
static inline void hae_cell_add_int64(void *cell, int64_t value)
{
    _Atomic uint64_t *sum = cell;

#if HAE_ADDS_AT_ONCE
    __asm__("addq %1, %0" : "+m"(*sum) : "er"(value) : "cc");
#else
    atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + (uint64_t)value,
                          memory_order_relaxed);
#endif
}

/* Whether hae_cell_add_int64_alone() may be called. */
static inline bool hae_lane_may_add_int64(void)
{
    return HAE_ADDS_AT_ONCE || hae_lane_is_free();
}

/* The same outside of hae_enter() and hae_leave(). */
static inline void hae_cell_add_int64_alone(void *cell, int64_t value)
{
    if (HAE_ADDS_AT_ONCE) {
        hae_cell_add_int64(cell, value);
        return;
    }
    hae_lane_begin();
    hae_cell_add_int64(cell, value);
    hae_lane_end();
}

/* False: the sum would not be finite, and nothing was added. So it also finds a value that is
 * not finite. */
static inline bool hae_cell_add_double(void *cell, double value)
{
    _Atomic uint64_t *word = cell;
    double sum = hae_cell_own_double(word) + value;

    if (HAE_UNLIKELY(!__builtin_isfinite(sum))) {
        return false;
    }
    atomic_store_explicit(word, hae_double_bits(sum), memory_order_relaxed);
    return true;
}

#endif
