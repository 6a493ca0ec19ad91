/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_file/backups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    STAMP_LENGTH = sizeof "2026-03-01T09-30-00.250" - 1,
    STAMP_BYTES = 64,
    TRIES_MAX = 1000, /* names that are tried */
    PRUNED_MAX = 100
};

/* A path in its parts: its folder, and its name before and behind where a time goes. */
struct parts {
    char folder[PATH_MAX];
    const char *name;
    size_t stem_length;
    const char *extension; /* with its point; may be empty */
};

static bool split(const char *path, struct parts *parts)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash != NULL ? (size_t)(slash - path) : 0;
    const char *point;

    if (length >= sizeof parts->folder) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(parts->folder, path, length);
    parts->folder[length] = '\0';
    if (length == 0) {
        strcpy(parts->folder, slash != NULL ? "/" : ".");
    }
    parts->name = slash != NULL ? slash + 1 : path;
    point = strrchr(parts->name, '.');
    /* A point at the beginning hides a file. */
    parts->extension =
        point != NULL && point != parts->name ? point : parts->name + strlen(parts->name);
    parts->stem_length = (size_t)(parts->extension - parts->name);
    return true;
}

static void put_stamp(char stamp[STAMP_BYTES], uint64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm utc = {0};

    (void)gmtime_r(&seconds, &utc);
    size_t length = strftime(stamp, STAMP_BYTES, "%Y-%m-%dT%H-%M-%S", &utc);

    snprintf(stamp + length, STAMP_BYTES - length, ".%03u", (unsigned)(unix_ms % 1000));
}

/* ---- Backups that there are -------------------------------------------------------------- */

/* Where a name has its time; NULL: it is no backup of the file. */
static const char *stamp_of(const struct parts *parts, const char *name)
{
    static const char form[] = "dddd-dd-ddTdd-dd-dd.ddd";
    const char *stamp = name + parts->stem_length + 1;

    if (strlen(name) != parts->stem_length + 1 + STAMP_LENGTH + strlen(parts->extension) ||
        memcmp(name, parts->name, parts->stem_length) != 0 || stamp[-1] != '-' ||
        strcmp(stamp + STAMP_LENGTH, parts->extension) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < STAMP_LENGTH; i++) {
        if (form[i] == 'd' ? stamp[i] < '0' || stamp[i] > '9' : stamp[i] != form[i]) {
            return NULL;
        }
    }
    return stamp;
}

enum edge { OLDEST, NEWEST };

/* Finds one, "" if there is none, and returns how many there are. Times sort as texts. */
static size_t find(DIR *folder, const struct parts *parts, enum edge edge, char found[NAME_MAX + 1])
{
    const struct dirent *entry;
    size_t count = 0;

    found[0] = '\0';
    rewinddir(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (stamp_of(parts, entry->d_name) == NULL) {
            continue;
        }
        count++;
        if (found[0] == '\0' || (strcmp(entry->d_name, found) < 0) == (edge == OLDEST)) {
            snprintf(found, NAME_MAX + 1, "%s", entry->d_name);
        }
    }
    return count;
}

/* ---- Adding ------------------------------------------------------------------------------ */

/* The name that the file would get. False: it is too long. */
static bool name_backup(const struct parts *parts, uint64_t unix_ms, char name[NAME_MAX + 1])
{
    char stamp[STAMP_BYTES];
    int length;

    put_stamp(stamp, unix_ms);
    length = snprintf(name, NAME_MAX + 1, "%.*s-%s%s", (int)parts->stem_length, parts->name, stamp,
                      parts->extension);
    if (length < 0 || length > NAME_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    return true;
}

/* Behind the newest one, so that names have the order of time also within a millisecond; but not
 * far, if the clock was set back. */
static bool choose_name(int folder, const struct parts *parts, uint64_t unix_ms, const char *newest,
                        char name[NAME_MAX + 1])
{
    for (unsigned i = 0; i < 2 * TRIES_MAX; i++) {
        if (!name_backup(parts, unix_ms + i % TRIES_MAX, name)) {
            return false;
        }
        if (i < TRIES_MAX && newest[0] != '\0' && strcmp(name, newest) <= 0) {
            continue;
        }
        if (faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
            return errno == ENOENT;
        }
    }
    errno = EEXIST;
    return false;
}

bool hae_backups_add(const char *path, uint64_t unix_ms)
{
    char newest[NAME_MAX + 1];
    char name[NAME_MAX + 1];
    struct parts parts;
    DIR *folder;
    bool done;

    if (!split(path, &parts)) {
        return false;
    }
    folder = opendir(parts.folder);
    if (folder == NULL) {
        return false;
    }
    (void)find(folder, &parts, NEWEST, newest);
    done = choose_name(dirfd(folder), &parts, unix_ms, newest, name) &&
           renameat(AT_FDCWD, path, dirfd(folder), name) == 0;
    int error = errno;
    closedir(folder);
    errno = error;
    return done;
}

/* ---- Removing ---------------------------------------------------------------------------- */

void hae_backups_prune(const char *path, size_t max_count, uint64_t oldest_unix_ms)
{
    char oldest[NAME_MAX + 1];
    char limit[STAMP_BYTES];
    struct parts parts;
    DIR *folder;

    put_stamp(limit, oldest_unix_ms);
    if (!split(path, &parts)) {
        return;
    }
    folder = opendir(parts.folder);
    if (folder == NULL) {
        return;
    }
    for (int i = 0; i < PRUNED_MAX; i++) {
        size_t count = find(folder, &parts, OLDEST, oldest);

        if (count == 0 ||
            ((max_count == 0 || count <= max_count) &&
             strncmp(stamp_of(&parts, oldest), limit, STAMP_LENGTH) >= 0) ||
            (unlinkat(dirfd(folder), oldest, 0) != 0 && errno != ENOENT)) {
            break;
        }
    }
    closedir(folder);
}
