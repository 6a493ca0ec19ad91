/* SPDX-License-Identifier: Apache-2.0 */
/* Remembers the numbers of things that come again and again, by a digest of what makes two of them
 * the same. It holds at most `limit`, and forgets nothing by itself. Threads: one at a time. */
#ifndef HAETAE_VIEW_UTIL_MEMO_H
#define HAETAE_VIEW_UTIL_MEMO_H

#include <stdbool.h>

#include "util/hash.h"

struct hae_view_memo_entry {
    struct hae_view_digest digest;
    int64_t id;
};

struct hae_view_memo {
    struct hae_view_memo_entry *entries; /* in the order in which they came */
    uint32_t *slots;                     /* place of an entry, plus 1; 0: free */
    size_t slot_count;                   /* 0, or a power of two */
    size_t entry_capacity;
    size_t count;
    size_t limit;
};

void hae_view_memo_init(struct hae_view_memo *memo, size_t limit);
void hae_view_memo_done(struct hae_view_memo *memo);

/* NULL: not known. The entry is valid until the next call that adds or forgets. */
const struct hae_view_memo_entry *hae_view_memo_find(const struct hae_view_memo *memo,
                                                     struct hae_view_digest digest);

static inline bool hae_view_memo_is_full(const struct hae_view_memo *memo)
{
    return memo->count >= memo->limit;
}

/* Adds one that is not known. False: it is full, or there is no memory. */
bool hae_view_memo_add(struct hae_view_memo *memo, struct hae_view_digest digest, int64_t id);

/* Forgets all but the first `count`. */
void hae_view_memo_cut(struct hae_view_memo *memo, size_t count);

#endif
