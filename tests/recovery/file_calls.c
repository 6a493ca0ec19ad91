/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/file_calls.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/mman.h>

static _Thread_local bool armed;
static long call_count;
static long first_failing;
static bool all_failing;
static unsigned error_number;
static long failed_count;
static const char *failed_call;

void file_calls_fail(long first, bool all, unsigned error)
{
    call_count = failed_count = 0;
    first_failing = first;
    all_failing = all;
    error_number = error % FILE_CALL_ERRORS;
    failed_call = "none";
    armed = true;
}

long file_calls_end(void)
{
    armed = false;
    return failed_count;
}

const char *file_calls_failed(void)
{
    return failed_call;
}

/* The error with which this call is to fail; 0: it does not. */
static int failure(const char *call, const int errors[FILE_CALL_ERRORS])
{
    long number = call_count;

    if (!armed) {
        return 0;
    }
    call_count++;
    if (number < first_failing || (number > first_failing && !all_failing)) {
        return 0;
    }
    if (failed_count++ == 0) {
        failed_call = call;
    }
    return errors[error_number];
}

static bool fails(const char *call, const int errors[FILE_CALL_ERRORS])
{
    int error = failure(call, errors);

    if (error != 0) {
        errno = error;
    }
    return error != 0;
}

#define ERRORS(...)   ((const int[FILE_CALL_ERRORS]){__VA_ARGS__})
#define NAME_(symbol) #symbol
#define NAME(symbol)  NAME_(symbol)

/* Declares the wrapper of a call, and the real one, under the names that the linker has for them.
 * Structures are passed on as they are, and offsets have 64 bits. */
#define CALL(returns, call, ...)                                                                   \
    returns real_##call(__VA_ARGS__) __asm__("__real_" NAME(FILE_CALL_##call));                    \
    returns wrap_##call(__VA_ARGS__) __asm__("__wrap_" NAME(FILE_CALL_##call));                    \
    returns wrap_##call(__VA_ARGS__)

CALL(int, open, const char *path, int flags, ...)
{
    va_list arguments;
    unsigned mode;

    va_start(arguments, flags);
    mode = va_arg(arguments, unsigned);
    va_end(arguments);
    return fails("open", ERRORS(EMFILE, EACCES, EIO)) ? -1 : real_open(path, flags, mode);
}

CALL(int, openat, int directory, const char *name, int flags, ...)
{
    va_list arguments;
    unsigned mode;

    va_start(arguments, flags);
    mode = va_arg(arguments, unsigned);
    va_end(arguments);
    return fails("openat", ERRORS(EMFILE, EACCES, ENOSPC))
               ? -1
               : real_openat(directory, name, flags, mode);
}

CALL(int, fcntl, int file, int command, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, command);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    return fails("fcntl", ERRORS(EMFILE, EINVAL, ENOMEM)) ? -1
                                                          : real_fcntl(file, command, argument);
}

CALL(int, fstat, int file, void *status)
{
    return fails("fstat", ERRORS(EIO, ENOMEM, EOVERFLOW)) ? -1 : real_fstat(file, status);
}

/* To give a lock up never fails. */
CALL(int, flock, int file, int operation)
{
    return operation != LOCK_UN && fails("flock", ERRORS(EWOULDBLOCK, ENOLCK, EINTR))
               ? -1
               : real_flock(file, operation);
}

CALL(int, getrlimit, int resource, void *limit)
{
    return fails("getrlimit", ERRORS(EINVAL, EFAULT, EPERM)) ? -1 : real_getrlimit(resource, limit);
}

/* Returns its error. */
CALL(int, posix_fallocate, int file, int64_t offset, int64_t size)
{
    int error = failure("posix_fallocate", ERRORS(ENOSPC, EIO, EINTR));

    return error != 0 ? error : real_posix_fallocate(file, offset, size);
}

/* Memory in no file is another matter. */
CALL(void *, mmap, void *at, size_t size, int protection, int flags, int file, int64_t offset)
{
    return file >= 0 && fails("mmap", ERRORS(ENOMEM, ENODEV, EAGAIN))
               ? MAP_FAILED
               : real_mmap(at, size, protection, flags, file, offset);
}

/* The memory stays. */
CALL(int, munmap, void *at, size_t size)
{
    return fails("munmap", ERRORS(ENOMEM, EINVAL, EAGAIN)) ? -1 : real_munmap(at, size);
}

CALL(int, mprotect, void *at, size_t size, int protection)
{
    return fails("mprotect", ERRORS(ENOMEM, EACCES, EINVAL)) ? -1
                                                             : real_mprotect(at, size, protection);
}

CALL(void *, mremap, void *at, size_t size, size_t new_size, int flags, ...)
{
    va_list arguments;
    void *to;

    va_start(arguments, flags);
    to = va_arg(arguments, void *);
    va_end(arguments);
    return fails("mremap", ERRORS(ENOMEM, EAGAIN, EFAULT))
               ? MAP_FAILED
               : real_mremap(at, size, new_size, flags, to);
}

/* A part of it is written all the same. */
CALL(intptr_t, pwrite, int file, const void *data, size_t size, int64_t offset)
{
    if (fails("pwrite", ERRORS(EIO, ENOSPC, ECANCELED))) {
        return errno == ECANCELED ? real_pwrite(file, data, size / 2, offset) : -1;
    }
    return real_pwrite(file, data, size, offset);
}

CALL(int, unlinkat, int directory, const char *name, int flags)
{
    return fails("unlinkat", ERRORS(EACCES, EIO, EROFS)) ? -1
                                                         : real_unlinkat(directory, name, flags);
}

CALL(int, linkat, int from_directory, const char *from, int to_directory, const char *to, int flags)
{
    return fails("linkat", ERRORS(EACCES, ENOSPC, EXDEV))
               ? -1
               : real_linkat(from_directory, from, to_directory, to, flags);
}

CALL(int, renameat, int from_directory, const char *from, int to_directory, const char *to)
{
    return fails("renameat", ERRORS(EACCES, EIO, ENOSPC))
               ? -1
               : real_renameat(from_directory, from, to_directory, to);
}

CALL(void *, fdopendir, int directory)
{
    return fails("fdopendir", ERRORS(ENOMEM, ENOTDIR, EBADF)) ? NULL : real_fdopendir(directory);
}

CALL(void *, readdir, void *stream)
{
    return fails("readdir", ERRORS(EIO, ENOMEM, EBADF)) ? NULL : real_readdir(stream);
}

/* What fails to be closed is closed all the same. */
CALL(int, closedir, void *stream)
{
    int result = real_closedir(stream);

    return fails("closedir", ERRORS(EIO, EINTR, ENOSPC)) ? -1 : result;
}

CALL(int, close, int file)
{
    int result = real_close(file);

    return fails("close", ERRORS(EIO, EINTR, ENOSPC)) ? -1 : result;
}
