/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of slots as one growing run of bytes. Every slot but the last is
 * full, so the bytes have no gaps. */
#ifndef HAETAE_RECORDER_CHAIN_H
#define HAETAE_RECORDER_CHAIN_H

#include "recorder/slot.h"
#include "wire/sink.h"

/* A sink at the end of a chain. Made by hae_chain_begin(), and ended by
 * hae_chain_end(), which takes what was written into the chain. */
struct hae_chain {
    struct hae_sink sink; /* first: the sink's functions find the rest behind it */
    struct hae_recorder *recorder;
    uint32_t last;       /* slot */
    uint32_t size_bytes; /* of all full slots and of `last` when it was begun */
    uint32_t size_max;
};

/* The sink's functions, for hae_chain_begin(). */
bool hae_chain_reserve(struct hae_sink *sink, size_t size_bytes);
void hae_chain_next(struct hae_sink *sink);

/* Points the sink at the free rest of the last slot, as far as the chain may grow: what
 * fits there is written without asking hae_chain_reserve(). */
static inline void hae_chain_aim(struct hae_chain *chain)
{
    struct hae_slot *slot = hae_slot_at(chain->recorder, chain->last);
    size_t rest = sizeof slot->data - slot->used;
    size_t allowed = chain->size_max - chain->size_bytes;

    chain->sink.at = slot->data + slot->used;
    chain->sink.end = chain->sink.at + (HAE_LIKELY(rest < allowed) ? rest : allowed);
}

static inline void hae_chain_begin(struct hae_chain *chain, struct hae_recorder *recorder,
                                   uint32_t last, uint32_t size_bytes, uint32_t size_max)
{
    chain->sink.reserve = hae_chain_reserve;
    chain->sink.next = hae_chain_next;
    chain->recorder = recorder;
    chain->last = last;
    chain->size_bytes = size_bytes;
    chain->size_max = size_max;
    hae_chain_aim(chain);
}

static inline void hae_chain_end(struct hae_chain *chain)
{
    struct hae_slot *slot = hae_slot_at(chain->recorder, chain->last);
    uint16_t used = (uint16_t)(chain->sink.at - slot->data);

    chain->size_bytes += (uint32_t)(used - slot->used);
    slot->used = used;
}

/* A place in a chain. */
struct hae_chain_cursor {
    struct hae_recorder *recorder;
    uint32_t slot;
    uint32_t at; /* in slot.data */
};

/* The end of the run has been reached. */
bool hae_chain_at_end(struct hae_chain_cursor *cursor);
uint8_t hae_chain_byte(struct hae_chain_cursor *cursor);
uint64_t hae_chain_varint(struct hae_chain_cursor *cursor);
void hae_chain_skip(struct hae_chain_cursor *cursor, uint64_t size_bytes);
/* Compares without moving the caller's cursor. */
bool hae_chain_equals(struct hae_chain_cursor cursor, const uint8_t *data, size_t size_bytes);
void hae_chain_copy(struct hae_chain_cursor cursor, uint8_t *to, size_t size_bytes);

/* Removes the bytes from `from` up to `to`, gives back slots that become empty,
 * and returns the new last slot. */
uint32_t hae_chain_remove(struct hae_chain_cursor from, struct hae_chain_cursor to);

/* Copies the whole run from `offset` of its first slot on; returns its end. May
 * write up to HAE_GATHER_SLACK bytes behind it. `offset` is a multiple of 16. */
enum { HAE_GATHER_SLACK = 15 };
static inline uint8_t *hae_chain_gather(struct hae_recorder *recorder, uint32_t first,
                                        uint32_t offset, uint8_t *to)
{
    const struct hae_slot *slot = hae_slot_at(recorder, first);

    for (;;) {
        uint32_t used = slot->used;

        /* 16 bytes at a time, past the end of what is used but never of the slot. */
        for (uint32_t at = offset; at < used; at += 16) {
            hae_copy16(to + (at - offset), slot->data + at);
        }
        to += used - offset;
        if (HAE_LIKELY(slot->chain == 0)) {
            return to;
        }
        slot = hae_slot_at(recorder, slot->chain);
        offset = 0;
    }
}

/* The same for the consumer, which trusts nothing that it reads in the region: at most
 * `size_max` bytes; NULL: the chain has more, or is none. */
uint8_t *hae_chain_gather_within(struct hae_recorder *recorder, uint32_t first, uint32_t offset,
                                 uint8_t *to, size_t size_max);

#endif
