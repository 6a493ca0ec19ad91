/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/collection.h"

#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "metrics/attribute_hash.h"
#include "metrics/exemplar_put.h"
#include "metrics/instrument.h"
#include "metrics/snapshot.h"
#include "metrics/whole.h"
#include "wire/otlp.h"

enum { DELTA = HAE_OTLP_AGGREGATION_TEMPORALITY_DELTA };

static struct hae_metric_reader *reader_of(struct hae_collection *collection)
{
    return (struct hae_metric_reader *)((uint8_t *)collection -
                                        offsetof(struct hae_metric_reader, collection));
}

/* Returns the memory of a stream's series below `series_count`; NULL when there is none. */
static struct hae_delta *delta_of(struct hae_metric_reader *reader, const struct hae_stream *stream,
                                  uint32_t series_count)
{
    size_t words = hae_point_word_count(stream->aggregation, stream->data);

    if (stream->index >= reader->delta_count) {
        uint32_t count = stream->index + 1;
        struct hae_delta *deltas = hae_realloc(reader->deltas, count * sizeof reader->deltas[0]);

        if (deltas == NULL) {
            return NULL;
        }
        memset(deltas + reader->delta_count, 0, (count - reader->delta_count) * sizeof deltas[0]);
        reader->deltas = deltas;
        reader->delta_count = count;
    }
    return hae_delta_reserve(&reader->deltas[stream->index], (uint32_t)words, series_count)
               ? &reader->deltas[stream->index]
               : NULL;
}

static bool take_message(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                         uint32_t point_count)
{
    struct hae_collection *collection = user;
    bool taken = collection->take(collection->user, scope, metric, size_bytes, point_count);

    if (collection->holds) {
        return taken;
    }
    if (collection->delta != NULL && taken) {
        hae_delta_commit(collection->delta);
    } else if (collection->delta != NULL) {
        hae_delta_discard(collection->delta);
    }
    return taken;
}

/* Makes the value that a series has now one since what was reported last. False: there is nothing
 * to report. */
static bool take_away_reported(struct hae_collection *collection, uint32_t index)
{
    const struct hae_metric_message *message = &collection->message;
    const struct hae_stream_data *stream = message->stream;

    if (message->temporality == DELTA) {
        return hae_delta_since_last(collection->delta, index, stream, message->aggregation,
                                    message->point);
    }
    /* A sum that also falls is read as a level; an observed total is not ours to change. */
    hae_delta_since_start(collection->delta, index, stream, message->aggregation,
                          stream->kind != HAE_UP_DOWN_COUNTER && !hae_stream_is_observed(stream),
                          message->point);
    return message->aggregation->has_value == NULL ||
           message->aggregation->has_value(message->point);
}

static void add_to_digest(struct hae_collection *collection, const struct hae_stream_data *stream,
                          const struct hae_aggregation *aggregation,
                          const struct hae_series *series, const struct hae_point *point)
{
    size_t words = hae_point_word_count(aggregation, stream);
    uint64_t digest = hae_hash_word(collection->digest, series->hash);

    /* A set that comes back may have the value that it had: only its start is another. */
    digest = hae_hash_word(digest, point->start_unix_ns);
    for (size_t i = 0; i < words; i++) {
        digest = hae_hash_word(digest, point->words[i]);
    }
    collection->digest = digest;
}

/* Keeps the exemplars that belong to a point: for a delta those since the last report. */
static void choose_exemplars(struct hae_collection *collection, const struct hae_series *series,
                             const struct hae_point *point)
{
    const struct hae_metric_message *message = &collection->message;
    /* Relaxed: hae_snapshot() has loaded it. */
    uint64_t begun = atomic_load_explicit(&series->start_unix_ns, memory_order_relaxed);
    uint64_t start = point->start_unix_ns;
    uint64_t now = message->now_unix_ns;

    hae_exemplars_within(message->exemplars, message->stream, start, start != begun,
                         now > start ? now : start);
}

/* Adds the value of a series, if it has one. */
static bool add_series(struct hae_collection *collection, const struct hae_stream *stream,
                       const struct hae_series *series, uint32_t index)
{
    struct hae_metric_message *message = &collection->message;
    struct hae_point *point = message->point;
    uint64_t time = message->now_unix_ns;
    bool known = true;

    /* Before the snapshot, so that the snapshot contains the measurements of all exemplars. */
    if (!collection->only_looks) {
        hae_reservoir_collect(stream, series, message->exemplars);
    }
    if (!hae_snapshot(message->region, stream->data, stream->aggregation, series, point) ||
        !hae_filter_series(&collection->filtered, stream, series, &known)) {
        return true;
    }
    if (!known) {
        collection->complete = false;
        return true;
    }
    if (collection->delta != NULL) {
        hae_delta_of_life(collection->delta, index, series->life);
    }
    add_to_digest(collection, stream->data, stream->aggregation, series, point);
    if (collection->only_looks ||
        (collection->delta != NULL && !take_away_reported(collection, index))) {
        return true;
    }
    choose_exemplars(collection, series, point);
    if (!hae_message_put(message, series, point)) {
        return false;
    }
    time = time > point->start_unix_ns ? time : point->start_unix_ns;
    if (collection->delta != NULL && collection->begin_again_ns != 0) {
        hae_delta_pend(collection->delta, index, collection->begin_again_ns);
    } else if (collection->delta != NULL && message->temporality == DELTA) {
        hae_delta_pend(collection->delta, index, time);
    }
    return true;
}

