/* SPDX-License-Identifier: Apache-2.0 */
/* A region in a file, so that what a killed process had recorded is still there:
 *
 *   region | hae_stored | resource | journals of traces and of logs
 *
 * The owner holds a lock on the file as long as it lives: the kernel takes it away with the
 * process, however that ends. All of the file is reserved when it is made, so that no
 * write to the mapping can fail for want of space.
 *
 * What is written here is read after the process has ended, never beside it: only the order of
 * the stores in the program counts, and a fence for the compiler is enough. A thread is killed
 * between two instructions, and what it has stored by then is stored. */
#ifndef HAETAE_RECORDER_REGION_FILE_H
#define HAETAE_RECORDER_REGION_FILE_H

#include <stddef.h>

#include "recorder/layout.h"
#include "recorder/region_file_name.h"
#include "recorder/resource_view.h"

struct hae_region_file_options {
    const char *directory;
    struct hae_resource_view resource; /* copied */
    size_t resource_room_bytes;        /* not less than all of it; for that of a forked child */
    uint64_t journal_size_bytes[HAETAE_SIGNAL_COUNT];
    uint64_t layout_mark; /* of all that the program keeps in regions */
};

/* Nothing that can be configured makes a larger file, or a larger resource. */
#define HAE_REGION_FILE_SIZE_MAX (UINT64_C(8) << 30)
#define HAE_STORED_RESOURCE_MAX  (UINT64_C(32) << 20)

/* No URL of a schema is longer. */
#define HAE_STORED_SCHEMA_URL_MAX 2048

/* What begins at a page of its own, with the largest pages there are. */
enum { HAE_FILE_PART_ALIGNMENT = 65536 };

/* The offset of the hae_stored in a file, behind a region of this size. */
static inline uint64_t hae_stored_offset(uint64_t region_size_bytes)
{
    return hae_round_up(region_size_bytes, HAE_FILE_PART_ALIGNMENT);
}

/* Makes a file in a directory and maps it as a region. The caller completes it by
 * hae_region_set_ready(); before that, recovery ignores it.
 * Errors: HAETAE_ENOMEM, HAETAE_EIO; *ret_fault says what the file system refused. */
haetae_status hae_region_file_new(const struct hae_region_plan *plan,
                                  const struct hae_region_file_options *options,
                                  struct hae_region_file **ret_file,
                                  struct hae_file_fault *ret_fault);

/* Unmaps the region and gives up the lock. The file stays, unless it was removed. */
void hae_region_file_free(struct hae_region_file *file);

/* Writes the resource, in the room there is for it. Async-signal-safe. */
void hae_region_file_describe(struct hae_region_file *file, struct hae_resource_view resource);

/* Whether the region is in a file of this process. */
static inline bool hae_region_file_is_own(const struct hae_region_file *file)
{
    return file->locked.number >= 0;
}

/* ---- For region_file_child.c; async-signal-safe ------------------------------------------ */

/* Makes a file of file->size_bytes in file->path, locked and reserved; without a name if it is to
 * be unnamed and that can be, else it is named then. Returns another descriptor of it, to map it
 * by. None: *ret_fault says why. */
struct hae_descriptor hae_region_file_make(struct hae_region_file *file,
                                           struct hae_file_fault *ret_fault);

/* Maps it anywhere; NULL: *ret_fault says why. */
void *hae_region_file_map(const struct hae_region_file *file, int mapped,
                          struct hae_file_fault *ret_fault);

/* Removes what was made, and closes all. */
void hae_region_file_unmake(struct hae_region_file *file);

void hae_region_file_close(struct hae_region_file *file);

#endif
