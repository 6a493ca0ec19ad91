/* SPDX-License-Identifier: Apache-2.0 */
#include "value.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "number.h"
#include "wire/otlp.h"

/* As deep as values of haetae nest, and some more. */
enum { DEPTH_MAX = 64 };

static haetae_string text_of(const struct hae_field *field)
{
    return (haetae_string){(const char *)field->data, field->size_bytes};
}

bool hae_prom_read_attribute(const struct hae_field *field, haetae_string *ret_key,
                             struct hae_reader *ret_value)
{
    struct hae_reader reader = hae_reader_over(field->data, field->size_bytes);
    struct hae_field part;

    *ret_key = (haetae_string){"", 0};
    *ret_value = hae_reader_over(field->data, 0);
    while (hae_read_field(&reader, &part)) {
        if (part.type != HAE_WIRE_LENGTH) {
            continue;
        }
        if (part.number == HAE_OTLP_KEY_VALUE_KEY) {
            *ret_key = text_of(&part);
        } else if (part.number == HAE_OTLP_KEY_VALUE_VALUE) {
            *ret_value = hae_reader_over(part.data, part.size_bytes);
        }
    }
    return reader.at == reader.end;
}

/* The last field of an AnyValue counts: it is a oneof. number is 0 when there is none. */
static bool read_value(struct hae_reader reader, struct hae_field *ret_field)
{
    struct hae_field field;

    *ret_field = (struct hae_field){0};
    while (hae_read_field(&reader, &field)) {
        *ret_field = field;
    }
    return reader.at == reader.end;
}

static void put_special(struct hae_buffer *out, double value)
{
    if (isinf(value)) {
        hae_buffer_text(out, value > 0 ? "Infinity" : "-Infinity");
    } else {
        hae_prom_put_double(out, value);
    }
}

static bool put_json(struct hae_json *json, const char *name, struct hae_reader value,
                     unsigned left);

static bool put_elements(struct hae_json *json, const struct hae_field *list, unsigned left)
{
    struct hae_reader reader = hae_reader_over(list->data, list->size_bytes);
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_ARRAY_VALUE_VALUES && field.type == HAE_WIRE_LENGTH &&
            !put_json(json, NULL, hae_reader_over(field.data, field.size_bytes), left)) {
            return false;
        }
    }
    return reader.at == reader.end;
}

static bool put_members(struct hae_json *json, const struct hae_field *map, unsigned left)
{
    struct hae_reader reader = hae_reader_over(map->data, map->size_bytes);
    struct hae_field field;

    while (hae_read_field(&reader, &field)) {
        haetae_string key;
        struct hae_reader value;
        char name[256];

        if (field.number != HAE_OTLP_KEY_VALUE_LIST_VALUES || field.type != HAE_WIRE_LENGTH) {
            continue;
        }
        if (!hae_prom_read_attribute(&field, &key, &value)) {
            return false;
        }
        size_t length = key.length < sizeof name - 1 ? key.length : sizeof name - 1;
        memcpy(name, key.data, length);
        name[length] = '\0';
        if (!put_json(json, name, value, left)) {
            return false;
        }
    }
    return reader.at == reader.end;
}

static void put_json_double(struct hae_json *json, const char *name, double value)
{
    if (isfinite(value)) {
        hae_json_number(json, name, value);
    } else {
        hae_json_text(json, name, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }
}

static bool put_json_nested(struct hae_json *json, const char *name, const struct hae_field *field,
                            unsigned left)
{
    bool is_map = field->number == HAE_OTLP_ANY_VALUE_KVLIST_VALUE;
    bool ok;

    hae_json_open(json, name, is_map ? '{' : '[');
    ok = is_map ? put_members(json, field, left) : put_elements(json, field, left);
    hae_json_close(json, is_map ? '}' : ']');
    return ok;
}

/* A value inside an array or a map. */
static bool put_json(struct hae_json *json, const char *name, struct hae_reader value,
                     unsigned left)
{
    struct hae_field field;

    if (left == 0 || !read_value(value, &field)) {
        return false;
    }
    switch (field.number << 3 | (unsigned)field.type) {
    case HAE_OTLP_ANY_VALUE_STRING_VALUE << 3 | HAE_WIRE_LENGTH:
        hae_json_text_of(json, name, (const char *)field.data, field.size_bytes);
        return true;
    case HAE_OTLP_ANY_VALUE_BOOL_VALUE << 3 | HAE_WIRE_VARINT:
        hae_json_bool(json, name, field.value != 0);
        return true;
    case HAE_OTLP_ANY_VALUE_INT_VALUE << 3 | HAE_WIRE_VARINT:
        hae_json_integer(json, name, (int64_t)field.value);
        return true;
    case HAE_OTLP_ANY_VALUE_DOUBLE_VALUE << 3 | HAE_WIRE_FIXED64:
        put_json_double(json, name, hae_double_from_bits(field.value));
        return true;
    case HAE_OTLP_ANY_VALUE_BYTES_VALUE << 3 | HAE_WIRE_LENGTH:
        hae_json_base64(json, name, field.data, field.size_bytes);
        return true;
    case HAE_OTLP_ANY_VALUE_ARRAY_VALUE << 3 | HAE_WIRE_LENGTH:
    case HAE_OTLP_ANY_VALUE_KVLIST_VALUE << 3 | HAE_WIRE_LENGTH:
        return put_json_nested(json, name, &field, left - 1);
    default: /* JSON's null, which the writer writes for what is no number */
        hae_json_number(json, name, NAN);
        return true;
    }
}

/* Base64 without the quotes of JSON. */
static void put_bytes(struct hae_buffer *out, const struct hae_field *field)
{
    struct hae_json json = HAE_JSON_INIT(out);
    size_t from = out->length;

    hae_json_base64(&json, NULL, field->data, field->size_bytes);
    if (!out->failed) {
        out->length -= 2;
        memmove(out->data + from, out->data + from + 1, out->length - from);
    }
}

bool hae_prom_value(struct hae_buffer *out, struct hae_reader value, haetae_string *ret_text)
{
    struct hae_json json = HAE_JSON_INIT(out);
    struct hae_field field;

    *ret_text = (haetae_string){NULL, 0};
    if (!read_value(value, &field)) {
        return false;
    }
    switch (field.number << 3 | (unsigned)field.type) {
    case HAE_OTLP_ANY_VALUE_STRING_VALUE << 3 | HAE_WIRE_LENGTH:
        *ret_text = text_of(&field);
        return true;
    case HAE_OTLP_ANY_VALUE_BOOL_VALUE << 3 | HAE_WIRE_VARINT:
        hae_buffer_text(out, field.value != 0 ? "true" : "false");
        return true;
    case HAE_OTLP_ANY_VALUE_INT_VALUE << 3 | HAE_WIRE_VARINT:
        hae_prom_put_int(out, (int64_t)field.value);
        return true;
    case HAE_OTLP_ANY_VALUE_DOUBLE_VALUE << 3 | HAE_WIRE_FIXED64:
        put_special(out, hae_double_from_bits(field.value));
        return true;
    case HAE_OTLP_ANY_VALUE_BYTES_VALUE << 3 | HAE_WIRE_LENGTH:
        put_bytes(out, &field);
        return true;
    case HAE_OTLP_ANY_VALUE_ARRAY_VALUE << 3 | HAE_WIRE_LENGTH:
    case HAE_OTLP_ANY_VALUE_KVLIST_VALUE << 3 | HAE_WIRE_LENGTH:
        return put_json_nested(&json, NULL, &field, DEPTH_MAX);
    default: /* an empty value is an empty text */
        return true;
    }
}
