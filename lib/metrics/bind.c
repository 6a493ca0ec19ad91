/* SPDX-License-Identifier: Apache-2.0 */
/* The API's calls that bind an instrument to an attribute set, which is looked up once. */
#include "base/cancel.h"
#include "metrics/bound.h"
#include "metrics/instrument.h"
#include "metrics/series.h"
#include "metrics/unused.h"
#include "recorder/call.h"

static struct hae_bound *make_bound(struct hae_instrument *instrument,
                                    const struct hae_bound_series *all)
{
    struct hae_bound *bound = hae_bound_new(instrument->recorder, all, instrument->stream_count);

    if (bound != NULL) {
        bound->increments_below = hae_increments_below(instrument->bound_type);
        bound->boundaries = instrument->first.boundaries;
        bound->boundary_count = instrument->first.boundary_count;
        bound->attachment_offset = instrument->first.attachment_offset;
        bound->inline_type = instrument->bound_type;
        bound->kind = instrument->kind;
        bound->number_type = instrument->number_type;
        bound->exemplar_flags = instrument->exemplar_flags;
        bound->next = instrument->bounds;
        instrument->bounds = bound;
    }
    return bound;
}

/* Finds or makes a series that is never given back from here on. */
static struct hae_series *find_to_keep(const struct hae_stream *stream,
                                       const haetae_attribute *attributes, size_t count)
{
    struct hae_series *series;

    if (!stream->gives_back) {
        return hae_series_find(stream, attributes, count);
    }
    hae_unused_enter(stream->unused, NULL);
    series = hae_series_find(stream, attributes, count);
    /* It has not ended, and does not before this thread has left. Release pairs with the
     * acquire in hae_series_is_there(). */
    atomic_store_explicit(&series->use, HAE_SERIES_KEPT, memory_order_release);
    hae_unused_leave(stream->unused, NULL);
    return series;
}

/* Binding twice to the same series gives one bound instrument: a caller that binds for every
 * request doesn't fill the memory. */
static haetae_status bind(struct hae_instrument *instrument, const haetae_attribute *attributes,
                          size_t count, struct hae_bound **ret_bound)
{
    HAE_HOLD_CANCELLATION();
    struct hae_bound_series all[HAE_STREAMS_PER_INSTRUMENT_MAX];
    struct hae_bound *bound;

    if (attributes == NULL) {
        count = 0;
    }
    if (count > HAE_METRIC_ATTRIBUTES_MAX) {
        return HAETAE_EINVAL;
    }
    if (!hae_admits(instrument->recorder)) {
        return HAETAE_ESHUTDOWN;
    }
    for (uint32_t i = 0; i < instrument->stream_count; i++) {
        all[i].stream = &instrument->streams[i];
        all[i].series = find_to_keep(&instrument->streams[i], attributes, count);
    }
    pthread_mutex_lock(instrument->lock);
    bound = hae_bound_find(instrument->bounds, all, instrument->stream_count);
    if (bound == NULL) {
        bound = make_bound(instrument, all);
    }
    pthread_mutex_unlock(instrument->lock);
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
        status = instrument != NULL ? bind(&instrument->instrument, attributes, count, &bound)     \
                                    : HAETAE_OK;                                                   \
        if (status == HAETAE_OK) {                                                                 \
            *ret_bound = (haetae_bound_##kind *)bound;                                             \
        }                                                                                          \
        return status;                                                                             \
    }

BIND(counter)
BIND(up_down_counter)
BIND(gauge)
BIND(histogram)
