/* SPDX-License-Identifier: Apache-2.0 */
/* A folder that stands for /, with the files that a test gives it. */
#ifndef HAETAE_TESTS_SUPPORT_FAKE_ROOT_H
#define HAETAE_TESTS_SUPPORT_FAKE_ROOT_H

#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "support/temporary.h"

struct fake_root {
    char path[TEMPORARY_PATH_MAX];
};

static inline bool fake_root_begin(struct fake_root *root)
{
    return temporary_directory(root->path);
}

static inline int fake_root_remove(const char *path, const struct stat *found, int kind,
                                   struct FTW *place)
{
    (void)found;
    (void)kind;
    (void)place;
    return remove(path);
}

static inline void fake_root_end(struct fake_root *root)
{
    (void)nftw(root->path, fake_root_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* The path of a file in it; makes the folders above it. */
static inline const char *fake_root_path(struct fake_root *root, const char *name)
{
    static char path[512];
    size_t length = strlen(root->path);

    snprintf(path, sizeof path, "%s%s", root->path, name);
    for (char *at = path + length + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    return path;
}

static inline bool fake_root_write(struct fake_root *root, const char *name, const void *data,
                                   size_t size)
{
    FILE *file = fopen(fake_root_path(root, name), "we");
    bool written = file != NULL && fwrite(data, 1, size, file) == size;

    return file != NULL && fclose(file) == 0 && written;
}

static inline bool fake_root_text(struct fake_root *root, const char *name, const char *text)
{
    return fake_root_write(root, name, text, strlen(text));
}

#endif
