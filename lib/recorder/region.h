/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder's memory: one mapping of fixed size, laid out once. Pages are touched when they
 * are first used: idle lanes and free slots cost address space, not memory. */
#ifndef HAETAE_RECORDER_REGION_H
#define HAETAE_RECORDER_REGION_H

#include "recorder/layout.h"

/* Maps and lays out a region. Errors: HAETAE_ENOMEM. */
haetae_status hae_region_map(const struct hae_region_plan *plan, struct hae_region **ret_region);
void hae_region_unmap(struct hae_region *region);

/* In a forked child: removes what the parent had recorded. Rings and slots are empty then, and
 * counters 0; the heap stays, and lanes keep their part of it. Async-signal-safe. */
void hae_region_reinit(struct hae_region *region);

/* Memory from the heap, 8-byte aligned, zeroed, never given back: returns its
 * offset in the region, 0 when the heap is used up. Lock-free. */
uint64_t hae_region_alloc(struct hae_region *region, uint64_t size_bytes);

/* The same from a part of the heap: 0 when more than `limit_bytes` of it would be used. The
 * alignment is a power of two. */
uint64_t hae_region_alloc_below(struct hae_region *region, uint64_t size_bytes, uint64_t alignment,
                                uint64_t limit_bytes);

#endif
