/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/instrument.h"

#include "base/alloc.h"
#include "metrics/advisory.h"
#include "metrics/aggregations.h"

/* ---- Making ---- */

/* Notes what of the instrument's own a stream has: what views replace cannot differ. */
static void note_own(struct hae_instrument *instrument,
                     const struct hae_instrument_request *request,
                     const struct hae_stream_options *options, const struct hae_stream *stream)
{
    if (options->texts[HAE_TEXT_DESCRIPTION].field == request->fields + request->texts.name_end) {
        instrument->own_description = true;
    }
    if (options->aggregation->id == HAE_AGGREGATION_HISTOGRAM &&
        options->boundaries == request->boundaries) {
        instrument->own_boundaries = stream;
    }
}

static haetae_status make_streams(struct hae_instrument *instrument,
                                  const struct hae_instrument_request *request,
                                  const struct hae_instrument_parts *parts)
{
    instrument->streams = &instrument->first;
    if (parts->stream_count > 1) {
        instrument->streams = hae_calloc(parts->stream_count, sizeof *instrument->streams);
        if (instrument->streams == NULL) {
            return HAETAE_ENOMEM;
        }
    }
    for (uint32_t i = 0; i < parts->stream_count; i++) {
        haetae_status status =
            hae_stream_init(&instrument->streams[i], parts->list, &parts->streams[i]);

        if (status != HAETAE_OK) {
            /* The streams before it stay in the region, with nothing recorded. */
            return status;
        }
        instrument->streams[i].is_first = i == 0;
        note_own(instrument, request, &parts->streams[i], &instrument->streams[i]);
        instrument->stream_count++;
    }
    return HAETAE_OK;
}

static bool records_inline(const struct hae_instrument *instrument)
{
    return instrument->stream_count == 1 && instrument->first.filter == NULL &&
           instrument->first.aggregation == hae_aggregation_of_kind(instrument->kind) &&
           !instrument->first.exemplars->always;
}

/* Not 0. */
static uint64_t now_of(const struct hae_instrument *instrument)
{
    uint64_t now = hae_clock_now_unix_ns(&instrument->recorder->region->clock);

    return now != 0 ? now : 1;
}

haetae_status hae_instrument_new(const struct hae_instrument_request *request,
                                 const struct hae_instrument_parts *parts,
                                 struct hae_instrument **ret_instrument)
{
    struct hae_instrument *instrument = hae_calloc(1, sizeof *instrument + request->texts.unit_end);
    uint8_t *fields;
    haetae_status status;

    if (instrument == NULL) {
        return HAETAE_ENOMEM;
    }
    fields = (uint8_t *)(instrument + 1);
    memcpy(fields, request->fields, request->texts.unit_end);
    instrument->fields = fields;
    instrument->texts = request->texts;
    instrument->kind = request->kind;
    instrument->number_type = request->number_type;
    instrument->recorder = parts->list->recorder;
    instrument->lock = parts->lock;
    instrument->meter = parts->meter;
    instrument->made_unix_ns = now_of(instrument);
    status = make_streams(instrument, request, parts);
    if (status != HAETAE_OK) {
        hae_instrument_free(instrument);
        return status;
    }
    instrument->exemplar_flags = parts->list->exemplars.trace_flags;
    instrument->inline_type = HAE_INLINE_NONE;
    instrument->bound_type = HAE_INLINE_NONE;
    if (records_inline(instrument)) {
        instrument->bound_type = request->number_type;
    }
    /* Bound instruments keep their series. */
    if (!instrument->first.gives_back) {
        instrument->inline_type = instrument->bound_type;
        instrument->increments_below = hae_increments_below(instrument->inline_type);
    }
    instrument->advised = parts->advised;
    *ret_instrument = instrument;
    return HAETAE_OK;
}

/* ---- Texts ---- */

haetae_string hae_instrument_name(const struct hae_instrument *instrument)
{
    return hae_metric_text_of(instrument->fields, 0, instrument->texts.name_end);
}

