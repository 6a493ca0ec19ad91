/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns segments: each process has a file of its own beside them, whose lock says that it lives.
 * Whoever gets the lock of a dead one owns its segments. */
#ifndef HAETAE_SPOOL_SPOOL_OWNER_H
#define HAETAE_SPOOL_SPOOL_OWNER_H

#include <stdint.h>

#include "base/descriptor.h"

/* What the names of these files end in; before it stand the 16 digits of the owner. */
#define HAE_SPOOL_OWNER_SUFFIX ".owner"
enum { HAE_SPOOL_OWNER_NAME_BYTES = 16 + sizeof HAE_SPOOL_OWNER_SUFFIX };

struct hae_spool_owner {
    struct hae_spool_owner *next;
    uint64_t id;
    struct hae_descriptor locked;
    void *page; /* NULL: none. As in recorder/region_file_name.h, it keeps the lock. */
    uint32_t segment_count;
    bool stays; /* it has segments that are left alone */
};

enum hae_spool_adopt {
    HAE_SPOOL_ADOPTED,
    HAE_SPOOL_ALIVE, /* it lives, or another process has adopted it */
    HAE_SPOOL_NOT_OURS,
    HAE_SPOOL_REFUSED /* by the system: see errno */
};

/* Makes this process an owner, with a number of its own. False: see errno. */
bool hae_spool_owner_make(int directory, struct hae_spool_owner *owner);

/* Takes the lock of a dead owner. */
enum hae_spool_adopt hae_spool_owner_adopt(int directory, uint64_t id,
                                           struct hae_spool_owner *owner);

/* Whether an owner lives, or another process has its segments now: without taking its lock for
 * longer than that. */
bool hae_spool_owner_lives(int directory, uint64_t id);

/* Gives up the lock, and removes the file first if nothing of the owner is left. */
void hae_spool_owner_release(int directory, struct hae_spool_owner *owner, bool remove);

/* In a forked child: lets go of the parent's lock without giving it up. Async-signal-safe. */
void hae_spool_owner_in_child(struct hae_spool_owner *owner);

#endif
