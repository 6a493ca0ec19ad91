/* SPDX-License-Identifier: Apache-2.0 */
/* The instruments of the SDK's metrics about itself, but for those of spans. */
#ifndef HAETAE_SDK_SELF_METRICS_INSTRUMENTS_H
#define HAETAE_SDK_SELF_METRICS_INSTRUMENTS_H

#include "sdk/self_metrics_state.h"

/* Makes them. One for which there is no memory stays NULL, and without values. */
void hae_self_metrics_make(struct hae_self_metrics *self, haetae_meter *meter);

#endif
