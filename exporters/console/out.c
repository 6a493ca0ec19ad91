/* SPDX-License-Identifier: Apache-2.0 */
#include "out.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

void hae_con_init(struct hae_con_out *out, FILE *stream)
{
    out->stream = stream;
    out->error = 0;
    out->used = 0;
}

static void write_buffer(struct hae_con_out *out)
{
    if (out->error == 0 && out->used > 0) {
        errno = 0;
        if (fwrite(out->buffer, 1, out->used, out->stream) != out->used) {
            out->error = errno != 0 ? errno : EIO;
        }
    }
    out->used = 0;
}

bool hae_con_flush(struct hae_con_out *out)
{
    write_buffer(out);
    if (out->error == 0) {
        errno = 0;
        if (fflush(out->stream) != 0) {
            out->error = errno != 0 ? errno : EIO;
        }
    }
    return out->error == 0;
}

void hae_con_char(struct hae_con_out *out, char c)
{
    if (out->used == sizeof(out->buffer)) {
        write_buffer(out);
    }
    out->buffer[out->used++] = c;
}

static void put_bytes(struct hae_con_out *out, const char *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        hae_con_char(out, data[i]);
    }
}

void hae_con_put(struct hae_con_out *out, const char *text)
{
    put_bytes(out, text, strlen(text));
}

void hae_con_uint(struct hae_con_out *out, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, value);
    hae_con_put(out, text);
}

void hae_con_int(struct hae_con_out *out, int64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, value);
    hae_con_put(out, text);
}

/* The exporter sets the C locale for its thread, so the point is a point. */
void hae_con_double(struct hae_con_out *out, double value)
{
    if (isnan(value)) {
        hae_con_put(out, "NaN");
        return;
    }
    if (isinf(value)) {
        hae_con_put(out, value < 0 ? "-Inf" : "+Inf");
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        double back = strtod(text, NULL);
        if (memcmp(&back, &value, sizeof(value)) == 0) {
            break;
        }
    }
    hae_con_put(out, text);
}

void hae_con_time(struct hae_con_out *out, uint64_t unix_ns)
{
    time_t seconds = (time_t)(unix_ns / NS_PER_S);
    struct tm utc;
    if (unix_ns == 0 || gmtime_r(&seconds, &utc) == NULL) {
        hae_con_char(out, '-');
        return;
    }
    char text[64];
    size_t length = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + length, sizeof(text) - length, ".%03uZ",
             (unsigned)(unix_ns % NS_PER_S / 1000000));
    hae_con_put(out, text);
}

void hae_con_duration(struct hae_con_out *out, uint64_t ns)
{
    char text[48];
    double value = (double)ns;
    if (ns < 1000) {
        snprintf(text, sizeof(text), "%" PRIu64 "ns", ns);
    } else if (ns < 1000000) {
        snprintf(text, sizeof(text), "%.1fus", value / 1e3);
    } else if (ns < NS_PER_S) {
        snprintf(text, sizeof(text), "%.2fms", value / 1e6);
    } else {
        snprintf(text, sizeof(text), "%.3fs", value / 1e9);
    }
    hae_con_put(out, text);
}

bool hae_con_hex(struct hae_con_out *out, const uint8_t *data, size_t length, size_t *room)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        if (*room == 0) {
            hae_con_put(out, "…");
            return false;
        }
        *room -= 1;
        hae_con_char(out, digits[data[i] >> 4]);
        hae_con_char(out, digits[data[i] & 15]);
    }
    return true;
}

/* ---- Recorded text --------------------------------------------------------- */

/* Length of the well-formed UTF-8 sequence at `s`, and its code point; 0 when
 * there is none. Unicode 15, table 3-7. */
static size_t decode(const unsigned char *s, size_t length, uint32_t *ret_code)
{
    if (s[0] < 0x80) {
        *ret_code = s[0];
        return 1;
    }
    size_t size = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || size > length) {
        return 0;
    }
    uint32_t code = s[0] & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
        code = code << 6 | (s[i] & 0x3Fu);
    }
    bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (overlong || surrogate || code > 0x10FFFF) {
        return 0;
    }
    *ret_code = code;
    return size;
}

/* What a terminal would act on, or what would make one line look like two or
 * like another. */
static bool must_escape(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E ||
           code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

static void put_escaped(struct hae_con_out *out, uint32_t code)
{
    char text[16];
    switch (code) {
    case '\n':
        hae_con_put(out, "\\n");
        break;
    case '\r':
        hae_con_put(out, "\\r");
        break;
    case '\t':
        hae_con_put(out, "\\t");
        break;
    default:
        snprintf(text, sizeof(text), "\\u%04x", (unsigned)code);
        hae_con_put(out, text);
        break;
    }
}

static void put_code(struct hae_con_out *out, const char *bytes, size_t size, uint32_t code)
{
    if (must_escape(code)) {
        put_escaped(out, code);
        return;
    }
    if (code == '"' || code == '\\') {
        hae_con_char(out, '\\');
    }
    put_bytes(out, bytes, size);
}

bool hae_con_text(struct hae_con_out *out, const char *text, size_t length, size_t *room)
{
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t size = decode(bytes + i, length - i, &code);
        size_t taken = size > 0 ? size : 1;
        if (taken > *room) {
            *room = 0;
            hae_con_put(out, "…");
            return false;
        }
        *room -= taken;
        if (size > 0) {
            put_code(out, text + i, size, code);
        } else {
            hae_con_put(out, "\xEF\xBF\xBD");
        }
        i += taken;
    }
    return true;
}

bool hae_con_quoted(struct hae_con_out *out, const char *text, size_t length, size_t *room)
{
    hae_con_char(out, '"');
    bool whole = hae_con_text(out, text, length, room);
    hae_con_char(out, '"');
    return whole;
}

static bool is_word(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ' || c == 0x7F || strchr("\"\\=,[]{}", c) != NULL) {
            return false;
        }
    }
    return length > 0;
}

bool hae_con_word(struct hae_con_out *out, const char *text, size_t length, size_t *room)
{
    if (is_word(text, length)) {
        return hae_con_text(out, text, length, room);
    }
    return hae_con_quoted(out, text, length, room);
}
