/* SPDX-License-Identifier: Apache-2.0 */
/* The name and the lock of a region's file, and the directory that it is in.
 *
 * The lock says that the owner lives. A host that closes all descriptors, as with closefrom(),
 * closes the locked one as well, so a page of the file is mapped by it: the kernel keeps the lock
 * until that page is unmapped, or the process has ended. A forked child does not inherit the page.
 */
#ifndef HAETAE_RECORDER_REGION_FILE_NAME_H
#define HAETAE_RECORDER_REGION_FILE_NAME_H

#include <stddef.h>

#include "base/descriptor.h"
#include "recorder/layout.h"

/* Why there is no file: what was tried, and errno or 0. */
struct hae_file_fault {
    const char *what; /* NULL: nothing went wrong with a file */
    int error;
};

/* A journal, see journal.h. The file has a copy, for recovery: this process trusts only what
 * nobody else can write. */
struct hae_journal_place {
    uint64_t offset; /* of its bytes, in the file */
    uint64_t size_bytes;
    uint64_t head; /* positions; the worker's own */
    uint64_t tail;
};

enum hae_file_naming {
    HAE_FILE_NAMED = 0,
    /* It has no name yet: it is the file of a forked child that has recorded nothing, and goes with
     * the child. The threads that make the first records name it. */
    HAE_FILE_UNNAMED = 1,
    /* It has none any more. A record that comes late, in a signal handler for one, gives it none.
     */
    HAE_FILE_REMOVED = 2
};

struct hae_region_file {
    char *path; /* of the directory, good wherever the process goes */
    struct hae_descriptor directory;
    struct hae_descriptor locked; /* it has the lock */
    void *lock_page;              /* NULL: none; it keeps the lock, see above */
    /* Another open of the file, for the mapping: a lock lives as long as whatever is mapped
     * by its own, also in a child that knows nothing of it. */
    struct hae_descriptor mapped;
    char name[48];             /* in the directory */
    _Atomic uint32_t naming;   /* a hae_file_naming */
    _Atomic int unnamed_error; /* why the file could not be named when it had to be; or 0 */
    uint64_t size_bytes;
    struct hae_region *region;
    struct hae_stored *stored;
    struct hae_region_plan plan; /* of the region */
    uint64_t resource_offset;
    uint32_t signals_unwanted; /* as in hae_stored */
    uint32_t redacted;         /* likewise         */
    struct hae_journal_place journals[HAETAE_SIGNAL_COUNT];
    struct hae_file_fault fault; /* of a forked child that has none of its own */
};

/* What the names of regions end in; and of those in which something was wrong. */
#define HAE_REGION_FILE_SUFFIX    ".haetae"
#define HAE_REGION_CORRUPT_SUFFIX ".corrupt"

/* Notes what could not be done; errno or 0. Returns -1. */
static inline int hae_file_refuse(struct hae_file_fault *ret_fault, const char *what, int error)
{
    ret_fault->what = what;
    ret_fault->error = error;
    return -1;
}

/* A copy of a directory's path: without slashes at its end, which would lead through a link, and
 * from the root, if the current directory is known: the process may change it later.
 * Ownership: the caller frees it by hae_free(). NULL: no memory. */
char *hae_region_directory_path(const char *path);

/* Opens a recorder directory: it must be one, itself and not a link, and belong to us.
 * -1: *ret_fault says why. */
int hae_region_directory_open(const char *path, struct hae_file_fault *ret_fault);

/* ---- All that follow are async-signal-safe -----------------------------------------------------
 */

/* The same for a path without slashes at its end. */
int hae_region_directory_open_plain(const char *plain, struct hae_file_fault *ret_fault);

/* Makes file->locked, a new file in file->directory with a name of its own. */
bool hae_region_file_make_named(struct hae_region_file *file, struct hae_file_fault *ret_fault);

/* Makes it so that it needs no name until hae_region_file_put_name(): neither every file system nor
 * every process can. */
bool hae_region_file_make_unnamed(struct hae_region_file *file);

/* Opens the file without a name once more. -1: that cannot be. */
int hae_region_file_open_unnamed(const struct hae_region_file *file);

/* Gives a file that was made without a name its own, before the first record. Where that
 * fails, file->unnamed_error has the cause. */
void hae_region_file_put_name(struct hae_region_file *file);

/* Removes the name: nothing in the file is needed any more. The region can be used on. */
void hae_region_file_remove(struct hae_region_file *file);

/* Gives up the lock, and closes the descriptor that has it. */
void hae_region_file_unlock(struct hae_region_file *file);

/* In a forked child, before that: the page is not mapped here. */
static inline void hae_region_file_forget_lock(struct hae_region_file *file)
{
    file->lock_page = NULL;
}

#endif
