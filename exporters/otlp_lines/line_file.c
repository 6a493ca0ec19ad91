/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_lines/line_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"

void hae_line_file_init(struct hae_line_file *file, int fd)
{
    struct stat facts;

    *file = (struct hae_line_file){.fd = fd};
    file->is_regular = fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
}

bool hae_line_file_ends_torn(const char *path)
{
    int fd = hae_descriptor_raise(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    char last = '\n';
    off_t size;

    if (fd < 0) {
        return false;
    }
    size = lseek(fd, 0, SEEK_END);
    if (size > 0) {
        (void)!pread(fd, &last, 1, size - 1);
    }
    close(fd);
    return last != '\n';
}

bool hae_line_file_open(struct hae_line_file *file, const char *path)
{
    /* Without O_NONBLOCK the open of a pipe that nobody reads would never return. */
    int fd = hae_descriptor_raise(
        open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
    int flags;

    if (fd < 0) {
        return false;
    }
    flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0) {
        int error = errno;

        close(fd);
        errno = error;
        return false;
    }
    hae_line_file_init(file, fd);
    file->is_torn = file->is_regular && hae_line_file_ends_torn(path);
    return true;
}

/* A file system without locks is not an error. */
bool hae_line_file_lock(const struct hae_line_file *file)
{
    return !file->is_regular || flock(file->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

void hae_line_file_unlock(const struct hae_line_file *file)
{
    if (file->is_regular) {
        (void)flock(file->fd, LOCK_UN);
    }
}

/* Returns how much was written. When it is not all, errno says why. */
static size_t write_all(int fd, const char *data, size_t size_bytes)
{
    size_t written = 0;

    while (written < size_bytes) {
        ssize_t count = write(fd, data + written, size_bytes - written);

        if (count >= 0) {
            written += (size_t)count;
        } else if (errno != EINTR) {
            break;
        }
    }
    return written;
}

/* Removes what is beyond `end`. False: it stays. */
static bool take_back(const struct hae_line_file *file, off_t end)
{
    return file->is_regular && end >= 0 && ftruncate(file->fd, end) == 0;
}

static bool append(struct hae_line_file *file, const char *data, size_t size_bytes)
{
    off_t end = file->is_regular ? lseek(file->fd, 0, SEEK_END) : -1;
    size_t written = write_all(file->fd, data, size_bytes);
    int error = errno;

    if (written == size_bytes) {
        file->is_torn = false;
        return true;
    }
    bool taken_back = written == 0 || take_back(file, end);
    if (!taken_back) {
        file->is_torn = data[written - 1] != '\n';
    }
    snprintf(file->error, sizeof file->error, "%s%s", strerror(error),
             taken_back || !file->is_torn ? ""
                                          : "; a part of a line stays in it, by itself in a line");
    return false;
}

bool hae_line_file_put(struct hae_line_file *file, char *text, size_t size_bytes)
{
    size_t skipped = file->is_torn ? 0 : 1;

    text[0] = '\n';
    return append(file, text + skipped, size_bytes - skipped);
}

bool hae_line_file_append(struct hae_line_file *file, char *text, size_t size_bytes)
{
    if (!hae_line_file_lock(file)) {
        snprintf(file->error, sizeof file->error, "another process is writing to it");
        return false;
    }
    bool done = hae_line_file_put(file, text, size_bytes);
    hae_line_file_unlock(file);
    return done;
}

bool hae_line_file_close(struct hae_line_file *file)
{
    return close(file->fd) == 0;
}
