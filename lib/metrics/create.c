/* SPDX-License-Identifier: Apache-2.0 */
/* The API's calls that make instruments. */
#include "base/alloc.h"
#include "base/cancel.h"
#include "metrics/advisory.h"
#include "metrics/aggregations.h"
#include "metrics/instrument.h"
#include "metrics/meter.h"
#include "metrics/series_memory.h"
#include "metrics/stream_names.h"
#include "recorder/call.h"
#include "recorder/counts.h"

/* Makes an instrument with the streams that the view asks for. */
static haetae_status make(struct haetae_meter *meter, const struct hae_instrument_request *request,
                          struct hae_instrument **ret_instrument)
{
    struct hae_meter_provider *provider = meter->provider;
    struct hae_stream_options streams[HAE_STREAMS_PER_INSTRUMENT_MAX] = {
        {.boundaries = request->boundaries,
         .boundary_count = request->boundary_count,
         .scope = request->scope,
         .kind = request->kind,
         .number_type = request->number_type,
         .series_limit = meter->series_limit,
         .max_size = HAE_EXPONENTIAL_SIZE_DEFAULT,
         .max_scale = HAE_EXPONENTIAL_SCALE_DEFAULT}};
    struct hae_instrument_parts parts = {.list = &provider->streams,
                                         .lock = &provider->lock,
                                         .meter = meter,
                                         .streams = streams,
                                         .stream_count = 1};
    uint32_t left_out_count;
    haetae_status status;

    hae_metric_texts_split(request->fields, &request->texts, streams[0].texts);
    if (request->keys_given) {
        parts.advised = hae_advisory_filter_new(request->keys, request->key_count);
        if (parts.advised == NULL) {
            return HAETAE_ENOMEM;
        }
        streams[0].filter = parts.advised;
    }
    if (provider->view != NULL) {
        parts.stream_count = provider->view(provider->view_user, request, streams);
    }
    if (parts.stream_count == HAE_VIEWS_NO_MEMORY) {
        hae_free(parts.advised);
        return HAETAE_ENOMEM;
    }
    parts.stream_count =
        hae_streams_by_reader(&provider->defaults, streams, parts.stream_count, &left_out_count);
    /* Relaxed: only counted. */
    atomic_fetch_add_explicit(&provider->views.left_out_count, left_out_count,
                              memory_order_relaxed);
    if (hae_kind_is_observable(request->kind)) {
        for (uint32_t i = 0; i < parts.stream_count; i++) {
            streams[i].aggregation = hae_aggregation_observed(streams[i].aggregation);
        }
    }
    status = hae_instrument_new(request, &parts, ret_instrument);
    if (status != HAETAE_OK) {
        hae_free(parts.advised);
    }
    return status;
}

/* ---- What is reported ---- */

/* How a request differs from an instrument of the same name.
 * Specification: "Duplicate instrument registration". */
enum difference { SAME, OTHER_DESCRIPTION, OTHER_BOUNDARIES, OTHER_KEYS, OTHER_IDENTITY };

/* What find_or_make() did. */
struct outcome {
    struct hae_instrument *instrument;
    struct hae_instrument *other; /* the one of the same name that it differs from */
    enum difference difference;   /* to be reported                                */
    bool made;
};

static const char *kind_name(uint8_t kind)
{
    static const char *const names[] = {
        "a counter",           "an up-down counter",    "a gauge",
        "a histogram",         "an observable counter", "an observable up-down counter",
        "an observable gauge",
    };

    return names[kind - HAE_COUNTER];
}

static const char *type_name(uint8_t number_type)
{
    return number_type == HAETAE_NUMBER_INT64 ? "integers" : "doubles";
}

