/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/produced_point.h"

#include <math.h>

#include "wire/attribute.h"
#include "wire/otlp.h"

/* ---- Whether it is valid ---------------------------------------------------------------- */

static bool is_list(const void *items, size_t count, size_t item_size)
{
    return count == 0 || (items != NULL && count <= (size_t)PTRDIFF_MAX / item_size);
}

/* Adds up counts; false: they are more than 64 bits hold. */
static bool add_counts(const uint64_t *counts, size_t count, uint64_t *sum)
{
    for (size_t i = 0; i < count; i++) {
        if (counts[i] > UINT64_MAX - *sum) {
            return false;
        }
        *sum += counts[i];
    }
    return true;
}

static bool is_histogram(const haetae_metric_point *point)
{
    uint64_t sum = 0;

    if (!is_list(point->boundaries, point->boundary_count, sizeof(double)) ||
        !is_list(point->bucket_counts, point->bucket_count, sizeof(uint64_t)) ||
        (point->bucket_count != 0 ? point->bucket_count != point->boundary_count + 1
                                  : point->boundary_count != 0)) {
        return false;
    }
    for (size_t i = 0; i < point->boundary_count; i++) {
        if (!isfinite(point->boundaries[i]) ||
            (i != 0 && point->boundaries[i] <= point->boundaries[i - 1])) {
            return false;
        }
    }
    return point->bucket_count == 0 ||
           (add_counts(point->bucket_counts, point->bucket_count, &sum) && sum == point->count);
}

/* The index of the last bucket has to fit 32 bits as well. */
static bool are_buckets(const haetae_exponential_buckets *buckets)
{
    return is_list(buckets->counts, buckets->count, sizeof(uint64_t)) &&
           buckets->count <= INT32_MAX && buckets->reserved == 0 &&
           (int64_t)buckets->offset + (int64_t)buckets->count - 1 <= INT32_MAX;
}

static bool is_exponential(const haetae_metric_point *point)
{
    uint64_t sum = point->zero_count;

    return are_buckets(&point->positive) && are_buckets(&point->negative) &&
           point->zero_threshold >= 0 &&
           add_counts(point->positive.counts, point->positive.count, &sum) &&
           add_counts(point->negative.counts, point->negative.count, &sum) && sum == point->count;
}

static bool is_summary(const haetae_metric_point *point)
{
    if (!is_list(point->quantiles, point->quantile_count, sizeof(double)) ||
        !is_list(point->quantile_values, point->quantile_count, sizeof(double))) {
        return false;
    }
    for (size_t i = 0; i < point->quantile_count; i++) {
        if (!(point->quantiles[i] >= 0 && point->quantiles[i] <= 1) ||
            (i != 0 && point->quantiles[i] <= point->quantiles[i - 1])) {
            return false;
        }
    }
    return true;
}

bool hae_produced_point_valid(int32_t kind, const haetae_metric_point *point)
{
    if (point->reserved != 0 ||
        (point->attribute_count != 0 &&
         !hae_attributes_valid(point->attributes, point->attribute_count))) {
        return false;
    }
    if (point->no_recorded_value != 0) {
        return true;
    }
    switch (kind) {
    case HAETAE_POINT_HISTOGRAM:
        return is_histogram(point);
    case HAETAE_POINT_EXPONENTIAL_HISTOGRAM:
        return is_exponential(point);
    case HAETAE_POINT_SUMMARY:
        return is_summary(point);
    default:
        return point->number_type == HAETAE_NUMBER_INT64 ||
               point->number_type == HAETAE_NUMBER_DOUBLE;
    }
}

/* ---- Into wire format ------------------------------------------------------------------- */

/* Fields whose numbers differ by the kind of point. */
struct fields {
    unsigned attributes;
    unsigned flags;
    unsigned minimum; /* 0: the kind has no extremes */
    unsigned maximum;
};

