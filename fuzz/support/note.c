/* SPDX-License-Identifier: Apache-2.0 */
#include "support/note.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"

void note_done(struct note *note)
{
    free(note->text);
    *note = (struct note){NULL, 0, 0};
}

const char *note_text(const struct note *note)
{
    return note->text != NULL ? note->text : "";
}

static void make_room(struct note *note, size_t more)
{
    if (note->length + more + 1 > note->room) {
        note->room = 2 * (note->length + more + 64);
        note->text = realloc(note->text, note->room);
        FUZZ_CHECK(note->text != NULL, "out of memory");
    }
}

void note_add(struct note *note, const char *format, ...)
{
    va_list arguments, again;
    int length;

    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    make_room(note, (size_t)length);
    vsnprintf(note->text + note->length, note->room - note->length, format, again);
    va_end(again);
    note->length += (size_t)length;
}

void note_add_bytes(struct note *note, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    make_room(note, 3 * size);
    for (size_t i = 0; i < size; i++) {
        if (isalnum(at[i]) || (at[i] != 0 && strchr("._-:/", at[i]) != NULL)) {
            note->text[note->length++] = (char)at[i];
        } else {
            note->length += (size_t)snprintf(note->text + note->length, 4, "%%%02X", at[i]);
        }
    }
    note->text[note->length] = '\0';
}

void note_number(struct note *note, const char *name, uint64_t number)
{
    if (number != 0) {
        note_add(note, " %s=%" PRIu64, name, number);
    }
}

void note_bytes(struct note *note, const char *name, const void *bytes, size_t size)
{
    if (size != 0) {
        note_add(note, " %s=", name);
        note_add_bytes(note, bytes, size);
    }
}

struct note *note_list_add(struct note_list *list)
{
    if (list->count == list->room) {
        list->room = 2 * list->room + 8;
        list->notes = realloc(list->notes, list->room * sizeof list->notes[0]);
        FUZZ_CHECK(list->notes != NULL, "out of memory");
    }
    list->notes[list->count] = (struct note){NULL, 0, 0};
    return &list->notes[list->count++];
}

void note_list_done(struct note_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        note_done(&list->notes[i]);
    }
    free(list->notes);
    *list = (struct note_list){NULL, 0, 0};
}

static int compare(const void *a, const void *b)
{
    return strcmp(note_text(a), note_text(b));
}

void note_sorted(struct note *note, struct note_list *list)
{
    if (list->count > 1) {
        qsort(list->notes, list->count, sizeof list->notes[0], compare);
    }
    for (size_t i = 0; i < list->count; i++) {
        note_add(note, "%s", note_text(&list->notes[i]));
    }
}

bool note_matches(const char *expected, const char *actual)
{
    while (*expected != '\0') {
        if (*expected == NOTE_ANY[0]) {
            if (!isdigit((unsigned char)*actual)) {
                return false;
            }
            while (isdigit((unsigned char)*actual)) {
                actual++;
            }
        } else if (*expected != *actual++) {
            return false;
        }
        expected++;
    }
    return *actual == '\0';
}
