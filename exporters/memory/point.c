/* SPDX-License-Identifier: Apache-2.0 */
#include "point.h"

#include "wire/otlp.h"

/* The numbers of fields that points of all kinds have, but which differ. */
struct kind {
    uint32_t attributes;
    uint32_t exemplars; /* 0: there are none */
    uint32_t flags;
    void (*read)(struct hae_mem_parser *parser, const struct hae_field *field,
                 haetae_metric_point *point);
};

/* Those that do not. */
_Static_assert((int)HAE_OTLP_HISTOGRAM_DATA_POINT_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO &&
                   (int)HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO &&
                   (int)HAE_OTLP_SUMMARY_DATA_POINT_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO &&
                   (int)HAE_OTLP_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO &&
                   (int)HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO &&
                   (int)HAE_OTLP_SUMMARY_DATA_POINT_START_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO,
               "points of all kinds have their times in the same fields");

/* sint32 */
static int32_t signed_of(uint64_t value)
{
    uint32_t bits = (uint32_t)value;

    return (int32_t)((bits >> 1) ^ (0 - (bits & 1)));
}

static void read_number(struct hae_mem_parser *parser, const struct hae_field *field,
                        haetae_metric_point *point)
{
    (void)parser;
    switch (hae_mem_field(field)) {
    case HAE_MEM_FIELD(HAE_OTLP_NUMBER_DATA_POINT_AS_INT, HAE_WIRE_FIXED64):
        point->number_type = HAETAE_NUMBER_INT64;
        point->as_int64 = (int64_t)field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_NUMBER_DATA_POINT_AS_DOUBLE, HAE_WIRE_FIXED64):
        point->number_type = HAETAE_NUMBER_DOUBLE;
        point->as_double = hae_double_from_bits(field->value);
        break;
    default:
        break;
    }
}

static void read_histogram(struct hae_mem_parser *parser, const struct hae_field *field,
                           haetae_metric_point *point)
{
    switch (hae_mem_field(field)) {
    case HAE_MEM_FIELD(HAE_OTLP_HISTOGRAM_DATA_POINT_COUNT, HAE_WIRE_FIXED64):
        point->count = field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_HISTOGRAM_DATA_POINT_SUM, HAE_WIRE_FIXED64):
        point->has_sum = 1;
        point->sum = hae_double_from_bits(field->value);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_HISTOGRAM_DATA_POINT_MIN, HAE_WIRE_FIXED64):
        point->has_extremes = 1;
        point->minimum = hae_double_from_bits(field->value);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_HISTOGRAM_DATA_POINT_MAX, HAE_WIRE_FIXED64):
        point->has_extremes = 1;
        point->maximum = hae_double_from_bits(field->value);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_HISTOGRAM_DATA_POINT_BUCKET_COUNTS, HAE_WIRE_LENGTH):
        point->bucket_counts = hae_mem_counts(parser, field, &point->bucket_count);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_HISTOGRAM_DATA_POINT_EXPLICIT_BOUNDS, HAE_WIRE_LENGTH):
        point->boundaries = hae_mem_doubles(parser, field, &point->boundary_count);
        break;
    default:
        break;
    }
}

static void read_buckets(struct hae_mem_parser *parser, struct hae_reader message,
                         haetae_exponential_buckets *buckets)
{
    struct hae_field field;

    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_OFFSET,
                           HAE_WIRE_VARINT):
            buckets->offset = signed_of(field.value);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_BUCKET_COUNTS,
                           HAE_WIRE_LENGTH):
            buckets->counts = hae_mem_varints(parser, &field, &buckets->count);
            break;
        default:
            break;
        }
    }
}

