/* SPDX-License-Identifier: Apache-2.0 */
/* The protobuf wire format: tags, varints, fixed-width numbers. The writers do not check
 * for room: the caller does. */
#ifndef HAETAE_WIRE_WIRE_H
#define HAETAE_WIRE_WIRE_H

#include "base/bytes.h"

enum hae_wire_type {
    HAE_WIRE_VARINT = 0,
    HAE_WIRE_FIXED64 = 1,
    HAE_WIRE_LENGTH = 2,
    HAE_WIRE_FIXED32 = 5
};

/* The tag of a field below 16, which is one byte. */
#define HAE_TAG(field, type) ((uint8_t)(((field) << 3) | (type)))

/* The two bytes that are the tag of a field from 16 to 2047. */
#define HAE_TAG_FIRST(field, type) ((uint8_t)(((field) << 3) | (type) | 0x80))
#define HAE_TAG_SECOND(field)      ((uint8_t)((field) >> 4))

enum { HAE_VARINT_MAX = 10 };

static inline size_t hae_varint_size(uint64_t value)
{
    unsigned bits;

    if (HAE_LIKELY(value < 0x80)) {
        return 1;
    }
    bits = 64u - (unsigned)__builtin_clzll(value);
    /* ceil(bits / 7) for 1..64, without a division. */
    return (bits * 9u + 64u) / 64u;
}

static inline uint8_t *hae_put_varint(uint8_t *at, uint64_t value)
{
    while (HAE_UNLIKELY(value >= 0x80)) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

static inline uint8_t *hae_put_fixed64(uint8_t *at, uint64_t value)
{
    hae_store64(at, hae_le64(value));
    return at + 8;
}

/* The same, with the tag of a field below 16 before it. */
static inline uint8_t *hae_put_fixed64_field(uint8_t *at, unsigned field, uint64_t value)
{
    *at++ = HAE_TAG(field, HAE_WIRE_FIXED64);
    return hae_put_fixed64(at, value);
}

static inline uint8_t *hae_put_fixed32(uint8_t *at, uint32_t value)
{
    hae_store32(at, hae_le32(value));
    return at + 4;
}

/* How signed numbers become varints (sint32 and sint64). */
static inline uint64_t hae_zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static inline uint64_t hae_double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline double hae_double_from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The size of a length-delimited field (below 16) with `size_bytes` of content. */
static inline size_t hae_field_size(size_t size_bytes)
{
    return 1 + hae_varint_size(size_bytes) + size_bytes;
}

#endif
