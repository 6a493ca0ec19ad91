/* SPDX-License-Identifier: Apache-2.0 */
/* The points are written first, with room left before them: how long they are, which
 * stands in front, is only known at the end. */
#include "metrics/message.h"

#include "base/alloc.h"
#include "metrics/exemplar_put.h"
#include "metrics/instrument_options.h"
#include "metrics/snapshot.h"
#include "wire/otlp.h"
#include "wire/wire.h"

_Static_assert((int)HAE_OTLP_SUM_DATA_POINTS == (int)HAE_OTLP_GAUGE_DATA_POINTS &&
                   (int)HAE_OTLP_SUM_DATA_POINTS == (int)HAE_OTLP_HISTOGRAM_DATA_POINTS &&
                   (int)HAE_OTLP_SUM_DATA_POINTS == (int)HAE_OTLP_EXPONENTIAL_HISTOGRAM_DATA_POINTS,
               "data differ in their points");

/* Tag and length of the data. */
enum { DATA_HEAD_MAX = 1 + HAE_VARINT_MAX };

struct hae_collector {
    struct hae_point point;
    struct hae_exemplars exemplars;
    uint8_t buffer[HAE_METRIC_SIZE_MAX];
};

/* One point always fits into a message, behind the metric's fields. */
_Static_assert(HAE_METRIC_ATTRIBUTES_SIZE_MAX + HAETAE_EXEMPLARS_MAX * HAE_EXEMPLAR_FIELD_MAX +
                       2 * 8 * HAE_POINT_WORDS_MAX + 1024 + HAE_METRIC_FIELDS_MAX_BYTES <
                   HAE_METRIC_SIZE_MAX,
               "a point may be larger than a message");

struct hae_collector *hae_collector_new(void)
{
    return hae_malloc(sizeof(struct hae_collector));
}

void hae_collector_free(struct hae_collector *collector)
{
    hae_free(collector);
}

void hae_message_begin(struct hae_metric_message *message, struct hae_collector *collector,
                       const struct hae_stream_data *stream,
                       const struct hae_aggregation *aggregation, uint8_t temporality)
{
    size_t front = stream->fields_size_bytes + (size_t)DATA_HEAD_MAX;
    size_t most = sizeof collector->buffer - HAE_DATA_TAIL_MAX;
    bool limited = message->size_max < most && message->size_max > front;

    message->stream = stream;
    message->aggregation = aggregation;
    message->boundaries = hae_ref_at(message->region, stream->boundaries);
    message->temporality = temporality;
    message->point = &collector->point;
    message->exemplars = &collector->exemplars;
    message->exemplars->count = 0;
    message->begin = collector->buffer + front;
    message->at = message->begin;
    message->end = collector->buffer + (limited ? message->size_max : most);
    message->point_count = 0;
}

/* Puts the front before the points and hands the message over; starts the next one. */
static bool finish(struct hae_metric_message *message)
{
    const struct hae_stream_data *stream = message->stream;
    const struct hae_aggregation *aggregation = message->aggregation;
    uint8_t *end = message->at;
    uint8_t head[DATA_HEAD_MAX];
    uint8_t *head_end;
    uint8_t *begin;
    bool taken;

    if (aggregation->encode_tail != NULL) {
        end = aggregation->encode_tail(end, stream, message->temporality);
    }
    head[0] = HAE_TAG(aggregation->data_field, HAE_WIRE_LENGTH);
    head_end = hae_put_varint(head + 1, (uint64_t)(end - message->begin));
    begin = message->begin - (head_end - head);
    memcpy(begin, head, (size_t)(head_end - head));
    begin -= stream->fields_size_bytes;
    memcpy(begin, stream->fields, stream->fields_size_bytes);
    taken = message->take(message->user, stream->scope, begin, (size_t)(end - begin),
                          message->point_count);
    message->at = message->begin;
    message->point_count = 0;
    return taken;
}

bool hae_message_put(struct hae_metric_message *message, const struct hae_series *series,
                     const struct hae_point *point)
{
    struct hae_data_point data = {
        .stream = message->stream,
        .boundaries = message->boundaries,
        .attributes = hae_ref_at(message->region, series->attributes),
        .attributes_size_bytes = series->attributes_size_bytes,
        .time_unix_ns = message->now_unix_ns,
        .point = point,
    };
    size_t size =
        message->aggregation->encoded_size(&data) + hae_exemplars_size(message->exemplars);

    if (message->point_count != 0 && hae_field_size(size) > (size_t)(message->end - message->at) &&
        !finish(message)) {
        return false;
    }
    *message->at++ = HAE_TAG(HAE_OTLP_SUM_DATA_POINTS, HAE_WIRE_LENGTH);
    message->at = hae_put_varint(message->at, size);
    message->at = message->aggregation->encode(message->at, &data);
    message->at = hae_put_exemplars(message->at, message->aggregation->exemplars_field,
                                    message->stream, message->exemplars);
    message->point_count++;
    return true;
}

bool hae_message_add(struct hae_metric_message *message, const struct hae_series *series)
{
    return !hae_snapshot(message->region, message->stream, message->aggregation, series,
                         message->point) ||
           hae_message_put(message, series, message->point);
}

bool hae_message_end(struct hae_metric_message *message)
{
    return message->point_count == 0 || finish(message);
}
