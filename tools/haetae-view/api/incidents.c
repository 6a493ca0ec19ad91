/* SPDX-License-Identifier: Apache-2.0 */
#include "api/incidents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/history.h"
#include "query/incidents.h"
#include "store/incidents.h"

static void put_incident(struct hae_json *json, const char *name,
                         const struct hae_view_incident_found *row)
{
    hae_json_open(json, name, '{');
    hae_view_put_digits(json, "id", row->id);
    hae_json_text(json, "title", row->title);
    hae_view_put_digits(json, "from_ns", row->from_ns);
    hae_view_put_digits(json, "to_ns", row->to_ns);
    hae_view_put_digits(json, "created_ns", row->created_ns);
    hae_json_integer(json, "notes", row->notes);
    hae_json_close(json, '}');
}

int hae_view_api_incidents(struct hae_view_call *call)
{
    struct hae_view_incident_found row;
    struct hae_view_rows rows = hae_view_ask_incidents(call->db, 0);
    hae_json_open(&call->json, "incidents", '[');
    while (hae_view_next_incident(&rows, &row)) {
        put_incident(&call->json, NULL, &row);
    }
    hae_json_close(&call->json, ']');
    return hae_view_rows_done(&rows);
}

/* ---- The timeline -------------------------------------------------------------------------- */

static void put_happening(struct hae_json *json, const struct hae_view_happening *row)
{
    hae_json_open(json, NULL, '{');
    hae_view_put_digits(json, "time_ns", row->time_ns);
    hae_json_text(json, "kind", row->kind);
    hae_json_text(json, "text", row->text);
    hae_view_put_id(json, "trace_id", row->trace_id);
    hae_json_close(json, '}');
}

/* Writes the alerts up to a time. */
static void put_alerts(struct hae_json *json, const struct hae_view_alert_history *history,
                       size_t *at, int64_t until_ns)
{
    for (; *at < history->count && history->items[*at].time_ns <= until_ns; ++*at) {
        put_happening(
            json, &(struct hae_view_happening){
                      history->items[*at].time_ns, "alert", history->items[*at].text, {NULL, 0}});
    }
}

static int put_timeline(struct hae_view_call *call, int64_t id, struct hae_view_window window)
{
    struct hae_view_alert_history history;
    struct hae_view_happening row;
    size_t at = 0;
    if (!hae_view_alert_history_take(call->alerts, window.from_ns, window.to_ns, &history)) {
        return SQLITE_NOMEM;
    }
    struct hae_view_rows rows = hae_view_ask_timeline(call->db, id, window);
    hae_json_open(&call->json, "timeline", '[');
    while (hae_view_next_happening(&rows, &row)) {
        put_alerts(&call->json, &history, &at, row.time_ns);
        put_happening(&call->json, &row);
    }
    put_alerts(&call->json, &history, &at, INT64_MAX);
    hae_json_close(&call->json, ']');
    hae_view_alert_history_done(&history);
    return hae_view_rows_done(&rows);
}

/* The number of an incident; 0: it is missing or wrong, and refused. */
static int64_t read_id(struct hae_view_call *call, const char *name)
{
    int64_t id = 0;
    return hae_view_call_text(call, name) != NULL &&
                   hae_view_call_number(call, name, 1, INT64_MAX, &id)
               ? id
               : 0;
}

static void refuse_unknown(struct hae_view_call *call)
{
    hae_view_call_refuse(call, 404, "there is no incident of this number");
}

int hae_view_api_incident(struct hae_view_call *call)
{
    struct hae_view_incident_found row;
    struct hae_view_window window = {0, 0};
    int64_t id = read_id(call, "id");
    if (id == 0) {
        return SQLITE_OK;
    }
    struct hae_view_rows rows = hae_view_ask_incidents(call->db, id);
    bool found = hae_view_next_incident(&rows, &row);
    if (found) {
        put_incident(&call->json, "incident", &row);
        window = (struct hae_view_window){row.from_ns, row.to_ns + (row.to_ns < INT64_MAX)};
    }
    int code = hae_view_rows_done(&rows);
    if (code == SQLITE_OK && !found) {
        refuse_unknown(call);
        return code;
    }
    return code == SQLITE_OK ? put_timeline(call, id, window) : code;
}

/* ---- Changes ------------------------------------------------------------------------------- */

/* A required text that is not too long; NULL: it is missing or too long, and refused. */
static const char *read_text(struct hae_view_call *call, const char *name)
{
    const char *text = hae_view_call_text(call, name);
    if (text != NULL && strlen(text) > HAE_VIEW_INCIDENT_TEXT_MAX) {
        char problem[80];
        snprintf(problem, sizeof problem, "%s: at most %d bytes are expected", name,
                 HAE_VIEW_INCIDENT_TEXT_MAX);
        hae_view_call_refuse(call, 400, problem);
        return NULL;
    }
    return text;
}

/* Reports the result of a change. */
static int report_result(struct hae_view_call *call, enum hae_view_incident_result result, int code)
{
    if (result == HAE_VIEW_INCIDENT_UNKNOWN) {
        refuse_unknown(call);
    } else if (result == HAE_VIEW_INCIDENT_TOO_MANY) {
        hae_view_call_refuse(call, 503, "there are too many: delete an incident");
    } else if (result == HAE_VIEW_INCIDENT_FAILED && (code & 0xff) == SQLITE_FULL) {
        hae_view_call_refuse(call, 503, "the database is full");
    }
    return result == HAE_VIEW_INCIDENT_FAILED ? code : SQLITE_OK;
}

int hae_view_api_mark(struct hae_view_call *call)
{
    int64_t id = 0;
    int code = SQLITE_OK;
    struct hae_view_incident incident = {read_text(call, "title"), -1, -1, call->now_ns};
    if (incident.title == NULL ||
        !hae_view_call_number(call, "from_ns", 0, INT64_MAX, &incident.from_ns) ||
        !hae_view_call_number(call, "to_ns", 0, INT64_MAX, &incident.to_ns) ||
        !hae_view_call_number(call, "created_ns", 0, INT64_MAX, &incident.created_ns)) {
        return SQLITE_OK;
    }
    if (incident.from_ns < 0 || incident.from_ns > incident.to_ns) {
        hae_view_call_refuse(call, 400, "from_ns and to_ns are expected, in this order");
        return SQLITE_OK;
    }
    enum hae_view_incident_result result = hae_view_incident_add(
        hae_view_store_database(call->store), call->db, &incident, &id, &code);
    code = report_result(call, result, code);
    hae_view_put_digits(&call->json, "id", id);
    return code;
}

int hae_view_api_unmark(struct hae_view_call *call)
{
    int code = SQLITE_OK;
    int64_t id = read_id(call, "id");
    if (id == 0) {
        return SQLITE_OK;
    }
    enum hae_view_incident_result result =
        hae_view_incident_remove(hae_view_store_database(call->store), call->db, id, &code);
    return report_result(call, result, code);
}

int hae_view_api_note(struct hae_view_call *call)
{
    int code = SQLITE_OK;
    struct hae_view_note note = {read_id(call, "incident"), call->now_ns, NULL};
    if (note.incident == 0 || (note.text = read_text(call, "text")) == NULL ||
        !hae_view_call_number(call, "time_ns", 0, INT64_MAX, &note.time_ns)) {
        return SQLITE_OK;
    }
    enum hae_view_incident_result result =
        hae_view_note_add(hae_view_store_database(call->store), call->db, &note, &code);
    return report_result(call, result, code);
}
