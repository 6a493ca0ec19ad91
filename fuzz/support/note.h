/* SPDX-License-Identifier: Apache-2.0 */
/* Notes: text that says what is in a record, in one form for what was recorded and for what
 * was exported. A record is " name=value name={ name=value}" and so on. */
#ifndef HAETAE_FUZZ_SUPPORT_NOTE_H
#define HAETAE_FUZZ_SUPPORT_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts as {NULL, 0, 0}. */
struct note {
    char *text; /* ends with NUL; NULL when it is empty */
    size_t length;
    size_t room;
};

/* Stands for any number in a note of what was expected. */
#define NOTE_ANY "?"

void note_done(struct note *note);
const char *note_text(const struct note *note);

/* Appends as printf() does. */
void note_add(struct note *note, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends bytes, with all but letters, digits, blanks and some signs as hexadecimal digits. */
void note_add_bytes(struct note *note, const void *bytes, size_t size);

/* The fields that are left out when they are 0 or empty. */
void note_number(struct note *note, const char *name, uint64_t number);
void note_bytes(struct note *note, const char *name, const void *bytes, size_t size);

/* Notes in any order, each a text of its own. */
struct note_list {
    struct note *notes;
    size_t count;
    size_t room;
};

/* A new empty note at the end of the list. It is valid until the next one is added. */
struct note *note_list_add(struct note_list *list);
void note_list_done(struct note_list *list);

/* Appends all in the order of their text, so that two lists of the same notes look alike. */
void note_sorted(struct note *note, struct note_list *list);

/* Whether a note is as expected. */
bool note_matches(const char *expected, const char *actual);

#endif
