/* SPDX-License-Identifier: Apache-2.0 */
/* Recording with attributes. */
#include "metrics/attributes.h"
#include "metrics/cell.h"
#include "metrics/series.h"

/* Where a measurement goes. */
struct place {
    struct hae_series *series;
    void *cell; /* of the lane; NULL: the series' shared cell */
};

/* `known` is the entry of the lane's cache that belongs to `hash`, or NULL. */
static struct place find_slowly(const struct hae_handle *handle, struct hae_entry entry,
                                const haetae_attribute *attributes, size_t count,
                                struct hae_lane_series *known, uint64_t hash)
{
    struct hae_recorder *recorder = handle->recorder;
    struct place place = {hae_series_find(handle, attributes, count), NULL};
    uint32_t cell = 0;

    if (entry.lane != NULL && handle->kind != HAE_GAUGE) {
        cell = hae_cell_of_lane(recorder, entry.lane, place.series);
        place.cell = cell != 0 ? hae_ref_at(recorder->region, cell) : NULL;
    }
    /* Not what comes by another hash: the overflow series, and sets that are not as
     * they are kept. */
    if (known != NULL && place.series->hash == hash) {
        known->hash = hash;
        known->series = hae_ref_of(recorder->region, place.series);
        known->cell = cell;
    }
    return place;
}

/* Finds the series and the cell, most often in the lane's cache. */
static struct place find(const struct hae_handle *handle, struct hae_entry entry,
                         const haetae_attribute *attributes, size_t count)
{
    struct hae_region *region = handle->recorder->region;
    struct hae_lane_metrics *own;
    struct hae_lane_series *known;
    struct hae_series *series;
    uint64_t hash;

    if (HAE_UNLIKELY(entry.lane == NULL || count > HAE_METRIC_ATTRIBUTES_MAX ||
                     !hae_plain_hash(attributes, count, &hash))) {
        return find_slowly(handle, entry, attributes, count, NULL, 0);
    }
    own = hae_lane_metrics(handle->recorder, entry.lane);
    if (HAE_UNLIKELY(own == NULL)) {
        return find_slowly(handle, entry, attributes, count, NULL, 0);
    }
    hash = hae_series_hash(hash, handle->reference);
    known = &own->cache[hash & own->cache_mask];
    if (HAE_UNLIKELY(known->hash != hash)) {
        return find_slowly(handle, entry, attributes, count, known, hash);
    }
    series = hae_ref_at(region, known->series);
    if (HAE_UNLIKELY(series->instrument != handle->reference ||
                     !hae_plain_same(region, series, attributes, count))) {
        return find_slowly(handle, entry, attributes, count, known, hash);
    }
    return (struct place){series, known->cell != 0 ? hae_ref_at(region, known->cell) : NULL};
}

/* Whether a measurement can be taken; counts it if not. */
static inline bool admit(const struct hae_handle *handle, int32_t number_type, bool sane)
{
    if (HAE_LIKELY(sane && handle->number_type == number_type && hae_accepting(handle->recorder))) {
        return true;
    }
    hae_count_misuse(handle->recorder, HAETAE_MISUSE_MEASUREMENT);
    return false;
}

static void add_int64(const struct hae_handle *handle, int64_t value,
                      const haetae_attribute *attributes, size_t count)
{
    struct hae_entry entry = hae_enter(handle->recorder);
    struct place place = find(handle, entry, attributes, attributes != NULL ? count : 0);

    if (HAE_LIKELY(place.cell != NULL)) {
        hae_cell_add_int64(place.cell, value);
    } else {
        hae_shared_add_int64(handle->recorder, place.series, value);
    }
    hae_leave(entry);
}

static void add_double(const struct hae_handle *handle, double value,
                       const haetae_attribute *attributes, size_t count)
{
    struct hae_entry entry = hae_enter(handle->recorder);
    struct place place = find(handle, entry, attributes, attributes != NULL ? count : 0);

    if (HAE_LIKELY(place.cell != NULL)) {
        hae_cell_add_double(place.cell, value);
    } else {
        hae_shared_add_double(handle->recorder, place.series, value);
    }
    hae_leave(entry);
}

