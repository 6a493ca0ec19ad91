/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/budget.h"

#include "base/bytes.h"
#include "base/minmax.h"

enum {
    SCOPES_SHARE = 8,  /* an eighth of the heap is for scopes                    */
    RESERVE_SHARE = 2, /* half of the rest may be set aside, so that any number of
                        * streams can be made                                     */
    STREAM_SHARE = 8,  /* an eighth of what is left of that, by one stream        */
    LANES_SHARE = 4,   /* a quarter of the memory for metrics is for lanes     */
    HEAP_SHARE = 8     /* an eighth of the recorder's memory is the heap       */
};

void hae_metrics_budget_init(struct hae_metrics_budget *budget, struct hae_region *region)
{
    budget->region = region;
    budget->limit_bytes = region->heap_size_bytes - region->heap_size_bytes / SCOPES_SHARE;
    /* Relaxed: no other thread uses the budget yet. */
    atomic_store_explicit(&budget->wanted_bytes, 0, memory_order_relaxed);
    atomic_store_explicit(&budget->lanes_bytes, 0, memory_order_relaxed);
    atomic_store_explicit(&budget->reserved_bytes, 0, memory_order_relaxed);
    atomic_store_explicit(&budget->refused_count, 0, memory_order_relaxed);
}

static uint64_t reserved_bytes(const struct hae_metrics_budget *budget)
{
    return atomic_load_explicit(&budget->reserved_bytes, memory_order_relaxed);
}

/* How far the heap may be used for what nobody has set aside. Relaxed: a reservation that is being
 * used counts twice for a moment, which only errs on the safe side. */
static uint64_t free_limit(const struct hae_metrics_budget *budget)
{
    uint64_t reserved = reserved_bytes(budget);

    return reserved < budget->limit_bytes ? budget->limit_bytes - reserved : 0;
}

void hae_metrics_reserve_init(struct hae_metrics_reserve *reserve,
                              struct hae_metrics_budget *budget, uint64_t wanted_bytes)
{
    uint64_t used = atomic_load_explicit(&budget->region->heap_used_bytes, memory_order_relaxed);
    uint64_t limit = free_limit(budget);
    uint64_t free_bytes = used < limit ? limit - used : 0;
    uint64_t reserved = reserved_bytes(budget);
    uint64_t share = budget->limit_bytes / RESERVE_SHARE;
    uint64_t most = hae_min(free_bytes, reserved < share ? share - reserved : 0) / STREAM_SHARE;
    uint64_t granted = hae_min(wanted_bytes, most);

    reserve->budget = budget;
    /* Relaxed, here and below: a number that is right soon will do. */
    atomic_fetch_add_explicit(&budget->wanted_bytes, wanted_bytes, memory_order_relaxed);
    /* Relaxed: no other thread uses the stream yet. */
    atomic_store_explicit(&reserve->left_bytes, granted, memory_order_relaxed);
    atomic_fetch_add_explicit(&budget->reserved_bytes, granted, memory_order_relaxed);
}

uint64_t hae_metrics_recorder_bytes(const struct hae_metrics_budget *budget)
{
    const uint64_t unit = UINT64_C(1) << 20;
    uint64_t wanted = atomic_load_explicit(&budget->wanted_bytes, memory_order_relaxed);
    uint64_t heap = (wanted + wanted / (LANES_SHARE - 1)) / (SCOPES_SHARE - 1) * SCOPES_SHARE;

    return (heap * HEAP_SHARE + unit) / unit * unit;
}

uint64_t hae_metrics_take(struct hae_metrics_budget *budget, uint64_t size_bytes)
{
    return hae_region_alloc_below(budget->region, size_bytes, 8, free_limit(budget));
}

/* How much lanes may take: what is left when every stream has all its series. When they can't, as
 * was reported, speed is worth a share. */
static uint64_t lanes_limit(const struct hae_metrics_budget *budget)
{
    uint64_t wanted = atomic_load_explicit(&budget->wanted_bytes, memory_order_relaxed);

    return wanted < budget->limit_bytes ? budget->limit_bytes - wanted
                                        : budget->limit_bytes / LANES_SHARE;
}

/* Relaxed: threads that take memory at once may exceed the lanes' share by a piece each. */
uint64_t hae_metrics_take_for_lane(struct hae_metrics_budget *budget, uint64_t size_bytes,
                                   uint64_t alignment)
{
    uint64_t offset;

    if (atomic_load_explicit(&budget->lanes_bytes, memory_order_relaxed) + size_bytes >
        lanes_limit(budget)) {
        return 0;
    }
    offset = hae_region_alloc_below(budget->region, size_bytes, alignment, free_limit(budget));
    if (offset != 0) {
        atomic_fetch_add_explicit(&budget->lanes_bytes, size_bytes, memory_order_relaxed);
    }
    return offset;
}

/* Takes a piece off what was set aside. Relaxed: a failed exchange means that another thread took
 * its piece, and nothing else hangs on the order. */
static bool claim(struct hae_metrics_reserve *reserve, uint64_t size_bytes)
{
    uint64_t left = atomic_load_explicit(&reserve->left_bytes, memory_order_relaxed);

    do {
        if (left < size_bytes) {
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&reserve->left_bytes, &left, left - size_bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

uint64_t hae_metrics_take_reserved(struct hae_metrics_reserve *reserve, uint64_t size_bytes)
{
    struct hae_metrics_budget *budget = reserve->budget;
    uint64_t size = hae_align8(size_bytes);
    uint64_t offset;

    if (claim(reserve, size)) {
        offset = hae_region_alloc(budget->region, size);
        /* Relaxed, here and below: see free_limit(). */
        atomic_fetch_sub_explicit(&budget->reserved_bytes, size, memory_order_relaxed);
    } else {
        offset = hae_metrics_take(budget, size);
    }
    if (offset == 0) {
        atomic_fetch_add_explicit(&budget->refused_count, 1, memory_order_relaxed);
    }
    return offset;
}

void *hae_metrics_at(const struct hae_metrics_budget *budget, uint64_t offset)
{
    return offset != 0 && offset / 8 <= UINT32_MAX ? hae_region_at(budget->region, offset) : NULL;
}
