/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/json_wire.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "decode/json_text.h"
#include "util/text.h"
#include "wire/wire.h"

/* A length of five bytes, whatever it is: it is written when the content has been. */
#define LENGTH_BYTES 5
#define EXACT_MAX    9007199254740992.0 /* 2^53 */

struct translation {
    struct hae_view_json_text text;
    const char *begin;
    struct hae_buffer *out;
    struct hae_buffer scratch; /* a key, or a string's content */
    char *problem;
};

static bool complain(struct translation *translation, const ProtobufCMessageDescriptor *message,
                     const char *field, const char *expected)
{
    if (translation->problem[0] == '\0') {
        char place[24];
        snprintf(place, sizeof place, "byte %zu",
                 (size_t)(translation->text.at - translation->begin));
        snprintf(translation->problem, HAE_VIEW_JSON_PROBLEM, "%s%s%s: %s (%s)",
                 message->short_name, field != NULL ? "." : "", field != NULL ? field : "",
                 expected, place);
    }
    return false;
}

/* ---- Writing ----------------------------------------------------------------------------------
 */

static void put_varint(struct hae_buffer *out, uint64_t value)
{
    uint8_t bytes[HAE_VARINT_MAX];
    hae_buffer_add(out, bytes, (size_t)(hae_put_varint(bytes, value) - bytes));
}

static void put_tag(struct hae_buffer *out, uint32_t number, enum hae_wire_type type)
{
    put_varint(out, (uint64_t)number << 3 | (uint64_t)type);
}

/* Begins a length-delimited field; returns where its content begins. */
static size_t open_field(struct hae_buffer *out, uint32_t number)
{
    static const char room[LENGTH_BYTES];
    put_tag(out, number, HAE_WIRE_LENGTH);
    hae_buffer_add(out, room, sizeof room);
    return out->length;
}

static void close_field(struct hae_buffer *out, size_t begin)
{
    if (out->failed) {
        return;
    }
    uint64_t length = out->length - begin;
    for (size_t i = 0; i < LENGTH_BYTES; i++) {
        uint8_t more = i + 1 < LENGTH_BYTES ? 0x80 : 0;
        out->data[begin - LENGTH_BYTES + i] = (char)((length & 0x7f) | more);
        length >>= 7;
    }
}

/* ---- Numbers -----------------------------------------------------------------------------------
 */

/* Takes a number, or a text that is one. */
static bool take_digits(struct translation *translation, char out[HAE_VIEW_JSON_NUMBER])
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

static bool take_signed(struct translation *translation, int64_t min, int64_t max,
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

static bool take_unsigned(struct translation *translation, uint64_t max, uint64_t *ret_value)
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

static bool take_double(struct translation *translation, double *ret_value)
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

static bool take_bool(struct translation *translation, uint64_t *ret_value)
{
    *ret_value = hae_view_json_word(&translation->text, "true") ? 1 : 0;
    return *ret_value == 1 || hae_view_json_word(&translation->text, "false");
}

/* A number, or the name of one. */
static bool take_enum(struct translation *translation, const ProtobufCEnumDescriptor *names,
                      int64_t *ret_value)
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

/* The wire type of a number. */
static enum hae_wire_type number_type(const ProtobufCFieldDescriptor *field)
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
static const char *put_whole(struct translation *translation, const ProtobufCFieldDescriptor *field)
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
        put_varint(out, hae_zigzag(value));
        break;
    case PROTOBUF_C_TYPE_SFIXED64:
        put_fixed64(out, (uint64_t)value);
        break;
    case PROTOBUF_C_TYPE_SFIXED32:
        put_fixed32(out, (uint32_t)value);
        break;
    default:
        put_varint(out, (uint64_t)value);
        break;
    }
    return NULL;
}

static const char *put_natural(struct translation *translation,
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
        put_varint(out, value);
    }
    return NULL;
}

static const char *put_number(struct translation *translation,
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
        put_varint(out, flag);
        return NULL;
    case PROTOBUF_C_TYPE_ENUM:
        if (!take_enum(translation, field->descriptor, &value)) {
            return "a number is expected";
        }
        put_varint(out, (uint64_t)value);
        return NULL;
    case PROTOBUF_C_TYPE_DOUBLE:
        if (!take_double(translation, &real)) {
            return "a number is expected";
        }
        put_fixed64(out, hae_double_bits(real));
        return NULL;
    default:
        return put_whole(translation, field);
    }
}

