/* SPDX-License-Identifier: Apache-2.0 */
/* Plain attribute sets, which are hashed and compared as the caller has them.
 *
 * A plain set has keys, and values that are text or scalars. Sets with other values, with a
 * duplicate key, with something invalid or with ill-formed text are read by attribute_set.h.
 * Text that is not UTF-8 never equals what is kept, which has been repaired, so a plain
 * comparison can't mistake it. */
#ifndef HAETAE_METRICS_PLAIN_H
#define HAETAE_METRICS_PLAIN_H

#include "metrics/attribute_hash.h"
#include "wire/reader.h"
#include "wire/wire.h"

/* Longer text is not plain. */
enum { HAE_PLAIN_TEXT_MAX = 16 * 1024 };

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

/* Whether a plain set would be kept as it is: UTF-8 throughout, and no duplicate key. */
bool hae_plain_canonical(const haetae_attribute *attributes, size_t count);

/* ---- Attributes as they are kept -------------------------------------------------- */

/* The field at `at`: sets where its body begins and returns where the next one does. */
static inline const uint8_t *hae_kept_field(const uint8_t *at, const uint8_t **ret_body)
{
    size_t length;

    *ret_body = hae_own_length(at + 1, &length);
    return *ret_body + length;
}

/* Splits up `count` attributes that hae_attribute_set_write() wrote, together at most
 * HAE_METRIC_ATTRIBUTES_SIZE_MAX bytes. False: one is not plain. */
bool hae_plain_split(const uint8_t *fields, uint32_t count, struct hae_kept_attribute *ret_kept);

#endif
