/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a recorder directory: which are there, whose process is dead, what becomes
 * of them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "recovery/recovery.h"

static bool ends_in(const char *name, const char *suffix)
{
    size_t length = strlen(name);
    size_t suffix_length = strlen(suffix);

    return length > suffix_length && strcmp(name + length - suffix_length, suffix) == 0;
}

static bool is_corrupt(const char *name)
{
    return ends_in(name, HAE_REGION_CORRUPT_SUFFIX);
}

/* ---- Locking ------------------------------------------------------------------------------ */

enum locked {
    LOCKED,
    LOCKED_BY_OTHER, /* the process lives, or somebody recovers it */
    LOCK_GONE,       /* somebody has recovered it                  */
    LOCK_NOT_OURS    /* another user's, or not a plain file        */
};

/* Opens a file and takes its lock: then nobody else reads, writes or removes it. */
static enum locked lock_file(const struct hae_recovery *recovery, const char *name, int *ret_file,
                             struct stat *ret_status)
{
    int file = openat(recovery->directory, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    enum locked locked = LOCKED;

    if (file < 0) {
        return errno == ENOENT ? LOCK_GONE : LOCK_NOT_OURS;
    }
    if (fstat(file, ret_status) != 0 || !S_ISREG(ret_status->st_mode) ||
        ret_status->st_uid != geteuid()) {
        locked = LOCK_NOT_OURS;
    } else if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        locked = LOCKED_BY_OTHER;
    } else if (fstat(file, ret_status) != 0 || ret_status->st_nlink == 0) {
        locked = LOCK_GONE;
    }
    if (locked != LOCKED) {
        close(file);
        return locked;
    }
    *ret_file = file;
    return LOCKED;
}

/* ---- The directory ------------------------------------------------------------------------- */

static bool add_name(struct hae_recovery *recovery, const char *name, const struct stat *status)
{
    struct hae_recovery_name *names =
        hae_realloc(recovery->names, (recovery->name_count + 1) * sizeof *names);
    struct hae_recovery_name *added;

    if (names == NULL) {
        return false;
    }
    recovery->names = names;
    added = &names[recovery->name_count++];
    memcpy(added->name, name, strlen(name) + 1); /* consider() has checked the length */
    added->time_s = status->st_mtime;
    added->size_bytes = (uint64_t)status->st_blocks * 512;
    return true;
}

/* Takes a name into the list if its process is dead. False: out of memory. */
static bool consider(struct hae_recovery *recovery, const char *name)
{
    struct stat status;
    int file;
    bool added;

    if (strlen(name) >= sizeof recovery->current.name ||
        (!ends_in(name, HAE_REGION_FILE_SUFFIX) && !is_corrupt(name))) {
        return true;
    }
    switch (lock_file(recovery, name, &file, &status)) {
    case LOCKED:
        added = add_name(recovery, name, &status);
        close(file);
        return added;
    case LOCKED_BY_OTHER:
        recovery->counts.files_alive++;
        return true;
    case LOCK_NOT_OURS:
        recovery->counts.files_other++;
        hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_WARN, "recovery not ours",
                     "recorder directory: %s is not a file of this user, and is left alone", name);
        return true;
    case LOCK_GONE:
        break;
    }
    return true;
}

static int newest_first(const void *left, const void *right)
{
    const struct hae_recovery_name *a = left;
    const struct hae_recovery_name *b = right;
    int order = (a->time_s < b->time_s) - (a->time_s > b->time_s);

    return order != 0 ? order : strcmp(b->name, a->name);
}

/* Removes the oldest files until the rest is within the limit. */
static void enforce_limit(struct hae_recovery *recovery)
{
    uint64_t total = 0;
    uint64_t removed = 0;

    for (size_t i = 0; i < recovery->name_count; i++) {
        total += recovery->names[i].size_bytes;
    }
    while (recovery->name_count > 0 && total > recovery->size_max_bytes) {
        const struct hae_recovery_name *oldest = &recovery->names[--recovery->name_count];
        struct stat status;
        int file;

        total -= oldest->size_bytes;
        if (lock_file(recovery, oldest->name, &file, &status) == LOCKED) {
            removed += unlinkat(recovery->directory, oldest->name, 0) == 0;
            close(file);
        }
    }
    recovery->counts.files_removed += removed;
    if (removed != 0) {
        hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "recovery limit",
                     "recorder directory: %llu files of dead processes were removed unread, the "
                     "oldest, for together they took more than "
                     "HAETAE_RECORDER_DIR_MAX_BYTES=%llu",
                     (unsigned long long)removed, (unsigned long long)recovery->size_max_bytes);
    }
}

