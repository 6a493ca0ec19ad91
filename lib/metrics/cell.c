/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/cell.h"

#include "metrics/series.h"

/* ---- Shared cells -------------------------------------------------------------------- */

/* Failed exchanges after which a measurement is given up, and counted. Each means that
 * another thread got its own through. */
enum { TRIES_MAX = 4096 };

void hae_shared_add_int64(struct hae_recorder *recorder, struct hae_series *series, int64_t value)
{
    struct hae_number_cell *cell = hae_ref_at(recorder->region, series->shared);

    atomic_fetch_add_explicit(&cell->word[0], (uint64_t)value, memory_order_relaxed);
    hae_series_start(recorder, series);
}

/* Adds to either of two words. Relaxed: all that is asked of a sum is that each
 * addition is in it. */
static void add_to_either(struct hae_recorder *recorder, _Atomic uint64_t *one,
                          _Atomic uint64_t *other, double value)
{
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        _Atomic uint64_t *word = tries & 1 ? other : one;
        uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);
        uint64_t sum = hae_double_bits(hae_double_from_bits(seen) + value);

        if (atomic_compare_exchange_weak_explicit(word, &seen, sum, memory_order_relaxed,
                                                  memory_order_relaxed)) {
            return;
        }
    }
    hae_count_misuse(recorder, HAETAE_MISUSE_CONTENDED);
}

void hae_shared_add_double(struct hae_recorder *recorder, struct hae_series *series, double value)
{
    struct hae_number_cell *cell = hae_ref_at(recorder->region, series->shared);

    add_to_either(recorder, &cell->word[0], &cell->word[1], value);
    hae_series_start(recorder, series);
}

/* Lowers the minimum, or raises the maximum. */
static void widen(struct hae_recorder *recorder, _Atomic uint64_t *word, double value, bool raise)
{
    uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);

    for (int tries = 0; tries < TRIES_MAX; tries++) {
        double now = hae_double_from_bits(seen);

        if (raise ? value <= now : value >= now) {
            return;
        }
        if (atomic_compare_exchange_weak_explicit(word, &seen, hae_double_bits(value),
                                                  memory_order_relaxed, memory_order_relaxed)) {
            return;
        }
    }
    hae_count_misuse(recorder, HAETAE_MISUSE_CONTENDED);
}

void hae_shared_observe(struct hae_recorder *recorder, struct hae_series *series, uint32_t bucket,
                        double value)
{
    struct hae_histogram_cell *cell = hae_ref_at(recorder->region, series->shared);

    add_to_either(recorder, &cell->sum, &cell->as.sum_too, value);
    widen(recorder, &cell->minimum, value, false);
    widen(recorder, &cell->maximum, value, true);
    /* Release pairs with the acquire of the collector, which reads the buckets first: it
     * sees the sum, minimum and maximum of all that it counts. */
    atomic_fetch_add_explicit(&cell->buckets[bucket], 1, memory_order_release);
    hae_series_start(recorder, series);
}

/* ---- Lanes' cells ---------------------------------------------------------------------- */

enum { PIECE_SIZE = 512, CACHE_LENGTH_MIN = 16, CACHE_LENGTH_MAX = 256 };

/* So many entries that the caches of all lanes take at most an eighth of the heap. */
static uint64_t cache_length(const struct hae_region *region)
{
    uint64_t fitting =
        region->heap_size_bytes / 8 / region->lane_count / sizeof(struct hae_lane_series);
    uint64_t length = CACHE_LENGTH_MIN;

    while (length < CACHE_LENGTH_MAX && length * 2 <= fitting) {
        length *= 2;
    }
    return length;
}

struct hae_lane_metrics *hae_lane_metrics(struct hae_recorder *recorder, struct hae_lane *lane)
{
    struct hae_region *region = recorder->region;
    struct hae_lane_metrics *own;
    uint64_t length;

    if (lane->metrics_offset != 0) {
        return hae_region_at(region, lane->metrics_offset);
    }
    length = cache_length(region);
    lane->metrics_offset =
        hae_region_alloc_lines(region, sizeof *own + length * sizeof own->cache[0]);
    if (lane->metrics_offset == 0) {
        return NULL;
    }
    own = hae_region_at(region, lane->metrics_offset);
    own->cache_mask = length - 2;
    return own;
}

