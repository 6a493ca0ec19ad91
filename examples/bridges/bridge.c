/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>

/* Of this thread. Relaxed: only its own signal handlers come in between. */
static _Thread_local _Atomic unsigned paused;

void bridge_pause(void)
{
    atomic_fetch_add_explicit(&paused, 1, memory_order_relaxed);
}

void bridge_resume(void)
{
    if (atomic_load_explicit(&paused, memory_order_relaxed) != 0) {
        atomic_fetch_sub_explicit(&paused, 1, memory_order_relaxed);
    }
}

/* ---- Names ------------------------------------------------------------------------------ */

struct bridge_level bridge_syslog_level(int priority)
{
    static const struct bridge_level levels[] = {
        {HAETAE_SEVERITY_FATAL, "emerg"},  {HAETAE_SEVERITY_ERROR3, "alert"},
        {HAETAE_SEVERITY_ERROR2, "crit"},  {HAETAE_SEVERITY_ERROR, "err"},
        {HAETAE_SEVERITY_WARN, "warning"}, {HAETAE_SEVERITY_INFO2, "notice"},
        {HAETAE_SEVERITY_INFO, "info"},    {HAETAE_SEVERITY_DEBUG, "debug"}};

    return levels[LOG_PRI(priority)];
}

const char *bridge_facility_name(int facility)
{
    static const char *const names[] = {
        "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
        "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
        "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
    unsigned number = (unsigned)facility >> 3;

    return number < sizeof names / sizeof names[0] ? names[number] : NULL;
}

/* ---- Lines ------------------------------------------------------------------------------ */

void bridge_begin(struct bridge_line *line, haetae_logger *logger, struct bridge_level level)
{
    struct timespec now;

    line->error = errno;
    line->logger = logger;
    line->heap = NULL;
    line->record = (haetae_log_record){.struct_size = sizeof line->record,
                                       .severity = level.severity,
                                       .severity_text = haetae_string_of(level.name),
                                       .attributes = line->attributes};
    if (clock_gettime(CLOCK_REALTIME, &now) == 0) {
        line->record.time_unix_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
        line->record.observed_time_unix_ns = line->record.time_unix_ns;
    }
}

bool bridge_is_wanted(const struct bridge_line *line)
{
    return atomic_load_explicit(&paused, memory_order_relaxed) == 0 &&
           haetae_logger_enabled(line->logger, (haetae_severity)line->record.severity);
}

void bridge_add(struct bridge_line *line, const char *key, haetae_value value)
{
    if (line->record.attribute_count < BRIDGE_ATTRIBUTES) {
        line->attributes[line->record.attribute_count++] = haetae_attribute_of(key, value);
    }
}

void bridge_add_place(struct bridge_line *line, const char *file, int64_t number,
                      const char *function)
{
    if (file != NULL) {
        bridge_add(line, "code.file.path", haetae_value_string(file));
    }
    if (number > 0) {
        bridge_add(line, "code.line.number", haetae_value_int64(number));
    }
    if (function != NULL) {
        bridge_add(line, "code.function.name", haetae_value_string(function));
    }
}

haetae_string bridge_vformat(struct bridge_line *line, const char *format, va_list arguments)
{
    haetae_string text = {line->text, 0};
    va_list again;
    int length;

    if (format == NULL) {
        return text;
    }
    va_copy(again, arguments);
    errno = line->error;
    length = vsnprintf(line->text, sizeof line->text, format, arguments);
    if (length < 0) { /* what it was to be is better than nothing */
        text = haetae_string_of(format);
    } else if ((size_t)length < sizeof line->text) {
        text.length = (size_t)length;
    } else {
        line->heap = malloc((size_t)length + 1);
        errno = line->error;
        if (line->heap != NULL &&
            vsnprintf(line->heap, (size_t)length + 1, format, again) == length) {
            text = (haetae_string){line->heap, (size_t)length};
        } else {
            text.length = sizeof line->text - 1;
        }
    }
    va_end(again);
    if (text.length != 0 && text.data[text.length - 1] == '\n') {
        text.length--;
    }
    line->record.body = haetae_value_of(text);
    return text;
}

void bridge_emit(struct bridge_line *line)
{
    if (bridge_is_wanted(line)) {
        haetae_log_emit(line->logger, &line->record);
    }
    bridge_cancel(line);
}

void bridge_cancel(struct bridge_line *line)
{
    free(line->heap);
    errno = line->error;
}
