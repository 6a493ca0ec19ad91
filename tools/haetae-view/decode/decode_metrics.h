/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the data points of metrics into the store. */
#ifndef HAETAE_VIEW_DECODE_DECODE_METRICS_H
#define HAETAE_VIEW_DECODE_DECODE_METRICS_H

#include "decode/decode_items.h"

/* All data points of a metric. The attributes of its points are put into an order. */
void hae_view_take_metric(struct hae_view_intake *intake, const HaeOtlp__Metric *message);

#endif
