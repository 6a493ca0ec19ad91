/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/region.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"

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
 * whole pages are zero by now, and are only read. */
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

static void empty_counts(struct hae_counts *counts)
{
    for (int signal = 0; signal < HAE_SIGNAL_ROOM; signal++) {
        atomic_store_explicit(&counts->published[signal], 0, memory_order_relaxed);
        for (int reason = 0; reason < HAE_DROP_ROOM; reason++) {
            atomic_store_explicit(&counts->dropped[signal][reason], 0, memory_order_relaxed);
        }
    }
    atomic_store_explicit(&counts->opened, 0, memory_order_relaxed);
    atomic_store_explicit(&counts->closed, 0, memory_order_relaxed);
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
    empty_counts(&region->shared);
    for (int cause = 0; cause < HAE_MISUSE_ROOM; cause++) {
        atomic_store_explicit(&region->misuse[cause], 0, memory_order_relaxed);
    }
    hae_clock_reinit(&region->clock);
}

/* ---- The heap --------------------------------------------------------------------------- */

uint64_t hae_region_alloc_below(struct hae_region *region, uint64_t size_bytes, uint64_t alignment,
                                uint64_t limit_bytes)
{
    uint64_t used = atomic_load_explicit(&region->heap_used_bytes, memory_order_relaxed);
    uint64_t limit = limit_bytes < region->heap_size_bytes ? limit_bytes : region->heap_size_bytes;
    uint64_t begin;

    /* Relaxed: the piece is this thread's alone until it publishes it elsewhere.
     * A failed exchange means that another thread got its piece. */
    do {
        begin = (used + alignment - 1) & ~(alignment - 1);
        if (size_bytes > limit || begin > limit - size_bytes) {
            return 0;
        }
    } while (!atomic_compare_exchange_weak_explicit(&region->heap_used_bytes, &used,
                                                    begin + hae_align8(size_bytes),
                                                    memory_order_relaxed, memory_order_relaxed));
    return region->heap_offset + begin;
}

uint64_t hae_region_alloc(struct hae_region *region, uint64_t size_bytes)
{
    return hae_region_alloc_below(region, size_bytes, 8, region->heap_size_bytes);
}
