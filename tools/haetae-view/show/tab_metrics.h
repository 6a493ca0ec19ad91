/* SPDX-License-Identifier: Apache-2.0 */
/* The tab Metrics; and the series of the metric that was opened. */
#ifndef HAETAE_VIEW_SHOW_TAB_METRICS_H
#define HAETAE_VIEW_SHOW_TAB_METRICS_H

#include "show/reading.h"

int hae_view_load_metrics(struct hae_view_reading *reading);
int hae_view_load_metric(struct hae_view_reading *reading);

#endif
