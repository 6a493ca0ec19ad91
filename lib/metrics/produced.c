/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/produced.h"

#include "base/alloc.h"
#include "base/option_struct.h"
#include "metrics/data_point.h"
#include "metrics/produced_point.h"
#include "wire/otlp.h"
#include "wire/text.h"

enum { BATCH_BYTES_MAX = 16 << 20, POINT_BYTES_MAX = 1 << 20 };

/* A message ends with the point that takes it beyond this. */
enum { PIECE_BYTES = 64 * 1024 };

/* ---- Lists ------------------------------------------------------------------------------- */

void hae_produced_append(struct hae_produced *produced, struct hae_produced *from)
{
    if (from->first == NULL) {
        return;
    }
    if (produced->last != NULL) {
        produced->last->next = from->first;
    } else {
        produced->first = from->first;
    }
    produced->last = from->last;
    *from = (struct hae_produced){NULL, NULL};
}

void hae_produced_free(struct hae_produced *produced)
{
    while (produced->first != NULL) {
        struct hae_produced_metric *next = produced->first->next;

        hae_free(produced->first);
        produced->first = next;
    }
    produced->last = NULL;
}

/* ---- Messages ------------------------------------------------------------------------------ */

static unsigned data_field(int32_t kind)
{
    switch (kind) {
    case HAETAE_POINT_SUM:
        return HAE_OTLP_METRIC_SUM;
    case HAETAE_POINT_HISTOGRAM:
        return HAE_OTLP_METRIC_HISTOGRAM;
    case HAETAE_POINT_EXPONENTIAL_HISTOGRAM:
        return HAE_OTLP_METRIC_EXPONENTIAL_HISTOGRAM;
    case HAETAE_POINT_SUMMARY:
        return HAE_OTLP_METRIC_SUMMARY;
    default:
        return HAE_OTLP_METRIC_GAUGE;
    }
}

static bool has_temporality(int32_t kind)
{
    return kind == HAETAE_POINT_SUM || kind == HAETAE_POINT_HISTOGRAM ||
           kind == HAETAE_POINT_EXPONENTIAL_HISTOGRAM;
}

/* Writes the fields that follow the points in a Metric's data. Returns their size. */
static size_t put_tail(uint8_t *tail, const haetae_metric_description *metric)
{
    uint8_t *at = tail;

    if (has_temporality(metric->kind)) {
        at = hae_put_temporality(at, (uint8_t)metric->temporality);
    }
    if (metric->kind == HAETAE_POINT_SUM && metric->monotonic != 0) {
        *at++ = HAE_TAG(HAE_OTLP_SUM_IS_MONOTONIC, HAE_WIRE_VARINT);
        *at++ = 1;
    }
    return (size_t)(at - tail);
}

/* Makes a message of the points that were added since the last one. False: there is no memory. */
static bool finish(haetae_metric_batch *batch)
{
    const haetae_metric_description *metric = &batch->filtered.metric;
    size_t texts = hae_growing_size(&batch->texts);
    size_t points = hae_growing_size(&batch->points);
    uint8_t tail[4];
    size_t tail_size = put_tail(tail, metric);
    size_t size = texts + hae_field_size(points + tail_size);
    struct hae_produced_metric *message = hae_malloc(sizeof *message + size);
    struct hae_sink sink;

    if (message == NULL) {
        return false;
    }
    *message = (struct hae_produced_metric){
        .size_bytes = size, .point_count = batch->point_count, .scope = batch->scope};
    sink = hae_sink_over(message->data, size);
    hae_sink_put(&sink, batch->texts.memory, texts);
    (void)hae_put_message_head(&sink, data_field(metric->kind), points + tail_size);
    hae_sink_put(&sink, batch->points.memory, points);
    hae_sink_put(&sink, tail, tail_size);
    hae_produced_append(&batch->produced, &(struct hae_produced){message, message});
    hae_growing_cut(&batch->points, 0);
    batch->point_count = 0;
    batch->size_bytes += size;
    return true;
}

void hae_produced_begin(haetae_metric_batch *batch)
{
    if (batch->point.size_max == 0) {
        hae_growing_init(&batch->texts, BATCH_BYTES_MAX);
        hae_growing_init(&batch->points, BATCH_BYTES_MAX);
        hae_growing_init(&batch->point, POINT_BYTES_MAX);
    }
    hae_produced_free(&batch->produced);
    hae_growing_cut(&batch->points, 0);
    batch->has_metric = false;
    batch->point_count = 0;
    batch->size_bytes = 0;
}

bool hae_produced_take(haetae_metric_batch *batch, struct hae_produced *ret_produced)
{
    bool all = batch->point_count == 0 || finish(batch);

    batch->has_metric = false;
    *ret_produced = batch->produced;
    batch->produced = (struct hae_produced){NULL, NULL};
    return all;
}

void hae_produced_done(haetae_metric_batch *batch)
{
    hae_produced_free(&batch->produced);
    hae_growing_done(&batch->texts);
    hae_growing_done(&batch->points);
    hae_growing_done(&batch->point);
}

/* ---- Adding -------------------------------------------------------------------------------- */

