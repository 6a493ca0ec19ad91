/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/layout.h"

#include <stddef.h>
#include <string.h>

static const char magic[8] = "haetae1";

static uint64_t power_of_two_below(uint64_t value)
{
    return UINT64_C(1) << (63 - __builtin_clzll(value));
}

static uint64_t lane_stride(uint64_t ring_size_bytes)
{
    return hae_round_up(sizeof(struct hae_lane) + ring_size_bytes, HAE_CACHE_LINE);
}

static uint64_t lanes_offset(void)
{
    return hae_round_up(sizeof(struct hae_region), 4096);
}

/* Few rings and large ones: a burst of one thread has to fit while the worker gets
 * its CPU. Threads beyond the lanes are served by slots. */
static uint32_t choose_lane_count(uint64_t lanes_bytes)
{
    uint64_t by_size = lanes_bytes / (16 * 1024);
    uint64_t most = lanes_bytes >= (UINT64_C(32) << 20) ? 64 : 32;

    if (by_size < 2) {
        return 2;
    }
    return (uint32_t)(by_size < most ? by_size : most);
}

haetae_status hae_region_plan(uint64_t size_bytes, uint32_t lane_count,
                              struct hae_region_plan *ret_plan)
{
    struct hae_region_plan plan = {.size_bytes = size_bytes};
    uint64_t free_bytes;
    uint64_t lanes_bytes;
    uint64_t ring;

    if (size_bytes < HAE_REGION_SIZE_MIN || lane_count > HAE_LANES_MAX) {
        return HAETAE_EINVAL;
    }
    free_bytes = size_bytes - lanes_offset();
    lanes_bytes = free_bytes / 8 * 5;
    plan.lane_count = lane_count != 0 ? lane_count : choose_lane_count(lanes_bytes);
    ring = lanes_bytes / plan.lane_count;
    if (ring < sizeof(struct hae_lane) + 4096) {
        return HAETAE_EINVAL;
    }
    plan.ring_size_bytes = power_of_two_below(ring - sizeof(struct hae_lane));
    plan.heap_size_bytes = hae_round_up(free_bytes / 8, 4096);
    plan.slot_count = (free_bytes - plan.lane_count * lane_stride(plan.ring_size_bytes) -
                       plan.heap_size_bytes - 4096) /
                      HAE_SLOT_SIZE;
    if (plan.slot_count > HAE_SLOT_INDEX_MAX) {
        plan.slot_count = HAE_SLOT_INDEX_MAX;
    }
    *ret_plan = plan;
    return HAETAE_OK;
}

void hae_region_lay_out(struct hae_region *region, const struct hae_region_plan *plan)
{
    region->version = HAE_REGION_VERSION;
    region->size_bytes = plan->size_bytes;
    region->lane_count = plan->lane_count;
    region->lanes_offset = lanes_offset();
    region->lane_stride_bytes = lane_stride(plan->ring_size_bytes);
    region->ring_size_bytes = plan->ring_size_bytes;
    /* Each lane, the slots and the heap begin HAE_CACHE_LINE apart from what is before them. */
    region->slots_offset = hae_round_up(
        region->lanes_offset + region->lane_count * region->lane_stride_bytes, HAE_CACHE_LINE);
    region->slot_count = plan->slot_count;
    region->heap_offset =
        hae_round_up(region->slots_offset + plan->slot_count * HAE_SLOT_SIZE, HAE_CACHE_LINE);
    region->heap_size_bytes = plan->size_bytes - region->heap_offset;
    /* Relaxed: nobody else has seen the region yet. */
    atomic_store_explicit(&region->slots_fresh, 1, memory_order_relaxed);
}

void hae_region_set_ready(struct hae_region *region)
{
    /* For the compiler only: recovery of a dead process sees what the process stored, in the
     * order of the program. */
    atomic_signal_fence(memory_order_seq_cst);
    memcpy(region->magic, magic, sizeof magic);
}

bool hae_region_recognise(const void *memory, uint64_t size_bytes, uint32_t *ret_version)
{
    const struct hae_region *found = memory;
    struct hae_region expected;
    struct hae_region_plan plan;

    *ret_version = 0;
    if (size_bytes < sizeof *found || memcmp(found->magic, magic, sizeof magic) != 0) {
        return false;
    }
    *ret_version = found->version;
    if (found->version != HAE_REGION_VERSION || found->size_bytes > size_bytes ||
        found->lane_count == 0 ||
        hae_region_plan(found->size_bytes, found->lane_count, &plan) != HAETAE_OK) {
        return false;
    }
    /* One size and number of lanes have one layout. */
    memset(&expected, 0, sizeof expected);
    hae_region_lay_out(&expected, &plan);
    memcpy(expected.magic, magic, sizeof magic);
    expected.layout_mark = found->layout_mark;
    expected.stored_offset = found->stored_offset;
    return memcmp(&expected, found, offsetof(struct hae_region, clock)) == 0;
}

/* ---- Regions of unknown content ----------------------------------------------------- */

struct hae_layout hae_layout_of(void *memory, uint64_t size_bytes)
{
    struct hae_region *region = memory;
    uint64_t fresh = atomic_load_explicit(&region->slots_fresh, memory_order_relaxed);
    uint32_t touched = atomic_load_explicit(&region->lanes_touched, memory_order_relaxed);

    return (struct hae_layout){
        .region = region,
        .size_bytes = size_bytes,
        .lane_count = touched < region->lane_count ? touched : region->lane_count,
        .slot_count = (uint32_t)(fresh < region->slot_count ? fresh : region->slot_count)};
}

struct hae_lane *hae_layout_lane(const struct hae_layout *layout, uint32_t index)
{
    struct hae_region *region = layout->region;

    return index < layout->lane_count
               ? hae_region_at(region, region->lanes_offset + index * region->lane_stride_bytes)
               : NULL;
}

struct hae_slot *hae_layout_slot(const struct hae_layout *layout, uint32_t index)
{
    struct hae_region *region = layout->region;

    return index != 0 && index < layout->slot_count
               ? hae_region_at(region, region->slots_offset + (uint64_t)index * HAE_SLOT_SIZE)
               : NULL;
}

/* Whether a piece lies between two offsets. */
static bool lies_in(uint64_t begin, uint64_t end, uint64_t offset, uint64_t size_bytes)
{
    return offset % 8 == 0 && offset >= begin && offset <= end && size_bytes <= end - offset;
}

void *hae_layout_bytes(const struct hae_layout *layout, uint64_t offset, uint64_t size_bytes)
{
    return lies_in(0, layout->size_bytes, offset, size_bytes)
               ? hae_region_at(layout->region, offset)
               : NULL;
}

void *hae_layout_heap(const struct hae_layout *layout, uint64_t offset, uint64_t size_bytes)
{
    struct hae_region *region = layout->region;

    return lies_in(region->heap_offset, region->heap_offset + region->heap_size_bytes, offset,
                   size_bytes)
               ? hae_region_at(region, offset)
               : NULL;
}
