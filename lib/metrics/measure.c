/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/measure.h"

#include "metrics/lane_cells.h"
#include "metrics/lane_ready.h"
#include "metrics/lookup.h"
#include "metrics/place.h"
#include "metrics/reservoir.h"
#include "metrics/series.h"
#include "metrics/unused.h"
#include "recorder/call.h"

/* ---- What is refused ---- */

static bool admit(struct hae_recorder *recorder, bool valid)
{
    if (valid && hae_admits(recorder)) {
        return true;
    }
    hae_count_misuse(recorder, HAETAE_MISUSE_MEASUREMENT);
    return false;
}

/* The sums of the others only grow. */
static bool takes_negative(uint8_t kind)
{
    return !hae_kind_is_monotonic(kind);
}

bool hae_measure_int64_valid(uint8_t kind, uint8_t number_type, int64_t value)
{
    return number_type == HAETAE_NUMBER_INT64 && (value >= 0 || takes_negative(kind));
}

bool hae_measure_double_valid(uint8_t kind, uint8_t number_type, double value)
{
    return number_type == HAETAE_NUMBER_DOUBLE && __builtin_isfinite(value) &&
           (value >= 0 || takes_negative(kind));
}

/* ---- Finding ---- */

struct measurement {
    union hae_number value;
    const haetae_attribute *attributes;
    size_t count;
};

/* Finds the entry for a set in the lane's cache: see remember() in place.c. */
static const struct hae_lane_series *find_known(const struct hae_stream *stream,
                                                const struct hae_lane *lane,
                                                const struct measurement *measurement)
{
    haetae_attribute kept[HAE_QUICK_ATTRIBUTES_MAX];
    size_t count;

    if (lane == NULL) {
        return NULL;
    }
    if (stream->filter == NULL) {
        return hae_known(stream, lane, measurement->attributes, measurement->count);
    }
    return hae_filter_apply(stream->filter, measurement->attributes, measurement->count, kept,
                            HAE_QUICK_ATTRIBUTES_MAX, &count)
               ? hae_known(stream, lane, kept, count)
               : NULL;
}

/* Offers the measurement that was just recorded to the exemplars of its series. What is recorded
 * inline is never offered: see exemplar_flags in instrument.h. */
static HAE_ALWAYS_INLINE void offer(const struct hae_stream *stream, struct hae_series *series,
                                    const struct hae_lane *lane, union hae_number value,
                                    const haetae_attribute *attributes, size_t count)
{
    if (HAE_UNLIKELY(hae_exemplar_wanted(stream->exemplars))) {
        hae_reservoir_offer(stream, series, lane, value, attributes, count);
    }
}

static void record_at(const struct hae_stream *stream, const struct hae_lane *lane,
                      struct hae_place place, const struct measurement *measurement)
{
    const struct hae_aggregation *aggregation = stream->aggregation;

    if (place.cell != NULL && aggregation->has_lane_cells
            ? aggregation->record(stream, place.cell, measurement->value)
            : aggregation->record_shared(stream, place.series, measurement->value)) {
        offer(stream, place.series, lane, measurement->value, measurement->attributes,
              measurement->count);
    }
}

/* ---- Where series are given back ---- */

/* The place of a set in the lane's cache, which may have been given back, and be another one's by
 * now. */
static struct hae_place find_kept(const struct hae_stream *stream, const struct hae_lane *lane,
                                  const haetae_attribute *attributes, size_t count)
{
    struct hae_region *region = stream->region;
    struct hae_place nowhere = {NULL, NULL};
    const struct hae_lane_series *known;
    struct hae_series *series;
    struct hae_quick quick;

    known = count == 0 ? hae_known_empty(stream, lane)
                       : hae_known_hash(stream, lane, attributes, count, &quick);
    if (known == NULL) {
        return nowhere;
    }
    series = hae_ref_at(region, known->series);
    if (count != 0 &&
        (!hae_series_is_there(series) ||
         !hae_known_same(stream, series, attributes, count, &quick) || !hae_series_use(series))) {
        return nowhere;
    }
    return (struct hae_place){series, hae_ref_at(region, known->cell)};
}

static struct hae_place find_filtered(const struct hae_stream *stream, const struct hae_lane *lane,
                                      const struct measurement *measurement)
{
    haetae_attribute kept[HAE_QUICK_ATTRIBUTES_MAX];
    size_t count;

    return hae_filter_apply(stream->filter, measurement->attributes, measurement->count, kept,
                            HAE_QUICK_ATTRIBUTES_MAX, &count)
               ? find_kept(stream, lane, kept, count)
               : (struct hae_place){NULL, NULL};
}

/* The call has entered (unused.h). */
static HAE_NOINLINE void record_in_round(const struct hae_stream *stream, struct hae_entry entry,
                                         const struct measurement *measurement)
{
    struct hae_place place = {NULL, NULL};

    if (entry.lane != NULL && stream->filter == NULL) {
        place = find_kept(stream, entry.lane, measurement->attributes, measurement->count);
    } else if (entry.lane != NULL) {
        place = find_filtered(stream, entry.lane, measurement);
    }
    if (place.series == NULL) {
        place = hae_place_find(stream, entry, measurement->attributes, measurement->count);
    }
    record_at(stream, entry.lane, place, measurement);
    /* After it: of a last value nothing is seen before. The series may have begun again since the
     * cache found it. */
    hae_series_start(stream->recorder, place.series);
}

