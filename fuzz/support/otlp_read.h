/* SPDX-License-Identifier: Apache-2.0 */
/* A strict reader of OTLP requests: a field that the schema does not have, one that is there
 * twice, a wrong wire type, text that is not UTF-8, a key that occurs twice or is empty, or
 * an id of a wrong length ends the program. */
#ifndef HAETAE_FUZZ_SUPPORT_OTLP_READ_H
#define HAETAE_FUZZ_SUPPORT_OTLP_READ_H

#include "haetae/signal.h"
#include "support/note.h"

/* A span, a log record or a data point of a request. */
struct otlp_item {
    haetae_signal signal;
    const char *scope;  /* the note of its scope                                     */
    const char *metric; /* of a data point: the metric's name, description, unit, kind, … */
    const char *record; /* the note of the item itself                               */
};

/* Reads a request, and calls `each` for each item of it, in order. Returns their number. */
uint64_t otlp_read(haetae_signal signal, const uint8_t *data, size_t size,
                   void (*each)(void *user, const struct otlp_item *item), void *user);

/* The value of a field of a note's outermost level, without the name; "" when it is not there. */
void otlp_field(const char *note, const char *name, char *ret_value, size_t size);

#endif