void hae_lane_metrics_reinit(struct hae_region *region, const struct hae_lane *lane)
{
    uint64_t length = cache_length(region);
    struct hae_lane_metrics *own;

    if (lane->metrics_offset != 0) {
        own = hae_region_at(region, lane->metrics_offset);
        memset(own, 0, sizeof *own + (size_t)length * sizeof own->cache[0]);
        own->cache_mask = length - 2;
    }
}

/* Memory in cache lines of this lane. Returns its offset, or 0. */
static uint64_t cut(struct hae_region *region, struct hae_lane_metrics *own, uint64_t size_bytes)
{
    uint64_t offset;

    if (size_bytes > PIECE_SIZE / 2) {
        return hae_region_alloc_lines(region, (size_bytes + HAE_CACHE_LINE - 1) &
                                                  ~(uint64_t)(HAE_CACHE_LINE - 1));
    }
    if (own->free_size_bytes < size_bytes) {
        offset = hae_region_alloc_lines(region, PIECE_SIZE);
        if (offset == 0) {
            return 0;
        }
        own->free_offset = offset;
        own->free_size_bytes = PIECE_SIZE;
    }
    offset = own->free_offset;
    own->free_offset += size_bytes;
    own->free_size_bytes -= size_bytes;
    return offset;
}

/* A new cell; 0 when the heap is used up. */
static uint32_t make_cell(struct hae_recorder *recorder, struct hae_lane *lane,
                          const struct hae_series *series)
{
    struct hae_region *region = recorder->region;
    const struct hae_instrument *instrument = hae_ref_at(region, series->instrument);
    struct hae_lane_metrics *own = hae_lane_metrics(recorder, lane);
    bool histogram = instrument->kind == HAE_HISTOGRAM;
    uint64_t size =
        histogram ? hae_histogram_cell_size(instrument->boundary_count) : sizeof(uint64_t);
    uint64_t offset = own != NULL ? cut(region, own, size) : 0;

    if (offset == 0 || offset / 8 > UINT32_MAX) {
        return 0;
    }
    if (histogram) {
        struct hae_histogram_cell *cell = hae_region_at(region, offset);

        /* Relaxed, as nobody else sees it yet. */
        atomic_store_explicit(&cell->minimum, hae_double_bits(__builtin_inf()),
                              memory_order_relaxed);
        atomic_store_explicit(&cell->maximum, hae_double_bits(-__builtin_inf()),
                              memory_order_relaxed);
    }
    return (uint32_t)(offset / 8);
}

/* The references of this lane's group, made if need be; NULL when the heap is used up. */
static _Atomic uint32_t *group_of(struct hae_region *region, struct hae_series *series,
                                  uint32_t lane)
{
    _Atomic uint32_t *group = &series->groups[lane / HAE_LANES_PER_GROUP];
    /* Acquire pairs with the release below: memory of the heap is zero, but another
     * owner of a lane of this group may have made it. */
    uint32_t seen = atomic_load_explicit(group, memory_order_acquire);

    if (seen == 0) {
        void *made = hae_metrics_alloc(region, HAE_LANES_PER_GROUP * sizeof(uint32_t));

        if (made == NULL) {
            return NULL;
        }
        /* Release pairs with the acquire above, and with the collector's in hae_snapshot():
         * who finds the group finds it empty, not what the memory was before. Acquire on
         * failure: as above. */
        if (atomic_compare_exchange_strong_explicit(group, &seen, hae_ref_of(region, made),
                                                    memory_order_acq_rel, memory_order_acquire)) {
            return made;
        }
    }
    return hae_ref_at(region, seen);
}

uint32_t hae_cell_of_lane(struct hae_recorder *recorder, struct hae_lane *lane,
                          struct hae_series *series)
{
    struct hae_region *region = recorder->region;
    _Atomic uint32_t *group = group_of(region, series, lane->index);
    _Atomic uint32_t *place;
    uint32_t cell;

    if (group == NULL) {
        return 0;
    }
    place = &group[lane->index % HAE_LANES_PER_GROUP];
    /* Relaxed: this lane's owners alone write it. */
    cell = atomic_load_explicit(place, memory_order_relaxed);
    if (cell == 0) {
        cell = make_cell(recorder, lane, series);
        /* Release pairs with the acquire of the collector in add_group() of snapshot.c: it
         * sees the cell's first minimum and maximum. */
        atomic_store_explicit(place, cell, memory_order_release);
    }
    if (cell != 0) {
        hae_series_start(recorder, series);
    }
    return cell;
}
