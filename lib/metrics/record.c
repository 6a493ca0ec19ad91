/* SPDX-License-Identifier: Apache-2.0 */
/* Recording with attributes. */
#include "metrics/cell.h"
#include "metrics/lookup.h"
#include "metrics/series.h"

/* ---- The long way ---------------------------------------------------------------------- */

/* Where a measurement goes. */
struct place {
    struct hae_series *series;
    void *cell; /* of the lane; NULL: the series' shared cell */
};

/* Enters a series into the lane's cache, if the next call with this set can find it
 * there: not the overflow series, nor a set that is not as it is kept. */
static void remember(const struct hae_handle *handle, struct hae_lane *lane,
                     const struct hae_series *series, uint32_t cell,
                     const haetae_attribute *attributes, size_t count)
{
    struct hae_lane_metrics *own = hae_lane_metrics(handle->recorder, lane);
    uint32_t reference = hae_ref_of(handle->region, series);
    struct hae_lane_series *places;
    struct hae_quick quick;

    if (own == NULL || series->kept == 0 || reference == handle->instrument->overflow ||
        !hae_quick_read(handle->reference, attributes, count, &quick) ||
        !hae_plain_same(handle->region, series, attributes, count)) {
        return;
    }
    places = hae_lane_places(own, quick.hash);
    if (places[0].hash != quick.hash) {
        places[1] = places[0];
    }
    places[0] = (struct hae_lane_series){quick.hash, reference, cell};
}

static struct place find(const struct hae_handle *handle, struct hae_entry entry,
                         const haetae_attribute *attributes, size_t count)
{
    struct place place = {NULL, NULL};
    uint32_t cell;

    if (attributes == NULL) {
        count = 0;
    }
    place.series = hae_series_find(handle, attributes, count);
    if (entry.lane == NULL) {
        return place;
    }
    cell = handle->kind == HAE_GAUGE ? place.series->shared
                                     : hae_cell_of_lane(handle->recorder, entry.lane, place.series);
    if (cell != 0) {
        place.cell = hae_ref_at(handle->region, cell);
        remember(handle, entry.lane, place.series, cell, attributes, count);
    }
    return place;
}

static __attribute__((noinline)) void add_int64_slowly(const struct hae_handle *handle,
                                                       int64_t value,
                                                       const haetae_attribute *attributes,
                                                       size_t count)
{
    struct hae_entry entry = hae_enter(handle->recorder);
    struct place place = find(handle, entry, attributes, count);

    if (place.cell != NULL) {
        hae_cell_add_int64(place.cell, value);
    } else {
        hae_shared_add_int64(handle->recorder, place.series, value);
    }
    hae_leave(entry);
}

static __attribute__((noinline)) void add_double_slowly(const struct hae_handle *handle,
                                                        double value,
                                                        const haetae_attribute *attributes,
                                                        size_t count)
{
    struct hae_entry entry = hae_enter(handle->recorder);
    struct place place = find(handle, entry, attributes, count);

    if (place.cell != NULL) {
        hae_cell_add_double(place.cell, value);
    } else {
        hae_shared_add_double(handle->recorder, place.series, value);
    }
    hae_leave(entry);
}

static __attribute__((noinline)) void set_slowly(const struct hae_handle *handle, uint64_t bits,
                                                 const haetae_attribute *attributes, size_t count)
{
    struct hae_entry entry = hae_enter(handle->recorder);
    struct place place = find(handle, entry, attributes, count);

    hae_shared_set(handle->recorder, place.series, bits);
    hae_series_start(handle->recorder, place.series);
    hae_leave(entry);
}

static __attribute__((noinline)) void observe_slowly(const struct hae_handle *handle, double value,
                                                     const haetae_attribute *attributes,
                                                     size_t count)
{
    struct hae_entry entry = hae_enter(handle->recorder);
    struct place place = find(handle, entry, attributes, count);
    uint32_t bucket = hae_bucket_of(handle->boundaries, handle->boundary_count, value);

    if (place.cell != NULL) {
        hae_cell_observe(place.cell, bucket, value);
    } else {
        hae_shared_observe(handle->recorder, place.series, bucket, value);
    }
    hae_leave(entry);
}

/* ---- The short way ---------------------------------------------------------------------- */

/* The cell of this lane, after hae_lane_begin(). NULL: nothing was begun, and the long
 * way is to be taken. */
static inline __attribute__((always_inline)) void *
begin(const struct hae_handle *handle, const haetae_attribute *attributes, size_t count)
{
    struct hae_lane *lane = hae_lane_ready(handle->recorder, handle->attachment_offset);
    void *cell;

    if (HAE_UNLIKELY(lane == NULL)) {
        return NULL;
    }
    hae_lane_begin();
    cell = hae_known_cell(handle, lane, attributes, attributes != NULL ? count : 0);
    if (HAE_UNLIKELY(cell == NULL)) {
        hae_lane_end();
    }
    return cell;
}

