/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/region_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/random.h"

/* Names are random, so a second try is rare already. */
enum { TRIES_MAX = 8 };

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

/* The plain path from the root, if the current directory is known: the process may change it
 * later. */
static char *lasting_path(const char *path)
{
    char here[PATH_MAX];
    size_t here_length;
    char *plain = plain_path(path);
    char *lasting;

    if (plain == NULL || plain[0] == '/' || getcwd(here, sizeof here) == NULL || here[0] != '/') {
        return plain;
    }
    here_length = strlen(here);
    lasting = hae_malloc(here_length + 1 + strlen(plain) + 1);
    if (lasting != NULL) {
        memcpy(lasting, here, here_length);
        lasting[here_length] = '/';
        memcpy(lasting + here_length + 1, plain, strlen(plain) + 1);
    }
    hae_free(plain);
    return lasting;
}

/* Async-signal-safe. */
static int open_directory(const char *plain, struct hae_file_fault *ret_fault)
{
    struct stat status;
    int directory =
        hae_descriptor_raise(open(plain, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));

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

int hae_region_directory_open(const char *path, struct hae_file_fault *ret_fault)
{
    char *plain = plain_path(path);
    int directory;

    if (plain == NULL) {
        return refuse(ret_fault, "cannot be opened", ENOMEM);
    }
    directory = open_directory(plain, ret_fault);
    hae_free(plain);
    return directory;
}

/* ---- The file ---------------------------------------------------------------------------- */

static char *put_text(char *at, const char *text)
{
    while (*text != '\0') {
        *at++ = *text++;
    }
    return at;
}

static char *put_number(char *at, uint64_t number, unsigned base)
{
    char digits[20];
    unsigned count = 0;

    do {
        digits[count++] = hae_hex_digit(number % base);
        number /= base;
    } while (number != 0);
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}

/* The process id, for people who look into the directory, and a number that no other file has.
 * Not by snprintf(), which is not async-signal-safe. */
static void choose_name(struct hae_region_file *file, struct hae_random *random)
{
    char *at = put_number(file->name, (uint64_t)getpid(), 10);

    at = put_text(at, "-");
    at = put_number(at, hae_splitmix(&random->a), 16);
    *put_text(at, HAE_REGION_FILE_SUFFIX) = '\0';
}

static bool make_locked(struct hae_region_file *file, struct hae_file_fault *fault)
{
    struct hae_random random;
    struct stat status;

    hae_random_seed(&random);
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        choose_name(file, &random);
        int number = openat(file->directory.number, file->name,
                            O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        bool exists = number < 0 && errno == EEXIST;

        if (exists) {
            continue;
        }
        file->locked = hae_descriptor_of(number);
        if (file->locked.number < 0) {
            int error = errno;

            if (number >= 0) {
                (void)unlinkat(file->directory.number, file->name, 0);
            }
            refuse(fault, "no file can be made there", error);
            return false;
        }
        errno = 0; /* stays so when the file was removed */
        if (flock(file->locked.number, LOCK_EX | LOCK_NB) == 0 &&
            fstat(file->locked.number, &status) == 0 && status.st_nlink != 0) {
            return true;
        }
        fault->error = errno;
        hae_descriptor_close(&file->locked);
        if (fault->error != EWOULDBLOCK && fault->error != 0) {
            (void)unlinkat(file->directory.number, file->name, 0);
            refuse(fault, "a file there cannot be locked", fault->error);
            return false;
        }
    }
    refuse(fault, "no file can be made there that stays", 0);
    return false;
}

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

/* ---- Without a name ---------------------------------------------------------------------- */

/* How the kernel names an open file. */
static void path_of_open(const struct hae_region_file *file, char path[40])
{
    *put_number(put_text(path, "/proc/self/fd/"), (uint64_t)file->locked.number, 10) = '\0';
}

/* Makes the file so that it needs no name until hae_region_file_put_name(): neither every file
 * system nor every process can. Returns another descriptor of it; -1: it cannot be. */
static int make_unnamed(struct hae_region_file *file)
{
    struct hae_random random;
    char path[40];
    int mapped = -1;

    hae_random_seed(&random);
    choose_name(file, &random);
    file->locked = hae_descriptor_of(
        openat(file->directory.number, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
    if (file->locked.number >= 0 && flock(file->locked.number, LOCK_EX | LOCK_NB) == 0 &&
        reserve(file->locked.number, file->size_bytes) == 0) {
        path_of_open(file, path);
        mapped = open(path, O_RDWR | O_CLOEXEC);
    }
    if (mapped < 0) {
        hae_descriptor_close(&file->locked);
    }
    return mapped;
}

void hae_region_file_put_name(struct hae_region_file *file)
{
    uint32_t naming = HAE_FILE_UNNAMED;
    char path[40];

    path_of_open(file, path);
    /* Another thread may be faster. Where it fails, the next thread's first record tries again. */
    if (linkat(AT_FDCWD, path, file->directory.number, file->name, AT_SYMLINK_FOLLOW) != 0 &&
        errno != EEXIST) {
        return;
    }
    /* Acquire and release pair with the exchange in hae_region_file_remove(): whichever of the two
     * comes second removes the name. */
    if (!atomic_compare_exchange_strong_explicit(&file->naming, &naming, HAE_FILE_NAMED,
                                                 memory_order_acq_rel, memory_order_acquire) &&
        naming == HAE_FILE_REMOVED) {
        (void)unlinkat(file->directory.number, file->name, 0);
    }
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
    stored->resource_size_bytes = options->resource_size_bytes;
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

    file->directory = hae_descriptor_of(open_directory(file->path, ret_fault));
    /* Relaxed: nobody else has the file yet. */
    if (file->directory.number >= 0 &&
        atomic_load_explicit(&file->naming, memory_order_relaxed) == HAE_FILE_UNNAMED) {
        mapped = hae_descriptor_of(make_unnamed(file));
        if (mapped.number >= 0) {
            return mapped;
        }
        atomic_store_explicit(&file->naming, HAE_FILE_NAMED, memory_order_relaxed);
    }
    if (file->directory.number >= 0 && make_locked(file, ret_fault)) {
        error = reserve(file->locked.number, file->size_bytes);
        if (error != 0) {
            refuse(ret_fault, "a file there gets no space", error);
        } else {
            mapped = hae_descriptor_of(
                openat(file->directory.number, file->name, O_RDWR | O_NOFOLLOW | O_CLOEXEC));
            if (mapped.number < 0) {
                refuse(ret_fault, "a file there cannot be opened again", errno);
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
        refuse(ret_fault, "a file there cannot be mapped", errno);
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
    hae_region_file_describe(file, options->resource, options->resource_size_bytes);
}

void hae_region_file_describe(struct hae_region_file *file, const uint8_t *resource,
                              size_t size_bytes)
{
    file->stored->resource_size_bytes = size_bytes;
    if (size_bytes != 0) {
        memcpy(hae_region_at(file->region, file->resource_offset), resource, size_bytes);
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
    file->path = lasting_path(options->directory);
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
    hae_descriptor_close(&file->locked);
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

void hae_region_file_remove(struct hae_region_file *file)
{
    /* Acquire and release pair with the exchange in hae_region_file_put_name(). */
    (void)atomic_exchange_explicit(&file->naming, HAE_FILE_REMOVED, memory_order_acq_rel);
    (void)unlinkat(file->directory.number, file->name, 0);
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
