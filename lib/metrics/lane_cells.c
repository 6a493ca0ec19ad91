/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/lane_cells.h"

#include "metrics/series.h"

enum { PIECE_SIZE = 512, CACHE_LENGTH_MIN = 16, CACHE_LENGTH_MAX = 256 };

/* Returns so many entries that the caches of all lanes take at most an eighth of the heap. */
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

struct hae_lane_metrics *hae_lane_metrics(struct hae_metrics_budget *budget, struct hae_lane *lane)
{
    struct hae_region *region = budget->region;
    struct hae_lane_metrics *own;
    uint64_t length;

    if (lane->metrics_offset != 0) {
        return hae_region_at(region, lane->metrics_offset);
    }
    length = cache_length(region);
    lane->metrics_offset = hae_metrics_take_for_lane(
        budget, sizeof *own + length * sizeof own->cache[0], HAE_CACHE_LINE);
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
        uint64_t scratch;

        own = hae_region_at(region, lane->metrics_offset);
        scratch = own->scratch;
        memset(own, 0, sizeof *own + (size_t)length * sizeof own->cache[0]);
        own->cache_mask = length - 2;
        own->scratch = scratch;
    }
}

/* Cuts off memory in cache lines of this lane. Returns its offset, or 0. */
static uint64_t cut(struct hae_metrics_budget *budget, struct hae_lane_metrics *own,
                    uint64_t size_bytes)
{
    uint64_t offset;

    if (size_bytes > PIECE_SIZE / 2) {
        return hae_metrics_take_for_lane(budget, hae_round_up(size_bytes, HAE_CACHE_LINE),
                                         HAE_CACHE_LINE);
    }
    if (own->free_size_bytes < size_bytes) {
        offset = hae_metrics_take_for_lane(budget, PIECE_SIZE, HAE_CACHE_LINE);
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

/* Makes the lane's scratch if the stream's cells need it and there is none. False: the heap is used
 * up. */
static bool has_scratch(const struct hae_stream *stream, struct hae_lane_metrics *own)
{
    size_t size = stream->aggregation->scratch_size_bytes;

    if (size != 0 && own->scratch == 0) {
        own->scratch = hae_metrics_take_for_lane(stream->reserve->budget, size, HAE_CACHE_LINE);
    }
    return size == 0 || own->scratch != 0;
}

/* Makes a cell. Returns a reference; 0 when the heap is used up. */
static uint32_t make_cell(const struct hae_stream *stream, struct hae_lane *lane)
{
    const struct hae_aggregation *aggregation = stream->aggregation;
    struct hae_region *region = stream->region;
    struct hae_metrics_budget *budget = stream->reserve->budget;
    struct hae_lane_metrics *own = hae_lane_metrics(budget, lane);
    uint64_t offset = own != NULL && has_scratch(stream, own)
                          ? cut(budget, own, aggregation->cell_size(stream->data, false))
                          : 0;

    if (offset == 0 || offset / 8 > UINT32_MAX) {
        return 0;
    }
    hae_lane_cell_init(aggregation, stream->data, region, own, hae_region_at(region, offset));
    return (uint32_t)(offset / 8);
}

/* Returns the references of this lane's group, made if need be; NULL when the heap is used
 * up. */
static _Atomic uint32_t *group_of(struct hae_metrics_budget *budget, struct hae_series *series,
                                  uint32_t lane)
{
    struct hae_region *region = budget->region;
    _Atomic uint32_t *group = &series->groups[lane / HAE_LANES_PER_GROUP];
    /* Acquire pairs with the release below: memory of the heap is zero, but another
     * owner of a lane of this group may have made it. */
    uint32_t seen = atomic_load_explicit(group, memory_order_acquire);

    if (seen == 0) {
        void *made = hae_metrics_at(
            budget, hae_metrics_take_for_lane(budget, HAE_LANES_PER_GROUP * sizeof(uint32_t), 8));

        if (made == NULL) {
            return NULL;
        }
        /* Release pairs with the acquire above, and with the one in hae_snapshot(): whoever
         * finds the group finds it empty, not what the memory was before. Acquire on
         * failure: as above. */
        if (atomic_compare_exchange_strong_explicit(group, &seen, hae_ref_of(region, made),
                                                    memory_order_acq_rel, memory_order_acquire)) {
            return made;
        }
    }
    return hae_ref_at(region, seen);
}

uint32_t hae_lane_cell(const struct hae_stream *stream, struct hae_lane *lane,
                       struct hae_series *series)
{
    _Atomic uint32_t *group = group_of(stream->reserve->budget, series, lane->index);
    _Atomic uint32_t *place;
    uint32_t cell;

    if (group == NULL) {
        return 0;
    }
    place = &group[lane->index % HAE_LANES_PER_GROUP];
    /* Relaxed: this lane's owners alone write it. */
    cell = atomic_load_explicit(place, memory_order_relaxed);
    if (cell == 0) {
        cell = make_cell(stream, lane);
        /* Release pairs with the acquire in add_group() of snapshot.c, which sees the cell as
         * it was made. */
        atomic_store_explicit(place, cell, memory_order_release);
    }
    if (cell != 0) {
        hae_series_start(stream->recorder, series);
    }
    return cell;
}