haetae_temporality haetae_metric_batch_temporality(const haetae_metric_batch *batch,
                                                   haetae_instrument_kind kind)
{
    if (batch == NULL || (unsigned)kind >= HAE_INSTRUMENT_KIND_COUNT ||
        batch->temporality_of[kind] != HAETAE_TEMPORALITY_DELTA) {
        return HAETAE_TEMPORALITY_CUMULATIVE;
    }
    return HAETAE_TEMPORALITY_DELTA;
}

static bool is_metric(const haetae_metric_description *metric)
{
    bool has = metric->temporality == HAETAE_TEMPORALITY_DELTA ||
               metric->temporality == HAETAE_TEMPORALITY_CUMULATIVE;

    return metric->kind >= HAETAE_POINT_SUM && metric->kind <= HAETAE_POINT_SUMMARY &&
           (has_temporality(metric->kind) ? has : metric->temporality == 0) &&
           (metric->kind == HAETAE_POINT_SUM || metric->monotonic == 0) && metric->reserved == 0 &&
           hae_string_length(metric->name) != 0 && hae_string_valid(metric->name) &&
           hae_string_valid(metric->unit) && hae_string_valid(metric->description);
}

static haetae_status why_full(const struct hae_growing *growing)
{
    return growing->out_of_memory ? HAETAE_ENOMEM : HAETAE_ELIMIT;
}

/* Copies the metric's texts, which are the caller's, as the fields of its messages, and has its
 * description point to the copies. */
static bool keep_texts(haetae_metric_batch *batch)
{
    haetae_metric_description *metric = &batch->filtered.metric;
    haetae_string *texts[] = {&metric->name, &metric->description, &metric->unit};
    static const uint8_t fields[] = {HAE_OTLP_METRIC_NAME, HAE_OTLP_METRIC_DESCRIPTION,
                                     HAE_OTLP_METRIC_UNIT};
    size_t end[3];

    hae_growing_cut(&batch->texts, 0);
    for (int i = 0; i < 3; i++) {
        if (!hae_put_text_field(&batch->texts.sink, fields[i], *texts[i])) {
            return false;
        }
        end[i] = hae_growing_size(&batch->texts);
    }
    for (int i = 0; i < 3; i++) {
        size_t size = hae_text_of(*texts[i], HAE_NO_LIMIT).size;

        *texts[i] = (haetae_string){(const char *)batch->texts.memory + end[i] - size, size};
    }
    return true;
}

haetae_status haetae_metric_batch_add_metric(haetae_metric_batch *batch,
                                             const haetae_metric_description *metric,
                                             bool *ret_is_wanted)
{
    haetae_metric_description known;

    if (batch == NULL) {
        return HAETAE_EINVAL;
    }
    batch->has_metric = false;
    if (batch->point_count != 0 && !finish(batch)) {
        return HAETAE_ENOMEM;
    }
    if (metric == NULL || HAE_OPTION_STRUCT_READ(haetae_metric_description, &known, metric) ==
                              HAE_OPTION_STRUCT_REJECTED) {
        return HAETAE_EINVAL;
    }
    if (!is_metric(&known)) {
        return HAETAE_EINVAL;
    }
    batch->filtered.metric = known;
    if (!keep_texts(batch)) {
        return why_full(&batch->texts);
    }
    batch->has_metric = true;
    batch->is_wanted = batch->filtered.filter == NULL || hae_filter_metric(&batch->filtered);
    if (ret_is_wanted != NULL) {
        *ret_is_wanted = batch->is_wanted;
    }
    return HAETAE_OK;
}

/* Adds a point that is wanted. */
static haetae_status add_point(haetae_metric_batch *batch, const haetae_metric_point *point)
{
    enum hae_put put;

    hae_growing_cut(&batch->point, 0);
    put = hae_produced_point_put(&batch->point.sink, batch->filtered.metric.kind, point,
                                 batch->time_unix_ns);
    if (put != HAE_PUT_OK) {
        return put == HAE_PUT_INVALID ? HAETAE_EINVAL : why_full(&batch->point);
    }
    if (batch->size_bytes + hae_growing_size(&batch->points) + hae_growing_size(&batch->point) >
        BATCH_BYTES_MAX) {
        return HAETAE_ELIMIT;
    }
    if (!hae_growing_put_field(&batch->points, HAE_OTLP_SUM_DATA_POINTS, batch->point.memory,
                               hae_growing_size(&batch->point))) {
        return why_full(&batch->points);
    }
    batch->point_count++;
    if (hae_growing_size(&batch->points) > PIECE_BYTES) {
        (void)finish(batch); /* without memory the points stay, and it is tried again */
    }
    return HAETAE_OK;
}

haetae_status haetae_metric_batch_add_point(haetae_metric_batch *batch,
                                            const haetae_metric_point *point)
{
    haetae_metric_point known;

    if (batch == NULL || !batch->has_metric || point == NULL ||
        HAE_OPTION_STRUCT_READ(haetae_metric_point, &known, point) == HAE_OPTION_STRUCT_REJECTED ||
        !hae_produced_point_valid(batch->filtered.metric.kind, &known)) {
        return HAETAE_EINVAL;
    }
    if (!batch->is_wanted ||
        !hae_filter_attributes(&batch->filtered, known.attributes, known.attribute_count)) {
        return HAETAE_OK;
    }
    return add_point(batch, &known);
}
