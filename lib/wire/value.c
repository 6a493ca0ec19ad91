/* SPDX-License-Identifier: Apache-2.0 */
/* Each function that puts a part of a value writes exactly the size that it is given. */
#include "wire/value.h"

#include "wire/otlp.h"

static void put_value(struct hae_sink *sink, struct hae_work *work, const haetae_value *value,
                      uint32_t depth, size_t size);

static void put_head(struct hae_sink *sink, unsigned field, size_t size)
{
    hae_sink_put_byte(sink, HAE_TAG(field, HAE_WIRE_LENGTH));
    hae_sink_put_varint(sink, size);
}

/* A varint of `size` bytes, with as much of the value as fits. */
static void put_varint_of_size(struct hae_sink *sink, uint64_t value, size_t size)
{
    for (size_t i = 1; i < size; i++) {
        hae_sink_put_byte(sink, (uint8_t)(value & 0x7F) | 0x80);
        value >>= 7;
    }
    hae_sink_put_byte(sink, (uint8_t)(value & 0x7F));
}

void hae_put_filler(struct hae_sink *sink, size_t size_bytes)
{
    /* A number that no message of values, events and links has. */
    const unsigned field = 15;
    size_t length_size = 1;

    if (size_bytes < 2) {
        return;
    }
    while (size_bytes - 1 - length_size >= UINT64_C(1) << (7 * length_size)) {
        length_size++;
    }
    size_bytes -= 1 + length_size;
    hae_sink_put_byte(sink, HAE_TAG(field, HAE_WIRE_LENGTH));
    put_varint_of_size(sink, size_bytes, length_size);
    for (; size_bytes > 0; size_bytes--) {
        hae_sink_put_byte(sink, 0);
    }
}

/* Whether a field of `size` bytes can come next, and leave a rest that a filler can fill. */
static bool fits(size_t size, size_t room)
{
    return size == room || (size < room && room - size >= 2);
}

/* The size of what is in a field of `size` bytes. False: no field has this size, or nothing that
 * could be put into it: no value has a size of 1, and no filler. */
static bool content_of(size_t size, size_t *ret_content)
{
    for (size_t length_size = 1; length_size <= 5 && size > length_size; length_size++) {
        size_t content = size - 1 - length_size;

        if (hae_field_size(content) == size) {
            *ret_content = content;
            return content != 1;
        }
    }
    return false;
}

static void put_attribute(struct hae_sink *sink, struct hae_work *work,
                          const haetae_attribute *attribute, uint32_t depth, size_t size)
{
    struct hae_text key = {NULL, 0, 0, true};
    size_t value = 0;

    if (hae_key_valid(attribute->key)) {
        key = hae_text_of(attribute->key, HAE_NO_LIMIT);
    }
    if (hae_field_size(key.size) > size || !content_of(size - hae_field_size(key.size), &value)) {
        hae_put_filler(sink, size);
        return;
    }
    put_head(sink, HAE_OTLP_KEY_VALUE_KEY, key.size);
    hae_sink_put_text(sink, key);
    put_head(sink, HAE_OTLP_KEY_VALUE_VALUE, value);
    put_value(sink, work, &attribute->value, depth, value);
}

static void put_items(struct hae_sink *sink, struct hae_work *work, const haetae_value *array,
                      uint32_t depth, size_t room)
{
    const haetae_value *items = array->as.array.items;
    size_t count = items != NULL ? array->as.array.count : 0;

    for (size_t i = 0; i < count && room > 0; i++) {
        size_t size;

        if (hae_measure_item(work, &items[i], depth, &size) != HAE_PUT_OK ||
            !fits(hae_field_size(size), room)) {
            break;
        }
        put_head(sink, HAE_OTLP_ARRAY_VALUE_VALUES, size);
        put_value(sink, work, &items[i], depth, size);
        room -= hae_field_size(size);
    }
    hae_put_filler(sink, room);
}

static void put_pairs(struct hae_sink *sink, struct hae_work *work, const haetae_value *map,
                      uint32_t depth, size_t room)
{
    const haetae_attribute *items = map->as.map.items;
    size_t count = items != NULL ? map->as.map.count : 0;

    for (size_t i = 0; i < count && room > 0; i++) {
        size_t size;
        enum hae_put put = hae_measure_pair(work, items, count, i, depth, &size);

        if (put == HAE_PUT_INVALID) {
            continue;
        }
        if (put != HAE_PUT_OK || !fits(hae_field_size(size), room)) {
            break;
        }
        put_head(sink, HAE_OTLP_KEY_VALUE_LIST_VALUES, size);
        put_attribute(sink, work, &items[i], depth, size);
        room -= hae_field_size(size);
    }
    hae_put_filler(sink, room);
}

static void put_text_value(struct hae_sink *sink, const haetae_value *value, size_t limit,
                           size_t size)
{
    struct hae_text text = {NULL, 0, 0, true};

    if (hae_string_valid(value->as.string)) {
        text = hae_text_of(value->as.string, limit);
    }
    if (hae_field_size(text.size) != size) {
        hae_put_filler(sink, size);
        return;
    }
    put_head(sink, HAE_OTLP_ANY_VALUE_STRING_VALUE, text.size);
    hae_sink_put_text(sink, text);
}

