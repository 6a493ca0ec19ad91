/* SPDX-License-Identifier: Apache-2.0 */
/* How the destinations are, for threads that ask for statistics. The driver shows it at the end of
 * each run; nobody waits for another one. */
#ifndef HAETAE_PIPELINE_HEALTH_H
#define HAETAE_PIPELINE_HEALTH_H

#include "pipeline/route.h"

/* The driver: shows how the destinations are now. */
void hae_health_show(struct hae_route *route);

/* A value as it is now: the driver's own. */
uint64_t hae_health_now(const struct hae_destination *destination, haetae_signal signal,
                        haetae_destination_stat stat, uint64_t now_ms);

/* Any thread: what was shown last. */
void hae_health_read(const struct hae_destination *destination,
                     uint64_t ret_values[HAETAE_SIGNAL_COUNT][HAETAE_DESTINATION_COUNT]);

#endif
