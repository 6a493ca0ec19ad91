/* SPDX-License-Identifier: Apache-2.0 */
/* How a region is divided, and where its parts lie. */
#ifndef HAETAE_RECORDER_LAYOUT_H
#define HAETAE_RECORDER_LAYOUT_H

#include <stdbool.h>

#include "haetae/status.h"
#include "recorder/format.h"

/* How `size_bytes` is divided. */
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

/* Fills the header in memory that is zero, all but the magic. */
void hae_region_lay_out(struct hae_region *region, const struct hae_region_plan *plan);

/* Writes the magic: the region is complete. */
void hae_region_set_ready(struct hae_region *region);

/* Whether memory of `size_bytes`, of unknown content, begins with the header of a complete
 * region of this version: everything above `clock` is valid then, and the lanes, slots and
 * heap lie inside. *ret_version is that of the region; 0: it is not a region at all. */
bool hae_region_recognise(const void *memory, uint64_t size_bytes, uint32_t *ret_version);

/* Rounds up to a multiple. */
static inline uint64_t hae_round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* The bytes of one record's body, at most. Half a ring, so that a filler before it never takes
 * the room it needs. */
static inline uint32_t hae_record_size_max(uint64_t ring_size_bytes)
{
    uint64_t half = ring_size_bytes / 2;

    return (half < UINT32_C(1) << 20 ? (uint32_t)half : UINT32_C(1) << 20) - 64;
}

static inline void *hae_region_at(struct hae_region *region, uint64_t offset)
{
    return (uint8_t *)region + offset;
}

/* The heap of a region, by bounds that are not read there again: what leads into it is checked
 * against them, whatever somebody has written over it. */
struct hae_heap {
    struct hae_region *region;
    uint64_t offset;
    uint64_t size_bytes;
};

static inline struct hae_heap hae_heap_of(struct hae_region *region)
{
    return (struct hae_heap){region, region->heap_offset, region->heap_size_bytes};
}

/* Memory of the heap at an offset in the region; NULL: it does not lie inside. */
static inline void *hae_heap_at(const struct hae_heap *heap, uint64_t offset, uint64_t size_bytes)
{
    uint64_t at = offset - heap->offset;

    return offset % 8 == 0 && at <= heap->size_bytes && size_bytes <= heap->size_bytes - at
               ? hae_region_at(heap->region, offset)
               : NULL;
}

/* ---- Regions of unknown content ----------------------------------------------------- */

/* Where the parts of a region lie, for code that must not trust what it reads there. Each
 * function returns NULL for what does not lie inside. */
struct hae_layout {
    struct hae_region *region;
    uint64_t size_bytes; /* of the memory: the region, and what lies behind it */
    uint32_t lane_count; /* lanes that were used: they are the first ones      */
    uint32_t slot_count; /* likewise, the unused first one counted             */
};

/* The layout of memory that begins with a header which hae_region_recognise() accepts. */
struct hae_layout hae_layout_of(void *memory, uint64_t size_bytes);

/* A lane or slot that was used; index 0 is no slot. */
struct hae_lane *hae_layout_lane(const struct hae_layout *layout, uint32_t index);
struct hae_slot *hae_layout_slot(const struct hae_layout *layout, uint32_t index);

/* Memory anywhere, and in the heap. `offset` is a multiple of 8. */
void *hae_layout_bytes(const struct hae_layout *layout, uint64_t offset, uint64_t size_bytes);
void *hae_layout_heap(const struct hae_layout *layout, uint64_t offset, uint64_t size_bytes);

#endif