/* Reports once what a second registration makes ambiguous, and the change that mends it. */
static void report_difference(struct hae_diagnostics *diagnostics, const struct outcome *outcome)
{
    const struct hae_instrument *one = outcome->other;
    const struct hae_instrument *two = outcome->instrument;
    haetae_string name = hae_instrument_name(one);

    if (outcome->difference == OTHER_IDENTITY) {
        haetae_string one_unit = hae_instrument_unit(one);
        haetae_string two_unit = hae_instrument_unit(two);

        hae_diagnose(diagnostics, HAETAE_DIAGNOSTIC_WARN, "instrument",
                     "instrument \"%.*s\" is %s of %s with unit \"%.*s\", and now also %s of "
                     "%s with unit \"%.*s\"; both are reported under this name: rename one of them",
                     (int)name.length, name.data, kind_name(one->kind), type_name(one->number_type),
                     (int)one_unit.length, one_unit.data, kind_name(two->kind),
                     type_name(two->number_type), (int)two_unit.length, two_unit.data);
        return;
    }
    hae_diagnose(diagnostics, HAETAE_DIAGNOSTIC_WARN, "instrument",
                 "instrument \"%.*s\" is asked for again with %s; the first ones stay: give both "
                 "the same, or rename one of them",
                 (int)name.length, name.data,
                 outcome->difference == OTHER_DESCRIPTION  ? "another description"
                 : outcome->difference == OTHER_BOUNDARIES ? "other boundaries"
                                                           : "other attributes");
}

/* For how many series a stream has memory that no other one can take. Relaxed: any moment will
 * do. */
static uint64_t sure_count(const struct hae_stream *stream)
{
    return atomic_load_explicit(&stream->reserve->left_bytes, memory_order_relaxed) /
           hae_series_size_typical(stream);
}

/* The stream of an instrument that lacks most of the series that it may have; NULL: none does. */
static const struct hae_stream *most_lacking(const struct hae_instrument *instrument)
{
    const struct hae_stream *found = NULL;
    uint64_t most = 0;

    for (uint32_t i = 0; i < instrument->stream_count; i++) {
        const struct hae_stream *stream = &instrument->streams[i];
        uint64_t sure = sure_count(stream);

        if (stream->data->series_limit > sure && stream->data->series_limit - sure > most) {
            most = stream->data->series_limit - sure;
            found = stream;
        }
    }
    return found;
}

/* Reports that the memory for metrics does not hold as many series as all streams together may
 * have since this instrument is there, how many it can be sure of, and what would be enough. */
static void report_memory(struct hae_meter_provider *provider,
                          const struct hae_instrument *instrument)
{
    const struct hae_stream *stream = most_lacking(instrument);
    const struct hae_metrics_budget *budget = &provider->streams.budget;
    uint64_t wanted = atomic_load_explicit(&budget->wanted_bytes, memory_order_relaxed);
    haetae_string name = hae_instrument_name(instrument);
    uint64_t sure;
    bool first;

    if (wanted <= budget->limit_bytes || stream == NULL) {
        return;
    }
    sure = sure_count(stream);
    /* The first one says what to do for all; of the others, one that gets nothing is worth it. */
    first = !atomic_exchange_explicit(&provider->memory_reported, true, memory_order_relaxed);
    hae_diagnose(
        provider->diagnostics, first || sure == 0 ? HAETAE_DIAGNOSTIC_WARN : HAETAE_DIAGNOSTIC_INFO,
        "series memory",
        "instrument \"%.*s\" may have %u series and is sure of memory for %llu: all that "
        "the instruments may have need HAETAE_RECORDER_BYTES=%llum, or a lower "
        "HAETAE_METRICS_CARDINALITY_LIMIT or limit of their views",
        (int)name.length, name.data, (unsigned)stream->data->series_limit, (unsigned long long)sure,
        (unsigned long long)(hae_metrics_recorder_bytes(budget) >> 20));
}

/* ---- Finding and making ---- */

/* Notes how a request differs from the instrument that it gets. */
static void compare(struct hae_instrument *instrument, const struct hae_instrument_request *request,
                    struct outcome *outcome)
{
    enum difference difference = SAME;

    if (!hae_instrument_same_description(instrument, request)) {
        difference = OTHER_DESCRIPTION;
    } else if (!hae_instrument_same_boundaries(instrument, request)) {
        difference = OTHER_BOUNDARIES;
    } else if (!hae_instrument_same_keys(instrument, request)) {
        difference = OTHER_KEYS;
    }
    if (difference != SAME && !instrument->warned) {
        instrument->warned = true;
        outcome->difference = difference;
        outcome->other = instrument;
    }
}

/* The caller holds the provider's lock. */
static haetae_status find_or_make(struct haetae_meter *meter,
                                  const struct hae_instrument_request *request,
                                  struct outcome *outcome)
{
    _Atomic(struct hae_instrument *) *link = &meter->instruments;
    struct hae_instrument *instrument;
    haetae_status status;

