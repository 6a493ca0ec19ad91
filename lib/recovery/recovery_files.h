/* SPDX-License-Identifier: Apache-2.0 */
/* One file of a recorder directory: whether its process is dead, and what becomes of the file. */
#ifndef HAETAE_RECOVERY_RECOVERY_FILES_H
#define HAETAE_RECOVERY_RECOVERY_FILES_H

#include <sys/stat.h>

#include "recovery/recovery_state.h"

/* Opens a file and takes its lock: then nobody else reads, writes or removes it. False: it
 * cannot be recovered by this process, and was counted. */
bool hae_recovery_lock(struct hae_recovery *recovery, const char *name, struct stat *ret_status);

/* Gives up the lock, and closes the file. */
void hae_recovery_unlock(struct hae_recovery *recovery);

/* Counts and reports a file that the system failed to open, lock or map: the next start may. */
void hae_recovery_put_off(struct hae_recovery *recovery, const char *name, const char *what,
                          int error);

/* Locks and maps the next file of the list; false: this one cannot be recovered. */
bool hae_recovery_open_next(struct hae_recovery *recovery);

/* Closes the file, and gives up its lock. */
void hae_recovery_close(struct hae_recovery *recovery);

/* Unmaps and closes the file without giving up the lock, which in a forked child is the
 * parent's. */
void hae_recovery_let_go(struct hae_recovery *recovery);

/* Removes the file, or renames it when something was invalid in it, and closes it. */
void hae_recovery_finish(struct hae_recovery *recovery);

/* Leaves a file alone whose receiver refused it, and closes it. */
void hae_recovery_leave_refused(struct hae_recovery *recovery);

/* Notes in the file how much of it is done. */
void hae_recovery_note(struct hae_recovery *recovery);

#endif
