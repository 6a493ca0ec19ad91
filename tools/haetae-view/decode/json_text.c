/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/json_text.h"

#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"

static void skip_space(struct hae_view_json_text *text)
{
    while (text->at < text->end &&
           (*text->at == ' ' || *text->at == '\t' || *text->at == '\n' || *text->at == '\r')) {
        text->at++;
    }
}

char hae_view_json_peek(struct hae_view_json_text *text)
{
    skip_space(text);
    return text->at < text->end ? *text->at : '\0';
}

bool hae_view_json_take(struct hae_view_json_text *text, char c)
{
    if (hae_view_json_peek(text) != c || text->at == text->end) {
        return false;
    }
    text->at++;
    return true;
}

/* ---- Strings -------------------------------------------------------------------------------- */

/* Four hexadecimal digits. */
static bool read_unit(struct hae_view_json_text *text, uint32_t *ret_unit)
{
    uint32_t unit = 0;
    if (text->end - text->at < 4) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        int digit = hae_hex_value(*text->at++);
        if (digit < 0) {
            return false;
        }
        unit = unit * 16 + (uint32_t)digit;
    }
    *ret_unit = unit;
    return true;
}

static bool is_between(uint32_t code, uint32_t first, uint32_t last)
{
    return code >= first && code <= last;
}

