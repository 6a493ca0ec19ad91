/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as the kernel writes them into lists: a backslash and three octal digits stand for a space
 * and the like. */
#ifndef HAETAE_HOST_ESCAPE_H
#define HAETAE_HOST_ESCAPE_H

static inline int hae_octal_digit(char digit)
{
    return digit >= '0' && digit <= '7' ? digit - '0' : -1;
}

/* Replaces the escapes of `text` in place. \000 is not an escape. */
static inline void hae_unescape(char *text)
{
    char *to = text;

    while (*text != '\0') {
        int first = text[0] == '\\' ? hae_octal_digit(text[1]) : -1;
        int second = first >= 0 ? hae_octal_digit(text[2]) : -1;
        int third = second >= 0 ? hae_octal_digit(text[3]) : -1;
        int code = first * 64 + second * 8 + third;

        if (third >= 0 && code > 0 && code < 256) {
            *to++ = (char)code;
            text += 4;
        } else {
            *to++ = *text++;
        }
    }
    *to = '\0';
}

#endif