static void set(const struct hae_handle *handle, uint64_t bits, const haetae_attribute *attributes,
                size_t count)
{
    struct hae_entry entry = hae_enter(handle->recorder);
    struct place place = find(handle, entry, attributes, attributes != NULL ? count : 0);

    hae_shared_set(handle->recorder, place.series, bits);
    hae_series_start(handle->recorder, place.series);
    hae_leave(entry);
}

static void observe(const struct hae_handle *handle, double value,
                    const haetae_attribute *attributes, size_t count)
{
    struct hae_entry entry = hae_enter(handle->recorder);
    struct place place = find(handle, entry, attributes, attributes != NULL ? count : 0);
    uint32_t bucket = hae_bucket_of(handle->boundaries, handle->boundary_count, value);

    if (HAE_LIKELY(place.cell != NULL)) {
        hae_cell_observe(place.cell, bucket, value);
    } else {
        hae_shared_observe(handle->recorder, place.series, bucket, value);
    }
    hae_leave(entry);
}

void haetae_counter_add(haetae_counter *counter, int64_t increment,
                        const haetae_attribute *attributes, size_t count)
{
    if (counter != NULL && admit(&counter->handle, HAETAE_NUMBER_INT64, increment >= 0)) {
        add_int64(&counter->handle, increment, attributes, count);
    }
}

void haetae_counter_add_double(haetae_counter *counter, double increment,
                               const haetae_attribute *attributes, size_t count)
{
    if (counter != NULL && admit(&counter->handle, HAETAE_NUMBER_DOUBLE, increment >= 0)) {
        add_double(&counter->handle, increment, attributes, count);
    }
}

void haetae_up_down_counter_add(haetae_up_down_counter *counter, int64_t increment,
                                const haetae_attribute *attributes, size_t count)
{
    if (counter != NULL && admit(&counter->handle, HAETAE_NUMBER_INT64, true)) {
        add_int64(&counter->handle, increment, attributes, count);
    }
}

void haetae_up_down_counter_add_double(haetae_up_down_counter *counter, double increment,
                                       const haetae_attribute *attributes, size_t count)
{
    if (counter != NULL &&
        admit(&counter->handle, HAETAE_NUMBER_DOUBLE, !__builtin_isnan(increment))) {
        add_double(&counter->handle, increment, attributes, count);
    }
}

void haetae_gauge_record(haetae_gauge *gauge, int64_t value, const haetae_attribute *attributes,
                         size_t count)
{
    if (gauge != NULL && admit(&gauge->handle, HAETAE_NUMBER_INT64, true)) {
        set(&gauge->handle, (uint64_t)value, attributes, count);
    }
}

void haetae_gauge_record_double(haetae_gauge *gauge, double value,
                                const haetae_attribute *attributes, size_t count)
{
    if (gauge != NULL && admit(&gauge->handle, HAETAE_NUMBER_DOUBLE, !__builtin_isnan(value))) {
        set(&gauge->handle, hae_double_bits(value), attributes, count);
    }
}

void haetae_histogram_record(haetae_histogram *histogram, int64_t value,
                             const haetae_attribute *attributes, size_t count)
{
    if (histogram != NULL && admit(&histogram->handle, HAETAE_NUMBER_INT64, true)) {
        observe(&histogram->handle, (double)value, attributes, count);
    }
}

void haetae_histogram_record_double(haetae_histogram *histogram, double value,
                                    const haetae_attribute *attributes, size_t count)
{
    if (histogram != NULL &&
        admit(&histogram->handle, HAETAE_NUMBER_DOUBLE, !__builtin_isnan(value))) {
        observe(&histogram->handle, value, attributes, count);
    }
}
