/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a series at one moment, from all of its cells. */
#ifndef HAETAE_METRICS_SNAPSHOT_H
#define HAETAE_METRICS_SNAPSHOT_H

#include "metrics/aggregation.h"

/* Reads a series while others record into it; false when it has no measurement yet. */
bool hae_snapshot(struct hae_region *region, const struct hae_stream_data *stream,
                  const struct hae_aggregation *aggregation, const struct hae_series *series,
                  struct hae_point *ret_point);

#endif
