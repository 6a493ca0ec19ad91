/* SPDX-License-Identifier: Apache-2.0 */
#include "json_out.h"

#include <inttypes.h>
#include <math.h>

static void quoted(struct json_out *out, const char *text, size_t length)
{
    fputc('"', out->file);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '"' || c == '\\' || c < 0x20) {
            fprintf(out->file, "\\u%04x", c);
        } else {
            fputc(c, out->file);
        }
    }
    fputc('"', out->file);
}

/* Writes the comma and the name before a value. */
static void begin(struct json_out *out, const char *name)
{
    if (out->comma) {
        fputc(',', out->file);
    }
    out->comma = true;
    if (name != NULL) {
        quoted(out, name, strlen(name));
        fputc(':', out->file);
    }
}

static void open_bracket(struct json_out *out, const char *name, char bracket)
{
    begin(out, name);
    fputc(bracket, out->file);
    out->comma = false;
}

static void close_bracket(struct json_out *out, char bracket)
{
    fputc(bracket, out->file);
    out->comma = true;
}

void json_object(struct json_out *out, const char *name)
{
    open_bracket(out, name, '{');
}

void json_object_end(struct json_out *out)
{
    close_bracket(out, '}');
}

void json_array(struct json_out *out, const char *name)
{
    open_bracket(out, name, '[');
}

void json_array_end(struct json_out *out)
{
    close_bracket(out, ']');
}

void json_line_end(struct json_out *out)
{
    fputc('\n', out->file);
    out->comma = false;
}

void json_text(struct json_out *out, const char *name, const char *text, size_t length)
{
    begin(out, name);
    quoted(out, text, length);
}

void json_string(struct json_out *out, const char *name, const char *text)
{
    json_text(out, name, text, strlen(text));
}

void json_bool(struct json_out *out, const char *name, bool value)
{
    begin(out, name);
    fputs(value ? "true" : "false", out->file);
}

void json_number(struct json_out *out, const char *name, uint32_t value)
{
    begin(out, name);
    fprintf(out->file, "%" PRIu32, value);
}

void json_int64(struct json_out *out, const char *name, int64_t value)
{
    begin(out, name);
    fprintf(out->file, "\"%" PRId64 "\"", value);
}

void json_uint64(struct json_out *out, const char *name, uint64_t value)
{
    begin(out, name);
    fprintf(out->file, "\"%" PRIu64 "\"", value);
}

void json_double(struct json_out *out, const char *name, double value)
{
    begin(out, name);
    if (isnan(value)) {
        fputs("\"NaN\"", out->file);
    } else if (isinf(value)) {
        fputs(value > 0 ? "\"Infinity\"" : "\"-Infinity\"", out->file);
    } else {
        fprintf(out->file, "%.17g", value);
    }
}

void json_id(struct json_out *out, const char *name, const uint8_t *id, size_t length)
{
    begin(out, name);
    fputc('"', out->file);
    for (size_t i = 0; i < length; i++) {
        fprintf(out->file, "%02x", id[i]);
    }
    fputc('"', out->file);
}

static void base64(struct json_out *out, const uint8_t *data, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    fputc('"', out->file);
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t bits = (uint32_t)data[i] << 16;

        bits |= left > 1 ? (uint32_t)data[i + 1] << 8 : 0;
        bits |= left > 2 ? data[i + 2] : 0;
        fputc(digits[bits >> 18], out->file);
        fputc(digits[bits >> 12 & 63], out->file);
        fputc(left > 1 ? digits[bits >> 6 & 63] : '=', out->file);
        fputc(left > 2 ? digits[bits & 63] : '=', out->file);
    }
    fputc('"', out->file);
}

static void array_value(struct json_out *out, const haetae_value *value)
{
    json_object(out, "arrayValue");
    json_array(out, "values");
    for (size_t i = 0; i < value->as.array.count; i++) {
        json_value(out, NULL, &value->as.array.items[i]);
    }
    json_array_end(out);
    json_object_end(out);
}

void json_value(struct json_out *out, const char *name, const haetae_value *value)
{
    json_object(out, name);
    switch ((haetae_value_type)value->type) {
    case HAETAE_VALUE_EMPTY:
        break;
    case HAETAE_VALUE_STRING:
        json_text(out, "stringValue", value->as.string.data, value->as.string.length);
        break;
    case HAETAE_VALUE_BOOL:
        json_bool(out, "boolValue", value->as.boolean);
        break;
    case HAETAE_VALUE_INT64:
        json_int64(out, "intValue", value->as.int64);
        break;
    case HAETAE_VALUE_DOUBLE:
        json_double(out, "doubleValue", value->as.real);
        break;
    case HAETAE_VALUE_ARRAY:
        array_value(out, value);
        break;
    case HAETAE_VALUE_MAP:
        json_object(out, "kvlistValue");
        json_attributes(out, "values", value->as.map.items, value->as.map.count);
        json_object_end(out);
        break;
    case HAETAE_VALUE_BYTES:
        begin(out, "bytesValue");
        base64(out, value->as.bytes.data, value->as.bytes.length);
        break;
    }
    json_object_end(out);
}

void json_attributes(struct json_out *out, const char *name, const haetae_attribute *attributes,
                     size_t count)
{
    json_array(out, name);
    for (size_t i = 0; i < count; i++) {
        json_object(out, NULL);
        json_text(out, "key", attributes[i].key.data, attributes[i].key.length);
        json_value(out, "value", &attributes[i].value);
        json_object_end(out);
    }
    json_array_end(out);
}
