/* SPDX-License-Identifier: Apache-2.0 */
/* The questions "metrics" and "metric". */
#ifndef HAETAE_VIEW_API_METRICS_H
#define HAETAE_VIEW_API_METRICS_H

#include "api/call.h"

int hae_view_api_metrics(struct hae_view_call *call);
int hae_view_api_metric(struct hae_view_call *call);

#endif
