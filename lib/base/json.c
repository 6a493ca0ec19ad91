/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/base64.h"
#include "base/bytes.h"
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

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/* The high bits of the bytes that are 0, and perhaps of some above one that is. */
static inline uint64_t zeros(uint64_t bytes)
{
    return (bytes - EACH_BYTE(1)) & ~bytes;
}

/* Whether all of eight bytes are plain. */
static inline bool eight_are_plain(const char *text)
{
    uint64_t bytes = hae_load64(text);
    uint64_t others = bytes | (bytes - EACH_BYTE(' ')) | zeros(bytes ^ EACH_BYTE('"')) |
                      zeros(bytes ^ EACH_BYTE('\\')) | zeros(bytes ^ EACH_BYTE(0x7F));

    return (others & HAE_HIGH_BITS) == 0;
}

static size_t plain_run(const char *text, size_t length)
{
    size_t at = 0;

    while (length - at >= 8 && eight_are_plain(text + at)) {
        at += 8;
    }
    while (at < length && is_plain(text[at])) {
        at++;
    }
    return at;
}

/* Text that needs no escape, in quotes. */
static void quote_plain(struct hae_buffer *out, const char *text, size_t length)
{
    if (!hae_buffer_reserve(out, length + 2)) {
        return;
    }
    char *to = out->data + out->length;
    to[0] = '"';
    if (length > 0) {
        memcpy(to + 1, text, length);
    }
    to[length + 1] = '"';
    to[length + 2] = '\0';
    out->length += length + 2;
}

static void quote(struct hae_buffer *out, const char *text, size_t length)
{
    size_t plain = 0; /* begin of the run that needs no escape */
    size_t run = plain_run(text, length);

    if (run == length) {
        quote_plain(out, text, length);
        return;
    }
    hae_buffer_char(out, '"');
    for (size_t at = run; at < length;) {
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

void hae_json_name_of(struct hae_json *json, const char *name, size_t length)
{
    if (json->comma) {
        hae_buffer_char(json->out, ',');
    }
    quote(json->out, name, length);
    hae_buffer_char(json->out, ':');
    json->comma = false;
}

static void begin(struct hae_json *json, const char *name)
{
    if (name != NULL) {
        hae_json_name_of(json, name, strlen(name));
    } else if (json->comma) {
        hae_buffer_char(json->out, ',');
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
