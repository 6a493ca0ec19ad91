/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding of UTF-8, as W3C Baggage has it. Async-signal-safe. */
#ifndef HAETAE_BASE_PERCENT_H
#define HAETAE_BASE_PERCENT_H

#include "base/hex.h"
#include "haetae/types.h"

/* The byte that "%XX" at the front of a text stands for; -1: there is none. */
static inline int hae_percent_byte(const char *text, size_t length)
{
    int high, low;

    if (length < 3 || text[0] != '%') {
        return -1;
    }
    high = hae_hex_value(text[1]);
    low = hae_hex_value(text[2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Whether a character of a value stands for itself: printable ASCII but space, quotation mark,
 * comma, semicolon and backslash. Specification: W3C Baggage, "baggage-octet". */
static inline bool hae_is_baggage_octet(char c)
{
    return c > ' ' && c <= '~' && c != '"' && c != ',' && c != ';' && c != '\\';
}

/* Writes text, which may hold any bytes, and returns the end: at most three bytes for each. */
char *hae_percent_encode(char *at, haetae_string text);

/* Decodes ASCII text into room of the same length, and returns the length of the result. A "%"
 * without two digits stands for itself. What is not UTF-8 once decoded becomes U+FFFD. */
size_t hae_percent_decode(haetae_string text, char *ret_text);

#endif
