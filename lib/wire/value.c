/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/value.h"

#include "wire/otlp.h"

static bool key_valid(haetae_string key)
{
    return hae_string_length(key) != 0 && hae_string_valid(key);
}

/* ---- Exact sizes ----------------------------------------------------------- */

static bool value_size(const haetae_value *value, size_t limit, int depth, size_t *ret_size);

static bool attribute_size(const haetae_attribute *attribute, size_t limit, int depth,
                           size_t *ret_size)
{
    size_t value;

    if (!key_valid(attribute->key) || !value_size(&attribute->value, limit, depth, &value)) {
        return false;
    }
    *ret_size =
        hae_field_size(hae_text_of(attribute->key, HAE_NO_LIMIT).size) + hae_field_size(value);
    return true;
}

static bool array_size(const haetae_value *items, size_t count, size_t limit, int depth,
                       size_t *ret_size)
{
    size_t sum = 0;

    if (items == NULL) {
        count = 0;
    }
    if (count > (size_t)PTRDIFF_MAX / sizeof *items) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        size_t size;

        if (!value_size(&items[i], limit, depth, &size)) {
            return false;
        }
        sum += hae_field_size(size);
    }
    *ret_size = sum;
    return true;
}

static bool map_size(const haetae_attribute *items, size_t count, size_t limit, int depth,
                     size_t *ret_size)
{
    size_t sum = 0;

    if (items == NULL) {
        count = 0;
    }
    if (count > (size_t)PTRDIFF_MAX / sizeof *items) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        size_t size;

        if (hae_attribute_is_duplicate(items, count, i)) {
            continue;
        }
        if (!attribute_size(&items[i], limit, depth, &size)) {
            return false;
        }
        sum += hae_field_size(size);
    }
    *ret_size = sum;
    return true;
}

static size_t bytes_length(const haetae_value *value, size_t limit)
{
    size_t length = value->as.bytes.data != NULL ? value->as.bytes.length : 0;

    return length < limit ? length : limit;
}

static bool value_size(const haetae_value *value, size_t limit, int depth, size_t *ret_size)
{
    size_t inner;

    switch (value->type) {
    case HAETAE_VALUE_STRING:
        if (!hae_string_valid(value->as.string)) {
            return false;
        }
        *ret_size = hae_field_size(hae_text_of(value->as.string, limit).size);
        return true;
    case HAETAE_VALUE_BOOL:
        *ret_size = 2;
        return true;
    case HAETAE_VALUE_INT64:
        *ret_size = 1 + hae_varint_size((uint64_t)value->as.int64);
        return true;
    case HAETAE_VALUE_DOUBLE:
        *ret_size = 9;
        return true;
    case HAETAE_VALUE_BYTES:
        *ret_size = hae_field_size(bytes_length(value, limit));
        return value->as.bytes.data == NULL || value->as.bytes.length <= (size_t)PTRDIFF_MAX;
    case HAETAE_VALUE_ARRAY:
    case HAETAE_VALUE_MAP:
        if (depth >= HAETAE_VALUE_DEPTH_MAX) {
            break;
        }
        if (value->type == HAETAE_VALUE_ARRAY
                ? !array_size(value->as.array.items, value->as.array.count, limit, depth + 1,
                              &inner)
                : !map_size(value->as.map.items, value->as.map.count, limit, depth + 1, &inner)) {
            return false;
        }
        *ret_size = hae_field_size(inner);
        return true;
    default:
        break;
    }
    *ret_size = 0;
    return true;
}

bool hae_value_size(const haetae_value *value, size_t value_limit, size_t *ret_size_bytes)
{
    return value_size(value, value_limit, 0, ret_size_bytes);
}

bool hae_attribute_size(const haetae_attribute *attribute, size_t value_limit,
                        size_t *ret_size_bytes)
{
    return attribute_size(attribute, value_limit, 0, ret_size_bytes);
}

/* ---- Writing what was measured and reserved --------------------------------- */

static void put_value(struct hae_sink *sink, const haetae_value *value, size_t limit, int depth);

static void put_head(struct hae_sink *sink, unsigned field, size_t size)
{
    hae_sink_put_byte(sink, HAE_TAG(field, HAE_WIRE_LENGTH));
    hae_sink_put_varint(sink, size);
}

static void put_attribute(struct hae_sink *sink, const haetae_attribute *attribute, size_t limit,
                          int depth)
{
    struct hae_text key = hae_text_of(attribute->key, HAE_NO_LIMIT);
    size_t size = 0;

    put_head(sink, HAE_OTLP_KEY_VALUE_KEY, key.size);
    hae_sink_put_text(sink, key);
    (void)value_size(&attribute->value, limit, depth, &size);
    put_head(sink, HAE_OTLP_KEY_VALUE_VALUE, size);
    put_value(sink, &attribute->value, limit, depth);
}

