/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in memory: unaligned loads and stores, little-endian where the wire is,
 * and the copy for short text, which a call to memcpy would make dear. */
#ifndef HAE_BASE_BYTES_H
#define HAE_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HAE_LIKELY(x)   __builtin_expect(!!(x), 1)
#define HAE_UNLIKELY(x) __builtin_expect(!!(x), 0)

static inline uint64_t hae_load64(const void *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline uint32_t hae_load32(const void *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline void hae_store64(void *to, uint64_t value)
{
    memcpy(to, &value, sizeof value);
}

static inline void hae_store32(void *to, uint32_t value)
{
    memcpy(to, &value, sizeof value);
}

static inline uint64_t hae_le64(uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(value);
#else
    return value;
#endif
}

static inline uint32_t hae_le32(uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap32(value);
#else
    return value;
#endif
}

static inline uint64_t hae_align8(uint64_t size_bytes)
{
    return (size_bytes + 7u) & ~(uint64_t)7u;
}

/* Copies `length` bytes and returns the OR of all of them, so that one look at
 * the top bits tells whether the text was ASCII. The areas do not overlap. */
static inline uint64_t hae_copy_or(uint8_t *to, const uint8_t *from, size_t length)
{
    uint64_t seen = 0;

    if (length >= 8) {
        size_t at = 0;
        uint64_t word;

        for (; at + 8 < length; at += 8) {
            word = hae_load64(from + at);
            hae_store64(to + at, word);
            seen |= word;
        }
        word = hae_load64(from + length - 8);
        hae_store64(to + length - 8, word);
        return seen | word;
    }
    if (length >= 4) {
        uint32_t first = hae_load32(from);
        uint32_t last = hae_load32(from + length - 4);

        hae_store32(to, first);
        hae_store32(to + length - 4, last);
        return (uint64_t)first | last;
    }
    for (size_t at = 0; at < length; at++) {
        to[at] = from[at];
        seen |= from[at];
    }
    return seen;
}

#define HAE_HIGH_BITS UINT64_C(0x8080808080808080)

#endif
