/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648, section 4). Async-signal-safe. */
#ifndef HAETAE_BASE_BASE64_H
#define HAETAE_BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The room that a text for so many bytes needs, with its NUL. */
#define HAE_BASE64_TEXT_BYTES(size_bytes) ((size_bytes) / 3 * 4 + 5)

/* The room that the bytes of so many digits need at most. */
#define HAE_BASE64_BYTES(length) ((length) / 4 * 3 + 3)

#define HAE_BASE64_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/* Encodes without padding. `out` has room for HAE_BASE64_TEXT_BYTES(size_bytes). Returns the
 * length of the text. */
static inline size_t hae_base64_encode(const void *from, size_t size_bytes, char *out)
{
    const uint8_t *bytes = (const uint8_t *)from;
    char *at = out;

    for (size_t i = 0; i < size_bytes; i += 3) {
        size_t left = size_bytes - i;
        uint32_t bits = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                        (left > 2 ? bytes[i + 2] : 0U);

        for (size_t digit = 0; digit < (left < 3 ? left + 1 : 4); digit++) {
            *at++ = HAE_BASE64_DIGITS[bits >> (18 - 6 * digit) & 63];
        }
    }
    *at = '\0';
    return (size_t)(at - out);
}

/* Decodes up to the first byte that is no digit; *ret_length says how many are digits. `out` has
 * room for HAE_BASE64_BYTES(length), and may be `text`. Returns the size. */
static inline size_t hae_base64_decode(const char *text, size_t length, void *out,
                                       size_t *ret_length)
{
    static const char digits[] = HAE_BASE64_DIGITS;
    uint8_t *at = (uint8_t *)out;
    uint32_t bits = 0;
    unsigned bit_count = 0;
    size_t i = 0;

    for (; i < length && text[i] != '\0'; i++) {
        const char *digit = strchr(digits, text[i]);

        if (digit == NULL) {
            break;
        }
        bits = bits << 6 | (uint32_t)(digit - digits);
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            *at++ = (uint8_t)(bits >> bit_count & 0xFF);
        }
    }
    *ret_length = i;
    return (size_t)(at - (uint8_t *)out);
}

#endif
