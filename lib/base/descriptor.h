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

/* Above those of standard input, output and error. A host that has closed these still writes to
 * them: what it writes must not end up in a file or a connection of ours. */
enum { HAE_DESCRIPTOR_MIN = 3 };

/* Moves a descriptor that was just made to HAE_DESCRIPTOR_MIN or above, where it is closed on
 * exec. -1, with errno: it cannot be, and was closed; or there was none. Async-signal-safe. */
int hae_descriptor_raise(int number);

/* Notes what `number` refers to, an open file of the caller alone, and raises it first. None: with
 * errno, as above. */
struct hae_descriptor hae_descriptor_of(int number);

/* Occupies what is free below HAE_DESCRIPTOR_MIN, while another library makes descriptors. */
struct hae_low_descriptors {
    int numbers[HAE_DESCRIPTOR_MIN];
    int count;
};
void hae_low_descriptors_occupy(struct hae_low_descriptors *low);
void hae_low_descriptors_release(struct hae_low_descriptors *low);

/* Whether it still refers to that, by one system call; false for none. Keeps errno.
 * Async-signal-safe. */
bool hae_descriptor_is_ours(const struct hae_descriptor *descriptor);

/* Closes it, if it is still ours; then it is none. Keeps errno. Async-signal-safe. */
void hae_descriptor_close(struct hae_descriptor *descriptor);

#endif
