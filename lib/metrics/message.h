/* SPDX-License-Identifier: Apache-2.0 */
/* Making Metric messages: from the series' cells straight into wire format.
 *
 *   Metric { name, description, unit, Sum | Gauge | Histogram { points…, temporality } } */
#ifndef HAETAE_METRICS_MESSAGE_H
#define HAETAE_METRICS_MESSAGE_H

#include "metrics/reservoir.h"

/* An encoded Metric message, and what making one needs, stay below this. */
enum { HAE_METRIC_SIZE_MAX = 256 * 1024 };

/* Takes one Metric message, without tag and length; false: no memory for it.
 * `metric` is valid during the call. */
typedef bool (*hae_metric_callback)(void *user, uint16_t scope, const uint8_t *metric,
                                    size_t size_bytes, uint32_t point_count);

/* Memory for one Metric message, and one point with its exemplars. */
struct hae_collector;

/* NULL: there is no memory. */
struct hae_collector *hae_collector_new(void);
void hae_collector_free(struct hae_collector *collector);

/* One collection's work on one stream. The caller fills the first part. */
struct hae_metric_message {
    struct hae_region *region;
    uint64_t now_unix_ns;
    size_t size_max; /* of a piece, unless one point is larger already */
    hae_metric_callback take;
    void *user;

    const struct hae_stream_data *stream;
    const struct hae_aggregation *aggregation;
    const double *boundaries;
    uint8_t temporality;
    struct hae_point *point; /* for the caller's use */
    /* Likewise: the exemplars of the next point. Empty at first. */
    struct hae_exemplars *exemplars;
    uint8_t *begin; /* of the points */
    uint8_t *at;
    uint8_t *end;
    uint32_t point_count;
};

/* Begins with a stream. `temporality` is one of OTLP's. A stream with many points comes in
 * several messages. */
void hae_message_begin(struct hae_metric_message *message, struct hae_collector *collector,
                       const struct hae_stream_data *stream,
                       const struct hae_aggregation *aggregation, uint8_t temporality);

/* Adds the value that a series has now, if any. False: `take` refused a message, which this
 * value is not in. */
bool hae_message_add(struct hae_metric_message *message, const struct hae_series *series);

/* Adds a point of a series. False: as above. */
bool hae_message_put(struct hae_metric_message *message, const struct hae_series *series,
                     const struct hae_point *point);

/* Hands over what is left. False: `take` refused. */
bool hae_message_end(struct hae_metric_message *message);

#endif
