/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/region.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recorder/lane.h"
#include "recorder/slot.h"

static const char magic[8] = "haetae1";

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static uint64_t power_of_two_below(uint64_t value)
{
    return UINT64_C(1) << (63 - __builtin_clzll(value));
}

static uint64_t lane_stride(uint64_t ring_size_bytes)
{
    return round_up(sizeof(struct hae_lane) + ring_size_bytes, HAE_CACHE_LINE);
}

static uint64_t lanes_offset(void)
{
    return round_up(sizeof(struct hae_region), 4096);
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
    plan.heap_size_bytes = round_up(free_bytes / 8, 4096);
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
    region->layout_version = HAE_LAYOUT_VERSION;
    region->size_bytes = plan->size_bytes;
    region->lane_count = plan->lane_count;
    region->lanes_offset = lanes_offset();
    region->lane_stride_bytes = lane_stride(plan->ring_size_bytes);
    region->ring_size_bytes = plan->ring_size_bytes;
    region->slots_offset = round_up(
        region->lanes_offset + region->lane_count * region->lane_stride_bytes, HAE_CACHE_LINE);
    region->slot_count = plan->slot_count;
    region->heap_offset =
        round_up(region->slots_offset + plan->slot_count * HAE_SLOT_SIZE, HAE_CACHE_LINE);
    region->heap_size_bytes = plan->size_bytes - region->heap_offset;
    /* Relaxed: nobody else has seen the region yet. */
    atomic_store_explicit(&region->slots_fresh, 1, memory_order_relaxed);
}

void hae_region_set_ready(struct hae_region *region)
{
    /* For the compiler only: who reads a file of a dead process sees what the process
     * did, in the order in which it did it. */
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
    *ret_version = found->layout_version;
    if (found->layout_version != HAE_LAYOUT_VERSION || found->size_bytes > size_bytes ||
        found->lane_count == 0 ||
        hae_region_plan(found->size_bytes, found->lane_count, &plan) != HAETAE_OK) {
        return false;
    }
    /* One size and number of lanes have one layout. */
    memset(&expected, 0, sizeof expected);
    hae_region_lay_out(&expected, &plan);
    memcpy(expected.magic, magic, sizeof magic);
    expected.stored_offset = found->stored_offset;
    return memcmp(&expected, found, offsetof(struct hae_region, clock)) == 0;
}

haetae_status hae_region_map(const struct hae_region_plan *plan, struct hae_region **ret_region)
{
    void *memory;

    if (plan->size_bytes > SIZE_MAX) {
        return HAETAE_ENOMEM;
    }
    memory = mmap(NULL, (size_t)plan->size_bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return HAETAE_ENOMEM;
    }
    hae_region_lay_out(memory, plan);
    hae_region_set_ready(memory);
    *ret_region = memory;
    return HAETAE_OK;
}

void hae_region_unmap(struct hae_region *region)
{
    if (region != NULL) {
        munmap(region, (size_t)region->size_bytes);
    }
}

/* ---- In a forked child ------------------------------------------------------------------ */

/* Gives back the whole pages of a piece, which are zero from then on. It may fail: they
 * are the child's copies, and that they take memory is all. */
static void give_back(void *memory, uint64_t size_bytes)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = ((uintptr_t)memory + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)memory + (uintptr_t)size_bytes) & ~(page - 1);

    if (begin < end) {
        (void)madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
}

static void empty_lane(struct hae_region *region, struct hae_lane *lane)
{
    uint64_t metrics_offset = lane->metrics_offset;
    uint16_t index = lane->index;

    give_back(lane->ring, region->ring_size_bytes);
    memset(lane, 0, sizeof *lane);
    lane->metrics_offset = metrics_offset;
    lane->index = index;
}

/* Slots that were used have a state, which a handle of the parent's might fit. Those of
 * whole pages are zero by now, and are only looked at. */
static void empty_slots(struct hae_region *region)
{
    struct hae_slot *slots = hae_region_at(region, region->slots_offset);
    uint64_t fresh = atomic_load_explicit(&region->slots_fresh, memory_order_relaxed);
    uint64_t used = fresh < region->slot_count ? fresh : region->slot_count;

    give_back(slots, used * HAE_SLOT_SIZE);
    for (uint64_t i = 0; i < used; i++) {
        if (atomic_load_explicit(&slots[i].state, memory_order_relaxed) != 0) {
            atomic_store_explicit(&slots[i].state, 0, memory_order_relaxed);
        }
    }
    atomic_store_explicit(&region->slots_fresh, 1, memory_order_relaxed);
    atomic_store_explicit(&region->slots_free, 0, memory_order_relaxed);
    atomic_store_explicit(&region->handed_over, 0, memory_order_relaxed);
    atomic_store_explicit(&region->handed_over_count, 0, memory_order_relaxed);
}

static void empty_counts(struct hae_counts *counts, _Atomic uint64_t *drained)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        atomic_store_explicit(&counts->published[signal], 0, memory_order_relaxed);
        atomic_store_explicit(&drained[signal], 0, memory_order_relaxed);
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            atomic_store_explicit(&counts->dropped[signal][reason], 0, memory_order_relaxed);
        }
    }
    atomic_store_explicit(&counts->spans_started, 0, memory_order_relaxed);
    atomic_store_explicit(&counts->spans_ended, 0, memory_order_relaxed);
}

/* Relaxed throughout: no other thread uses the region yet. */
void hae_region_reinit(struct hae_region *region)
{
    uint8_t *lanes = hae_region_at(region, region->lanes_offset);
    uint32_t touched = atomic_load_explicit(&region->lanes_touched, memory_order_relaxed);

    for (uint32_t i = 0; i < touched; i++) {
        empty_lane(region, (struct hae_lane *)(void *)(lanes + i * region->lane_stride_bytes));
    }
    for (uint32_t word = 0; word < HAE_LANES_MAX / 64; word++) {
        atomic_store_explicit(&region->lanes_owned[word], 0, memory_order_relaxed);
    }
    empty_slots(region);
    empty_counts(&region->shared, region->shared_drained);
    hae_clock_reinit(&region->clock);
}

/* ---- The heap --------------------------------------------------------------------------- */

static uint64_t alloc_aligned(struct hae_region *region, uint64_t size_bytes, uint64_t alignment)
{
    uint64_t used = atomic_load_explicit(&region->heap_used_bytes, memory_order_relaxed);
    uint64_t begin;

    /* Relaxed: the piece is this thread's alone until it publishes it elsewhere.
     * A failed exchange means that another thread got its piece. */
    do {
        begin = (used + alignment - 1) & ~(alignment - 1);
        if (size_bytes > region->heap_size_bytes || begin > region->heap_size_bytes - size_bytes) {
            return 0;
        }
    } while (!atomic_compare_exchange_weak_explicit(&region->heap_used_bytes, &used,
                                                    begin + hae_align8(size_bytes),
                                                    memory_order_relaxed, memory_order_relaxed));
    return region->heap_offset + begin;
}

uint64_t hae_region_alloc(struct hae_region *region, uint64_t size_bytes)
{
    return alloc_aligned(region, size_bytes, 8);
}

uint64_t hae_region_alloc_lines(struct hae_region *region, uint64_t size_bytes)
{
    /* The heap itself begins at a line. */
    return alloc_aligned(region, size_bytes, HAE_CACHE_LINE);
}