static struct hae_entry enter(const struct hae_stream *stream)
{
    struct hae_entry entry = hae_enter(stream->recorder);

    if (HAE_UNLIKELY(stream->unused != NULL)) {
        hae_unused_enter(stream->unused, entry.lane);
    }
    return entry;
}

static void leave(const struct hae_stream *stream, struct hae_entry entry)
{
    if (HAE_UNLIKELY(stream->unused != NULL)) {
        hae_unused_leave(stream->unused, entry.lane);
    }
    hae_leave(entry);
}

/* ---- Recording with attributes ---- */

static void record(const struct hae_stream *stream, struct hae_entry entry,
                   const struct measurement *measurement)
{
    const struct hae_lane_series *known;

    if (HAE_UNLIKELY(stream->gives_back)) {
        record_in_round(stream, entry, measurement);
        return;
    }
    known = find_known(stream, entry.lane, measurement);
    if (known != NULL) {
        if (stream->aggregation->record(stream, hae_ref_at(stream->region, known->cell),
                                        measurement->value)) {
            offer(stream, hae_ref_at(stream->region, known->series), entry.lane, measurement->value,
                  measurement->attributes, measurement->count);
        }
    } else {
        record_at(stream, entry.lane,
                  hae_place_find(stream, entry, measurement->attributes, measurement->count),
                  measurement);
    }
}

/* `measurement` is passed by its address: to copy it would load in one wide read what smaller
 * stores have just written, which stalls. */
static void record_all(const struct hae_instrument *instrument,
                       const struct measurement *measurement)
{
    struct hae_entry entry;

    if (instrument->stream_count == 0) {
        return; /* views drop it */
    }
    entry = enter(&instrument->streams[0]);
    for (uint32_t i = 0; i < instrument->stream_count; i++) {
        record(&instrument->streams[i], entry, measurement);
    }
    leave(&instrument->streams[0], entry);
}

static HAE_NOINLINE void record_long(const struct hae_instrument *instrument,
                                     union hae_number value, const haetae_attribute *attributes,
                                     size_t count)
{
    record_all(instrument, &(struct measurement){value, attributes, count});
}

/* Records what was admitted. What is not recorded inline only because it may become an exemplar
 * mostly finds its series in the lane's cache. */
static HAE_NOINLINE void record_measured(const struct hae_instrument *instrument,
                                         union hae_number value, const haetae_attribute *attributes,
                                         size_t count)
{
    const struct hae_stream *stream = &instrument->first;
    struct hae_lane *lane = hae_measures_only_one(instrument) && !stream->gives_back
                                ? hae_lane_ready(stream->recorder, stream->attachment_offset)
                                : NULL;
    const struct hae_lane_series *known;

    if (HAE_UNLIKELY(lane == NULL)) {
        record_long(instrument, value, attributes, count);
        return;
    }
    hae_lane_begin();
    known =
        count != 0 ? hae_known_set(stream, lane, attributes, count) : hae_known_empty(stream, lane);
    if (HAE_UNLIKELY(known == NULL)) {
        hae_lane_end();
        record_long(instrument, value, attributes, count);
        return;
    }
    if (stream->aggregation->record(stream, hae_ref_at(stream->region, known->cell), value)) {
        offer(stream, hae_ref_at(stream->region, known->series), lane, value, attributes, count);
    }
    hae_lane_end();
}

void hae_measure_int64(const struct hae_instrument *instrument, int64_t value,
                       const haetae_attribute *attributes, size_t count)
{
    if (admit(instrument->recorder,
              hae_measure_int64_valid(instrument->kind, instrument->number_type, value))) {
        record_measured(instrument, (union hae_number){.int64 = value}, attributes,
                        attributes != NULL ? count : 0);
    }
}

void hae_measure_double(const struct hae_instrument *instrument, double value,
                        const haetae_attribute *attributes, size_t count)
{
    if (admit(instrument->recorder,
              hae_measure_double_valid(instrument->kind, instrument->number_type, value))) {
        record_measured(instrument, (union hae_number){.real = value}, attributes,
                        attributes != NULL ? count : 0);
    }
}

void hae_measure_stream(const struct hae_stream *stream, union hae_number value,
                        const haetae_attribute *attributes, size_t count)
{
    struct measurement measurement = {value, attributes, attributes != NULL ? count : 0};
    struct hae_entry entry = enter(stream);

    /* A thread that borrows its lane has not looked into the lane's cache yet. */
    record(stream, entry, &measurement);
    leave(stream, entry);
}

