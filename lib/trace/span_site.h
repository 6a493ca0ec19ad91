/* SPDX-License-Identifier: Apache-2.0 */
/* What a span site is prepared to: it lies in the site's room. */
#ifndef HAETAE_TRACE_SPAN_SITE_H
#define HAETAE_TRACE_SPAN_SITE_H

#include "base/prepared.h"
#include "haetae/trace.h"
#include "trace/span_slot.h"
#include "wire/key.h"
#include "wire/key_blocks.h"

enum {
    /* Bytes of name and constant attributes that are copied into a slot, in whole pieces, when a
     * span starts. */
    HAE_SPAN_SITE_RUN_MAX = HAE_SLOT_SIZE - offsetof(struct hae_slot, data) -
                            sizeof(struct hae_span_head) - HAE_BLOCK_PIECE
};

struct hae_span_site_room {
    hae_prepared_state state;
    uint16_t run_size;        /* of name and constant attributes, as they lie in a slot */
    uint16_t attribute_count; /* of those */
    uint16_t key_count;
    uint8_t kind;
    uint8_t reserved;
    uint32_t values_size_max;  /* of the other attributes, as they are written */
    uint64_t attribute_filter; /* see wire/key.h */
    uint8_t fields[];          /* the run, each key's bits, the key blocks: wire/key_blocks.h */
};

/* Prepares a site that is not yet. False: another thread is at it, or it cannot be. */
bool hae_span_site_prepare(const haetae_span_site *site);

/* What the site is prepared to; NULL: nothing. */
static inline const struct hae_span_site_room *hae_span_site_room(const haetae_span_site *site)
{
    const struct hae_span_site_room *room = site->room;

    if (HAE_UNLIKELY(site->room_bytes < sizeof *room) ||
        (HAE_UNLIKELY(hae_prepared_get(&room->state) != HAE_PREPARED_DONE) &&
         !hae_span_site_prepare(site))) {
        return NULL;
    }
    return room;
}

/* Whether a span with such a filter may have one of the site's keys. */
static inline bool hae_span_site_key_maybe_there(const struct hae_span_site_room *room,
                                                 uint64_t filter)
{
    const uint8_t *bits = room->fields + room->run_size;

    for (uint32_t i = 0; filter != 0 && i < room->key_count; i++) {
        if (HAE_UNLIKELY(hae_key_maybe_there(filter, hae_load64(bits + i * sizeof(uint64_t))))) {
            return true;
        }
    }
    return false;
}

static inline const uint8_t *hae_span_site_blocks(const struct hae_span_site_room *room)
{
    return room->fields + room->run_size + room->key_count * sizeof(uint64_t);
}

/* Brings the site's keys and values together in an array for HAE_BLOCK_KEYS_MAX attributes, and
 * returns how many there are. What has no partner is left out, and counted. */
size_t hae_span_site_join(struct hae_recorder *recorder, const haetae_span_site *site,
                          const haetae_value *values, size_t value_count,
                          haetae_attribute *ret_attributes);

#endif