    /* Relaxed: the lock is held. */
    while ((instrument = atomic_load_explicit(link, memory_order_relaxed)) != NULL) {
        if (hae_instrument_same_name(instrument, request)) {
            if (hae_instrument_same_identity(instrument, request)) {
                outcome->instrument = instrument;
                outcome->difference = SAME;
                compare(instrument, request, outcome);
                return HAETAE_OK;
            }
            outcome->difference = OTHER_IDENTITY;
            outcome->other = instrument;
        }
        link = &instrument->next;
    }
    status = make(meter, request, &instrument);
    if (status == HAETAE_OK) {
        /* Release pairs with the acquire in next_instrument() of collection.c: the instrument is
         * complete. */
        atomic_store_explicit(link, instrument, memory_order_release);
        outcome->instrument = instrument;
        outcome->made = true;
    }
    return status;
}

/* Reports what is worth it; the lock is not held, as the host's callback may do anything. */
static void report(const struct haetae_meter *meter, const struct hae_instrument_request *request,
                   const struct outcome *outcome)
{
    struct hae_meter_provider *provider = meter->provider;
    bool has_views = provider->views.first != NULL;

    /* Views may have given the two other names: what counts then is whether their streams differ.
     */
    if (outcome->difference != SAME && !(has_views && outcome->difference == OTHER_IDENTITY)) {
        report_difference(provider->diagnostics, outcome);
    }
    if (outcome->made && has_views) {
        hae_views_report(&provider->views, &provider->recorder->heap, request,
                         provider->diagnostics);
        hae_stream_names_report(meter, outcome->instrument);
    }
    if (outcome->made) {
        report_memory(provider, outcome->instrument);
    }
}

/* Registers the callback that an observable is asked for with. */
static haetae_status add_callback(struct hae_instrument *instrument,
                                  const haetae_instrument_options *options)
{
    haetae_observable *observable = (haetae_observable *)instrument;

    if (!hae_kind_is_observable(instrument->kind) || options->callback == NULL) {
        return HAETAE_OK;
    }
    return haetae_callback_register(&observable, 1, options->callback, options->callback_user,
                                    NULL);
}

static haetae_status create(haetae_meter *meter, const haetae_instrument_options *options,
                            uint8_t kind, struct hae_instrument **ret_instrument)
{
    HAE_HOLD_CANCELLATION();
    struct hae_recorder *recorder = meter->provider->recorder;
    struct outcome outcome = {.difference = SAME};
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
        status = find_or_make(meter, &request, &outcome);
        pthread_mutex_unlock(&meter->provider->lock);
    }
    if (status == HAETAE_OK) {
        report(meter, &request, &outcome);
        status = add_callback(outcome.instrument, &known);
    }
    if (status == HAETAE_OK) {
        *ret_instrument = outcome.instrument;
    }
    hae_free(fields);
    return status;
}

/* The kinds differ in their handles' types alone. */
#define CREATE(name, handle, kind)                                                                 \
    haetae_status haetae_##name##_create(haetae_meter *meter,                                      \
                                         const haetae_instrument_options *options,                 \
                                         haetae_##handle **ret_handle)                             \
    {                                                                                              \
        struct hae_instrument *instrument = NULL;                                                  \
        haetae_status status;                                                                      \
                                                                                                   \
        if (ret_handle == NULL) {                                                                  \
            return HAETAE_EINVAL;                                                                  \
        }                                                                                          \
        status = meter != NULL ? create(meter, options, kind, &instrument) : HAETAE_OK;            \
        if (status == HAETAE_OK) {                                                                 \
            *ret_handle = (haetae_##handle *)instrument;                                           \
        }                                                                                          \
        return status;                                                                             \
    }

CREATE(counter, counter, HAE_COUNTER)
CREATE(up_down_counter, up_down_counter, HAE_UP_DOWN_COUNTER)
CREATE(gauge, gauge, HAE_GAUGE)
CREATE(histogram, histogram, HAE_HISTOGRAM)
CREATE(observable_counter, observable, HAE_OBSERVABLE_COUNTER)
CREATE(observable_up_down_counter, observable, HAE_OBSERVABLE_UP_DOWN_COUNTER)
CREATE(observable_gauge, observable, HAE_OBSERVABLE_GAUGE)
