/* SPDX-License-Identifier: Apache-2.0 */
/* A fast hash for tables in memory. It is not kept anywhere and defends against
 * nobody: a table that is attacked is bounded by its cardinality limit. */
#ifndef HAE_BASE_HASH_H
#define HAE_BASE_HASH_H

#include "base/bytes.h"

static inline uint64_t hae_mix64(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0x9FB21C651E98DF25);
    x ^= x >> 28;
    return x;
}

static inline uint64_t hae_hash_bytes(uint64_t seed, const void *data, size_t length)
{
    const uint8_t *from = data;
    uint64_t h = seed ^ (length * UINT64_C(0x9E3779B97F4A7C15));

    if (length >= 8) {
        size_t at = 0;

        for (; at + 8 < length; at += 8) {
            h = (h ^ hae_load64(from + at)) * UINT64_C(0xD6E8FEB86659FD93);
            h ^= h >> 32;
        }
        h = (h ^ hae_load64(from + length - 8)) * UINT64_C(0xD6E8FEB86659FD93);
        return h ^ (h >> 32);
    }
    if (length >= 4) {
        h ^= (uint64_t)hae_load32(from) | ((uint64_t)hae_load32(from + length - 4) << 32);
    } else if (length > 0) {
        h ^= (uint64_t)from[0] | ((uint64_t)from[length / 2] << 8) |
             ((uint64_t)from[length - 1] << 16);
    }
    h *= UINT64_C(0xD6E8FEB86659FD93);
    return h ^ (h >> 32);
}

#endif
