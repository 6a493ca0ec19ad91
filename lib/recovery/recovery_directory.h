/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a recorder directory: which are there, and which of them are beyond the limit. */
#ifndef HAETAE_RECOVERY_RECOVERY_DIRECTORY_H
#define HAETAE_RECOVERY_RECOVERY_DIRECTORY_H

#include "recovery/recovery_state.h"

/* Lists the files, and removes the oldest beyond the limit. */
void hae_recovery_look(struct hae_recovery *recovery);

#endif
