/* SPDX-License-Identifier: Apache-2.0 */
/* Values of metrics. */
#ifndef HAETAE_VIEW_ALERT_MEASURE_METRIC_H
#define HAETAE_VIEW_ALERT_MEASURE_METRIC_H

#include "alert/measuring.h"

int hae_view_measure_metric(const struct hae_view_measuring *measuring);

#endif
