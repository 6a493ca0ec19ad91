/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder's memory: one mapping of fixed size, laid out once.
 *
 *   header | lanes (a ring each) | slots | heap (scopes, instruments, series)
 *
 * Inside it everything is found by offset or index, never by pointer, so that
 * it means the same at another address. Pages are touched when they are first
 * used: idle lanes and free slots cost address space, not memory. */
#ifndef HAE_RECORDER_REGION_H
#define HAE_RECORDER_REGION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "haetae/signal.h"
#include "haetae/stats.h"
#include "haetae/status.h"

enum { HAE_LANES_MAX = 1024, HAE_SCOPES_MAX = 1024, HAE_CACHE_LINE = 64, HAE_LAYOUT_VERSION = 3 };

/* Counts of one producer, or of all that share. In a lane only the owner
 * writes them, without read-modify-write; shared ones are added to atomically. */
struct hae_counts {
    _Atomic uint64_t published[HAETAE_SIGNAL_COUNT];
    _Atomic uint64_t dropped[HAETAE_SIGNAL_COUNT][HAETAE_DROP_COUNT];
    _Atomic uint64_t spans_started;
    _Atomic uint64_t spans_ended;
};

/* A list head that is popped by many: an index in the low half, and in the high
 * half a tag that changes with every pop, so that a head which was popped and
 * pushed back meanwhile is not taken for the same. */
typedef _Atomic uint64_t hae_tagged_head;

/* What a dead process left in a file is read by this layout: whoever changes it, how it is
 * planned, or what lies in it (records, spans, metrics), raises HAE_LAYOUT_VERSION. */
struct hae_region {
    char magic[8]; /* written last */
    uint32_t layout_version;
    uint32_t lane_count;
    uint64_t size_bytes;
    uint64_t lanes_offset;
    uint64_t lane_stride_bytes;
    uint64_t ring_size_bytes; /* a power of two */
    uint64_t slots_offset;
    uint64_t slot_count; /* slot 0 is never used: index 0 means none */
    uint64_t heap_offset;
    uint64_t heap_size_bytes;
    uint64_t stored_offset; /* of the hae_stored behind a region in a file; else 0 */

    struct hae_clock clock;

    /* Bit set of the lanes that have an owner. */
    _Alignas(HAE_CACHE_LINE) _Atomic uint64_t lanes_owned[HAE_LANES_MAX / 64];
    /* Lanes from this one on never had an owner: memory never touched. */
    _Atomic uint32_t lanes_touched;

    /* Slots nobody has used yet begin here; those given back are in the list. */
    _Alignas(HAE_CACHE_LINE) _Atomic uint64_t slots_fresh;
    hae_tagged_head slots_free;

    /* Records handed over in slots, newest first, for the consumer. */
    _Alignas(HAE_CACHE_LINE) _Atomic uint32_t handed_over;
    _Atomic uint32_t handed_over_count;
    struct hae_counts shared;
    _Atomic uint64_t shared_drained[HAETAE_SIGNAL_COUNT];

    _Alignas(HAE_CACHE_LINE) _Atomic uint64_t heap_used_bytes;
    _Atomic uint32_t scope_count; /* ids 1 … scope_count are valid */
    /* Where the metrics begin; lib/metrics knows what lies there. */
    uint32_t series_table_length;
    uint64_t series_table_offset;
    _Atomic uint64_t instruments_first;
    uint64_t scope_offset[HAE_SCOPES_MAX];
};

/* How `size_bytes` is divided; what a lane is, lane.h tells. */
struct hae_region_plan {
    uint64_t size_bytes;
    uint32_t lane_count;
    uint64_t ring_size_bytes;
    uint64_t slot_count;
    uint64_t heap_size_bytes;
};

/* The smallest budget that makes a working recorder. */
#define HAE_REGION_SIZE_MIN (UINT64_C(256) * 1024)

/* Divides the budget; `lane_count` 0 lets the plan choose.
 * Errors: HAETAE_EINVAL (too small). */
haetae_status hae_region_plan(uint64_t size_bytes, uint32_t lane_count,
                              struct hae_region_plan *ret_plan);

/* Maps and lays out a region. Errors: HAETAE_ENOMEM. */
haetae_status hae_region_map(const struct hae_region_plan *plan, struct hae_region **ret_region);
void hae_region_unmap(struct hae_region *region);

/* In a forked child: empties its memory of what the parent had recorded. Rings and slots are
 * empty then, counters are 0; the heap stays, and lanes go on with their part of it.
 * Async-signal-safe. */
void hae_region_reinit(struct hae_region *region);

/* Fills the header in memory that is zero, all but the magic. */
void hae_region_lay_out(struct hae_region *region, const struct hae_region_plan *plan);

/* Says that the region is complete. */
void hae_region_set_ready(struct hae_region *region);

/* Whether memory of `size_bytes`, of unknown content, begins with the header of a complete
 * region of this layout: everything above `clock` is right then, and the lanes, slots and
 * heap lie inside. *ret_version is that of the layout; 0: not a region at all. */
bool hae_region_recognise(const void *memory, uint64_t size_bytes, uint32_t *ret_version);

/* Memory from the heap, 8-byte aligned, zeroed, never given back: returns its
 * offset in the region, 0 when the heap is used up. Lock-free. */
uint64_t hae_region_alloc(struct hae_region *region, uint64_t size_bytes);

/* The same with the alignment of a cache line, for what one thread writes often. */
uint64_t hae_region_alloc_lines(struct hae_region *region, uint64_t size_bytes);

static inline void *hae_region_at(struct hae_region *region, uint64_t offset)
{
    return (uint8_t *)region + offset;
}

#endif
