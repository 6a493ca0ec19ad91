/* SPDX-License-Identifier: Apache-2.0 */
/* What of received or configured text can be shown. One answer for the library's diagnostics,
 * the exporters and the tools, so that what is harmless in one is harmless in all. */
#ifndef HAETAE_BASE_PRINTABLE_H
#define HAETAE_BASE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a code point can go to a terminal or a line of a log as it is. It cannot when a
 * terminal would act on it (C0 and C1 controls), when it ends the line (U+2028, U+2029), when
 * it changes the direction of what follows (U+202A to U+202E, U+2066 to U+2069 and the marks
 * U+061C, U+200E, U+200F), or when it hides in text (zero-width spaces and joiners of words,
 * invisible operators, annotations, byte order marks, tags). U+200C and U+200D are printable:
 * scripts and emoji need them. */
bool hae_printable(uint32_t code);

/* One character of text that may hold anything. */
struct hae_character {
    uint32_t code;  /* U+FFFD when the bytes are not UTF-8 */
    size_t size;    /* bytes of the text that it takes, at least 1 */
    bool valid;     /* the bytes are UTF-8 */
    bool printable; /* valid, and hae_printable() */
};

/* The first character of a text that is not empty. */
struct hae_character hae_next_character(const char *text, size_t length);

/* Writes text so that it is safe to show on one line: the bytes of characters that are not
 * printable, and bytes that are not UTF-8, become \xNN. Fills at most `size_bytes` (not 0),
 * NUL included, and never ends inside a character. Returns how much of the input was written;
 * less than `length` means that the room was used up. */
size_t hae_escape(char *out, size_t size_bytes, const char *text, size_t length);

#endif
