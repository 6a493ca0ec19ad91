/* SPDX-License-Identifier: Apache-2.0 */
#include "show/keys.h"

#include <string.h>

#include "base/printable.h"

#define ESCAPE '\x1b'
/* The longest sequence that is taken for one key: a terminal sends no longer ones. */
#define SEQUENCE_MAX 16

static const struct {
    const char *sequence; /* after the escape character */
    enum hae_view_key_kind kind;
} sequences[] = {
    {"[A", HAE_VIEW_KEY_UP},         {"[B", HAE_VIEW_KEY_DOWN},  {"[C", HAE_VIEW_KEY_RIGHT},
    {"[D", HAE_VIEW_KEY_LEFT},       {"OA", HAE_VIEW_KEY_UP},    {"OB", HAE_VIEW_KEY_DOWN},
    {"OC", HAE_VIEW_KEY_RIGHT},      {"OD", HAE_VIEW_KEY_LEFT},  {"[5~", HAE_VIEW_KEY_PAGE_UP},
    {"[6~", HAE_VIEW_KEY_PAGE_DOWN}, {"[H", HAE_VIEW_KEY_HOME},  {"OH", HAE_VIEW_KEY_HOME},
    {"[1~", HAE_VIEW_KEY_HOME},      {"[7~", HAE_VIEW_KEY_HOME}, {"[F", HAE_VIEW_KEY_END},
    {"OF", HAE_VIEW_KEY_END},        {"[4~", HAE_VIEW_KEY_END},  {"[8~", HAE_VIEW_KEY_END},
    {"[Z", HAE_VIEW_KEY_BACK_TAB},   {"OM", HAE_VIEW_KEY_ENTER},
};

static enum hae_view_key_kind kind_of(const char *sequence, size_t length)
{
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        if (strlen(sequences[i].sequence) == length &&
            memcmp(sequences[i].sequence, sequence, length) == 0) {
            return sequences[i].kind;
        }
    }
    return HAE_VIEW_KEY_NONE;
}

/* The length of the sequence after an escape character, as ECMA-48 has them: "[", parameters and a
 * final byte, or "O" and one byte. 0: it is not complete. */
static size_t sequence_length(const char *bytes, size_t length)
{
    if (bytes[0] == 'O') {
        return length > 1 ? 2 : 0;
    }
    size_t at = 1;
    while (at < length && at < SEQUENCE_MAX && bytes[at] >= 0x20 && bytes[at] <= 0x3f) {
        at++;
    }
    if (at == length && at < SEQUENCE_MAX) {
        return 0;
    }
    /* What is not a final byte is not part of it. */
    return at < length && bytes[at] >= 0x40 && bytes[at] <= 0x7e ? at + 1 : at;
}

static size_t read_escape(const char *bytes, size_t length, bool last, struct hae_view_key *ret_key)
{
    if (length == 1 || (bytes[1] != '[' && bytes[1] != 'O')) {
        if (length == 1 && !last) {
            return 0;
        }
        ret_key->kind = HAE_VIEW_KEY_ESCAPE;
        return 1;
    }
    size_t taken = sequence_length(bytes + 1, length - 1);
    if (taken == 0) {
        return last ? length : 0;
    }
    ret_key->kind = kind_of(bytes + 1, taken);
    return taken + 1;
}

static enum hae_view_key_kind kind_of_control(char c)
{
    switch (c) {
    case '\r':
    case '\n':
        return HAE_VIEW_KEY_ENTER;
    case '\t':
        return HAE_VIEW_KEY_TAB;
    case '\b':
    case '\x7f':
        return HAE_VIEW_KEY_BACKSPACE;
    case '\x03':
        return HAE_VIEW_KEY_INTERRUPT;
    case '\x15':
        return HAE_VIEW_KEY_ERASE_LINE;
    case '\x0c':
        return HAE_VIEW_KEY_REDRAW;
    default:
        return HAE_VIEW_KEY_NONE;
    }
}

/* How long a character is that begins so. */
static size_t character_length(char first)
{
    unsigned char byte = (unsigned char)first;
    return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

size_t hae_view_key_read(const char *bytes, size_t length, bool last, struct hae_view_key *ret_key)
{
    memset(ret_key, 0, sizeof *ret_key);
    if (length == 0) {
        return 0;
    }
    if (bytes[0] == ESCAPE) {
        return read_escape(bytes, length, last, ret_key);
    }
    if ((bytes[0] >= 0 && bytes[0] < ' ') || bytes[0] == '\x7f') {
        ret_key->kind = kind_of_control(bytes[0]);
        return 1;
    }
    if (length < character_length(bytes[0]) && !last) {
        return 0;
    }
    struct hae_character character = hae_next_character(bytes, length);
    if (character.valid && character.printable && character.size < sizeof ret_key->text) {
        ret_key->kind = HAE_VIEW_KEY_TEXT;
        memcpy(ret_key->text, bytes, character.size);
    }
    return character.size;
}
