/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include "base/bytes.h"

enum { REPLACEMENT_SIZE = 3 }; /* U+FFFD is EF BF BD */

/* What follows a lead byte: how long the sequence is, and the range of its second byte,
 * which excludes overlong forms, surrogates and code points above U+10FFFF. */
struct lead {
    uint8_t length;
    uint8_t second_low;
    uint8_t second_high;
};

static struct lead lead_of(uint8_t byte)
{
    struct lead none = {0, 0, 0};

    if (byte >= 0xC2 && byte <= 0xDF) {
        return (struct lead){2, 0x80, 0xBF};
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        return (struct lead){3, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF};
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        return (struct lead){4, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF};
    }
    return none;
}

int hae_utf8_step(const uint8_t *text, size_t length)
{
    if (text[0] < 0x80) {
        return 1;
    }
    struct lead lead = lead_of(text[0]);
    if (lead.length == 0 || length < 2 || text[1] < lead.second_low || text[1] > lead.second_high) {
        return -1;
    }
    for (int at = 2; at < lead.length; at++) {
        if ((size_t)at >= length || (text[at] & 0xC0) != 0x80) {
            return -at;
        }
    }
    return lead.length;
}

int hae_utf8_decode(const uint8_t *text, size_t length, uint32_t *ret_code)
{
    /* The bits of the code point in a lead byte, by the length of the sequence. */
    static const uint8_t lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    int step = hae_utf8_step(text, length);

    if (step < 0) {
        *ret_code = 0xFFFD;
        return step;
    }
    *ret_code = text[0] & lead_bits[step];
    for (int at = 1; at < step; at++) {
        *ret_code = *ret_code << 6 | (text[at] & 0x3F);
    }
    return step;
}

/* Whether the text begins with a sequence of three bytes, as in most scripts of Asia; reads
 * four bytes at once. hae_utf8_step() handles the leads E0 and ED, whose second byte is
 * restricted. */
static inline bool is_common_three(const uint8_t *text)
{
    uint32_t four = hae_le32(hae_load32(text));

    return (four & 0xC0C0F0) == 0x8080E0 && (four & 0x0F) != 0x00 && (four & 0x0F) != 0x0D;
}

/* How many of the eight bytes at `text` are ASCII before one that is not. */
static inline size_t ascii_before(const uint8_t *text)
{
    uint64_t high = hae_le64(hae_load64(text)) & HAE_HIGH_BITS;

    return high != 0 ? (size_t)__builtin_ctzll(high) / 8 : 8;
}

bool hae_utf8_valid(const uint8_t *text, size_t length)
{
    size_t at = 0;

    while (at < length) {
        if (length - at >= 8) {
            at += ascii_before(text + at);
        }
        if (length - at >= 4 && is_common_three(text + at)) {
            at += 3;
            continue;
        }
        if (at == length) {
            break;
        }
        if (text[at] < 0x80) {
            at++;
            continue;
        }
        int step = hae_utf8_step(text + at, length - at);
        if (step < 0) {
            return false;
        }
        at += (size_t)step;
    }
    return true;
}

/* No record is so large. */
#define REPAIRED_SIZE_MAX ((size_t)PTRDIFF_MAX)

size_t hae_utf8_repaired_size(const uint8_t *text, size_t length, size_t limit,
                              size_t *ret_consumed)
{
    size_t at = 0;
    size_t size = 0;

    for (size_t points = 0; at < length && points < limit && size <= REPAIRED_SIZE_MAX; points++) {
        int step = hae_utf8_step(text + at, length - at);

        size += step > 0 ? (size_t)step : REPLACEMENT_SIZE;
        at += (size_t)(step > 0 ? step : -step);
    }
    *ret_consumed = at;
    return size;
}
