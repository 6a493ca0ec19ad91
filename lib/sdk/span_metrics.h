/* SPDX-License-Identifier: Apache-2.0 */
/* The ready processor that measures spans. */
#ifndef HAETAE_SDK_SPAN_METRICS_H
#define HAETAE_SDK_SPAN_METRICS_H

#include "haetae/processor.h"
#include "metrics/meter.h"
#include "trace/processor.h"

/* Makes the instruments of each such processor in the list. One for which there is no memory
 * measures nothing. */
void hae_span_metrics_begin(const struct hae_span_processors *processors,
                            struct hae_meter_provider *provider);

#endif
