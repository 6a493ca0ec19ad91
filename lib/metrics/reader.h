/* SPDX-License-Identifier: Apache-2.0 */
/* Readers: each collects all streams of a provider, with a temporality and a memory of its own.
 * Any number of them read the same cells, none changes what another one sees. */
#ifndef HAETAE_METRICS_READER_H
#define HAETAE_METRICS_READER_H

#include "metrics/reader_state.h"

/* Specification: "OTLP metrics exporter", the preferences "cumulative", "delta" and "lowmemory". */
extern const struct hae_temporality hae_temporality_cumulative;
extern const struct hae_temporality hae_temporality_delta;
extern const struct hae_temporality hae_temporality_low_memory;

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
