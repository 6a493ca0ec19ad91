/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/region_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/random.h"
#include "recorder/lane.h"
#include "recorder/slot.h"

/* Names are random, so a second try is rare already. */
enum { TRIES_MAX = 8 };

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

uint64_t hae_stored_layout_mark(void)
{
    return (uint64_t)sizeof(struct hae_region) << 32 | (uint64_t)sizeof(struct hae_lane) << 16 |
           (uint64_t)sizeof(struct hae_stored);
}

static int refuse(struct hae_file_fault *ret_fault, const char *what, int error)
{
    ret_fault->what = what;
    ret_fault->error = error;
    return -1;
}

/* ---- The directory ---------------------------------------------------------------------- */

/* Without the slashes at its end, which would lead through a link. */
static char *plain_path(const char *path)
{
    char *copy = hae_strdup(path);
    size_t length = copy != NULL ? strlen(copy) : 0;

    while (length > 1 && copy[length - 1] == '/') {
        copy[--length] = '\0';
    }
    return copy;
}

int hae_region_directory_open(const char *path, struct hae_file_fault *ret_fault)
{
    char *plain = plain_path(path);
    struct stat status;
    int directory;

    if (plain == NULL) {
        return refuse(ret_fault, "cannot be opened", ENOMEM);
    }
    directory = open(plain, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    hae_free(plain);
    if (directory < 0) {
        /* A link shows as the one or the other. */
        return refuse(ret_fault,
                      errno == ELOOP || errno == ENOTDIR
                          ? "is not a directory (symbolic links are not followed)"
                          : "cannot be opened as a directory",
                      errno);
    }
    if (fstat(directory, &status) != 0) {
        refuse(ret_fault, "cannot be looked at", errno);
    } else if (status.st_uid != geteuid()) {
        refuse(ret_fault, "belongs to another user", 0);
    } else {
        return directory;
    }
    close(directory);
    return -1;
}

/* ---- The file ---------------------------------------------------------------------------- */

/* A new file with our lock on it. Who finds the file before it is locked takes it for one
 * that was left half-made, and removes it: then another is made. */
static int make_locked(int directory, char *name, size_t name_size, struct hae_file_fault *fault)
{
    struct hae_random random;
    struct stat status;

    hae_random_seed(&random);
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        int file;

        snprintf(name, name_size, "%ld-%016llx" HAE_REGION_FILE_SUFFIX, (long)getpid(),
                 (unsigned long long)hae_splitmix(&random.a));
        file = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (file < 0 && errno != EEXIST) {
            return refuse(fault, "no file can be made there", errno);
        }
        if (file < 0) {
            continue;
        }
        errno = 0; /* stays so when the file was removed */
        if (flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &status) == 0 &&
            status.st_nlink != 0) {
            return file;
        }
        fault->error = errno;
        close(file);
        if (fault->error != EWOULDBLOCK && fault->error != 0) {
            (void)unlinkat(directory, name, 0);
            return refuse(fault, "a file there cannot be locked", fault->error);
        }
    }
    return refuse(fault, "no file can be made there that stays", 0);
}

/* Reserved at once: where a signal interrupts the call, a file system in memory gives all of it
 * back, and with a timer that is faster than the call it would never end. */
enum { RESERVED_AT_ONCE = 1 << 20, INTERRUPTIONS_MAX = 1000 };

static int reserve_piece(int file, uint64_t offset, uint64_t size_bytes)
{
    int error = EINTR;

    for (int tries = 0; tries < INTERRUPTIONS_MAX && error == EINTR; tries++) {
        error = posix_fallocate(file, (off_t)offset, (off_t)size_bytes);
    }
    return error;
}

static int reserve(int file, uint64_t size_bytes)
{
    struct rlimit limit;
    int error = 0;

    /* Beyond the limit the process would get a signal, and die of it. */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        size_bytes > limit.rlim_cur) {
        return EFBIG;
    }
    for (uint64_t at = 0; at < size_bytes && error == 0; at += RESERVED_AT_ONCE) {
        uint64_t rest = size_bytes - at;

        error = reserve_piece(file, at, rest < RESERVED_AT_ONCE ? rest : RESERVED_AT_ONCE);
    }
    return error;
}

/* Where the parts lie: fills `stored` and returns the size of the file. */
static uint64_t lay_out(const struct hae_region_plan *plan,
                        const struct hae_region_file_options *options, struct hae_stored *stored)
{
    uint64_t end = hae_stored_offset(plan->size_bytes) + sizeof *stored;

    memset(stored, 0, sizeof *stored);
    stored->layout_mark = hae_stored_layout_mark();
    stored->pid = (uint32_t)getpid();
    stored->resource_offset = end;
    stored->resource_size_bytes = options->resource_size_bytes;
    end += options->resource_size_bytes;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        end = round_up(end, HAE_FILE_PART_ALIGNMENT);
        stored->journals[signal].offset = end;
        stored->journals[signal].size_bytes =
            round_up(options->journal_size_bytes[signal], HAE_FILE_PART_ALIGNMENT);
        end += stored->journals[signal].size_bytes;
    }
    stored->file_size_bytes = end;
    return end;
}

static haetae_status map_file(struct hae_region_file *file, const struct hae_region_plan *plan,
                              const struct hae_region_file_options *options,
                              struct hae_file_fault *fault)
{
    struct hae_stored stored;
    uint8_t *memory;
    int error;

