/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/distributions.h"

#include <math.h>

#include "decode/decode_json.h"
#include "util/quantile.h"

static const struct hae_view_figures unknown = {
    .sum = NAN, .min = NAN, .max = NAN, .p50 = NAN, .p99 = NAN};

/* ---- Arrays of numbers, packed or one by one ---------------------------------------------- */

static void add_number(struct hae_buffer *numbers, uint64_t value)
{
    hae_buffer_add(numbers, &value, sizeof value);
}

static void add_numbers(struct hae_buffer *numbers, const struct hae_field *field,
                        enum hae_wire_type type)
{
    if (field->type != HAE_WIRE_LENGTH) {
        add_number(numbers, field->value);
        return;
    }
    struct hae_reader reader = hae_view_fields_in(hae_view_content(field));
    uint64_t value;
    if (type == HAE_WIRE_VARINT) {
        while (hae_read_varint(&reader, &value)) {
            add_number(numbers, value);
        }
        return;
    }
    for (; reader.at < reader.end; reader.at += sizeof value) {
        add_number(numbers, hae_le64(hae_load64(reader.at)));
    }
}

static size_t count_of(const struct hae_buffer *numbers)
{
    return numbers->failed ? 0 : numbers->length / sizeof(uint64_t);
}

static const uint64_t *counts_in(const struct hae_buffer *numbers)
{
    const void *memory = numbers->data;
    return memory;
}

/* The bits of doubles are doubles where they lie. */
static const double *doubles_in(const struct hae_buffer *numbers)
{
    const void *memory = numbers->data;
    return memory;
}

static void put_counts(struct hae_json *json, const char *name, const struct hae_buffer *counts)
{
    hae_json_open(json, name, '[');
    for (size_t i = 0; i < count_of(counts); i++) {
        hae_json_count(json, NULL, counts_in(counts)[i]);
    }
    hae_json_close(json, ']');
}

static struct hae_json begin_object(struct hae_buffer *out)
{
    struct hae_json json = HAE_JSON_INIT(out);
    hae_buffer_clear(out);
    hae_json_open(&json, NULL, '{');
    return json;
}

static struct hae_view_text end_object(struct hae_json *json)
{
    hae_json_close(json, '}');
    return (struct hae_view_text){json->out->data, json->out->length};
}

/* ---- Explicit bounds ---------------------------------------------------------------------- */

static struct hae_view_text explicit_json(struct hae_view_intake *intake)
{
    const struct hae_buffer *bounds = &intake->numbers[1];
    struct hae_json json = begin_object(&intake->texts[4]);
    hae_json_open(&json, "bounds", '[');
    for (size_t i = 0; i < count_of(bounds); i++) {
        hae_view_put_double(&json, NULL, doubles_in(bounds)[i]);
    }
    hae_json_close(&json, ']');
    put_counts(&json, "counts", &intake->numbers[0]);
    return end_object(&json);
}

struct hae_view_text hae_view_take_histogram(struct hae_view_intake *intake,
                                             struct hae_view_bytes point,
                                             struct hae_view_figures *ret_figures)
{
    struct hae_buffer *counts = &intake->numbers[0];
    struct hae_buffer *bounds = &intake->numbers[1];
    struct hae_view_figures figures = unknown;
    struct hae_reader reader = hae_view_fields_in(point);
    struct hae_field field;
    hae_buffer_clear(counts);
    hae_buffer_clear(bounds);
    while (hae_read_field(&reader, &field)) {
        switch (field.number) {
        case HAE_OTLP_HISTOGRAM_DATA_POINT_COUNT:
            figures.count = field.value;
            break;
        case HAE_OTLP_HISTOGRAM_DATA_POINT_SUM:
            figures.sum = hae_double_from_bits(field.value);
            break;
        case HAE_OTLP_HISTOGRAM_DATA_POINT_MIN:
            figures.min = hae_double_from_bits(field.value);
            break;
        case HAE_OTLP_HISTOGRAM_DATA_POINT_MAX:
            figures.max = hae_double_from_bits(field.value);
            break;
        case HAE_OTLP_HISTOGRAM_DATA_POINT_BUCKET_COUNTS:
            add_numbers(counts, &field, HAE_WIRE_FIXED64);
            break;
        case HAE_OTLP_HISTOGRAM_DATA_POINT_EXPLICIT_BOUNDS:
            add_numbers(bounds, &field, HAE_WIRE_FIXED64);
            break;
        default:
            break;
        }
    }
    if (count_of(counts) == count_of(bounds) + 1) {
        struct hae_view_buckets buckets = {counts_in(counts), doubles_in(bounds), count_of(bounds),
                                           figures.min, figures.max};
        figures.p50 = hae_view_buckets_quantile(&buckets, 0.5);
        figures.p99 = hae_view_buckets_quantile(&buckets, 0.99);
    }
    *ret_figures = figures;
    return explicit_json(intake);
}

/* ---- Exponential buckets ------------------------------------------------------------------ */

struct side {
    struct hae_buffer *counts;
    int32_t offset;
};

struct exponential {
    struct side positive;
    struct side negative;
    uint64_t zero_count;
    double zero_threshold;
    int32_t scale;
};

/* sint32 */
static int32_t signed_in(uint64_t value)
{
    uint32_t bits = (uint32_t)value;
    return (int32_t)(bits >> 1 ^ (0U - (bits & 1)));
}

