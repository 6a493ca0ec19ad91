/* SPDX-License-Identifier: Apache-2.0 */
#include "query/errors.h"

#define COLUMNS "SELECT id, service, kind, sample, count, first_ns, last_ns, last_trace"

static const char latest[] =
    COLUMNS " FROM error_group INDEXED BY error_seen WHERE seen > :seen AND last_ns >= :from"
            " AND (:service IS NULL OR service = :service) ORDER BY seen DESC LIMIT :limit";
static const char one[] = COLUMNS " FROM error_group WHERE id = :id";

static const char of_spans[] =
    "SELECT s.start_ns, r.instance, s.trace_id, s.span_id,"
    " coalesce(s.name, o.name) || coalesce(': ' || s.message, ''), s.attributes"
    " FROM span s INDEXED BY span_failed CROSS JOIN op o ON o.id = s.op"
    " CROSS JOIN resource r ON r.id = s.resource WHERE s.error = :id ORDER BY s.id DESC LIMIT "
    ":limit";
static const char of_logs[] =
    "SELECT l.time_ns, r.instance, l.trace_id, l.span_id, coalesce(l.body, l.event_name, ''),"
    " l.attributes FROM log l INDEXED BY log_failed CROSS JOIN resource r ON r.id = l.resource"
    " WHERE l.error = :id ORDER BY l.id DESC LIMIT :limit";

struct hae_view_rows hae_view_ask_errors(sqlite3 *db,
                                         const struct hae_view_errors_question *question)
{
    struct hae_view_rows rows = hae_view_ask(db, latest);
    hae_view_give_integer(&rows, ":from", question->from_ns);
    hae_view_give_integer(&rows, ":seen", question->seen_after);
    hae_view_give_text(&rows, ":service", question->service);
    hae_view_give_integer(&rows, ":limit", (int64_t)question->limit);
    return rows;
}

struct hae_view_rows hae_view_ask_error_count(sqlite3 *db, int64_t seen_after)
{
    struct hae_view_rows rows = hae_view_ask(
        db, "SELECT count(*) FROM error_group INDEXED BY error_seen WHERE seen > :seen");
    hae_view_give_integer(&rows, ":seen", seen_after);
    return rows;
}

struct hae_view_rows hae_view_ask_error(sqlite3 *db, int64_t id)
{
    struct hae_view_rows rows = hae_view_ask(db, one);
    hae_view_give_integer(&rows, ":id", id);
    return rows;
}

bool hae_view_next_error(struct hae_view_rows *rows, struct hae_view_error_row *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_error_row){
        .id = hae_view_integer_at(rows, 0),
        .service = hae_view_name_at(rows, 1),
        .kind = hae_view_name_at(rows, 2),
        .text = hae_view_name_at(rows, 3),
        .count = hae_view_integer_at(rows, 4),
        .first_ns = hae_view_integer_at(rows, 5),
        .last_ns = hae_view_integer_at(rows, 6),
        .last_trace = hae_view_id_at(rows, 7),
    };
    return true;
}

struct hae_view_rows hae_view_ask_occurrences(sqlite3 *db, int64_t error, bool log, size_t limit)
{
    struct hae_view_rows rows = hae_view_ask(db, log ? of_logs : of_spans);
    hae_view_give_integer(&rows, ":id", error);
    hae_view_give_integer(&rows, ":limit", (int64_t)limit);
    return rows;
}

bool hae_view_next_occurrence(struct hae_view_rows *rows, struct hae_view_occurrence *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_occurrence){
        .time_ns = hae_view_integer_at(rows, 0),
        .instance = hae_view_text_at(rows, 1),
        .trace_id = hae_view_id_at(rows, 2),
        .span_id = hae_view_id_at(rows, 3),
        .text = hae_view_name_at(rows, 4),
        .attributes = hae_view_text_at(rows, 5),
    };
    return true;
}
