/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes whose keys were encoded ahead, so that a call checks and writes the values only.
 *
 * A block is the head of a KeyValue with its key: the tag of the attribute's field, a place for its
 * length, the key's field, the tag of the value, a place for its length. In front of it stands a
 * byte with its size. Blocks lie side by side. */
#ifndef HAETAE_WIRE_KEY_BLOCKS_H
#define HAETAE_WIRE_KEY_BLOCKS_H

#include "wire/otlp.h"
#include "wire/short_attribute.h"

enum {
    HAE_BLOCK_KEY_MAX = 80, /* bytes of a key that has a block */
    HAE_BLOCK_AROUND = 6,   /* of a block beside its key       */
    /* Blocks are copied in pieces of this size: so much less one may be read behind the last block,
     * and written behind the room that an attribute needs. */
    HAE_BLOCK_PIECE = 32,
    /* What an attribute takes at most, and is written with it. */
    HAE_BLOCK_ATTRIBUTE_MAX = 2 + HAE_SHORT_MAX
};

/* The most keys of a list with blocks. */
enum { HAE_BLOCK_KEYS_MAX = 64 };

/* Writes the blocks of `keys` for attributes in field `field` (below 16), and returns their end.
 * NULL: they don't fit in front of `end`, or the keys are not plain. */
uint8_t *hae_put_key_blocks(uint8_t *at, const uint8_t *end, unsigned field,
                            const haetae_string *keys, size_t count);

/* Whether no key is empty, too long, ill-formed or there twice. */
bool hae_keys_plain(const haetae_string *keys, size_t count);

/* Copies `size` bytes and what follows up to a whole piece. */
static HAE_ALWAYS_INLINE void hae_copy_pieces(uint8_t *to, const uint8_t *from, size_t size)
{
    for (size_t at = 0; at < size; at += HAE_BLOCK_PIECE) {
        hae_copy16(to + at, from + at);
        hae_copy16(to + at + HAE_BLOCK_PIECE / 2, from + at + HAE_BLOCK_PIECE / 2);
    }
}

/* The same for what is mostly one piece, and never empty. */
static HAE_ALWAYS_INLINE void hae_copy_block(uint8_t *to, const uint8_t *block, size_t size)
{
    hae_copy16(to, block);
    hae_copy16(to + HAE_BLOCK_PIECE / 2, block + HAE_BLOCK_PIECE / 2);
    if (HAE_UNLIKELY(size > HAE_BLOCK_PIECE)) {
        hae_copy_pieces(to + HAE_BLOCK_PIECE, block + HAE_BLOCK_PIECE, size - HAE_BLOCK_PIECE);
    }
}

/* Writes `count` attributes where there is room for HAE_BLOCK_ATTRIBUTE_MAX bytes each, and
 * HAE_BLOCK_PIECE more, and returns their end. NULL: a value is longer than fits, or not text or a
 * scalar, or its text is ill-formed; the bytes written so far are then meaningless. Values have no
 * limit below HAE_SHORT_MAX. */
static HAE_ALWAYS_INLINE uint8_t *hae_put_with_blocks(uint8_t *at, const uint8_t *blocks,
                                                      const haetae_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const haetae_value *value = &values[i];
        size_t size = *blocks;
        uint8_t *to = at + size;
        size_t value_size;

        hae_copy_block(at, blocks + 1, size);
        blocks += 1 + size;
        if (HAE_LIKELY(value->type == HAETAE_VALUE_STRING)) {
            size_t length = value->as.string.length;

            if (HAE_UNLIKELY(value->as.string.data == NULL || length > HAE_SHORT_MAX - size ||
                             !hae_copy_text(to + 2, value->as.string.data, length))) {
                return NULL;
            }
            to[0] = HAE_TAG(HAE_OTLP_ANY_VALUE_STRING_VALUE, HAE_WIRE_LENGTH);
            to[1] = (uint8_t)length;
            value_size = length + 2;
        } else {
            const uint8_t *end = hae_put_scalar(to, value);

            if (HAE_UNLIKELY(end == NULL)) {
                return NULL;
            }
            value_size = (size_t)(end - to);
        }
        at[1] = (uint8_t)(size + value_size - 2);
        to[-1] = (uint8_t)value_size;
        at = to + value_size;
    }
    return at;
}

#endif
