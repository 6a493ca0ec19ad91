/* SPDX-License-Identifier: Apache-2.0 */
/* Observables: instruments whose measurements are totals and levels, which callbacks observe or the
 * program sets. */
#ifndef HAETAE_METRICS_OBSERVABLE_H
#define HAETAE_METRICS_OBSERVABLE_H

#include "metrics/instrument.h"
#include "metrics/meter.h"
#include "metrics/produced.h"

struct hae_metric_reader;

/* When a value counts from that is the first one of its series now.
 * Specification: "Start timestamps". */
uint64_t hae_observable_since(const struct hae_instrument *instrument);

/* The provider's callbacks, made when they are first needed; NULL: there is no memory. */
struct hae_callbacks *hae_callbacks_of(struct hae_meter_provider *provider);

/* Begins a collection of a reader, whose points have this time: calls the callbacks and the
 * reader's producers. Returns what these have added, which is valid until the next collection. Only
 * one thread at a time, for all readers. */
const struct hae_produced_metric *hae_observe_all(struct hae_meter_provider *provider,
                                                  const struct hae_metric_reader *reader,
                                                  uint64_t now_unix_ns);

/* Whether there may be callbacks. */
bool hae_observes(const struct hae_meter_provider *provider);

/* The shutdown has begun, and waits for callbacks until then, by the monotonic clock. */
void hae_observe_until(struct hae_meter_provider *provider, uint64_t end_ns);

#endif
