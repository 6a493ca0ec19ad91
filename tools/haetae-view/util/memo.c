/* SPDX-License-Identifier: Apache-2.0 */
#include "util/memo.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64

void hae_view_memo_init(struct hae_view_memo *memo, size_t limit)
{
    *memo = (struct hae_view_memo){.limit = limit};
}

void hae_view_memo_done(struct hae_view_memo *memo)
{
    free(memo->entries);
    free(memo->slots);
    hae_view_memo_init(memo, memo->limit);
}

/* Where a digest is, or where it would be. */
static uint32_t *slot_of(const struct hae_view_memo *memo, struct hae_view_digest digest)
{
    size_t at = (size_t)digest.low & (memo->slot_count - 1);
    for (;;) {
        uint32_t *slot = &memo->slots[at];
        if (*slot == 0) {
            return slot;
        }
        const struct hae_view_digest *known = &memo->entries[*slot - 1].digest;
        if (known->low == digest.low && known->high == digest.high) {
            return slot;
        }
        at = (at + 1) & (memo->slot_count - 1);
    }
}

static void place_all(struct hae_view_memo *memo)
{
    memset(memo->slots, 0, memo->slot_count * sizeof *memo->slots);
    for (size_t i = 0; i < memo->count; i++) {
        *slot_of(memo, memo->entries[i].digest) = (uint32_t)(i + 1);
    }
}

const struct hae_view_memo_entry *hae_view_memo_find(const struct hae_view_memo *memo,
                                                     struct hae_view_digest digest)
{
    if (memo->slot_count == 0) {
        return NULL;
    }
    uint32_t place = *slot_of(memo, digest);
    return place != 0 ? &memo->entries[place - 1] : NULL;
}

/* Room for one more entry; the slots stay half empty. */
static bool grow(struct hae_view_memo *memo)
{
    if (memo->count == memo->entry_capacity) {
        size_t capacity = memo->count > 0 ? 2 * memo->count : FIRST_SLOTS / 2;
        void *entries = realloc(memo->entries, capacity * sizeof *memo->entries);
        if (entries == NULL) {
            return false;
        }
        memo->entries = entries;
        memo->entry_capacity = capacity;
    }
    if (2 * (memo->count + 1) > memo->slot_count) {
        size_t slot_count = memo->slot_count > 0 ? 2 * memo->slot_count : FIRST_SLOTS;
        uint32_t *slots = calloc(slot_count, sizeof *slots);
        if (slots == NULL) {
            return false;
        }
        free(memo->slots);
        memo->slots = slots;
        memo->slot_count = slot_count;
        place_all(memo);
    }
    return true;
}

bool hae_view_memo_add(struct hae_view_memo *memo, struct hae_view_digest digest, int64_t id)
{
    if (hae_view_memo_is_full(memo) || !grow(memo)) {
        return false;
    }
    memo->entries[memo->count++] = (struct hae_view_memo_entry){digest, id};
    *slot_of(memo, digest) = (uint32_t)memo->count;
    return true;
}

void hae_view_memo_cut(struct hae_view_memo *memo, size_t count)
{
    if (count < memo->count) {
        memo->count = count;
        place_all(memo);
    }
}
