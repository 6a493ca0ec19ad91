/* SPDX-License-Identifier: Apache-2.0 */
/* The SDK's metrics about how full the streams of its instruments are: how many series each has,
 * and how many it may have. Streams with one series at most are left out. */
#ifndef HAETAE_SDK_SERIES_METRICS_H
#define HAETAE_SDK_SERIES_METRICS_H

#include "haetae/metrics.h"
#include "metrics/meter.h"

struct hae_series_metrics {
    struct hae_meter_provider *provider;
    haetae_observable *used;
    haetae_observable *limit;
};

/* Makes the instruments. One for which there is no memory stays without values. */
void hae_series_metrics_init(struct hae_series_metrics *self, struct hae_meter_provider *provider,
                             haetae_meter *meter);

/* The driver of the pipeline, before a collection: brings at most 256 streams up to date. */
void hae_series_metrics_update(struct hae_series_metrics *self);

#endif
