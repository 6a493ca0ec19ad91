/* SPDX-License-Identifier: Apache-2.0 */
/* Instruments with an attribute set resolved once. */
#include "base/alloc.h"
#include "metrics/cell.h"
#include "metrics/series.h"

/* ---- Binding ------------------------------------------------------------------------- */

static struct hae_bound *find_bound(struct hae_handle *handle, const struct hae_series *series)
{
    struct hae_bound *bound = handle->bounds;

    while (bound != NULL && bound->series != series) {
        bound = bound->next;
    }
    return bound;
}

static struct hae_bound *make_bound(struct hae_handle *handle, struct hae_series *series)
{
    size_t places = (size_t)handle->recorder->lane_count + 1;
    struct hae_bound *bound = hae_calloc(1, sizeof *bound + places * sizeof(hae_cell_entry));

    if (bound != NULL) {
        bound->recorder = handle->recorder;
        bound->series = series;
        bound->attachment_offset = handle->attachment_offset;
        bound->boundaries = handle->boundaries;
        bound->boundary_count = handle->boundary_count;
        bound->kind = handle->kind;
        bound->number_type = handle->number_type;
        bound->increments_below = handle->increments_below;
        bound->handle = handle;
        bound->next = handle->bounds;
        handle->bounds = bound;
    }
    return bound;
}

/* Binding twice to one series gives one bound instrument: who binds for every request
 * doesn't fill the memory. */
static haetae_status bind(struct hae_handle *handle, const haetae_attribute *attributes,
                          size_t count, struct hae_bound **ret_bound)
{
    struct hae_series *series;
    struct hae_bound *bound;

    if (attributes == NULL) {
        count = 0;
    }
    if (count > HAE_METRIC_ATTRIBUTES_MAX) {
        return HAETAE_EINVAL;
    }
    if (!hae_admits(handle->recorder)) {
        return HAETAE_ESHUTDOWN;
    }
    series = hae_series_find(handle, attributes, count);
    pthread_mutex_lock(&handle->meter->provider->lock);
    bound = find_bound(handle, series);
    if (bound == NULL) {
        bound = make_bound(handle, series);
    }
    pthread_mutex_unlock(&handle->meter->provider->lock);
    if (bound == NULL) {
        return HAETAE_ENOMEM;
    }
    *ret_bound = bound;
    return HAETAE_OK;
}

