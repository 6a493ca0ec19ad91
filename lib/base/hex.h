/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal digits, written in lower case. Async-signal-safe. */
#ifndef HAETAE_BASE_HEX_H
#define HAETAE_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The digit for the lowest four bits of `value`. */
static inline char hae_hex_digit(uint64_t value)
{
    return "0123456789abcdef"[value & 15];
}

/* Writes two digits for each byte, without a NUL, and returns their end. */
static inline char *hae_put_hex(char *at, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *at++ = hae_hex_digit(bytes[i] >> 4);
        *at++ = hae_hex_digit(bytes[i]);
    }
    return at;
}

/* The value of a digit in either case; -1: `c` is not one. */
static inline int hae_hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads 2 * count digits. They must be in lower case, as in trace and span ids. False when
 * one is something else. */
static inline bool hae_read_hex(const char *text, uint8_t *ret_bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int high = hae_hex_value(text[2 * i]);
        int low = hae_hex_value(text[2 * i + 1]);

        /* An upper-case digit does not come out the same. */
        if (high < 0 || low < 0 || text[2 * i] != hae_hex_digit((unsigned)high) ||
            text[2 * i + 1] != hae_hex_digit((unsigned)low)) {
            return false;
        }
        ret_bytes[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

#endif