static void put_bytes_value(struct hae_sink *sink, const haetae_value *value, size_t limit,
                            size_t size)
{
    size_t length = hae_bytes_length(value, limit);

    if (hae_field_size(length) != size) {
        hae_put_filler(sink, size);
        return;
    }
    put_head(sink, HAE_OTLP_ANY_VALUE_BYTES_VALUE, length);
    hae_sink_put(sink, value->as.bytes.data, length);
}

static void put_container(struct hae_sink *sink, struct hae_work *work, const haetae_value *value,
                          uint32_t depth, size_t size)
{
    bool array = value->type == HAETAE_VALUE_ARRAY;
    size_t inner;

    if (depth >= work->limits.depth || !content_of(size, &inner)) {
        hae_put_filler(sink, size);
        return;
    }
    put_head(sink, array ? HAE_OTLP_ANY_VALUE_ARRAY_VALUE : HAE_OTLP_ANY_VALUE_KVLIST_VALUE, inner);
    if (array) {
        put_items(sink, work, value, depth + 1, inner);
    } else {
        put_pairs(sink, work, value, depth + 1, inner);
    }
}

static void put_scalar(struct hae_sink *sink, const haetae_value *value, size_t size)
{
    bool boolean = value->type == HAETAE_VALUE_BOOL;
    uint8_t number[8];

    if (value->type == HAETAE_VALUE_DOUBLE && size == 1 + sizeof number) {
        hae_sink_put_byte(sink, HAE_TAG(HAE_OTLP_ANY_VALUE_DOUBLE_VALUE, HAE_WIRE_FIXED64));
        hae_put_fixed64(number, hae_double_bits(value->as.real));
        hae_sink_put(sink, number, sizeof number);
    } else if ((boolean && size == 2) || (value->type == HAETAE_VALUE_INT64 && size > 1 &&
                                          size <= 1 + (size_t)HAE_VARINT_MAX)) {
        hae_sink_put_byte(sink, boolean ? HAE_TAG(HAE_OTLP_ANY_VALUE_BOOL_VALUE, HAE_WIRE_VARINT)
                                        : HAE_TAG(HAE_OTLP_ANY_VALUE_INT_VALUE, HAE_WIRE_VARINT));
        put_varint_of_size(sink, boolean ? value->as.boolean : (uint64_t)value->as.int64, size - 1);
    } else {
        hae_put_filler(sink, size);
    }
}

static void put_value(struct hae_sink *sink, struct hae_work *work, const haetae_value *value,
                      uint32_t depth, size_t size)
{
    if (size == 0) {
        return; /* empty, of a type that is not known, or too deep */
    }
    switch (value->type) {
    case HAETAE_VALUE_STRING:
        put_text_value(sink, value, work->limits.length, size);
        break;
    case HAETAE_VALUE_BYTES:
        put_bytes_value(sink, value, work->limits.length, size);
        break;
    case HAETAE_VALUE_ARRAY:
    case HAETAE_VALUE_MAP:
        put_container(sink, work, value, depth, size);
        break;
    default:
        put_scalar(sink, value, size);
        break;
    }
}

/* Handles every attribute. */
enum hae_put hae_put_attribute_measured(struct hae_sink *sink, unsigned field,
                                        const haetae_attribute *attribute,
                                        struct hae_value_limits limits)
{
    struct hae_work work = hae_work_of(limits);
    size_t size;
    enum hae_put put = hae_measure_attribute(&work, attribute, 0, &size);

    if (put != HAE_PUT_OK) {
        return put;
    }
    if (!hae_sink_reserve(sink, hae_field_size(size))) {
        return HAE_PUT_FULL;
    }
    put_head(sink, field, size);
    put_attribute(sink, &work, attribute, 0, size);
    return HAE_PUT_OK;
}

bool hae_put_attribute_within(struct hae_sink *sink, unsigned field,
                              const haetae_attribute *attribute, struct hae_value_limits limits,
                              size_t *room_bytes)
{
    struct hae_work work = hae_work_of(limits);
    size_t size;

    if (hae_measure_attribute(&work, attribute, 0, &size) != HAE_PUT_OK ||
        !fits(hae_field_size(size), *room_bytes)) {
        return false;
    }
    put_head(sink, field, size);
    put_attribute(sink, &work, attribute, 0, size);
    *room_bytes -= hae_field_size(size);
    return true;
}

enum hae_put hae_put_value(struct hae_sink *sink, unsigned field, const haetae_value *value,
                           struct hae_value_limits limits)
{
    struct hae_work work = hae_work_of(limits);
    size_t size;
    enum hae_put put = hae_measure_value(&work, value, 0, &size);

    if (put != HAE_PUT_OK) {
        return put;
    }
    if (!hae_sink_reserve(sink, hae_field_size(size))) {
        return HAE_PUT_FULL;
    }
    put_head(sink, field, size);
    put_value(sink, &work, value, 0, size);
    return HAE_PUT_OK;
}
