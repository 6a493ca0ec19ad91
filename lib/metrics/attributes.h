/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute sets as keys: their hash, which doesn't depend on the order, and their
 * comparison with a set that is kept as it goes on the wire.
 *
 * A plain set has keys, and values that are text or scalars, and can be hashed and
 * compared as it is. Sets with other values, with a key twice, with something
 * invalid in it or with ill-formed text go the way of hae_attribute_set. Text that
 * is not UTF-8 never equals what is kept, which has been repaired, so a plain
 * comparison can't mistake it. */
#ifndef HAE_METRICS_ATTRIBUTES_H
#define HAE_METRICS_ATTRIBUTES_H

#include "base/hash.h"
#include "haetae/types.h"
#include "metrics/layout.h"
#include "wire/reader.h"

#define HAE_HASH_FACTOR UINT64_C(0xD6E8FEB86659FD93)

/* Where the hashes of values begin, so that 1, true and "1" differ. */
#define HAE_HASH_STRING  UINT64_C(0x243F6A8885A308D3)
#define HAE_HASH_BOOL    UINT64_C(0x13198A2E03707344)
#define HAE_HASH_INT64   UINT64_C(0xA4093822299F31D0)
#define HAE_HASH_DOUBLE  UINT64_C(0x082EFA98EC4E6C89)
#define HAE_HASH_ENCODED UINT64_C(0x452821E638D01377)

/* Longer text is not plain. */
enum { HAE_PLAIN_TEXT_MAX = 16 * 1024 };

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
 * with zeroes, and the length. Bytes that come one after the other give the same
 * (attributes.c). */
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

/* The last 8 bytes of a key tell it from most others. */
static inline uint64_t hae_key_word(const uint8_t *key, size_t length)
{
    return length >= 8 ? hae_le64(hae_load64(key + length - 8)) : hae_word_of_few(key, length);
}

static inline uint64_t hae_attribute_hash(uint64_t key_word, size_t key_length, uint64_t value_hash)
{
    return hae_mix64(value_hash + (key_word ^ ((uint64_t)key_length << 56)) * HAE_HASH_FACTOR);
}

/* The hash of a series: of its set, which is a sum so that the order is no matter,
 * and its instrument. */
static inline uint64_t hae_series_hash(uint64_t sum, uint32_t instrument)
{
    return hae_hash_word(sum, instrument);
}

static inline bool hae_plain_text(haetae_string text)
{
    return text.data != NULL && text.length <= HAE_PLAIN_TEXT_MAX;
}

/* The sum of the attributes' hashes; false when the set is not plain. */
static inline bool hae_plain_hash(const haetae_attribute *attributes, size_t count,
                                  uint64_t *ret_sum)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        haetae_string key = attributes[i].key;
        const haetae_value *value = &attributes[i].value;
        uint64_t hash;

        if (HAE_UNLIKELY(!hae_plain_text(key) || key.length == 0)) {
            return false;
        }
        if (HAE_LIKELY(value->type == HAETAE_VALUE_STRING)) {
            if (HAE_UNLIKELY(!hae_plain_text(value->as.string))) {
                return false;
            }
            hash = hae_hash_text((const uint8_t *)value->as.string.data, value->as.string.length);
        } else if (value->type == HAETAE_VALUE_INT64) {
            hash = hae_hash_word(HAE_HASH_INT64, (uint64_t)value->as.int64);
        } else if (value->type == HAETAE_VALUE_BOOL) {
            hash = hae_hash_word(HAE_HASH_BOOL, value->as.boolean);
        } else if (value->type == HAETAE_VALUE_DOUBLE) {
            hash = hae_hash_word(HAE_HASH_DOUBLE, hae_double_bits(value->as.real));
        } else {
            return false;
        }
        sum += hae_attribute_hash(hae_key_word((const uint8_t *)key.data, key.length), key.length,
                                  hash);
    }
    *ret_sum = sum;
    return true;
}

/* Whether a plain set equals a series' set, in any order. */
bool hae_plain_same(struct hae_region *region, const struct hae_series *series,
                    const haetae_attribute *attributes, size_t count);

/* Whether a plain set would be kept as it is: UTF-8 throughout, and no key twice. */
bool hae_plain_canonical(const haetae_attribute *attributes, size_t count);

/* ---- Attributes as they are kept -------------------------------------------------- */

/* The field at `at`: sets where its body begins and returns where the next one does. */
static inline const uint8_t *hae_kept_field(const uint8_t *at, const uint8_t **ret_body)
{
    size_t length;

    *ret_body = hae_own_length(at + 1, &length);
    return *ret_body + length;
}

/* ---- Any set ------------------------------------------------------------------- */

/* What a caller's attributes come down to: the later of equal keys, nothing that is
 * invalid, text repaired. */
struct hae_attribute_set {
    const haetae_attribute *attributes;
    size_t count;
    uint8_t kept[HAE_METRIC_ATTRIBUTES_MAX]; /* indices of those that are in it */
    uint32_t kept_count;
    uint32_t invalid_count; /* left out as invalid     */
    size_t size_bytes;      /* of its KeyValue fields */
    uint64_t sum;           /* of its hashes          */
};

/* Reads a set of at most HAE_METRIC_ATTRIBUTES_MAX attributes. The result borrows
 * `attributes`. */
void hae_attribute_set_read(const haetae_attribute *attributes, size_t count,
                            struct hae_attribute_set *ret_set);

/* As hae_plain_same(). `field` is the field number of the attributes kept. */
bool hae_attribute_set_same(struct hae_region *region, const struct hae_series *series,
                            unsigned field, const struct hae_attribute_set *set);

/* Writes the set as fields into size_bytes of memory. Returns the bytes written:
 * fewer only if the caller's memory has changed since the set was read. */
size_t hae_attribute_set_write(const struct hae_attribute_set *set, unsigned field, uint8_t *to);

/* Takes attributes apart that were written so, all together of at most
 * HAE_METRIC_ATTRIBUTES_SIZE_MAX bytes; false when one is not plain. */
bool hae_attributes_take_apart(const uint8_t *fields, uint32_t count,
                               struct hae_kept_attribute *ret_kept);

#endif
