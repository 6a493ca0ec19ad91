/* SPDX-License-Identifier: Apache-2.0 */
/* The SDK's metrics about itself: what its processors, exporters and its reader of metrics do. They
 * are instruments as any others. Their values are brought up to date before each collection, from
 * what the parts of the SDK count anyway; only spans are counted as they start and end.
 * Specification: semantic conventions, "SDK metrics". */
#ifndef HAETAE_SDK_SELF_METRICS_H
#define HAETAE_SDK_SELF_METRICS_H

#include "sdk/self_metrics_state.h"

/* Makes the instruments. An instrument for which there is no memory stays without values.
 * Errors: those of haetae_meter_get(). */
haetae_status hae_self_metrics_init(struct hae_self_metrics *self,
                                    struct hae_meter_provider *provider,
                                    const struct hae_pipeline *pipeline);

/* In a forked child, which counts from zero. */
void hae_self_metrics_reinit(struct hae_self_metrics *self);

/* The driver of the pipeline, before a collection, and after it. */
void hae_self_metrics_update(struct hae_self_metrics *self);
void hae_self_metrics_collected(struct hae_self_metrics *self, uint64_t duration_ns);

/* As the `ended` of destination.h; `user` is a struct hae_self_metrics. */
void hae_self_metrics_operation(void *user, const struct hae_operation *operation);

#endif