static void read_side(struct side *side, struct hae_view_bytes message)
{
    struct hae_reader reader = hae_view_fields_in(message);
    struct hae_field field;
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_OFFSET) {
            side->offset = signed_in(field.value);
        } else if (field.number ==
                   HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_BUCKET_COUNTS) {
            add_numbers(side->counts, &field, HAE_WIRE_VARINT);
        }
    }
}

static void read_exponential_field(struct exponential *histogram, struct hae_view_figures *figures,
                                   const struct hae_field *field)
{
    switch (field->number) {
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_COUNT:
        figures->count = field->value;
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SUM:
        figures->sum = hae_double_from_bits(field->value);
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_MIN:
        figures->min = hae_double_from_bits(field->value);
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_MAX:
        figures->max = hae_double_from_bits(field->value);
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SCALE:
        histogram->scale = signed_in(field->value);
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_COUNT:
        histogram->zero_count = field->value;
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_THRESHOLD:
        histogram->zero_threshold = hae_double_from_bits(field->value);
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_POSITIVE:
        read_side(&histogram->positive, hae_view_content(field));
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_NEGATIVE:
        read_side(&histogram->negative, hae_view_content(field));
        break;
    default:
        break;
    }
}

static void put_side(struct hae_json *json, const char *name, const struct side *side)
{
    hae_json_open(json, name, '{');
    hae_json_integer(json, "offset", side->offset);
    put_counts(json, "counts", side->counts);
    hae_json_close(json, '}');
}

static struct hae_view_exponential_side side_of(const struct side *side)
{
    return (struct hae_view_exponential_side){counts_in(side->counts), count_of(side->counts),
                                              side->offset};
}

struct hae_view_text hae_view_take_exponential(struct hae_view_intake *intake,
                                               struct hae_view_bytes point,
                                               struct hae_view_figures *ret_figures)
{
    struct exponential histogram = {.positive = {&intake->numbers[0], 0},
                                    .negative = {&intake->numbers[1], 0}};
    struct hae_view_figures figures = unknown;
    struct hae_reader reader = hae_view_fields_in(point);
    struct hae_field field;
    hae_buffer_clear(&intake->numbers[0]);
    hae_buffer_clear(&intake->numbers[1]);
    while (hae_read_field(&reader, &field)) {
        read_exponential_field(&histogram, &figures, &field);
    }
    struct hae_view_exponential buckets = {side_of(&histogram.negative),
                                           side_of(&histogram.positive),
                                           histogram.zero_count,
                                           histogram.scale,
                                           figures.min,
                                           figures.max};
    figures.p50 = hae_view_exponential_quantile(&buckets, 0.5);
    figures.p99 = hae_view_exponential_quantile(&buckets, 0.99);
    *ret_figures = figures;
    struct hae_json json = begin_object(&intake->texts[4]);
    hae_json_integer(&json, "scale", histogram.scale);
    hae_json_count(&json, "zero_count", histogram.zero_count);
    hae_view_put_double(&json, "zero_threshold", histogram.zero_threshold);
    put_side(&json, "positive", &histogram.positive);
    put_side(&json, "negative", &histogram.negative);
    return end_object(&json);
}

/* ---- Summaries ---------------------------------------------------------------------------- */

struct given_quantile {
    double quantile;
    double value;
};

static struct given_quantile quantile_in(struct hae_view_bytes message)
{
    struct given_quantile given = {0, 0};
    struct hae_reader reader = hae_view_fields_in(message);
    struct hae_field field;
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_QUANTILE) {
            given.quantile = hae_double_from_bits(field.value);
        } else if (field.number == HAE_OTLP_SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_VALUE) {
            given.value = hae_double_from_bits(field.value);
        }
    }
    return given;
}

/* The first value that a summary gives for a quantile counts. */
static void note_quantile(struct hae_view_figures *figures, const struct given_quantile *given)
{
    const struct {
        double quantile;
        double *figure;
    } wanted[] = {
        {0, &figures->min}, {1, &figures->max}, {0.5, &figures->p50}, {0.99, &figures->p99}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (isnan(*wanted[i].figure) && fabs(given->quantile - wanted[i].quantile) < 1e-9) {
            *wanted[i].figure = given->value;
        }
    }
}

struct hae_view_text hae_view_take_summary(struct hae_view_intake *intake,
                                           struct hae_view_bytes point,
                                           struct hae_view_figures *ret_figures)
{
    struct hae_view_figures figures = unknown;
    struct hae_reader reader = hae_view_fields_in(point);
    struct hae_json json = begin_object(&intake->texts[4]);
    struct hae_field field;
    figures.sum = 0;
    hae_json_open(&json, "quantiles", '[');
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_SUMMARY_DATA_POINT_COUNT) {
            figures.count = field.value;
        } else if (field.number == HAE_OTLP_SUMMARY_DATA_POINT_SUM) {
            figures.sum = hae_double_from_bits(field.value);
        } else if (field.number == HAE_OTLP_SUMMARY_DATA_POINT_QUANTILE_VALUES) {
            struct given_quantile given = quantile_in(hae_view_content(&field));
            note_quantile(&figures, &given);
            hae_json_open(&json, NULL, '[');
            hae_view_put_double(&json, NULL, given.quantile);
            hae_view_put_double(&json, NULL, given.value);
            hae_json_close(&json, ']');
        }
    }
    hae_json_close(&json, ']');
    *ret_figures = figures;
    return end_object(&json);
}
