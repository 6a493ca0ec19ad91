/* SPDX-License-Identifier: Apache-2.0 */
/* What a snapshot of the statistics has of each destination. */
#ifndef HAETAE_SDK_STATS_DESTINATIONS_H
#define HAETAE_SDK_STATS_DESTINATIONS_H

#include "sdk/stats_state.h"

/* How many destinations a snapshot of the SDK has; 0 for NULL. */
size_t hae_stats_destinations_of(const haetae_sdk *sdk);

/* Fills them in. */
void hae_stats_take_destinations(haetae_sdk *sdk, haetae_stats *stats);

#endif
