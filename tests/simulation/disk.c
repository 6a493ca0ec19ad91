/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/minmax.h"
#include "support/core_cmocka.h"

/* With large files glibc gives the calls that have a 64-bit offset, or open a file, other names. */
#if defined(__GLIBC__)
#define REAL(call) __real_##call##64
#else
#define REAL(call) __real_##call
#endif

int REAL(openat)(int directory, const char *path, int flags, ...);
ssize_t REAL(pread)(int file, void *to, size_t size, int64_t at);
ssize_t REAL(pwritev)(int file, const struct iovec *parts, int count, int64_t at);
int REAL(ftruncate)(int file, int64_t size);
int __real_mkdirat(int directory, const char *path, mode_t mode);
int __real_unlinkat(int directory, const char *path, int flags);
int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __real_poll(struct pollfd *polled, nfds_t count, int timeout_ms);
void __real_hae_random_seed(struct hae_random *random);
int __wrap_openat(int directory, const char *path, int flags, ...);
int __wrap_openat64(int directory, const char *path, int flags, ...);
ssize_t __wrap_pread(int file, void *to, size_t size, int64_t at);
ssize_t __wrap_pread64(int file, void *to, size_t size, int64_t at);
ssize_t __wrap_pwritev(int file, const struct iovec *parts, int count, int64_t at);
ssize_t __wrap_pwritev64(int file, const struct iovec *parts, int count, int64_t at);
int __wrap_ftruncate(int file, int64_t size);
int __wrap_ftruncate64(int file, int64_t size);
int __wrap_mkdirat(int directory, const char *path, mode_t mode);
int __wrap_unlinkat(int directory, const char *path, int flags);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout_ms);
void __wrap_hae_random_seed(struct hae_random *random);

static struct sim_disk *used; /* NULL: the system calls are the system's */

void sim_disk_use(struct sim_disk *disk)
{
    used = disk;
}

static uint64_t draw(uint64_t below)
{
    return hae_splitmix(&used->random->a) % below;
}

/* ---- Weather ------------------------------------------------------------------------------ */

enum call { CALL_OPEN, CALL_MAKE, CALL_READ, CALL_WRITE, CALL_REMOVE };

/* The error that a call gets; 0: none. */
static int error_of(enum sim_disk_weather weather, enum call call)
{
    switch (weather) {
    case SIM_DISK_FULL:
        return call == CALL_WRITE || call == CALL_MAKE ? ENOSPC : 0;
    case SIM_DISK_READ_ONLY:
        return call == CALL_WRITE || call == CALL_MAKE || call == CALL_REMOVE ? EROFS : 0;
    case SIM_DISK_ERROR:
        return EIO;
    case SIM_DISK_NO_FILES:
        return call == CALL_OPEN || call == CALL_MAKE ? EMFILE : 0;
    default:
        return 0;
    }
}

/* A call begins: time may pass. True: it fails, with errno. */
static bool refuses(enum call call)
{
    enum sim_disk_weather weather;

    if (used == NULL) {
        return false;
    }
    if (used->meanwhile != NULL && draw(used->weather == SIM_DISK_SLOW ? 3 : 40) == 0) {
        used->meanwhile(used->meanwhile_user);
    }
    weather = used->is_over ? SIM_DISK_ERROR : used->weather;
    if (weather == SIM_DISK_CHANCE) {
        weather = draw(6) == 0 ? (enum sim_disk_weather)draw(SIM_DISK_CHANCE) : SIM_DISK_GOOD;
    }
    errno = error_of(weather, call);
    used->remove_failed |= errno != 0 && call == CALL_REMOVE;
    return errno != 0;
}

/* ---- System calls ------------------------------------------------------------------------- */

static int do_openat(int directory, const char *path, int flags, va_list arguments)
{
    bool makes = (flags & O_CREAT) != 0;
    mode_t mode = makes ? va_arg(arguments, mode_t) : 0;

    return refuses(makes ? CALL_MAKE : CALL_OPEN) ? -1 : REAL(openat)(directory, path, flags, mode);
}

int __wrap_openat(int directory, const char *path, int flags, ...)
{
    va_list arguments;
    int file;

    va_start(arguments, flags);
    file = do_openat(directory, path, flags, arguments);
    va_end(arguments);
    return file;
}

int __wrap_openat64(int directory, const char *path, int flags, ...)
{
    va_list arguments;
    int file;

    va_start(arguments, flags);
    file = do_openat(directory, path, flags, arguments);
    va_end(arguments);
    return file;
}

int __wrap_mkdirat(int directory, const char *path, mode_t mode)
{
    return refuses(CALL_MAKE) ? -1 : __real_mkdirat(directory, path, mode);
}

int __wrap_unlinkat(int directory, const char *path, int flags)
{
    return refuses(CALL_REMOVE) ? -1 : __real_unlinkat(directory, path, flags);
}

ssize_t __wrap_pread64(int file, void *to, size_t size, int64_t at)
{
    return refuses(CALL_READ) ? -1 : REAL(pread)(file, to, size, at);
}

ssize_t __wrap_pread(int file, void *to, size_t size, int64_t at)
{
    return __wrap_pread64(file, to, size, at);
}

static struct timespec virtual_now(bool is_wall)
{
    uint64_t ms = *used->now_ms + (is_wall ? (uint64_t)used->wall_ms : 0);

