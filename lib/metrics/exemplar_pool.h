/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of a provider's exemplars, and which measurements may become some.
 *
 * It is none of the region's: exemplars never take a series' room, and what a dead process leaves
 * behind has none. Its pages are touched when a reservoir needs them. Like the region's heap it
 * only grows; a reference is an offset divided by 8, and 0 leads nowhere. */
#ifndef HAETAE_METRICS_EXEMPLAR_POOL_H
#define HAETAE_METRICS_EXEMPLAR_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/diagnostics.h"
#include "context/current.h"
#include "haetae/status.h"

/* Specification: "ExemplarFilter". */
enum hae_exemplar_filter {
    HAE_EXEMPLARS_TRACE_BASED = 0,
    HAE_EXEMPLARS_ALWAYS_ON = 1,
    HAE_EXEMPLARS_ALWAYS_OFF = 2
};

/* All zero: there are no exemplars. */
struct hae_exemplar_pool {
    uint8_t *memory; /* NULL: there are no exemplars */
    uint64_t size_bytes;
    bool always;         /* each measurement may become one                                   */
    uint8_t trace_flags; /* one of these of the current span has to be set; 0: none is enough */
    _Atomic uint64_t used_bytes;
    /* Reservoirs, and places of exemplars, that found no memory. */
    _Atomic uint64_t refused_count;
    bool refusal_reported; /* see hae_exemplar_pool_report() */
};

/* Makes the memory, unless the filter is always off. Errors: HAETAE_ENOMEM. */
haetae_status hae_exemplar_pool_init(struct hae_exemplar_pool *pool,
                                     enum hae_exemplar_filter filter, uint64_t size_bytes);
void hae_exemplar_pool_done(struct hae_exemplar_pool *pool);

/* In a forked child: takes all memory back. Async-signal-safe; no other thread uses it. */
void hae_exemplar_pool_reinit(struct hae_exemplar_pool *pool);

/* Reports once that there was no memory. One thread at a time. */
void hae_exemplar_pool_report(struct hae_exemplar_pool *pool, struct hae_diagnostics *diagnostics);

/* Returns a reference to memory of zeroes; 0, and counted: it is used up. Lock-free. */
uint32_t hae_exemplar_pool_take(struct hae_exemplar_pool *pool, uint64_t size_bytes);

/* What a reference leads to; NULL: not to `size_bytes` that were taken. */
void *hae_exemplar_pool_at(const struct hae_exemplar_pool *pool, uint32_t reference,
                           uint64_t size_bytes);

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
