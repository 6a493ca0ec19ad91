/* SPDX-License-Identifier: Apache-2.0 */
#include "plain.h"

#include <string.h>

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

bool hae_prom_ends_with(const char *text, size_t length, const char *end)
{
    size_t end_length = strlen(end);

    return length >= end_length && memcmp(text + length - end_length, end, end_length) == 0;
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
