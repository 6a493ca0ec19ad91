/* SPDX-License-Identifier: Apache-2.0 */
#include "point.h"

#include <stddef.h>

#include "wire/otlp.h"

enum { NO_RECORDED_VALUE = 1 };

/* A packed list of numbers of eight bytes. */
static bool take_list(const struct hae_field *field, const uint8_t **ret_list, size_t *ret_count)
{
    if (field->type != HAE_WIRE_LENGTH || field->size_bytes % 8 != 0 || *ret_count != 0) {
        return false;
    }
    *ret_list = field->data;
    *ret_count = field->size_bytes / 8;
    return true;
}

static int32_t zigzag(uint64_t value)
{
    uint32_t bits = (uint32_t)value;

    return (int32_t)((bits >> 1) ^ (0 - (bits & 1)));
}

static bool take_buckets(const struct hae_field *field, struct hae_prom_buckets *ret_buckets)
{
    struct hae_reader reader = hae_reader_over(field->data, field->size_bytes);
    struct hae_field part;

    if (field->type != HAE_WIRE_LENGTH) {
        return false;
    }
    while (hae_read_field(&reader, &part)) {
        if (part.number == HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_OFFSET) {
            ret_buckets->offset = zigzag(part.value);
        } else if (part.number == HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_BUCKET_COUNTS) {
            if (part.type != HAE_WIRE_LENGTH) {
                return false;
            }
            ret_buckets->counts = hae_reader_over(part.data, part.size_bytes);
        }
    }
    return reader.at == reader.end;
}

static bool take_number_field(struct hae_prom_point *point, const struct hae_field *field)
{
    switch (field->number) {
    case HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO:
        point->start_ns = field->value;
        break;
    case HAE_OTLP_NUMBER_DATA_POINT_AS_DOUBLE:
        point->value =
            (struct hae_prom_value){HAE_PROM_DOUBLE, 0, hae_double_from_bits(field->value)};
        break;
    case HAE_OTLP_NUMBER_DATA_POINT_AS_INT:
        point->value = (struct hae_prom_value){HAE_PROM_INT, (int64_t)field->value, 0};
        break;
    case HAE_OTLP_NUMBER_DATA_POINT_FLAGS:
        point->has_value = (field->value & NO_RECORDED_VALUE) == 0;
        break;
    default:
        break;
    }
    return true;
}

static bool take_histogram_field(struct hae_prom_point *point, const struct hae_field *field)
{
    switch (field->number) {
    case HAE_OTLP_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO:
        point->start_ns = field->value;
        break;
    case HAE_OTLP_HISTOGRAM_DATA_POINT_COUNT:
        point->count = field->value;
        break;
    case HAE_OTLP_HISTOGRAM_DATA_POINT_SUM:
        point->has_sum = true;
        point->sum = hae_double_from_bits(field->value);
        break;
    case HAE_OTLP_HISTOGRAM_DATA_POINT_BUCKET_COUNTS:
        return take_list(field, &point->bucket_counts, &point->bucket_count);
    case HAE_OTLP_HISTOGRAM_DATA_POINT_EXPLICIT_BOUNDS:
        return take_list(field, &point->bounds, &point->bound_count);
    case HAE_OTLP_HISTOGRAM_DATA_POINT_FLAGS:
        point->has_value = (field->value & NO_RECORDED_VALUE) == 0;
        break;
    default:
        break;
    }
    return true;
}

static bool take_exponential_field(struct hae_prom_point *point, const struct hae_field *field)
{
    switch (field->number) {
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO:
        point->start_ns = field->value;
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_COUNT:
        point->count = field->value;
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SUM:
        point->has_sum = true;
        point->sum = hae_double_from_bits(field->value);
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SCALE:
        point->scale = zigzag(field->value);
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_COUNT:
        point->zero_count = field->value;
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_POSITIVE:
        return take_buckets(field, &point->positive);
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_NEGATIVE:
        return take_buckets(field, &point->negative);
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_FLAGS:
        point->has_value = (field->value & NO_RECORDED_VALUE) == 0;
        break;
    case HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_THRESHOLD:
        point->zero_threshold = hae_double_from_bits(field->value);
        break;
    default:
        break;
    }
    return true;
}

static bool take_summary_field(struct hae_prom_point *point, const struct hae_field *field)
{
    switch (field->number) {
    case HAE_OTLP_SUMMARY_DATA_POINT_START_TIME_UNIX_NANO:
        point->start_ns = field->value;
        break;
    case HAE_OTLP_SUMMARY_DATA_POINT_COUNT:
        point->count = field->value;
        break;
    case HAE_OTLP_SUMMARY_DATA_POINT_SUM:
        point->sum = hae_double_from_bits(field->value);
        break;
    case HAE_OTLP_SUMMARY_DATA_POINT_FLAGS:
        point->has_value = (field->value & NO_RECORDED_VALUE) == 0;
        break;
    default:
        break;
    }
    return true;
}

