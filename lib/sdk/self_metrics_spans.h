/* SPDX-License-Identifier: Apache-2.0 */
/* The SDK's metrics about spans, which are counted as they start and end. */
#ifndef HAETAE_SDK_SELF_METRICS_SPANS_H
#define HAETAE_SDK_SELF_METRICS_SPANS_H

#include "sdk/self_metrics_state.h"

/* Makes the instruments. One for which there is no memory stays without values. */
void hae_self_metrics_bind_spans(struct hae_self_metrics *self, haetae_meter *meter);

/* Has the spans of a provider counted, which costs each of them more. */
void hae_self_metrics_count_spans(struct hae_self_metrics *self,
                                  struct hae_tracer_provider *provider);

#endif