haetae_string hae_instrument_unit(const struct hae_instrument *instrument)
{
    return hae_metric_text_of(instrument->fields, instrument->texts.description_end,
                              instrument->texts.unit_end);
}

/* ---- Comparing ---- */

static char lower(uint8_t c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Names are ASCII, and so are tag and length before them. */
bool hae_instrument_same_name(const struct hae_instrument *instrument,
                              const struct hae_instrument_request *request)
{
    /* Names of other lengths differ in the second byte, or a third one. */
    if (instrument->texts.name_end != request->texts.name_end ||
        memcmp(instrument->fields, request->fields, 2) != 0) {
        return false;
    }
    for (uint32_t i = 2; i < request->texts.name_end; i++) {
        if (lower(instrument->fields[i]) != lower(request->fields[i])) {
            return false;
        }
    }
    return true;
}

static bool same_text(const uint8_t *a, uint32_t a_from, uint32_t a_end, const uint8_t *b,
                      uint32_t b_from, uint32_t b_end)
{
    return a_end - a_from == b_end - b_from && memcmp(a + a_from, b + b_from, a_end - a_from) == 0;
}

/* Specification: "Opentelemetry Protocol data model", "Identity". */
bool hae_instrument_same_identity(const struct hae_instrument *instrument,
                                  const struct hae_instrument_request *request)
{
    return instrument->kind == request->kind && instrument->number_type == request->number_type &&
           same_text(instrument->fields, instrument->texts.description_end,
                     instrument->texts.unit_end, request->fields, request->texts.description_end,
                     request->texts.unit_end);
}

bool hae_instrument_same_description(const struct hae_instrument *instrument,
                                     const struct hae_instrument_request *request)
{
    return !instrument->own_description ||
           same_text(instrument->fields, instrument->texts.name_end,
                     instrument->texts.description_end, request->fields, request->texts.name_end,
                     request->texts.description_end);
}

bool hae_instrument_same_boundaries(const struct hae_instrument *instrument,
                                    const struct hae_instrument_request *request)
{
    const struct hae_stream *stream = instrument->own_boundaries;

    if (stream == NULL || !request->boundaries_given) {
        return true;
    }
    if (stream->boundary_count != request->boundary_count) {
        return false;
    }
    for (uint32_t i = 0; i < request->boundary_count; i++) {
        if (hae_double_bits(stream->boundaries[i]) != hae_double_bits(request->boundaries[i])) {
            return false;
        }
    }
    return true;
}

bool hae_instrument_same_keys(const struct hae_instrument *instrument,
                              const struct hae_instrument_request *request)
{
    return !request->keys_given ||
           hae_advisory_same(instrument->advised, request->keys, request->key_count);
}

/* ---- The end, and another beginning ---- */

void hae_instrument_reinit(struct hae_instrument *instrument)
{
    instrument->made_unix_ns = now_of(instrument);
    for (uint32_t i = 0; i < instrument->stream_count; i++) {
        hae_stream_begin_reinit(&instrument->streams[i]);
    }
    for (const struct hae_bound *bound = instrument->bounds; bound != NULL; bound = bound->next) {
        hae_bound_keep(bound);
    }
    for (uint32_t i = 0; i < instrument->stream_count; i++) {
        hae_stream_reinit(&instrument->streams[i]);
    }
    for (struct hae_bound *bound = instrument->bounds; bound != NULL; bound = bound->next) {
        hae_bound_reinit(bound);
    }
}

void hae_instrument_free(struct hae_instrument *instrument)
{
    hae_bound_free_list(instrument->bounds);
    for (uint32_t i = 0; i < instrument->stream_count; i++) {
        hae_stream_done(&instrument->streams[i]);
    }
    if (instrument->streams != &instrument->first) {
        hae_free(instrument->streams);
    }
    hae_free(instrument->advised);
    hae_free(instrument);
}