    file->size_bytes = lay_out(plan, options, &stored);
    if (file->size_bytes > SIZE_MAX || file->size_bytes > INT64_MAX) {
        return HAETAE_ENOMEM;
    }
    error = reserve(file->descriptor, file->size_bytes);
    if (error != 0) {
        refuse(fault, "a file there gets no space", error);
        return HAETAE_EIO;
    }
    file->mapped = openat(file->directory, file->name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (file->mapped < 0) {
        refuse(fault, "a file there cannot be opened again", errno);
        return HAETAE_EIO;
    }
    memory =
        mmap(NULL, (size_t)file->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file->mapped, 0);
    if (memory == MAP_FAILED) {
        refuse(fault, "a file there cannot be mapped", errno);
        return HAETAE_EIO;
    }
    file->region = (struct hae_region *)(void *)memory;
    hae_region_lay_out(file->region, plan);
    file->region->stored_offset = hae_stored_offset(plan->size_bytes);
    file->stored = hae_region_at(file->region, file->region->stored_offset);
    memcpy(file->stored, &stored, sizeof stored);
    if (options->resource_size_bytes != 0) {
        memcpy(memory + stored.resource_offset, options->resource, options->resource_size_bytes);
    }
    return HAETAE_OK;
}

haetae_status hae_region_file_new(const struct hae_region_plan *plan,
                                  const struct hae_region_file_options *options,
                                  struct hae_region_file **ret_file,
                                  struct hae_file_fault *ret_fault)
{
    struct hae_region_file *file = hae_calloc(1, sizeof *file);
    haetae_status status = HAETAE_EIO;

    if (file == NULL) {
        return HAETAE_ENOMEM;
    }
    file->descriptor = -1;
    file->mapped = -1;
    file->directory = hae_region_directory_open(options->directory, ret_fault);
    if (file->directory >= 0) {
        file->descriptor = make_locked(file->directory, file->name, sizeof file->name, ret_fault);
    }
    if (file->descriptor >= 0) {
        status = map_file(file, plan, options, ret_fault);
        if (status != HAETAE_OK) {
            hae_region_file_remove(file);
        }
    }
    if (status != HAETAE_OK) {
        hae_region_file_free(file);
        return status;
    }
    *ret_file = file;
    return HAETAE_OK;
}

static void close_all(struct hae_region_file *file)
{
    int *const descriptors[] = {&file->descriptor, &file->mapped, &file->directory};

    for (size_t i = 0; i < sizeof descriptors / sizeof descriptors[0]; i++) {
        if (*descriptors[i] >= 0) {
            close(*descriptors[i]);
            *descriptors[i] = -1;
        }
    }
}

/* A view of the file that others don't see changes of, in the place of the region. Not by one
 * call that maps over it: where that fails, the kernel may have emptied the place already. */
static bool map_privately(const struct hae_region_file *file)
{
    size_t size = (size_t)file->size_bytes;
    void *own =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file->mapped, 0);

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
    /* A call that was interrupted by a signal handler, which forked, goes on in the child
     * when the handler returns: it writes there. Without memory for that it ends the child:
     * better than the parent's records. All other calls only read until the region is detached. */
    if (file->region != NULL && file->mapped >= 0 && !map_privately(file)) {
        (void)mprotect(file->region, (size_t)file->size_bytes, PROT_READ);
    }
    close_all(file);
}

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

/* Rounds in which the parent may allocate more before the child gives up: then it begins
 * anew at its next record. */
enum { COPY_ROUNDS = 100 };

/* All of the heap, up to where nothing that was copied leads beyond. */
static bool copy_heap(struct hae_region *to, struct hae_region *from)
{
    uint64_t copied = 0;

    for (int round = 0; round < COPY_ROUNDS; round++) {
        /* Acquire keeps the loads in order, as in copy_ascending(). */
        uint64_t used = atomic_load_explicit(&from->heap_used_bytes, memory_order_acquire);

        if (used == copied) {
            atomic_store_explicit(&to->heap_used_bytes, used, memory_order_relaxed);
            return true;
        }
        copy_ascending(to, from, from->heap_offset + copied, from->heap_offset + used);
        copied = used;
    }
    return false;
}

/* All of the region that means anything in a child. */
static bool copy_region(struct hae_region *to, struct hae_region *from)
{
    /* Acquire pairs with the release in note_touched() of lane.c: the lanes' indexes are there. */
    uint32_t lanes = atomic_load_explicit(&from->lanes_touched, memory_order_acquire);

    copy_ascending(to, from, 0, sizeof *from);
    to->stored_offset = 0;
    for (uint32_t i = 0; i < lanes && i < from->lane_count; i++) {
        uint64_t offset = from->lanes_offset + i * from->lane_stride_bytes;

        memcpy(hae_region_at(to, offset), hae_region_at(from, offset), sizeof(struct hae_lane));
    }
    return copy_heap(to, from);
}

bool hae_region_file_detach(struct hae_region_file *file)
{
    struct hae_region *region = file->region;
    size_t size;
    size_t rest;
    void *own;

    if (region == NULL) {
        return true;
    }
    size = (size_t)region->stored_offset;
    rest = (size_t)file->size_bytes - size;
    own = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
               0);
    if (own == MAP_FAILED) {
        return false;
    }
    if (!copy_region(own, region) ||
        mremap(own, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, region) == MAP_FAILED) {
        munmap(own, size);
        return false;
    }
    (void)munmap((uint8_t *)region + size, rest);
    file->region = NULL;
    return true;
}

void hae_region_file_remove(struct hae_region_file *file)
{
    (void)unlinkat(file->directory, file->name, 0);
}

void hae_region_file_free(struct hae_region_file *file)
{
    if (file == NULL) {
        return;
    }
    if (file->region != NULL) {
        munmap(file->region, (size_t)file->size_bytes);
    }
    close_all(file);
    hae_free(file);
}
