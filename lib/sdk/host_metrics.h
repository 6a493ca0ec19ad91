/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics about this process and its host, which HAETAE_HOST_METRICS switches on: observables, a
 * callback for each group of them, which reads the group's files (lib/host).
 * Specification: semantic conventions, "Process metrics", "System metrics". */
#ifndef HAETAE_SDK_HOST_METRICS_H
#define HAETAE_SDK_HOST_METRICS_H

#include "metrics/meter.h"
#include "sdk/config_read.h"
#include "sdk/host_observe.h"

struct hae_host_metrics {
    struct hae_host_source *sources[HAE_HOST_GROUPS]; /* NULL: the group is off */
};

/* Makes the instruments of the groups that the configuration names, and registers their callbacks.
 * `self` is zeroes. A name that is no group is a warning of the configuration, and so is a group of
 * which nothing can be read. Without memory for all of it a diagnostic says so, and what was made
 * until then works. */
void hae_host_metrics_init(struct hae_host_metrics *self, struct hae_meter_provider *provider,
                           haetae_config *config);

/* After the provider is done. What a callback that still hangs needs is left to it. */
void hae_host_metrics_done(struct hae_host_metrics *self);

#endif
