/* SPDX-License-Identifier: Apache-2.0 */
/* AnyValue and KeyValue, from the caller's structs straight into wire format. */
#ifndef HAETAE_WIRE_VALUE_H
#define HAETAE_WIRE_VALUE_H

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
    size_t value_length; /* code points of text, bytes of byte strings; HAE_NO_LIMIT */
};

/* Writes `attribute` as a KeyValue in field `field` (below 16): measures, reserves and writes.
 * hae_put_attribute() in attribute.h is faster. */
enum hae_put hae_put_attribute_measured(struct hae_sink *sink, unsigned field,
                                        const haetae_attribute *attribute, size_t value_limit);

/* Writes `value` as an AnyValue in field `field`. */
enum hae_put hae_put_value(struct hae_sink *sink, unsigned field, const haetae_value *value,
                           size_t value_limit);

/* Exact sizes on the wire, for callers that reserve first: of a KeyValue, without tag and
 * length, and of an AnyValue. False when a part is invalid. */
bool hae_attribute_size(const haetae_attribute *attribute, size_t value_limit,
                        size_t *ret_size_bytes);
bool hae_value_size(const haetae_value *value, size_t value_limit, size_t *ret_size_bytes);

/* Whether a list's pointer and count are valid: see types.h of the API. */
static inline bool hae_attributes_valid(const haetae_attribute *attributes, size_t count)
{
    return attributes != NULL && count <= (size_t)PTRDIFF_MAX / sizeof *attributes;
}

/* In longer lists equal keys are not searched for: it would cost too much. */
enum { HAE_DUPLICATE_SEARCH_MAX = 256 };

/* True when an attribute after the one at `index` has the same key. */
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