/* ---- Texts and bytes
 * ----------------------------------------------------------------------------- */

static bool is_id(const ProtobufCFieldDescriptor *field)
{
    size_t length = strlen(field->name);
    return length > 3 && strcmp(field->name + length - 3, "_id") == 0;
}

static bool put_hex(struct hae_buffer *out, const char *digits, size_t length)
{
    if (length % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i < length; i += 2) {
        int high = hae_hex_value(digits[i]);
        int low = hae_hex_value(digits[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        hae_buffer_char(out, (char)(high * 16 + low));
    }
    return true;
}

/* In either alphabet, with or without padding. Changes the text. */
static bool put_base64(struct hae_buffer *out, char *text, size_t length)
{
    while (length > 0 && text[length - 1] == '=') {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        text[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    }
    size_t digits;
    if (length % 4 == 1 || !hae_buffer_reserve(out, HAE_BASE64_BYTES(length))) {
        return length % 4 != 1;
    }
    out->length += hae_base64_decode(text, length, out->data + out->length, &digits);
    return digits == length;
}

/* NULL: done; else what is expected. */
static const char *put_bytes(struct translation *translation, const ProtobufCFieldDescriptor *field)
{
    struct hae_buffer *scratch = &translation->scratch;
    hae_buffer_clear(scratch);
    hae_buffer_text(scratch, "");
    if (!hae_view_json_string(&translation->text, scratch)) {
        return "a text is expected";
    }
    size_t begin = open_field(translation->out, field->id);
    bool good = is_id(field) ? put_hex(translation->out, scratch->data, scratch->length)
                             : put_base64(translation->out, scratch->data, scratch->length);
    close_field(translation->out, begin);
    return good ? NULL : is_id(field) ? "hexadecimal digits are expected" : "base64 is expected";
}

static const char *put_text(struct translation *translation, const ProtobufCFieldDescriptor *field)
{
    size_t begin = open_field(translation->out, field->id);
    bool good = hae_view_json_string(&translation->text, translation->out);
    close_field(translation->out, begin);
    return good ? NULL : "a text is expected, in valid UTF-8";
}

/* ---- Messages
 * ------------------------------------------------------------------------------------- */

static bool put_message(struct translation *translation, const ProtobufCMessageDescriptor *message,
                        unsigned depth);

/* One value, with its tag. */
static bool put_value(struct translation *translation, const ProtobufCMessageDescriptor *message,
                      const ProtobufCFieldDescriptor *field, unsigned depth)
{
    const char *wrong;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        size_t begin = open_field(translation->out, field->id);
        bool good = put_message(translation, field->descriptor, depth + 1);
        close_field(translation->out, begin);
        return good;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        wrong = put_text(translation, field);
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        wrong = put_bytes(translation, field);
    } else {
        put_tag(translation->out, field->id, number_type(field));
        wrong = put_number(translation, field);
    }
    return wrong == NULL || complain(translation, message, field->name, wrong);
}

/* Numbers of an array are packed. */
static bool put_packed(struct translation *translation, const ProtobufCMessageDescriptor *message,
                       const ProtobufCFieldDescriptor *field)
{
    size_t begin = open_field(translation->out, field->id);
    do {
        const char *wrong = put_number(translation, field);
        if (wrong != NULL) {
            return complain(translation, message, field->name, wrong);
        }
    } while (!translation->out->failed && hae_view_json_take(&translation->text, ','));
    close_field(translation->out, begin);
    return true;
}

static bool put_array(struct translation *translation, const ProtobufCMessageDescriptor *message,
                      const ProtobufCFieldDescriptor *field, unsigned depth)
{
    struct hae_view_json_text *text = &translation->text;
    if (!hae_view_json_take(text, '[')) {
        return complain(translation, message, field->name, "an array is expected");
    }
    if (hae_view_json_take(text, ']')) {
        return true;
    }
    bool number = field->type != PROTOBUF_C_TYPE_MESSAGE && field->type != PROTOBUF_C_TYPE_STRING &&
                  field->type != PROTOBUF_C_TYPE_BYTES;
    if (number) {
        if (!put_packed(translation, message, field)) {
            return false;
        }
    } else {
        do {
            if (!put_value(translation, message, field, depth)) {
                return false;
            }
        } while (!translation->out->failed && hae_view_json_take(text, ','));
    }
    return hae_view_json_take(text, ']') ||
           complain(translation, message, field->name, "the array does not end");
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Whether a key is a field's name: "startTimeUnixNano" of "start_time_unix_nano", or this itself.
 */
static bool is_named(const char *name, const char *key)
{
    if (strcmp(name, key) == 0) {
        return true;
    }
    for (; *name != '\0'; name++, key++) {
        char wanted = *name;
        if (wanted == '_' && name[1] != '\0') {
            wanted = upper(*++name);
        }
        if (*key != wanted) {
            return false;
        }
    }
    return *key == '\0';
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *message,
                                                  const char *key)
{
    for (unsigned i = 0; i < message->n_fields; i++) {
        if (is_named(message->fields[i].name, key)) {
            return &message->fields[i];
        }
    }
    return NULL;
}

/* "key": value */
static bool put_member(struct translation *translation, const ProtobufCMessageDescriptor *message,
                       unsigned depth)
{
    struct hae_view_json_text *text = &translation->text;
    struct hae_buffer *key = &translation->scratch;
    hae_buffer_clear(key);
    hae_buffer_text(key, "");
    if (!hae_view_json_string(text, key) || !hae_view_json_take(text, ':')) {
        return complain(translation, message, NULL, "a member is expected");
    }
    const ProtobufCFieldDescriptor *field = find_field(message, key->data);
    if (field == NULL) {
        return hae_view_json_skip(text, HAE_VIEW_CHECK_DEPTH_MAX) ||
               complain(translation, message, NULL, "a value is expected, not nested too deep");
    }
    if (hae_view_json_word(text, "null")) {
        return true;
    }
    return field->label == PROTOBUF_C_LABEL_REPEATED
               ? put_array(translation, message, field, depth)
               : put_value(translation, message, field, depth);
}

static bool put_message(struct translation *translation, const ProtobufCMessageDescriptor *message,
                        unsigned depth)
{
    struct hae_view_json_text *text = &translation->text;
    if (depth > HAE_VIEW_CHECK_DEPTH_MAX) {
        return complain(translation, message, NULL, "nested too deep");
    }
    if (!hae_view_json_take(text, '{')) {
        return complain(translation, message, NULL, "an object is expected");
    }
    if (hae_view_json_take(text, '}')) {
        return true;
    }
    do {
        if (!put_member(translation, message, depth)) {
            return false;
        }
    } while (!translation->out->failed && hae_view_json_take(text, ','));
    return hae_view_json_take(text, '}') ||
           complain(translation, message, NULL, "the object does not end");
}

enum hae_view_json_result hae_view_json_wire(const ProtobufCMessageDescriptor *message,
                                             struct hae_view_bytes json, struct hae_buffer *out,
                                             char problem[HAE_VIEW_JSON_PROBLEM])
{
    const char *begin = (const char *)json.data;
    struct translation translation = {
        .text = {begin, json.length > 0 ? begin + json.length : begin},
        .begin = begin,
        .out = out,
        .scratch = HAE_BUFFER_INIT,
        .problem = problem,
    };
    problem[0] = '\0';
    hae_buffer_clear(out);
    bool good = put_message(&translation, message, 0);
    (void)hae_view_json_peek(&translation.text);
    if (good && translation.text.at != translation.text.end) {
        good = complain(&translation, message, NULL, "nothing more is expected");
    }
    bool memory = !translation.scratch.failed;
    hae_buffer_done(&translation.scratch);
    if (out->over_limit) {
        return HAE_VIEW_JSON_TOO_LARGE;
    }
    if (out->failed || !memory) {
        return HAE_VIEW_JSON_NO_MEMORY;
    }
    return good ? HAE_VIEW_JSON_DONE : HAE_VIEW_JSON_MALFORMED;
}