static void read_exponential(struct hae_mem_parser *parser, const struct hae_field *field,
                             haetae_metric_point *point)
{
    switch (hae_mem_field(field)) {
    case HAE_MEM_FIELD(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_COUNT, HAE_WIRE_FIXED64):
        point->count = field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SUM, HAE_WIRE_FIXED64):
        point->has_sum = 1;
        point->sum = hae_double_from_bits(field->value);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_MIN, HAE_WIRE_FIXED64):
        point->has_extremes = 1;
        point->minimum = hae_double_from_bits(field->value);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_MAX, HAE_WIRE_FIXED64):
        point->has_extremes = 1;
        point->maximum = hae_double_from_bits(field->value);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SCALE, HAE_WIRE_VARINT):
        point->scale = signed_of(field->value);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_COUNT, HAE_WIRE_FIXED64):
        point->zero_count = field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_THRESHOLD, HAE_WIRE_FIXED64):
        point->zero_threshold = hae_double_from_bits(field->value);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_POSITIVE, HAE_WIRE_LENGTH):
        read_buckets(parser, hae_mem_inside(field), &point->positive);
        break;
    case HAE_MEM_FIELD(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_NEGATIVE, HAE_WIRE_LENGTH):
        read_buckets(parser, hae_mem_inside(field), &point->negative);
        break;
    default:
        break;
    }
}

static void read_summary(struct hae_mem_parser *parser, const struct hae_field *field,
                         haetae_metric_point *point)
{
    (void)parser; /* the quantiles come later */
    switch (hae_mem_field(field)) {
    case HAE_MEM_FIELD(HAE_OTLP_SUMMARY_DATA_POINT_COUNT, HAE_WIRE_FIXED64):
        point->count = field->value;
        break;
    case HAE_MEM_FIELD(HAE_OTLP_SUMMARY_DATA_POINT_SUM, HAE_WIRE_FIXED64):
        point->sum = hae_double_from_bits(field->value);
        break;
    default:
        break;
    }
}

static const struct kind *kind_of(int32_t kind)
{
    static const struct kind number = {HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES,
                                       HAE_OTLP_NUMBER_DATA_POINT_EXEMPLARS,
                                       HAE_OTLP_NUMBER_DATA_POINT_FLAGS, read_number};
    static const struct kind histogram = {HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES,
                                          HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS,
                                          HAE_OTLP_HISTOGRAM_DATA_POINT_FLAGS, read_histogram};
    static const struct kind exponential = {HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ATTRIBUTES,
                                            HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_EXEMPLARS,
                                            HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_FLAGS,
                                            read_exponential};
    static const struct kind summary = {HAE_OTLP_SUMMARY_DATA_POINT_ATTRIBUTES, 0,
                                        HAE_OTLP_SUMMARY_DATA_POINT_FLAGS, read_summary};

    switch (kind) {
    case HAETAE_POINT_HISTOGRAM:
        return &histogram;
    case HAETAE_POINT_EXPONENTIAL_HISTOGRAM:
        return &exponential;
    case HAETAE_POINT_SUMMARY:
        return &summary;
    default:
        return &number;
    }
}

static void read_exemplar(struct hae_mem_parser *parser, struct hae_reader message,
                          haetae_memory_exemplar *exemplar)
{
    struct hae_reader whole = message;
    struct hae_field field;

    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_EXEMPLAR_TIME_UNIX_NANO, HAE_WIRE_FIXED64):
            exemplar->time_unix_ns = field.value;
            break;
        case HAE_MEM_FIELD(HAE_OTLP_EXEMPLAR_AS_INT, HAE_WIRE_FIXED64):
            exemplar->number_type = HAETAE_NUMBER_INT64;
            exemplar->as_int64 = (int64_t)field.value;
            break;
        case HAE_MEM_FIELD(HAE_OTLP_EXEMPLAR_AS_DOUBLE, HAE_WIRE_FIXED64):
            exemplar->number_type = HAETAE_NUMBER_DOUBLE;
            exemplar->as_double = hae_double_from_bits(field.value);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_EXEMPLAR_TRACE_ID, HAE_WIRE_LENGTH):
            hae_mem_id(&field, exemplar->context.trace_id, sizeof exemplar->context.trace_id);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_EXEMPLAR_SPAN_ID, HAE_WIRE_LENGTH):
            hae_mem_id(&field, exemplar->context.span_id, sizeof exemplar->context.span_id);
            break;
        default:
            break;
        }
    }
    hae_mem_attributes(parser, whole, HAE_OTLP_EXEMPLAR_FILTERED_ATTRIBUTES, &exemplar->attributes,
                       &exemplar->attribute_count);
}

