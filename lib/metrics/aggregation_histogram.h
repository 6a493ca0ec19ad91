/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms with explicit boundaries. The words of a point: see enum hae_histogram_word. */
#ifndef HAETAE_METRICS_AGGREGATION_HISTOGRAM_H
#define HAETAE_METRICS_AGGREGATION_HISTOGRAM_H

#include <float.h>

#include "metrics/aggregation.h"
#include "metrics/cell.h"

extern const struct hae_aggregation hae_aggregation_histogram;

/* Sum, minimum and maximum are doubles' bits. The minimum is above the maximum where they are
 * not known. */
enum hae_histogram_word {
    HAE_HISTOGRAM_COUNT = 0,
    HAE_HISTOGRAM_SUM = 1,
    HAE_HISTOGRAM_MINIMUM = 2,
    HAE_HISTOGRAM_MAXIMUM = 3,
    HAE_HISTOGRAM_BUCKETS = 4
};

/* Returns the bucket of a value: how many boundaries it exceeds, as each bucket includes its
 * upper one. No branch depends on the value, but for long lists. */
static inline uint32_t hae_bucket_of(const double *boundaries, uint32_t count, double value)
{
    typedef double pair __attribute__((vector_size(16)));
    typedef int64_t pair_mask __attribute__((vector_size(16)));
    const double *at = boundaries;
    const double *end = boundaries + count;
    uint32_t passed;
    pair_mask found = {0, 0};
    pair wanted = {value, value};

    /* Long lists are halved down to a few blocks. */
    while (HAE_UNLIKELY(end - at > 8 * HAE_BOUNDARY_BLOCK)) {
        const double *middle = at + (end - at) / 2 / HAE_BOUNDARY_BLOCK * HAE_BOUNDARY_BLOCK;

        if (value > *middle) {
            at = middle;
        } else {
            end = middle;
        }
    }
    passed = (uint32_t)(at - boundaries);
    for (; at < end; at += HAE_BOUNDARY_BLOCK) {
        pair low;
        pair high;

        memcpy(&low, at, sizeof low);
        memcpy(&high, at + 2, sizeof high);
        found += (wanted > low) + (wanted > high);
    }
    return passed - (uint32_t)(found[0] + found[1]);
}

/* Folds a measurement into a lane's cell, and adds `summand` to the sum: the value, which is not
 * negative then, or 0 where no sum is kept. Only the lane's owner calls this.
 * False: the sum would not be finite, and nothing was changed. So it also finds an infinite value.
 *
 * The stores from the second on are releases, and pair with the acquire loads in
 * take_picture(): each keeps the ones before it, so that a reader sees an odd or a new
 * sequence number if it sees anything of a change. The bucket comes last: where the reader
 * can't wait for a quiet moment, it still sees no count without its sum. */
static inline bool hae_cell_observe(void *memory, uint32_t bucket, double value, double summand)
{
    struct hae_histogram_cell *cell = memory;
    uint64_t sequence = atomic_load_explicit(&cell->as.sequence, memory_order_relaxed);
    double sum = hae_cell_own_double(&cell->sum) + summand;
    uint64_t in_bucket = atomic_load_explicit(&cell->buckets[bucket], memory_order_relaxed) + 1;

    if (HAE_UNLIKELY(!(sum <= DBL_MAX))) {
        return false;
    }
    atomic_store_explicit(&cell->as.sequence, sequence + 1, memory_order_relaxed);
    atomic_store_explicit(&cell->sum, hae_double_bits(sum), memory_order_release);
    if (value < hae_cell_own_double(&cell->minimum)) {
        atomic_store_explicit(&cell->minimum, hae_double_bits(value), memory_order_release);
    }
    if (value > hae_cell_own_double(&cell->maximum)) {
        atomic_store_explicit(&cell->maximum, hae_double_bits(value), memory_order_release);
    }
    atomic_store_explicit(&cell->buckets[bucket], in_bucket, memory_order_release);
    /* Pairs with the first acquire in take_quiet_picture(): an even number stands for a
     * change that is whole. */
    atomic_store_explicit(&cell->as.sequence, sequence + 2, memory_order_release);
    return true;
}

#endif
