/* SPDX-License-Identifier: Apache-2.0 */
#include "out.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/decimal.h"
#include "base/hex.h"
#include "base/printable.h"
#include "base/utf8.h"

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
    if (out->used == sizeof out->buffer) {
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
    snprintf(text, sizeof text, "%" PRIu64, value);
    hae_con_put(out, text);
}

void hae_con_int(struct hae_con_out *out, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    hae_con_put(out, text);
}

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
    char text[HAE_DECIMAL_BYTES];
    hae_decimal(value, text);
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
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + length, sizeof text - length, ".%03uZ",
             (unsigned)(unix_ns % NS_PER_S / 1000000));
    hae_con_put(out, text);
}

void hae_con_duration(struct hae_con_out *out, uint64_t ns)
{
    char text[48];
    double value = (double)ns;
    if (ns < 1000) {
        snprintf(text, sizeof text, "%" PRIu64 "ns", ns);
    } else if (ns < 1000000) {
        snprintf(text, sizeof text, "%.1fus", value / 1e3);
    } else if (ns < NS_PER_S) {
        snprintf(text, sizeof text, "%.2fms", value / 1e6);
    } else {
        snprintf(text, sizeof text, "%.3fs", value / 1e9);
    }
    hae_con_put(out, text);
}

bool hae_con_hex(struct hae_con_out *out, const uint8_t *data, size_t length, size_t *room)
{
    for (size_t i = 0; i < length; i++) {
        char digits[2];
        if (*room == 0) {
            hae_con_put(out, "…");
            return false;
        }
        *room -= 1;
        (void)hae_put_hex(digits, data + i, 1);
        put_bytes(out, digits, sizeof digits);
    }
    return true;
}

/* ---- Recorded text --------------------------------------------------------- */

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
        snprintf(text, sizeof text, "\\u%04x", (unsigned)code);
        hae_con_put(out, text);
        break;
    }
}

static void put_character(struct hae_con_out *out, const char *bytes,
                          struct hae_character character)
{
    if (bytes[0] == HAE_UTF8_NUL_MARK) {
        put_escaped(out, 0);
        return;
    }
    if (!character.valid) {
        hae_con_put(out, "\xEF\xBF\xBD");
        return;
    }
    if (!character.printable) {
        put_escaped(out, character.code);
        return;
    }
    if (character.code == '"' || character.code == '\\') {
        hae_con_char(out, '\\');
    }
    put_bytes(out, bytes, character.size);
}

bool hae_con_text(struct hae_con_out *out, const char *text, size_t length, size_t *room)
{
    for (size_t i = 0; i < length;) {
        struct hae_character character = hae_next_character(text + i, length - i);
        if (character.size > *room) {
            *room = 0;
            hae_con_put(out, "…");
            return false;
        }
        *room -= character.size;
        put_character(out, text + i, character);
        i += character.size;
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
        if (c <= ' ' || c == 0x7F || c == (unsigned char)HAE_UTF8_NUL_MARK ||
            strchr("\"\\=,[]{}", c) != NULL) {
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
