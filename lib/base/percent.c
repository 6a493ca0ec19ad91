/* SPDX-License-Identifier: Apache-2.0 */
#include "base/percent.h"

#include "base/utf8.h"

/* RFC 3986 has capital letters. */
static char upper_hex_digit(unsigned value)
{
    return "0123456789ABCDEF"[value & 15];
}

char *hae_percent_encode(char *at, haetae_string text)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];

        if (hae_is_baggage_octet(c) && c != '%') {
            *at++ = c;
        } else {
            *at++ = '%';
            *at++ = upper_hex_digit((uint8_t)c >> 4);
            *at++ = upper_hex_digit((uint8_t)c);
        }
    }
    return at;
}

enum { SEQUENCE_MAX = 4 };

/* The next decoded bytes of a text, as many as a code point can have, and where each ends. */
static size_t look_ahead(haetae_string text, size_t at, uint8_t *bytes, size_t *ends)
{
    size_t count = 0;

    while (count < SEQUENCE_MAX && at < text.length) {
        int byte = hae_percent_byte(text.data + at, text.length - at);

        bytes[count] = byte >= 0 ? (uint8_t)byte : (uint8_t)text.data[at];
        at += byte >= 0 ? 3 : 1;
        ends[count++] = at;
    }
    return count;
}

size_t hae_percent_decode(haetae_string text, char *ret_text)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    uint8_t bytes[SEQUENCE_MAX];
    size_t ends[SEQUENCE_MAX];
    size_t length = 0;

    for (size_t at = 0; at < text.length;) {
        int step = hae_utf8_step(bytes, look_ahead(text, at, bytes, ends));

        /* A byte that is replaced was three characters. */
        memcpy(ret_text + length, step > 0 ? (const void *)bytes : replacement,
               step > 0 ? (size_t)step : sizeof replacement - 1);
        length += step > 0 ? (size_t)step : sizeof replacement - 1;
        at = ends[(step > 0 ? step : -step) - 1];
    }
    return length;
}
