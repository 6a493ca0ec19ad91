/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/instrument.h"

#include "base/alloc.h"
#include "metrics/cell.h"
#include "metrics/series.h"
#include "wire/otlp.h"
#include "wire/text.h"

/* ---- Checking what is asked for ------------------------------------------------------- */

enum {
    NAME_MAX_BYTES = 255,
    UNIT_MAX_BYTES = 63,
    DESCRIPTION_MAX_POINTS = 2048, /* cut there; the specification asks for 1023 */
    /* A code point takes at most 4 bytes, tags and lengths of three fields 12. */
    FIELDS_MAX_BYTES = NAME_MAX_BYTES + 3 * UNIT_MAX_BYTES + 4 * DESCRIPTION_MAX_POINTS + 12
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Specification: "Instrument name syntax". */
static bool name_valid(haetae_string name)
{
    if (name.data == NULL || name.length == 0 || name.length > NAME_MAX_BYTES ||
        !is_letter(name.data[0])) {
        return false;
    }
    for (size_t i = 1; i < name.length; i++) {
        char c = name.data[i];

        if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '_' && c != '.' && c != '-' &&
            c != '/') {
            return false;
        }
    }
    return true;
}

static bool boundaries_valid(const double *boundaries, size_t count)
{
    if (count > HAETAE_BOUNDARIES_MAX || (boundaries == NULL && count != 0)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!__builtin_isfinite(boundaries[i]) || (i > 0 && !(boundaries[i] > boundaries[i - 1]))) {
            return false;
        }
    }
    return true;
}

static bool options_valid(const haetae_instrument_options *options)
{
    return options != NULL && options->struct_size >= sizeof *options &&
           name_valid(options->name) && hae_string_length(options->unit) <= UNIT_MAX_BYTES &&
           hae_string_valid(options->description) &&
           (options->number_type == HAETAE_NUMBER_INT64 ||
            options->number_type == HAETAE_NUMBER_DOUBLE) &&
           options->reserved == 0;
}

static void put_description(struct hae_sink *sink, haetae_string description)
{
    struct hae_text text = hae_text_of(description, DESCRIPTION_MAX_POINTS);

    if (text.size != 0) {
        hae_sink_put_byte(sink, HAE_TAG(HAE_OTLP_METRIC_DESCRIPTION, HAE_WIRE_LENGTH));
        hae_sink_put_varint(sink, text.size);
        hae_sink_put_text(sink, text);
    }
}

/* Checks the options and fills `fields`, which has FIELDS_MAX_BYTES. */
static haetae_status read_options(const haetae_instrument_options *options, uint8_t kind,
                                  uint8_t *fields, struct hae_instrument_request *ret_request)
{
    /* Specification: "Explicit bucket histogram aggregation". */
    static const double defaults[] = {0,   5,   10,   25,   50,   75,   100,  250,
                                      500, 750, 1000, 2500, 5000, 7500, 10000};
    struct hae_instrument_request request = {.kind = kind, .fields = fields};
    struct hae_sink sink = hae_sink_over(fields, FIELDS_MAX_BYTES);

    if (!options_valid(options)) {
        return HAETAE_EINVAL;
    }
    request.number_type = (uint8_t)options->number_type;
    if (kind == HAE_HISTOGRAM) {
        bool given = options->boundaries != NULL || options->boundary_count != 0;

        if (!boundaries_valid(options->boundaries, options->boundary_count)) {
            return HAETAE_EINVAL;
        }
        request.boundaries = given ? options->boundaries : defaults;
        request.boundary_count =
            given ? (uint32_t)options->boundary_count : sizeof defaults / sizeof defaults[0];
    }
    /* There is room for all of it. */
    (void)hae_put_text_field(&sink, HAE_OTLP_METRIC_NAME, options->name);
    request.name_size_bytes = (uint32_t)(sink.at - fields);
    put_description(&sink, options->description);
    (void)hae_put_text_field(&sink, HAE_OTLP_METRIC_UNIT, options->unit);
    request.fields_size_bytes = (uint32_t)(sink.at - fields);
    *ret_request = request;
    return HAETAE_OK;
}

/* ---- In the region ------------------------------------------------------------------------ */

/* The boundaries of a histogram in whole blocks, and the last one filled up with what
 * no value exceeds. */
static bool keep_boundaries(struct hae_region *region, struct hae_instrument *instrument,
                            const struct hae_instrument_request *request)
{
    size_t blocks = (request->boundary_count + HAE_BOUNDARY_BLOCK - 1) / HAE_BOUNDARY_BLOCK;
    size_t places = blocks * HAE_BOUNDARY_BLOCK;
    double *kept = hae_metrics_alloc(region, places * sizeof(double));

    if (kept == NULL) {
        return false;
    }
    for (size_t i = 0; i < places; i++) {
        kept[i] = i < request->boundary_count ? request->boundaries[i] : __builtin_inf();
    }
    instrument->boundaries = hae_ref_of(region, kept);
    instrument->boundary_count = request->boundary_count;
    return true;
}

haetae_status hae_instrument_make(struct hae_meter_provider *provider, uint16_t scope,
                                  const struct hae_instrument_request *request,
                                  struct hae_instrument **ret_instrument)
{
    struct hae_region *region = provider->recorder->region;
    struct hae_instrument *instrument =
        hae_metrics_alloc(region, sizeof *instrument + request->fields_size_bytes);

