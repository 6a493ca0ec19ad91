/* SPDX-License-Identifier: Apache-2.0 */
/* The common attribute: a scalar or valid text, each of whose lengths fits one byte.
 * Recording calls have it inline; value.c handles every other attribute. */
#ifndef HAETAE_WIRE_SHORT_ATTRIBUTE_H
#define HAETAE_WIRE_SHORT_ATTRIBUTE_H

#include "wire/otlp.h"
#include "wire/value.h"

/* Short: every length fits one byte. */
enum { HAE_SHORT_MAX = 0x7F };

/* The tags and lengths around key and value; the size of the longest number. */
enum { HAE_SHORT_AROUND = 8, HAE_SHORT_NUMBER_MAX = 1 + HAE_VARINT_MAX };

static inline bool hae_short_key(haetae_string key)
{
    return key.length - 1 < HAE_SHORT_MAX && key.data != NULL;
}

/* Writes the AnyValue of a number or a boolean; NULL for other types. */
static inline uint8_t *hae_put_scalar(uint8_t *at, const haetae_value *value)
{
    switch (value->type) {
    case HAETAE_VALUE_INT64:
        at[0] = HAE_TAG(HAE_OTLP_ANY_VALUE_INT_VALUE, HAE_WIRE_VARINT);
        return hae_put_varint(at + 1, (uint64_t)value->as.int64);
    case HAETAE_VALUE_BOOL:
        at[0] = HAE_TAG(HAE_OTLP_ANY_VALUE_BOOL_VALUE, HAE_WIRE_VARINT);
        at[1] = value->as.boolean;
        return at + 2;
    case HAETAE_VALUE_DOUBLE:
        at[0] = HAE_TAG(HAE_OTLP_ANY_VALUE_DOUBLE_VALUE, HAE_WIRE_FIXED64);
        return hae_put_fixed64(at + 1, hae_double_bits(value->as.real));
    default:
        return NULL;
    }
}

/* Writes a short attribute at `at` and returns its end. `end` is the end of the room. NULL
 * when the attribute is not short, does not fit or breaks a limit; the bytes written so far
 * are then meaningless. The lengths in front are written last. */
static HAE_ALWAYS_INLINE uint8_t *hae_put_short_attribute(uint8_t *at, const uint8_t *end,
                                                          unsigned field,
                                                          const haetae_attribute *attribute,
                                                          size_t value_limit)
{
    const haetae_value *value = &attribute->value;
    size_t key_length = attribute->key.length;
    bool text = value->type == HAETAE_VALUE_STRING;
    size_t length = text ? value->as.string.length : HAE_SHORT_NUMBER_MAX - 2;
    uint8_t *to;

    /* Checks each summand, since the sum could wrap. */
    if (HAE_UNLIKELY(!hae_short_key(attribute->key) || length > HAE_SHORT_MAX ||
                     key_length + length > HAE_SHORT_MAX - HAE_SHORT_AROUND + 2 ||
                     (size_t)(end - at) < key_length + length + HAE_SHORT_AROUND)) {
        return NULL;
    }
    to = at + 6 + key_length;
    if (HAE_UNLIKELY(!hae_copy_text(at + 4, attribute->key.data, key_length))) {
        return NULL;
    }
    if (text) {
        if (HAE_UNLIKELY(value->as.string.data == NULL || length > value_limit ||
                         !hae_copy_text(to + 2, value->as.string.data, length))) {
            return NULL;
        }
        to[0] = HAE_TAG(HAE_OTLP_ANY_VALUE_STRING_VALUE, HAE_WIRE_LENGTH);
        to[1] = (uint8_t)length;
        to += length + 2;
    } else {
        to = hae_put_scalar(to, value);
    }
    if (HAE_UNLIKELY(to == NULL)) {
        return NULL;
    }
    at[0] = HAE_TAG(field, HAE_WIRE_LENGTH);
    at[1] = (uint8_t)(to - at - 2);
    at[2] = HAE_TAG(HAE_OTLP_KEY_VALUE_KEY, HAE_WIRE_LENGTH);
    at[3] = (uint8_t)key_length;
    at[4 + key_length] = HAE_TAG(HAE_OTLP_KEY_VALUE_VALUE, HAE_WIRE_LENGTH);
    at[5 + key_length] = (uint8_t)(to - at - 6 - (ptrdiff_t)key_length);
    return to;
}

/* As hae_put_attribute(). */
static inline enum hae_put hae_put_attribute_inline(struct hae_sink *sink, unsigned field,
                                                    const haetae_attribute *attribute,
                                                    const struct hae_value_limits *limits)
{
    uint8_t *to = hae_put_short_attribute(sink->at, sink->end, field, attribute, limits->length);

    if (HAE_UNLIKELY(to == NULL)) {
        return hae_put_attribute_measured(sink, field, attribute, *limits);
    }
    sink->at = to;
    return HAE_PUT_OK;
}

#endif
