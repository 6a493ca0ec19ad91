/* SPDX-License-Identifier: Apache-2.0 */
#include "parts.h"

#include "wire/otlp.h"

/* What haetae records nests HAETAE_VALUE_DEPTH_MAX deep. A level takes little stack. */
enum { DEPTH_MAX = 2 * HAETAE_VALUE_DEPTH_MAX };

void *hae_mem_take(struct hae_mem_parser *parser, size_t count, size_t size_bytes)
{
    void *taken = parser->failed ? NULL : hae_mem_arena_take(parser->arena, count, size_bytes);

    parser->failed = taken == NULL;
    return taken;
}

void hae_mem_malformed(struct hae_mem_parser *parser)
{
    if (!parser->failed) {
        parser->failed = true;
        parser->malformed = true;
    }
}

bool hae_mem_next(struct hae_mem_parser *parser, struct hae_reader *reader,
                  struct hae_field *ret_field)
{
    if (parser->failed) {
        return false;
    }
    if (hae_read_field(reader, ret_field)) {
        return true;
    }
    if (reader->at != reader->end) {
        hae_mem_malformed(parser);
    }
    return false;
}

size_t hae_mem_count(struct hae_mem_parser *parser, struct hae_reader message, uint32_t number)
{
    struct hae_field field;
    size_t count = 0;

    while (hae_mem_next(parser, &message, &field)) {
        count += field.number == number && field.type == HAE_WIRE_LENGTH;
    }
    return count;
}

/* ---- Values ------------------------------------------------------------------------------ */

static void read_value(struct hae_mem_parser *parser, struct hae_reader message,
                       haetae_value *ret_value, unsigned left);

static void read_attribute(struct hae_mem_parser *parser, struct hae_reader message,
                           haetae_attribute *attribute, unsigned left)
{
    struct hae_field field;

    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_KEY_VALUE_KEY, HAE_WIRE_LENGTH):
            attribute->key = hae_mem_text(&field);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_KEY_VALUE_VALUE, HAE_WIRE_LENGTH):
            read_value(parser, hae_mem_inside(&field), &attribute->value, left);
            break;
        default:
            break;
        }
    }
}

static void read_attributes(struct hae_mem_parser *parser, struct hae_reader message,
                            uint32_t number, const haetae_attribute **ret_attributes,
                            size_t *ret_count, unsigned left)
{
    size_t count = hae_mem_count(parser, message, number);
    haetae_attribute *attributes =
        count > 0 ? hae_mem_take(parser, count, sizeof *attributes) : NULL;
    struct hae_field field;
    size_t used = 0;

    while (used < count && hae_mem_next(parser, &message, &field)) {
        if (field.number == number && field.type == HAE_WIRE_LENGTH) {
            read_attribute(parser, hae_mem_inside(&field), &attributes[used++], left);
        }
    }
    *ret_attributes = attributes;
    *ret_count = used;
}

static void read_array(struct hae_mem_parser *parser, struct hae_reader message,
                       haetae_value *ret_value, unsigned left)
{
    size_t count = hae_mem_count(parser, message, HAE_OTLP_ARRAY_VALUE_VALUES);
    haetae_value *items = count > 0 ? hae_mem_take(parser, count, sizeof *items) : NULL;
    struct hae_field field;
    size_t used = 0;

    while (used < count && hae_mem_next(parser, &message, &field)) {
        if (field.number == HAE_OTLP_ARRAY_VALUE_VALUES && field.type == HAE_WIRE_LENGTH) {
            read_value(parser, hae_mem_inside(&field), &items[used++], left);
        }
    }
    *ret_value = haetae_value_array(items, used);
}

/* A value that is a list of others. */
static void read_nested(struct hae_mem_parser *parser, const struct hae_field *field,
                        haetae_value *ret_value, unsigned left)
{
    const haetae_attribute *items;
    size_t count;

    if (left == 0) {
        hae_mem_malformed(parser);
    } else if (field->number == HAE_OTLP_ANY_VALUE_ARRAY_VALUE) {
        read_array(parser, hae_mem_inside(field), ret_value, left - 1);
    } else {
        read_attributes(parser, hae_mem_inside(field), HAE_OTLP_KEY_VALUE_LIST_VALUES, &items,
                        &count, left - 1);
        *ret_value = haetae_value_map(items, count);
    }
}

static void read_value(struct hae_mem_parser *parser, struct hae_reader message,
                       haetae_value *ret_value, unsigned left)
{
    struct hae_field field;

    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_ANY_VALUE_STRING_VALUE, HAE_WIRE_LENGTH):
            *ret_value = haetae_value_of(hae_mem_text(&field));
            break;
        case HAE_MEM_FIELD(HAE_OTLP_ANY_VALUE_BOOL_VALUE, HAE_WIRE_VARINT):
            *ret_value = haetae_value_bool(field.value != 0);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_ANY_VALUE_INT_VALUE, HAE_WIRE_VARINT):
            *ret_value = haetae_value_int64((int64_t)field.value);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_ANY_VALUE_DOUBLE_VALUE, HAE_WIRE_FIXED64):
            *ret_value = haetae_value_double(hae_double_from_bits(field.value));
            break;
        case HAE_MEM_FIELD(HAE_OTLP_ANY_VALUE_BYTES_VALUE, HAE_WIRE_LENGTH):
            *ret_value = haetae_value_bytes(field.data, field.size_bytes);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_ANY_VALUE_ARRAY_VALUE, HAE_WIRE_LENGTH):
        case HAE_MEM_FIELD(HAE_OTLP_ANY_VALUE_KVLIST_VALUE, HAE_WIRE_LENGTH):
            read_nested(parser, &field, ret_value, left);
            break;
        default:
            break;
        }
    }
}

