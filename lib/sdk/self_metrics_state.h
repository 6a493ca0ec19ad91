/* SPDX-License-Identifier: Apache-2.0 */
/* The instruments of the SDK's metrics about itself, and what was reported of each value. */
#ifndef HAETAE_SDK_SELF_METRICS_STATE_H
#define HAETAE_SDK_SELF_METRICS_STATE_H

#include "haetae/metrics.h"
#include "metrics/meter.h"
#include "pipeline/pipeline.h"
#include "sdk/series_metrics.h"
#include "trace/provider.h"

/* What was reported of a count, to add what came since. */
struct hae_self_reported {
    bool any;
    uint64_t value;
};

/* Of the processor of a signal. */
struct hae_self_processor {
    haetae_up_down_counter *queue_size;
    haetae_up_down_counter *queue_capacity;
    haetae_counter *processed;
    struct hae_self_reported size;
    struct hae_self_reported capacity;
    struct hae_self_reported passed;
    struct hae_self_reported failed[HAETAE_DROP_COUNT];
};

/* What the semantic conventions have no name for: of a destination as haetae_stats has it. */
enum hae_self_level {
    HAE_SELF_WAITING,
    HAE_SELF_AWAY,
    HAE_SELF_SPOOLED_ITEMS, /* and the next one: only where there is a spool */
    HAE_SELF_SPOOLED_BYTES,
    HAE_SELF_LEVELS
};

/* Of an exporter, for one signal. */
struct hae_self_exporter {
    struct hae_self_reported in_flight;
    struct hae_self_reported exported;
    struct hae_self_reported failed[HAETAE_DROP_COUNT];
    struct hae_self_reported levels[HAE_SELF_LEVELS];
};

/* Where the parent of a span is: there is none, in this process, in another; and what was decided:
 * a haetae_sampling_decision less 1. */
enum { HAE_SELF_ORIGINS = 3, HAE_SELF_DECISIONS = 3 };

struct hae_self_metrics {
    bool enabled;
    struct hae_recorder *recorder;
    const struct hae_pipeline *pipeline;
    haetae_counter *log_created;
    haetae_bound_counter *started[HAE_SELF_ORIGINS][HAE_SELF_DECISIONS];
    haetae_bound_up_down_counter *live[HAE_SELF_DECISIONS]; /* but of those dropped */
    haetae_up_down_counter *in_flight[HAETAE_SIGNAL_COUNT];
    haetae_counter *exported[HAETAE_SIGNAL_COUNT];
    haetae_up_down_counter *levels[HAETAE_SIGNAL_COUNT][HAE_SELF_LEVELS];
    haetae_histogram *collection_duration;
    haetae_histogram *operation_duration;
    struct hae_series_metrics series;
    struct hae_self_reported created;
    struct hae_self_processor processors[HAETAE_SIGNAL_COUNT]; /* of spans and of logs */
    struct hae_self_exporter exporters[HAE_DESTINATIONS_MAX][HAETAE_SIGNAL_COUNT];
};

#endif
