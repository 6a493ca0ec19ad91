/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/chain.h"

#include "recorder/call.h"
#include "wire/reader.h"

enum { SLOT_DATA = sizeof(((struct hae_slot *)0)->data) };

_Static_assert(SLOT_DATA % 16 == 0, "a gather reads 16 bytes at a time");

/* Links slots for `missing` bytes behind the last one. Some may be there already: a
 * message is reserved as a whole, and then again part by part. */
static bool extend(struct hae_chain *chain, size_t missing)
{
    uint32_t *link = &hae_slot_at(chain->recorder, chain->last)->chain;
    uint32_t *first;
    struct hae_entry entry;
    size_t got = 0;

    for (; *link != 0; link = &hae_slot_at(chain->recorder, *link)->chain) {
        got += SLOT_DATA;
    }
    if (got >= missing) {
        return true;
    }
    first = link;
    entry = hae_enter(chain->recorder);
    for (; got < missing; got += SLOT_DATA) {
        *link = hae_slot_take(chain->recorder, entry.lane);
        if (*link == 0) {
            if (*first != 0) {
                hae_slot_give_chain(chain->recorder, entry.lane, *first);
                *first = 0;
            }
            hae_leave(entry);
            return false;
        }
        link = &hae_slot_at(chain->recorder, *link)->chain;
    }
    hae_leave(entry);
    return true;
}

bool hae_chain_reserve(struct hae_sink *sink, size_t size_bytes)
{
    struct hae_chain *chain = (struct hae_chain *)(void *)sink;
    struct hae_slot *slot = hae_slot_at(chain->recorder, chain->last);
    uint32_t written = (uint32_t)(sink->at - (slot->data + slot->used));

    if (size_bytes > chain->size_max ||
        chain->size_bytes + written + size_bytes > chain->size_max) {
        return false;
    }
    return extend(chain, size_bytes - hae_sink_room(sink));
}

void hae_chain_next(struct hae_sink *sink)
{
    struct hae_chain *chain = (struct hae_chain *)(void *)sink;
    struct hae_slot *slot = hae_slot_at(chain->recorder, chain->last);

    chain->size_bytes += SLOT_DATA - slot->used;
    slot->used = SLOT_DATA;
    chain->last = slot->chain;
    hae_chain_aim(chain);
}

/* ---- Reading ------------------------------------------------------------------ */

/* Moves on to the next slot when this one has been read. */
static void settle(struct hae_chain_cursor *cursor)
{
    struct hae_slot *slot = hae_slot_at(cursor->recorder, cursor->slot);

    if (cursor->at >= slot->used && slot->chain != 0) {
        cursor->slot = slot->chain;
        cursor->at = 0;
    }
}

bool hae_chain_at_end(struct hae_chain_cursor *cursor)
{
    settle(cursor);
    return cursor->at >= hae_slot_at(cursor->recorder, cursor->slot)->used;
}

uint8_t hae_chain_byte(struct hae_chain_cursor *cursor)
{
    return hae_chain_at_end(cursor)
               ? 0
               : hae_slot_at(cursor->recorder, cursor->slot)->data[cursor->at++];
}

uint64_t hae_chain_varint(struct hae_chain_cursor *cursor)
{
    struct hae_varint varint = {0, 0};

    for (unsigned i = 0; i < HAE_VARINT_MAX && !hae_varint_add(&varint, hae_chain_byte(cursor));
         i++) {
    }
    return varint.value;
}

/* The bytes at the cursor that lie in one slot, at most `size_bytes`. */
static size_t piece(struct hae_chain_cursor *cursor, uint64_t size_bytes)
{
    size_t here;

    if (hae_chain_at_end(cursor)) {
        return 0;
    }
    here = hae_slot_at(cursor->recorder, cursor->slot)->used - (size_t)cursor->at;
    return here < size_bytes ? here : (size_t)size_bytes;
}

void hae_chain_skip(struct hae_chain_cursor *cursor, uint64_t size_bytes)
{
    size_t part;

    while (size_bytes > 0 && (part = piece(cursor, size_bytes)) > 0) {
        cursor->at += (uint32_t)part;
        size_bytes -= part;
    }
}

bool hae_chain_equals(struct hae_chain_cursor cursor, const uint8_t *data, size_t size_bytes)
{
    while (size_bytes > 0) {
        size_t part = piece(&cursor, size_bytes);

        if (part == 0 ||
            memcmp(hae_slot_at(cursor.recorder, cursor.slot)->data + cursor.at, data, part) != 0) {
            return false;
        }
        cursor.at += (uint32_t)part;
        data += part;
        size_bytes -= part;
    }
    return true;
}

void hae_chain_copy(struct hae_chain_cursor cursor, uint8_t *to, size_t size_bytes)
{
    size_t part;

    while (size_bytes > 0 && (part = piece(&cursor, size_bytes)) > 0) {
        memcpy(to, hae_slot_at(cursor.recorder, cursor.slot)->data + cursor.at, part);
        cursor.at += (uint32_t)part;
        to += part;
        size_bytes -= part;
    }
}

uint8_t *hae_chain_gather_within(struct hae_recorder *recorder, uint32_t first, uint32_t offset,
                                 uint8_t *to, size_t size_max)
{
    uint32_t index = first;

    for (uint32_t left = recorder->slot_count; left != 0; left--) {
        const struct hae_slot *slot = hae_slot_at(recorder, index);
        uint32_t used = slot->used;
        uint32_t next = slot->chain;

        if (used < offset || used > SLOT_DATA || used - offset > size_max) {
            return NULL;
        }
        memcpy(to, slot->data + offset, used - offset);
        to += used - offset;
        size_max -= used - offset;
        if (next == 0) {
            return to;
        }
        if (next >= recorder->slot_count) {
            return NULL;
        }
        index = next;
        offset = 0;
    }
    return NULL;
}

uint32_t hae_chain_remove(struct hae_chain_cursor from, struct hae_chain_cursor to)
{
    struct hae_recorder *recorder = from.recorder;
    struct hae_entry entry;
    uint32_t rest;
    size_t part;

    /* `from` stays behind `to`: what is overwritten has been read. */
    while ((part = piece(&to, SLOT_DATA)) > 0) {
        size_t here = piece(&from, part);

        memmove(hae_slot_at(recorder, from.slot)->data + from.at,
                hae_slot_at(recorder, to.slot)->data + to.at, here);
        from.at += (uint32_t)here;
        to.at += (uint32_t)here;
    }
    settle(&from);
    hae_slot_at(recorder, from.slot)->used = (uint16_t)from.at;
    rest = hae_slot_at(recorder, from.slot)->chain;
    if (rest != 0) {
        hae_slot_at(recorder, from.slot)->chain = 0;
        entry = hae_enter(recorder);
        hae_slot_give_chain(recorder, entry.lane, rest);
        hae_leave(entry);
    }
    return from.slot;
}
