/* SPDX-License-Identifier: Apache-2.0 */
/* What the bridges have in common: a program copies bridge.h and bridge.c along with the bridges it
 * takes. C and C++.
 *
 * A record that comes through a bridge has the time of the call and belongs to the thread's current
 * span. Text that is not UTF-8 is repaired. errno stays as it is. Threads: any. */
#ifndef HAETAE_EXAMPLES_BRIDGES_BRIDGE_H
#define HAETAE_EXAMPLES_BRIDGES_BRIDGE_H

#include <stdarg.h>
#include <stdbool.h>

#include "haetae/logs.h"

HAETAE_BEGIN_DECLS

/* From now on nothing that this thread logs through a bridge is recorded, until as many calls of
 * bridge_resume(). An exporter's callbacks do that when they log: what is logged for each export
 * would otherwise be exported again, without end. Async-signal-safe. */
void bridge_pause(void);
void bridge_resume(void);

/* What a level of a log is called, and the severity that the Logs Data Model suggests for it. */
struct bridge_level {
    int32_t severity; /* a haetae_severity */
    const char *name;
};

/* Of LOG_EMERG to LOG_DEBUG. Other bits are ignored. */
struct bridge_level bridge_syslog_level(int priority);

/* The name of a facility: "user" of LOG_USER. NULL: it is unknown. */
const char *bridge_facility_name(int facility);

enum { BRIDGE_ATTRIBUTES = 8, BRIDGE_TEXT = 1024 };

/* A record on its way. It lies on the caller's stack. */
struct bridge_line {
    haetae_logger *logger;
    haetae_log_record record; /* may be changed */
    haetae_attribute attributes[BRIDGE_ATTRIBUTES];
    int error;  /* errno of before */
    char *heap; /* text that is too long for: */
    char text[BRIDGE_TEXT];
};

/* Begins a line; one of bridge_emit() and bridge_cancel() has to follow. */
void bridge_begin(struct bridge_line *line, haetae_logger *logger, struct bridge_level level);

/* Whether anybody wants the line: if not, nothing has to be formatted. */
bool bridge_is_wanted(const struct bridge_line *line);

/* Adds an attribute, up to BRIDGE_ATTRIBUTES of them. What they point to stays until the line's
 * end. */
void bridge_add(struct bridge_line *line, const char *key, haetae_value value);

/* Adds code.file.path, code.line.number and code.function.name. NULL and 0: not known. */
void bridge_add_place(struct bridge_line *line, const char *file, int64_t number,
                      const char *function);

/* Formats the body as vprintf() does, with the errno of before for %m. What does not fit into the
 * line takes memory from malloc(); where that fails the text is cut. NULL: no text. Not for signal
 * handlers. */
haetae_string bridge_vformat(struct bridge_line *line, const char *format, va_list arguments)
    HAETAE_PRINTF(2, 0);

/* Emits the line if it is wanted; or cancels it. */
void bridge_emit(struct bridge_line *line);
void bridge_cancel(struct bridge_line *line);

HAETAE_END_DECLS

#endif
