/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/value_size.h"

#include "wire/otlp.h"

/* Values that are looked at for each byte that the whole may have. A value may contain the same
 * array again and again, which makes it as large as it likes; this bounds the time as well. Each
 * value is measured once for each level above it. */
enum { WORK_FOR_BYTE = 64 };

struct hae_work hae_work_of(struct hae_value_limits limits)
{
    return (struct hae_work){limits, (uint64_t)limits.size_bytes * WORK_FOR_BYTE + WORK_FOR_BYTE};
}

bool hae_attribute_is_duplicate(const haetae_attribute *attributes, size_t count, size_t index)
{
    if (count > HAE_DUPLICATE_SEARCH_MAX || hae_string_length(attributes[index].key) == 0) {
        return false;
    }
    for (size_t later = index + 1; later < count; later++) {
        if (hae_text_same(attributes[later].key, attributes[index].key)) {
            return true;
        }
    }
    return false;
}

bool hae_key_valid(haetae_string key)
{
    return hae_string_length(key) != 0 && hae_string_valid(key);
}

/* ---- Exact sizes ----------------------------------------------------------- */

/* Adds the size of a field; false when the sum is above the limit. So no sum can wrap. */
static bool add_field(const struct hae_work *work, size_t *sum, size_t content_size)
{
    if (content_size > work->limits.size_bytes) {
        return false;
    }
    *sum += hae_field_size(content_size);
    return *sum <= work->limits.size_bytes;
}

enum hae_put hae_measure_attribute(struct hae_work *work, const haetae_attribute *attribute,
                                   uint32_t depth, size_t *ret_size)
{
    enum hae_put put;
    size_t value = 0;

    *ret_size = 0;
    if (!hae_key_valid(attribute->key)) {
        return HAE_PUT_INVALID;
    }
    put = hae_measure_value(work, &attribute->value, depth, &value);
    if (put == HAE_PUT_OK &&
        (!add_field(work, ret_size, hae_text_of(attribute->key, HAE_NO_LIMIT).size) ||
         !add_field(work, ret_size, value))) {
        put = HAE_PUT_FULL;
    }
    return put;
}

enum hae_put hae_measure_item(struct hae_work *work, const haetae_value *item, uint32_t depth,
                              size_t *ret_size)
{
    enum hae_put put = hae_measure_value(work, item, depth, ret_size);

    if (put == HAE_PUT_INVALID) {
        *ret_size = 0;
        put = HAE_PUT_OK;
    }
    return put;
}

static enum hae_put array_size(struct hae_work *work, const haetae_value *items, size_t count,
                               uint32_t depth, size_t *ret_size)
{
    *ret_size = 0;
    for (size_t i = 0; i < count; i++) {
        size_t size;

        if (hae_measure_item(work, &items[i], depth, &size) != HAE_PUT_OK ||
            !add_field(work, ret_size, size)) {
            return HAE_PUT_FULL;
        }
    }
    return HAE_PUT_OK;
}

enum hae_put hae_measure_pair(struct hae_work *work, const haetae_attribute *items, size_t count,
                              size_t index, uint32_t depth, size_t *ret_size)
{
    if (work->left == 0) {
        return HAE_PUT_FULL;
    }
    work->left--;
    return hae_attribute_is_duplicate(items, count, index)
               ? HAE_PUT_INVALID
               : hae_measure_attribute(work, &items[index], depth, ret_size);
}

static enum hae_put map_size(struct hae_work *work, const haetae_attribute *items, size_t count,
                             uint32_t depth, size_t *ret_size)
{
    *ret_size = 0;
    for (size_t i = 0; i < count; i++) {
        size_t size;
        enum hae_put put = hae_measure_pair(work, items, count, i, depth, &size);

        if (put == HAE_PUT_FULL || (put == HAE_PUT_OK && !add_field(work, ret_size, size))) {
            return HAE_PUT_FULL;
        }
    }
    return HAE_PUT_OK;
}

size_t hae_bytes_length(const haetae_value *value, size_t limit)
{
    size_t length = value->as.bytes.data != NULL ? value->as.bytes.length : 0;

    return length < limit ? length : limit;
}

/* The size of an array or a map: what is in it, and the field around that. */
static enum hae_put container_size(struct hae_work *work, const haetae_value *value, uint32_t depth,
                                   size_t *ret_size)
{
    bool array = value->type == HAETAE_VALUE_ARRAY;
    size_t count = array ? value->as.array.count : value->as.map.count;
    size_t each = array ? sizeof(haetae_value) : sizeof(haetae_attribute);
    size_t inner;
    enum hae_put put;

    *ret_size = 0;
    if (depth >= work->limits.depth) {
        return HAE_PUT_OK; /* deeper than allowed: empty */
    }
    if ((array ? (const void *)value->as.array.items : value->as.map.items) == NULL) {
        count = 0;
    }
    if (count > (size_t)PTRDIFF_MAX / each) {
        return HAE_PUT_INVALID;
    }
    put = array ? array_size(work, value->as.array.items, count, depth + 1, &inner)
                : map_size(work, value->as.map.items, count, depth + 1, &inner);
    return put == HAE_PUT_OK && !add_field(work, ret_size, inner) ? HAE_PUT_FULL : put;
}

enum hae_put hae_measure_value(struct hae_work *work, const haetae_value *value, uint32_t depth,
                               size_t *ret_size)
{
    size_t length = work->limits.length;

    *ret_size = 0;
    if (work->left == 0) {
        return HAE_PUT_FULL;
    }
    work->left--;
    switch (value->type) {
    case HAETAE_VALUE_STRING:
        if (!hae_string_valid(value->as.string)) {
            return HAE_PUT_INVALID;
        }
        return add_field(work, ret_size, hae_text_of(value->as.string, length).size) ? HAE_PUT_OK
                                                                                     : HAE_PUT_FULL;
    case HAETAE_VALUE_BOOL:
        *ret_size = 2;
        return HAE_PUT_OK;
    case HAETAE_VALUE_INT64:
        *ret_size = 1 + hae_varint_size((uint64_t)value->as.int64);
        return HAE_PUT_OK;
    case HAETAE_VALUE_DOUBLE:
        *ret_size = 9;
        return HAE_PUT_OK;
    case HAETAE_VALUE_BYTES:
        if (value->as.bytes.data != NULL && value->as.bytes.length > (size_t)PTRDIFF_MAX) {
            return HAE_PUT_INVALID;
        }
        return add_field(work, ret_size, hae_bytes_length(value, length)) ? HAE_PUT_OK
                                                                          : HAE_PUT_FULL;
    case HAETAE_VALUE_ARRAY:
    case HAETAE_VALUE_MAP:
        return container_size(work, value, depth, ret_size);
    default:
        return HAE_PUT_OK;
    }
}

enum hae_put hae_value_size(const haetae_value *value, struct hae_value_limits limits,
                            size_t *ret_size_bytes)
{
    struct hae_work work = hae_work_of(limits);

    return hae_measure_value(&work, value, 0, ret_size_bytes);
}

enum hae_put hae_attribute_size(const haetae_attribute *attribute, struct hae_value_limits limits,
                                size_t *ret_size_bytes)
{
    struct hae_work work = hae_work_of(limits);

    return hae_measure_attribute(&work, attribute, 0, ret_size_bytes);
}
