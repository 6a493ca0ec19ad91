/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/reader_wishes.h"

#include <string.h>

#include "metrics/aggregation_histogram.h"
#include "metrics/aggregations.h"
#include "metrics/instrument_options.h"

/* The streams under way. */
struct parting {
    struct hae_stream_options *streams;
    uint32_t count;
};

/* Whether one stream can serve both but for their readers. */
static bool is_same(const struct hae_stream_options *a, const struct hae_stream_options *b)
{
    return a->aggregation == b->aggregation && a->series_limit == b->series_limit;
}

/* Adds a stream for a reader, or the reader to one that was made of the same. */
static void add(struct parting *parting, uint32_t first, const struct hae_stream_options *stream)
{
    for (uint32_t i = first; i < parting->count; i++) {
        if (is_same(&parting->streams[i], stream)) {
            parting->streams[i].readers |= stream->readers;
            return;
        }
    }
    if (parting->count < HAE_STREAMS_PER_INSTRUMENT_MAX) {
        parting->streams[parting->count++] = *stream;
    }
}

static void settle(const struct hae_all_wishes *all, const struct hae_reader_wishes *wishes,
                   struct hae_stream_options *stream)
{
    if (stream->aggregation == NULL) {
        stream->aggregation =
            hae_aggregation_chosen(wishes->aggregation_of[stream->kind], stream->kind);
    }
    if (stream->aggregation == &hae_aggregation_histogram && stream->boundaries == NULL) {
        stream->boundaries = hae_default_boundaries(&stream->boundary_count);
    }
    if (stream->series_limit == 0) {
        stream->series_limit = wishes->limit_of[stream->kind];
    }
    if (stream->series_limit == 0) {
        stream->series_limit = all->cardinality_limit;
    }
}

static void part(const struct hae_all_wishes *all, struct parting *parting,
                 const struct hae_stream_options *stream)
{
    static const struct hae_reader_wishes none;
    uint32_t first = parting->count;

    for (uint32_t reader = 0; reader < (all->count != 0 ? all->count : 1); reader++) {
        struct hae_stream_options own = *stream;

        own.readers = all->count != 0 ? UINT32_C(1) << reader : UINT32_MAX;
        settle(all, all->count != 0 ? &all->of[reader] : &none, &own);
        if (own.aggregation != NULL) {
            add(parting, first, &own);
        }
    }
}

uint32_t hae_streams_by_wishes(const struct hae_all_wishes *all, struct hae_stream_options *streams,
                               uint32_t count)
{
    struct hae_stream_options parted[HAE_STREAMS_PER_INSTRUMENT_MAX];
    struct parting parting = {parted, 0};

    for (uint32_t i = 0; i < count; i++) {
        part(all, &parting, &streams[i]);
    }
    memcpy(streams, parted, parting.count * sizeof parted[0]);
    return parting.count;
}
