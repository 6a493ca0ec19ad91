/* SPDX-License-Identifier: Apache-2.0 */
#include "query/logs.h"

#define COLUMNS                                                                                    \
    "SELECT l.id, l.time_ns, l.received_ns, r.service, r.instance, c.name, l.severity, "           \
    "l.trace_id,"                                                                                  \
    " l.span_id, l.event_name, l.body, l.attributes FROM log l "
#define JOINS    " CROSS JOIN resource r ON r.id = l.resource CROSS JOIN scope c ON c.id = l.scope"
#define HAS_TEXT "instr(l.body, :text) OR instr(l.attributes, :text) OR instr(l.event_name, :text)"
#define FILTER                                                                                     \
    " AND l.id > :after AND l.id < :before AND l.severity >= :severity"                            \
    " AND l.time_ns >= :from AND l.time_ns < :to"                                                  \
    " AND (:service IS NULL OR r.service = :service)"                                              \
    " AND (:text IS NULL OR " HAS_TEXT                                                             \
    " OR instr(r.service, :text)) ORDER BY l.id DESC LIMIT :limit"

static const char of_trace[] =
    COLUMNS "INDEXED BY log_trace" JOINS " WHERE l.trace_id = :trace" FILTER;
static const char warnings[] =
    COLUMNS "INDEXED BY log_warning" JOINS " WHERE l.severity >= 13 AND l.id > :least" FILTER;
static const char all[] = COLUMNS "NOT INDEXED" JOINS " WHERE l.id > :least" FILTER;

static const char newest_id[] = "SELECT max(id) FROM log";
static const char time_of[] =
    "SELECT l.received_ns FROM log l NOT INDEXED CROSS JOIN resource r ON r.id = l.resource"
    " WHERE l.id > :after AND l.id <= :up_to AND (:service IS NULL OR r.service = :service)"
    " AND (" HAS_TEXT ") ORDER BY l.id DESC LIMIT 1";

#define WARNING 13

/* Where the search for a text ends. */
static int64_t least_id(sqlite3 *db)
{
    struct hae_view_rows rows = hae_view_ask(db, newest_id);
    int64_t newest = hae_view_next(&rows) ? hae_view_integer_at(&rows, 0) : 0;
    (void)hae_view_rows_done(&rows);
    return newest - HAE_VIEW_LOGS_SCAN;
}

struct hae_view_rows hae_view_ask_logs(sqlite3 *db, const struct hae_view_logs_question *question)
{
    const char *text = question->trace_id != NULL      ? of_trace
                       : question->severity >= WARNING ? warnings
                                                       : all;
    struct hae_view_rows rows = hae_view_ask(db, text);
    hae_view_give_integer(&rows, ":least", question->text != NULL ? least_id(db) : 0);
    hae_view_give_integer(&rows, ":after", question->after);
    hae_view_give_integer(&rows, ":before", question->before > 0 ? question->before : INT64_MAX);
    hae_view_give_integer(&rows, ":from", question->to_ns > 0 ? question->from_ns : INT64_MIN);
    hae_view_give_integer(&rows, ":to", question->to_ns > 0 ? question->to_ns : INT64_MAX);
    hae_view_give_integer(&rows, ":severity",
                          question->severity > 0 ? question->severity : INT32_MIN);
    hae_view_give_integer(&rows, ":limit", (int64_t)question->limit);
    hae_view_give_text(&rows, ":service", question->service);
    hae_view_give_text(&rows, ":text", question->text);
    if (question->trace_id != NULL) {
        hae_view_give_bytes(&rows, ":trace", question->trace_id, 16);
    }
    return rows;
}

bool hae_view_next_log(struct hae_view_rows *rows, struct hae_view_log_found *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_log_found){
        .id = hae_view_integer_at(rows, 0),
        .time_ns = hae_view_integer_at(rows, 1),
        .received_ns = hae_view_integer_at(rows, 2),
        .service = hae_view_name_at(rows, 3),
        .instance = hae_view_text_at(rows, 4),
        .scope = hae_view_name_at(rows, 5),
        .severity = (int)hae_view_integer_at(rows, 6),
        .trace_id = hae_view_id_at(rows, 7),
        .span_id = hae_view_id_at(rows, 8),
        .event_name = hae_view_text_at(rows, 9),
        .body = hae_view_text_at(rows, 10),
        .attributes = hae_view_text_at(rows, 11),
    };
    return true;
}

struct hae_view_rows hae_view_ask_newest_log(sqlite3 *db)
{
    return hae_view_ask(db, newest_id);
}

struct hae_view_rows hae_view_ask_log_time(sqlite3 *db,
                                           const struct hae_view_log_question *question)
{
    struct hae_view_rows rows = hae_view_ask(db, time_of);
    hae_view_give_integer(&rows, ":after", question->after);
    hae_view_give_integer(&rows, ":up_to", question->up_to);
    hae_view_give_text(&rows, ":service", question->service);
    hae_view_give_text(&rows, ":text", question->text);
    return rows;
}
