/* SPDX-License-Identifier: Apache-2.0 */
/* Metric messages: from the series' cells straight into wire format.
 *
 *   Metric { name, description, unit, Sum | Gauge | Histogram { points…, temporality } }
 *
 * The points are written first, with room left before them: how long they are, which
 * stands in front, is only known at the end. */
#include "metrics/collect.h"

#include "base/alloc.h"
#include "metrics/snapshot.h"
#include "wire/otlp.h"
#include "wire/wire.h"

/* Points and data of all kinds have these fields under the same numbers. */
_Static_assert((int)HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO &&
                   (int)HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO ==
                       (int)HAE_OTLP_HISTOGRAM_DATA_POINT_TIME_UNIX_NANO,
               "points differ in their times");
_Static_assert((int)HAE_OTLP_SUM_DATA_POINTS == (int)HAE_OTLP_GAUGE_DATA_POINTS &&
                   (int)HAE_OTLP_SUM_DATA_POINTS == (int)HAE_OTLP_HISTOGRAM_DATA_POINTS,
               "data differ in their points");
_Static_assert((int)HAE_OTLP_SUM_AGGREGATION_TEMPORALITY ==
                   (int)HAE_OTLP_HISTOGRAM_AGGREGATION_TEMPORALITY,
               "data differ in their temporality");

/* Tag and length of the data, and what follows the points. */
enum { DATA_HEAD_MAX = 1 + HAE_VARINT_MAX, DATA_TAIL_MAX = 4 };

struct hae_collector {
    struct hae_point point;
    uint8_t buffer[HAE_METRIC_SIZE_MAX];
};

struct hae_collector *hae_collector_new(void)
{
    return hae_malloc(sizeof(struct hae_collector));
}

void hae_collector_free(struct hae_collector *collector)
{
    hae_free(collector);
}

/* ---- Points ---------------------------------------------------------------------------------- */

static uint8_t *put_double_field(uint8_t *at, unsigned field, double value)
{
    return hae_put_fixed64_field(at, field, hae_double_bits(value));
}

/* Start and time. A first measurement that came while we collect is no older than
 * this point. */
static uint8_t *put_times(uint8_t *at, const struct hae_metric_message *message,
                          const struct hae_point *point)
{
    uint64_t now = message->now_unix_ns;

    at = hae_put_fixed64_field(at, HAE_OTLP_NUMBER_DATA_POINT_START_TIME_UNIX_NANO,
                               point->start_unix_ns);
    return hae_put_fixed64_field(at, HAE_OTLP_NUMBER_DATA_POINT_TIME_UNIX_NANO,
                                 now > point->start_unix_ns ? now : point->start_unix_ns);
}

static uint8_t *put_attributes(uint8_t *at, const struct hae_metric_message *message,
                               const struct hae_series *series)
{
    memcpy(at, hae_ref_at(message->region, series->attributes), series->attributes_size_bytes);
    return at + series->attributes_size_bytes;
}

static size_t number_point_size(const struct hae_series *series)
{
    return 3 * (size_t)9 + series->attributes_size_bytes;
}

static uint8_t *put_number_point(uint8_t *at, const struct hae_metric_message *message,
                                 const struct hae_series *series, const struct hae_point *point)
{
    bool integer = message->instrument->number_type == HAETAE_NUMBER_INT64;

    at = put_times(at, message, point);
    at = hae_put_fixed64_field(
        at, integer ? HAE_OTLP_NUMBER_DATA_POINT_AS_INT : HAE_OTLP_NUMBER_DATA_POINT_AS_DOUBLE,
        point->bits);
    return put_attributes(at, message, series);
}

static size_t packed_size(uint32_t count)
{
    return count != 0 ? hae_field_size((size_t)count * 8) : 0;
}

static size_t histogram_point_size(const struct hae_metric_message *message,
                                   const struct hae_series *series)
{
    uint32_t boundary_count = message->instrument->boundary_count;

    return 6 * (size_t)9 + packed_size(boundary_count) + packed_size(boundary_count + 1) +
           series->attributes_size_bytes;
}

static uint8_t *put_histogram_point(uint8_t *at, const struct hae_metric_message *message,
                                    const struct hae_series *series, const struct hae_point *point)
{
    uint32_t boundary_count = message->instrument->boundary_count;

    at = put_times(at, message, point);
    at = hae_put_fixed64_field(at, HAE_OTLP_HISTOGRAM_DATA_POINT_COUNT, point->count);
    at = put_double_field(at, HAE_OTLP_HISTOGRAM_DATA_POINT_SUM, point->sum);
    *at++ = HAE_TAG(HAE_OTLP_HISTOGRAM_DATA_POINT_BUCKET_COUNTS, HAE_WIRE_LENGTH);
    at = hae_put_varint(at, ((uint64_t)boundary_count + 1) * 8);
    for (uint32_t i = 0; i <= boundary_count; i++) {
        at = hae_put_fixed64(at, point->buckets[i]);
    }
    if (boundary_count != 0) {
        *at++ = HAE_TAG(HAE_OTLP_HISTOGRAM_DATA_POINT_EXPLICIT_BOUNDS, HAE_WIRE_LENGTH);
        at = hae_put_varint(at, (uint64_t)boundary_count * 8);
    }
    for (uint32_t i = 0; i < boundary_count; i++) {
        at = hae_put_fixed64(at, hae_double_bits(message->boundaries[i]));
    }
    at = put_attributes(at, message, series);
    at = put_double_field(at, HAE_OTLP_HISTOGRAM_DATA_POINT_MIN, point->minimum);
    return put_double_field(at, HAE_OTLP_HISTOGRAM_DATA_POINT_MAX, point->maximum);
}

