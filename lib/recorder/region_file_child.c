/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/region_file_child.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- In fork() -------------------------------------------------------------------------- */

/* A view of the file that others don't see changes of, in the place of the region. Not by one
 * call that maps over it: where that fails, the kernel may have emptied the place already. */
static bool map_privately(const struct hae_region_file *file)
{
    size_t size = (size_t)file->size_bytes;
    void *own = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
                     file->mapped.number, 0);

    if (own == MAP_FAILED) {
        return false;
    }
    if (mremap(own, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, file->region) == MAP_FAILED) {
        munmap(own, size);
        return false;
    }
    return true;
}

void hae_region_file_leave(struct hae_region_file *file)
{
    /* A recording call that was interrupted by a signal handler which forked continues in the
     * child when the handler returns, and writes there. If there is no memory for a private copy,
     * that write ends the child, and spares the parent's records. All other calls only read until
     * the region is reinitialized. */
    if (file->region != NULL && file->mapped.number >= 0 &&
        !(hae_descriptor_is_ours(&file->mapped) && map_privately(file))) {
        (void)mprotect(file->region, (size_t)file->size_bytes, PROT_READ);
    }
    hae_region_file_forget_lock(file);
    hae_region_file_close(file);
}

/* ---- Later -------------------------------------------------------------------------------- */

/* Copies words in ascending order while the parent goes on: what leads to something newer
 * lies below it, and is copied first, so that the newer, which was complete by then, is
 * copied complete. */
static void copy_ascending(struct hae_region *to, struct hae_region *from, uint64_t begin,
                           uint64_t end)
{
    _Atomic uint64_t *source = hae_region_at(from, begin);
    uint64_t *target = hae_region_at(to, begin);

    for (uint64_t i = 0; i < (end - begin) / sizeof *target; i++) {
        /* Acquire keeps the loads in order; it pairs with the releases by which the parent
         * makes anything known. */
        target[i] = atomic_load_explicit(&source[i], memory_order_acquire);
    }
}

/* Rounds in which the parent may allocate more before the child gives up. The child's next record
 * tries again. */
enum { COPY_ROUNDS = 100 };

/* All of the heap, up to where nothing that was copied leads beyond. */
static bool copy_heap(struct hae_region *to, struct hae_region *from)
{
    uint64_t copied = 0;

    for (int round = 0; round < COPY_ROUNDS; round++) {
        /* Acquire keeps the loads in order, as in copy_ascending(). */
        uint64_t used = atomic_load_explicit(&from->heap_used_bytes, memory_order_acquire);

        if (used > to->heap_size_bytes) {
            return false; /* somebody has written over it */
        }
        if (used == copied) {
            atomic_store_explicit(&to->heap_used_bytes, used, memory_order_relaxed);
            return true;
        }
        copy_ascending(to, from, to->heap_offset + copied, to->heap_offset + used);
        copied = used;
    }
    return false;
}

/* All of the region that means anything in a child, but for what says that it is complete. How it
 * is divided is not read in the parent's. */
static bool copy_region(struct hae_region *to, struct hae_region *from,
                        const struct hae_region_file *file)
{
    /* Acquire pairs with the release in note_touched() of lane.c: the lanes' indexes are there. */
    uint32_t lanes = atomic_load_explicit(&from->lanes_touched, memory_order_acquire);

    copy_ascending(to, from, offsetof(struct hae_region, clock), sizeof *from);
    hae_region_lay_out(to, &file->plan);
    to->layout_mark = from->layout_mark;
    to->stored_offset = hae_stored_offset(file->plan.size_bytes);
    for (uint32_t i = 0; i < lanes && i < to->lane_count; i++) {
        uint64_t offset = to->lanes_offset + i * to->lane_stride_bytes;

        memcpy(hae_region_at(to, offset), hae_region_at(from, offset), sizeof(struct hae_lane));
    }
    return copy_heap(to, from);
}

/* Only what is constant, but for the resource, which the child will know. */
static void fill_stored(struct hae_stored *to, const struct hae_region_file *file)
{
    to->file_size_bytes = file->size_bytes;
    to->resource_offset = file->resource_offset;
    to->pid = (uint32_t)getpid();
    atomic_store_explicit(&to->signals_unwanted, file->signals_unwanted, memory_order_relaxed);
    atomic_store_explicit(&to->redacted, file->redacted, memory_order_relaxed);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        to->journals[signal].offset = file->journals[signal].offset;
        to->journals[signal].size_bytes = file->journals[signal].size_bytes;
    }
}

static void empty_journals(struct hae_region_file *file)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        file->journals[signal].head = 0;
        file->journals[signal].tail = 0;
    }
}

/* Memory for the region and what comes behind it, zero throughout: in a file, or in none and
 * *ret_mapped is none then. NULL: neither. */
static void *map_own(struct hae_region_file *file, struct hae_descriptor *ret_mapped)
{
    void *own = NULL;

    *ret_mapped = hae_region_file_make(file, &file->fault);
    if (ret_mapped->number >= 0) {
        own = hae_region_file_map(file, ret_mapped->number, &file->fault);
    }
    if (own != NULL) {
        return own;
    }
    if (ret_mapped->number >= 0) {
        hae_region_file_unmake(file);
        hae_descriptor_close(ret_mapped);
    }
    own = mmap(NULL, (size_t)file->size_bytes, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return own != MAP_FAILED ? own : NULL;
}

static bool copy_all(struct hae_region_file *file, struct hae_region *own)
{
    /* The region's version first: a file that has nothing in its header was damaged, unless
     * nothing at all is in it. */
    own->version = HAE_REGION_VERSION;
    atomic_signal_fence(memory_order_seq_cst);
    fill_stored(hae_region_at(own, hae_stored_offset(file->plan.size_bytes)), file);
    return copy_region(own, file->region, file);
}

bool hae_region_file_reinit(struct hae_region_file *file, bool unnamed)
{
    size_t size = (size_t)file->size_bytes;
    struct hae_descriptor mapped;
    void *own;

    file->fault = (struct hae_file_fault){NULL, 0};
    atomic_store_explicit(&file->unnamed_error, 0, memory_order_relaxed);
    atomic_store_explicit(&file->naming, unnamed ? HAE_FILE_UNNAMED : HAE_FILE_NAMED,
                          memory_order_relaxed);
    own = map_own(file, &mapped);
    if (own == NULL) {
        return false;
    }
    if (copy_all(file, own)) {
        /* Before it comes to its place: another thread may fork meanwhile, and its child finds
         * the same by either. */
        file->mapped = mapped;
        if (mremap(own, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, file->region) != MAP_FAILED) {
            empty_journals(file);
            return true;
        }
    } else {
        hae_descriptor_close(&mapped);
    }
    munmap(own, size);
    hae_region_file_unmake(file);
    return false;
}
