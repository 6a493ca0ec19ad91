/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the data points of metrics into the store. */
#ifndef HAETAE_VIEW_DECODE_DECODE_METRICS_H
#define HAETAE_VIEW_DECODE_DECODE_METRICS_H

#include "decode/decode_items.h"

/* All data points of a metric. */
void hae_view_take_metric(struct hae_view_intake *intake, struct hae_view_bytes message);

#endif
