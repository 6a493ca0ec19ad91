/* SPDX-License-Identifier: Apache-2.0 */
/* Recording with attributes into the one stream of an instrument that is recorded into inline, for
 * the calls that are given attributes and for those that are given keys and values. */
#ifndef HAETAE_METRICS_RECORD_INLINE_H
#define HAETAE_METRICS_RECORD_INLINE_H

#include "metrics/aggregation_histogram.h"
#include "metrics/aggregation_last_value.h"
#include "metrics/aggregation_sum.h"
#include "metrics/instrument.h"
#include "metrics/lookup.h"
#include "metrics/measure.h"
#include "recorder/call.h"
#include "wire/key_list.h"

/* The set of a measurement, as the caller gives it. Which kind it is, the compiler knows. */
struct hae_given_set {
    enum { HAE_GIVEN_NOTHING, HAE_GIVEN_ATTRIBUTES, HAE_GIVEN_KEYS } kind;
    const haetae_attribute *attributes;
    const haetae_keys *keys;
    const haetae_value *values;
    size_t count;
};

static const struct hae_given_set hae_given_nothing = {HAE_GIVEN_NOTHING, NULL, NULL, NULL, 0};

/* A list that is neither NULL nor empty. */
static HAE_ALWAYS_INLINE struct hae_given_set
hae_given_attributes(const haetae_attribute *attributes, size_t count)
{
    return (struct hae_given_set){HAE_GIVEN_ATTRIBUTES, attributes, NULL, NULL, count};
}

/* `keys` is not NULL. */
static HAE_ALWAYS_INLINE struct hae_given_set
hae_given_keys(const haetae_keys *keys, const haetae_value *values, size_t count)
{
    return (struct hae_given_set){HAE_GIVEN_KEYS, NULL, keys, values, count};
}

/* ---- The long way --------------------------------------------------------------------------- */

static HAE_ALWAYS_INLINE void hae_measure_given(const struct hae_stream *stream,
                                                union hae_number value, struct hae_given_set set)
{
    if (set.kind == HAE_GIVEN_KEYS) {
        hae_measure_stream_keyed(stream, value, set.keys, set.values, set.count);
    } else {
        hae_measure_stream(stream, value, set.attributes, set.count);
    }
}

/* The same for a double that was not looked at yet. */
static HAE_ALWAYS_INLINE void hae_measure_given_double(const struct hae_stream *stream,
                                                       double value, struct hae_given_set set)
{
    if (__builtin_isfinite(value)) {
        hae_measure_given(stream, (union hae_number){.real = value}, set);
    } else {
        hae_cell_refuse(stream->recorder);
    }
}

/* ---- Inline --------------------------------------------------------------------------------- */

/* The number of a list that the values fit; 0: there is none. */
static HAE_ALWAYS_INLINE uint32_t hae_given_number(struct hae_given_set set)
{
    return HAE_LIKELY(set.count == set.keys->count && set.values != NULL)
               ? hae_key_list_number(set.keys)
               : 0;
}

/* Returns the entry of the lane's cache, after hae_lane_begin(). NULL: nothing was begun, and the
 * long way is to be taken. */
static HAE_ALWAYS_INLINE const struct hae_lane_series *
hae_record_begin(const struct hae_stream *stream, struct hae_given_set set)
{
    uint32_t number = set.kind == HAE_GIVEN_KEYS ? hae_given_number(set) : 1;
    struct hae_lane *lane = hae_lane_ready(stream->recorder, stream->attachment_offset);
    const struct hae_lane_series *known;

    if (HAE_UNLIKELY(lane == NULL || number == 0)) {
        return NULL;
    }
    hae_lane_begin();
    switch (set.kind) {
    case HAE_GIVEN_KEYS:
        known = hae_known_keyed(stream, lane, number, set.values, set.count);
        break;
    case HAE_GIVEN_ATTRIBUTES:
        known = hae_known_set(stream, lane, set.attributes, set.count);
        break;
    default:
        known = hae_known_empty(stream, lane);
        break;
    }
    if (HAE_UNLIKELY(known == NULL)) {
        hae_lane_end();
    }
    return known;
}

