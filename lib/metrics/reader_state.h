/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader keeps, and the collection that it is at. */
#ifndef HAETAE_METRICS_READER_STATE_H
#define HAETAE_METRICS_READER_STATE_H

#include "metrics/delta.h"
#include "metrics/message.h"
#include "metrics/metric_filter.h"
#include "metrics/produced.h"
#include "metrics/rounds.h"

/* What the points of each kind of instrument are: OTLP's AggregationTemporality by
 * hae_instrument_kind. */
struct hae_temporality {
    uint8_t of_kind[HAE_INSTRUMENT_KIND_COUNT];
};

/* A collection under way, and where it goes on. */
struct hae_collection {
    struct hae_metric_message message;
    hae_metric_callback take;
    void *user;
    struct hae_delta *delta; /* of the stream; NULL: its points count from the beginning */
    bool only_looks;         /* at the values: nothing is offered */
    bool holds;              /* the caller settles what was offered */
    bool complete;           /* false: a stream was left out, for want of memory */
    uint64_t digest;         /* of all values */
    uint64_t begin_again_ns; /* when the clock was set back: where the next points start; or 0 */
    struct haetae_meter *meter;
    const struct hae_instrument *instrument;
    uint32_t stream; /* of the instrument */
    bool in_stream;  /* with the series at `series` next, which is number `index` */
    uint32_t series;
    uint32_t index;
    struct hae_filtered_metric filtered;        /* the stream */
    const struct hae_produced_metric *produced; /* after the instruments; NULL: no more */
};

struct hae_metric_reader {
    struct hae_meter_provider *provider;
    uint32_t index; /* among the provider's: see hae_readers_defaults */
    struct hae_temporality temporality;
    struct hae_metric_filter *filter; /* NULL: all is collected; a reference of the owner's */
    struct hae_collector *collector;
    struct hae_collection collection;
    uint32_t generation; /* of the provider, in which the deltas were taken */
    /* True while a collection changes what follows: a forked child that finds it so can't
     * trust it. */
    _Atomic bool collecting;
    struct hae_delta *deltas; /* by the streams' indices */
    uint32_t delta_count;
    uint64_t last_unix_ns; /* of the last collection; 0: none yet       */
    bool stepped;          /* the clock was set back since the beginning */
    uint64_t digest;       /* of the values that the last collection saw */
    bool digest_known;     /* it was taken as a whole                   */
    struct hae_reader_round rounds;
};

enum hae_collected { HAE_COLLECTED_ALL, HAE_COLLECTED_SOME, HAE_COLLECTED_NO_MEMORY };

#endif