static __attribute__((noinline)) void add_int64(const struct hae_handle *handle, int64_t value,
                                                const haetae_attribute *attributes, size_t count)
{
    void *cell = begin(handle, attributes, count);

    if (HAE_UNLIKELY(cell == NULL)) {
        add_int64_slowly(handle, value, attributes, count);
        return;
    }
    hae_cell_add_int64(cell, value);
    hae_lane_end();
}

static __attribute__((noinline)) void add_double(const struct hae_handle *handle, double value,
                                                 const haetae_attribute *attributes, size_t count)
{
    void *cell = begin(handle, attributes, count);

    if (HAE_UNLIKELY(cell == NULL)) {
        add_double_slowly(handle, value, attributes, count);
        return;
    }
    hae_cell_add_double(cell, value);
    hae_lane_end();
}

/* A series that the cache knows has a value, and so a start. */
static __attribute__((noinline)) void set(const struct hae_handle *handle, uint64_t bits,
                                          const haetae_attribute *attributes, size_t count)
{
    struct hae_number_cell *cell = begin(handle, attributes, count);

    if (HAE_UNLIKELY(cell == NULL)) {
        set_slowly(handle, bits, attributes, count);
        return;
    }
    /* Relaxed: see hae_shared_set(). */
    atomic_store_explicit(&cell->word[0], bits, memory_order_relaxed);
    hae_lane_end();
}

static __attribute__((noinline)) void observe(const struct hae_handle *handle, double value,
                                              const haetae_attribute *attributes, size_t count)
{
    void *cell = begin(handle, attributes, count);

    if (HAE_UNLIKELY(cell == NULL)) {
        observe_slowly(handle, value, attributes, count);
        return;
    }
    hae_cell_observe(cell, hae_bucket_of(handle->boundaries, handle->boundary_count, value), value);
    hae_lane_end();
}

/* Whether a measurement can be taken; counts it if not. */
static inline bool admit(const struct hae_handle *handle, bool right)
{
    if (HAE_LIKELY(right && hae_admits(handle->recorder))) {
        return true;
    }
    hae_count_misuse(handle->recorder, HAETAE_MISUSE_MEASUREMENT);
    return false;
}

static inline bool is_int64(const struct hae_handle *handle)
{
    return handle->number_type == HAETAE_NUMBER_INT64;
}

static inline bool is_double(const struct hae_handle *handle)
{
    return handle->number_type == HAETAE_NUMBER_DOUBLE;
}

void haetae_counter_add(haetae_counter *counter, int64_t increment,
                        const haetae_attribute *attributes, size_t count)
{
    if (counter != NULL &&
        admit(&counter->handle, (uint64_t)increment < counter->handle.increments_below)) {
        add_int64(&counter->handle, increment, attributes, count);
    }
}

void haetae_counter_add_double(haetae_counter *counter, double increment,
                               const haetae_attribute *attributes, size_t count)
{
    if (counter != NULL && admit(&counter->handle, is_double(&counter->handle) && increment >= 0)) {
        add_double(&counter->handle, increment, attributes, count);
    }
}

void haetae_up_down_counter_add(haetae_up_down_counter *counter, int64_t increment,
                                const haetae_attribute *attributes, size_t count)
{
    if (counter != NULL && admit(&counter->handle, is_int64(&counter->handle))) {
        add_int64(&counter->handle, increment, attributes, count);
    }
}

void haetae_up_down_counter_add_double(haetae_up_down_counter *counter, double increment,
                                       const haetae_attribute *attributes, size_t count)
{
    if (counter != NULL &&
        admit(&counter->handle, is_double(&counter->handle) && !__builtin_isnan(increment))) {
        add_double(&counter->handle, increment, attributes, count);
    }
}

void haetae_gauge_record(haetae_gauge *gauge, int64_t value, const haetae_attribute *attributes,
                         size_t count)
{
    if (gauge != NULL && admit(&gauge->handle, is_int64(&gauge->handle))) {
        set(&gauge->handle, (uint64_t)value, attributes, count);
    }
}

void haetae_gauge_record_double(haetae_gauge *gauge, double value,
                                const haetae_attribute *attributes, size_t count)
{
    if (gauge != NULL &&
        admit(&gauge->handle, is_double(&gauge->handle) && !__builtin_isnan(value))) {
        set(&gauge->handle, hae_double_bits(value), attributes, count);
    }
}

void haetae_histogram_record(haetae_histogram *histogram, int64_t value,
                             const haetae_attribute *attributes, size_t count)
{
    if (histogram != NULL && admit(&histogram->handle, is_int64(&histogram->handle))) {
        observe(&histogram->handle, (double)value, attributes, count);
    }
}

void haetae_histogram_record_double(haetae_histogram *histogram, double value,
                                    const haetae_attribute *attributes, size_t count)
{
    if (histogram != NULL &&
        admit(&histogram->handle, is_double(&histogram->handle) && !__builtin_isnan(value))) {
        observe(&histogram->handle, value, attributes, count);
    }
}