/* ---- Messages -------------------------------------------------------------------------------- */

static unsigned data_field(uint8_t kind)
{
    return kind == HAE_GAUGE       ? HAE_OTLP_METRIC_GAUGE
           : kind == HAE_HISTOGRAM ? HAE_OTLP_METRIC_HISTOGRAM
                                   : HAE_OTLP_METRIC_SUM;
}

static uint8_t *put_data_tail(uint8_t *at, uint8_t kind)
{
    if (kind != HAE_GAUGE) {
        *at++ = HAE_TAG(HAE_OTLP_SUM_AGGREGATION_TEMPORALITY, HAE_WIRE_VARINT);
        *at++ = HAE_OTLP_AGGREGATION_TEMPORALITY_CUMULATIVE;
    }
    if (kind == HAE_COUNTER) {
        *at++ = HAE_TAG(HAE_OTLP_SUM_IS_MONOTONIC, HAE_WIRE_VARINT);
        *at++ = 1;
    }
    return at;
}

/* Puts the front before the points and hands the message over; starts the next one. */
static bool finish(struct hae_metric_message *message)
{
    const struct hae_instrument *instrument = message->instrument;
    uint8_t *end = put_data_tail(message->at, instrument->kind);
    uint8_t head[DATA_HEAD_MAX];
    uint8_t *head_end;
    uint8_t *begin;
    bool taken;

    head[0] = HAE_TAG(data_field(instrument->kind), HAE_WIRE_LENGTH);
    head_end = hae_put_varint(head + 1, (uint64_t)(end - message->begin));
    begin = message->begin - (head_end - head);
    memcpy(begin, head, (size_t)(head_end - head));
    begin -= instrument->fields_size_bytes;
    memcpy(begin, instrument->fields, instrument->fields_size_bytes);
    taken = message->take(message->user, instrument->scope, begin, (size_t)(end - begin),
                          message->point_count);
    message->at = message->begin;
    message->point_count = 0;
    return taken;
}

static bool add_point(struct hae_metric_message *message, const struct hae_series *series,
                      const struct hae_point *point)
{
    bool histogram = message->instrument->kind == HAE_HISTOGRAM;
    size_t size = histogram ? histogram_point_size(message, series) : number_point_size(series);

    if (hae_field_size(size) > (size_t)(message->end - message->at) && !finish(message)) {
        return false;
    }
    *message->at++ = HAE_TAG(HAE_OTLP_SUM_DATA_POINTS, HAE_WIRE_LENGTH);
    message->at = hae_put_varint(message->at, size);
    message->at = histogram ? put_histogram_point(message->at, message, series, point)
                            : put_number_point(message->at, message, series, point);
    message->point_count++;
    return true;
}

void hae_message_begin(struct hae_metric_message *message, struct hae_collector *collector,
                       const struct hae_instrument *instrument)
{
    size_t front = instrument->fields_size_bytes + (size_t)DATA_HEAD_MAX;
    size_t most = sizeof collector->buffer - DATA_TAIL_MAX;

    message->point = &collector->point;
    message->instrument = instrument;
    message->boundaries = hae_ref_at(message->region, instrument->boundaries);
    message->begin = collector->buffer + front;
    message->at = message->begin;
    message->end =
        collector->buffer +
        (message->size_max < most && message->size_max > front ? message->size_max : most);
    message->point_count = 0;
}

bool hae_message_add(struct hae_metric_message *message, const struct hae_series *series)
{
    return !hae_snapshot(message->region, message->instrument, series, message->point) ||
           add_point(message, series, message->point);
}

bool hae_message_end(struct hae_metric_message *message)
{
    return message->point_count == 0 || finish(message);
}

/* Every series of an instrument, the newest first; false when `take` refused. */
static bool collect_instrument(struct hae_metric_message *message)
{
    const struct hae_instrument *instrument = message->instrument;
    /* Acquire pairs with the release in series.c's add(): the series are complete. */
    uint64_t word = atomic_load_explicit(&instrument->series, memory_order_acquire);
    uint32_t at = hae_series_ref(word);

    while (at != 0) {
        const struct hae_series *series = hae_ref_at(message->region, at);

        if (!hae_message_add(message, series)) {
            return false;
        }
        at = series->next;
    }
    return hae_message_end(message);
}

static bool collect_meter(struct hae_collector *collector, struct hae_metric_message *message,
                          const struct haetae_meter *meter)
{
    /* Acquire, here and below, pairs with the release in find_or_make() of instrument.c:
     * the handle is complete. */
    const struct hae_handle *handle =
        atomic_load_explicit(&meter->instruments, memory_order_acquire);

    while (handle != NULL) {
        hae_message_begin(message, collector, handle->instrument);
        if (!collect_instrument(message)) {
            return false;
        }
        handle = atomic_load_explicit(&handle->next, memory_order_acquire);
    }
    return true;
}

haetae_status hae_meter_collect(struct hae_meter_provider *provider, uint64_t now_unix_ns,
                                hae_metric_callback take, void *user)
{
    struct hae_collector *collector = provider->collector;
    struct hae_metric_message message = {
        .region = provider->recorder->region,
        .now_unix_ns = now_unix_ns,
        .size_max = SIZE_MAX,
        .take = take,
        .user = user,
    };
    /* Acquire, here and below, pairs with the release in find_or_make() of provider.c: the
     * meter is complete. */
    const struct haetae_meter *meter =
        atomic_load_explicit(&provider->meters, memory_order_acquire);

    while (meter != NULL) {
        if (!collect_meter(collector, &message, meter)) {
            return HAETAE_ENOMEM;
        }
        meter = atomic_load_explicit(&meter->next, memory_order_acquire);
    }
    return HAETAE_OK;
}
