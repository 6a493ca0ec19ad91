/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/reader.h"

#include <string.h>

#include "base/alloc.h"
#include "metrics/attribute_hash.h"
#include "metrics/instrument.h"
#include "metrics/observable.h"
#include "metrics/snapshot.h"
#include "metrics/whole.h"
#include "wire/otlp.h"

enum {
    CUMULATIVE = HAE_OTLP_AGGREGATION_TEMPORALITY_CUMULATIVE,
    DELTA = HAE_OTLP_AGGREGATION_TEMPORALITY_DELTA
};

const struct hae_temporality hae_temporality_cumulative = {
    {[HAE_COUNTER] = CUMULATIVE,
     [HAE_UP_DOWN_COUNTER] = CUMULATIVE,
     [HAE_GAUGE] = CUMULATIVE,
     [HAE_HISTOGRAM] = CUMULATIVE,
     [HAE_OBSERVABLE_COUNTER] = CUMULATIVE,
     [HAE_OBSERVABLE_UP_DOWN_COUNTER] = CUMULATIVE,
     [HAE_OBSERVABLE_GAUGE] = CUMULATIVE}};

const struct hae_temporality hae_temporality_delta = {
    {[HAE_COUNTER] = DELTA,
     [HAE_UP_DOWN_COUNTER] = CUMULATIVE,
     [HAE_GAUGE] = DELTA,
     [HAE_HISTOGRAM] = DELTA,
     [HAE_OBSERVABLE_COUNTER] = DELTA,
     [HAE_OBSERVABLE_UP_DOWN_COUNTER] = CUMULATIVE,
     [HAE_OBSERVABLE_GAUGE] = DELTA}};

haetae_status hae_metric_reader_init(struct hae_metric_reader *reader,
                                     struct hae_meter_provider *provider,
                                     const struct hae_temporality *temporality)
{
    struct hae_collector *collector = hae_collector_new();

    if (collector == NULL) {
        return HAETAE_ENOMEM;
    }
    memset(reader, 0, sizeof *reader);
    reader->provider = provider;
    reader->temporality = *temporality;
    reader->collector = collector;
    return HAETAE_OK;
}

void hae_metric_reader_done(struct hae_metric_reader *reader)
{
    for (uint32_t i = 0; i < reader->delta_count; i++) {
        hae_delta_done(&reader->deltas[i]);
    }
    hae_free(reader->deltas);
    hae_collector_free(reader->collector);
}

/* ---- What was reported last -------------------------------------------------------------- */

/* In a forked child nothing was reported. If the parent's thread was collecting at the fork, its
 * memory may be half changed, and is left alone. */
