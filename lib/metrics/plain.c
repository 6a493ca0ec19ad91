/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/plain.h"

#include "base/utf8.h"
#include "wire/otlp.h"
#include "wire/reader.h"
#include "wire/text.h"

static inline bool same_bytes(const uint8_t *a, const uint8_t *b, size_t length)
{
    if (length >= 8) {
        uint64_t differ = hae_load64(a + length - 8) ^ hae_load64(b + length - 8);

        for (size_t at = 0; at + 8 < length; at += 8) {
            differ |= hae_load64(a + at) ^ hae_load64(b + at);
        }
        return differ == 0;
    }
    return hae_word_of_few(a, length) == hae_word_of_few(b, length);
}

static inline bool same_text(haetae_string text, const uint8_t *kept, size_t length)
{
    return text.length == length && same_bytes((const uint8_t *)text.data, kept, length);
}

/* Whether the encoded AnyValue [at, end) is this plain value. */
static inline bool same_value(const haetae_value *value, const uint8_t *at, const uint8_t *end)
{
    size_t length;

    if (at == end) {
        return false;
    }
    switch (value->type) {
    case HAETAE_VALUE_STRING:
        if (*at != HAE_TAG(HAE_OTLP_ANY_VALUE_STRING_VALUE, HAE_WIRE_LENGTH)) {
            return false;
        }
        at = hae_own_length(at + 1, &length);
        return same_text(value->as.string, at, length);
    case HAETAE_VALUE_BOOL:
        return at[0] == HAE_TAG(HAE_OTLP_ANY_VALUE_BOOL_VALUE, HAE_WIRE_VARINT) &&
               at[1] == value->as.boolean;
    case HAETAE_VALUE_INT64: {
        uint8_t bytes[1 + HAE_VARINT_MAX] = {
            HAE_TAG(HAE_OTLP_ANY_VALUE_INT_VALUE, HAE_WIRE_VARINT)};
        const uint8_t *stop = hae_put_varint(bytes + 1, (uint64_t)value->as.int64);

        return stop - bytes == end - at && memcmp(bytes, at, (size_t)(end - at)) == 0;
    }
    case HAETAE_VALUE_DOUBLE:
        return at[0] == HAE_TAG(HAE_OTLP_ANY_VALUE_DOUBLE_VALUE, HAE_WIRE_FIXED64) &&
               hae_le64(hae_load64(at + 1)) == hae_double_bits(value->as.real);
    default:
        return false;
    }
}

/* Whether the KeyValue [at, end) is this plain attribute. */
static inline bool same_attribute(const haetae_attribute *attribute, const uint8_t *at,
                                  const uint8_t *end)
{
    size_t length;

    at = hae_own_length(at + 1, &length); /* the key's tag is there always */
    if (!same_text(attribute->key, at, length)) {
        return false;
    }
    at = hae_own_length(at + length + 1, &length);
    return same_value(&attribute->value, at, end);
}

static bool same_in_any_order(const uint8_t *kept, const haetae_attribute *attributes, size_t count)
{
    /* The keys kept are distinct. If each of them is among as many attributes, they
     * are the same set. */
    for (size_t i = 0; i < count; i++) {
        const uint8_t *body;
        const uint8_t *next = hae_kept_field(kept, &body);
        size_t j = 0;

        while (j < count && !same_attribute(&attributes[j], body, next)) {
            j++;
        }
        if (j == count) {
            return false;
        }
        kept = next;
    }
    return true;
}

bool hae_plain_same(struct hae_region *region, const struct hae_series *series,
                    const haetae_attribute *attributes, size_t count)
{
    const uint8_t *kept = hae_ref_at(region, series->attributes);
    const uint8_t *at = kept;

    if (series->attribute_count != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *body;
        const uint8_t *next = hae_kept_field(at, &body);

        if (HAE_UNLIKELY(!same_attribute(&attributes[i], body, next))) {
            return same_in_any_order(kept, attributes, count);
        }
        at = next;
    }
    return true;
}

static bool is_utf8(haetae_string text)
{
    return hae_utf8_valid((const uint8_t *)text.data, text.length);
}

bool hae_plain_canonical(const haetae_attribute *attributes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const haetae_value *value = &attributes[i].value;

        if (!is_utf8(attributes[i].key) ||
            (value->type == HAETAE_VALUE_STRING && !is_utf8(value->as.string))) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (hae_string_same(attributes[j].key, attributes[i].key)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- Splitting up what is kept --------------------------------------------------- */

static struct hae_plain_value plain_number(haetae_value_type type, uint64_t bits)
{
    return (struct hae_plain_value){(uint64_t)type, bits, 0};
}

/* The encoded AnyValue [at, end). */
static bool split_value(const uint8_t *fields, const uint8_t *at, const uint8_t *end,
                        struct hae_kept_attribute *kept)
{
    struct hae_reader reader;
    uint64_t integer = 0;
    size_t length;

    switch (at != end ? *at : 0) {
    case HAE_TAG(HAE_OTLP_ANY_VALUE_STRING_VALUE, HAE_WIRE_LENGTH):
        at = hae_own_length(at + 1, &length);
        kept->plain = hae_plain_text_value(at, length);
        kept->value = (uint16_t)(at - fields);
        return true;
    case HAE_TAG(HAE_OTLP_ANY_VALUE_BOOL_VALUE, HAE_WIRE_VARINT):
        kept->plain = plain_number(HAETAE_VALUE_BOOL, at[1]);
        return true;
    case HAE_TAG(HAE_OTLP_ANY_VALUE_INT_VALUE, HAE_WIRE_VARINT):
        reader = hae_reader_over(at + 1, (size_t)(end - at - 1));
        (void)hae_read_varint(&reader, &integer); /* written here: it is whole */
        kept->plain = plain_number(HAETAE_VALUE_INT64, integer);
        return true;
    case HAE_TAG(HAE_OTLP_ANY_VALUE_DOUBLE_VALUE, HAE_WIRE_FIXED64):
        kept->plain = plain_number(HAETAE_VALUE_DOUBLE, hae_le64(hae_load64(at + 1)));
        return true;
    default:
        return false;
    }
}

bool hae_plain_split(const uint8_t *fields, uint32_t count, struct hae_kept_attribute *ret_kept)
{
    const uint8_t *at = fields;

    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *next = hae_kept_field(at, &at);
        size_t length;

        at = hae_own_length(at + 1, &length);
        ret_kept[i].key = (uint16_t)(at - fields);
        ret_kept[i].key_length = (uint16_t)length;
        at = hae_own_length(at + length + 1, &length);
        if (!split_value(fields, at, next, &ret_kept[i])) {
            return false;
        }
        at = next;
    }
    return true;
}
