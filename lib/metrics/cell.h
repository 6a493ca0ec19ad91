/* SPDX-License-Identifier: Apache-2.0 */
/* Folding measurements into cells. */
#ifndef HAE_METRICS_CELL_H
#define HAE_METRICS_CELL_H

#include "metrics/meter.h"
#include "wire/wire.h"

/* ---- A lane's cells: only the owner writes ------------------------------------------ */

/* Integers wrap around, as unsigned numbers do.
 * Relaxed: one word can't be seen half changed, and orders nothing. The value passes
 * to the lane's next owner with the lane. */
static inline void hae_cell_add_int64(void *cell, int64_t value)
{
    _Atomic uint64_t *sum = cell;

    atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + (uint64_t)value,
                          memory_order_relaxed);
}

static inline double hae_cell_double(const _Atomic uint64_t *word, memory_order order)
{
    return hae_double_from_bits(atomic_load_explicit(word, order));
}

static inline void hae_cell_add_double(void *cell, double value)
{
    _Atomic uint64_t *sum = cell;
    double now = hae_cell_double(sum, memory_order_relaxed) + value;

    atomic_store_explicit(sum, hae_double_bits(now), memory_order_relaxed);
}

/* The bucket of a value: how many boundaries it exceeds, for each bucket includes
 * its upper one. Without a branch that depends on the value. */
static inline uint32_t hae_bucket_of(const double *boundaries, uint32_t count, double value)
{
    typedef double pair __attribute__((vector_size(16)));
    typedef int64_t pair_mask __attribute__((vector_size(16)));
    uint32_t at = 0;
    pair_mask found = {0, 0};
    pair wanted = {value, value};

    /* Long lists are halved down to a few blocks. */
    while (count - at > 8 * HAE_BOUNDARY_BLOCK) {
        uint32_t middle = at + (count - at) / 2 / HAE_BOUNDARY_BLOCK * HAE_BOUNDARY_BLOCK;

        if (value > boundaries[middle]) {
            at = middle;
        } else {
            count = middle;
        }
    }
    for (uint32_t i = at; i < count; i += HAE_BOUNDARY_BLOCK) {
        pair low;
        pair high;

        memcpy(&low, &boundaries[i], sizeof low);
        memcpy(&high, &boundaries[i + 2], sizeof high);
        found += (wanted > low) + (wanted > high);
    }
    return at + (uint32_t) - (found[0] + found[1]);
}

/* The stores from the second on are releases: each keeps the ones before it, so that
 * the collector, whose loads are acquires, sees an odd or a new sequence number if
 * it sees anything of a change. The bucket comes last: where the collector can't wait
 * for a quiet moment, it still sees no count without its sum. */
static inline void hae_cell_observe(void *memory, uint32_t bucket, double value)
{
    struct hae_histogram_cell *cell = memory;
    uint64_t sequence = atomic_load_explicit(&cell->as.sequence, memory_order_relaxed);
    double sum = hae_cell_double(&cell->sum, memory_order_relaxed) + value;
    uint64_t in_bucket = atomic_load_explicit(&cell->buckets[bucket], memory_order_relaxed) + 1;

    atomic_store_explicit(&cell->as.sequence, sequence + 1, memory_order_relaxed);
    atomic_store_explicit(&cell->sum, hae_double_bits(sum), memory_order_release);
    if (value < hae_cell_double(&cell->minimum, memory_order_relaxed)) {
        atomic_store_explicit(&cell->minimum, hae_double_bits(value), memory_order_release);
    }
    if (value > hae_cell_double(&cell->maximum, memory_order_relaxed)) {
        atomic_store_explicit(&cell->maximum, hae_double_bits(value), memory_order_release);
    }
    atomic_store_explicit(&cell->buckets[bucket], in_bucket, memory_order_release);
    atomic_store_explicit(&cell->as.sequence, sequence + 2, memory_order_release);
}

/* ---- Cells that are shared ---------------------------------------------------------- */

void hae_shared_add_int64(struct hae_recorder *recorder, struct hae_series *series, int64_t value);
void hae_shared_add_double(struct hae_recorder *recorder, struct hae_series *series, double value);
void hae_shared_observe(struct hae_recorder *recorder, struct hae_series *series, uint32_t bucket,
                        double value);

static inline void hae_shared_set(struct hae_recorder *recorder, struct hae_series *series,
                                  uint64_t bits)
{
    struct hae_number_cell *cell = hae_ref_at(recorder->region, series->shared);

    /* Relaxed: one word. That it was set at all, the series' start tells, which comes
     * after it: see hae_series_start_slow(). */
    atomic_store_explicit(&cell->word[0], bits, memory_order_relaxed);
}

/* ---- Finding a lane's cells ---------------------------------------------------------- */

/* The cell of this lane, made if need be. Returns a reference; 0 when the heap is used
 * up, and then the shared one serves. Only the lane's owner calls this. */
uint32_t hae_cell_of_lane(struct hae_recorder *recorder, struct hae_lane *lane,
                          struct hae_series *series);

/* The lane's own part, made if need be; NULL when the heap is used up. */
struct hae_lane_metrics *hae_lane_metrics(struct hae_recorder *recorder, struct hae_lane *lane);

#endif
