/* SPDX-License-Identifier: Apache-2.0 */
/* What the recoveries of files and of spools share. */
#ifndef HAETAE_SDK_RECOVER_H
#define HAETAE_SDK_RECOVER_H

#include "haetae/recover.h"
#include "haetae/sdk.h"
#include "haetae/stats.h"

/* Fills in how many items were delivered and dropped, by a snapshot taken after the shutdown. */
void hae_recovery_count_items(const haetae_stats *stats, haetae_recovery *recovery);

/* Steps an SDK until `is_done` says so. False: the deadline came first. */
bool hae_recovery_step_until(haetae_sdk *sdk, bool (*is_done)(const haetae_sdk *sdk),
                             uint64_t deadline_ms);

#endif
