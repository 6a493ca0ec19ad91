/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/json_wire.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "decode/json_numbers.h"

/* A length of five bytes, whatever it is: it is written when the content has been. */
#define LENGTH_BYTES 5

static bool complain(struct hae_view_json_translation *translation,
                     const ProtobufCMessageDescriptor *message, const char *field,
                     const char *expected)
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

/* ---- Writing --------------------------------------------------------------------------------- */

static void put_tag(struct hae_buffer *out, uint32_t number, enum hae_wire_type type)
{
    hae_view_json_put_varint(out, (uint64_t)number << 3 | (uint64_t)type);
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

/* ---- Texts and bytes ------------------------------------------------------------------------- */

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
static const char *put_bytes(struct hae_view_json_translation *translation,
                             const ProtobufCFieldDescriptor *field)
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

static const char *put_text(struct hae_view_json_translation *translation,
                            const ProtobufCFieldDescriptor *field)
{
    size_t begin = open_field(translation->out, field->id);
    bool good = hae_view_json_string(&translation->text, translation->out);
    close_field(translation->out, begin);
    return good ? NULL : "a text is expected, in valid UTF-8";
}

/* ---- Messages -------------------------------------------------------------------------------- */

static bool put_message(struct hae_view_json_translation *translation,
                        const ProtobufCMessageDescriptor *message, unsigned depth);

/* One value, with its tag. */
static bool put_value(struct hae_view_json_translation *translation,
                      const ProtobufCMessageDescriptor *message,
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
        put_tag(translation->out, field->id, hae_view_json_number_type(field));
        wrong = hae_view_json_put_number(translation, field);
    }
    return wrong == NULL || complain(translation, message, field->name, wrong);
}

/* Numbers of an array are packed. */
static bool put_packed(struct hae_view_json_translation *translation,
                       const ProtobufCMessageDescriptor *message,
                       const ProtobufCFieldDescriptor *field)
{
    size_t begin = open_field(translation->out, field->id);
    do {
        const char *wrong = hae_view_json_put_number(translation, field);
        if (wrong != NULL) {
            return complain(translation, message, field->name, wrong);
        }
    } while (!translation->out->failed && hae_view_json_take(&translation->text, ','));
    close_field(translation->out, begin);
    return true;
}

static bool put_array(struct hae_view_json_translation *translation,
                      const ProtobufCMessageDescriptor *message,
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
static bool put_member(struct hae_view_json_translation *translation,
                       const ProtobufCMessageDescriptor *message, unsigned depth)
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
        const char *wrong = hae_view_json_skip(text, HAE_VIEW_CHECK_DEPTH_MAX, key);
        return wrong == NULL || complain(translation, message, NULL, wrong);
    }
    if (hae_view_json_word(text, "null")) {
        return true;
    }
    return field->label == PROTOBUF_C_LABEL_REPEATED
               ? put_array(translation, message, field, depth)
               : put_value(translation, message, field, depth);
}

static bool put_message(struct hae_view_json_translation *translation,
                        const ProtobufCMessageDescriptor *message, unsigned depth)
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
    struct hae_view_json_translation translation = {
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
