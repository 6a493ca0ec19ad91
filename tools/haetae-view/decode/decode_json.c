/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decode_json.h"

#include <stdlib.h>
#include <string.h>

static struct hae_view_text text_in(const struct hae_buffer *buffer)
{
    return (struct hae_view_text){buffer->data, buffer->length};
}

static void put_pairs(struct hae_json *json, struct hae_view_attributes attributes);

static void put_array(struct hae_json *json, struct hae_view_bytes array);

/* Recurses as deep as the message nests, which was checked. */
static void put_value(struct hae_json *json, struct hae_view_bytes any_value)
{
    struct hae_field value = hae_view_value_in(any_value);
    struct hae_view_bytes content = hae_view_content(&value);
    switch (value.number) {
    case HAE_OTLP_ANY_VALUE_STRING_VALUE:
        hae_json_text_of(json, NULL, (const char *)content.data, content.length);
        break;
    case HAE_OTLP_ANY_VALUE_BOOL_VALUE:
        hae_json_bool(json, NULL, value.value != 0);
        break;
    case HAE_OTLP_ANY_VALUE_INT_VALUE:
        hae_json_integer(json, NULL, (int64_t)value.value);
        break;
    case HAE_OTLP_ANY_VALUE_DOUBLE_VALUE:
        hae_view_put_double(json, NULL, hae_double_from_bits(value.value));
        break;
    case HAE_OTLP_ANY_VALUE_ARRAY_VALUE:
        put_array(json, content);
        break;
    case HAE_OTLP_ANY_VALUE_KVLIST_VALUE:
        hae_json_open(json, NULL, '{');
        put_pairs(json, (struct hae_view_attributes){content, HAE_OTLP_KEY_VALUE_LIST_VALUES});
        hae_json_close(json, '}');
        break;
    case HAE_OTLP_ANY_VALUE_BYTES_VALUE:
        hae_json_base64(json, NULL, content.data, content.length);
        break;
    default:
        hae_json_null(json, NULL);
        break;
    }
}

static void put_array(struct hae_json *json, struct hae_view_bytes array)
{
    struct hae_reader reader = hae_view_fields_in(array);
    struct hae_field item;
    hae_json_open(json, NULL, '[');
    while (hae_view_next_field(&reader, HAE_OTLP_ARRAY_VALUE_VALUES, &item)) {
        put_value(json, hae_view_content(&item));
    }
    hae_json_close(json, ']');
}

/* A key with a NUL has it shown: what reads JSON may end a name there. */
static void put_key(struct hae_json *json, struct hae_view_text key)
{
    if (key.length == 0 || memchr(key.data, '\0', key.length) == NULL) {
        hae_json_name_of(json, key.data, key.length);
        return;
    }
    struct hae_buffer shown = HAE_BUFFER_INIT;
    struct hae_view_bytes bytes = {(const uint8_t *)key.data, key.length};
    key = hae_view_plain_text(&shown, bytes, false);
    if (shown.failed) {
        json->out->failed = true;
    } else {
        hae_json_name_of(json, key.data, key.length);
    }
    hae_buffer_done(&shown);
}

static void put_pair(struct hae_json *json, struct hae_view_pair pair)
{
    put_key(json, pair.key);
    put_value(json, pair.value);
}

static void put_pairs(struct hae_json *json, struct hae_view_attributes attributes)
{
    struct hae_reader reader = hae_view_fields_in(attributes.message);
    struct hae_field field;
    while (hae_view_next_field(&reader, attributes.number, &field)) {
        put_pair(json, hae_view_pair_in(hae_view_content(&field)));
    }
}

struct hae_view_text hae_view_attributes_json(struct hae_buffer *out,
                                              struct hae_view_attributes attributes)
{
    struct hae_json json = HAE_JSON_INIT(out);
    hae_buffer_clear(out);
    hae_json_open(&json, NULL, '{');
    put_pairs(&json, attributes);
    if (out->length == 1) {
        return (struct hae_view_text){NULL, 0};
    }
    hae_json_close(&json, '}');
    return text_in(out);
}

/* Equal keys stay in the order in which they came. */
static int by_key(const void *a, const void *b)
{
    const struct hae_view_pair *x = a;
    const struct hae_view_pair *y = b;
    size_t shorter = x->key.length < y->key.length ? x->key.length : y->key.length;
    int order = shorter > 0 ? memcmp(x->key.data, y->key.data, shorter) : 0;
    if (order == 0 && x->key.length != y->key.length) {
        order = x->key.length < y->key.length ? -1 : 1;
    }
    return order != 0 ? order : (x->value.data > y->value.data) - (x->value.data < y->value.data);
}

struct hae_view_text hae_view_sorted_json(struct hae_buffer *out, struct hae_buffer *scratch,
                                          struct hae_view_attributes attributes)
{
    struct hae_reader reader = hae_view_fields_in(attributes.message);
    struct hae_json json = HAE_JSON_INIT(out);
    struct hae_field field;
    hae_buffer_clear(scratch);
    hae_buffer_clear(out);
    while (hae_view_next_field(&reader, attributes.number, &field)) {
        struct hae_view_pair pair = hae_view_pair_in(hae_view_content(&field));
        hae_buffer_add(scratch, &pair, sizeof pair);
    }
    size_t count = scratch->failed ? 0 : scratch->length / sizeof(struct hae_view_pair);
    void *memory = scratch->data;
    struct hae_view_pair *pairs = memory;
    if (count > 1) {
        qsort(pairs, count, sizeof *pairs, by_key);
    }
    hae_json_open(&json, NULL, '{');
    for (size_t i = 0; i < count; i++) {
        put_pair(&json, pairs[i]);
    }
    hae_json_close(&json, '}');
    return text_in(out);
}

struct hae_view_text hae_view_body_text(struct hae_buffer *out, struct hae_view_bytes value)
{
    struct hae_field content = hae_view_value_in(value);
    if (content.number == 0) {
        return (struct hae_view_text){NULL, 0};
    }
    if (content.number == HAE_OTLP_ANY_VALUE_STRING_VALUE) {
        return hae_view_plain_text(out, hae_view_content(&content), false);
    }
    struct hae_json json = HAE_JSON_INIT(out);
    hae_buffer_clear(out);
    put_value(&json, value);
    return text_in(out);
}
