/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of metrics. */
#ifndef HAETAE_CONSOLE_METRIC_H
#define HAETAE_CONSOLE_METRIC_H

#include "otlp.pb-c.h"
#include "out.h"

/* Writes one line for each data point of a request. */
void hae_con_metrics(struct hae_con_out *out, const HaeOtlp__ExportMetricsServiceRequest *request);

#endif