static void read_exemplars(struct hae_mem_parser *parser, struct hae_reader message,
                           uint32_t number, haetae_memory_point *point)
{
    size_t count = hae_mem_count(parser, message, number);
    haetae_memory_exemplar *exemplars =
        count > 0 ? hae_mem_take(parser, count, sizeof *exemplars) : NULL;
    struct hae_field field;

    point->exemplars = exemplars;
    while (point->exemplar_count < count && hae_mem_next(parser, &message, &field)) {
        if (hae_mem_field(&field) == HAE_MEM_FIELD(number, HAE_WIRE_LENGTH)) {
            read_exemplar(parser, hae_mem_inside(&field), &exemplars[point->exemplar_count++]);
        }
    }
}

static void read_quantile(struct hae_mem_parser *parser, struct hae_reader message,
                          double *ret_quantile, double *ret_value)
{
    struct hae_field field;

    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_QUANTILE,
                           HAE_WIRE_FIXED64):
            *ret_quantile = hae_double_from_bits(field.value);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_VALUE, HAE_WIRE_FIXED64):
            *ret_value = hae_double_from_bits(field.value);
            break;
        default:
            break;
        }
    }
}

static void read_quantiles(struct hae_mem_parser *parser, struct hae_reader message,
                           haetae_metric_point *point)
{
    size_t count = hae_mem_count(parser, message, HAE_OTLP_SUMMARY_DATA_POINT_QUANTILE_VALUES);
    double *quantiles = count > 0 ? hae_mem_take(parser, count, sizeof *quantiles) : NULL;
    double *values = count > 0 ? hae_mem_take(parser, count, sizeof *values) : NULL;
    struct hae_field field;

    point->quantiles = quantiles;
    point->quantile_values = values;
    while (point->quantile_count < count && hae_mem_next(parser, &message, &field)) {
        if (hae_mem_field(&field) ==
            HAE_MEM_FIELD(HAE_OTLP_SUMMARY_DATA_POINT_QUANTILE_VALUES, HAE_WIRE_LENGTH)) {
            read_quantile(parser, hae_mem_inside(&field), &quantiles[point->quantile_count],
                          &values[point->quantile_count]);
            point->quantile_count++;
        }
    }
}

/* What points of all kinds have. */
static void read_common(const struct kind *kind, const struct hae_field *field,
                        haetae_metric_point *point)
{
    if (hae_mem_field(field) ==
        HAE_MEM_FIELD(HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO, HAE_WIRE_FIXED64)) {
        point->time_unix_ns = field->value;
    } else if (hae_mem_field(field) ==
               HAE_MEM_FIELD(HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO, HAE_WIRE_FIXED64)) {
        point->start_time_unix_ns = field->value;
    } else if (hae_mem_field(field) == HAE_MEM_FIELD(kind->flags, HAE_WIRE_VARINT)) {
        point->no_recorded_value =
            (field->value & HAE_OTLP_DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK) != 0;
    }
}

void hae_mem_point(struct hae_mem_parser *parser, struct hae_reader message,
                   haetae_memory_point *ret_point)
{
    const struct kind *kind = kind_of(ret_point->metric->kind);
    haetae_metric_point *point = hae_mem_take(parser, 1, sizeof *point);
    struct hae_reader whole = message;
    struct hae_field field;

    if (point == NULL) {
        return;
    }
    *point = (haetae_metric_point)HAETAE_OPTIONS(haetae_metric_point);
    point->has_sum = ret_point->metric->kind == HAETAE_POINT_SUMMARY;
    ret_point->point = point;
    while (hae_mem_next(parser, &message, &field)) {
        read_common(kind, &field, point);
        kind->read(parser, &field, point);
    }
    hae_mem_attributes(parser, whole, kind->attributes, &point->attributes,
                       &point->attribute_count);
    if (kind->exemplars != 0) {
        read_exemplars(parser, whole, kind->exemplars, ret_point);
    }
    if (ret_point->metric->kind == HAETAE_POINT_SUMMARY) {
        read_quantiles(parser, whole, point);
    }
}
