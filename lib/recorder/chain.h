/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of slots as one growing run of bytes. Every slot but the last is
 * full, so the bytes have no gaps. */
#ifndef HAE_RECORDER_CHAIN_H
#define HAE_RECORDER_CHAIN_H

#include "recorder/recorder.h"
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

void hae_chain_begin(struct hae_chain *chain, struct hae_recorder *recorder, uint32_t last,
                     uint32_t size_bytes, uint32_t size_max);
void hae_chain_end(struct hae_chain *chain);

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

/* Copies the whole run from `offset` of its first slot on; returns its end. */
uint8_t *hae_chain_gather(struct hae_recorder *recorder, uint32_t first, uint32_t offset,
                          uint8_t *to);

#endif