struct kind_of_point {
    hae_prom_kind kind;
    uint32_t attributes;
    uint32_t exemplars;
    bool (*take)(struct hae_prom_point *point, const struct hae_field *field);
};

static const struct kind_of_point kinds[] = {
    {HAE_OTLP_METRIC_GAUGE, HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES,
     HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS, take_number_field},
    {HAE_OTLP_METRIC_SUM, HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES,
     HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS, take_number_field},
    {HAE_OTLP_METRIC_HISTOGRAM, HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES,
     HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS, take_histogram_field},
    {HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ATTRIBUTES,
     HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_EXEMPLARS, take_exponential_field},
    {HAE_OTLP_METRIC_SUMMARY, HAE_OTLP_SUMMARY_DATA_POINT_ATTRIBUTES, 0, take_summary_field},
};

bool hae_prom_read_point(hae_prom_kind kind, const struct hae_field *field,
                         struct hae_prom_point *ret_point)
{
    const struct kind_of_point *of = kinds;
    struct hae_reader reader = hae_reader_over(field->data, field->size_bytes);
    struct hae_field part;

    while (of->kind != kind) {
        of++;
    }
    *ret_point = (struct hae_prom_point){.kind = kind,
                                         .whole = reader,
                                         .attributes = of->attributes,
                                         .exemplars = of->exemplars,
                                         .has_value = true,
                                         .has_sum = kind == HAE_OTLP_METRIC_SUMMARY,
                                         .positive.counts = hae_reader_over(field->data, 0),
                                         .negative.counts = hae_reader_over(field->data, 0)};
    while (hae_read_field(&reader, &part)) {
        if (!of->take(ret_point, &part)) {
            return false;
        }
    }
    /* One count for each bound and one above, or none at all. */
    return reader.at == reader.end &&
           (ret_point->bucket_count == 0 ? ret_point->bound_count == 0
                                         : ret_point->bucket_count == ret_point->bound_count + 1);
}

bool hae_prom_read_exemplar(const struct hae_field *field, struct hae_prom_exemplar *ret_exemplar)
{
    struct hae_reader reader = hae_reader_over(field->data, field->size_bytes);
    struct hae_field part;

    *ret_exemplar = (struct hae_prom_exemplar){.whole = reader};
    while (hae_read_field(&reader, &part)) {
        if (part.number == HAE_OTLP_EXEMPLAR_TIME_UNIX_NANO) {
            ret_exemplar->time_ns = part.value;
        } else if (part.number == HAE_OTLP_EXEMPLAR_AS_DOUBLE) {
            ret_exemplar->value =
                (struct hae_prom_value){HAE_PROM_DOUBLE, 0, hae_double_from_bits(part.value)};
        } else if (part.number == HAE_OTLP_EXEMPLAR_AS_INT) {
            ret_exemplar->value = (struct hae_prom_value){HAE_PROM_INT, (int64_t)part.value, 0};
        } else if (part.number == HAE_OTLP_EXEMPLAR_TRACE_ID && part.size_bytes == 16) {
            ret_exemplar->trace_id = part.data;
        } else if (part.number == HAE_OTLP_EXEMPLAR_SPAN_ID && part.size_bytes == 8) {
            ret_exemplar->span_id = part.data;
        }
    }
    return reader.at == reader.end;
}

double hae_prom_value_as_double(const struct hae_prom_value *value)
{
    return value->number == HAE_PROM_INT ? (double)value->as_int : value->as_double;
}

bool hae_prom_read_quantile(const struct hae_field *field, double *ret_quantile, double *ret_value)
{
    struct hae_reader reader = hae_reader_over(field->data, field->size_bytes);
    struct hae_field part;

    if (field->number != HAE_OTLP_SUMMARY_DATA_POINT_QUANTILE_VALUES ||
        field->type != HAE_WIRE_LENGTH) {
        return false;
    }
    while (hae_read_field(&reader, &part)) {
        if (part.number == HAE_OTLP_SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_QUANTILE) {
            *ret_quantile = hae_double_from_bits(part.value);
        } else if (part.number == HAE_OTLP_SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_VALUE) {
            *ret_value = hae_double_from_bits(part.value);
        }
    }
    return reader.at == reader.end;
}
