/* SPDX-License-Identifier: Apache-2.0 */
#include "show/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buffer.h"
#include "show/screen.h"

/* Makes a file beside `path` under a name that nobody can guess: in a directory that others write
 * to, a name that exists may be a link to anywhere. Returns a descriptor; -1: see errno. */
static int make_beside(const char *path, struct hae_buffer *name)
{
    enum { TRIES_MAX = 8 };
    int fd = -1;
    errno = EEXIST;
    for (int tries = 0; tries < TRIES_MAX && fd < 0 && errno == EEXIST; tries++) {
        uint64_t number;
        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) {
            return -1;
        }
        hae_buffer_clear(name);
        hae_buffer_format(name, "%s.%016" PRIx64, path, number);
        if (name->failed) {
            errno = ENOMEM;
            return -1;
        }
        fd = open(name->data, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    }
    return fd;
}

bool hae_view_write_file(const char *path, const char *data, size_t length)
{
    struct hae_buffer name = HAE_BUFFER_INIT;
    int fd = make_beside(path, &name);
    bool written = fd >= 0 && hae_view_write_all(fd, data, length);
    if (fd >= 0 && close(fd) != 0) {
        written = false;
    }
    if (written && rename(name.data, path) != 0) {
        written = false;
    }
    if (!written) {
        fprintf(stderr, "haetae-view: cannot write %s: %s\n", path, strerror(errno));
        if (fd >= 0) {
            (void)unlink(name.data);
        }
    }
    hae_buffer_done(&name);
    return written;
}
