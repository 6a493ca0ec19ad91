/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of attribute keys, and which keys a list has already. */
#ifndef HAETAE_WIRE_KEY_H
#define HAETAE_WIRE_KEY_H

#include "haetae/types.h"
#include "wire/wire.h"

/* The hash of a key that is not empty, by its length and its end: keys differ there more often than
 * at the beginning. Its top bits are its best. */
static inline uint64_t hae_key_hash(const char *key, size_t length)
{
    uint64_t h = length;

    if (HAE_LIKELY(length >= 8)) {
        h ^= hae_load64(key + length - 8);
    } else if (length >= 4) {
        h ^= (uint64_t)hae_load32(key) << 8 ^ (uint64_t)hae_load32(key + length - 4) << 24;
    } else {
        h ^= (uint64_t)(uint8_t)key[0] << 8 | (uint64_t)(uint8_t)key[length - 1] << 16;
    }
    return h * UINT64_C(0x9E3779B97F4A7C15);
}

/* The bits of a key in a filter of the keys that a list has. As long as not both are set the key is
 * new, and needs no search. Two bits: of ten keys one is searched for in three or four lists, with
 * one bit in nearly each. */
static inline uint64_t hae_key_bits(const char *key, size_t length)
{
    uint64_t hash = hae_key_hash(key, length);

    return UINT64_C(1) << (hash >> 58) | UINT64_C(1) << (hash >> 52 & 63);
}

static inline bool hae_key_maybe_there(uint64_t filter, uint64_t bits)
{
    return (filter & bits) == bits;
}

#endif