static struct fields fields_of(int32_t kind)
{
    switch (kind) {
    case HAETAE_POINT_HISTOGRAM:
        return (struct fields){
            HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES, HAE_OTLP_HISTOGRAM_DATA_POINT_FLAGS,
            HAE_OTLP_HISTOGRAM_DATA_POINT_MIN, HAE_OTLP_HISTOGRAM_DATA_POINT_MAX};
    case HAETAE_POINT_EXPONENTIAL_HISTOGRAM:
        return (struct fields){HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ATTRIBUTES,
                               HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_FLAGS,
                               HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_MIN,
                               HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_MAX};
    case HAETAE_POINT_SUMMARY:
        return (struct fields){HAE_OTLP_SUMMARY_DATA_POINT_ATTRIBUTES,
                               HAE_OTLP_SUMMARY_DATA_POINT_FLAGS, 0, 0};
    default:
        return (struct fields){HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES,
                               HAE_OTLP_NUMBER_DATA_POINT_FLAGS, 0, 0};
    }
}

_Static_assert((int)HAE_OTLP_SUMMARY_DATA_POINT_COUNT == (int)HAE_OTLP_HISTOGRAM_DATA_POINT_COUNT &&
                   (int)HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_COUNT ==
                       (int)HAE_OTLP_HISTOGRAM_DATA_POINT_COUNT &&
                   (int)HAE_OTLP_SUMMARY_DATA_POINT_SUM == (int)HAE_OTLP_HISTOGRAM_DATA_POINT_SUM &&
                   (int)HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SUM ==
                       (int)HAE_OTLP_HISTOGRAM_DATA_POINT_SUM,
               "points differ in count and sum");
_Static_assert((int)HAE_OTLP_SUMMARY_DATA_POINT_START_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO &&
                   (int)HAE_OTLP_SUMMARY_DATA_POINT_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO,
               "points differ in their times");

enum { FIXED_SIZE = 9, VARINT_FIELD_MAX = 1 + HAE_VARINT_MAX };

static bool put_fixed(struct hae_sink *sink, unsigned field, uint64_t bits)
{
    if (!hae_sink_reserve(sink, FIXED_SIZE)) {
        return false;
    }
    sink->at = hae_put_fixed64_field(sink->at, field, bits);
    return true;
}

static bool put_real(struct hae_sink *sink, unsigned field, double value)
{
    return put_fixed(sink, field, hae_double_bits(value));
}

static bool put_varint(struct hae_sink *sink, unsigned field, uint64_t value)
{
    if (!hae_sink_reserve(sink, VARINT_FIELD_MAX)) {
        return false;
    }
    *sink->at++ = (uint8_t)HAE_TAG(field, HAE_WIRE_VARINT);
    sink->at = hae_put_varint(sink->at, value);
    return true;
}

static bool put_reals(struct hae_sink *sink, unsigned field, const double *values, size_t count)
{
    if (count != 0 && !hae_put_message_head(sink, field, count * 8)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        sink->at = hae_put_fixed64(sink->at, hae_double_bits(values[i]));
    }
    return true;
}

static bool put_histogram(struct hae_sink *sink, const haetae_metric_point *point)
{
    size_t count = point->bucket_count;

    if (count != 0 &&
        !hae_put_message_head(sink, HAE_OTLP_HISTOGRAM_DATA_POINT_BUCKET_COUNTS, count * 8)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        sink->at = hae_put_fixed64(sink->at, point->bucket_counts[i]);
    }
    return put_reals(sink, HAE_OTLP_HISTOGRAM_DATA_POINT_EXPLICIT_BOUNDS, point->boundaries,
                     point->boundary_count);
}

static bool put_buckets(struct hae_sink *sink, unsigned field,
                        const haetae_exponential_buckets *buckets)
{
    uint64_t offset = hae_zigzag(buckets->offset);
    size_t counts = 0;

    if (buckets->count == 0) {
        return true;
    }
    for (size_t i = 0; i < buckets->count; i++) {
        counts += hae_varint_size(buckets->counts[i]);
    }
    if (!hae_put_message_head(sink, field, 1 + hae_varint_size(offset) + hae_field_size(counts))) {
        return false;
    }
    *sink->at++ =
        HAE_TAG(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_OFFSET, HAE_WIRE_VARINT);
    sink->at = hae_put_varint(sink->at, offset);
    *sink->at++ =
        HAE_TAG(HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_BUCKET_COUNTS, HAE_WIRE_LENGTH);
    sink->at = hae_put_varint(sink->at, counts);
    for (size_t i = 0; i < buckets->count; i++) {
        sink->at = hae_put_varint(sink->at, buckets->counts[i]);
    }
    return true;
}