static void put_code(struct hae_buffer *out, uint32_t code)
{
    if (code < 0x80) {
        hae_buffer_char(out, (char)code);
    } else if (code < 0x800) {
        hae_buffer_char(out, (char)(0xC0 | code >> 6));
        hae_buffer_char(out, (char)(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        hae_buffer_char(out, (char)(0xE0 | code >> 12));
        hae_buffer_char(out, (char)(0x80 | (code >> 6 & 0x3F)));
        hae_buffer_char(out, (char)(0x80 | (code & 0x3F)));
    } else {
        hae_buffer_char(out, (char)(0xF0 | code >> 18));
        hae_buffer_char(out, (char)(0x80 | (code >> 12 & 0x3F)));
        hae_buffer_char(out, (char)(0x80 | (code >> 6 & 0x3F)));
        hae_buffer_char(out, (char)(0x80 | (code & 0x3F)));
    }
}

/* After "\u". Half of a pair is no character. */
static bool unicode_escape(struct hae_view_json_text *text, struct hae_buffer *out)
{
    uint32_t code;
    if (!read_unit(text, &code) || is_between(code, 0xDC00, 0xDFFF)) {
        return false;
    }
    if (is_between(code, 0xD800, 0xDBFF)) {
        uint32_t low;
        if (text->end - text->at < 6 || text->at[0] != '\\' || text->at[1] != 'u') {
            return false;
        }
        text->at += 2;
        if (!read_unit(text, &low) || !is_between(low, 0xDC00, 0xDFFF)) {
            return false;
        }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    put_code(out, code);
    return true;
}

/* After a backslash. */
static bool escape(struct hae_view_json_text *text, struct hae_buffer *out)
{
    static const char names[] = "\"\\/bfnrt";
    static const char characters[] = "\"\\/\b\f\n\r\t";
    if (text->at == text->end) {
        return false;
    }
    char c = *text->at++;
    if (c == 'u') {
        return unicode_escape(text, out);
    }
    const char *name = c != '\0' ? strchr(names, c) : NULL;
    if (name == NULL) {
        return false;
    }
    hae_buffer_char(out, characters[name - names]);
    return true;
}

bool hae_view_json_string(struct hae_view_json_text *text, struct hae_buffer *out)
{
    if (!hae_view_json_take(text, '"')) {
        return false;
    }
    while (text->at < text->end) {
        const char *run = text->at;
        while (text->at < text->end && *text->at != '"' && *text->at != '\\' &&
               (unsigned char)*text->at >= 0x20) {
            text->at++;
        }
        size_t length = (size_t)(text->at - run);
        if (length > 0 && !hae_utf8_valid((const uint8_t *)run, length)) {
            return false;
        }
        hae_buffer_add(out, run, length);
        if (text->at == text->end || (unsigned char)*text->at < 0x20) {
            return false;
        }
        if (*text->at++ == '"') {
            return !out->failed;
        }
        if (!escape(text, out)) {
            return false;
        }
    }
    return false;
}

/* ---- Others ---------------------------------------------------------------------------------- */

static size_t digits(const char *at, const char *end)
{
    size_t count = 0;
    while (at + count < end && at[count] >= '0' && at[count] <= '9') {
        count++;
    }
    return count;
}

/* How long the number is that begins here; 0: none does. */
static size_t number_length(const char *begin, const char *end)
{
    const char *at = begin;
    at += at < end && *at == '-' ? 1 : 0;
    size_t whole = digits(at, end);
    if (whole == 0 || (whole > 1 && *at == '0')) {
        return 0;
    }
    at += whole;
    if (at < end && *at == '.') {
        size_t fraction = digits(at + 1, end);
        if (fraction == 0) {
            return 0;
        }
        at += 1 + fraction;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-') ? 1 : 0;
        size_t exponent = digits(at, end);
        if (exponent == 0) {
            return 0;
        }
        at += exponent;
    }
    return (size_t)(at - begin);
}

bool hae_view_json_number(struct hae_view_json_text *text, char out[HAE_VIEW_JSON_NUMBER])
{
    skip_space(text);
    size_t length = number_length(text->at, text->end);
    if (length == 0 || length >= HAE_VIEW_JSON_NUMBER) {
        return false;
    }
    memcpy(out, text->at, length);
    out[length] = '\0';
    text->at += length;
    return true;
}

bool hae_view_json_word(struct hae_view_json_text *text, const char *word)
{
    size_t length = strlen(word);
    skip_space(text);
    if ((size_t)(text->end - text->at) < length || memcmp(text->at, word, length) != 0) {
        return false;
    }
    text->at += length;
    return true;
}

/* ---- Values that nobody asks for ------------------------------------------------------------- */

static bool skip_string(struct hae_view_json_text *text, struct hae_buffer *scratch)
{
    hae_buffer_clear(scratch);
    return hae_view_json_string(text, scratch);
}

/* However long it is. */
static bool skip_number(struct hae_view_json_text *text)
{
    size_t length = number_length(text->at, text->end);
    text->at += length;
    return length > 0;
}

static const char *skip_members(struct hae_view_json_text *text, unsigned depth, char end,
                                struct hae_buffer *scratch)
{
    text->at++;
    if (hae_view_json_take(text, end)) {
        return NULL;
    }
    do {
        if (end == '}' && (!skip_string(text, scratch) || !hae_view_json_take(text, ':'))) {
            return "a member is expected";
        }
        const char *wrong = hae_view_json_skip(text, depth - 1, scratch);
        if (wrong != NULL) {
            return wrong;
        }
    } while (hae_view_json_take(text, ','));
    if (hae_view_json_take(text, end)) {
        return NULL;
    }
    return end == '}' ? "the object does not end" : "the array does not end";
}

const char *hae_view_json_skip(struct hae_view_json_text *text, unsigned depth,
                               struct hae_buffer *scratch)
{
    bool skipped;
    if (depth == 0) {
        return "nested too deep";
    }
    switch (hae_view_json_peek(text)) {
    case '{':
        return skip_members(text, depth, '}', scratch);
    case '[':
        return skip_members(text, depth, ']', scratch);
    case '"':
        skipped = skip_string(text, scratch);
        break;
    case 't':
        skipped = hae_view_json_word(text, "true");
        break;
    case 'f':
        skipped = hae_view_json_word(text, "false");
        break;
    case 'n':
        skipped = hae_view_json_word(text, "null");
        break;
    default:
        skipped = skip_number(text);
        break;
    }
    return skipped ? NULL : "a value is expected";
}
