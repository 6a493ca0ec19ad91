/* SPDX-License-Identifier: Apache-2.0 */
/* The way a call with attributes takes nearly always: a cheap hash of the values, the
 * lane's cache, and one comparison with what the series keeps, attribute by attribute.
 * Whatever is out of the ordinary gives NULL and takes the long way (place.h). */
#ifndef HAETAE_METRICS_LOOKUP_H
#define HAETAE_METRICS_LOOKUP_H

#include "metrics/plain.h"
#include "metrics/stream.h"
#include "recorder/lane.h"
#include "wire/key_list.h"

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

/* What an entry of the cache says it is for: the hash of any set, which is odd; or with an even
 * lower half the number of a list of keys, below the upper half of a hash; or no such number, below
 * the stream of the empty set. 0: it is not used. */
enum { HAE_QUICK_HALF = 32 };
#define HAE_QUICK_EMPTY HAE_KEY_LIST_NUMBER_END

static inline uint64_t hae_keyed_entry(uint64_t hash, uint32_t number)
{
    return hash >> HAE_QUICK_HALF << HAE_QUICK_HALF | number;
}

/* Reads values, at least one, that lie `stride` bytes apart; false when the set is not for this
 * way. The hash is of the values alone: shapes, beginnings and ends. What differs in its middle or
 * its keys falls on the same place of the cache, and the comparison tells it apart. The hash
 * depends on the order: each order that a caller uses has its own place. */
static HAE_ALWAYS_INLINE bool hae_quick_read_values(uint32_t stream, const haetae_value *first,
                                                    size_t stride, size_t count,
                                                    struct hae_quick *ret_quick)
{
    uint64_t hash = stream;
    size_t i = 0;

    if (HAE_UNLIKELY(count > HAE_QUICK_ATTRIBUTES_MAX)) {
        return false;
    }
    do {
        const void *at = (const uint8_t *)first + i * stride;
        struct hae_plain_value value = hae_quick_value(at);

        if (HAE_UNLIKELY(value.shape == 0)) {
            return false;
        }
        ret_quick->values[i] = value;
        /* The halves change places, so that each round spreads over all bits. */
        hash = ((hash << 32 | hash >> 32) ^ (value.first + value.last + value.shape)) *
               HAE_HASH_FACTOR;
    } while (++i < count);
    ret_quick->hash = hash | 1;
    return true;
}

