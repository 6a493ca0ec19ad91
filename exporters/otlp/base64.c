/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t hae_http_base64_encode(const void *from, size_t size_bytes, char *out)
{
    const uint8_t *bytes = from;
    char *at = out;

    for (size_t i = 0; i < size_bytes; i += 3) {
        size_t left = size_bytes - i;
        uint32_t bits = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                        (left > 2 ? bytes[i + 2] : 0U);

        for (size_t digit = 0; digit < (left < 3 ? left + 1 : 4); digit++) {
            *at++ = digits[bits >> (18 - 6 * digit) & 63];
        }
    }
    *at = '\0';
    return (size_t)(at - out);
}

size_t hae_http_base64_decode(const char *text, size_t length, void *out, size_t *ret_length)
{
    uint8_t *at = out;
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
