/* SPDX-License-Identifier: Apache-2.0 */
/* The lock on a file of a recorder directory, which says whether its process is dead. */
#ifndef HAETAE_RECOVERY_RECOVERY_LOCK_H
#define HAETAE_RECOVERY_RECOVERY_LOCK_H

#include <sys/stat.h>

#include "recovery/recovery_state.h"

/* The directory's descriptor, open or opened again. -1: it cannot be opened; see errno. */
int hae_recovery_directory(struct hae_recovery *recovery);

/* Opens a file and takes its lock: then nobody else reads, writes or removes it. False: it
 * cannot be recovered by this process, and was counted. */
bool hae_recovery_lock(struct hae_recovery *recovery, const char *name, struct stat *ret_status);

/* Gives up the lock, and closes the file. */
void hae_recovery_unlock(struct hae_recovery *recovery);

/* Counts and reports a file that the system failed to open, lock or map: the next start may. */
void hae_recovery_put_off(struct hae_recovery *recovery, const char *name, const char *what,
                          int error);

/* Unmaps and closes the file without giving up the lock, which in a forked child is the
 * parent's. */
void hae_recovery_let_go(struct hae_recovery *recovery);

#endif
