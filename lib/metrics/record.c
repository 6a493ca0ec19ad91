/* SPDX-License-Identifier: Apache-2.0 */
/* The API's calls that record with attributes, into the one stream of an instrument that is
 * recorded into inline. measure.c has the way of all other measurements. */
#include "metrics/aggregation_histogram.h"
#include "metrics/aggregation_last_value.h"
#include "metrics/aggregation_sum.h"
#include "metrics/instrument.h"
#include "metrics/lookup.h"
#include "metrics/measure.h"
#include "recorder/call.h"

/* Returns the cell of this lane, after hae_lane_begin(). NULL: nothing was begun, and the
 * long way is to be taken. */
static inline __attribute__((always_inline)) void *
begin(const struct hae_stream *stream, const haetae_attribute *attributes, size_t count)
{
    struct hae_lane *lane = hae_lane_ready(stream->recorder, stream->attachment_offset);
    void *cell;

    if (HAE_UNLIKELY(lane == NULL)) {
        return NULL;
    }
    hae_lane_begin();
    cell = hae_known_cell(stream, lane, attributes, attributes != NULL ? count : 0);
    if (HAE_UNLIKELY(cell == NULL)) {
        hae_lane_end();
    }
    return cell;
}

static __attribute__((noinline)) void add_int64(const struct hae_stream *stream, int64_t value,
                                                const haetae_attribute *attributes, size_t count)
{
    void *cell = begin(stream, attributes, count);

    if (HAE_UNLIKELY(cell == NULL)) {
        hae_measure_stream(stream, (union hae_number){.int64 = value}, attributes, count);
        return;
    }
    hae_cell_add_int64(cell, value);
    hae_lane_end();
}

/* The long way of a double that was not looked at yet. */
static HAE_COLD void measure_double(const struct hae_stream *stream, double value,
                                    const haetae_attribute *attributes, size_t count)
{
    if (__builtin_isfinite(value)) {
        hae_measure_stream(stream, (union hae_number){.real = value}, attributes, count);
    } else {
        hae_cell_refuse(stream->recorder);
    }
}

static __attribute__((noinline)) void add_double(const struct hae_stream *stream, double value,
                                                 const haetae_attribute *attributes, size_t count)
{
    void *cell = begin(stream, attributes, count);
    bool added;

    if (HAE_UNLIKELY(cell == NULL)) {
        measure_double(stream, value, attributes, count);
        return;
    }
    added = hae_cell_add_double(cell, value);
    hae_lane_end();
    if (HAE_UNLIKELY(!added)) {
        hae_cell_refuse(stream->recorder);
    }
}

static __attribute__((noinline)) void set(const struct hae_stream *stream, union hae_number value,
                                          const haetae_attribute *attributes, size_t count)
{
    void *cell = begin(stream, attributes, count);

    if (HAE_UNLIKELY(cell == NULL)) {
        hae_measure_stream(stream, value, attributes, count);
        return;
    }
    /* The cache knows it, so the series has a value, and a start. */
    hae_last_value_set(cell, value);
    hae_lane_end();
}

/* False: nothing was done, and the long way is to be taken. */
static inline __attribute__((always_inline)) bool observe(const struct hae_stream *stream,
                                                          double value,
                                                          const haetae_attribute *attributes,
                                                          size_t count)
{
    void *cell = begin(stream, attributes, count);
    bool observed;

    if (HAE_UNLIKELY(cell == NULL)) {
        return false;
    }
    observed = hae_cell_observe(
        cell, hae_bucket_of(stream->boundaries, stream->boundary_count, value), value);
    hae_lane_end();
    if (HAE_UNLIKELY(!observed)) {
        hae_cell_refuse(stream->recorder);
    }
    return true;
}

static __attribute__((noinline)) void observe_int64(const struct hae_stream *stream, int64_t value,
                                                    const haetae_attribute *attributes,
                                                    size_t count)
{
    if (HAE_UNLIKELY(!observe(stream, (double)value, attributes, count))) {
        hae_measure_stream(stream, (union hae_number){.int64 = value}, attributes, count);
    }
}

