/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/recovery_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recorder/region_file_name.h"

int hae_recovery_directory(struct hae_recovery *recovery)
{
    struct hae_recovery_directory *directory = recovery->directory;
    struct hae_file_fault fault;

    if (!hae_descriptor_is_ours(&directory->descriptor)) {
        directory->descriptor =
            hae_descriptor_of(hae_region_directory_open_plain(directory->path, &fault));
    }
    return directory->descriptor.number;
}

/* Both are forgotten before they are closed: in a child that is forked in between, their numbers
 * may name something newer. */
void hae_recovery_let_go(struct hae_recovery *recovery)
{
    void *memory = recovery->memory;
    struct hae_descriptor file = recovery->file;

    recovery->memory = NULL;
    recovery->file.number = -1;
    if (memory != NULL) {
        munmap(memory, (size_t)recovery->memory_size_bytes);
    }
    hae_descriptor_close(&file);
}

/* ---- Locking ------------------------------------------------------------------------------ */

enum locked {
    LOCKED,
    LOCKED_BY_OTHER, /* the process lives, or somebody recovers it */
    LOCK_GONE,       /* somebody has recovered it                  */
    LOCK_NOT_OURS,   /* another user's, or not a plain file        */
    LOCK_REFUSED     /* by the system, this time: see errno        */
};

static enum locked why_not_opened(void)
{
    switch (errno) {
    case ENOENT:
        return LOCK_GONE;
    case EACCES:
    case EPERM:
    case EISDIR:
    case ELOOP:
    case ENXIO:
        return LOCK_NOT_OURS;
    default:
        return LOCK_REFUSED;
    }
}

/* Locks recovery->file.number, if it is a file to be recovered. */
static enum locked lock_open(struct hae_recovery *recovery, struct stat *ret_status)
{
    recovery->file = hae_descriptor_of(recovery->file.number);
    if (fstat(recovery->file.number, ret_status) != 0) {
        return LOCK_REFUSED;
    }
    if (!S_ISREG(ret_status->st_mode) || ret_status->st_uid != geteuid()) {
        return LOCK_NOT_OURS;
    }
    if (flock(recovery->file.number, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? LOCKED_BY_OTHER : LOCK_REFUSED;
    }
    if (fstat(recovery->file.number, ret_status) != 0) {
        return LOCK_REFUSED;
    }
    return ret_status->st_nlink != 0 ? LOCKED : LOCK_GONE;
}

void hae_recovery_put_off(struct hae_recovery *recovery, const char *name, const char *what,
                          int error)
{
    recovery->counts.files_put_off++;
    hae_diagnose(hae_recovery_at_first(recovery), HAETAE_DIAGNOSTIC_WARN, "recovery put off",
                 "recorder directory: %s cannot be %s now: %s", name, what, strerror(error));
}

bool hae_recovery_lock(struct hae_recovery *recovery, const char *name, struct stat *ret_status)
{
    enum locked locked;
    int error;

    /* It is stored before it is locked, so that a child that is forked meanwhile closes it. */
    recovery->file = (struct hae_descriptor){
        .number = hae_descriptor_raise(openat(hae_recovery_directory(recovery), name,
                                              O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK))};
    locked = hae_recovery_has_file(recovery) ? lock_open(recovery, ret_status) : why_not_opened();
    error = errno;
    if (locked != LOCKED) {
        hae_recovery_unlock(recovery);
    }
    switch (locked) {
    case LOCKED:
        return true;
    case LOCKED_BY_OTHER:
        recovery->counts.files_alive++;
        break;
    case LOCK_NOT_OURS:
        recovery->counts.files_other++;
        hae_diagnose(hae_recovery_at_first(recovery), HAETAE_DIAGNOSTIC_WARN, "recovery not ours",
                     "recorder directory: %s is not a file of this user, and is left alone", name);
        break;
    case LOCK_REFUSED:
        hae_recovery_put_off(recovery, name, "locked", error);
        break;
    case LOCK_GONE:
        break;
    }
    return false;
}

void hae_recovery_unlock(struct hae_recovery *recovery)
{
    /* Unlocked, not only closed: a child that is forked from here on may keep a copy of the
     * descriptor, or of the mapping, that it does not know. */
    if (hae_descriptor_is_ours(&recovery->file)) {
        (void)flock(recovery->file.number, LOCK_UN);
    }
    hae_recovery_let_go(recovery);
}
