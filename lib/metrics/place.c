/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/place.h"

#include "metrics/lane_cells.h"
#include "metrics/lookup.h"
#include "metrics/series.h"

/* Enters a series into the lane's cache, where `hash` leads to. */
static void enter(struct hae_lane_metrics *own, uint64_t hash, struct hae_lane_series entry)
{
    struct hae_lane_series *places = hae_lane_places(own, hash);

    if (places[0].hash != entry.hash) {
        places[1] = places[0];
    }
    places[0] = entry;
}

/* Whether the next call with a set can find its series in a cache: not the overflow series, nor one
 * with attributes that are not plain. */
static bool can_be_known(const struct hae_stream *stream, const struct hae_series *series)
{
    return series->kept != 0 && hae_ref_of(stream->region, series) != stream->data->overflow;
}

/* Has the lane's cache remember a series, if the set is as it is kept, in any order. */
static void remember(const struct hae_stream *stream, struct hae_lane *lane,
                     const struct hae_series *series, uint32_t cell,
                     const haetae_attribute *attributes, size_t count)
{
    struct hae_lane_metrics *own = hae_lane_metrics(stream->reserve->budget, lane);
    uint32_t reference = hae_ref_of(stream->region, series);
    struct hae_quick quick;

    if (own == NULL || !can_be_known(stream, series)) {
        return;
    }
    if (count == 0) {
        enter(own, hae_empty_hash(stream->reference),
              (struct hae_lane_series){hae_empty_entry(stream->reference), reference, cell});
    } else if (hae_quick_read(stream->reference, attributes, count, &quick) &&
               hae_plain_same(stream->region, series, attributes, count)) {
        enter(own, quick.hash, (struct hae_lane_series){quick.hash, reference, cell});
    }
}

/* The same by the number of a list of keys. False: the series does not keep them in the list's
 * order. */
static bool remember_keyed(const struct hae_stream *stream, struct hae_lane *lane,
                           const struct hae_series *series, uint32_t cell,
                           const struct hae_joined_keys *joined)
{
    struct hae_region *region = stream->region;
    struct hae_lane_metrics *own = hae_lane_metrics(stream->reserve->budget, lane);
    struct hae_quick quick;

    if (joined->number == 0 || own == NULL || !can_be_known(stream, series) ||
        series->attribute_count != joined->count ||
        !hae_quick_read(stream->reference, joined->attributes, joined->count, &quick) ||
        !hae_same_as_kept(hae_ref_at(region, series->kept), hae_ref_at(region, series->attributes),
                          joined->attributes, joined->count, &quick)) {
        return false;
    }
    enter(own, quick.hash,
          (struct hae_lane_series){hae_keyed_entry(quick.hash, joined->number),
                                   hae_ref_of(region, series), cell});
    return true;
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

/* Finds the series, and the lane's cell of it; *ret_cell is a reference to that, or 0. */
static struct hae_place find(const struct hae_stream *stream, struct hae_entry entry,
                             const haetae_attribute *attributes, size_t count, uint32_t *ret_cell)
{
    struct hae_place place = {hae_series_find(stream, attributes, count), NULL};
    uint32_t cell = 0;

    if (entry.lane != NULL) {
        cell = stream->aggregation->has_lane_cells ? hae_lane_cell(stream, entry.lane, place.series)
                                                   : place.series->shared;
    }
    if (cell != 0) {
        place.cell = hae_ref_at(stream->region, cell);
    }
    *ret_cell = cell;
    return place;
}

struct hae_place hae_place_find(const struct hae_stream *stream, struct hae_entry entry,
                                const haetae_attribute *attributes, size_t count)
{
    struct hae_place place;
    uint32_t cell;

    if (attributes == NULL) {
        count = 0;
    }
    place = find(stream, entry, attributes, count, &cell);
    if (cell != 0 && stream->filter == NULL) {
        remember(stream, entry.lane, place.series, cell, attributes, count);
    } else if (cell != 0) {
        remember_filtered(stream, entry.lane, place.series, cell, attributes, count);
    }
    return place;
}

struct hae_place hae_place_find_keyed(const struct hae_stream *stream, struct hae_entry entry,
                                      const struct hae_joined_keys *joined)
{
    const haetae_attribute *attributes = joined->attributes;
    const struct hae_lane_series *known = NULL;
    struct hae_place place;
    uint32_t cell;

    if (entry.lane != NULL && joined->count != 0) {
        known = hae_known_set(stream, entry.lane, attributes, joined->count);
    }
    if (known != NULL) {
        cell = known->cell;
        place.series = hae_ref_at(stream->region, known->series);
        place.cell = hae_ref_at(stream->region, cell);
        (void)remember_keyed(stream, entry.lane, place.series, cell, joined);
        return place;
    }
    place = find(stream, entry, attributes, joined->count, &cell);
    if (cell != 0 && !remember_keyed(stream, entry.lane, place.series, cell, joined)) {
        remember(stream, entry.lane, place.series, cell, attributes, joined->count);
    }
    return place;
}
