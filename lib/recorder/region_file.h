/* SPDX-License-Identifier: Apache-2.0 */
/* A region in a file, so that what a killed process had recorded is still there:
 *
 *   region | hae_stored | resource | journals of traces and of logs
 *
 * The owner holds a lock on the file as long as it lives: the kernel takes it away with the
 * process, however that ends. All of the file is reserved when it is made, so that no
 * write to the mapping can fail for want of space.
 *
 * What is written here is read after the process has ended, never beside it: it counts in
 * which order the stores stand in the program, and a fence for the compiler is enough. A
 * thread is killed between two instructions, and what it has stored by then is stored. */
#ifndef HAE_RECORDER_REGION_FILE_H
#define HAE_RECORDER_REGION_FILE_H

#include "recorder/region.h"

/* What was drained and has no answer of its receivers yet; see journal.h. */
struct hae_stored_journal {
    uint64_t offset; /* of its bytes, in the file */
    uint64_t size_bytes;
    _Atomic uint64_t head; /* positions, as in a lane; written by the worker alone */
    _Atomic uint64_t tail;
};

/* Behind the region. Constant but for what is atomic. */
struct hae_stored {
    uint64_t file_size_bytes;
    uint64_t layout_mark; /* hae_stored_layout_mark() */
    uint64_t resource_offset;
    uint64_t resource_size_bytes;
    uint32_t pid;
    _Atomic uint32_t metrics_settled; /* 1: all that was measured was delivered */
    _Atomic uint64_t last_known_unix_ns;
    struct hae_stored_journal journals[HAETAE_SIGNAL_COUNT];
    /* Written by those who recover the file, one after the other: how many records of a
     * signal, in the order of lib/recovery, are done. */
    uint64_t recovered[HAETAE_SIGNAL_COUNT];
};

/* Different where the same layout version is compiled to other sizes. */
uint64_t hae_stored_layout_mark(void);

struct hae_region_file_options {
    const char *directory;
    const uint8_t *resource; /* copied */
    size_t resource_size_bytes;
    size_t resource_room_bytes; /* not less; what a forked child's own may take */
    uint64_t journal_size_bytes[HAETAE_SIGNAL_COUNT];
};

/* Why there is no file: what was tried, and errno or 0. */
struct hae_file_fault {
    const char *what; /* NULL: nothing went wrong with a file */
    int error;
};

struct hae_region_file {
    char *path;     /* of the directory, good wherever the process goes */
    int directory;  /* descriptors */
    int descriptor; /* it has the lock */
    /* Another open of the file, for the mapping: a lock lives as long as whatever is mapped
     * by its own, also in a child that knows nothing of it. */
    int mapped;
    char name[48]; /* in the directory */
    uint64_t size_bytes;
    struct hae_region *region;
    struct hae_stored *stored;
    struct hae_file_fault fault; /* of a forked child that has none of its own */
};

/* What the names of regions end in; and of those in which something was wrong. */
#define HAE_REGION_FILE_SUFFIX    ".haetae"
#define HAE_REGION_CORRUPT_SUFFIX ".corrupt"

/* Nothing that can be configured makes a larger file, or a larger resource. */
#define HAE_REGION_FILE_SIZE_MAX (UINT64_C(8) << 30)
#define HAE_STORED_RESOURCE_MAX  (UINT64_C(32) << 20)

/* What begins at a page of its own, with the largest pages there are. */
enum { HAE_FILE_PART_ALIGNMENT = 65536 };

/* Where in a file the hae_stored lies, behind a region of this size. */
static inline uint64_t hae_stored_offset(uint64_t region_size_bytes)
{
    return (region_size_bytes + HAE_FILE_PART_ALIGNMENT - 1) / HAE_FILE_PART_ALIGNMENT *
           HAE_FILE_PART_ALIGNMENT;
}

/* Opens a recorder directory: it must be one, itself and not a link, and belong to us.
 * -1: *ret_fault says why. */
int hae_region_directory_open(const char *path, struct hae_file_fault *ret_fault);

/* Makes a file in a directory and maps it as a region. Others take it for one from
 * hae_region_set_ready() on, which is left to the caller.
 * Errors: HAETAE_ENOMEM, HAETAE_EIO; *ret_fault says what the file system refused. */
haetae_status hae_region_file_new(const struct hae_region_plan *plan,
                                  const struct hae_region_file_options *options,
                                  struct hae_region_file **ret_file,
                                  struct hae_file_fault *ret_fault);

/* Unmaps the region and gives up the lock. The file stays, unless it was removed. */
void hae_region_file_free(struct hae_region_file *file);

/* Writes the resource, in the room there is for it. Async-signal-safe. */
void hae_region_file_describe(struct hae_region_file *file, const uint8_t *resource,
                              size_t size_bytes);

/* Removes the name: nothing in the file is needed any more. The region can be used on. */
void hae_region_file_remove(struct hae_region_file *file);

/* ---- In a forked child: region_file_child.c, async-signal-safe ---------------------------- */

/* From within fork(): closes the descriptors, so that the lock ends with the parent, and what
 * the child writes into the region is not seen by others from then on; where there is no
 * memory for that, it can't write there at all. Reading goes on, for
 * hae_region_file_reinit(). */
void hae_region_file_leave(struct hae_region_file *file);

/* Later: makes a file of the child's own, and puts it in the place of the region, with what the
 * heap and the lanes' parts of it hold. The parent may be changing it meanwhile. Where no file
 * can be made it is memory in no file: file->fault says why. Others take the file for one from
 * hae_region_set_ready() on. False: no memory, or the parent never came to rest; nothing has
 * changed. */
bool hae_region_file_reinit(struct hae_region_file *file);

/* Whether the region is in a file of this process. */
static inline bool hae_region_file_is_own(const struct hae_region_file *file)
{
    return file->descriptor >= 0;
}

/* ---- Between the two; async-signal-safe --------------------------------------------------- */

/* Makes a file of file->size_bytes in file->path, locked and reserved. Returns another
 * descriptor of it, to map it by; -1: there is none, *ret_fault says why. */
int hae_region_file_make(struct hae_region_file *file, struct hae_file_fault *ret_fault);

/* Maps it anywhere; NULL: *ret_fault says why. */
void *hae_region_file_map(const struct hae_region_file *file, int mapped,
                          struct hae_file_fault *ret_fault);

/* Removes what was made, and closes all. */
void hae_region_file_unmake(struct hae_region_file *file);

void hae_region_file_close(struct hae_region_file *file);

#endif