/* Whether the reader reports the stream, and memory for its deltas is there. */
static bool begin_stream(struct hae_collection *collection, const struct hae_stream *stream)
{
    struct hae_metric_reader *reader = reader_of(collection);
    /* Acquire pairs with the release in add() of series.c: the series are complete. */
    uint64_t word = atomic_load_explicit(&stream->data->series, memory_order_acquire);
    uint8_t temporality;

    if ((stream->readers >> reader->index & 1) == 0) {
        return false;
    }
    if (HAE_UNLIKELY(!hae_stream_is_whole(stream))) {
        stream->recorder->damage_count++;
        return false;
    }
    temporality = reader->temporality.of_kind[stream->data->kind];
    if (!hae_filter_stream(&collection->filtered, reader->filter, stream, temporality)) {
        return false;
    }
    collection->index = hae_series_count(word); /* the overflow series is the oldest, number 0 */
    collection->series = hae_series_ref(word);
    collection->delta = NULL;
    if (!collection->only_looks && (temporality == DELTA || reader->stepped) &&
        stream->aggregation->has_temporality) {
        collection->delta = delta_of(reader, stream, collection->index + 1);
        if (collection->delta == NULL) {
            collection->complete = false;
            return false;
        }
    }
    return true;
}

/* A message holds points of one slice at most, and so do those that wait for it in `delta`. */
static void begin_message(struct hae_collection *collection, const struct hae_stream *stream)
{
    struct hae_metric_reader *reader = reader_of(collection);

    hae_message_begin(&collection->message, reader->collector, stream->data, stream->aggregation,
                      reader->temporality.of_kind[stream->data->kind]);
}

/* Returns the series that the collection is at; NULL: it is damaged. Of one that is blank no more
 * than its place is right, if it can be another one soon. */
static const struct hae_series *look_at_series(const struct hae_collection *collection,
                                               const struct hae_stream *stream, bool *ret_blank)
{
    const struct hae_series *series = NULL;

    *ret_blank = false;
    if (stream->gives_back) {
        series = hae_whole_place(stream, collection->series);
        *ret_blank = series != NULL && hae_series_is_blank(series);
    }
    return *ret_blank ? series : hae_whole_series(stream, collection->series);
}

/* Adds up to *series_max series, and takes them away from that. Returns false when a message was
 * refused. */
static bool add_slice(struct hae_collection *collection, const struct hae_stream *stream,
                      uint32_t *series_max)
{
    begin_message(collection, stream);
    while (collection->in_stream && *series_max != 0) {
        bool blank;
        const struct hae_series *series = look_at_series(collection, stream, &blank);

        if (HAE_UNLIKELY(series == NULL)) {
            stream->recorder->damage_count++;
            collection->in_stream = false;
            break;
        }
        if (!blank && !add_series(collection, stream, series, collection->index)) {
            return false;
        }
        --*series_max;
        collection->in_stream = collection->index != 0 && series->next != 0;
        collection->index--;
        collection->series = series->next;
    }
    return hae_message_end(&collection->message);
}

/* The instrument to go on with, of a meter that is collected; NULL: there are no more. */
static const struct hae_instrument *next_instrument(struct hae_collection *collection)
{
    /* Acquire, here and below, pairs with the releases in find_or_make() of meter.c and create.c:
     * meter and instrument are complete. */
    while (collection->instrument == NULL && collection->meter != NULL) {
        struct haetae_meter *meter = collection->meter;

        /* Relaxed: a change takes effect soon. */
        if (!atomic_load_explicit(&meter->disabled, memory_order_relaxed)) {
            collection->instrument =
                atomic_load_explicit(&meter->instruments, memory_order_acquire);
        } else {
            meter->skipped_round = reader_of(collection)->rounds.round;
        }
        collection->meter = atomic_load_explicit(&meter->next, memory_order_acquire);
    }
    return collection->instrument;
}

/* Offers what the reader's producers have added. */
static enum hae_collected offer_produced(struct hae_collection *collection, uint32_t points_max)
{
    while (collection->produced != NULL) {
        const struct hae_produced_metric *metric = collection->produced;

        if (points_max == 0) {
            return HAE_COLLECTED_SOME;
        }
        if (!collection->take(collection->user, metric->scope, metric->data, metric->size_bytes,
                              metric->point_count)) {
            return HAE_COLLECTED_NO_MEMORY;
        }
        points_max -= points_max < metric->point_count ? points_max : metric->point_count;
        collection->produced = metric->next;
    }
    return collection->complete ? HAE_COLLECTED_ALL : HAE_COLLECTED_NO_MEMORY;
}

enum hae_collected hae_collection_go_on(struct hae_collection *collection, uint32_t series_max)
{
    const struct hae_instrument *instrument;

    while ((instrument = next_instrument(collection)) != NULL) {
        const struct hae_stream *stream = &instrument->streams[collection->stream];

        if (collection->stream == instrument->stream_count) {
            collection->stream = 0;
            collection->instrument = atomic_load_explicit(&instrument->next, memory_order_acquire);
            continue;
        }
        if (series_max == 0) {
            return HAE_COLLECTED_SOME;
        }
        collection->in_stream = collection->in_stream || begin_stream(collection, stream);
        if (collection->in_stream && !add_slice(collection, stream, &series_max)) {
            return HAE_COLLECTED_NO_MEMORY;
        }
        collection->stream += collection->in_stream ? 0 : 1;
    }
    return offer_produced(collection, series_max);
}

void hae_collection_begin(struct hae_metric_reader *reader, bool only_looks)
{
    reader->collection = (struct hae_collection){
        .message = {.region = reader->provider->recorder->region,
                    .size_max = SIZE_MAX,
                    .take = take_message,
                    .user = &reader->collection},
        .only_looks = only_looks,
        .complete = true,
        /* Acquire: as in next_instrument(). */
        .meter = atomic_load_explicit(&reader->provider->meters, memory_order_acquire),
    };
}
