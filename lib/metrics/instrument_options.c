/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/instrument_options.h"

#include "metrics/advisory.h"
#include "metrics/plain.h"
#include "wire/otlp.h"
#include "wire/text.h"
#include "wire/wire.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Specification: "Instrument name syntax". */
static bool name_valid(haetae_string name)
{
    if (name.data == NULL || name.length == 0 || name.length > HAE_METRIC_NAME_MAX_BYTES ||
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

bool hae_boundaries_valid(const double *boundaries, size_t count)
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
    return name_valid(options->name) &&
           hae_string_length(options->unit) <= HAE_METRIC_UNIT_MAX_BYTES &&
           hae_string_valid(options->description) &&
           (options->number_type == HAETAE_NUMBER_INT64 ||
            options->number_type == HAETAE_NUMBER_DOUBLE) &&
           options->reserved == 0 &&
           hae_advisory_valid(options->attribute_keys, options->attribute_key_count);
}

static void put_description(struct hae_sink *sink, haetae_string description)
{
    struct hae_text text = hae_text_of(description, HAE_METRIC_DESCRIPTION_MAX_POINTS);

    if (text.size != 0) {
        hae_sink_put_byte(sink, HAE_TAG(HAE_OTLP_METRIC_DESCRIPTION, HAE_WIRE_LENGTH));
        hae_sink_put_varint(sink, text.size);
        hae_sink_put_text(sink, text);
    }
}

struct hae_metric_texts hae_metric_fields_put(uint8_t *fields, haetae_string name,
                                              haetae_string description, haetae_string unit)
{
    struct hae_sink sink = hae_sink_over(fields, HAE_METRIC_FIELDS_MAX_BYTES);
    struct hae_metric_texts texts;

    /* There is room for all of it. */
    (void)hae_put_text_field(&sink, HAE_OTLP_METRIC_NAME, name);
    texts.name_end = (uint32_t)(sink.at - fields);
    put_description(&sink, description);
    texts.description_end = (uint32_t)(sink.at - fields);
    (void)hae_put_text_field(&sink, HAE_OTLP_METRIC_UNIT, unit);
    texts.unit_end = (uint32_t)(sink.at - fields);
    return texts;
}

const double *hae_default_boundaries(uint32_t *ret_count)
{
    static const double defaults[] = {0,   5,   10,   25,   50,   75,   100,  250,
                                      500, 750, 1000, 2500, 5000, 7500, 10000};

    *ret_count = sizeof defaults / sizeof defaults[0];
    return defaults;
}

void hae_metric_texts_split(const uint8_t *fields, const struct hae_metric_texts *texts,
                            struct hae_metric_text ret_texts[HAE_TEXT_COUNT])
{
    ret_texts[HAE_TEXT_NAME] = (struct hae_metric_text){fields, texts->name_end};
    ret_texts[HAE_TEXT_DESCRIPTION] = (struct hae_metric_text){
        fields + texts->name_end, texts->description_end - texts->name_end};
    ret_texts[HAE_TEXT_UNIT] = (struct hae_metric_text){fields + texts->description_end,
                                                        texts->unit_end - texts->description_end};
}

haetae_string hae_metric_text_of(const uint8_t *fields, uint32_t from, uint32_t end)
{
    const uint8_t *body;

    if (from == end) {
        return haetae_string_of("");
    }
    (void)hae_kept_field(fields + from, &body);
    return (haetae_string){(const char *)body, (size_t)(fields + end - body)};
}

haetae_status hae_instrument_options_read(const haetae_instrument_options *options, uint8_t kind,
                                          uint8_t *fields,
                                          struct hae_instrument_request *ret_request)
{
    struct hae_instrument_request request = {.kind = kind, .fields = fields};

    if (!options_valid(options)) {
        return HAETAE_EINVAL;
    }
    request.number_type = (uint8_t)options->number_type;
    request.keys_given = options->attribute_keys != NULL;
    request.keys = options->attribute_keys;
    request.key_count = options->attribute_key_count;
    if (kind == HAE_HISTOGRAM) {
        bool given = options->boundaries != NULL || options->boundary_count != 0;
        uint32_t default_count;
        const double *defaults = hae_default_boundaries(&default_count);

        if (!hae_boundaries_valid(options->boundaries, options->boundary_count)) {
            return HAETAE_EINVAL;
        }
        request.boundaries_given = given;
        request.boundaries = given ? options->boundaries : defaults;
        request.boundary_count = given ? (uint32_t)options->boundary_count : default_count;
    }
    request.texts =
        hae_metric_fields_put(fields, options->name, options->description, options->unit);
    *ret_request = request;
    return HAETAE_OK;
}
