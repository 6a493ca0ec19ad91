/* SPDX-License-Identifier: Apache-2.0 */
/* The way a call with attributes takes nearly always: a cheap hash of the values, the
 * lane's cache, and one comparison with what the series keeps, attribute by attribute.
 * Whatever is out of the ordinary gives NULL and takes the long way (place.h). */
#ifndef HAETAE_METRICS_LOOKUP_H
#define HAETAE_METRICS_LOOKUP_H

#include "metrics/plain.h"
#include "metrics/stream.h"
#include "recorder/lane.h"

/* More attributes, and longer text, go the long way. */
enum { HAE_QUICK_ATTRIBUTES_MAX = 16, HAE_QUICK_TEXT_MAX = 4096 };

/* The values of a call's attributes, and their hash. */
struct hae_quick {
    uint64_t hash;
    struct hae_plain_value values[HAE_QUICK_ATTRIBUTES_MAX];
};

static inline struct hae_plain_value hae_quick_value(const haetae_value *value)
{
    if (HAE_LIKELY(value->type == HAETAE_VALUE_STRING)) {
        if (HAE_LIKELY(value->as.string.data != NULL &&
                       value->as.string.length <= HAE_QUICK_TEXT_MAX)) {
            return hae_plain_text_value((const uint8_t *)value->as.string.data,
                                        value->as.string.length);
        }
    } else if (value->type == HAETAE_VALUE_INT64 || value->type == HAETAE_VALUE_DOUBLE) {
        return (struct hae_plain_value){(uint64_t)value->type, hae_load64(&value->as), 0};
    } else if (value->type == HAETAE_VALUE_BOOL) {
        return (struct hae_plain_value){HAETAE_VALUE_BOOL, value->as.boolean, 0};
    }
    return (struct hae_plain_value){0, 0, 0};
}

/* Reads the values; false when the set is not for this way. The hash is of the values alone:
 * shapes, beginnings and ends. What differs in its middle or its keys falls on the same place
 * of the cache, and the comparison tells it apart. The hash depends on the order: each order
 * that a caller uses has its own place. */
static inline __attribute__((always_inline)) bool hae_quick_read(uint32_t stream,
                                                                 const haetae_attribute *attributes,
                                                                 size_t count,
                                                                 struct hae_quick *ret_quick)
{
    uint64_t hash = stream;

    if (HAE_UNLIKELY(count > HAE_QUICK_ATTRIBUTES_MAX)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct hae_plain_value value = hae_quick_value(&attributes[i].value);

        if (HAE_UNLIKELY(value.shape == 0)) {
            return false;
        }
        ret_quick->values[i] = value;
        /* The halves change places, so that each round spreads over all bits. */
        hash = ((hash << 32 | hash >> 32) ^ (value.first + value.last + value.shape)) *
               HAE_HASH_FACTOR;
    }
    ret_quick->hash = hash;
    return true;
}

/* Compares all but the first and last 8 bytes of texts of equal length, 8 and more. */
static inline bool hae_same_inside(const uint8_t *a, const uint8_t *b, size_t length)
{
    uint64_t differ = 0;

    for (size_t at = 8; at + 8 < length; at += 8) {
        differ |= hae_load64(a + at) ^ hae_load64(b + at);
    }
    return differ == 0;
}

static inline bool hae_same_key(const uint8_t *key, const uint8_t *kept, size_t length)
{
    if (HAE_LIKELY(length >= 8)) {
        return hae_load64(key) == hae_load64(kept) &&
               hae_load64(key + length - 8) == hae_load64(kept + length - 8) &&
               (length <= 16 || hae_same_inside(key, kept, length));
    }
    if (length >= 4) {
        return hae_load32(key) == hae_load32(kept) &&
               hae_load32(key + length - 4) == hae_load32(kept + length - 4);
    }
    /* A key that is kept is not empty. */
    return key[0] == kept[0] && key[length / 2] == kept[length / 2] &&
           key[length - 1] == kept[length - 1];
}

/* Whether these are the attributes kept, in the order they are kept. */
static inline __attribute__((always_inline)) bool
hae_same_as_kept(const struct hae_kept_attribute *kept, const uint8_t *fields,
                 const haetae_attribute *attributes, size_t count, const struct hae_quick *quick)
{
    for (size_t i = 0; i < count; i++) {
        const haetae_attribute *attribute = &attributes[i];
        const struct hae_plain_value *value = &quick->values[i];

        if (attribute->key.length != kept[i].key_length || attribute->key.data == NULL ||
            value->first != kept[i].plain.first || value->last != kept[i].plain.last ||
            value->shape != kept[i].plain.shape ||
            !hae_same_key((const uint8_t *)attribute->key.data, fields + kept[i].key,
                          kept[i].key_length)) {
            return false;
        }
        if (value->shape > (UINT64_C(16) << 8 | 0xFF) &&
            !hae_same_inside((const uint8_t *)attribute->value.as.string.data,
                             fields + kept[i].value, (size_t)(value->shape >> 8))) {
            return false;
        }
    }
    return true;
}

/* Returns two places of the cache, side by side. The top bits of the hash are its best. */
static inline struct hae_lane_series *hae_lane_places(struct hae_lane_metrics *own, uint64_t hash)
{
    return &own->cache[(hash >> 56) & own->cache_mask];
}

/* Returns the lane's cell for a set, if the cache knows it. The caller has entered, and owns
 * the lane. */
static inline __attribute__((always_inline)) void *
hae_known_cell(const struct hae_stream *stream, const struct hae_lane *lane,
               const haetae_attribute *attributes, size_t count)
{
    struct hae_region *region = stream->region;
    const struct hae_lane_series *known;
    const struct hae_series *series;
    struct hae_quick quick;

    if (HAE_UNLIKELY(lane->metrics_offset == 0 ||
                     !hae_quick_read(stream->reference, attributes, count, &quick))) {
        return NULL;
    }
    known = hae_lane_places(hae_region_at(region, lane->metrics_offset), quick.hash);
    if (HAE_UNLIKELY(known->hash != quick.hash)) {
        known++;
        if (known->hash != quick.hash) {
            return NULL;
        }
    }
    series = hae_ref_at(region, known->series);
    if (HAE_UNLIKELY(known->series == 0 || series->stream != stream->reference ||
                     series->attribute_count != count)) {
        return NULL;
    }
    if (HAE_UNLIKELY(!hae_same_as_kept(hae_ref_at(region, series->kept),
                                       hae_ref_at(region, series->attributes), attributes, count,
                                       &quick)) &&
        !hae_plain_same(region, series, attributes, count)) {
        return NULL;
    }
    return hae_ref_at(region, known->cell);
}

#endif
