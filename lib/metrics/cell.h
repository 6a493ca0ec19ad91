/* SPDX-License-Identifier: Apache-2.0 */
/* Folding measurements into cells. */
#ifndef HAE_METRICS_CELL_H
#define HAE_METRICS_CELL_H

#include "metrics/meter.h"
#include "recorder/call.h"
#include "wire/wire.h"

#if defined(__x86_64__)
#define HAE_ADDS_AT_ONCE 1
#else
#define HAE_ADDS_AT_ONCE 0
#endif

/* ---- The lane, when it is there at once ------------------------------------------------ */

/* hae_enter() without its slow parts: what a call needs that finds all as it mostly is.
 * Relaxed throughout: it is this thread's own, but for the epoch, for which any moment of
 * the call will do. */

/* Where threads keep the attachment to a recorder, in bytes: handles remember it, which
 * spares the way through the recorder. */
static inline uint32_t hae_attachment_offset(const struct hae_recorder *recorder)
{
    return (uint32_t)(offsetof(struct hae_thread, attachments) +
                      recorder->index * sizeof(struct hae_attachment));
}

static inline const struct hae_attachment *hae_lane_attachment(uint32_t offset)
{
    return (const void *)((const uint8_t *)&hae_thread + offset);
}

static inline bool hae_lane_attached(const struct hae_recorder *recorder,
                                     const struct hae_attachment *attachment)
{
    return attachment->epoch == atomic_load_explicit(&recorder->epoch, memory_order_relaxed);
}

/* Whether no recording call of this thread is under way, which this one would have
 * interrupted. */
static inline bool hae_lane_is_free(void)
{
    return atomic_load_explicit(&hae_thread.busy, memory_order_relaxed) == 0;
}

/* This thread's lane if it has one and it is free. NULL: hae_enter() decides. */
static inline struct hae_lane *hae_lane_ready(const struct hae_recorder *recorder, uint32_t offset)
{
    const struct hae_attachment *attachment = hae_lane_attachment(offset);

    return HAE_LIKELY(hae_lane_is_free() && hae_lane_attached(recorder, attachment))
               ? attachment->lane
               : NULL;
}

/* The index of this thread's lane plus 1, whether it is free or not; 0 without one. */
static inline uint32_t hae_lane_place(const struct hae_recorder *recorder, uint32_t offset)
{
    const struct hae_attachment *attachment = hae_lane_attachment(offset);

    return HAE_LIKELY(hae_lane_attached(recorder, attachment)) ? attachment->place : 0;
}

/* ---- A lane's cells: only the owner writes ------------------------------------------ */

/* Integers wrap around, as unsigned numbers do.
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

/* The same outside of hae_enter() and hae_leave(); hae_lane_may_add_int64() said yes. */
static inline bool hae_lane_may_add_int64(void)
{
    return HAE_ADDS_AT_ONCE || hae_lane_is_free();
}

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

/* What the owner reads back, only the owner has written: a plain read, which comes as a
 * double right away. */
static inline double hae_cell_own_double(const _Atomic uint64_t *word)
{
    double value;

    memcpy(&value, (const void *)word, sizeof value);
    return value;
}

static inline void hae_cell_add_double(void *cell, double value)
{
    _Atomic uint64_t *sum = cell;

    atomic_store_explicit(sum, hae_double_bits(hae_cell_own_double(sum) + value),
                          memory_order_relaxed);
}

/* The bucket of a value: how many boundaries it exceeds, for each bucket includes
 * its upper one. Without a branch that depends on the value, but for long lists. */
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

/* The stores from the second on are releases, and pair with the acquire loads in
 * take_picture() of snapshot.c: each keeps the ones before it, so that the collector sees
 * an odd or a new sequence number if it sees anything of a change. The bucket comes last:
 * where the collector can't wait for a quiet moment, it still sees no count without its
 * sum. */
static inline void hae_cell_observe(void *memory, uint32_t bucket, double value)
{
    struct hae_histogram_cell *cell = memory;
    uint64_t sequence = atomic_load_explicit(&cell->as.sequence, memory_order_relaxed);
    double sum = hae_cell_own_double(&cell->sum) + value;
    uint64_t in_bucket = atomic_load_explicit(&cell->buckets[bucket], memory_order_relaxed) + 1;

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

/* In a forked child: the lane's own part without what was remembered, or half changed, by
 * a thread of the parent. */
void hae_lane_metrics_reinit(struct hae_region *region, const struct hae_lane *lane);

/* The lane's own part, made if need be; NULL when the heap is used up. */
struct hae_lane_metrics *hae_lane_metrics(struct hae_recorder *recorder, struct hae_lane *lane);

#endif