/* The four kinds differ in their handles' types alone. */
#define BIND(kind)                                                                                 \
    haetae_status haetae_##kind##_bind(haetae_##kind *instrument,                                  \
                                       const haetae_attribute *attributes, size_t count,           \
                                       haetae_bound_##kind **ret_bound)                            \
    {                                                                                              \
        struct hae_bound *bound = NULL;                                                            \
        haetae_status status;                                                                      \
                                                                                                   \
        if (ret_bound == NULL) {                                                                   \
            return HAETAE_EINVAL;                                                                  \
        }                                                                                          \
        status =                                                                                   \
            instrument != NULL ? bind(&instrument->handle, attributes, count, &bound) : HAETAE_OK; \
        if (status == HAETAE_OK) {                                                                 \
            *ret_bound = (haetae_bound_##kind *)bound;                                             \
        }                                                                                          \
        return status;                                                                             \
    }

BIND(counter)
BIND(up_down_counter)
BIND(gauge)
BIND(histogram)

/* ---- Recording ------------------------------------------------------------------------- */

/* Whether a measurement can be taken; counts it if not. */
static inline bool admit(const struct hae_bound *bound, bool right)
{
    if (HAE_LIKELY(right && hae_admits(bound->recorder))) {
        return true;
    }
    hae_count_misuse(bound->recorder, HAETAE_MISUSE_MEASUREMENT);
    return false;
}

static inline bool is_int64(const struct hae_bound *bound)
{
    return bound->number_type == HAETAE_NUMBER_INT64;
}

static inline bool is_double(const struct hae_bound *bound)
{
    return bound->number_type == HAETAE_NUMBER_DOUBLE;
}

/* This lane's cell, if it is known; NULL also without a lane. */
static inline void *known_cell(const struct hae_bound *bound)
{
    /* Relaxed: a lane's owners alone read and write its entry. */
    return atomic_load_explicit(
        &hae_bound_cells(bound)[hae_lane_place(bound->recorder, bound->attachment_offset)],
        memory_order_relaxed);
}

/* This lane's cell, made if need be; NULL when the shared one serves. */
static void *find_cell(struct hae_bound *bound, struct hae_entry entry)
{
    uint32_t reference;
    void *cell;

    if (entry.lane == NULL) {
        return NULL;
    }
    reference = hae_cell_of_lane(bound->recorder, entry.lane, bound->series);
    cell = reference != 0 ? hae_ref_at(bound->recorder->region, reference) : NULL;
    /* Relaxed: see known_cell(). */
    atomic_store_explicit(&hae_bound_cells(bound)[entry.lane->index + 1], cell,
                          memory_order_relaxed);
    return cell;
}

static __attribute__((noinline)) void add_int64_slowly(struct hae_bound *bound, int64_t value)
{
    struct hae_entry entry = hae_enter(bound->recorder);
    void *cell = find_cell(bound, entry);

    if (cell != NULL) {
        hae_cell_add_int64(cell, value);
    } else {
        hae_shared_add_int64(bound->recorder, bound->series, value);
    }
    hae_leave(entry);
}

static inline void add_int64(struct hae_bound *bound, int64_t value)
{
    void *cell = known_cell(bound);

    if (HAE_UNLIKELY(cell == NULL || !hae_lane_may_add_int64())) {
        add_int64_slowly(bound, value);
        return;
    }
    hae_cell_add_int64_alone(cell, value);
}

static __attribute__((noinline)) void add_double_slowly(struct hae_bound *bound, double value)
{
    struct hae_entry entry = hae_enter(bound->recorder);
    void *cell = find_cell(bound, entry);

    if (cell != NULL) {
        hae_cell_add_double(cell, value);
    } else {
        hae_shared_add_double(bound->recorder, bound->series, value);
    }
    hae_leave(entry);
}

static inline void add_double(struct hae_bound *bound, double value)
{
    void *cell = known_cell(bound);

    if (HAE_UNLIKELY(cell == NULL || !hae_lane_is_free())) {
        add_double_slowly(bound, value);
        return;
    }
    hae_lane_begin();
    hae_cell_add_double(cell, value);
    hae_lane_end();
}

/* No lane: all threads write the one word. */
static inline void set(struct hae_bound *bound, uint64_t bits)
{
    hae_shared_set(bound->recorder, bound->series, bits);
    hae_series_start(bound->recorder, bound->series);
}

static __attribute__((noinline)) void observe_slowly(struct hae_bound *bound, uint32_t bucket,
                                                     double value)
{
    struct hae_entry entry = hae_enter(bound->recorder);
    void *cell = find_cell(bound, entry);

    if (cell != NULL) {
        hae_cell_observe(cell, bucket, value);
    } else {
        hae_shared_observe(bound->recorder, bound->series, bucket, value);
    }
    hae_leave(entry);
}

static inline void observe(struct hae_bound *bound, double value)
{
    uint32_t bucket = hae_bucket_of(bound->boundaries, bound->boundary_count, value);
    void *cell = known_cell(bound);

    if (HAE_UNLIKELY(cell == NULL || !hae_lane_is_free())) {
        observe_slowly(bound, bucket, value);
        return;
    }
    hae_lane_begin();
    hae_cell_observe(cell, bucket, value);
    hae_lane_end();
}

void haetae_bound_counter_add(haetae_bound_counter *bound, int64_t increment)
{
    if (bound != NULL &&
        admit(&bound->bound, (uint64_t)increment < bound->bound.increments_below)) {
        add_int64(&bound->bound, increment);
    }
}

void haetae_bound_counter_add_double(haetae_bound_counter *bound, double increment)
{
    if (bound != NULL && admit(&bound->bound, is_double(&bound->bound) && increment >= 0)) {
        add_double(&bound->bound, increment);
    }
}

void haetae_bound_up_down_counter_add(haetae_bound_up_down_counter *bound, int64_t increment)
{
    if (bound != NULL && admit(&bound->bound, is_int64(&bound->bound))) {
        add_int64(&bound->bound, increment);
    }
}

void haetae_bound_up_down_counter_add_double(haetae_bound_up_down_counter *bound, double increment)
{
    if (bound != NULL &&
        admit(&bound->bound, is_double(&bound->bound) && !__builtin_isnan(increment))) {
        add_double(&bound->bound, increment);
    }
}

void haetae_bound_gauge_record(haetae_bound_gauge *bound, int64_t value)
{
    if (bound != NULL && admit(&bound->bound, is_int64(&bound->bound))) {
        set(&bound->bound, (uint64_t)value);
    }
}

void haetae_bound_gauge_record_double(haetae_bound_gauge *bound, double value)
{
    if (bound != NULL &&
        admit(&bound->bound, is_double(&bound->bound) && !__builtin_isnan(value))) {
        set(&bound->bound, hae_double_bits(value));
    }
}

void haetae_bound_histogram_record(haetae_bound_histogram *bound, int64_t value)
{
    if (bound != NULL && admit(&bound->bound, is_int64(&bound->bound))) {
        observe(&bound->bound, (double)value);
    }
}

void haetae_bound_histogram_record_double(haetae_bound_histogram *bound, double value)
{
    if (bound != NULL &&
        admit(&bound->bound, is_double(&bound->bound) && !__builtin_isnan(value))) {
        observe(&bound->bound, value);
    }
}
