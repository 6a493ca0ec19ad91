/* SPDX-License-Identifier: Apache-2.0 */
/* What is not as usual. */
#ifndef HAETAE_VIEW_ALERT_MEASURE_ANOMALY_H
#define HAETAE_VIEW_ALERT_MEASURE_ANOMALY_H

#include "alert/measuring.h"

int hae_view_measure_anomaly(const struct hae_view_measuring *measuring);

#endif
