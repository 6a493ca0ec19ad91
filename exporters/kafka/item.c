/* SPDX-License-Identifier: Apache-2.0 */
#include "item.h"

#include <string.h>

#include "base/sha256.h"
#include "wire/envelope.h"
#include "wire/reader.h"

enum { ID_BYTES = 16 };

/* The data points of a metric are fields of one number, in whatever kind it is. */
_Static_assert((int)HAE_OTLP_GAUGE_DATA_POINTS == (int)HAE_OTLP_SUM_DATA_POINTS &&
                   (int)HAE_OTLP_GAUGE_DATA_POINTS == (int)HAE_OTLP_HISTOGRAM_DATA_POINTS &&
                   (int)HAE_OTLP_GAUGE_DATA_POINTS ==
                       (int)HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINTS &&
                   (int)HAE_OTLP_GAUGE_DATA_POINTS == (int)HAE_OTLP_SUMMARY_DATA_POINTS,
               "the kinds differ");

static bool is_data(const struct hae_field *field)
{
    switch (field->number) {
    case HAE_OTLP_METRIC_GAUGE:
    case HAE_OTLP_METRIC_SUM:
    case HAE_OTLP_METRIC_HISTOGRAM:
    case HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM:
    case HAE_OTLP_METRIC_SUMMARY:
        return field->type == HAE_WIRE_LENGTH;
    default:
        return false;
    }
}

uint32_t hae_kafka_point_count(haetae_signal signal, const uint8_t *message, size_t size_bytes)
{
    struct hae_reader reader = hae_reader_over(message, size_bytes);
    struct hae_field field;
    uint32_t count = 0;

    if (signal != HAETAE_SIGNAL_METRICS) {
        return 1;
    }
    while (hae_read_field(&reader, &field)) {
        struct hae_reader data = hae_reader_over(field.data, field.size_bytes);
        struct hae_field point;

        while (is_data(&field) && hae_read_field(&data, &point)) {
            count += point.number == HAE_OTLP_GAUGE_DATA_POINTS && point.type == HAE_WIRE_LENGTH;
        }
    }
    return count;
}

bool hae_kafka_trace_id(haetae_signal signal, const uint8_t *field, size_t size_bytes,
                        uint8_t ret_id[16])
{
    static const uint8_t none[ID_BYTES] = {0};
    const uint32_t wanted = signal == HAETAE_SIGNAL_TRACES ? (uint32_t)HAE_OTLP_SPAN_TRACE_ID
                                                           : (uint32_t)HAE_OTLP_LOG_RECORD_TRACE_ID;
    struct hae_reader outside = hae_reader_over(field, size_bytes);
    struct hae_reader reader;
    struct hae_field item;
    struct hae_field found;

    if (!hae_read_field(&outside, &item)) {
        return false;
    }
    reader = hae_reader_over(item.data, item.size_bytes);
    while (hae_read_field(&reader, &found)) {
        if (found.number == wanted && found.type == HAE_WIRE_LENGTH) {
            if (found.size_bytes != ID_BYTES || memcmp(found.data, none, ID_BYTES) == 0) {
                return false;
            }
            memcpy(ret_id, found.data, ID_BYTES);
            return true;
        }
    }
    return false;
}

/* Adds the hash of one attribute to those of the others, in whatever order they come. */
static void add_attribute(const struct hae_field *attribute, uint8_t id[ID_BYTES])
{
    struct hae_sha256 sha;
    uint8_t digest[HAE_SHA256_BYTES];

    hae_sha256_begin(&sha);
    hae_sha256_add(&sha, attribute->data, attribute->size_bytes);
    hae_sha256_end(&sha, digest);
    for (size_t i = 0; i < ID_BYTES; i++) {
        id[i] ^= digest[i];
    }
}

void hae_kafka_resource_id(const uint8_t *block, size_t size_bytes, uint8_t ret_id[16])
{
    struct hae_reader reader = hae_reader_over(block, size_bytes);
    struct hae_field field;

    memset(ret_id, 0, ID_BYTES);
    while (hae_read_field(&reader, &field)) {
        struct hae_reader resource = hae_reader_over(field.data, field.size_bytes);
        struct hae_field attribute;

        if (field.number != HAE_ENVELOPE_RESOURCE || field.type != HAE_WIRE_LENGTH) {
            continue;
        }
        while (hae_read_field(&resource, &attribute)) {
            if (attribute.number == HAE_OTLP_RESOURCE_ATTRIBUTES &&
                attribute.type == HAE_WIRE_LENGTH) {
                add_attribute(&attribute, ret_id);
            }
        }
    }
}
