/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/dead_journal.h"

#include <string.h>

/* A filler reaches to the end of the memory. A record is never empty, nor larger than a lane
 * takes. */
static bool entry_valid(const struct hae_dead *dead, const struct hae_journal_entry *entry,
                        bool to_end)
{
    return entry->filler ? to_end
                         : entry->size_bytes != 0 && entry->size_bytes <= dead->record_size_max;
}

bool hae_dead_step_entry(struct hae_dead *dead, const struct hae_stored_journal *journal,
                         uint64_t *position, struct hae_journal_entry *ret_entry,
                         const uint8_t **ret_body)
{
    const uint8_t *bytes = hae_layout_bytes(&dead->layout, journal->offset, journal->size_bytes);
    uint64_t rest = hae_dead_to_end(*position, journal->size_bytes);
    uint64_t left = hae_dead_load(&journal->tail) - *position;
    uint64_t size;

    *ret_body = NULL;
    if (rest < sizeof *ret_entry) {
        *position += rest;
        return rest <= left;
    }
    memcpy(ret_entry, bytes + *position % journal->size_bytes, sizeof *ret_entry);
    size = sizeof *ret_entry + hae_align8(ret_entry->size_bytes);
    if (size > rest || size > left || !entry_valid(dead, ret_entry, size == rest)) {
        return false;
    }
    if (!ret_entry->filler) {
        *ret_body = bytes + *position % journal->size_bytes + sizeof *ret_entry;
    }
    *position += size;
    return true;
}
