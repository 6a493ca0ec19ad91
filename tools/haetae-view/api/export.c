/* SPDX-License-Identifier: Apache-2.0 */
#include "api/export.h"

#include <string.h>

#include "api/export_logs.h"
#include "api/export_points.h"
#include "api/export_spans.h"
#include "query/incidents.h"

#define LIMIT_MAX 100000

static const char *const signals[HAE_VIEW_SIGNALS] = {
    [HAE_VIEW_TRACES] = "spans",
    [HAE_VIEW_METRICS] = "points",
    [HAE_VIEW_LOGS] = "logs",
};

static int put_signal(struct hae_view_call *call, enum hae_view_signal signal,
                      const struct hae_view_export_question *question)
{
    struct hae_view_export_lines lines = {.call = call, .signal = signal};
    struct hae_view_rows rows = hae_view_ask_export(call->db, signal, question);
    int code = signal == HAE_VIEW_TRACES ? hae_view_export_spans(&lines, &rows)
               : signal == HAE_VIEW_LOGS ? hae_view_export_logs(&lines, &rows)
                                         : hae_view_export_points(&lines, &rows);
    hae_view_export_end_line(&lines);
    int end = hae_view_rows_done(&rows);
    if (code == SQLITE_OK && lines.rows == question->limit) {
        hae_buffer_format(call->json.out, "{\"haetaeView\":{\"after\":\"%lld\"}}\n",
                          (long long)lines.last);
    }
    return code != SQLITE_OK ? code : end;
}

static int put_notes(struct hae_view_call *call, int64_t incident)
{
    struct hae_json *json = &call->json;
    struct hae_view_happening note;
    struct hae_view_rows notes = hae_view_ask_notes(call->db, incident);
    hae_json_open(json, "notes", '[');
    while (hae_view_next_happening(&notes, &note)) {
        hae_json_open(json, NULL, '{');
        hae_view_put_digits(json, "time_ns", note.time_ns);
        hae_json_text(json, "text", note.text);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&notes);
}

/* The line about an incident, before the lines of what began in its time. */
static int put_incident(struct hae_view_call *call, int64_t id, struct hae_view_window *ret_window)
{
    struct hae_json *json = &call->json;
    struct hae_view_incident_found row;
    struct hae_view_rows rows = hae_view_ask_incidents(call->db, id);
    bool found = hae_view_next_incident(&rows, &row);
    if (found) {
        *ret_window = (struct hae_view_window){row.from_ns, row.to_ns + (row.to_ns < INT64_MAX)};
        hae_json_open(json, NULL, '{');
        hae_json_open(json, "haetaeView", '{');
        hae_json_open(json, "incident", '{');
        hae_json_text(json, "title", row.title);
        hae_view_put_digits(json, "from_ns", row.from_ns);
        hae_view_put_digits(json, "to_ns", row.to_ns);
        hae_view_put_digits(json, "created_ns", row.created_ns);
        hae_json_close(json, '}');
    }
    int code = hae_view_rows_done(&rows);
    if (code == SQLITE_OK && found) {
        code = put_notes(call, id);
        hae_json_close(json, '}');
        hae_json_close(json, '}');
        hae_buffer_char(json->out, '\n');
        json->comma = false;
    } else if (code == SQLITE_OK) {
        hae_view_call_refuse(call, 404, "there is no incident of this number");
    }
    return code;
}

/* Which signal is asked for; -1: all. False: the argument is wrong, and refused. */
static bool read_signal(struct hae_view_call *call, int *ret_signal)
{
    const char *text = hae_view_argument(call->arguments, "signal");
    *ret_signal = -1;
    for (int i = 0; text != NULL && i < HAE_VIEW_SIGNALS; i++) {
        *ret_signal = strcmp(text, signals[i]) == 0 ? i : *ret_signal;
    }
    if (text != NULL && *ret_signal < 0) {
        hae_view_call_expect(call, "signal", text, "spans, logs or points");
        return false;
    }
    return true;
}

int hae_view_api_export(struct hae_view_call *call)
{
    uint8_t trace_id[16];
    bool of_trace;
    int signal;
    int64_t incident = 0;
    struct hae_view_export_question question = {
        .window = call->window,
        .service = hae_view_argument(call->arguments, "service"),
        .limit = -1,
    };
    int code = SQLITE_OK;
    if (!read_signal(call, &signal) ||
        !hae_view_call_trace_id(call, "trace", trace_id, &of_trace) ||
        !hae_view_call_number(call, "incident", 1, INT64_MAX, &incident) ||
        !hae_view_call_number(call, "after", 0, INT64_MAX, &question.after) ||
        !hae_view_call_number(call, "limit", 1, LIMIT_MAX, &question.limit)) {
        return SQLITE_OK;
    }
    if (signal < 0 && (question.limit > 0 || question.after > 0)) {
        hae_view_call_refuse(call, 400, "signal= is missing, of which there is a limit");
        return SQLITE_OK;
    }
    question.trace_id = of_trace ? trace_id : NULL;
    if (incident > 0 && (signal < 0 || question.after == 0)) {
        code = put_incident(call, incident, &question.window);
    }
    for (int i = 0; code == SQLITE_OK && call->status == 200 && i < HAE_VIEW_SIGNALS; i++) {
        if ((signal < 0 || signal == i) && !(of_trace && i == HAE_VIEW_METRICS)) {
            code = put_signal(call, (enum hae_view_signal)i, &question);
        }
    }
    return code;
}
