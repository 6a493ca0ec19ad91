/* SPDX-License-Identifier: Apache-2.0 */
/* The metric filter of a reader: what is asked of it, for streams and for produced metrics. */
#ifndef HAETAE_METRICS_METRIC_FILTER_H
#define HAETAE_METRICS_METRIC_FILTER_H

#include "haetae/producer.h"
#include "metrics/stream.h"

/* A copy of the caller's, which its reader and that reader's producers refer to. */
struct hae_metric_filter {
    _Atomic size_t references;
    haetae_metric_filter ops;
};

/* Makes one with a reference. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
haetae_status hae_metric_filter_new(const haetae_metric_filter *ops,
                                    struct hae_metric_filter **ret_filter);

/* These take NULL. The last reference frees it. */
struct hae_metric_filter *hae_metric_filter_ref(struct hae_metric_filter *filter);
void hae_metric_filter_unref(struct hae_metric_filter *filter);

/* A metric as filters see it, and what was decided of it. */
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

/* The same for a series of the stream. *ret_known is false where there is no memory to ask. */
bool hae_filter_series(const struct hae_filtered_metric *filtered, const struct hae_stream *stream,
                       const struct hae_series *series, bool *ret_known);

#endif
