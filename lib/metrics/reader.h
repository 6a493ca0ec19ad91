/* SPDX-License-Identifier: Apache-2.0 */
/* Readers: each collects all streams of a provider, with a temporality and a memory of its own.
 * Any number of them read the same cells, none changes what another one sees. */
#ifndef HAETAE_METRICS_READER_H
#define HAETAE_METRICS_READER_H

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

/* Specification: "OTLP metrics exporter", the preferences "cumulative", "delta" and "lowmemory". */
extern const struct hae_temporality hae_temporality_cumulative;
extern const struct hae_temporality hae_temporality_delta;
extern const struct hae_temporality hae_temporality_low_memory;

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

/* The reader has the index 0. Errors: HAETAE_ENOMEM; then there is nothing to undo. */
haetae_status hae_metric_reader_init(struct hae_metric_reader *reader,
                                     struct hae_meter_provider *provider,
                                     const struct hae_temporality *temporality);
void hae_metric_reader_done(struct hae_metric_reader *reader);

/* Whether some of its points count from the last collection only. */
bool hae_metric_reader_has_deltas(const struct hae_metric_reader *reader);

/* Begins a collection, which offers the state of all series with measurements, as data points
 * that were taken at `now_unix_ns`. The caller has the provider's lock of collections, and keeps it
 * until the collection has ended.
 * Times advance from one collection to the next. When the clock was set back, the
 * collection ends what was there before: its points come just after those of the last one. The
 * next collection begins again: sums that only grow, and histograms, count from the step, which
 * is their start. A stream with many points comes in several messages. A delta point reaches
 * from the one before, which was taken, to now; none comes where nothing was recorded since.
 * One thread at a time for each reader; others may record and make instruments meanwhile. */
void hae_metric_reader_begin(struct hae_metric_reader *reader, uint64_t now_unix_ns,
                             hae_metric_callback take, void *user);

/* For a caller that can lose later what it takes now, after the begin: all that is offered counts
 * as reported when the caller says so, after the end. */
void hae_metric_reader_hold(struct hae_metric_reader *reader);
void hae_metric_reader_settle(struct hae_metric_reader *reader, bool taken);

enum hae_collected { HAE_COLLECTED_ALL, HAE_COLLECTED_SOME, HAE_COLLECTED_NO_MEMORY };

/* Goes on with so many series. ALL and NO_MEMORY end the collection. NO_MEMORY: `take` refused, or
 * there is no memory to remember what was reported. Nothing is lost then: the next collection
 * offers it again. */
enum hae_collected hae_metric_reader_go_on(struct hae_metric_reader *reader, uint32_t series_max);

/* Ends a collection before it is whole. */
void hae_metric_reader_give_up(struct hae_metric_reader *reader);

/* A whole collection, for which it waits until it has that lock. Errors: HAETAE_ENOMEM. */
haetae_status hae_metric_reader_collect(struct hae_metric_reader *reader, uint64_t now_unix_ns,
                                        hae_metric_callback take, void *user);

/* Whether all series have the values that the last collection offered, which was taken as a whole.
 * The same thread as for a collection. */
bool hae_metric_reader_unchanged(struct hae_metric_reader *reader);

#endif
