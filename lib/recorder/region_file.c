/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/region_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"

/* ---- Its space ---------------------------------------------------------------------------- */

/* Reserved in one call: when a signal interrupts the call, a file system in memory gives all of
 * it back, and with a timer that is faster than the call it would never end. */
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

/* A file that needs no name until hae_region_file_put_name(): neither every file system nor every
 * process can make one. As hae_region_file_make(). */
static struct hae_descriptor make_unnamed(struct hae_region_file *file)
{
    struct hae_descriptor mapped = HAE_NO_DESCRIPTOR;

    if (hae_region_file_make_unnamed(file) && reserve(file->locked.number, file->size_bytes) == 0) {
        mapped = hae_descriptor_of(hae_region_file_open_unnamed(file));
    }
    if (mapped.number < 0) {
        hae_region_file_unlock(file);
    }
    return mapped;
}

/* ---- Its content -------------------------------------------------------------------------- */

/* Where the parts lie: fills `stored` and returns the size of the file. */
static uint64_t lay_out(const struct hae_region_plan *plan,
                        const struct hae_region_file_options *options, struct hae_stored *stored)
{
    uint64_t end = hae_stored_offset(plan->size_bytes) + sizeof *stored;

    memset(stored, 0, sizeof *stored);
    stored->pid = (uint32_t)getpid();
    stored->resource_offset = end;
    stored->resource_size_bytes = options->resource.size_bytes;
    stored->schema_url_size_bytes = options->resource.schema_url_size_bytes;
    end += options->resource_room_bytes;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        end = hae_round_up(end, HAE_FILE_PART_ALIGNMENT);
        stored->journals[signal].offset = end;
        stored->journals[signal].size_bytes =
            hae_round_up(options->journal_size_bytes[signal], HAE_FILE_PART_ALIGNMENT);
        end += stored->journals[signal].size_bytes;
    }
    stored->file_size_bytes = end;
    return end;
}

struct hae_descriptor hae_region_file_make(struct hae_region_file *file,
                                           struct hae_file_fault *ret_fault)
{
    struct hae_descriptor mapped = HAE_NO_DESCRIPTOR;
    int error;

    file->directory = hae_descriptor_of(hae_region_directory_open_plain(file->path, ret_fault));
    /* Relaxed: nobody else has the file yet. */
    if (file->directory.number >= 0 &&
        atomic_load_explicit(&file->naming, memory_order_relaxed) == HAE_FILE_UNNAMED) {
        mapped = make_unnamed(file);
        if (mapped.number >= 0) {
            return mapped;
        }
        atomic_store_explicit(&file->naming, HAE_FILE_NAMED, memory_order_relaxed);
    }
    if (file->directory.number >= 0 && hae_region_file_make_named(file, ret_fault)) {
        error = reserve(file->locked.number, file->size_bytes);
        if (error != 0) {
            hae_file_refuse(ret_fault, "a file there gets no space", error);
        } else {
            mapped = hae_descriptor_of(
                openat(file->directory.number, file->name, O_RDWR | O_NOFOLLOW | O_CLOEXEC));
            if (mapped.number < 0) {
                hae_file_refuse(ret_fault, "a file there cannot be opened again", errno);
            }
        }
    }
    if (mapped.number < 0) {
        hae_region_file_unmake(file);
    }
    return mapped;
}

void *hae_region_file_map(const struct hae_region_file *file, int mapped,
                          struct hae_file_fault *ret_fault)
{
    void *memory =
        mmap(NULL, (size_t)file->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, mapped, 0);

    if (memory == MAP_FAILED) {
        hae_file_refuse(ret_fault, "a file there cannot be mapped", errno);
        return NULL;
    }
    /* There is nothing to read ahead: it would only fill memory with pages of zeroes. */
    (void)madvise(memory, (size_t)file->size_bytes, MADV_RANDOM);
    return memory;
}

/* Makes and maps it, with nothing in it. */
static haetae_status make_and_map(struct hae_region_file *file, struct hae_file_fault *fault)
{
    file->mapped = hae_region_file_make(file, fault);
    if (file->mapped.number < 0) {
        return HAETAE_EIO;
    }
    file->region = hae_region_file_map(file, file->mapped.number, fault);
    if (file->region == NULL) {
        hae_region_file_unmake(file);
        return HAETAE_EIO;
    }
    return HAETAE_OK;
}

static void fill(struct hae_region_file *file, const struct hae_region_plan *plan,
                 const struct hae_region_file_options *options, const struct hae_stored *stored)
{
    hae_region_lay_out(file->region, plan);
    file->region->layout_mark = options->layout_mark;
    file->region->stored_offset = hae_stored_offset(plan->size_bytes);
    file->stored = hae_region_at(file->region, file->region->stored_offset);
    memcpy(file->stored, stored, sizeof *stored);
    file->plan = *plan;
    file->resource_offset = stored->resource_offset;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        file->journals[signal] = (struct hae_journal_place){
            stored->journals[signal].offset, stored->journals[signal].size_bytes, 0, 0};
    }
    hae_region_file_describe(file, options->resource);
}

void hae_region_file_describe(struct hae_region_file *file, struct hae_resource_view resource)
{
    size_t size = resource.size_bytes + resource.schema_url_size_bytes;

    file->stored->resource_size_bytes = resource.size_bytes;
    file->stored->schema_url_size_bytes = resource.schema_url_size_bytes;
    if (size != 0) {
        memcpy(hae_region_at(file->region, file->resource_offset), resource.bytes, size);
    }
}

haetae_status hae_region_file_new(const struct hae_region_plan *plan,
                                  const struct hae_region_file_options *options,
                                  struct hae_region_file **ret_file,
                                  struct hae_file_fault *ret_fault)
{
    struct hae_region_file *file = hae_calloc(1, sizeof *file);
    struct hae_stored stored;
    haetae_status status;

    if (file == NULL) {
        return HAETAE_ENOMEM;
    }
    file->locked = HAE_NO_DESCRIPTOR;
    file->mapped = HAE_NO_DESCRIPTOR;
    file->directory = HAE_NO_DESCRIPTOR;
    file->path = hae_region_directory_path(options->directory);
    file->size_bytes = lay_out(plan, options, &stored);
    status = file->path == NULL || file->size_bytes > SIZE_MAX || file->size_bytes > INT64_MAX
                 ? HAETAE_ENOMEM
                 : make_and_map(file, ret_fault);
    if (status != HAETAE_OK) {
        hae_region_file_free(file);
        return status;
    }
    fill(file, plan, options, &stored);
    *ret_file = file;
    return HAETAE_OK;
}

void hae_region_file_close(struct hae_region_file *file)
{
    hae_region_file_unlock(file);
    hae_descriptor_close(&file->mapped);
    hae_descriptor_close(&file->directory);
}

void hae_region_file_unmake(struct hae_region_file *file)
{
    if (file->locked.number >= 0) {
        hae_region_file_remove(file);
    }
    hae_region_file_close(file);
}

void hae_region_file_free(struct hae_region_file *file)
{
    if (file == NULL) {
        return;
    }
    if (file->region != NULL) {
        munmap(file->region, (size_t)file->size_bytes);
    }
    hae_region_file_close(file);
    hae_free(file->path);
    hae_free(file);
}
