/* SPDX-License-Identifier: Apache-2.0 */
/* Directories and files for one test, in TMPDIR or in /tmp. */
#ifndef HAETAE_TESTS_SUPPORT_TEMPORARY_H
#define HAETAE_TESTS_SUPPORT_TEMPORARY_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The sizes of a directory's path, and of the path of a file in it. */
enum { TEMPORARY_PATH_MAX = 64, TEMPORARY_FILE_MAX = 96 };

/* A name for mkstemp() and mkdtemp(). False: TMPDIR is too long. */
static inline bool temporary_name(char path[TEMPORARY_PATH_MAX])
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(path, TEMPORARY_PATH_MAX, "%s/haetae-test-XXXXXX",
                          parent != NULL && *parent != '\0' ? parent : "/tmp");

    return length < TEMPORARY_PATH_MAX;
}

/* Makes a directory, which the caller removes. False on failure. */
static inline bool temporary_directory(char path[TEMPORARY_PATH_MAX])
{
    return temporary_name(path) && mkdtemp(path) != NULL;
}

/* Makes and opens a file, which the caller removes. -1 on failure. */
static inline int temporary_file(char path[TEMPORARY_PATH_MAX])
{
    return temporary_name(path) ? mkstemp(path) : -1;
}

static inline unsigned temporary_clear_at(int parent, const char *name)
{
    int file = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = file >= 0 ? fdopendir(file) : NULL;
    const struct dirent *entry;
    unsigned count = 0;

    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (unlinkat(file, entry->d_name, 0) == 0) {
            count++;
        } else {
            count += temporary_clear_at(file, entry->d_name);
            (void)unlinkat(file, entry->d_name, AT_REMOVEDIR);
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
    return count;
}

/* Removes all that is in a directory. Returns how many files that were, those in its directories
 * included. */
static inline unsigned temporary_clear(const char *path)
{
    return temporary_clear_at(AT_FDCWD, path);
}

#endif
