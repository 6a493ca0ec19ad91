/* SPDX-License-Identifier: Apache-2.0 */
/* The metric filter of a reader: which streams, series and produced metrics it leaves out. */
#ifndef HAETAE_METRICS_METRIC_FILTER_H
#define HAETAE_METRICS_METRIC_FILTER_H

#include "haetae/producer.h"
#include "metrics/stream.h"

/* A copy of the caller's. The reader and its producers share it by references. */
struct hae_metric_filter {
    _Atomic size_t references;
    haetae_metric_filter ops;
};

/* Makes a filter with one reference, the caller's. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
haetae_status hae_metric_filter_new(const haetae_metric_filter *ops,
                                    struct hae_metric_filter **ret_filter);

/* Both take NULL. The last unref calls the program's free(). */
struct hae_metric_filter *hae_metric_filter_ref(struct hae_metric_filter *filter);
void hae_metric_filter_unref(struct hae_metric_filter *filter);

/* A metric as the filter gets it, and what the filter decided. */
struct hae_filtered_metric {
    const struct hae_metric_filter *filter; /* NULL: there is none */
    haetae_item_origin origin;
    haetae_metric_description metric;
    int32_t result; /* a haetae_filter_result */
};

/* Asks about a metric whose filter, origin and description are set. False: it is left out. */
bool hae_filter_metric(struct hae_filtered_metric *filtered);

/* Asks about a stream, for a reader that gives it this temporality. False: it is left out. */
bool hae_filter_stream(struct hae_filtered_metric *filtered, const struct hae_metric_filter *filter,
                       const struct hae_stream *stream, uint8_t temporality);

/* Whether a point with these attributes is collected. */
bool hae_filter_attributes(const struct hae_filtered_metric *filtered,
                           const haetae_attribute *attributes, size_t count);

/* The same for a series of the stream. *ret_known is false if there is no memory to ask. */
bool hae_filter_series(const struct hae_filtered_metric *filtered, const struct hae_stream *stream,
                       const struct hae_series *series, bool *ret_known);

#endif
