/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/reader_defaults.h"

#include <string.h>

#include "metrics/aggregation_histogram.h"
#include "metrics/aggregations.h"
#include "metrics/instrument_options.h"

/* The streams under way. */
struct split {
    struct hae_stream_options *streams;
    uint32_t count;
    uint32_t left_out_count;
};

/* Whether one stream can serve both but for their readers. */
static bool is_same(const struct hae_stream_options *a, const struct hae_stream_options *b)
{
    return a->aggregation == b->aggregation && a->series_limit == b->series_limit;
}

/* Adds a stream for a reader, or the reader to one that was made of the same. */
static void add(struct split *split, uint32_t first, const struct hae_stream_options *stream)
{
    for (uint32_t i = first; i < split->count; i++) {
        if (is_same(&split->streams[i], stream)) {
            split->streams[i].readers |= stream->readers;
            return;
        }
    }
    if (split->count < HAE_STREAMS_PER_INSTRUMENT_MAX) {
        split->streams[split->count++] = *stream;
    } else {
        split->left_out_count++;
    }
}

static void fill_in(const struct hae_readers_defaults *all, const struct hae_reader_defaults *own,
                    struct hae_stream_options *stream)
{
    if (stream->aggregation == NULL) {
        stream->aggregation =
            hae_aggregation_chosen(own->aggregation_of[stream->kind], stream->kind);
    }
    if (stream->aggregation == &hae_aggregation_histogram && stream->boundaries == NULL) {
        stream->boundaries = hae_default_boundaries(&stream->boundary_count);
    }
    if (stream->series_limit == 0) {
        stream->series_limit = own->limit_of[stream->kind];
    }
    if (stream->series_limit == 0) {
        stream->series_limit = all->cardinality_limit;
    }
}

static void split_by_reader(const struct hae_readers_defaults *all, struct split *split,
                            const struct hae_stream_options *stream)
{
    static const struct hae_reader_defaults none;
    uint32_t first = split->count;

    for (uint32_t reader = 0; reader < (all->count != 0 ? all->count : 1); reader++) {
        struct hae_stream_options own = *stream;

        own.readers = all->count != 0 ? UINT32_C(1) << reader : UINT32_MAX;
        fill_in(all, all->count != 0 ? &all->of[reader] : &none, &own);
        if (own.aggregation != NULL) {
            add(split, first, &own);
        }
    }
}

uint32_t hae_streams_by_reader(const struct hae_readers_defaults *all,
                               struct hae_stream_options *streams, uint32_t count,
                               uint32_t *ret_left_out)
{
    struct hae_stream_options made[HAE_STREAMS_PER_INSTRUMENT_MAX];
    struct split split = {made, 0, 0};

    for (uint32_t i = 0; i < count; i++) {
        split_by_reader(all, &split, &streams[i]);
    }
    memcpy(streams, made, split.count * sizeof made[0]);
    for (uint32_t i = 0; i < split.count; i++) {
        streams[i].only_pulled = (streams[i].readers & ~all->pulled) == 0;
    }
    *ret_left_out = split.left_out_count;
    return split.count;
}
