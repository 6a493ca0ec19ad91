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
    uint32_t lanes = handle->recorder->lane_count;
    struct hae_bound *bound = hae_calloc(1, sizeof *bound + lanes * sizeof bound->cells[0]);

    if (bound != NULL) {
        bound->recorder = handle->recorder;
        bound->series = series;
        bound->boundaries = handle->boundaries;
        bound->boundary_count = handle->boundary_count;
        bound->kind = handle->kind;
        bound->number_type = handle->number_type;
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
    if (!hae_accepting(handle->recorder)) {
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
static inline bool admit(const struct hae_bound *bound, int32_t number_type, bool sane)
{
    if (HAE_LIKELY(sane && bound->number_type == number_type && hae_accepting(bound->recorder))) {
        return true;
    }
    hae_count_misuse(bound->recorder, HAETAE_MISUSE_MEASUREMENT);
    return false;
}

static __attribute__((noinline)) void *find_cell(struct hae_bound *bound, struct hae_lane *lane)
{
    uint32_t cell = hae_cell_of_lane(bound->recorder, lane, bound->series);

    /* Relaxed: this lane's owners alone read and write it. */
    atomic_store_explicit(&bound->cells[lane->index], cell, memory_order_relaxed);
    return cell != 0 ? hae_ref_at(bound->recorder->region, cell) : NULL;
}

/* This lane's cell; NULL when there is no lane, or no memory for its cell. */
static inline void *cell_of(struct hae_bound *bound, struct hae_lane *lane)
{
    uint32_t cell;

    if (HAE_UNLIKELY(lane == NULL)) {
        return NULL;
    }
    cell = atomic_load_explicit(&bound->cells[lane->index], memory_order_relaxed);
    return HAE_LIKELY(cell != 0) ? hae_ref_at(bound->recorder->region, cell)
                                 : find_cell(bound, lane);
}

static inline void add_int64(struct hae_bound *bound, int64_t value)
{
    struct hae_entry entry = hae_enter(bound->recorder);
    void *cell = cell_of(bound, entry.lane);

    if (HAE_LIKELY(cell != NULL)) {
        hae_cell_add_int64(cell, value);
    } else {
        hae_shared_add_int64(bound->recorder, bound->series, value);
    }
    hae_leave(entry);
}

static inline void add_double(struct hae_bound *bound, double value)
{
    struct hae_entry entry = hae_enter(bound->recorder);
    void *cell = cell_of(bound, entry.lane);

    if (HAE_LIKELY(cell != NULL)) {
        hae_cell_add_double(cell, value);
    } else {
        hae_shared_add_double(bound->recorder, bound->series, value);
    }
    hae_leave(entry);
}

/* No lane: all threads write the one word. */
static inline void set(struct hae_bound *bound, uint64_t bits)
{
    hae_shared_set(bound->recorder, bound->series, bits);
    hae_series_start(bound->recorder, bound->series);
}

static inline void observe(struct hae_bound *bound, double value)
{
    struct hae_entry entry = hae_enter(bound->recorder);
    void *cell = cell_of(bound, entry.lane);
    uint32_t bucket = hae_bucket_of(bound->boundaries, bound->boundary_count, value);

    if (HAE_LIKELY(cell != NULL)) {
        hae_cell_observe(cell, bucket, value);
    } else {
        hae_shared_observe(bound->recorder, bound->series, bucket, value);
    }
    hae_leave(entry);
}

void haetae_bound_counter_add(haetae_bound_counter *bound, int64_t increment)
{
    if (bound != NULL && admit(&bound->bound, HAETAE_NUMBER_INT64, increment >= 0)) {
        add_int64(&bound->bound, increment);
    }
}

void haetae_bound_counter_add_double(haetae_bound_counter *bound, double increment)
{
    if (bound != NULL && admit(&bound->bound, HAETAE_NUMBER_DOUBLE, increment >= 0)) {
        add_double(&bound->bound, increment);
    }
}

void haetae_bound_up_down_counter_add(haetae_bound_up_down_counter *bound, int64_t increment)
{
    if (bound != NULL && admit(&bound->bound, HAETAE_NUMBER_INT64, true)) {
        add_int64(&bound->bound, increment);
    }
}

void haetae_bound_up_down_counter_add_double(haetae_bound_up_down_counter *bound, double increment)
{
    if (bound != NULL && admit(&bound->bound, HAETAE_NUMBER_DOUBLE, !__builtin_isnan(increment))) {
        add_double(&bound->bound, increment);
    }
}

void haetae_bound_gauge_record(haetae_bound_gauge *bound, int64_t value)
{
    if (bound != NULL && admit(&bound->bound, HAETAE_NUMBER_INT64, true)) {
        set(&bound->bound, (uint64_t)value);
    }
}

void haetae_bound_gauge_record_double(haetae_bound_gauge *bound, double value)
{
    if (bound != NULL && admit(&bound->bound, HAETAE_NUMBER_DOUBLE, !__builtin_isnan(value))) {
        set(&bound->bound, hae_double_bits(value));
    }
}

void haetae_bound_histogram_record(haetae_bound_histogram *bound, int64_t value)
{
    if (bound != NULL && admit(&bound->bound, HAETAE_NUMBER_INT64, true)) {
        observe(&bound->bound, (double)value);
    }
}

void haetae_bound_histogram_record_double(haetae_bound_histogram *bound, double value)
{
    if (bound != NULL && admit(&bound->bound, HAETAE_NUMBER_DOUBLE, !__builtin_isnan(value))) {
        observe(&bound->bound, value);
    }
}
