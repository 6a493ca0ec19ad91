/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of a provider's exemplars, and which measurements may become exemplars.
 *
 * It lies outside the region: exemplars take no room from series, and a dead process leaves none
 * behind. A page becomes resident when a reservoir first needs it. Memory that was taken is never
 * given back, as in the region's heap. A reference is an offset divided by 8; 0 leads nowhere. */
#ifndef HAETAE_METRICS_EXEMPLAR_POOL_H
#define HAETAE_METRICS_EXEMPLAR_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/diagnostics.h"
#include "base/random.h"
#include "context/current.h"
#include "haetae/status.h"

/* Specification: "ExemplarFilter". */
enum hae_exemplar_filter {
    HAE_EXEMPLARS_TRACE_BASED = 0,
    HAE_EXEMPLARS_ALWAYS_ON = 1,
    HAE_EXEMPLARS_ALWAYS_OFF = 2
};

/* What a reference counts in. */
enum { HAE_EXEMPLAR_UNIT = 8 };

/* All zero: there are no exemplars. */
struct hae_exemplar_pool {
    uint8_t *memory; /* NULL: there are no exemplars */
    uint64_t size_bytes;
    bool always;         /* each measurement may become an exemplar                            */
    uint8_t trace_flags; /* else those in a span with one of these flags may; 0: no other may */
    _Atomic uint64_t used_bytes;
    /* How many reservoirs and places found no memory. */
    _Atomic uint64_t refused_count;
    bool refusal_reported;   /* see hae_exemplar_pool_report() */
    _Atomic uint64_t random; /* of measurements without a lane: it seeds a generator for each */
    /* One for each lane, behind the memory, in the same allocation. */
    struct hae_lane_random *lanes;
    uint32_t lane_count;
};

/* Makes the memory, unless the filter is always off, and generators for lanes. Errors:
 * HAETAE_ENOMEM. */
haetae_status hae_exemplar_pool_init(struct hae_exemplar_pool *pool,
                                     enum hae_exemplar_filter filter, uint64_t size_bytes,
                                     uint32_t lane_count);
void hae_exemplar_pool_done(struct hae_exemplar_pool *pool);

/* In a forked child: empties all memory, so that it can be taken again. Async-signal-safe; no other
 * thread uses the pool. */
void hae_exemplar_pool_reinit(struct hae_exemplar_pool *pool);

/* Reports that memory is used up, once in the pool's life. One thread at a time. */
void hae_exemplar_pool_report(struct hae_exemplar_pool *pool, struct hae_diagnostics *diagnostics);

/* Returns a reference to zeroed memory, or 0, counted, if there is not enough. Lock-free. */
uint32_t hae_exemplar_pool_take(struct hae_exemplar_pool *pool, uint64_t size_bytes);

/* Returns the state of a generator for one measurement without a lane. */
static inline uint64_t hae_exemplar_pool_random(struct hae_exemplar_pool *pool)
{
    /* Relaxed: each addition gives another state. */
    return hae_random_mix(
        atomic_fetch_add_explicit(&pool->random, HAE_RANDOM_GOLDEN, memory_order_relaxed));
}

/* Returns what a reference leads to; NULL: there are no `size_bytes` within the pool. */
static inline void *hae_exemplar_pool_at(const struct hae_exemplar_pool *pool, uint32_t reference,
                                         uint64_t size_bytes)
{
    uint64_t offset = (uint64_t)reference * HAE_EXEMPLAR_UNIT;

    return HAE_LIKELY(offset != 0 && offset + size_bytes <= pool->size_bytes)
               ? pool->memory + offset
               : NULL;
}

/* Whether the current span's trace has one of these flags. */
static inline bool hae_exemplar_is_traced(uint8_t trace_flags)
{
    return (hae_current()->trace_flags & trace_flags) != 0;
}

/* Whether a measurement of this thread may become an exemplar. */
static inline bool hae_exemplar_wanted(const struct hae_exemplar_pool *pool)
{
    return pool->always || hae_exemplar_is_traced(pool->trace_flags);
}

#endif
