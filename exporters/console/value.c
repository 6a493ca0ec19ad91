/* SPDX-License-Identifier: Apache-2.0 */
#include "value.h"

#include <string.h>

const char *hae_con_service(const HaeOtlp__Resource *resource)
{
    for (size_t i = 0; resource != NULL && i < resource->n_attributes; i++) {
        const HaeOtlp__KeyValue *attribute = resource->attributes[i];
        if (attribute->key != NULL && strcmp(attribute->key, "service.name") == 0 &&
            attribute->value != NULL &&
            attribute->value->value_case == HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE) {
            return attribute->value->string_value;
        }
    }
    return "unknown_service";
}

void hae_con_begin(struct hae_con_out *out, const struct hae_con_source *source, uint64_t unix_ns,
                   const char *kind)
{
    hae_con_time(out, unix_ns);
    hae_con_char(out, ' ');
    hae_con_name(out, source->service);
    hae_con_char(out, ' ');
    hae_con_put(out, kind);
}

void hae_con_scope(struct hae_con_out *out, const HaeOtlp__InstrumentationScope *scope)
{
    if (scope != NULL && scope->name != NULL && scope->name[0] != '\0') {
        hae_con_put(out, " scope=");
        hae_con_name(out, scope->name);
    }
}

void hae_con_name(struct hae_con_out *out, const char *name)
{
    size_t room = HAE_CON_NAME_MAX;
    const char *text = name != NULL ? name : "";
    hae_con_word(out, text, strlen(text), &room);
}

void hae_con_id(struct hae_con_out *out, const char *label, const ProtobufCBinaryData *id)
{
    if (id->len == 0) {
        return;
    }
    size_t room = 16;
    hae_con_char(out, ' ');
    hae_con_put(out, label);
    hae_con_char(out, '=');
    hae_con_hex(out, id->data, id->len, &room);
}

void hae_con_count(struct hae_con_out *out, const char *label, uint64_t count)
{
    if (count > 0) {
        hae_con_char(out, ' ');
        hae_con_put(out, label);
        hae_con_char(out, '=');
        hae_con_uint(out, count);
    }
}

static void put_value(struct hae_con_out *out, const HaeOtlp__AnyValue *value, unsigned depth,
                      size_t *room);

/* Each item takes a byte of room, so that a list of a million empty ones ends too. True
 * while there is room for another. */
static bool take_item(struct hae_con_out *out, size_t index, size_t *room)
{
    if (index > 0) {
        hae_con_char(out, ',');
    }
    if (*room == 0) {
        hae_con_put(out, "…");
        return false;
    }
    *room -= 1;
    return true;
}

static void put_array(struct hae_con_out *out, const HaeOtlp__ArrayValue *array, unsigned depth,
                      size_t *room)
{
    hae_con_char(out, '[');
    for (size_t i = 0; i < array->n_values && take_item(out, i, room); i++) {
        put_value(out, array->values[i], depth, room);
    }
    hae_con_char(out, ']');
}

static void put_map(struct hae_con_out *out, const HaeOtlp__KeyValueList *map, unsigned depth,
                    size_t *room)
{
    hae_con_char(out, '{');
    for (size_t i = 0; i < map->n_values && take_item(out, i, room); i++) {
        const char *key = map->values[i]->key != NULL ? map->values[i]->key : "";
        hae_con_word(out, key, strlen(key), room);
        hae_con_char(out, '=');
        put_value(out, map->values[i]->value, depth, room);
    }
    hae_con_char(out, '}');
}

static void put_nested(struct hae_con_out *out, const HaeOtlp__AnyValue *value, unsigned depth,
                       size_t *room)
{
    if (depth == HAE_CON_DEPTH_MAX) {
        hae_con_put(out, "…");
    } else if (value->value_case == HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE) {
        put_array(out, value->array_value, depth + 1, room);
    } else {
        put_map(out, value->kvlist_value, depth + 1, room);
    }
}

static void put_value(struct hae_con_out *out, const HaeOtlp__AnyValue *value, unsigned depth,
                      size_t *room)
{
    switch (value != NULL ? value->value_case : HAE_OTLP__ANY_VALUE__VALUE__NOT_SET) {
    case HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE:
        hae_con_word(out, value->string_value, strlen(value->string_value), room);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_BOOL_VALUE:
        hae_con_put(out, value->bool_value ? "true" : "false");
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_INT_VALUE:
        hae_con_int(out, value->int_value);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE:
        hae_con_double(out, value->double_value);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE:
    case HAE_OTLP__ANY_VALUE__VALUE_KVLIST_VALUE:
        put_nested(out, value, depth, room);
        break;
    case HAE_OTLP__ANY_VALUE__VALUE_BYTES_VALUE:
        hae_con_put(out, "0x");
        hae_con_hex(out, value->bytes_value.data, value->bytes_value.len, room);
        break;
    default:
        hae_con_put(out, "null");
        break;
    }
}

void hae_con_value(struct hae_con_out *out, const HaeOtlp__AnyValue *value)
{
    size_t room = HAE_CON_VALUE_MAX;
    put_value(out, value, 0, &room);
}

void hae_con_attributes(struct hae_con_out *out, HaeOtlp__KeyValue *const *attributes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hae_con_char(out, ' ');
        hae_con_name(out, attributes[i]->key);
        hae_con_char(out, '=');
        hae_con_value(out, attributes[i]->value);
    }
}
