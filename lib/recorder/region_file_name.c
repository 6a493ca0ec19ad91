/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/region_file_name.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/random.h"

/* Names are random, so a second try is rare already. */
enum { TRIES_MAX = 8 };

/* Rounded up to a page by the kernel. */
enum { LOCK_PAGE_BYTES = 1 };

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

char *hae_region_directory_path(const char *path)
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

int hae_region_directory_open_plain(const char *plain, struct hae_file_fault *ret_fault)
{
    struct stat status;
    int directory =
        hae_descriptor_raise(open(plain, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));

    if (directory < 0) {
        /* A link shows as the one or the other. */
        return hae_file_refuse(ret_fault,
                               errno == ELOOP || errno == ENOTDIR
                                   ? "is not a directory (symbolic links are not followed)"
                                   : "cannot be opened as a directory",
                               errno);
    }
    if (fstat(directory, &status) != 0) {
        hae_file_refuse(ret_fault, "cannot be looked at", errno);
    } else if (status.st_uid != geteuid()) {
        hae_file_refuse(ret_fault, "belongs to another user", 0);
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
        return hae_file_refuse(ret_fault, "cannot be opened", ENOMEM);
    }
    directory = hae_region_directory_open_plain(plain, ret_fault);
    hae_free(plain);
    return directory;
}

/* ---- The name --------------------------------------------------------------------------- */

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

static void remove_name(const struct hae_region_file *file)
{
    struct hae_file_fault fault;
    int directory;

    if (hae_descriptor_is_ours(&file->directory)) {
        (void)unlinkat(file->directory.number, file->name, 0);
        return;
    }
    /* The host has closed it. */
    directory = hae_region_directory_open_plain(file->path, &fault);
    if (directory >= 0) {
        (void)unlinkat(directory, file->name, 0);
        close(directory);
    }
}

/* ---- The lock -------------------------------------------------------------------------- */

/* Maps a page of the file, that nobody reads, by the descriptor that gets the lock. Without it the
 * lock goes with the descriptor. */
static void map_lock_page(struct hae_region_file *file)
{
    void *page = mmap(NULL, LOCK_PAGE_BYTES, PROT_NONE, MAP_SHARED, file->locked.number, 0);

    if (page == MAP_FAILED) {
        return;
    }
    if (madvise(page, LOCK_PAGE_BYTES, MADV_DONTFORK) != 0) {
        munmap(page, LOCK_PAGE_BYTES); /* a child would keep the lock */
        return;
    }
    file->lock_page = page;
}

/* 0: file->locked has the lock; else errno. */
static int lock(struct hae_region_file *file)
{
    map_lock_page(file);
    return flock(file->locked.number, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
}

void hae_region_file_unlock(struct hae_region_file *file)
{
    void *page = file->lock_page;

    file->lock_page = NULL;
    if (page != NULL && munmap(page, LOCK_PAGE_BYTES) != 0 &&
        hae_descriptor_is_ours(&file->locked)) {
        (void)flock(file->locked.number, LOCK_UN);
    }
    hae_descriptor_close(&file->locked);
}

/* ---- With a name ------------------------------------------------------------------------ */

/* Makes a file that nobody else has; errno says why not. */
static bool create(struct hae_region_file *file)
{
    int number = openat(file->directory.number, file->name,
                        O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    file->locked = hae_descriptor_of(number);
    if (file->locked.number < 0 && number >= 0) {
        int error = errno;

        (void)unlinkat(file->directory.number, file->name, 0);
        errno = error;
    }
    return file->locked.number >= 0;
}

bool hae_region_file_make_named(struct hae_region_file *file, struct hae_file_fault *ret_fault)
{
    struct hae_random random;
    struct stat status;
    int error;

    hae_random_seed(&random);
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        choose_name(file, &random);
        if (!create(file)) {
            if (errno == EEXIST) {
                continue;
            }
            hae_file_refuse(ret_fault, "no file can be made there", errno);
            return false;
        }
        error = lock(file);
        if (error == 0 && fstat(file->locked.number, &status) != 0) {
            error = errno;
        } else if (error == 0 && status.st_nlink != 0) {
            return true;
        }
        hae_region_file_unlock(file);
        /* Neither locked nor removed by one who recovers. */
        if (error != EWOULDBLOCK && error != 0) {
            (void)unlinkat(file->directory.number, file->name, 0);
            hae_file_refuse(ret_fault, "a file there cannot be locked", error);
            return false;
        }
    }
    hae_file_refuse(ret_fault, "no file can be made there that stays", 0);
    return false;
}

/* ---- Without a name ---------------------------------------------------------------------- */

/* How the kernel names an open file. */
static void path_of_open(const struct hae_region_file *file, char path[40])
{
    *put_number(put_text(path, "/proc/self/fd/"), (uint64_t)file->locked.number, 10) = '\0';
}

bool hae_region_file_make_unnamed(struct hae_region_file *file)
{
    struct hae_random random;

    hae_random_seed(&random);
    choose_name(file, &random);
    file->locked = hae_descriptor_of(
        openat(file->directory.number, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
    return file->locked.number >= 0 && lock(file) == 0;
}

int hae_region_file_open_unnamed(const struct hae_region_file *file)
{
    char path[40];

    path_of_open(file, path);
    return open(path, O_RDWR | O_CLOEXEC);
}

/* Gives it its name; 0, or errno. Another thread may be faster. */
static int link_name(const struct hae_region_file *file)
{
    char path[40];

    /* The host may have closed them, and a file of its own may have the number. */
    if (!hae_descriptor_is_ours(&file->locked) || !hae_descriptor_is_ours(&file->directory)) {
        return EBADF;
    }
    path_of_open(file, path);
    return linkat(AT_FDCWD, path, file->directory.number, file->name, AT_SYMLINK_FOLLOW) == 0 ||
                   errno == EEXIST
               ? 0
               : errno;
}

void hae_region_file_put_name(struct hae_region_file *file)
{
    uint32_t naming = HAE_FILE_UNNAMED;
    int error = link_name(file);

    if (error != 0) {
        /* The next thread's first record tries again. Relaxed: whoever reports it may see it
         * later. */
        atomic_store_explicit(&file->unnamed_error, error, memory_order_relaxed);
        return;
    }
    /* Acquire and release pair with the exchange in hae_region_file_remove(): whichever of the two
     * comes second removes the name. */
    if (!atomic_compare_exchange_strong_explicit(&file->naming, &naming, HAE_FILE_NAMED,
                                                 memory_order_acq_rel, memory_order_acquire) &&
        naming == HAE_FILE_REMOVED) {
        remove_name(file);
    }
}

void hae_region_file_remove(struct hae_region_file *file)
{
    /* Acquire and release pair with the exchange in hae_region_file_put_name(). */
    (void)atomic_exchange_explicit(&file->naming, HAE_FILE_REMOVED, memory_order_acq_rel);
    remove_name(file);
}