static inline void *hae_cell_of(const struct hae_stream *stream,
                                const struct hae_lane_series *known)
{
    return hae_ref_at(stream->region, known->cell);
}

static HAE_ALWAYS_INLINE void hae_record_add_int64(const struct hae_stream *stream, int64_t value,
                                                   struct hae_given_set set)
{
    const struct hae_lane_series *known = hae_record_begin(stream, set);

    if (HAE_UNLIKELY(known == NULL)) {
        hae_measure_given(stream, (union hae_number){.int64 = value}, set);
        return;
    }
    hae_cell_add_int64(hae_cell_of(stream, known), value);
    hae_lane_end();
}

static HAE_ALWAYS_INLINE void hae_record_add_double(const struct hae_stream *stream, double value,
                                                    struct hae_given_set set)
{
    const struct hae_lane_series *known = hae_record_begin(stream, set);
    bool added;

    if (HAE_UNLIKELY(known == NULL)) {
        hae_measure_given_double(stream, value, set);
        return;
    }
    added = hae_cell_add_double(hae_cell_of(stream, known), value);
    hae_lane_end();
    if (HAE_UNLIKELY(!added)) {
        hae_cell_refuse(stream->recorder);
    }
}

static HAE_ALWAYS_INLINE void hae_record_set(const struct hae_stream *stream,
                                             union hae_number value, struct hae_given_set set)
{
    const struct hae_lane_series *known = hae_record_begin(stream, set);

    if (HAE_UNLIKELY(known == NULL)) {
        hae_measure_given(stream, value, set);
        return;
    }
    /* The cache knows it, so the series has a value, and a start. */
    hae_last_value_set(hae_cell_of(stream, known), value);
    hae_lane_end();
}

/* False: nothing was done, and the long way is to be taken. */
static HAE_ALWAYS_INLINE bool hae_record_observe(const struct hae_stream *stream, double value,
                                                 struct hae_given_set set)
{
    const struct hae_lane_series *known = hae_record_begin(stream, set);
    bool observed;

    if (HAE_UNLIKELY(known == NULL)) {
        return false;
    }
    observed = hae_cell_observe(hae_cell_of(stream, known),
                                hae_bucket_of(stream->boundaries, stream->boundary_count, value),
                                value, value);
    hae_lane_end();
    if (HAE_UNLIKELY(!observed)) {
        hae_cell_refuse(stream->recorder);
    }
    return true;
}

static HAE_ALWAYS_INLINE void hae_record_observe_int64(const struct hae_stream *stream,
                                                       int64_t value, struct hae_given_set set)
{
    if (HAE_UNLIKELY(!hae_record_observe(stream, (double)value, set))) {
        hae_measure_given(stream, (union hae_number){.int64 = value}, set);
    }
}

static HAE_ALWAYS_INLINE void hae_record_observe_double(const struct hae_stream *stream,
                                                        double value, struct hae_given_set set)
{
    if (HAE_UNLIKELY(!hae_record_observe(stream, value, set))) {
        hae_measure_given_double(stream, value, set);
    }
}

/* ---- What is recorded inline ---------------------------------------------------------------- */

/* Whether a measurement may be: not one that may become an exemplar. A double that is not finite is
 * found when it would change a sum. */
static inline bool hae_record_admit(const struct hae_instrument *instrument, bool valid)
{
    return HAE_LIKELY(valid && !hae_exemplar_is_traced(instrument->exemplar_flags) &&
                      hae_admits(instrument->first.recorder));
}

static inline bool hae_takes_int64(const struct hae_instrument *instrument)
{
    return instrument->inline_type == HAETAE_NUMBER_INT64;
}

static inline bool hae_takes_double(const struct hae_instrument *instrument)
{
    return instrument->inline_type == HAETAE_NUMBER_DOUBLE;
}

#endif
