/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_json.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static void put_string(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\') {
            putc('\\', out);
            putc(c, out);
        } else if (c < 0x20 || c == 0x7F) {
            fprintf(out, "\\u%04x", c);
        } else {
            putc(c, out);
        }
    }
    putc('"', out);
}

static void put_hex(FILE *out, const ProtobufCBinaryData *bytes)
{
    for (size_t i = 0; i < bytes->len; i++) {
        fprintf(out, "%02x", bytes->data[i]);
    }
}

/* RFC 4648, section 4. */
static void put_base64(FILE *out, const ProtobufCBinaryData *bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < bytes->len; i += 3) {
        size_t left = bytes->len - i;
        unsigned group = (unsigned)bytes->data[i] << 16;

        group |= left > 1 ? (unsigned)bytes->data[i + 1] << 8 : 0;
        group |= left > 2 ? bytes->data[i + 2] : 0;
        putc(digits[group >> 18], out);
        putc(digits[group >> 12 & 63], out);
        putc(left > 1 ? digits[group >> 6 & 63] : '=', out);
        putc(left > 2 ? digits[group & 63] : '=', out);
    }
}

static void put_bytes(FILE *out, const ProtobufCFieldDescriptor *field,
                      const ProtobufCBinaryData *bytes)
{
    size_t length = strlen(field->name);
    bool is_id = length > 3 && strcmp(field->name + length - 3, "_id") == 0;

    putc('"', out);
    if (is_id) {
        put_hex(out, bytes);
    } else {
        put_base64(out, bytes);
    }
    putc('"', out);
}

static void put_double(FILE *out, double value)
{
    if (isnan(value)) {
        fputs("\"NaN\"", out);
    } else if (isinf(value)) {
        fputs(value > 0 ? "\"Infinity\"" : "\"-Infinity\"", out);
    } else {
        fprintf(out, "%.17g", value);
    }
}

/* One value of a field; `at` is where the message keeps it. */
static void put_value(FILE *out, const ProtobufCFieldDescriptor *field, const void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_ENUM:
        fprintf(out, "%" PRId32, *(const int32_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        fprintf(out, "%" PRIu32, *(const uint32_t *)at);
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        fprintf(out, "\"%" PRId64 "\"", *(const int64_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        fprintf(out, "\"%" PRIu64 "\"", *(const uint64_t *)at);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        put_double(out, *(const float *)at);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        put_double(out, *(const double *)at);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        fputs(*(const protobuf_c_boolean *)at ? "true" : "false", out);
        break;
    case PROTOBUF_C_TYPE_STRING:
        put_string(out, *(const char *const *)at);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        put_bytes(out, field, at);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        hae_rec_json(out, *(const ProtobufCMessage *const *)at);
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

static void put_repeated(FILE *out, const ProtobufCMessage *message,
                         const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)message;
    size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
    const char *values = *(const char *const *)(const void *)(base + field->offset);

    putc('[', out);
    for (size_t i = 0; i < count; i++) {
        if (i != 0) {
            putc(',', out);
        }
        put_value(out, field, values + i * value_size(field));
    }
    putc(']', out);
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

static void put_name(FILE *out, const char *name)
{
    putc('"', out);
    for (; *name != '\0'; name++) {
        if (*name == '_' && name[1] != '\0') {
            name++;
            putc(toupper((unsigned char)*name), out);
        } else {
            putc(*name, out);
        }
    }
    fputs("\":", out);
}

void hae_rec_json(FILE *out, const ProtobufCMessage *message)
{
    bool first = true;

    putc('{', out);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];

        if (!is_set(message, field)) {
            continue;
        }
        if (!first) {
            putc(',', out);
        }
        first = false;
        put_name(out, field->name);
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            put_repeated(out, message, field);
        } else {
            put_value(out, field, (const char *)message + field->offset);
        }
    }
    putc('}', out);
}
