/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics about this process and its host, which HAETAE_HOST_METRICS switches on. They are
 * observables; each group has a callback, which reads the group's files (lib/host).
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
 * `self` is zeroes. An unknown name adds a warning to the configuration, and so does a group of
 * which nothing can be read. If there is no memory for all groups, a diagnostic says so, and those
 * that were made work. */
void hae_host_metrics_init(struct hae_host_metrics *self, struct hae_meter_provider *provider,
                           haetae_config *config);

/* Call it after the provider is done. A callback that still hangs frees its source later. */
void hae_host_metrics_done(struct hae_host_metrics *self);

#endif