static void forget_inherited(struct hae_metric_reader *reader, bool trusted)
{
    /* Relaxed: the child's threads were started after the provider began again. */
    uint32_t generation = atomic_load_explicit(&reader->provider->generation, memory_order_relaxed);

    if (generation == reader->generation) {
        return;
    }
    reader->generation = generation;
    reader->last_unix_ns = 0;
    reader->stepped = false;
    reader->digest_known = false;
    if (!trusted) {
        reader->deltas = NULL;
        reader->delta_count = 0;
    }
    for (uint32_t i = 0; i < reader->delta_count; i++) {
        hae_delta_forget(&reader->deltas[i]);
    }
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

/* ---- Collecting ---------------------------------------------------------------------------- */

struct collection {
    struct hae_metric_reader *reader;
    struct hae_metric_message message;
    hae_metric_callback take;
    void *user;
    struct hae_delta *delta; /* of the stream; NULL: its points count from the beginning */
    bool only_looks;         /* at the values: nothing is offered */
    uint64_t digest;         /* of all values */
    uint64_t begin_again_ns; /* when the clock was set back: where the next points start; or 0 */
    bool complete;           /* false: a stream was left out, for want of memory */
};

static bool take_message(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                         uint32_t point_count)
{
    struct collection *collection = user;
    bool taken = collection->take(collection->user, scope, metric, size_bytes, point_count);

    if (collection->delta != NULL && taken) {
        hae_delta_commit(collection->delta);
    } else if (collection->delta != NULL) {
        hae_delta_discard(collection->delta);
    }
    return taken;
}

/* Makes the value that a series has now one since what was reported last. False: there is nothing
 * to report. */
static bool take_away_reported(struct collection *collection, uint32_t index)
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

static void add_to_digest(struct collection *collection, const struct hae_stream_data *stream,
                          const struct hae_aggregation *aggregation,
                          const struct hae_series *series, const struct hae_point *point)
{
    size_t words = hae_point_word_count(aggregation, stream);
    uint64_t digest = hae_hash_word(collection->digest, series->hash);

    for (size_t i = 0; i < words; i++) {
        digest = hae_hash_word(digest, point->words[i]);
    }
    collection->digest = digest;
}

/* Adds the value of a series, if it has one. */
static bool add_series(struct collection *collection, const struct hae_stream *stream,
                       const struct hae_series *series, uint32_t index)
{
    struct hae_metric_message *message = &collection->message;
    struct hae_point *point = message->point;
    uint64_t time = message->now_unix_ns;

    if (!hae_snapshot(message->region, stream->data, stream->aggregation, series, point)) {
        return true;
    }
    add_to_digest(collection, stream->data, stream->aggregation, series, point);
    if (collection->only_looks ||
        (collection->delta != NULL && !take_away_reported(collection, index))) {
        return true;
    }
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

/* This and the next ones return false when a message was refused. */
static bool collect_stream(struct collection *collection, const struct hae_stream *stream)
{
    struct hae_metric_message *message = &collection->message;
    uint8_t temporality;
    /* Acquire pairs with the release in add() of series.c: the series are complete. */
    uint64_t word = atomic_load_explicit(&stream->data->series, memory_order_acquire);
    uint32_t index = hae_series_count(word); /* the overflow series is the oldest, number 0 */
    uint32_t at = hae_series_ref(word);

    if (HAE_UNLIKELY(!hae_stream_is_whole(stream))) {
        stream->recorder->damage_count++;
        return true;
    }
    temporality = collection->reader->temporality.of_kind[stream->data->kind];
    collection->delta = NULL;
    if (!collection->only_looks && (temporality == DELTA || collection->reader->stepped) &&
        stream->aggregation->has_temporality) {
        collection->delta = delta_of(collection->reader, stream, index + 1);
        if (collection->delta == NULL) {
            collection->complete = false;
            return true;
        }
    }
    hae_message_begin(message, collection->reader->collector, stream->data, stream->aggregation,
                      temporality);
    for (bool last = false; at != 0; index--) {
        const struct hae_series *series = last ? NULL : hae_whole_series(stream, at);

        if (HAE_UNLIKELY(series == NULL)) {
            stream->recorder->damage_count++;
            break;
        }
        last = index == 0;
        if (!add_series(collection, stream, series, index)) {
            return false;
        }
        at = series->next;
    }
    return hae_message_end(message);
}

static bool collect_meter(struct collection *collection, const struct haetae_meter *meter)
{
    /* Acquire, here and below, pairs with the release in find_or_make() of create.c: the
     * instrument is complete. */
    const struct hae_instrument *instrument =
        atomic_load_explicit(&meter->instruments, memory_order_acquire);

    while (instrument != NULL) {
        for (uint32_t i = 0; i < instrument->stream_count; i++) {
            if (!collect_stream(collection, &instrument->streams[i])) {
                return false;
            }
        }
        instrument = atomic_load_explicit(&instrument->next, memory_order_acquire);
    }
    return true;
}

static bool collect(struct collection *collection)
{
    /* Acquire, here and below, pairs with the release in find_or_make() of meter.c: the
     * meter is complete. */
    const struct haetae_meter *meter =
        atomic_load_explicit(&collection->reader->provider->meters, memory_order_acquire);

    while (meter != NULL) {
        /* Relaxed: a change takes effect soon. */
        if (!atomic_load_explicit(&meter->disabled, memory_order_relaxed) &&
            !collect_meter(collection, meter)) {
            return false;
        }
        meter = atomic_load_explicit(&meter->next, memory_order_acquire);
    }
    return true;
}

/* Decides what a collection's points have as their time, and whether the clock was set back. */
static void set_time(struct collection *collection, uint64_t now_unix_ns)
{
    /* Less is the clock's regulation, and soon caught up with. */
    const uint64_t step_min_ns = UINT64_C(1000000000);
    struct hae_metric_reader *reader = collection->reader;
    uint64_t last = reader->last_unix_ns;

    collection->message.now_unix_ns = now_unix_ns > last ? now_unix_ns : last + 1;
    if (now_unix_ns < last && last - now_unix_ns > step_min_ns) {
        collection->begin_again_ns = now_unix_ns != 0 ? now_unix_ns : 1;
        reader->stepped = true;
    }
}

haetae_status hae_metric_reader_collect(struct hae_metric_reader *reader, uint64_t now_unix_ns,
                                        hae_metric_callback take, void *user)
{
    struct collection collection = {
        .reader = reader,
        .message = {.region = reader->provider->recorder->region,
                    .size_max = SIZE_MAX,
                    .take = take_message},
        .take = take,
        .user = user,
        .complete = true,
    };
    bool taken;
    /* Acquire: the changes below come after it, also for a child that is forked meanwhile. */
    bool interrupted = atomic_exchange_explicit(&reader->collecting, true, memory_order_acquire);

    collection.message.user = &collection;
    forget_inherited(reader, !interrupted);
    set_time(&collection, now_unix_ns);
    hae_observe_all(reader->provider, collection.message.now_unix_ns);
    taken = collect(&collection) && collection.complete;
    reader->digest = collection.digest;
    reader->digest_known = taken;
    if (collection.begin_again_ns == 0) {
        reader->last_unix_ns = collection.message.now_unix_ns;
    } else if (taken) { /* else the next collection tries again */
        reader->last_unix_ns = collection.begin_again_ns;
    }
    /* Release: the changes come before it, likewise. */
    atomic_store_explicit(&reader->collecting, false, memory_order_release);
    return taken ? HAETAE_OK : HAETAE_ENOMEM;
}

bool hae_metric_reader_unchanged(struct hae_metric_reader *reader)
{
    struct collection collection = {
        .reader = reader,
        .message = {.region = reader->provider->recorder->region},
        .only_looks = true,
    };
    /* Relaxed: see forget_inherited(). */
    uint32_t generation = atomic_load_explicit(&reader->provider->generation, memory_order_relaxed);

    if (!reader->digest_known || generation != reader->generation) {
        return false;
    }
    (void)collect(&collection);
    return collection.digest == reader->digest;
}
