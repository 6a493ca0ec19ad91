/* SPDX-License-Identifier: Apache-2.0 */
/* What collecting needs to keep between series: memory for one Metric message. */
#ifndef HAE_METRICS_COLLECT_H
#define HAE_METRICS_COLLECT_H

#include "metrics/meter.h"

/* NULL when there is no memory. */
struct hae_collector *hae_collector_new(void);
void hae_collector_free(struct hae_collector *collector);

#endif
