/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_json/otlp_json.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* The longest name of a field in the schema has 28 characters. */
enum { NAME_BYTES = 64 };

static void put_bytes(struct hae_json *json, const char *name,
                      const ProtobufCFieldDescriptor *field, const ProtobufCBinaryData *bytes)
{
    size_t length = strlen(field->name);

    if (length > 3 && strcmp(field->name + length - 3, "_id") == 0) {
        hae_json_hex(json, name, bytes->data, bytes->len);
    } else {
        hae_json_base64(json, name, bytes->data, bytes->len);
    }
}

static void put_double(struct hae_json *json, const char *name, double value)
{
    if (isfinite(value)) {
        hae_json_number(json, name, value);
    } else if (isnan(value)) {
        hae_json_text(json, name, "NaN");
    } else {
        hae_json_text(json, name, value > 0 ? "Infinity" : "-Infinity");
    }
}

/* 64-bit integers are text, since readers of JSON have doubles only. */
static void put_long(struct hae_json *json, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void put_long(struct hae_json *json, const char *name, const char *format, ...)
{
    char text[24];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    hae_json_text(json, name, text);
}

/* A string of a message that hae_unpack() has made: marks become NULs again. */
static void put_text(struct hae_json *json, const char *name, const char *text)
{
    size_t length = strlen(text);
    struct hae_buffer plain = HAE_BUFFER_INIT;

    if (memchr(text, HAE_UTF8_NUL_MARK, length) == NULL) {
        hae_json_text_of(json, name, text, length);
        return;
    }
    hae_buffer_add(&plain, text, length);
    if (plain.failed) {
        json->out->failed = true;
        return;
    }
    for (size_t i = 0; i < length; i++) {
        if (plain.data[i] == HAE_UTF8_NUL_MARK) {
            plain.data[i] = '\0';
        }
    }
    hae_json_text_of(json, name, plain.data, length);
    hae_buffer_done(&plain);
}

static void put_message(struct hae_json *json, const char *name, const ProtobufCMessage *message);

/* One value of a field; `at` is where the message keeps it. */
static void put_value(struct hae_json *json, const char *name,
                      const ProtobufCFieldDescriptor *field, const void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_ENUM:
        hae_json_integer(json, name, *(const int32_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        hae_json_count(json, name, *(const uint32_t *)at);
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        put_long(json, name, "%" PRId64, *(const int64_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        put_long(json, name, "%" PRIu64, *(const uint64_t *)at);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        put_double(json, name, *(const float *)at);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        put_double(json, name, *(const double *)at);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        hae_json_bool(json, name, *(const protobuf_c_boolean *)at);
        break;
    case PROTOBUF_C_TYPE_STRING:
        put_text(json, name, *(const char *const *)at);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        put_bytes(json, name, field, at);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        put_message(json, name, *(const ProtobufCMessage *const *)at);
        break;
    }
}

/* What a repeated field's values take in its array. */
static size_t value_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return 4;
    }
}

static void put_repeated(struct hae_json *json, const char *name,
                         const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
    const char *base = (const char *)message;
    size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
    const char *values = *(const char *const *)(const void *)(base + field->offset);

    hae_json_open(json, name, '[');
    for (size_t i = 0; i < count; i++) {
        put_value(json, NULL, field, values + i * value_size(field));
    }
    hae_json_close(json, ']');
}

static bool is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)message;
    const void *quantifier = base + field->quantifier_offset;

    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return *(const size_t *)quantifier != 0;
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        return *(const uint32_t *)quantifier == field->id;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const void *at = *(const void *const *)(const void *)(base + field->offset);

        return at != NULL && at != field->default_value;
    }
    return *(const protobuf_c_boolean *)quantifier != 0;
}

static char upper(char c)
{
    return (char)toupper((unsigned char)c);
}

/* "start_time_unix_nano" becomes "startTimeUnixNano". */
static void lower_camel_case(const char *name, char out[NAME_BYTES])
{
    size_t used = 0;

    for (; *name != '\0' && used < NAME_BYTES - 1; name++) {
        bool begins_word = *name == '_' && name[1] != '\0';

        name += begins_word;
        out[used++] = begins_word ? upper(*name) : *name;
    }
    out[used] = '\0';
}

static void put_message(struct hae_json *json, const char *name, const ProtobufCMessage *message)
{
    hae_json_open(json, name, '{');
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char member[NAME_BYTES];

        if (!is_set(message, field)) {
            continue;
        }
        lower_camel_case(field->name, member);
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            put_repeated(json, member, field, message);
        } else {
            put_value(json, member, field, (const char *)message + field->offset);
        }
    }
    hae_json_close(json, '}');
}

void hae_otlp_json(struct hae_json *json, const ProtobufCMessage *message)
{
    put_message(json, NULL, message);
}