static __attribute__((noinline)) void observe_double(const struct hae_stream *stream, double value,
                                                     const haetae_attribute *attributes,
                                                     size_t count)
{
    if (HAE_UNLIKELY(!observe(stream, value, attributes, count))) {
        measure_double(stream, value, attributes, count);
    }
}

/* ---- The calls ------------------------------------------------------------------------- */

/* Whether a measurement may be recorded inline. A double that is not finite is found when it would
 * change a sum. */
static inline bool admit(const struct hae_instrument *instrument, bool valid)
{
    return HAE_LIKELY(valid && hae_admits(instrument->first.recorder));
}

static inline bool takes_int64(const struct hae_instrument *instrument)
{
    return instrument->inline_type == HAETAE_NUMBER_INT64;
}

static inline bool takes_double(const struct hae_instrument *instrument)
{
    return instrument->inline_type == HAETAE_NUMBER_DOUBLE;
}

void haetae_counter_add(haetae_counter *counter, int64_t increment,
                        const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)counter;

    if (instrument == NULL) {
        return;
    }
    if (admit(instrument, (uint64_t)increment < instrument->increments_below)) {
        add_int64(&instrument->first, increment, attributes, count);
    } else {
        hae_measure_int64(instrument, increment, attributes, count);
    }
}

void haetae_counter_add_double(haetae_counter *counter, double increment,
                               const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)counter;

    if (instrument == NULL) {
        return;
    }
    if (admit(instrument, takes_double(instrument) && increment >= 0)) {
        add_double(&instrument->first, increment, attributes, count);
    } else {
        hae_measure_double(instrument, increment, attributes, count);
    }
}

void haetae_up_down_counter_add(haetae_up_down_counter *counter, int64_t increment,
                                const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)counter;

    if (instrument == NULL) {
        return;
    }
    if (admit(instrument, takes_int64(instrument))) {
        add_int64(&instrument->first, increment, attributes, count);
    } else {
        hae_measure_int64(instrument, increment, attributes, count);
    }
}

void haetae_up_down_counter_add_double(haetae_up_down_counter *counter, double increment,
                                       const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)counter;

    if (instrument == NULL) {
        return;
    }
    if (admit(instrument, takes_double(instrument))) {
        add_double(&instrument->first, increment, attributes, count);
    } else {
        hae_measure_double(instrument, increment, attributes, count);
    }
}

void haetae_gauge_record(haetae_gauge *gauge, int64_t value, const haetae_attribute *attributes,
                         size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)gauge;

    if (instrument == NULL) {
        return;
    }
    if (admit(instrument, takes_int64(instrument))) {
        set(&instrument->first, (union hae_number){.int64 = value}, attributes, count);
    } else {
        hae_measure_int64(instrument, value, attributes, count);
    }
}

void haetae_gauge_record_double(haetae_gauge *gauge, double value,
                                const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)gauge;

    if (instrument == NULL) {
        return;
    }
    if (admit(instrument, takes_double(instrument) && __builtin_isfinite(value))) {
        set(&instrument->first, (union hae_number){.real = value}, attributes, count);
    } else {
        hae_measure_double(instrument, value, attributes, count);
    }
}

void haetae_histogram_record(haetae_histogram *histogram, int64_t value,
                             const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)histogram;

    if (instrument == NULL) {
        return;
    }
    if (admit(instrument, (uint64_t)value < instrument->increments_below)) {
        observe_int64(&instrument->first, value, attributes, count);
    } else {
        hae_measure_int64(instrument, value, attributes, count);
    }
}

void haetae_histogram_record_double(haetae_histogram *histogram, double value,
                                    const haetae_attribute *attributes, size_t count)
{
    struct hae_instrument *instrument = (struct hae_instrument *)histogram;

    if (instrument == NULL) {
        return;
    }
    if (admit(instrument, takes_double(instrument) && value >= 0)) {
        observe_double(&instrument->first, value, attributes, count);
    } else {
        hae_measure_double(instrument, value, attributes, count);
    }
}
