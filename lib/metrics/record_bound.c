/* SPDX-License-Identifier: Apache-2.0 */
/* The API's calls that record into a bound instrument: inline, where it has one stream for that.
 * measure.c has the way of all other measurements. */
#include "metrics/aggregation_histogram.h"
#include "metrics/aggregation_last_value.h"
#include "metrics/aggregation_sum.h"
#include "metrics/bound.h"
#include "metrics/measure.h"
#include "metrics/series.h"
#include "recorder/call.h"

/* ---- Into the one series --------------------------------------------------------------- */

/* Returns this lane's cell, if it is known; NULL also without a lane. */
static inline void *known_cell(const struct hae_bound *bound)
{
    /* Relaxed: a lane's owners alone read and write its entry. */
    return atomic_load_explicit(
        &hae_bound_cells(bound)[hae_lane_place(bound->recorder, bound->attachment_offset)],
        memory_order_relaxed);
}

/* Records a double that was not looked at yet. */
static HAE_COLD void record_double_slowly(struct hae_bound *bound, double value)
{
    if (__builtin_isfinite(value)) {
        hae_measure_bound_only(bound, (union hae_number){.real = value});
    } else {
        hae_cell_refuse(bound->recorder);
    }
}

static inline void add_int64(struct hae_bound *bound, int64_t value)
{
    void *cell = known_cell(bound);

    if (HAE_UNLIKELY(cell == NULL || !hae_lane_may_add_int64())) {
        hae_measure_bound_only(bound, (union hae_number){.int64 = value});
        return;
    }
    hae_cell_add_int64_alone(cell, value);
}

static inline void add_double(struct hae_bound *bound, double value)
{
    void *cell = known_cell(bound);
    bool added;

    if (HAE_UNLIKELY(cell == NULL || !hae_lane_is_free())) {
        record_double_slowly(bound, value);
        return;
    }
    hae_lane_begin();
    added = hae_cell_add_double(cell, value);
    hae_lane_end();
    if (HAE_UNLIKELY(!added)) {
        hae_cell_refuse(bound->recorder);
    }
}

/* No lane: all threads write the one word. */
static inline void set(struct hae_bound *bound, union hae_number value)
{
    hae_last_value_set(hae_ref_at(bound->recorder->region, bound->series->shared), value);
    hae_series_start(bound->recorder, bound->series);
}

/* False: nothing was done, and the long way is to be taken. */
static inline bool observe(struct hae_bound *bound, double value)
{
    uint32_t bucket = hae_bucket_of(bound->boundaries, bound->boundary_count, value);
    void *cell = known_cell(bound);
    bool observed;

    if (HAE_UNLIKELY(cell == NULL || !hae_lane_is_free())) {
        return false;
    }
    hae_lane_begin();
    observed = hae_cell_observe(cell, bucket, value, value);
    hae_lane_end();
    if (HAE_UNLIKELY(!observed)) {
        hae_cell_refuse(bound->recorder);
    }
    return true;
}

/* ---- The calls ------------------------------------------------------------------------- */

/* Whether a measurement may be recorded inline: not one that may become an exemplar. A double that
 * is not finite is found when it would change a sum. */
static inline bool admit(const struct hae_bound *bound, bool valid)
{
    return HAE_LIKELY(valid && !hae_exemplar_is_traced(bound->exemplar_flags) &&
                      hae_admits(bound->recorder));
}

static inline bool takes_int64(const struct hae_bound *bound)
{
    return bound->inline_type == HAETAE_NUMBER_INT64;
}

static inline bool takes_double(const struct hae_bound *bound)
{
    return bound->inline_type == HAETAE_NUMBER_DOUBLE;
}

void haetae_bound_counter_add(haetae_bound_counter *handle, int64_t increment)
{
    struct hae_bound *bound = (struct hae_bound *)handle;

    if (bound == NULL) {
        return;
    }
    if (admit(bound, (uint64_t)increment < bound->increments_below)) {
        add_int64(bound, increment);
    } else {
        hae_measure_bound_int64(bound, increment);
    }
}

void haetae_bound_counter_add_double(haetae_bound_counter *handle, double increment)
{
    struct hae_bound *bound = (struct hae_bound *)handle;

    if (bound == NULL) {
        return;
    }
    if (admit(bound, takes_double(bound) && increment >= 0)) {
        add_double(bound, increment);
    } else {
        hae_measure_bound_double(bound, increment);
    }
}

void haetae_bound_up_down_counter_add(haetae_bound_up_down_counter *handle, int64_t increment)
{
    struct hae_bound *bound = (struct hae_bound *)handle;

    if (bound == NULL) {
        return;
    }
    if (admit(bound, takes_int64(bound))) {
        add_int64(bound, increment);
    } else {
        hae_measure_bound_int64(bound, increment);
    }
}

void haetae_bound_up_down_counter_add_double(haetae_bound_up_down_counter *handle, double increment)
{
    struct hae_bound *bound = (struct hae_bound *)handle;

    if (bound == NULL) {
        return;
    }
    if (admit(bound, takes_double(bound))) {
        add_double(bound, increment);
    } else {
        hae_measure_bound_double(bound, increment);
    }
}

void haetae_bound_gauge_record(haetae_bound_gauge *handle, int64_t value)
{
    struct hae_bound *bound = (struct hae_bound *)handle;

    if (bound == NULL) {
        return;
    }
    if (admit(bound, takes_int64(bound))) {
        set(bound, (union hae_number){.int64 = value});
    } else {
        hae_measure_bound_int64(bound, value);
    }
}

void haetae_bound_gauge_record_double(haetae_bound_gauge *handle, double value)
{
    struct hae_bound *bound = (struct hae_bound *)handle;

    if (bound == NULL) {
        return;
    }
    if (admit(bound, takes_double(bound) && __builtin_isfinite(value))) {
        set(bound, (union hae_number){.real = value});
    } else {
        hae_measure_bound_double(bound, value);
    }
}

void haetae_bound_histogram_record(haetae_bound_histogram *handle, int64_t value)
{
    struct hae_bound *bound = (struct hae_bound *)handle;

    if (bound == NULL) {
        return;
    }
    if (admit(bound, (uint64_t)value < bound->increments_below)) {
        if (HAE_UNLIKELY(!observe(bound, (double)value))) {
            hae_measure_bound_only(bound, (union hae_number){.int64 = value});
        }
    } else {
        hae_measure_bound_int64(bound, value);
    }
}

void haetae_bound_histogram_record_double(haetae_bound_histogram *handle, double value)
{
    struct hae_bound *bound = (struct hae_bound *)handle;

    if (bound == NULL) {
        return;
    }
    if (admit(bound, takes_double(bound) && value >= 0)) {
        if (HAE_UNLIKELY(!observe(bound, value))) {
            record_double_slowly(bound, value);
        }
    } else {
        hae_measure_bound_double(bound, value);
    }
}
