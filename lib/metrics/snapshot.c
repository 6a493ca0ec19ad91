/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/snapshot.h"

#include <string.h>

#include "metrics/observed.h"

static void add_group(struct hae_region *region, const struct hae_stream_data *stream,
                      const struct hae_aggregation *aggregation, const _Atomic uint32_t *group,
                      struct hae_point *point)
{
    for (uint32_t i = 0; i < HAE_LANES_PER_GROUP; i++) {
        /* Acquire pairs with the release in hae_lane_cell(): the cell is as it was made. */
        uint32_t cell = atomic_load_explicit(&group[i], memory_order_acquire);

        if (cell != 0) {
            aggregation->merge(stream, hae_ref_at(region, cell), false, point);
        }
    }
}

bool hae_snapshot(struct hae_region *region, const struct hae_stream_data *stream,
                  const struct hae_aggregation *aggregation, const struct hae_series *series,
                  struct hae_point *ret_point)
{
    /* Acquire pairs with the release in hae_series_start_slow(): a last value is there. */
    uint64_t start = atomic_load_explicit(&series->start_unix_ns, memory_order_acquire);

    if (start == 0 || (hae_stream_is_observed(stream) &&
                       !hae_observed_is_reported(hae_ref_at(region, series->shared)))) {
        return false;
    }
    ret_point->start_unix_ns = start;
    memset(ret_point->words, 0,
           hae_point_word_count(aggregation, stream) * sizeof ret_point->words[0]);
    if (aggregation->point_init != NULL) {
        aggregation->point_init(ret_point);
    }
    aggregation->merge(stream, hae_ref_at(region, series->shared), true, ret_point);
    for (uint32_t i = 0; i < series->group_count && aggregation->has_lane_cells; i++) {
        /* Acquire pairs with the release in group_of() of lane_cells.c. */
        uint32_t group = atomic_load_explicit(&series->groups[i], memory_order_acquire);

        if (group != 0) {
            add_group(region, stream, aggregation, hae_ref_at(region, group), ret_point);
        }
    }
    return aggregation->has_value == NULL || aggregation->has_value(ret_point);
}
