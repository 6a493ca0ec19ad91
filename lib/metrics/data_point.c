/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/data_point.h"

#include "metrics/cell.h"
#include "wire/otlp.h"
#include "wire/wire.h"

_Static_assert((int)HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO &&
                   (int)HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_HISTOGRAM_DATA_POINT_TIME_UNIX_NANO,
               "points differ in their times");
_Static_assert((int)HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO &&
                   (int)HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINT_TIME_UNIX_NANO,
               "points differ in their times");
_Static_assert((int)HAE_OTLP_SUM_AGGREGATION_TEMPORALITY ==
                   (int)HAE_OTLP_EXPONENTIAL_HISTOGRAM_AGGREGATION_TEMPORALITY,
               "data differ in their temporality");
_Static_assert((int)HAE_OTLP_SUM_AGGREGATION_TEMPORALITY ==
                   (int)HAE_OTLP_HISTOGRAM_AGGREGATION_TEMPORALITY,
               "data differ in their temporality");

uint8_t *hae_put_point_times(uint8_t *at, const struct hae_data_point *data)
{
    uint64_t start = data->point->start_unix_ns;
    uint64_t time = data->time_unix_ns;

    if (data->stream->aggregation == HAE_AGGREGATION_LAST_VALUE) {
        start = start < time ? start : time; /* it stands for its moment alone */
    } else {
        /* A first measurement that came during the collection is no older than the point. */
        time = time > start ? time : start;
    }
    at = hae_put_fixed64_field(at, HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO, start);
    return hae_put_fixed64_field(at, HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO, time);
}

uint8_t *hae_put_point_attributes(uint8_t *at, const struct hae_data_point *data)
{
    memcpy(at, data->attributes, data->attributes_size_bytes);
    return at + data->attributes_size_bytes;
}

size_t hae_number_point_size(const struct hae_data_point *data)
{
    return 3 * (size_t)HAE_FIXED_FIELD_SIZE + data->attributes_size_bytes;
}

uint8_t *hae_put_number_point(uint8_t *at, const struct hae_data_point *data)
{
    bool integer = data->stream->number_type == HAETAE_NUMBER_INT64;

    at = hae_put_point_times(at, data);
    at = hae_put_fixed64_field(
        at, integer ? HAE_OTLP_NUMBER_DATA_POINT_AS_INT : HAE_OTLP_NUMBER_DATA_POINT_AS_DOUBLE,
        data->point->words[0]);
    return hae_put_point_attributes(at, data);
}

void hae_point_add_real(uint64_t *word, double value)
{
    *word = hae_double_bits(hae_add_finite(hae_double_from_bits(*word), value));
}

bool hae_histogram_has_sum(const struct hae_stream_data *stream)
{
    return hae_kind_is_monotonic(stream->kind);
}

bool hae_histogram_has_extremes(const struct hae_stream_data *stream, uint64_t minimum,
                                uint64_t maximum)
{
    return stream->omits_extremes == 0 &&
           hae_double_from_bits(minimum) <= hae_double_from_bits(maximum);
}

uint8_t *hae_put_temporality(uint8_t *at, uint8_t temporality)
{
    *at++ = HAE_TAG(HAE_OTLP_SUM_AGGREGATION_TEMPORALITY, HAE_WIRE_VARINT);
    *at++ = temporality;
    return at;
}
