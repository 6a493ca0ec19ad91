/* SPDX-License-Identifier: Apache-2.0 */
/* How the region's heap is shared among scopes, instruments and series.
 *
 * Scopes have a part that metrics never take, so that a tracer, meter or logger can be made however
 * many series there are. Of the rest, each stream sets some aside when it is made: memory that no
 * other stream's series can take. What nobody has set aside is for whoever comes first. The lanes'
 * cells and caches, without which recording is only slower, leave most of it to series. */
#ifndef HAETAE_METRICS_BUDGET_H
#define HAETAE_METRICS_BUDGET_H

#include "recorder/region.h"

struct hae_metrics_budget {
    struct hae_region *region;
    uint64_t limit_bytes;            /* of the heap; the rest is for scopes             */
    _Atomic uint64_t wanted_bytes;   /* by all streams for all series that they may have */
    _Atomic uint64_t reserved_bytes; /* set aside by streams and not used yet           */
    _Atomic uint64_t lanes_bytes;    /* taken for lanes                                 */
    _Atomic uint64_t refused_count;  /* series that found no memory                     */
};

/* What one stream has set aside and not used yet, and what it has been given back. */
struct hae_metrics_reserve {
    struct hae_metrics_budget *budget;
    _Atomic uint64_t left_bytes;
    hae_tagged_head free;        /* places for series, by reference: reuse.h       */
    _Atomic uint32_t free_count; /* of these                                       */
    hae_tagged_head pieces;      /* of shared exponential cells, likewise          */
};

void hae_metrics_budget_init(struct hae_metrics_budget *budget, struct hae_region *region);

/* Sets aside as much as `wanted_bytes`, or a part of what is free that leaves room for further
 * streams. The caller holds the provider's lock. */
void hae_metrics_reserve_init(struct hae_metrics_reserve *reserve,
                              struct hae_metrics_budget *budget, uint64_t wanted_bytes);

/* How large the recorder's memory has to be for all series that all streams may have, with a
 * quarter for lanes, in whole MiB. */
uint64_t hae_metrics_recorder_bytes(const struct hae_metrics_budget *budget);

/* Memory of the heap, as hae_region_alloc() gives it, that nobody has set aside. 0: there is none.
 * Lock-free. */
uint64_t hae_metrics_take(struct hae_metrics_budget *budget, uint64_t size_bytes);

/* The same for what only makes recording faster: what is left when every stream has all its series,
 * or a quarter of the memory for metrics where they can't. The alignment is a power of two. */
uint64_t hae_metrics_take_for_lane(struct hae_metrics_budget *budget, uint64_t size_bytes,
                                   uint64_t alignment);

/* The same for a series: of what its stream has set aside, else of what is free. A refusal is
 * counted. */
uint64_t hae_metrics_take_reserved(struct hae_metrics_reserve *reserve, uint64_t size_bytes);

/* Memory by its offset; NULL for 0, and for what a reference can't reach: a region of more than
 * 32 GiB is not used to its end. */
void *hae_metrics_at(const struct hae_metrics_budget *budget, uint64_t offset);

#endif