    return (struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
}

/* Some bytes of it. */
static ssize_t write_some(int file, const struct iovec *parts, int count, int64_t at)
{
    int whole = (int)draw((uint64_t)count);
    struct iovec some[4];

    assert_true(count <= 4);
    memcpy(some, parts, (size_t)count * sizeof *parts);
    some[whole].iov_len = (size_t)draw(parts[whole].iov_len + 1);
    return REAL(pwritev)(file, some, whole + 1, at);
}

ssize_t __wrap_pwritev64(int file, const struct iovec *parts, int count, int64_t at)
{
    if (refuses(CALL_WRITE)) {
        return errno == ENOSPC && draw(2) == 0 ? write_some(file, parts, count, at) : -1;
    }
    if (used != NULL && used->weather == SIM_DISK_DYING) {
        used->is_over = true;
        return write_some(file, parts, count, at);
    }
    if (used != NULL) {
        struct timespec times[2] = {virtual_now(true), virtual_now(true)};
        ssize_t written = REAL(pwritev)(file, parts, count, at);

        (void)futimens(file, times);
        return written;
    }
    return REAL(pwritev)(file, parts, count, at);
}

ssize_t __wrap_pwritev(int file, const struct iovec *parts, int count, int64_t at)
{
    return __wrap_pwritev64(file, parts, count, at);
}

int __wrap_ftruncate64(int file, int64_t size)
{
    if (used != NULL && used->weather == SIM_DISK_DYING) {
        return -1; /* it was not done any more */
    }
    return refuses(CALL_WRITE) ? -1 : REAL(ftruncate)(file, size);
}

int __wrap_ftruncate(int file, int64_t size)
{
    return __wrap_ftruncate64(file, size);
}

/* ---- Time --------------------------------------------------------------------------------- */

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    if (used == NULL) {
        return __real_clock_gettime(clock, now);
    }
    *now = virtual_now(clock == CLOCK_REALTIME);
    return 0;
}

int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout_ms)
{
    if (used == NULL) {
        return __real_poll(polled, count, timeout_ms);
    }
    *used->now_ms += timeout_ms > 0 ? (uint64_t)timeout_ms : 1;
    used->asleep(used->asleep_user);
    return 0;
}

void __wrap_hae_random_seed(struct hae_random *random)
{
    if (used == NULL) {
        __real_hae_random_seed(random);
        return;
    }
    random->a = hae_splitmix(&used->random->a);
    random->b = hae_splitmix(&used->random->a);
}

/* ---- What is on it ------------------------------------------------------------------------ */

static bool is_segment(const char *name)
{
    size_t length = strlen(name);

    return length > 6 && strcmp(name + length - 6, ".spool") == 0;
}

/* Calls `visit` with the path of each file in the directories of a directory. */
static void each_file(const char *path, int depth, void (*visit)(void *user, const char *path),
                      void *user)
{
    DIR *stream = opendir(path);
    const struct dirent *entry;

    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        char inner[TEMPORARY_PATH_MAX + 512];

        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (depth > 0) {
            each_file(inner, depth - 1, visit, user);
        }
        visit(user, inner);
    }
    if (stream != NULL) {
        closedir(stream);
    }
}

static void count_segment(void *user, const char *path)
{
    *(unsigned *)user += is_segment(path);
}

unsigned sim_disk_segment_count(const struct sim_disk *disk)
{
    unsigned count = 0;

    each_file(disk->path, 1, count_segment, &count);
    return count;
}

static void remove_file(void *user, const char *path)
{
    (void)user;
    assert_int_equal(remove(path), 0);
}

unsigned sim_disk_clear(const struct sim_disk *disk)
{
    unsigned count = sim_disk_segment_count(disk);

    each_file(disk->path, 1, remove_file, NULL);
    return count;
}

/* The first by name of those behind a number of others, whatever the order in the directory. */
struct choice {
    char path[TEMPORARY_PATH_MAX + 512];
    const char *after;
};

static void consider(void *user, const char *path)
{
    struct choice *choice = user;

    if (is_segment(path) && strcmp(path, choice->after) > 0 &&
        (choice->path[0] == '\0' || strcmp(path, choice->path) < 0)) {
        snprintf(choice->path, sizeof choice->path, "%s", path);
    }
}

bool sim_disk_damage(struct sim_disk *disk)
{
    unsigned count = sim_disk_segment_count(disk);
    unsigned chosen = count != 0 ? (unsigned)draw(count) : 0;
    struct choice choice = {.path = ""};
    struct stat status;
    uint8_t byte;
    off_t at;
    int file;

    for (unsigned i = 0; count != 0 && i <= chosen; i++) {
        char after[sizeof choice.path];

        memcpy(after, choice.path, sizeof after);
        choice = (struct choice){.path = "", .after = after};
        each_file(disk->path, 1, consider, &choice);
    }
    file = count != 0 ? open(choice.path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0 || fstat(file, &status) != 0 || status.st_size == 0) {
        return false;
    }
    at = (off_t)draw((uint64_t)status.st_size);
    assert_int_equal(REAL(pread)(file, &byte, 1, at), 1);
    byte ^= (uint8_t)(1U << draw(8));
    assert_int_equal(pwrite(file, &byte, 1, at), 1);
    close(file);
    return true;
}