static bool put_exponential(struct hae_sink *sink, const haetae_metric_point *point)
{
    return put_varint(sink, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_SCALE,
                      hae_zigzag(point->scale)) &&
           put_fixed(sink, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_COUNT,
                     point->zero_count) &&
           put_buckets(sink, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_POSITIVE,
                       &point->positive) &&
           put_buckets(sink, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_NEGATIVE,
                       &point->negative) &&
           (point->zero_threshold == 0 ||
            put_real(sink, HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_THRESHOLD,
                     point->zero_threshold));
}

static bool put_summary(struct hae_sink *sink, const haetae_metric_point *point)
{
    for (size_t i = 0; i < point->quantile_count; i++) {
        if (!hae_put_message_head(sink, HAE_OTLP_SUMMARY_DATA_POINT_QUANTILE_VALUES,
                                  2 * (size_t)FIXED_SIZE)) {
            return false;
        }
        sink->at =
            hae_put_fixed64_field(sink->at, HAE_OTLP_SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_QUANTILE,
                                  hae_double_bits(point->quantiles[i]));
        sink->at =
            hae_put_fixed64_field(sink->at, HAE_OTLP_SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_VALUE,
                                  hae_double_bits(point->quantile_values[i]));
    }
    return true;
}

static bool put_number(struct hae_sink *sink, const haetae_metric_point *point)
{
    return point->number_type == HAETAE_NUMBER_INT64
               ? put_fixed(sink, HAE_OTLP_NUMBER_DATA_POINT_AS_INT, (uint64_t)point->as_int64)
               : put_real(sink, HAE_OTLP_NUMBER_DATA_POINT_AS_DOUBLE, point->as_double);
}

/* Writes count, sum and extremes, then the fields of this kind only. */
static bool put_distribution(struct hae_sink *sink, int32_t kind, const haetae_metric_point *point)
{
    const struct fields fields = fields_of(kind);
    bool has_sum = point->has_sum != 0 || kind == HAETAE_POINT_SUMMARY;
    bool has_extremes = point->has_extremes != 0 && fields.minimum != 0;

    if (!put_fixed(sink, HAE_OTLP_HISTOGRAM_DATA_POINT_COUNT, point->count) ||
        (has_sum && !put_real(sink, HAE_OTLP_HISTOGRAM_DATA_POINT_SUM, point->sum)) ||
        (has_extremes && (!put_real(sink, fields.minimum, point->minimum) ||
                          !put_real(sink, fields.maximum, point->maximum)))) {
        return false;
    }
    switch (kind) {
    case HAETAE_POINT_HISTOGRAM:
        return put_histogram(sink, point);
    case HAETAE_POINT_EXPONENTIAL_HISTOGRAM:
        return put_exponential(sink, point);
    default:
        return put_summary(sink, point);
    }
}

static enum hae_put put_attributes(struct hae_sink *sink, unsigned field,
                                   const haetae_metric_point *point)
{
    enum hae_put put = HAE_PUT_OK;

    for (size_t i = 0; i < point->attribute_count && put == HAE_PUT_OK; i++) {
        if (!hae_attribute_is_duplicate(point->attributes, point->attribute_count, i)) {
            put = hae_put_attribute(sink, field, &point->attributes[i], HAE_NO_LIMITS);
        }
    }
    return put;
}

static bool put_value(struct hae_sink *sink, int32_t kind, const haetae_metric_point *point)
{
    if (point->no_recorded_value != 0) {
        return put_varint(sink, fields_of(kind).flags,
                          HAE_OTLP_DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK);
    }
    return kind == HAETAE_POINT_SUM || kind == HAETAE_POINT_GAUGE
               ? put_number(sink, point)
               : put_distribution(sink, kind, point);
}

enum hae_put hae_produced_point_put(struct hae_sink *sink, int32_t kind,
                                    const haetae_metric_point *point, uint64_t now_unix_ns)
{
    uint64_t time = point->time_unix_ns != 0 ? point->time_unix_ns : now_unix_ns;
    enum hae_put put;

    if (!put_fixed(sink, HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO,
                   point->start_time_unix_ns) ||
        !put_fixed(sink, HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO, time)) {
        return HAE_PUT_FULL;
    }
    put = put_attributes(sink, fields_of(kind).attributes, point);
    return put != HAE_PUT_OK || put_value(sink, kind, point) ? put : HAE_PUT_FULL;
}
