/* SPDX-License-Identifier: Apache-2.0 */
/* File descriptors that stay open after a call. A host that closes all descriptors it finds, as
 * with closefrom(), closes ours as well; a file of its own may then get the number. So a
 * descriptor is kept with what it refers to, and compared before it is closed, read or written. */
#ifndef HAETAE_BASE_DESCRIPTOR_H
#define HAETAE_BASE_DESCRIPTOR_H

#include <stdbool.h>
#include <sys/types.h>

struct hae_descriptor {
    int number; /* negative: none */
    int mark;   /* 0: it could not be marked */
    bool has_inode;
    dev_t device;
    ino_t inode;
};

#define HAE_NO_DESCRIPTOR ((struct hae_descriptor){.number = -1})

/* Notes what `number` refers to, an open file of the caller alone. A negative number: none. */
struct hae_descriptor hae_descriptor_of(int number);

/* Whether it still refers to that, by one system call; false for none. Keeps errno.
 * Async-signal-safe. */
bool hae_descriptor_is_ours(const struct hae_descriptor *descriptor);

/* Closes it, if it is still ours; then it is none. Keeps errno. Async-signal-safe. */
void hae_descriptor_close(struct hae_descriptor *descriptor);

#endif
