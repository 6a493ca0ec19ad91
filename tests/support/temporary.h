/* SPDX-License-Identifier: Apache-2.0 */
/* Directories and files of a test's own, where TMPDIR says, or in /tmp. */
#ifndef HAETAE_TESTS_SUPPORT_TEMPORARY_H
#define HAETAE_TESTS_SUPPORT_TEMPORARY_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Of the path, and of one to a file in it. */
enum { TEMPORARY_PATH_MAX = 64, TEMPORARY_FILE_MAX = 96 };

/* A name for mkstemp() and mkdtemp(); false: TMPDIR is too long. */
static inline bool temporary_name(char path[TEMPORARY_PATH_MAX])
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(path, TEMPORARY_PATH_MAX, "%s/haetae-test-XXXXXX",
                          parent != NULL && *parent != '\0' ? parent : "/tmp");

    return length < TEMPORARY_PATH_MAX;
}

/* Makes a directory; false: it could not be made. The caller removes it. */
static inline bool temporary_directory(char path[TEMPORARY_PATH_MAX])
{
    return temporary_name(path) && mkdtemp(path) != NULL;
}

/* Makes a file and opens it; -1: it could not be made. The caller removes it. */
static inline int temporary_file(char path[TEMPORARY_PATH_MAX])
{
    return temporary_name(path) ? mkstemp(path) : -1;
}

#endif
