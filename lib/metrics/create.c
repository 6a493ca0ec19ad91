/* SPDX-License-Identifier: Apache-2.0 */
/* The API's calls that make instruments. */
#include "base/alloc.h"
#include "base/cancel.h"
#include "metrics/aggregations.h"
#include "metrics/instrument.h"
#include "metrics/meter.h"
#include "recorder/call.h"
#include "recorder/counts.h"

/* Makes an instrument with the streams that the view asks for. */
static haetae_status make(struct hae_meter_provider *provider,
                          const struct hae_instrument_request *request,
                          struct hae_instrument **ret_instrument)
{
    struct hae_stream_options streams[HAE_STREAMS_PER_INSTRUMENT_MAX] = {
        {.aggregation = hae_aggregation_of_kind(request->kind),
         .boundaries = request->boundaries,
         .boundary_count = request->boundary_count,
         .series_limit = provider->cardinality_limit,
         .fields = request->fields,
         .fields_size_bytes = request->fields_size_bytes,
         .scope = request->scope,
         .kind = request->kind,
         .number_type = request->number_type}};
    struct hae_instrument_parts parts = {
        .list = &provider->streams, .lock = &provider->lock, .streams = streams, .stream_count = 1};

    if (provider->view != NULL) {
        parts.stream_count = provider->view(provider->view_user, request, streams);
    }
    return hae_instrument_new(request, &parts, ret_instrument);
}

/* The caller holds the provider's lock. */
static haetae_status find_or_make(struct haetae_meter *meter,
                                  const struct hae_instrument_request *request,
                                  struct hae_instrument **ret_instrument)
{
    _Atomic(struct hae_instrument *) *link = &meter->instruments;
    struct hae_instrument *instrument;
    haetae_status status;

    /* Relaxed: the lock is held. */
    while ((instrument = atomic_load_explicit(link, memory_order_relaxed)) != NULL) {
        if (hae_instrument_same_name(instrument, request)) {
            *ret_instrument = instrument;
            return hae_instrument_same_otherwise(instrument, request) ? HAETAE_OK
                                                                      : HAETAE_ECONFLICT;
        }
        link = &instrument->next;
    }
    status = make(meter->provider, request, &instrument);
    if (status == HAETAE_OK) {
        /* Release pairs with the acquire in collect_meter() of reader.c: the instrument is
         * complete. */
        atomic_store_explicit(link, instrument, memory_order_release);
        *ret_instrument = instrument;
    }
    return status;
}

static haetae_status create(haetae_meter *meter, const haetae_instrument_options *options,
                            uint8_t kind, struct hae_instrument **ret_instrument)
{
    HAE_HOLD_CANCELLATION();
    struct hae_recorder *recorder = meter->provider->recorder;
    haetae_instrument_options known;
    struct hae_instrument_request request;
    haetae_status status;
    uint8_t *fields;

    if (!hae_admits(recorder)) {
        return HAETAE_ESHUTDOWN;
    }
    if (options == NULL ||
        !HAE_READ_OPTIONS(recorder, haetae_instrument_options, &known, options)) {
        return HAETAE_EINVAL;
    }
    fields = hae_malloc(HAE_METRIC_FIELDS_MAX_BYTES);
    if (fields == NULL) {
        return HAETAE_ENOMEM;
    }
    status = hae_instrument_options_read(&known, kind, fields, &request);
    if (status == HAETAE_OK) {
        request.scope = meter->scope;
        pthread_mutex_lock(&meter->provider->lock);
        status = find_or_make(meter, &request, ret_instrument);
        pthread_mutex_unlock(&meter->provider->lock);
    }
    hae_free(fields);
    return status;
}

/* The four kinds differ in their handles' types alone. */
#define CREATE(name, kind)                                                                         \
    haetae_status haetae_##name##_create(                                                          \
        haetae_meter *meter, const haetae_instrument_options *options, haetae_##name **ret_handle) \
    {                                                                                              \
        struct hae_instrument *instrument = NULL;                                                  \
        haetae_status status;                                                                      \
                                                                                                   \
        if (ret_handle == NULL) {                                                                  \
            return HAETAE_EINVAL;                                                                  \
        }                                                                                          \
        status = meter != NULL ? create(meter, options, kind, &instrument) : HAETAE_OK;            \
        if (status == HAETAE_OK) {                                                                 \
            *ret_handle = (haetae_##name *)instrument;                                             \
        }                                                                                          \
        return status;                                                                             \
    }

CREATE(counter, HAE_COUNTER)
CREATE(up_down_counter, HAE_UP_DOWN_COUNTER)
CREATE(gauge, HAE_GAUGE)
CREATE(histogram, HAE_HISTOGRAM)
