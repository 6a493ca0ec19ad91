/* SPDX-License-Identifier: Apache-2.0 */
/* Where the records of a lane begin that no journal has. */
#ifndef HAETAE_RECOVERY_DEAD_LANE_H
#define HAETAE_RECOVERY_DEAD_LANE_H

#include "recovery/dead.h"

/* Of a lane that is not valid it is the end. After the journals were looked at. */
struct hae_dead_cursor hae_dead_lane_begin(struct hae_dead *dead, uint32_t index);

#endif
