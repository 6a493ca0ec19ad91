/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics out of a dead region's heap. */
#ifndef HAETAE_RECOVERY_DEAD_METRICS_H
#define HAETAE_RECOVERY_DEAD_METRICS_H

#include "metrics/message.h"
#include "recovery/dead.h"

/* Begins with the first series. */
void hae_dead_begin_metrics(struct hae_dead *dead);

/* Offers the state of the series to `take`, from the first one that was not taken yet. */
enum hae_dead_taking { HAE_DEAD_TAKEN, HAE_DEAD_REFUSED, HAE_DEAD_TAKING_PAUSES };
enum hae_dead_taking hae_dead_collect(struct hae_dead *dead, struct hae_collector *collector,
                                      size_t metric_size_max, hae_metric_callback take, void *user);

#endif
