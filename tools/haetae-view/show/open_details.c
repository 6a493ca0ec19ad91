/* SPDX-License-Identifier: Apache-2.0 */
/* A span, a log record or an alert that was opened: all that is known of it, a member in a row. */
#include "show/open_details.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "query/logs.h"
#include "query/members.h"
#include "query/trace.h"
#include "util/figures.h"

#define NAME_COLUMNS 24
#define WIDTH_LEAST  16
#define LINES_MAX    200 /* of one value */
#define LINE_SIZE    2048

static const struct hae_view_column columns[] = {{"NAME", false, true, 8, 0},
                                                 {"VALUE", false, true, 12, 0}};

static void put(struct hae_view_list *list, const char *name, const char *line)
{
    if (hae_view_list_row(list, HAE_VIEW_TO_NOTHING, (int64_t)list->row_count) != NULL) {
        hae_view_list_text(list, HAE_VIEW_DIM, name);
        hae_view_list_text(list, HAE_VIEW_NORMAL, line);
    }
}

/* One line of a value, which may be longer than the screen is wide. Returns the rows it took. */
static size_t put_line(struct hae_view_reading *reading, struct hae_view_list *list,
                       const char *name, const char *text, size_t length)
{
    char line[LINE_SIZE];
    char piece[LINE_SIZE];
    size_t width =
        reading->width > NAME_COLUMNS + WIDTH_LEAST ? reading->width - NAME_COLUMNS : WIDTH_LEAST;
    size_t used;
    size_t rows = 0;
    hae_view_text_clean(line, sizeof line, text, length);
    const char *at = line;
    do {
        size_t taken = hae_view_text_prefix(at, width, &used);
        memcpy(piece, at, taken);
        piece[taken] = '\0';
        put(list, rows == 0 ? name : "", piece);
        at += taken;
        rows++;
    } while (*at != '\0' && rows < LINES_MAX);
    return rows;
}

static void put_value(struct hae_view_reading *reading, struct hae_view_list *list,
                      const char *name, const char *value)
{
    size_t rows = 0;
    while (value != NULL && rows < LINES_MAX) {
        const char *end = strchr(value, '\n');
        size_t length = end != NULL ? (size_t)(end - value) : strlen(value);
        rows += put_line(reading, list, rows == 0 ? name : "", value, length);
        value = end != NULL ? end + 1 : NULL;
    }
}

static void put_id(struct hae_view_list *list, const char *name, struct hae_view_id id)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    if (id.size > 0 && id.size <= 16) {
        put(list, name, hae_view_figure_hex(figure, sizeof figure, id.bytes, id.size));
    }
}

/* The row of a trace opens it. */
static void put_trace(struct hae_view_list *list, const char *name, struct hae_view_id id)
{
    size_t before = list->row_count;
    put_id(list, name, id);
    if (list->row_count > before && id.size == 16) {
        struct hae_view_target *target = &list->targets[list->row_count - 1];
        target->kind = HAE_VIEW_TO_TRACE;
        memcpy(target->trace_id, id.bytes, id.size);
    }
}

static void put_time(struct hae_view_list *list, const char *name, int64_t unix_ns)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    put(list, name,
        hae_view_figure_time(figure, sizeof figure, unix_ns > 0 ? (uint64_t)unix_ns : 0));
}

static int put_members(struct hae_view_reading *reading, struct hae_view_list *list,
                       const char *object)
{
    struct hae_view_member member;
    struct hae_view_rows rows = hae_view_ask_members(reading->db, object);
    while (hae_view_next_member(&rows, &member)) {
        put_value(reading, list, member.name, member.value);
    }
    return hae_view_rows_done(&rows);
}

/* ---- A span --------------------------------------------------------------------------- */

static int put_events(struct hae_view_reading *reading, struct hae_view_list *list, int64_t span)
{
    struct hae_view_event_of_span event;
    int code = SQLITE_OK;
    struct hae_view_rows rows = hae_view_ask_events(reading->db, span);
    while (code == SQLITE_OK && hae_view_next_event(&rows, &event)) {
        put_value(reading, list, "event", event.name);
        put_time(list, "  at", event.time_ns);
        code = put_members(reading, list, event.attributes);
    }
    int end = hae_view_rows_done(&rows);
    return code != SQLITE_OK ? code : end;
}

static int put_links(struct hae_view_reading *reading, struct hae_view_list *list, int64_t span)
{
    struct hae_view_link_of_span link;
    struct hae_view_rows rows = hae_view_ask_links(reading->db, span);
    while (hae_view_next_link(&rows, &link)) {
        put_trace(list, "link to trace", link.trace_id);
        put_id(list, "link to span", link.span_id);
    }
    return hae_view_rows_done(&rows);
}

