/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/place.h"

#include "metrics/lane_cells.h"
#include "metrics/lookup.h"
#include "metrics/series.h"

/* Enters a series into the lane's cache, if the next call with this set can find it
 * there: not the overflow series, nor a set that is not as it is kept. */
static void remember(const struct hae_stream *stream, struct hae_lane *lane,
                     const struct hae_series *series, uint32_t cell,
                     const haetae_attribute *attributes, size_t count)
{
    struct hae_lane_metrics *own = hae_lane_metrics(stream->reserve->budget, lane);
    uint32_t reference = hae_ref_of(stream->region, series);
    struct hae_lane_series *places;
    struct hae_quick quick;

    if (own == NULL || series->kept == 0 || reference == stream->data->overflow ||
        !hae_quick_read(stream->reference, attributes, count, &quick) ||
        !hae_plain_same(stream->region, series, attributes, count)) {
        return;
    }
    places = hae_lane_places(own, quick.hash);
    if (places[0].hash != quick.hash) {
        places[1] = places[0];
    }
    places[0] = (struct hae_lane_series){quick.hash, reference, cell};
}

/* The same for a filtered set: as the filter leaves it. The cache has no place for sets of more
 * than HAE_QUICK_ATTRIBUTES_MAX attributes. */
static __attribute__((noinline)) void
remember_filtered(const struct hae_stream *stream, struct hae_lane *lane,
                  const struct hae_series *series, uint32_t cell,
                  const haetae_attribute *attributes, size_t count)
{
    haetae_attribute kept[HAE_QUICK_ATTRIBUTES_MAX];

    if (hae_filter_apply(stream->filter, attributes, count, kept, HAE_QUICK_ATTRIBUTES_MAX,
                         &count)) {
        remember(stream, lane, series, cell, kept, count);
    }
}

struct hae_place hae_place_find(const struct hae_stream *stream, struct hae_entry entry,
                                const haetae_attribute *attributes, size_t count)
{
    struct hae_place place = {NULL, NULL};
    uint32_t cell;

    if (attributes == NULL) {
        count = 0;
    }
    place.series = hae_series_find(stream, attributes, count);
    if (entry.lane == NULL) {
        return place;
    }
    cell = stream->aggregation->has_lane_cells ? hae_lane_cell(stream, entry.lane, place.series)
                                               : place.series->shared;
    if (cell != 0) {
        place.cell = hae_ref_at(stream->region, cell);
        if (stream->filter == NULL) {
            remember(stream, entry.lane, place.series, cell, attributes, count);
        } else {
            remember_filtered(stream, entry.lane, place.series, cell, attributes, count);
        }
    }
    return place;
}