/* Those in which something was wrong were read already. */
static void leave_out_corrupt(struct hae_recovery *recovery)
{
    size_t kept = 0;

    for (size_t i = 0; i < recovery->name_count; i++) {
        if (!is_corrupt(recovery->names[i].name)) {
            recovery->names[kept++] = recovery->names[i];
        }
    }
    recovery->name_count = kept;
}

void hae_recovery_look(struct hae_recovery *recovery)
{
    int copy = openat(recovery->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry;

    if (stream == NULL) {
        if (copy >= 0) {
            close(copy);
        }
        hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "recovery look",
                     "recorder directory: cannot be read: %s", strerror(errno));
        return;
    }
    while ((entry = readdir(stream)) != NULL && consider(recovery, entry->d_name)) {
    }
    if (entry != NULL) {
        recovery->counts.files_put_off++;
        hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_WARN, "recovery names",
                     "recorder directory: no memory for %s and what comes after it now",
                     entry->d_name);
    }
    closedir(stream);
    if (recovery->name_count != 0) {
        qsort(recovery->names, recovery->name_count, sizeof *recovery->names, newest_first);
    }
    enforce_limit(recovery);
    leave_out_corrupt(recovery);
}

/* ---- One file -------------------------------------------------------------------------------- */

/* The lock lasts as long as the mapping or the descriptor. Both are forgotten before they go:
 * a child that is forked in between must not take something newer for them. */
void hae_recovery_let_go(struct hae_recovery *recovery)
{
    void *memory = recovery->memory;
    int file = recovery->file;

    recovery->memory = NULL;
    recovery->file = -1;
    if (memory != NULL) {
        munmap(memory, (size_t)recovery->memory_size_bytes);
    }
    if (file >= 0) {
        close(file);
    }
}

void hae_recovery_close(struct hae_recovery *recovery)
{
    hae_batch_done(&recovery->batch);
    hae_dead_close(&recovery->dead);
    hae_recovery_let_go(recovery);
}

/* Puts the file aside, so that it isn't tried for ever. It counts for the limit. */
static void put_aside(struct hae_recovery *recovery)
{
    char name[sizeof recovery->current.name + sizeof HAE_REGION_CORRUPT_SUFFIX];

    recovery->counts.files_corrupt++;
    snprintf(name, sizeof name, "%s" HAE_REGION_CORRUPT_SUFFIX, recovery->current.name);
    if (renameat(recovery->directory, recovery->current.name, recovery->directory, name) != 0) {
        (void)unlinkat(recovery->directory, recovery->current.name, 0);
    }
}

/* What can't be read at all. */
static void refuse(struct hae_recovery *recovery, enum hae_dead_refusal refusal)
{
    const char *name = recovery->current.name;

    switch (refusal) {
    case HAE_DEAD_UNFINISHED:
        (void)unlinkat(recovery->directory, name, 0);
        break;
    case HAE_DEAD_OTHER:
        recovery->counts.files_other++;
        hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_WARN, "recovery other",
                     "recorder directory: %s was made by another version of haetae, or on another "
                     "machine, and is left alone",
                     name);
        break;
    case HAE_DEAD_BROKEN:
        hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "recovery corrupt",
                     "recorder directory: %s is corrupt: its header is not right; nothing can be "
                     "recovered, and it is renamed to %s" HAE_REGION_CORRUPT_SUFFIX,
                     name, name);
        put_aside(recovery);
        break;
    case HAE_DEAD_NO_MEMORY:
        recovery->counts.files_put_off++;
        hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_WARN, "recovery memory",
                     "recorder directory: no memory to recover %s now", name);
        break;
    case HAE_DEAD_READABLE:
        break;
    }
}