    if (instrument == NULL) {
        return HAETAE_ELIMIT;
    }
    instrument->scope = scope;
    instrument->kind = request->kind;
    instrument->number_type = request->number_type;
    instrument->series_limit = provider->cardinality_limit;
    instrument->fields_size_bytes = request->fields_size_bytes;
    memcpy(instrument->fields, request->fields, request->fields_size_bytes);
    if ((request->kind == HAE_HISTOGRAM && !keep_boundaries(region, instrument, request)) ||
        !hae_series_make_overflow(region, instrument)) {
        return HAETAE_ELIMIT;
    }
    /* Release: who follows the list finds the instrument complete. */
    atomic_store_explicit(provider->instruments_last, (uint64_t)hae_ref_of(region, instrument) * 8,
                          memory_order_release);
    provider->instruments_last = &instrument->next;
    *ret_instrument = instrument;
    return HAETAE_OK;
}

/* ---- Handles -------------------------------------------------------------------------------- */

static char lower(uint8_t c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Names are ASCII, and so are tag and length before them. */
static bool same_name(const struct hae_instrument *instrument,
                      const struct hae_instrument_request *request)
{
    /* The length in the second byte, and a third one, tell names of other lengths apart. */
    if (instrument->fields_size_bytes < request->name_size_bytes ||
        memcmp(instrument->fields, request->fields, 2) != 0) {
        return false;
    }
    for (uint32_t i = 2; i < request->name_size_bytes; i++) {
        if (lower(instrument->fields[i]) != lower(request->fields[i])) {
            return false;
        }
    }
    return true;
}

/* Boundaries are advice, not identity: those of the first request stay. */
static bool same_otherwise(const struct hae_instrument *instrument,
                           const struct hae_instrument_request *request)
{
    return instrument->kind == request->kind && instrument->number_type == request->number_type &&
           instrument->fields_size_bytes == request->fields_size_bytes &&
           memcmp(instrument->fields + request->name_size_bytes,
                  request->fields + request->name_size_bytes,
                  request->fields_size_bytes - request->name_size_bytes) == 0;
}

static haetae_status make_handle(struct haetae_meter *meter,
                                 const struct hae_instrument_request *request,
                                 struct hae_handle **ret_handle)
{
    struct hae_recorder *recorder = meter->provider->recorder;
    struct hae_handle *handle = hae_calloc(1, sizeof *handle);
    haetae_status status;

    if (handle == NULL) {
        return HAETAE_ENOMEM;
    }
    status = hae_instrument_make(meter->provider, meter->scope, request, &handle->instrument);
    if (status != HAETAE_OK) {
        hae_free(handle);
        return status;
    }
    handle->recorder = recorder;
    handle->region = recorder->region;
    handle->attachment_offset = hae_attachment_offset(recorder);
    handle->reference = hae_ref_of(recorder->region, handle->instrument);
    handle->boundaries = hae_ref_at(recorder->region, handle->instrument->boundaries);
    handle->boundary_count = handle->instrument->boundary_count;
    handle->increments_below = request->number_type == HAETAE_NUMBER_INT64 ? UINT64_C(1) << 63 : 0;
    handle->kind = request->kind;
    handle->number_type = request->number_type;
    handle->meter = meter;
    *ret_handle = handle;
    return HAETAE_OK;
}

/* Under the provider's lock. */
static haetae_status find_or_make(struct haetae_meter *meter,
                                  const struct hae_instrument_request *request,
                                  struct hae_handle **ret_handle)
{
    _Atomic(struct hae_handle *) *link = &meter->instruments;
    struct hae_handle *handle;
    haetae_status status;

    /* Relaxed: the lock is held. */
    while ((handle = atomic_load_explicit(link, memory_order_relaxed)) != NULL) {
        if (same_name(handle->instrument, request)) {
            *ret_handle = handle;
            return same_otherwise(handle->instrument, request) ? HAETAE_OK : HAETAE_ECONFLICT;
        }
        link = &handle->next;
    }
    status = make_handle(meter, request, &handle);
    if (status == HAETAE_OK) {
        /* Release pairs with the acquire of the collector: the handle is complete. */
        atomic_store_explicit(link, handle, memory_order_release);
        *ret_handle = handle;
    }
    return status;
}

static haetae_status create(haetae_meter *meter, const haetae_instrument_options *options,
                            uint8_t kind, struct hae_handle **ret_handle)
{
    uint8_t *fields;
    struct hae_instrument_request request;
    haetae_status status;

    if (!hae_admits(meter->provider->recorder)) {
        return HAETAE_ESHUTDOWN;
    }
    fields = hae_malloc(FIELDS_MAX_BYTES);
    if (fields == NULL) {
        return HAETAE_ENOMEM;
    }
    status = read_options(options, kind, fields, &request);
    if (status == HAETAE_OK) {
        pthread_mutex_lock(&meter->provider->lock);
        status = find_or_make(meter, &request, ret_handle);
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
        struct hae_handle *handle = NULL;                                                          \
        haetae_status status;                                                                      \
                                                                                                   \
        if (ret_handle == NULL) {                                                                  \
            return HAETAE_EINVAL;                                                                  \
        }                                                                                          \
        status = meter != NULL ? create(meter, options, kind, &handle) : HAETAE_OK;                \
        if (status == HAETAE_OK) {                                                                 \
            *ret_handle = (haetae_##name *)handle;                                                 \
        }                                                                                          \
        return status;                                                                             \
    }

CREATE(counter, HAE_COUNTER)
CREATE(up_down_counter, HAE_UP_DOWN_COUNTER)
CREATE(gauge, HAE_GAUGE)
CREATE(histogram, HAE_HISTOGRAM)
