/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/series_table.h"

/* What a series takes of the heap with all that belongs to it, about. */
enum { SERIES_SIZE_TYPICAL = 256, TABLE_LENGTH_MIN = 64, TABLE_LENGTH_MAX = 64 * 1024 };

haetae_status hae_series_table_init(struct hae_region *region)
{
    uint64_t fitting = region->heap_size_bytes / SERIES_SIZE_TYPICAL;
    uint32_t length = TABLE_LENGTH_MIN;

    while (length < TABLE_LENGTH_MAX && length < fitting) {
        length *= 2;
    }
    region->series_table_offset = hae_region_alloc(region, (uint64_t)length * sizeof(uint32_t));
    if (region->series_table_offset == 0) {
        return HAETAE_ELIMIT;
    }
    region->series_table_length = length;
    return HAETAE_OK;
}

void hae_series_table_reinit(struct hae_region *region)
{
    memset(hae_region_at(region, region->series_table_offset), 0,
           region->series_table_length * sizeof(uint32_t));
}

void hae_series_table_enter(struct hae_region *region, struct hae_series *series)
{
    _Atomic uint32_t *head = hae_series_table_head(region, series->hash);
    uint32_t first = atomic_load_explicit(head, memory_order_relaxed);

    /* A failed exchange means that another series was entered or left, and there is an end to
     * those. Release pairs with the acquire in hae_series_in_table(). */
    do {
        atomic_store_explicit(&series->table_next, first, memory_order_relaxed);
    } while (!atomic_compare_exchange_weak_explicit(head, &first, hae_ref_of(region, series),
                                                    memory_order_release, memory_order_relaxed));
}

/* Takes out one that is not the first. */
static void unlink_behind(struct hae_region *region, uint32_t first, uint32_t reference,
                          uint32_t next)
{
    while (first != 0) {
        struct hae_series *before = hae_ref_at(region, first);

        /* Acquire: as in hae_series_in_chain(). */
        first = atomic_load_explicit(&before->table_next, memory_order_acquire);
        if (first == reference) {
            /* Nobody else writes it while `before` is in the table. Release pairs with the acquire
             * in hae_series_in_chain(): what comes behind was complete. */
            atomic_store_explicit(&before->table_next, next, memory_order_release);
            return;
        }
    }
}

void hae_series_table_leave(struct hae_region *region, struct hae_series *series)
{
    _Atomic uint32_t *head = hae_series_table_head(region, series->hash);
    uint32_t reference = hae_ref_of(region, series);
    uint32_t next = atomic_load_explicit(&series->table_next, memory_order_acquire);
    uint32_t first = reference;

    /* Acquire on failure: those that were entered before it are complete. Release on success: as
     * above. */
    if (!atomic_compare_exchange_strong_explicit(head, &first, next, memory_order_release,
                                                 memory_order_acquire)) {
        unlink_behind(region, first, reference, next);
    }
}
