/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the data points of metrics into the store. */
#ifndef HAETAE_VIEW_DECODE_DECODE_METRICS_H
#define HAETAE_VIEW_DECODE_DECODE_METRICS_H

#include "otlp.pb-c.h"
#include "store/store.h"
#include "util/arena.h"

/* All data points of a metric (decode_metrics.c). */
bool hae_view_take_metric(struct hae_view_store *store, const struct hae_view_source *source,
                          struct hae_view_arena *arena, const HaeOtlp__Metric *message);

#endif