void hae_mem_attributes(struct hae_mem_parser *parser, struct hae_reader message, uint32_t number,
                        const haetae_attribute **ret_attributes, size_t *ret_count)
{
    read_attributes(parser, message, number, ret_attributes, ret_count, DEPTH_MAX);
}

void hae_mem_value(struct hae_mem_parser *parser, struct hae_reader message,
                   haetae_value *ret_value)
{
    read_value(parser, message, ret_value, DEPTH_MAX);
}

/* ---- Lists of numbers -------------------------------------------------------------------- */

const uint64_t *hae_mem_counts(struct hae_mem_parser *parser, const struct hae_field *field,
                               size_t *ret_count)
{
    size_t count = field->size_bytes / 8;
    uint64_t *numbers = NULL;

    if (field->size_bytes % 8 != 0) {
        hae_mem_malformed(parser);
    }
    if (count > 0) {
        numbers = hae_mem_take(parser, count, sizeof *numbers);
    }
    for (size_t i = 0; numbers != NULL && i < count; i++) {
        numbers[i] = hae_le64(hae_load64(field->data + 8 * i));
    }
    *ret_count = numbers != NULL ? count : 0;
    return numbers;
}

const double *hae_mem_doubles(struct hae_mem_parser *parser, const struct hae_field *field,
                              size_t *ret_count)
{
    _Static_assert(sizeof(double) == sizeof(uint64_t), "the bits of one are the other");
    size_t count = 0;
    const uint64_t *bits = hae_mem_counts(parser, field, &count);
    double *numbers = count > 0 ? hae_mem_take(parser, count, sizeof *numbers) : NULL;

    for (size_t i = 0; numbers != NULL && i < count; i++) {
        numbers[i] = hae_double_from_bits(bits[i]);
    }
    *ret_count = numbers != NULL ? count : 0;
    return numbers;
}

const uint64_t *hae_mem_varints(struct hae_mem_parser *parser, const struct hae_field *field,
                                size_t *ret_count)
{
    struct hae_reader reader = hae_mem_inside(field);
    uint64_t *numbers;
    uint64_t number;
    size_t count = 0;

    while (hae_read_varint(&reader, &number)) {
        count++;
    }
    if (reader.at != reader.end) {
        hae_mem_malformed(parser);
    }
    numbers = count > 0 ? hae_mem_take(parser, count, sizeof *numbers) : NULL;
    reader = hae_mem_inside(field);
    for (size_t i = 0; numbers != NULL && i < count; i++) {
        (void)hae_read_varint(&reader, &numbers[i]);
    }
    *ret_count = numbers != NULL ? count : 0;
    return numbers;
}

/* ---- Where items come from --------------------------------------------------------------- */

void hae_mem_resource(struct hae_mem_parser *parser, struct hae_reader message,
                      haetae_memory_resource *resource)
{
    struct hae_reader whole = message;
    struct hae_field field;

    while (hae_mem_next(parser, &message, &field)) {
        if (hae_mem_field(&field) ==
            HAE_MEM_FIELD(HAE_OTLP_RESOURCE_DROPPED_ATTRIBUTES_COUNT, HAE_WIRE_VARINT)) {
            resource->dropped_attribute_count = (uint32_t)field.value;
        }
    }
    hae_mem_attributes(parser, whole, HAE_OTLP_RESOURCE_ATTRIBUTES, &resource->attributes,
                       &resource->attribute_count);
}

void hae_mem_scope(struct hae_mem_parser *parser, struct hae_reader message,
                   haetae_memory_scope *scope)
{
    struct hae_reader whole = message;
    struct hae_field field;

    while (hae_mem_next(parser, &message, &field)) {
        switch (hae_mem_field(&field)) {
        case HAE_MEM_FIELD(HAE_OTLP_INSTRUMENTATION_SCOPE_NAME, HAE_WIRE_LENGTH):
            scope->name = hae_mem_text(&field);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_INSTRUMENTATION_SCOPE_VERSION, HAE_WIRE_LENGTH):
            scope->version = hae_mem_text(&field);
            break;
        case HAE_MEM_FIELD(HAE_OTLP_INSTRUMENTATION_SCOPE_DROPPED_ATTRIBUTES_COUNT,
                           HAE_WIRE_VARINT):
            scope->dropped_attribute_count = (uint32_t)field.value;
            break;
        default:
            break;
        }
    }
    hae_mem_attributes(parser, whole, HAE_OTLP_INSTRUMENTATION_SCOPE_ATTRIBUTES, &scope->attributes,
                       &scope->attribute_count);
}
