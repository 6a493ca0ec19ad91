/* SPDX-License-Identifier: Apache-2.0 */
#include "base/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The number of the signal that the kernel would send when the file is ready, had anyone asked for
 * it by O_ASYNC. It belongs to the open file and has no other use, so it serves as a mark. 0 is
 * what files have that nobody has marked. */
static int put_mark(int number)
{
    enum { MARKS = 63 }; /* the numbers of signals, but 0 */
    /* Another one each time, to tell our own descriptors apart. */
    struct timespec now;
    int mark;

    clock_gettime(CLOCK_MONOTONIC, &now);
    mark = 1 + (int)(now.tv_nsec / 64 % MARKS);

    return fcntl(number, F_SETSIG, mark) == 0 && fcntl(number, F_GETSIG) == mark ? mark : 0;
}

int hae_descriptor_raise(int number)
{
    int raised;
    int error;

    if (number < 0 || number >= HAE_DESCRIPTOR_MIN) {
        return number;
    }
    raised = fcntl(number, F_DUPFD_CLOEXEC, HAE_DESCRIPTOR_MIN);
    error = errno;
    close(number);
    errno = error;
    return raised;
}

void hae_low_descriptors_occupy(struct hae_low_descriptors *low)
{
    low->count = 0;
    while (low->count < HAE_DESCRIPTOR_MIN) {
        int number = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (number >= HAE_DESCRIPTOR_MIN) {
            close(number);
        }
        if (number < 0 || number >= HAE_DESCRIPTOR_MIN) {
            break;
        }
        low->numbers[low->count++] = number;
    }
}

void hae_low_descriptors_release(struct hae_low_descriptors *low)
{
    while (low->count > 0) {
        close(low->numbers[--low->count]);
    }
}

struct hae_descriptor hae_descriptor_of(int number)
{
    struct hae_descriptor descriptor = {.number = hae_descriptor_raise(number)};
    struct stat facts;

    number = descriptor.number;

    if (number >= 0) {
        descriptor.mark = put_mark(number);
        descriptor.has_inode = fstat(number, &facts) == 0;
        if (descriptor.has_inode) {
            descriptor.device = facts.st_dev;
            descriptor.inode = facts.st_ino;
        }
    }
    return descriptor;
}

/* Files that have no inode of their own, as those of epoll, share one. False: not known. */
static bool has_other_inode(const struct hae_descriptor *descriptor)
{
    struct stat facts;

    return descriptor->has_inode && fstat(descriptor->number, &facts) == 0 &&
           (facts.st_dev != descriptor->device || facts.st_ino != descriptor->inode);
}

bool hae_descriptor_is_ours(const struct hae_descriptor *descriptor)
{
    int saved_errno = errno;
    int mark = descriptor->number >= 0 ? fcntl(descriptor->number, F_GETSIG) : -1;
    bool ours = false;

    if (mark >= 0 && descriptor->mark != 0) {
        ours = mark == descriptor->mark;
    } else if (descriptor->number >= 0 && (mark >= 0 || errno != EBADF)) {
        ours = !has_other_inode(descriptor); /* this system has no marks */
    }
    errno = saved_errno;
    return ours;
}

void hae_descriptor_close(struct hae_descriptor *descriptor)
{
    int saved_errno = errno;

    /* The inode as well: a few of our own have the same mark. */
    if (hae_descriptor_is_ours(descriptor) && !has_other_inode(descriptor)) {
        (void)close(descriptor->number);
    }
    descriptor->number = -1;
    errno = saved_errno;
}
