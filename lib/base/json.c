/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/base64.h"
#include "base/decimal.h"
#include "base/hex.h"
#include "base/printable.h"
#include "base/utf8.h"

/* What is not printable is escaped as well: it means the same, and is safe to show. */
static bool must_escape(uint32_t code)
{
    return !hae_printable(code) || code == '"' || code == '\\';
}

static void escape(struct hae_buffer *out, uint32_t code)
{
    if (code == '"' || code == '\\') {
        hae_buffer_char(out, '\\');
        hae_buffer_char(out, (char)code);
    } else if (code <= 0xFFFF) {
        hae_buffer_format(out, "\\u%04x", (unsigned)code);
    } else {
        hae_buffer_format(out, "\\u%04x\\u%04x", (unsigned)(0xD800 + ((code - 0x10000) >> 10)),
                          (unsigned)(0xDC00 + ((code - 0x10000) & 0x3FF)));
    }
}

/* Most text is this: what stands for itself, and takes a byte. */
static bool is_plain(char c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static void quote(struct hae_buffer *out, const char *text, size_t length)
{
    size_t plain = 0; /* begin of the run that needs no escape */

    hae_buffer_char(out, '"');
    for (size_t at = 0; at < length;) {
        if (is_plain(text[at])) {
            at++;
            continue;
        }
        uint32_t code;
        int step = hae_utf8_decode((const uint8_t *)text + at, length - at, &code);
        size_t size = (size_t)(step > 0 ? step : -step);

        if (step < 0 || must_escape(code)) {
            hae_buffer_add(out, text + plain, at - plain);
            escape(out, code);
            plain = at + size;
        }
        at += size;
    }
    hae_buffer_add(out, text + plain, length - plain);
    hae_buffer_char(out, '"');
}

static void begin(struct hae_json *json, const char *name)
{
    if (json->comma) {
        hae_buffer_char(json->out, ',');
    }
    if (name != NULL) {
        quote(json->out, name, strlen(name));
        hae_buffer_char(json->out, ':');
    }
    json->comma = true;
}

void hae_json_open(struct hae_json *json, const char *name, char bracket)
{
    begin(json, name);
    hae_buffer_char(json->out, bracket);
    json->comma = false;
}

void hae_json_close(struct hae_json *json, char bracket)
{
    hae_buffer_char(json->out, bracket);
    json->comma = true;
}

void hae_json_text(struct hae_json *json, const char *name, const char *value)
{
    hae_json_text_of(json, name, value, strlen(value));
}

void hae_json_text_of(struct hae_json *json, const char *name, const char *text, size_t length)
{
    begin(json, name);
    quote(json->out, text, length);
}

static void put_digits(struct hae_buffer *out, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    hae_buffer_add(out, digits + at, sizeof digits - at);
}

void hae_json_count(struct hae_json *json, const char *name, uint64_t value)
{
    begin(json, name);
    put_digits(json->out, value);
}

void hae_json_integer(struct hae_json *json, const char *name, int64_t value)
{
    begin(json, name);
    if (value < 0) {
        hae_buffer_char(json->out, '-');
    }
    put_digits(json->out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void hae_json_null(struct hae_json *json, const char *name)
{
    begin(json, name);
    hae_buffer_text(json->out, "null");
}

void hae_json_bool(struct hae_json *json, const char *name, bool value)
{
    begin(json, name);
    hae_buffer_text(json->out, value ? "true" : "false");
}

void hae_json_number(struct hae_json *json, const char *name, double value)
{
    char digits[HAE_DECIMAL_BYTES] = "null";

    begin(json, name);
    if (isfinite(value)) {
        hae_decimal(value, digits);
    }
    hae_buffer_text(json->out, digits);
}

void hae_json_hex(struct hae_json *json, const char *name, const uint8_t *bytes, size_t count)
{
    begin(json, name);
    hae_buffer_char(json->out, '"');
    for (size_t i = 0; i < count; i++) {
        char digits[2];

        (void)hae_put_hex(digits, bytes + i, 1);
        hae_buffer_add(json->out, digits, sizeof digits);
    }
    hae_buffer_char(json->out, '"');
}

void hae_json_base64(struct hae_json *json, const char *name, const uint8_t *bytes, size_t count)
{
    begin(json, name);
    hae_buffer_char(json->out, '"');
    for (size_t i = 0; i < count; i += 3) {
        char text[HAE_BASE64_TEXT_BYTES(3)];
        size_t length = hae_base64_encode(bytes + i, count - i < 3 ? count - i : 3, text);

        hae_buffer_add(json->out, text, length);
        hae_buffer_add(json->out, "==", 4 - length);
    }
    hae_buffer_char(json->out, '"');
}
