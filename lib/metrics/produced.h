/* SPDX-License-Identifier: Apache-2.0 */
/* What a metric producer has added: Metric messages in wire format. */
#ifndef HAETAE_METRICS_PRODUCED_H
#define HAETAE_METRICS_PRODUCED_H

#include "metrics/metric_filter.h"
#include "wire/growing.h"

/* A Metric message, without tag and length. */
struct hae_produced_metric {
    struct hae_produced_metric *next;
    size_t size_bytes;
    uint32_t point_count;
    uint16_t scope;
    uint8_t data[];
};

/* The messages of a round, in their order. */
struct hae_produced {
    struct hae_produced_metric *first;
    struct hae_produced_metric *last;
};

void hae_produced_append(struct hae_produced *produced, struct hae_produced *from);
void hae_produced_free(struct hae_produced *produced);

/* Collects what one call of a producer adds. It serves one call after another. */
struct haetae_metric_batch {
    uint8_t temporality_of[HAE_INSTRUMENT_KIND_COUNT];
    uint64_t time_unix_ns; /* of the collection */
    uint16_t scope;
    struct hae_filtered_metric filtered; /* the metric that points are added to */
    bool has_metric;
    bool is_wanted;
    size_t size_bytes;        /* of what is finished */
    struct hae_growing texts; /* its texts, as fields */
    struct hae_growing points;
    struct hae_growing point; /* the one that is being made */
    uint32_t point_count;
    struct hae_produced produced;
};

/* Empties a batch for a call, and keeps the memory of earlier ones. A new batch is zeroes. */
void hae_produced_begin(haetae_metric_batch *batch);

/* Takes what was added, the points of the metric that was begun last too. False: there was no
 * memory for these, and they are lost. No point is taken afterwards. */
bool hae_produced_take(haetae_metric_batch *batch, struct hae_produced *ret_produced);

void hae_produced_done(haetae_metric_batch *batch);

#endif
