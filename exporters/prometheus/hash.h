/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of text, for tables in memory. */
#ifndef HAETAE_PROMETHEUS_HASH_H
#define HAETAE_PROMETHEUS_HASH_H

#include "base/hash.h"
#include "haetae/types.h"

static inline uint64_t hae_prom_hash_step(uint64_t hash, uint64_t bytes)
{
    return ((hash << 29 | hash >> 35) ^ bytes) * UINT64_C(0x9E3779B97F4A7C15);
}

/* A text of less than eight bytes, as a number that no other text of its length has. */
static inline uint64_t hae_prom_short(const char *text, size_t length)
{
    if (length >= 4) {
        return hae_load32(text) | (uint64_t)hae_load32(text + length - 4) << 32;
    }
    if (length > 0) {
        return (uint64_t)(unsigned char)text[0] | (uint64_t)(unsigned char)text[length / 2] << 8 |
               (uint64_t)(unsigned char)text[length - 1] << 16;
    }
    return 0;
}

/* The hash of a text that comes after what has this hash; hae_mix64() ends it. The length is part
 * of it, so that where one text ends and the next begins makes a difference. */
static inline uint64_t hae_prom_hash(uint64_t hash, haetae_string text)
{
    const char *at = text.data;
    size_t left = text.length;

    for (; left >= 8; left -= 8, at += 8) {
        hash = hae_prom_hash_step(hash, hae_load64(at));
    }
    return hae_prom_hash_step(hash, hae_prom_short(at, left) +
                                        text.length * UINT64_C(0xD6E8FEB86659FD93));
}

#endif
