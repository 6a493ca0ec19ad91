/* SPDX-License-Identifier: Apache-2.0 */
/* What the recoveries of files and of spools share. */
#ifndef HAETAE_SDK_RECOVER_H
#define HAETAE_SDK_RECOVER_H

#include "haetae/recover.h"
#include "haetae/stats.h"

/* Fills in how many items were delivered and dropped, by a snapshot taken after the shutdown. */
void hae_recovery_count_items(const haetae_stats *stats, haetae_recovery *recovery);

#endif
