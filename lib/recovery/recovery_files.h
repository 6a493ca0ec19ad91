/* SPDX-License-Identifier: Apache-2.0 */
/* One file of a recorder directory, and what becomes of it. */
#ifndef HAETAE_RECOVERY_RECOVERY_FILES_H
#define HAETAE_RECOVERY_RECOVERY_FILES_H

#include "recovery/recovery_state.h"

/* Locks and maps the next file of the list; false: this one cannot be recovered. */
bool hae_recovery_open_next(struct hae_recovery *recovery);

/* Closes the file, and gives up its lock. */
void hae_recovery_close(struct hae_recovery *recovery);

/* Removes the file, or renames it when something was invalid in it, and closes it. */
void hae_recovery_finish(struct hae_recovery *recovery);

/* Leaves a file alone whose receiver refused it, and closes it. */
void hae_recovery_leave_refused(struct hae_recovery *recovery);

/* Notes in the file how much of it is done. */
void hae_recovery_note(struct hae_recovery *recovery);

#endif
