/* SPDX-License-Identifier: Apache-2.0 */
#include "util/text.h"

#include <stdio.h>
#include <string.h>

#include "base/printable.h"

#define ELLIPSIS "\xe2\x80\xa6"

/* Room that cleaning reserves for the mark of a cut: "…" and NUL. */
#define CUT_ROOM sizeof ELLIPSIS

struct range {
    uint32_t first;
    uint32_t last;
};

/* Code points that take no column: combining marks, joiners, variation
 * selectors. Common ranges of Unicode categories Mn, Me and Cf. */
static const struct range zero_width[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},   {0x064b, 0x065f},
    {0x0670, 0x0670}, {0x06d6, 0x06dc}, {0x0900, 0x0902}, {0x093c, 0x093c},   {0x0941, 0x0948},
    {0x094d, 0x094d}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},   {0x1160, 0x11ff},
    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d}, {0x2060, 0x2064},   {0x20d0, 0x20f0},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef},
};

/* Code points that take two columns: East Asian Wide and Fullwidth, emoji. */
static const struct range double_width[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
    {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26a1, 0x26a1},
    {0x26bd, 0x26be},   {0x26d4, 0x26d4},   {0x2705, 0x2705},   {0x270a, 0x270b},
    {0x274c, 0x274c},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2b50, 0x2b50},
    {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},
    {0xa000, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},   {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static size_t escape(uint32_t code, char *out, size_t out_size)
{
    int length;
    if (code == '\n') {
        length = snprintf(out, out_size, "\\n");
    } else if (code == '\t') {
        length = snprintf(out, out_size, "\\t");
    } else if (code == '\r') {
        length = snprintf(out, out_size, "\\r");
    } else if (code < 0x100) {
        length = snprintf(out, out_size, "\\x%02x", (unsigned)code);
    } else {
        length = snprintf(out, out_size, "\\u%04x", (unsigned)code);
    }
    return (size_t)length;
}

/* Writes what one character is shown as. Returns the bytes of input that it took. */
static size_t clean_one(const char *text, size_t length, char piece[16], size_t *ret_piece)
{
    struct hae_character character = hae_next_character(text, length);
    if (!character.valid) {
        strcpy(piece, "\xef\xbf\xbd");
        *ret_piece = 3;
    } else if (!character.printable) {
        *ret_piece = escape(character.code, piece, 16);
    } else {
        memcpy(piece, text, character.size);
        *ret_piece = character.size;
    }
    return character.size;
}

/* How many bytes at the front are shown unchanged. */
static size_t plain_run(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length && text[at] >= ' ' && text[at] <= '~') {
        at++;
    }
    return at;
}

size_t hae_view_text_clean(char *out, size_t out_size, const char *text, size_t length)
{
    size_t used = 0;
    size_t at = 0;
    /* The last length at which the mark of a cut still fits. */
    size_t cut = 0;
    while (at < length) {
        size_t room = out_size - used - 1;
        size_t plain = plain_run(text + at, length - at < room ? length - at : room);
        if (plain > 0) {
            memcpy(out + used, text + at, plain);
            if (used + CUT_ROOM <= out_size) {
                cut = used + plain + CUT_ROOM <= out_size ? used + plain : out_size - CUT_ROOM;
            }
            at += plain;
            used += plain;
            continue;
        }
        char piece[16];
        size_t piece_size = 0;
        at += clean_one(text + at, length - at, piece, &piece_size);
        if (used + CUT_ROOM <= out_size) {
            cut = used;
        }
        if (used + piece_size + 1 > out_size) {
            memcpy(out + cut, ELLIPSIS, sizeof ELLIPSIS);
            return cut + sizeof ELLIPSIS - 1;
        }
        memcpy(out + used, piece, piece_size);
        used += piece_size;
    }
    out[used] = '\0';
    return used;
}

static bool in_ranges(uint32_t code, const struct range *ranges, size_t count)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code > ranges[middle].last) {
            low = middle + 1;
        } else if (code < ranges[middle].first) {
            high = middle;
        } else {
            return true;
        }
    }
    return false;
}

static size_t code_width(uint32_t code)
{
    if (code < 0x300) {
        return 1;
    }
    if (in_ranges(code, zero_width, sizeof zero_width / sizeof zero_width[0])) {
        return 0;
    }
    return in_ranges(code, double_width, sizeof double_width / sizeof double_width[0]) ? 2 : 1;
}

size_t hae_view_text_prefix(const char *text, size_t columns, size_t *ret_columns)
{
    size_t length = strlen(text);
    size_t at = 0;
    size_t used = 0;
    while (at < length) {
        struct hae_character character = hae_next_character(text + at, length - at);
        size_t width = code_width(character.code);
        if (used + width > columns) {
            break;
        }
        used += width;
        at += character.size;
    }
    *ret_columns = used;
    return at;
}

size_t hae_view_text_width(const char *text)
{
    size_t columns;
    hae_view_text_prefix(text, SIZE_MAX / 2, &columns);
    return columns;
}

size_t hae_view_text_clean_string(char *out, size_t out_size, const char *text)
{
    return hae_view_text_clean(out, out_size, text, text != NULL ? strlen(text) : 0);
}