static int put_span(struct hae_view_reading *reading, struct hae_view_list *list,
                    const struct hae_view_span_of_trace *span)
{
    static const char *const statuses[] = {"unset", "ok", "error"};
    char figure[HAE_VIEW_FIGURE_SIZE];
    put_value(reading, list, "name", span->name);
    put_value(reading, list, "service", span->service);
    put_value(reading, list, "instance", span->instance);
    put(list, "status", span->status >= 0 && span->status < 3 ? statuses[span->status] : "?");
    put_value(reading, list, "message", span->message);
    put_time(list, "start", span->start_ns);
    put(list, "duration",
        hae_view_figure_duration(figure, sizeof figure, (double)span->duration_ns));
    put_id(list, "span", span->span_id);
    put_id(list, "parent", span->parent_id);
    put_value(reading, list, "scope", span->scope);
    int code = put_members(reading, list, span->attributes);
    code = code == SQLITE_OK ? put_events(reading, list, span->id) : code;
    return code == SQLITE_OK ? put_links(reading, list, span->id) : code;
}

int hae_view_load_span(struct hae_view_reading *reading)
{
    static const struct hae_view_list_type type = {
        "SPAN", "no longer kept", columns, sizeof columns / sizeof columns[0], 0, 0, -1};
    struct hae_view_list *list = hae_view_reading_list(reading, &type);
    struct hae_view_span_of_trace span;
    int code = SQLITE_OK;
    struct hae_view_rows rows = hae_view_ask_span(reading->db, reading->of->id);
    if (hae_view_next_span(&rows, &span)) {
        code = put_span(reading, list, &span);
    }
    int end = hae_view_rows_done(&rows);
    return code != SQLITE_OK ? code : end;
}

/* ---- A log record --------------------------------------------------------------------- */

static int put_log(struct hae_view_reading *reading, struct hae_view_list *list,
                   const struct hae_view_log_found *log)
{
    put_time(list, "time", log->time_ns);
    put(list, "level", hae_view_severity_name(hae_view_severity_of(log->severity)));
    put_value(reading, list, "service", log->service);
    put_value(reading, list, "instance", log->instance);
    put_value(reading, list, "event", log->event_name);
    put_value(reading, list, "text", log->body);
    put_trace(list, "trace", log->trace_id);
    put_id(list, "span", log->span_id);
    put_value(reading, list, "scope", log->scope);
    return put_members(reading, list, log->attributes);
}

int hae_view_load_log(struct hae_view_reading *reading)
{
    static const struct hae_view_list_type type = {
        "LOG RECORD", "no longer kept", columns, sizeof columns / sizeof columns[0], 0, 0, -1};
    struct hae_view_list *list = hae_view_reading_list(reading, &type);
    int64_t id = reading->of->id;
    struct hae_view_logs_question question = {.after = id - 1, .before = id + 1, .limit = 1};
    struct hae_view_log_found log;
    int code = SQLITE_OK;
    struct hae_view_rows rows = hae_view_ask_logs(reading->db, &question);
    if (hae_view_next_log(&rows, &log)) {
        if (log.trace_id.size == 16) {
            snprintf(list->detail, sizeof list->detail, "Enter on its trace opens that");
        }
        code = put_log(reading, list, &log);
    }
    int end = hae_view_rows_done(&rows);
    return code != SQLITE_OK ? code : end;
}

/* ---- An alert ------------------------------------------------------------------------- */

struct alert_details {
    struct hae_view_reading *reading;
    struct hae_view_list *list;
};

static void put_alert(void *user, const struct hae_view_alert_line *line)
{
    const struct alert_details *details = user;
    char value[32];
    if (line->id != details->reading->of->id) {
        return;
    }
    snprintf(value, sizeof value, "%.6g", line->value);
    put_value(details->reading, details->list, "rule", line->rule);
    put(details->list, "state", line->state);
    put(details->list, "silenced", line->silenced ? "yes" : "no");
    put_value(details->reading, details->list, "severity", line->severity);
    put_time(details->list, "since", line->since_ns);
    put(details->list, "value", value);
    put_value(details->reading, details->list, "summary", line->summary);
}

int hae_view_load_alert(struct hae_view_reading *reading)
{
    static const struct hae_view_list_type type = {
        "ALERT", "no longer there", columns, sizeof columns / sizeof columns[0], 0, 0, -1};
    struct alert_details details = {reading, hae_view_reading_list(reading, &type)};
    if (reading->alerts->each != NULL) {
        reading->alerts->each(reading->alerts->user, reading->now_ns, put_alert, &details);
    }
    return SQLITE_OK;
}
