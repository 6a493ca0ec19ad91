/* SPDX-License-Identifier: Apache-2.0 */
#include "base/printable.h"

#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"

bool hae_printable(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } refused[] = {
        {0x0000, 0x001F}, {0x007F, 0x009F}, {0x061C, 0x061C},   {0x180E, 0x180E},
        {0x200B, 0x200B}, {0x200E, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},
        {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F},
    };

    if (code >= 0x20 && code < 0x7F) {
        return true;
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (code <= refused[i].last) {
            return code < refused[i].first;
        }
    }
    return true;
}

struct hae_character hae_next_character(const char *text, size_t length)
{
    struct hae_character character;
    int step = hae_utf8_decode((const uint8_t *)text, length, &character.code);

    character.valid = step > 0;
    character.size = (size_t)(step > 0 ? step : -step);
    character.printable = character.valid && hae_printable(character.code);
    return character;
}

size_t hae_escape(char *out, size_t size_bytes, const char *text, size_t length)
{
    size_t room = size_bytes - 1;
    size_t done = 0;

    while (done < length) {
        struct hae_character character = hae_next_character(text + done, length - done);
        size_t shown = character.printable ? character.size : character.size * 4;

        if (room < shown) {
            break;
        }
        room -= shown;
        if (character.printable) {
            memcpy(out, text + done, character.size);
            out += character.size;
        }
        for (size_t i = 0; !character.printable && i < character.size; i++) {
            *out++ = '\\';
            *out++ = 'x';
            out = hae_put_hex(out, (const uint8_t *)text + done + i, 1);
        }
        done += character.size;
    }
    *out = '\0';
    return done;
}