HAE_COLD void hae_measure_stream_keyed(const struct hae_stream *stream, union hae_number value,
                                       const haetae_keys *keys, const haetae_value *values,
                                       size_t count)
{
    struct hae_joined_keys joined;
    struct hae_entry entry;

    hae_measured_keys(stream->recorder, keys, values, count, &joined);
    if (stream->gives_back) {
        /* The lane's cache knows a list by its number, but not what else a place was before. */
        hae_measure_stream(stream, value, joined.attributes, joined.count);
        return;
    }
    entry = hae_enter(stream->recorder);
    record_at(stream, entry.lane, hae_place_find_keyed(stream, entry, &joined),
              &(struct measurement){value, joined.attributes, joined.count});
    hae_leave(entry);
}

void hae_measure_only_keyed(const struct hae_instrument *instrument, union hae_number value,
                            const haetae_keys *keys, const haetae_value *values, size_t count)
{
    const struct hae_stream *stream = &instrument->first;
    struct hae_entry entry = hae_enter(stream->recorder);
    uint32_t number = count == keys->count && values != NULL ? hae_key_list_number(keys) : 0;
    /* A custom reservoir gets the attributes, so it takes the long way. */
    const struct hae_lane_series *known =
        entry.lane != NULL && number != 0 && count != 0 && stream->reservoir.ops == NULL &&
                !stream->gives_back
            ? hae_known_keyed(stream, entry.lane, number, values, count)
            : NULL;

    if (HAE_LIKELY(known != NULL)) {
        if (stream->aggregation->record(stream, hae_ref_at(stream->region, known->cell), value)) {
            offer(stream, hae_ref_at(stream->region, known->series), entry.lane, value, NULL, 0);
        }
        hae_leave(entry);
        return;
    }
    hae_leave(entry);
    hae_measure_stream_keyed(stream, value, keys, values, count);
}

/* ---- Recording into what is bound ---- */

/* Where the lane's cell is not known, or must not be touched. */
static HAE_NOINLINE void record_bound_slowly(const struct hae_bound *bound, union hae_number value)
{
    const struct hae_stream *stream = bound->all[0].stream;
    struct hae_entry entry = hae_enter(bound->recorder);
    void *cell = NULL;

    if (entry.lane != NULL) {
        hae_cell_entry *known = &hae_bound_cells(bound)[entry.lane->index + 1];

        /* Relaxed, here and below: a lane's owners alone read and write its entry. */
        cell = atomic_load_explicit(known, memory_order_relaxed);
        if (cell == NULL) {
            uint32_t reference = hae_lane_cell(stream, entry.lane, bound->series);

            cell = reference != 0 ? hae_ref_at(stream->region, reference) : NULL;
            atomic_store_explicit(known, cell, memory_order_relaxed);
        }
    }
    if (cell != NULL ? stream->aggregation->record(stream, cell, value)
                     : stream->aggregation->record_shared(stream, bound->series, value)) {
        offer(stream, bound->series, entry.lane, value, NULL, 0);
    }
    hae_leave(entry);
}

void hae_measure_bound_only(const struct hae_bound *bound, union hae_number value)
{
    const struct hae_stream *stream = bound->all[0].stream;
    uint32_t place = hae_lane_place(bound->recorder, bound->attachment_offset);
    /* Relaxed: as above; without a lane it is the place of no cell. */
    void *cell = atomic_load_explicit(&hae_bound_cells(bound)[place], memory_order_relaxed);

    if (HAE_LIKELY(cell != NULL && hae_lane_is_free())) {
        hae_lane_begin();
        if (stream->aggregation->record(stream, cell, value)) {
            offer(stream, bound->series, hae_lane_attachment(bound->attachment_offset)->lane, value,
                  NULL, 0);
        }
        hae_lane_end();
    } else {
        record_bound_slowly(bound, value);
    }
}

static void record_bound(const struct hae_bound_series *bound, struct hae_entry entry,
                         union hae_number value)
{
    const struct hae_stream *stream = bound->stream;
    uint32_t cell = entry.lane != NULL && stream->aggregation->has_lane_cells
                        ? hae_lane_cell(stream, entry.lane, bound->series)
                        : 0;

    record_at(
        stream, entry.lane,
        (struct hae_place){bound->series, cell != 0 ? hae_ref_at(stream->region, cell) : NULL},
        &(struct measurement){value, NULL, 0});
}

static HAE_NOINLINE void record_each_bound(const struct hae_bound *bound, union hae_number value)
{
    struct hae_entry entry = hae_enter(bound->recorder);

    for (uint32_t i = 0; i < bound->series_count; i++) {
        record_bound(&bound->all[i], entry, value);
    }
    hae_leave(entry);
}

static inline void record_all_bound(const struct hae_bound *bound, union hae_number value)
{
    if (bound->series_count == 1 && bound->all[0].stream->aggregation->has_lane_cells) {
        hae_measure_bound_only(bound, value);
    } else {
        record_each_bound(bound, value);
    }
}

void hae_measure_bound_int64(const struct hae_bound *bound, int64_t value)
{
    if (admit(bound->recorder, hae_measure_int64_valid(bound->kind, bound->number_type, value))) {
        record_all_bound(bound, (union hae_number){.int64 = value});
    }
}

void hae_measure_bound_double(const struct hae_bound *bound, double value)
{
    if (admit(bound->recorder, hae_measure_double_valid(bound->kind, bound->number_type, value))) {
        record_all_bound(bound, (union hae_number){.real = value});
    }
}
