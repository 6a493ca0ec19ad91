/* SPDX-License-Identifier: Apache-2.0 */
/* What the pair does shows it: each curl_multi_wakeup() writes one byte to one end, which stays in
 * the other, as nobody here waits for it. */
#include "otlp/wake.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CANDIDATES_MAX = 32 };

/* Sockets that look like an end of the pair after some wake-ups. */
struct candidates {
    int reader[CANDIDATES_MAX];
    int writer[CANDIDATES_MAX];
    int unread_bytes[CANDIDATES_MAX]; /* of the writer, with what the kernel adds to each */
    size_t reader_count;
    size_t writer_count;
};

/* A local stream socket that would be inherited. */
static bool may_be_of_pair(int number)
{
    int flags = fcntl(number, F_GETFD);
    int domain = 0, type = 0;
    socklen_t size = sizeof domain;

    return flags >= 0 && (flags & FD_CLOEXEC) == 0 &&
           getsockopt(number, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
           getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

static bool has_unread(int number, int wake_count)
{
    int count = 0;

    return ioctl(number, FIONREAD, &count) == 0 && count == wake_count;
}

/* What was written to it and not read yet. */
static int unread_of(int number)
{
    int count = 0;

    return ioctl(number, TIOCOUTQ, &count) == 0 ? count : 0;
}

static void look_at(int number, struct candidates *found)
{
    int unread;

    if (!may_be_of_pair(number)) {
        return;
    }
    if (has_unread(number, 1) && found->reader_count < CANDIDATES_MAX) {
        found->reader[found->reader_count++] = number;
    }
    unread = unread_of(number);
    if (unread > 0 && found->writer_count < CANDIDATES_MAX) {
        found->unread_bytes[found->writer_count] = unread;
        found->writer[found->writer_count++] = number;
    }
}

/* Of all open descriptors, those that look like the pair after one wake-up. */
static void look_at_all(struct candidates *found)
{
    DIR *directory = opendir("/proc/self/fd");
    const struct dirent *entry;

    found->reader_count = found->writer_count = 0;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        look_at((int)strtol(entry->d_name, NULL, 10), found);
    }
    if (directory != NULL) {
        closedir(directory);
    }
}

/* Keeps those that look like it after a second one as well. */
static void look_again(struct candidates *found)
{
    size_t readers = found->reader_count;
    size_t writers = found->writer_count;

    found->reader_count = found->writer_count = 0;
    for (size_t i = 0; i < readers; i++) {
        if (has_unread(found->reader[i], 2)) {
            found->reader[found->reader_count++] = found->reader[i];
        }
    }
    for (size_t i = 0; i < writers; i++) {
        if (unread_of(found->writer[i]) > found->unread_bytes[i]) {
            found->writer[found->writer_count++] = found->writer[i];
        }
    }
}

static struct hae_descriptor take(int number)
{
    (void)fcntl(number, F_SETFD, FD_CLOEXEC);
    return hae_descriptor_of(number);
}

void hae_http_wake_find(struct hae_http_sockets *sockets, CURLM *multi)
{
    struct candidates found;

    if (curl_multi_wakeup(multi) != CURLM_OK) {
        return;
    }
    look_at_all(&found);
    /* Twice: a pair of the host does not get one byte just then, and then another. */
    if (found.reader_count == 0 || curl_multi_wakeup(multi) != CURLM_OK) {
        return;
    }
    look_again(&found);
    if (found.reader_count == 1 && found.writer_count == 1) {
        sockets->wake[0] = take(found.reader[0]);
        sockets->wake[1] = take(found.writer[0]);
    }
}