static void put_array(struct hae_sink *sink, const haetae_value *value, size_t limit, int depth)
{
    size_t count = value->as.array.items != NULL ? value->as.array.count : 0;
    size_t size = 0;

    (void)array_size(value->as.array.items, count, limit, depth, &size);
    put_head(sink, HAE_OTLP_ANY_VALUE_ARRAY_VALUE, size);
    for (size_t i = 0; i < count; i++) {
        (void)value_size(&value->as.array.items[i], limit, depth, &size);
        put_head(sink, HAE_OTLP_ARRAY_VALUE_VALUES, size);
        put_value(sink, &value->as.array.items[i], limit, depth);
    }
}

static void put_map(struct hae_sink *sink, const haetae_value *value, size_t limit, int depth)
{
    const haetae_attribute *items = value->as.map.items;
    size_t count = items != NULL ? value->as.map.count : 0;
    size_t size = 0;

    (void)map_size(items, count, limit, depth, &size);
    put_head(sink, HAE_OTLP_ANY_VALUE_KVLIST_VALUE, size);
    for (size_t i = 0; i < count; i++) {
        if (!hae_attribute_is_duplicate(items, count, i)) {
            (void)attribute_size(&items[i], limit, depth, &size);
            put_head(sink, HAE_OTLP_KEY_VALUE_LIST_VALUES, size);
            put_attribute(sink, &items[i], limit, depth);
        }
    }
}

static void put_value(struct hae_sink *sink, const haetae_value *value, size_t limit, int depth)
{
    uint8_t number[8];
    struct hae_text text;

    switch (value->type) {
    case HAETAE_VALUE_STRING:
        text = hae_text_of(value->as.string, limit);
        put_head(sink, HAE_OTLP_ANY_VALUE_STRING_VALUE, text.size);
        hae_sink_put_text(sink, text);
        break;
    case HAETAE_VALUE_BOOL:
        hae_sink_put_byte(sink, HAE_TAG(HAE_OTLP_ANY_VALUE_BOOL_VALUE, HAE_WIRE_VARINT));
        hae_sink_put_byte(sink, value->as.boolean);
        break;
    case HAETAE_VALUE_INT64:
        hae_sink_put_byte(sink, HAE_TAG(HAE_OTLP_ANY_VALUE_INT_VALUE, HAE_WIRE_VARINT));
        hae_sink_put_varint(sink, (uint64_t)value->as.int64);
        break;
    case HAETAE_VALUE_DOUBLE:
        hae_sink_put_byte(sink, HAE_TAG(HAE_OTLP_ANY_VALUE_DOUBLE_VALUE, HAE_WIRE_FIXED64));
        hae_put_fixed64(number, hae_double_bits(value->as.real));
        hae_sink_put(sink, number, sizeof number);
        break;
    case HAETAE_VALUE_BYTES:
        put_head(sink, HAE_OTLP_ANY_VALUE_BYTES_VALUE, bytes_length(value, limit));
        hae_sink_put(sink, value->as.bytes.data, bytes_length(value, limit));
        break;
    case HAETAE_VALUE_ARRAY:
        if (depth < HAETAE_VALUE_DEPTH_MAX) {
            put_array(sink, value, limit, depth + 1);
        }
        break;
    case HAETAE_VALUE_MAP:
        if (depth < HAETAE_VALUE_DEPTH_MAX) {
            put_map(sink, value, limit, depth + 1);
        }
        break;
    default:
        break;
    }
}

/* Handles every attribute. */
enum hae_put hae_put_attribute_measured(struct hae_sink *sink, unsigned field,
                                        const haetae_attribute *attribute, size_t limit)
{
    size_t size;

    if (!attribute_size(attribute, limit, 0, &size)) {
        return HAE_PUT_INVALID;
    }
    if (!hae_sink_reserve(sink, hae_field_size(size))) {
        return HAE_PUT_FULL;
    }
    put_head(sink, field, size);
    put_attribute(sink, attribute, limit, 0);
    return HAE_PUT_OK;
}

enum hae_put hae_put_value(struct hae_sink *sink, unsigned field, const haetae_value *value,
                           size_t value_limit)
{
    size_t size;

    if (!value_size(value, value_limit, 0, &size)) {
        return HAE_PUT_INVALID;
    }
    if (!hae_sink_reserve(sink, hae_field_size(size))) {
        return HAE_PUT_FULL;
    }
    put_head(sink, field, size);
    put_value(sink, value, value_limit, 0);
    return HAE_PUT_OK;
}
