/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/json_numbers.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define EXACT_MAX 9007199254740992.0 /* 2^53 */

/* Takes a number, or a text that is one. */
static bool take_digits(struct hae_view_json_translation *translation,
                        char out[HAE_VIEW_JSON_NUMBER])
{
    if (hae_view_json_peek(&translation->text) != '"') {
        return hae_view_json_number(&translation->text, out);
    }
    struct hae_buffer *scratch = &translation->scratch;
    hae_buffer_clear(scratch);
    if (!hae_view_json_string(&translation->text, scratch) || scratch->length == 0 ||
        scratch->length >= HAE_VIEW_JSON_NUMBER) {
        return false;
    }
    struct hae_view_json_text inner = {scratch->data, scratch->data + scratch->length};
    return hae_view_json_number(&inner, out) && inner.at == inner.end;
}

/* A whole number that was written with a point or an exponent. */
static bool whole(const char *text, double *ret_value)
{
    *ret_value = strtod(text, NULL);
    return fabs(*ret_value) <= EXACT_MAX && floor(*ret_value) == *ret_value;
}

static bool take_signed(struct hae_view_json_translation *translation, int64_t min, int64_t max,
                        int64_t *ret_value)
{
    char text[HAE_VIEW_JSON_NUMBER];
    char *end;
    double real;
    if (!take_digits(translation, text)) {
        return false;
    }
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (*end != '\0') {
        if (!whole(text, &real)) {
            return false;
        }
        value = (long long)real;
    }
    *ret_value = value;
    return errno == 0 && value >= min && value <= max;
}

static bool take_unsigned(struct hae_view_json_translation *translation, uint64_t max,
                          uint64_t *ret_value)
{
    char text[HAE_VIEW_JSON_NUMBER];
    char *end;
    double real;
    if (!take_digits(translation, text) || text[0] == '-') {
        return false;
    }
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*end != '\0') {
        if (!whole(text, &real)) {
            return false;
        }
        value = (unsigned long long)real;
    }
    *ret_value = value;
    return errno == 0 && value <= max;
}

static bool take_double(struct hae_view_json_translation *translation, double *ret_value)
{
    static const struct {
        const char *name;
        double value;
    } names[] = {{"\"NaN\"", (double)NAN},
                 {"\"Infinity\"", (double)INFINITY},
                 {"\"-Infinity\"", -(double)INFINITY}};
    char text[HAE_VIEW_JSON_NUMBER];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (hae_view_json_word(&translation->text, names[i].name)) {
            *ret_value = names[i].value;
            return true;
        }
    }
    if (!take_digits(translation, text)) {
        return false;
    }
    *ret_value = strtod(text, NULL);
    return true;
}

static bool take_bool(struct hae_view_json_translation *translation, uint64_t *ret_value)
{
    *ret_value = hae_view_json_word(&translation->text, "true") ? 1 : 0;
    return *ret_value == 1 || hae_view_json_word(&translation->text, "false");
}

/* A number, or the name of one. */
static bool take_enum(struct hae_view_json_translation *translation,
                      const ProtobufCEnumDescriptor *names, int64_t *ret_value)
{
    struct hae_view_json_text before = translation->text;
    if (hae_view_json_peek(&translation->text) == '"') {
        struct hae_buffer *scratch = &translation->scratch;
        hae_buffer_clear(scratch);
        hae_buffer_text(scratch, "");
        if (!hae_view_json_string(&translation->text, scratch)) {
            return false;
        }
        const ProtobufCEnumValue *value =
            protobuf_c_enum_descriptor_get_value_by_name(names, scratch->data);
        if (value != NULL) {
            *ret_value = value->value;
            return true;
        }
        translation->text = before;
    }
    return take_signed(translation, INT32_MIN, INT32_MAX, ret_value);
}

static void put_fixed64(struct hae_buffer *out, uint64_t value)
{
    uint8_t bytes[8];
    hae_buffer_add(out, bytes, (size_t)(hae_put_fixed64(bytes, value) - bytes));
}

static void put_fixed32(struct hae_buffer *out, uint32_t value)
{
    uint8_t bytes[4];
    hae_buffer_add(out, bytes, (size_t)(hae_put_fixed32(bytes, value) - bytes));
}

enum hae_wire_type hae_view_json_number_type(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return HAE_WIRE_FIXED64;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return HAE_WIRE_FIXED32;
    default:
        return HAE_WIRE_VARINT;
    }
}

/* Takes a whole number and writes its content, without a tag. NULL: done; else what is
 * expected. */
static const char *put_whole(struct hae_view_json_translation *translation,
                             const ProtobufCFieldDescriptor *field)
{
    struct hae_buffer *out = translation->out;
    bool wide = field->type == PROTOBUF_C_TYPE_INT64 || field->type == PROTOBUF_C_TYPE_SINT64 ||
                field->type == PROTOBUF_C_TYPE_SFIXED64;
    int64_t value;
    if (!take_signed(translation, wide ? INT64_MIN : INT32_MIN, wide ? INT64_MAX : INT32_MAX,
                     &value)) {
        return "a whole number is expected";
    }
    switch (field->type) {
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SINT64:
        hae_view_json_put_varint(out, hae_zigzag(value));
        break;
    case PROTOBUF_C_TYPE_SFIXED64:
        put_fixed64(out, (uint64_t)value);
        break;
    case PROTOBUF_C_TYPE_SFIXED32:
        put_fixed32(out, (uint32_t)value);
        break;
    default:
        hae_view_json_put_varint(out, (uint64_t)value);
        break;
    }
    return NULL;
}

static const char *put_natural(struct hae_view_json_translation *translation,
                               const ProtobufCFieldDescriptor *field)
{
    struct hae_buffer *out = translation->out;
    bool wide = field->type == PROTOBUF_C_TYPE_UINT64 || field->type == PROTOBUF_C_TYPE_FIXED64;
    uint64_t value;
    if (!take_unsigned(translation, wide ? UINT64_MAX : UINT32_MAX, &value)) {
        return "a whole number from 0 is expected";
    }
    if (field->type == PROTOBUF_C_TYPE_FIXED64) {
        put_fixed64(out, value);
    } else if (field->type == PROTOBUF_C_TYPE_FIXED32) {
        put_fixed32(out, (uint32_t)value);
    } else {
        hae_view_json_put_varint(out, value);
    }
    return NULL;
}

const char *hae_view_json_put_number(struct hae_view_json_translation *translation,
                                     const ProtobufCFieldDescriptor *field)
{
    struct hae_buffer *out = translation->out;
    int64_t value;
    uint64_t flag;
    double real;
    switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FIXED64:
        return put_natural(translation, field);
    case PROTOBUF_C_TYPE_BOOL:
        if (!take_bool(translation, &flag)) {
            return "true or false is expected";
        }
        hae_view_json_put_varint(out, flag);
        return NULL;
    case PROTOBUF_C_TYPE_ENUM:
        if (!take_enum(translation, field->descriptor, &value)) {
            return "a number is expected";
        }
        hae_view_json_put_varint(out, (uint64_t)value);
        return NULL;
    case PROTOBUF_C_TYPE_DOUBLE:
        if (!take_double(translation, &real)) {
            return "a number of at most 127 characters is expected";
        }
        put_fixed64(out, hae_double_bits(real));
        return NULL;
    default:
        return put_whole(translation, field);
    }
}
