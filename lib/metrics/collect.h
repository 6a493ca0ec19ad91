/* SPDX-License-Identifier: Apache-2.0 */
/* Making Metric messages. */
#ifndef HAE_METRICS_COLLECT_H
#define HAE_METRICS_COLLECT_H

#include "metrics/meter.h"
#include "metrics/snapshot.h"

/* What collecting needs to keep between series: memory for one Metric message. NULL when there
 * is no memory. */
struct hae_collector *hae_collector_new(void);
void hae_collector_free(struct hae_collector *collector);

/* One collection's work on one instrument. The caller fills the first part. */
struct hae_metric_message {
    struct hae_region *region;
    uint64_t now_unix_ns;
    size_t size_max; /* of a piece, unless one point is larger already */
    hae_metric_callback take;
    void *user;

    struct hae_point *point;
    const struct hae_instrument *instrument;
    const double *boundaries;
    uint8_t *begin; /* of the points */
    uint8_t *at;
    uint8_t *end;
    uint32_t point_count;
};

/* Begins with an instrument, adds the points of its series, hands over what is left. False:
 * `take` refused. */
void hae_message_begin(struct hae_metric_message *message, struct hae_collector *collector,
                       const struct hae_instrument *instrument);
bool hae_message_add(struct hae_metric_message *message, const struct hae_series *series);
bool hae_message_end(struct hae_metric_message *message);

#endif