/* The same for a set that is not empty. */
static HAE_ALWAYS_INLINE bool hae_quick_read(uint32_t stream, const haetae_attribute *attributes,
                                             size_t count, struct hae_quick *ret_quick)
{
    return hae_quick_read_values(stream, &attributes->value, sizeof *attributes, count, ret_quick);
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

/* Whether a value is the one that is kept, but for the middle of text. */
static HAE_ALWAYS_INLINE bool hae_same_ends(const struct hae_plain_value *value,
                                            const struct hae_plain_value *kept)
{
    return value->first == kept->first && value->last == kept->last && value->shape == kept->shape;
}

/* Whether the middle of text is the one kept, of a value whose ends are. */
static HAE_ALWAYS_INLINE bool hae_same_middle(const struct hae_plain_value *value,
                                              const haetae_value *given, const uint8_t *kept)
{
    return HAE_LIKELY(value->shape <= (UINT64_C(16) << 8 | 0xFF)) ||
           hae_same_inside((const uint8_t *)given->as.string.data, kept,
                           (size_t)(value->shape >> 8));
}

/* Whether these are the attributes kept, in the order they are kept. */
static HAE_ALWAYS_INLINE bool hae_same_as_kept(const struct hae_kept_attribute *kept,
                                               const uint8_t *fields,
                                               const haetae_attribute *attributes, size_t count,
                                               const struct hae_quick *quick)
{
    size_t i = 0;

    do {
        const haetae_attribute *attribute = &attributes[i];
        const struct hae_plain_value *value = &quick->values[i];

        if (attribute->key.length != kept[i].key_length || attribute->key.data == NULL ||
            !hae_same_ends(value, &kept[i].plain) ||
            !hae_same_key((const uint8_t *)attribute->key.data, fields + kept[i].key,
                          kept[i].key_length) ||
            !hae_same_middle(value, &attribute->value, fields + kept[i].value)) {
            return false;
        }
    } while (++i < count);
    return true;
}

/* The same for values whose keys are known to be those kept. */
static HAE_ALWAYS_INLINE bool hae_same_values_as_kept(const struct hae_kept_attribute *kept,
                                                      const uint8_t *fields,
                                                      const haetae_value *values, size_t count,
                                                      const struct hae_quick *quick)
{
    size_t i = 0;

    do {
        const struct hae_plain_value *value = &quick->values[i];

        if (!hae_same_ends(value, &kept[i].plain) ||
            !hae_same_middle(value, &values[i], fields + kept[i].value)) {
            return false;
        }
    } while (++i < count);
    return true;
}

/* Returns two places of the cache, side by side. The top bits of the hash are its best. */
static inline struct hae_lane_series *hae_lane_places(struct hae_lane_metrics *own, uint64_t hash)
{
    return &own->cache[(hash >> 56) & own->cache_mask];
}

/* Returns the entry of the lane's cache that says `wanted`, where `hash` leads to; NULL: there is
 * none. An entry that is found has a series. */
static HAE_ALWAYS_INLINE const struct hae_lane_series *
hae_lane_entry(const struct hae_stream *stream, const struct hae_lane *lane, uint64_t hash,
               uint64_t wanted)
{
    const struct hae_lane_series *known;

    if (HAE_UNLIKELY(lane->metrics_offset == 0)) {
        return NULL;
    }
    known = hae_lane_places(hae_region_at(stream->region, lane->metrics_offset), hash);
    if (HAE_LIKELY(known->hash == wanted)) {
        return known;
    }
    return known[1].hash == wanted ? known + 1 : NULL;
}

/* The next functions return the cache's entry for a set; NULL: there is none. The caller has
 * entered, and owns the lane. */

static inline uint64_t hae_empty_hash(uint32_t stream)
{
    return stream * HAE_HASH_FACTOR;
}

static inline uint64_t hae_empty_entry(uint32_t stream)
{
    return (uint64_t)stream << HAE_QUICK_HALF | HAE_QUICK_EMPTY;
}

static HAE_ALWAYS_INLINE const struct hae_lane_series *
hae_known_empty(const struct hae_stream *stream, const struct hae_lane *lane)
{
    return hae_lane_entry(stream, lane, hae_empty_hash(stream->reference),
                          hae_empty_entry(stream->reference));
}

/* The entry by the hash alone, of a set that is not empty. */
static HAE_ALWAYS_INLINE const struct hae_lane_series *
hae_known_hash(const struct hae_stream *stream, const struct hae_lane *lane,
               const haetae_attribute *attributes, size_t count, struct hae_quick *ret_quick)
{
    if (HAE_UNLIKELY(!hae_quick_read(stream->reference, attributes, count, ret_quick))) {
        return NULL;
    }
    return hae_lane_entry(stream, lane, ret_quick->hash, ret_quick->hash);
}

/* Whether a series is the stream's, of that set. */
static HAE_ALWAYS_INLINE bool hae_known_same(const struct hae_stream *stream,
                                             const struct hae_series *series,
                                             const haetae_attribute *attributes, size_t count,
                                             const struct hae_quick *quick)
{
    struct hae_region *region = stream->region;

    if (HAE_UNLIKELY(series->stream != stream->reference || series->attribute_count != count)) {
        return false;
    }
    return HAE_LIKELY(hae_same_as_kept(hae_ref_at(region, series->kept),
                                       hae_ref_at(region, series->attributes), attributes, count,
                                       quick)) ||
           hae_plain_same(region, series, attributes, count);
}

/* Of a set that is not empty. Not made of the two above, which takes more registers. */
static HAE_ALWAYS_INLINE const struct hae_lane_series *
hae_known_set(const struct hae_stream *stream, const struct hae_lane *lane,
              const haetae_attribute *attributes, size_t count)
{
    struct hae_region *region = stream->region;
    const struct hae_lane_series *known;
    const struct hae_series *series;
    struct hae_quick quick;

    if (HAE_UNLIKELY(!hae_quick_read(stream->reference, attributes, count, &quick))) {
        return NULL;
    }
    known = hae_lane_entry(stream, lane, quick.hash, quick.hash);
    if (HAE_UNLIKELY(known == NULL)) {
        return NULL;
    }
    series = hae_ref_at(region, known->series);
    if (HAE_UNLIKELY(series->stream != stream->reference || series->attribute_count != count)) {
        return NULL;
    }
    if (HAE_UNLIKELY(!hae_same_as_kept(hae_ref_at(region, series->kept),
                                       hae_ref_at(region, series->attributes), attributes, count,
                                       &quick)) &&
        !hae_plain_same(region, series, attributes, count)) {
        return NULL;
    }
    return known;
}

/* Of a list of keys with a number, and as many values. An entry with that number is of a series
 * with these keys in this order, so the values alone are left to compare. */
static HAE_ALWAYS_INLINE const struct hae_lane_series *
hae_known_keyed(const struct hae_stream *stream, const struct hae_lane *lane, uint32_t number,
                const haetae_value *values, size_t count)
{
    struct hae_region *region = stream->region;
    const struct hae_lane_series *known;
    const struct hae_series *series;
    struct hae_quick quick;

    if (HAE_UNLIKELY(
            !hae_quick_read_values(stream->reference, values, sizeof *values, count, &quick))) {
        return NULL;
    }
    known = hae_lane_entry(stream, lane, quick.hash, hae_keyed_entry(quick.hash, number));
    if (HAE_UNLIKELY(known == NULL)) {
        return NULL;
    }
    series = hae_ref_at(region, known->series);
    return HAE_LIKELY(series->stream == stream->reference &&
                      hae_same_values_as_kept(hae_ref_at(region, series->kept),
                                              hae_ref_at(region, series->attributes), values, count,
                                              &quick))
               ? known
               : NULL;
}

/* The lane's entry for a set, of any size; NULL: the cache does not know it. */
static inline const struct hae_lane_series *hae_known(const struct hae_stream *stream,
                                                      const struct hae_lane *lane,
                                                      const haetae_attribute *attributes,
                                                      size_t count)
{
    return count == 0 ? hae_known_empty(stream, lane)
                      : hae_known_set(stream, lane, attributes, count);
}

#endif
