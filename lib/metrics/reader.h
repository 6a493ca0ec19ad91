/* SPDX-License-Identifier: Apache-2.0 */
/* Readers: each collects all streams of a provider, with a temporality and a memory of its own.
 * Any number of them read the same cells, none changes what another one sees. */
#ifndef HAETAE_METRICS_READER_H
#define HAETAE_METRICS_READER_H

#include "metrics/delta.h"
#include "metrics/message.h"
#include "metrics/meter.h"

/* What the points of each kind of instrument are: OTLP's AggregationTemporality by
 * hae_instrument_kind. */
struct hae_temporality {
    uint8_t of_kind[HAE_INSTRUMENT_KIND_COUNT];
};

/* Specification: "OTLP metrics exporter", the preferences "cumulative" and "delta". */
extern const struct hae_temporality hae_temporality_cumulative;
extern const struct hae_temporality hae_temporality_delta;

struct hae_metric_reader {
    struct hae_meter_provider *provider;
    struct hae_temporality temporality;
    struct hae_collector *collector;
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
};

/* Errors: HAETAE_ENOMEM; then there is nothing to undo. */
haetae_status hae_metric_reader_init(struct hae_metric_reader *reader,
                                     struct hae_meter_provider *provider,
                                     const struct hae_temporality *temporality);
void hae_metric_reader_done(struct hae_metric_reader *reader);

/* Offers the state of all series with measurements, as data points that were taken at
 * `now_unix_ns`. Times advance from one collection to the next. When the clock was set back, the
 * collection ends what was there before: its points come just after those of the last one. The
 * next collection begins again: sums that only grow, and histograms, count from the step, which
 * is their start. A stream with many points comes in several messages. A delta point reaches
 * from the one before, which was taken, to now; none comes where nothing was recorded since.
 * One thread at a time for each reader; others may record and make instruments meanwhile.
 * Errors: HAETAE_ENOMEM when `take` refused, or there is no memory to remember what was
 * reported. Nothing is lost then: the next collection offers it again. */
haetae_status hae_metric_reader_collect(struct hae_metric_reader *reader, uint64_t now_unix_ns,
                                        hae_metric_callback take, void *user);

/* Whether all series have the values that the last collection offered, which was taken as a whole.
 * The same thread as for a collection. */
bool hae_metric_reader_unchanged(struct hae_metric_reader *reader);

#endif
