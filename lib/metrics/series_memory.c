/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/series_memory.h"

#include "base/bytes.h"

uint16_t hae_series_group_count(const struct hae_region *region)
{
    return (uint16_t)((region->lane_count + HAE_LANES_PER_GROUP - 1) / HAE_LANES_PER_GROUP);
}

uint64_t hae_series_head_size(const struct hae_region *region)
{
    return hae_align8(sizeof(struct hae_series) +
                      hae_series_group_count(region) * sizeof(uint32_t));
}

uint64_t hae_series_size_typical(const struct hae_stream *stream)
{
    /* Sets that change have memory for the next one as well. */
    enum { ATTRIBUTES = 3, ATTRIBUTE_BYTES = 40, SET_BYTES = 256 };
    size_t set = stream->gives_back
                     ? (size_t)SET_BYTES
                     : ATTRIBUTES * (ATTRIBUTE_BYTES + sizeof(struct hae_kept_attribute));

    return hae_series_head_size(stream->region) +
           stream->aggregation->cell_size(stream->data, true) + set;
}

/* The part of the heap of a lane that has made a cell. */
static const struct hae_lane_metrics *own_of(const struct hae_stream *stream, uint32_t lane)
{
    return hae_region_at(stream->region, hae_lane_at(stream->recorder, lane)->metrics_offset);
}

void hae_series_empty(const struct hae_stream *stream, struct hae_series *series)
{
    const struct hae_aggregation *aggregation = stream->aggregation;
    struct hae_region *region = stream->region;

    /* Relaxed throughout: no other thread uses the series. */
    atomic_store_explicit(&series->start_unix_ns, 0, memory_order_relaxed);
    hae_cell_init(aggregation, stream->data, hae_ref_at(region, series->shared), true);
    for (uint32_t i = 0; i < series->group_count; i++) {
        uint32_t group = atomic_load_explicit(&series->groups[i], memory_order_relaxed);
        const _Atomic uint32_t *cells = hae_ref_at(region, group);

        for (uint32_t lane = 0; group != 0 && lane < HAE_LANES_PER_GROUP; lane++) {
            uint32_t cell = atomic_load_explicit(&cells[lane], memory_order_relaxed);

            if (cell != 0) {
                hae_lane_cell_init(aggregation, stream->data, region,
                                   own_of(stream, i * HAE_LANES_PER_GROUP + lane),
                                   hae_ref_at(region, cell));
            }
        }
    }
}