/* Maps the file and begins to read it; its lock is ours. */
static enum hae_dead_refusal map_file(struct hae_recovery *recovery, const struct stat *status)
{
    void *memory;

    recovery->memory_size_bytes = (uint64_t)status->st_size;
    if (status->st_size == 0) {
        return HAE_DEAD_UNFINISHED;
    }
    if (recovery->memory_size_bytes > SIZE_MAX) {
        return HAE_DEAD_NO_MEMORY;
    }
    memory = mmap(NULL, (size_t)status->st_size, PROT_READ, MAP_SHARED, recovery->file, 0);
    if (memory == MAP_FAILED) {
        return HAE_DEAD_NO_MEMORY;
    }
    recovery->memory = memory;
    return hae_dead_open(&recovery->dead, recovery->memory, recovery->memory_size_bytes);
}

bool hae_recovery_open_next(struct hae_recovery *recovery)
{
    enum hae_dead_refusal refusal;
    struct stat status;

    recovery->current = recovery->names[--recovery->name_count];
    switch (lock_file(recovery, recovery->current.name, &recovery->file, &status)) {
    case LOCKED:
        break;
    case LOCKED_BY_OTHER:
        recovery->counts.files_alive++;
        recovery->file = -1;
        return false;
    default:
        recovery->file = -1;
        return false;
    }
    memset(&recovery->dead, 0, sizeof recovery->dead);
    memset(&recovery->batch, 0, sizeof recovery->batch);
    refusal = map_file(recovery, &status);
    if (refusal != HAE_DEAD_READABLE) {
        refuse(recovery, refusal);
        hae_recovery_close(recovery);
        return false;
    }
    memcpy(recovery->done, recovery->dead.stored->recovered, sizeof recovery->done);
    memset(recovery->item_count, 0, sizeof recovery->item_count);
    recovery->open_count = 0;
    return true;
}

void hae_recovery_note(const struct hae_recovery *recovery, haetae_signal signal)
{
    off_t at =
        (off_t)(recovery->dead.region->stored_offset + offsetof(struct hae_stored, recovered) +
                (size_t)signal * sizeof recovery->done[0]);
    ssize_t ignored = pwrite(recovery->file, &recovery->done[signal], sizeof recovery->done[0], at);

    (void)ignored; /* then who goes on after us may send this request again */
}

static void tell_done(const struct hae_recovery *recovery)
{
    uint64_t dropped[HAETAE_SIGNAL_COUNT];

    hae_dead_dropped(&recovery->dead, dropped);
    hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_INFO, "recovery done",
                 "recovered %s of process %lu: %llu spans (%llu had not ended), %llu data points, "
                 "%llu log records; by its own counts it had dropped %llu spans and %llu log "
                 "records",
                 recovery->current.name, (unsigned long)recovery->dead.stored->pid,
                 (unsigned long long)recovery->item_count[HAETAE_SIGNAL_TRACES],
                 (unsigned long long)recovery->open_count,
                 (unsigned long long)recovery->item_count[HAETAE_SIGNAL_METRICS],
                 (unsigned long long)recovery->item_count[HAETAE_SIGNAL_LOGS],
                 (unsigned long long)dropped[HAETAE_SIGNAL_TRACES],
                 (unsigned long long)dropped[HAETAE_SIGNAL_LOGS]);
}

void hae_recovery_finish(struct hae_recovery *recovery)
{
    const char *name = recovery->current.name;

    recovery->counts.files_done++;
    recovery->counts.open_spans += recovery->open_count;
    tell_done(recovery);
    if (recovery->dead.fault_count != 0) {
        hae_diagnose(
            recovery->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "recovery corrupt",
            "recorder directory: %s is corrupt: %s; what was intact is recovered, and it is "
            "renamed to %s" HAE_REGION_CORRUPT_SUFFIX,
            name, recovery->dead.fault, name);
        put_aside(recovery);
    } else {
        (void)unlinkat(recovery->directory, name, 0);
    }
    hae_recovery_close(recovery);
}
