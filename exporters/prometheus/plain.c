/* SPDX-License-Identifier: Apache-2.0 */
#include "plain.h"

#include <string.h>

#include "base/utf8.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool hae_prom_is_plain_char(char c, bool is_label, bool is_first)
{
    return is_letter(c) || c == '_' || (is_digit(c) && !is_first) || (c == ':' && !is_label);
}

bool hae_prom_is_plain(haetae_string name, bool is_label)
{
    for (size_t i = 0; i < name.length; i++) {
        if (!hae_prom_is_plain_char(name.data[i], is_label, i == 0)) {
            return false;
        }
    }
    return name.length > 0;
}

/* Bytes above ASCII are parts of characters that may be letters. */
static bool is_of_word(char c)
{
    return is_letter(c) || is_digit(c) || (unsigned char)c >= 0x80;
}

bool hae_prom_ends_with_word(const char *name, size_t length, const char *word)
{
    size_t word_length = strlen(word);

    return length >= word_length && memcmp(name + length - word_length, word, word_length) == 0 &&
           (length == word_length || !is_of_word(name[length - word_length - 1]));
}

/* `room` has a byte for each of the name, and one more. Returns the end. */
static char *write_plain(char *room, haetae_string name, bool is_label)
{
    char *at = room;

    if (name.length == 0 || is_digit(name.data[0])) {
        *at++ = '_';
    }
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];

        if (c != '_' && hae_prom_is_plain_char(c, is_label, false)) {
            *at++ = c;
        } else if (at == room || at[-1] != '_') {
            *at++ = '_';
        }
    }
    return at;
}

void hae_prom_put_plain(struct hae_buffer *out, haetae_string name, bool is_label)
{
    if (hae_buffer_reserve(out, name.length + 1)) {
        char *room = out->data + out->length;
        char *end = write_plain(room, name, is_label);

        *end = '\0';
        out->length += (size_t)(end - room);
    }
}

bool hae_prom_is_valid(haetae_string text)
{
    return text.length == 0 || (hae_utf8_valid((const uint8_t *)text.data, text.length) &&
                                memchr(text.data, '\0', text.length) == NULL);
}

void hae_prom_put_valid(struct hae_buffer *out, haetae_string text)
{
    if (hae_prom_is_valid(text)) {
        hae_buffer_add(out, text.data, text.length);
        return;
    }
    for (size_t at = 0; at < text.length;) {
        int step = hae_utf8_step((const uint8_t *)text.data + at, text.length - at);

        if (step > 0 && text.data[at] != '\0') {
            hae_buffer_add(out, text.data + at, (size_t)step);
        } else {
            hae_buffer_text(out, "\xEF\xBF\xBD");
        }
        at += (size_t)(step < 0 ? -step : step);
    }
}
