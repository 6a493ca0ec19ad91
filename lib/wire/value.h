/* SPDX-License-Identifier: Apache-2.0 */
/* AnyValue and KeyValue, from the caller's structs straight into wire format. */
#ifndef HAE_WIRE_VALUE_H
#define HAE_WIRE_VALUE_H

#include "haetae/types.h"
#include "wire/text.h"

enum hae_put {
    HAE_PUT_OK,
    HAE_PUT_FULL,   /* no room; nothing was written                          */
    HAE_PUT_INVALID /* an empty key or an invalid length; nothing was written */
};

/* Limits on a list of attributes. Specification: "Attribute limits". */
struct hae_limits {
    uint32_t count;
    size_t value_length; /* code points of text, bytes of bytes; HAE_NO_LIMIT */
};

/* Writes `attribute` as a KeyValue in field `field` (below 16). */
enum hae_put hae_put_attribute(struct hae_sink *sink, unsigned field,
                               const haetae_attribute *attribute, size_t value_limit);

/* Writes a list: the later of equal keys, up to limits->count of them. What is
 * left out for the limit, for want of room or as invalid is added to
 * *dropped_count. */
void hae_put_attributes(struct hae_sink *sink, unsigned field, const haetae_attribute *attributes,
                        size_t count, const struct hae_limits *limits, uint32_t *dropped_count);

/* Writes `value` as an AnyValue in field `field`. */
enum hae_put hae_put_value(struct hae_sink *sink, unsigned field, const haetae_value *value,
                           size_t value_limit);

/* Exact sizes on the wire, for what is allocated first: a KeyValue, without tag
 * and length, and an AnyValue. False when something in it is invalid. */
bool hae_attribute_size(const haetae_attribute *attribute, size_t value_limit,
                        size_t *ret_size_bytes);
bool hae_value_size(const haetae_value *value, size_t value_limit, size_t *ret_size_bytes);

/* Whether a list can be meant: see types.h of the API. */
static inline bool hae_attributes_valid(const haetae_attribute *attributes, size_t count)
{
    return attributes != NULL && count <= (size_t)PTRDIFF_MAX / sizeof *attributes;
}

/* Beyond this many, looking for equal keys would cost more than it is worth. */
enum { HAE_DUPLICATE_SEARCH_MAX = 256 };

/* True when a later one of the `count` attributes has the key of the one at
 * `index`. */
static inline bool hae_attribute_is_duplicate(const haetae_attribute *attributes, size_t count,
                                              size_t index)
{
    if (HAE_UNLIKELY(count > HAE_DUPLICATE_SEARCH_MAX)) {
        return false;
    }
    for (size_t later = index + 1; later < count; later++) {
        if (HAE_UNLIKELY(attributes[later].key.length == attributes[index].key.length &&
                         hae_string_same(attributes[later].key, attributes[index].key))) {
            return true;
        }
    }
    return false;
}

#endif
