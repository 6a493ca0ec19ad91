/* SPDX-License-Identifier: Apache-2.0 */
/* Which characters of received or configured text can be shown. The diagnostics, the
 * exporters and the tools all use this rule, so that what is safe in one is safe in all. */
#ifndef HAETAE_BASE_PRINTABLE_H
#define HAETAE_BASE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a code point can go to a terminal or a log line as it is. These cannot:
 * characters that a terminal acts on (C0 and C1 controls), that end the line (U+2028,
 * U+2029), that change the direction of the text around them (U+202A to U+202E, U+2066 to
 * U+2069, and the marks U+061C, U+200E and U+200F), and that are invisible (zero-width
 * spaces, word joiners, invisible operators, annotations, byte order marks, tags). U+200C
 * and U+200D are printable, since scripts and emoji need them. */
bool hae_printable(uint32_t code);

/* One character of text that may hold any bytes. */
struct hae_character {
    uint32_t code;  /* U+FFFD when the bytes are not UTF-8 */
    size_t size;    /* bytes of the text that it takes, at least 1 */
    bool valid;     /* the bytes are UTF-8 */
    bool printable; /* valid, and hae_printable() */
};

/* The first character of a text that is not empty. */
struct hae_character hae_next_character(const char *text, size_t length);

/* Writes text so that it is safe to show on one line: the bytes of characters that are not
 * printable, and bytes that are not UTF-8, become \xNN. Writes at most `size_bytes` (not
 * 0), NUL included, and never ends inside a character. Returns how much of the input was
 * written; less than `length` means that there was no more room. */
size_t hae_escape(char *out, size_t size_bytes, const char *text, size_t length);

#endif
