/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of a provider want of streams for which no view decides it. */
#ifndef HAETAE_METRICS_READER_WISHES_H
#define HAETAE_METRICS_READER_WISHES_H

#include "haetae/reader.h"
#include "metrics/stream_init.h"

/* Those that a configuration adds, and the default one. */
enum { HAE_READERS_MAX = 9 };

/* Of one reader. By hae_instrument_kind. */
struct hae_reader_defaults {
    uint8_t aggregation_of[HAE_INSTRUMENT_KIND_COUNT]; /* a haetae_aggregation */
    uint32_t limit_of[HAE_INSTRUMENT_KIND_COUNT];      /* 0: the provider's    */
};

/* Of all readers, by their index. */
struct hae_readers_defaults {
    struct hae_reader_defaults of[HAE_READERS_MAX];
    uint32_t pulled;            /* bit set: readers that do not export */
    uint32_t count;             /* 0: any reader reports every stream */
    uint32_t cardinality_limit; /* of streams for which nobody wants another one */
};

/* Gives each stream that has no aggregation or no limit yet those that the readers want for
 * instruments of its kind: where they differ, one stream for each. There is room for
 * HAE_STREAMS_PER_INSTRUMENT_MAX; more are left out. Returns how many there are now. */
uint32_t hae_streams_by_reader(const struct hae_readers_defaults *all,
                               struct hae_stream_options *streams, uint32_t count,
                               uint32_t *ret_left_out);

#endif
