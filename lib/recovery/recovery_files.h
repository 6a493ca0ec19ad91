/* SPDX-License-Identifier: Apache-2.0 */
/* One file of a recorder directory: whether its process is dead, what becomes of it. */
#ifndef HAETAE_RECOVERY_RECOVERY_FILES_H
#define HAETAE_RECOVERY_RECOVERY_FILES_H

#include <sys/stat.h>

#include "recovery/recovery_state.h"

/* Opens a file and takes its lock: then nobody else reads, writes or removes it. False: it is
 * not for us, and has been counted. */
bool hae_recovery_lock(struct hae_recovery *recovery, const char *name, struct stat *ret_status);

/* Gives the lock up, and lets go of the file. */
void hae_recovery_unlock(struct hae_recovery *recovery);

/* Counts a file of which the system refused something, which is left for another time. */
void hae_recovery_put_off(struct hae_recovery *recovery, const char *name, const char *what,
                          int error);

/* Locks and maps the next file of the list; false: that one is not for us. */
bool hae_recovery_open_next(struct hae_recovery *recovery);

/* Closes it, for others to take. */
void hae_recovery_close(struct hae_recovery *recovery);

/* Unmaps and closes. What a forked child does: the lock is the parent's. */
void hae_recovery_let_go(struct hae_recovery *recovery);

/* Removes it, or puts it aside when something was wrong with it, and closes it. */
void hae_recovery_finish(struct hae_recovery *recovery);

/* Notes in the file how far it was done. */
void hae_recovery_note(struct hae_recovery *recovery);

#endif
