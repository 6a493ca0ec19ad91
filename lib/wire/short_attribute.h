/* SPDX-License-Identifier: Apache-2.0 */
/* The common attribute: a scalar or ASCII text, every length of which fits one byte.
 * Inline in the calls that record; everything else takes the long way of value.c. */
#ifndef HAE_WIRE_SHORT_ATTRIBUTE_H
#define HAE_WIRE_SHORT_ATTRIBUTE_H

#include "wire/value.h"

/* Field numbers of AnyValue, KeyValue, ArrayValue and KeyValueList. */
enum {
    HAE_ANY_STRING = 1,
    HAE_ANY_BOOL = 2,
    HAE_ANY_INT = 3,
    HAE_ANY_DOUBLE = 4,
    HAE_ANY_ARRAY = 5,
    HAE_ANY_KVLIST = 6,
    HAE_ANY_BYTES = 7,
    HAE_KEY_VALUE_KEY = 1,
    HAE_KEY_VALUE_VALUE = 2,
    HAE_LIST_VALUES = 1
};

/* Measures, reserves, writes: right for everything, and slower. */
enum hae_put hae_put_attribute_measured(struct hae_sink *sink, unsigned field,
                                        const haetae_attribute *attribute, size_t limit);

/* Short: every length fits one byte. */
enum { HAE_SHORT_MAX = 0x7F };

/* The size of an AnyValue of a simple type, were its text ASCII; more than HAE_SHORT_MAX
 * when it is not simple or not short. */
static inline size_t hae_simple_value_size(const haetae_value *value, size_t limit)
{
    size_t length;

    switch (value->type) {
    case HAETAE_VALUE_STRING:
        length = value->as.string.length;
        return HAE_LIKELY(value->as.string.data != NULL && length <= limit &&
                          length <= HAE_SHORT_MAX)
                   ? 2 + length
                   : SIZE_MAX;
    case HAETAE_VALUE_BOOL:
        return 2;
    case HAETAE_VALUE_INT64:
        return 1 + hae_varint_size((uint64_t)value->as.int64);
    case HAETAE_VALUE_DOUBLE:
        return 9;
    default:
        return SIZE_MAX;
    }
}

static inline uint8_t *hae_put_simple_value(uint8_t *at, const haetae_value *value, uint64_t *seen)
{
    size_t length;

    switch (value->type) {
    case HAETAE_VALUE_STRING:
        length = value->as.string.length;
        *at++ = HAE_TAG(HAE_ANY_STRING, HAE_WIRE_LENGTH);
        *at++ = (uint8_t)length;
        *seen |= hae_copy_or(at, (const uint8_t *)value->as.string.data, length);
        return at + length;
    case HAETAE_VALUE_BOOL:
        *at++ = HAE_TAG(HAE_ANY_BOOL, HAE_WIRE_VARINT);
        *at++ = value->as.boolean;
        return at;
    case HAETAE_VALUE_INT64:
        *at++ = HAE_TAG(HAE_ANY_INT, HAE_WIRE_VARINT);
        return hae_put_varint(at, (uint64_t)value->as.int64);
    default:
        *at++ = HAE_TAG(HAE_ANY_DOUBLE, HAE_WIRE_FIXED64);
        return hae_put_fixed64(at, hae_double_bits(value->as.real));
    }
}

/* As hae_put_attribute(). */
static inline enum hae_put hae_put_attribute_inline(struct hae_sink *sink, unsigned field,
                                                    const haetae_attribute *attribute,
                                                    size_t value_limit)
{
    size_t key_length = attribute->key.length;
    size_t value = hae_simple_value_size(&attribute->value, value_limit);
    size_t size = 4 + key_length + value;
    uint64_t seen;
    uint8_t *at = sink->at;

    /* Each summand is looked at, for the sum might wrap. */
    if (HAE_UNLIKELY(value > HAE_SHORT_MAX || key_length - 1 > HAE_SHORT_MAX ||
                     size > HAE_SHORT_MAX || attribute->key.data == NULL ||
                     hae_sink_room(sink) < size + 2)) {
        return hae_put_attribute_measured(sink, field, attribute, value_limit);
    }
    at[0] = HAE_TAG(field, HAE_WIRE_LENGTH);
    at[1] = (uint8_t)size;
    at[2] = HAE_TAG(HAE_KEY_VALUE_KEY, HAE_WIRE_LENGTH);
    at[3] = (uint8_t)key_length;
    at += 4;
    seen = hae_copy_or(at, (const uint8_t *)attribute->key.data, key_length);
    at += key_length;
    at[0] = HAE_TAG(HAE_KEY_VALUE_VALUE, HAE_WIRE_LENGTH);
    at[1] = (uint8_t)value;
    at = hae_put_simple_value(at + 2, &attribute->value, &seen);
    if (HAE_UNLIKELY((seen & HAE_HIGH_BITS) != 0)) {
        /* Not ASCII: the bytes just written may be fine, or need repair. */
        return hae_put_attribute_measured(sink, field, attribute, value_limit);
    }
    sink->at = at;
    return HAE_PUT_OK;
}

#endif
