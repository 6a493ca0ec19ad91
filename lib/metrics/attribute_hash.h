/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of attributes and of sets of them. A set's hash doesn't depend on the order. */
#ifndef HAETAE_METRICS_ATTRIBUTE_HASH_H
#define HAETAE_METRICS_ATTRIBUTE_HASH_H

#include "base/hash.h"
#include "haetae/types.h"
#include "metrics/layout.h"

#define HAE_HASH_FACTOR UINT64_C(0xD6E8FEB86659FD93)

/* Where the hashes of values begin, so that 1, true and "1" differ. */
#define HAE_HASH_STRING  UINT64_C(0x243F6A8885A308D3)
#define HAE_HASH_BOOL    UINT64_C(0x13198A2E03707344)
#define HAE_HASH_INT64   UINT64_C(0xA4093822299F31D0)
#define HAE_HASH_DOUBLE  UINT64_C(0x082EFA98EC4E6C89)
#define HAE_HASH_ENCODED UINT64_C(0x452821E638D01377)

static inline uint64_t hae_hash_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * HAE_HASH_FACTOR;
    return hash ^ (hash >> 32);
}

/* Fewer than 8 bytes as a little-endian number. The reads overlap: that is cheaper
 * than a loop, and what is read twice has the same place in the number. */
static inline uint64_t hae_word_of_few(const uint8_t *from, size_t length)
{
    if (length >= 4) {
        return (uint64_t)hae_le32(hae_load32(from)) |
               (uint64_t)hae_le32(hae_load32(from + length - 4)) << (8 * (length - 4));
    }
    if (length == 0) {
        return 0;
    }
    return (uint64_t)from[0] | (uint64_t)from[length / 2] << (8 * (length / 2)) |
           (uint64_t)from[length - 1] << (8 * (length - 1));
}

/* Text as a plain value; it is not longer than memory can be. */
static inline struct hae_plain_value hae_plain_text_value(const uint8_t *from, size_t length)
{
    struct hae_plain_value plain = {HAETAE_VALUE_STRING | (uint64_t)length << 8, 0, 0};

    if (HAE_LIKELY(length >= 8)) {
        plain.first = hae_load64(from);
        plain.last = hae_load64(from + length - 8);
    } else if (length >= 4) {
        plain.first = (uint64_t)hae_load32(from) << 32 | hae_load32(from + length - 4);
    } else if (length > 0) {
        plain.first = (uint32_t)from[0] << 16 | (uint32_t)from[length / 2] << 8 | from[length - 1];
    }
    return plain;
}

/* The hash of text or of encoded bytes: little-endian words, the last one filled up
 * with zeroes, and the length. attribute_set.c computes the same from bytes that come one
 * after the other. */
static inline uint64_t hae_hash_text(const uint8_t *from, size_t length)
{
    uint64_t hash = HAE_HASH_STRING;

    if (length >= 8) {
        size_t at = 0;

        for (; at + 8 <= length; at += 8) {
            hash = hae_hash_word(hash, hae_le64(hae_load64(from + at)));
        }
        if (at < length) {
            hash = hae_hash_word(hash, hae_le64(hae_load64(from + length - 8)) >>
                                           (8 * (8 - (length - at))));
        }
    } else if (length > 0) {
        hash = hae_hash_word(hash, hae_word_of_few(from, length));
    }
    return hash ^ length;
}

/* Returns the last 8 bytes of a key, in which most keys differ. */
static inline uint64_t hae_key_word(const uint8_t *key, size_t length)
{
    return length >= 8 ? hae_le64(hae_load64(key + length - 8)) : hae_word_of_few(key, length);
}

static inline uint64_t hae_attribute_hash(uint64_t key_word, size_t key_length, uint64_t value_hash)
{
    return hae_mix64(value_hash + (key_word ^ ((uint64_t)key_length << 56)) * HAE_HASH_FACTOR);
}

/* The hash of a series: of its set, which is a sum so that the order doesn't matter, and of
 * the reference to its stream. */
static inline uint64_t hae_series_hash(uint64_t sum, uint32_t stream)
{
    return hae_hash_word(sum, stream);
}

#endif
