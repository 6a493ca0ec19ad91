/* SPDX-License-Identifier: Apache-2.0 */
/* Directories and files for one test, in TMPDIR or in /tmp. */
#ifndef HAETAE_TESTS_SUPPORT_TEMPORARY_H
#define HAETAE_TESTS_SUPPORT_TEMPORARY_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

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

#endif
