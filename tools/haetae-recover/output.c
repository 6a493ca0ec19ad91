/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often it is looked whether the reader has taken all. */
enum { LOOK_MS = 1 };

/* What a pipe holds by default, so that one write fills it. */
enum { BUFFER_BYTES = 64 * 1024 };

static bool write_all(const char *data, size_t size_bytes)
{
    while (size_bytes > 0) {
        ssize_t count = write(STDOUT_FILENO, data, size_bytes);

        if (count < 0 && errno != EINTR) {
            return false;
        }
        data += count > 0 ? count : 0;
        size_bytes -= count > 0 ? (size_t)count : 0;
    }
    return true;
}

/* Waits for the reader. False: it has gone. */
static bool is_taken(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO};
    int left;

    for (;;) {
        if (ioctl(STDOUT_FILENO, FIONREAD, &left) != 0 || left == 0) {
            return true;
        }
        if (poll(&output, 1, LOOK_MS) > 0 && (output.revents & (POLLERR | POLLNVAL)) != 0) {
            errno = EPIPE;
            return false;
        }
    }
}

static ssize_t write_to_pipe(void *cookie, const char *data, size_t size_bytes)
{
    (void)cookie;
    /* 0 is how such a stream reports an error. */
    return write_all(data, size_bytes) && is_taken() ? (ssize_t)size_bytes : 0;
}

FILE *hae_rec_output(void)
{
    const cookie_io_functions_t functions = {.write = write_to_pipe};
    struct stat status;
    FILE *stream;

    if (fstat(STDOUT_FILENO, &status) != 0 || !S_ISFIFO(status.st_mode)) {
        return stdout;
    }
    stream = fopencookie(NULL, "w", functions);
    if (stream != NULL && setvbuf(stream, NULL, _IOFBF, BUFFER_BYTES) != 0) {
        fclose(stream);
        return NULL;
    }
    return stream;
}
