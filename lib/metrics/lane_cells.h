/* SPDX-License-Identifier: Apache-2.0 */
/* What a lane keeps for its owner: its cells, and a cache of the series it has found. */
#ifndef HAETAE_METRICS_LANE_CELLS_H
#define HAETAE_METRICS_LANE_CELLS_H

#include "metrics/stream.h"
#include "recorder/lane.h"

/* Returns the lane's cell of a series, made if need be, as a reference; 0 when the heap is used
 * up, and then the shared cell serves. Only the lane's owner calls this. */
uint32_t hae_lane_cell(const struct hae_stream *stream, struct hae_lane *lane,
                       struct hae_series *series);

/* Returns the lane's part of the heap, made if need be; NULL when the heap is used up. */
struct hae_lane_metrics *hae_lane_metrics(struct hae_metrics_budget *budget, struct hae_lane *lane);

/* In a forked child: the lane's part forgets what a thread of the parent had found, or was
 * about to change. */
void hae_lane_metrics_reinit(struct hae_region *region, const struct hae_lane *lane);

#endif
