/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/recovery_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/descriptor.h"
#include "recorder/region_file.h"
#include "recovery/recovery_lock.h"

/* Steps over characters of a set; false: there is none. */
static bool step_over(const char **at, const char *set)
{
    size_t length = strspn(*at, set);

    *at += length;
    return length != 0;
}

/* Whether a name is one that a recorder gives to its file, as in region_file.c. Others may have
 * files of their own there. */
static bool is_recorder_file(const char *name)
{
    if (!step_over(&name, "0123456789") || *name++ != '-' ||
        !step_over(&name, "0123456789abcdef") ||
        strncmp(name, HAE_REGION_FILE_SUFFIX, strlen(HAE_REGION_FILE_SUFFIX)) != 0) {
        return false;
    }
    name += strlen(HAE_REGION_FILE_SUFFIX);
    return *name == '\0' || strcmp(name, HAE_REGION_CORRUPT_SUFFIX) == 0;
}

/* Of a file of a recorder. */
static bool is_corrupt(const char *name)
{
    return strcmp(strrchr(name, '.'), HAE_REGION_CORRUPT_SUFFIX) == 0;
}

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
    bool added;

    if (strlen(name) >= sizeof recovery->current.name || !is_recorder_file(name)) {
        return true;
    }
    if (!hae_recovery_lock(recovery, name, &status)) {
        return true;
    }
    added = add_name(recovery, name, &status);
    hae_recovery_unlock(recovery);
    return added;
}

static int newest_first(const void *left, const void *right)
{
    const struct hae_recovery_name *a = left;
    const struct hae_recovery_name *b = right;
    int order = (a->time_s < b->time_s) - (a->time_s > b->time_s);

    return order != 0 ? order : strcmp(b->name, a->name);
}

/* Whether it was removed. */
static bool remove_unread(struct hae_recovery *recovery, const char *name)
{
    struct stat status;
    bool removed;

    if (!hae_recovery_lock(recovery, name, &status)) {
        return false;
    }
    removed = unlinkat(hae_recovery_directory(recovery), name, 0) == 0;
    if (!removed) {
        hae_recovery_put_off(recovery, name, "removed", errno);
    }
    hae_recovery_unlock(recovery);
    return removed;
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

        total -= oldest->size_bytes;
        removed += remove_unread(recovery, oldest->name);
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

/* The place of a name in a list; its length: it is not in it. */
static size_t find_name(const struct hae_recovery_name *names, size_t count, const char *name)
{
    size_t at = 0;

    while (at < count && strcmp(names[at].name, name) != 0) {
        at++;
    }
    return at;
}

/* Forgets files that are gone. */
static void forget_gone(struct hae_recovery *recovery)
{
    size_t kept = 0;

    for (size_t i = 0; i < recovery->kept_count; i++) {
        if (find_name(recovery->names, recovery->name_count, recovery->kept[i].name) !=
            recovery->name_count) {
            recovery->kept[kept++] = recovery->kept[i];
        }
    }
    recovery->kept_count = kept;
}

/* Files that are corrupt, or kept for others, were read already. */
static void leave_out_read(struct hae_recovery *recovery)
{
    size_t count = 0;

    forget_gone(recovery);
    for (size_t i = 0; i < recovery->name_count; i++) {
        const char *name = recovery->names[i].name;

        if (!is_corrupt(name) &&
            find_name(recovery->kept, recovery->kept_count, name) == recovery->kept_count) {
            recovery->names[count++] = recovery->names[i];
        }
    }
    recovery->name_count = count;
}

/* False: the rest of the directory cannot be read, or there is no memory for it. */
static bool list_files(struct hae_recovery *recovery, DIR *stream)
{
    const struct dirent *entry;

    for (;;) {
        errno = 0; /* the end shows in the same way as an error */
        entry = readdir(stream);
        if (entry == NULL) {
            return errno == 0;
        }
        if (!consider(recovery, entry->d_name)) {
            errno = ENOMEM;
            return false;
        }
    }
}

static DIR *open_stream(struct hae_recovery *recovery)
{
    int copy = hae_descriptor_raise(
        openat(hae_recovery_directory(recovery), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    int error = errno;

    if (stream == NULL && copy >= 0) {
        close(copy);
    }
    errno = error;
    return stream;
}

void hae_recovery_look(struct hae_recovery *recovery)
{
    DIR *stream = open_stream(recovery);

    if (stream == NULL || !list_files(recovery, stream)) {
        recovery->counts.files_put_off++;
        hae_diagnose(recovery->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "recovery look",
                     "recorder directory: cannot be read now%s: %s",
                     recovery->name_count != 0 ? " to its end" : "", strerror(errno));
    }
    if (stream != NULL) {
        closedir(stream);
    }
    if (recovery->name_count != 0) {
        qsort(recovery->names, recovery->name_count, sizeof *recovery->names, newest_first);
    }
    enforce_limit(recovery);
    leave_out_read(recovery);
}
