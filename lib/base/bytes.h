/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in memory: unaligned loads and stores, conversions from and to little-endian, which
 * the wire uses, and a copy of short text that is faster than a call to memcpy. */
#ifndef HAETAE_BASE_BYTES_H
#define HAETAE_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HAE_LIKELY(x)   __builtin_expect(!!(x), 1)
#define HAE_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* ALWAYS_INLINE is for pieces of a recording call that are only fast when the compiler sees
 * through them. COLD and NOINLINE are for its rare paths, so that the common path does not
 * pay for their registers and stack. */
#define HAE_ALWAYS_INLINE inline __attribute__((always_inline))
#define HAE_COLD          __attribute__((noinline, cold))
#define HAE_NOINLINE      __attribute__((noinline))

/* For thread-local variables: one instruction reads them, and they are never allocated
 * lazily. glibc reserves a little room for such variables of libraries that are loaded
 * later. musl allocates them for all threads when it loads the library, and needs no
 * attribute. */
#if defined(__GLIBC__)
#define HAE_NEAR_THREAD __attribute__((tls_model("initial-exec")))
#else
#define HAE_NEAR_THREAD
#endif

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

static inline void hae_store16(void *to, uint16_t value)
{
    memcpy(to, &value, sizeof value);
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

static inline uint16_t hae_le16(uint16_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap16(value);
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

/* 16 bytes at once, whatever the CPU calls them. */
typedef uint64_t hae_pair __attribute__((vector_size(16)));

static inline void hae_copy16(uint8_t *to, const uint8_t *from)
{
    hae_pair pair;

    memcpy(&pair, from, sizeof pair);
    memcpy(to, &pair, sizeof pair);
}

/* The part of hae_copy_or() for 16 bytes and more. */
static inline uint64_t hae_copy_or_long(uint8_t *to, const uint8_t *from, size_t length)
{
    hae_pair seen;
    hae_pair pair;

    memcpy(&seen, from, sizeof seen);
    memcpy(to, &seen, sizeof seen);
    for (size_t at = 16; at + 16 < length; at += 16) {
        memcpy(&pair, from + at, sizeof pair);
        memcpy(to + at, &pair, sizeof pair);
        seen |= pair;
    }
    memcpy(&pair, from + length - 16, sizeof pair);
    memcpy(to + length - 16, &pair, sizeof pair);
    seen |= pair;
    return seen[0] | seen[1];
}

/* Copies `length` bytes and returns the OR of all of them: when its top bits are clear, the
 * text is ASCII. The areas do not overlap. At the end two loads overlap, which is cheaper
 * than a loop over bytes. */
static inline uint64_t hae_copy_or(uint8_t *to, const uint8_t *from, size_t length)
{
    if (length >= 16) {
        return hae_copy_or_long(to, from, length);
    }
    if (length >= 8) {
        uint64_t first = hae_load64(from);
        uint64_t last = hae_load64(from + length - 8);

        hae_store64(to, first);
        hae_store64(to + length - 8, last);
        return first | last;
    }
    if (length >= 4) {
        uint32_t first = hae_load32(from);
        uint32_t last = hae_load32(from + length - 4);

        hae_store32(to, first);
        hae_store32(to + length - 4, last);
        return (uint64_t)first | last;
    }
    if (length > 0) {
        /* These three are all the bytes of a text of one to three. */
        uint8_t first = from[0];
        uint8_t middle = from[length / 2];
        uint8_t last = from[length - 1];

        to[0] = first;
        to[length / 2] = middle;
        to[length - 1] = last;
        return (uint64_t)first | middle | last;
    }
    return 0;
}

#define HAE_HIGH_BITS UINT64_C(0x8080808080808080)

#endif
