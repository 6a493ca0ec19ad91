/* SPDX-License-Identifier: Apache-2.0 */
#include "query/export.h"

#define LIMITS " AND (:service IS NULL OR r.service = :service) ORDER BY 1 LIMIT :limit"

#define SPAN                                                                                       \
    "SELECT s.id, s.resource, s.scope, s.trace_id, s.span_id, s.parent_id,"                        \
    " coalesce(s.name, o.name), o.kind, s.status, s.flags, s.start_ns, s.duration_ns, s.message,"  \
    " s.trace_state, s.attributes FROM span s "
#define OF_SPAN " CROSS JOIN op o ON o.id = s.op CROSS JOIN resource r ON r.id = s.resource"
#define LOG                                                                                        \
    "SELECT l.id, l.resource, l.scope, l.trace_id, l.span_id, l.time_ns, l.severity,"              \
    " l.event_name, l.body, l.attributes FROM log l "
#define OF_LOG " CROSS JOIN resource r ON r.id = l.resource"

static const char spans[] =
    SPAN "NOT INDEXED" OF_SPAN " WHERE s.id > :after AND s.start_ns >= :from"
         " AND s.start_ns < :to" LIMITS;
static const char spans_of_trace[] =
    SPAN "INDEXED BY span_trace" OF_SPAN " WHERE s.trace_id = :trace AND s.id > :after" LIMITS;
static const char logs[] = LOG "NOT INDEXED" OF_LOG " WHERE l.id > :after AND l.time_ns >= :from"
                               " AND l.time_ns < :to" LIMITS;
static const char logs_of_trace[] =
    LOG "INDEXED BY log_trace" OF_LOG " WHERE l.trace_id = :trace AND l.id > :after" LIMITS;
static const char points[] =
    "SELECT p.id, s.resource, m.scope, m.id, m.name, m.unit, m.description, m.kind, m.temporality,"
    " p.series, s.attributes, p.time_ns, p.start_ns, p.value, p.integer, p.count, p.sum, p.min,"
    " p.max, p.buckets FROM point p NOT INDEXED CROSS JOIN series s ON s.id = p.series"
    " CROSS JOIN metric m ON m.id = s.metric CROSS JOIN resource r ON r.id = s.resource"
    " WHERE p.id > :after AND p.time_ns >= :from AND p.time_ns < :to" LIMITS;

static const char exemplars[] =
    "SELECT time_ns, value, trace_id, span_id, attributes FROM exemplar INDEXED BY exemplar_series"
    " WHERE series = :series AND time_ns > coalesce((SELECT max(time_ns) FROM point"
    " INDEXED BY point_series WHERE series = :series AND time_ns < :time), -1)"
    " AND (time_ns <= :time OR NOT EXISTS (SELECT 1 FROM point INDEXED BY point_series"
    " WHERE series = :series AND time_ns > :time)) ORDER BY time_ns, value";

struct hae_view_rows hae_view_ask_export(sqlite3 *db, enum hae_view_signal signal,
                                         const struct hae_view_export_question *question)
{
    bool of_trace = question->trace_id != NULL;
    const char *text = signal == HAE_VIEW_TRACES ? of_trace ? spans_of_trace : spans
                       : signal == HAE_VIEW_LOGS ? of_trace ? logs_of_trace : logs
                                                 : points;
    struct hae_view_rows rows = hae_view_ask(db, text);
    if (of_trace) {
        hae_view_give_bytes(&rows, ":trace", question->trace_id, 16);
    }
    hae_view_give_window(&rows, question->window);
    hae_view_give_text(&rows, ":service", question->service);
    hae_view_give_integer(&rows, ":after", question->after);
    hae_view_give_integer(&rows, ":limit", question->limit);
    return rows;
}

static struct hae_view_exported row_of(const struct hae_view_rows *rows)
{
    return (struct hae_view_exported){hae_view_integer_at(rows, 0), hae_view_integer_at(rows, 1),
                                      hae_view_integer_at(rows, 2)};
}

bool hae_view_next_exported_span(struct hae_view_rows *rows, struct hae_view_exported_span *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_exported_span){
        .row = row_of(rows),
        .trace_id = hae_view_id_at(rows, 3),
        .span_id = hae_view_id_at(rows, 4),
        .parent_id = hae_view_id_at(rows, 5),
        .name = hae_view_name_at(rows, 6),
        .kind = hae_view_integer_at(rows, 7),
        .status = hae_view_integer_at(rows, 8),
        .flags = hae_view_integer_at(rows, 9),
        .start_ns = hae_view_integer_at(rows, 10),
        .duration_ns = hae_view_integer_at(rows, 11),
        .message = hae_view_text_at(rows, 12),
        .trace_state = hae_view_text_at(rows, 13),
        .attributes = hae_view_text_at(rows, 14),
    };
    return true;
}

bool hae_view_next_exported_log(struct hae_view_rows *rows, struct hae_view_exported_log *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_exported_log){
        .row = row_of(rows),
        .trace_id = hae_view_id_at(rows, 3),
        .span_id = hae_view_id_at(rows, 4),
        .time_ns = hae_view_integer_at(rows, 5),
        .severity = hae_view_integer_at(rows, 6),
        .event_name = hae_view_text_at(rows, 7),
        .body = hae_view_text_at(rows, 8),
        .attributes = hae_view_text_at(rows, 9),
    };
    return true;
}

bool hae_view_next_exported_point(struct hae_view_rows *rows,
                                  struct hae_view_exported_point *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_exported_point){
        .row = row_of(rows),
        .metric = hae_view_integer_at(rows, 3),
        .name = hae_view_name_at(rows, 4),
        .unit = hae_view_name_at(rows, 5),
        .description = hae_view_text_at(rows, 6),
        .kind = (int)hae_view_integer_at(rows, 7),
        .temporality = hae_view_integer_at(rows, 8),
        .series = hae_view_integer_at(rows, 9),
        .attributes = hae_view_text_at(rows, 10),
        .time_ns = hae_view_integer_at(rows, 11),
        .start_ns = hae_view_integer_at(rows, 12),
        .value = hae_view_real_at(rows, 13),
        .is_integer = !hae_view_is_null_at(rows, 14),
        .integer = hae_view_integer_at(rows, 14),
        .count = hae_view_unsigned_at(rows, 15),
        .sum = hae_view_real_at(rows, 16),
        .min = hae_view_real_at(rows, 17),
        .max = hae_view_real_at(rows, 18),
        .buckets = hae_view_text_at(rows, 19),
    };
    return true;
}

struct hae_view_rows hae_view_ask_exemplars_of(sqlite3 *db, int64_t series, int64_t point_ns)
{
    struct hae_view_rows rows = hae_view_ask(db, exemplars);
    hae_view_give_integer(&rows, ":series", series);
    hae_view_give_integer(&rows, ":time", point_ns);
    return rows;
}

bool hae_view_ask_extent(sqlite3 *db, struct hae_view_window *ret_window)
{
    struct hae_view_rows rows = hae_view_ask(
        db, "SELECT min(least), max(most) FROM (SELECT min(start_ns) AS least,"
            " max(start_ns + min(duration_ns, 9223372036854775806 - start_ns)) AS most FROM span"
            " UNION ALL SELECT min(time_ns), max(time_ns) FROM log"
            " UNION ALL SELECT min(time_ns), max(time_ns) FROM point)");
    bool known = hae_view_next(&rows) && !hae_view_is_null_at(&rows, 0);
    if (known) {
        *ret_window = (struct hae_view_window){hae_view_integer_at(&rows, 0),
                                               hae_view_integer_at(&rows, 1) + 1};
    }
    return hae_view_rows_done(&rows) == SQLITE_OK && known;
}

struct hae_view_rows hae_view_ask_resource(sqlite3 *db, int64_t id)
{
    struct hae_view_rows rows = hae_view_ask(db, "SELECT attributes FROM resource WHERE id = :id");
    hae_view_give_integer(&rows, ":id", id);
    return rows;
}

struct hae_view_rows hae_view_ask_scope(sqlite3 *db, int64_t id)
{
    struct hae_view_rows rows =
        hae_view_ask(db, "SELECT name, version, attributes FROM scope WHERE id = :id");
    hae_view_give_integer(&rows, ":id", id);
    return rows;
}

struct hae_view_rows hae_view_ask_member(sqlite3 *db, const char *json, const char *path)
{
    struct hae_view_rows rows = hae_view_ask(db, "SELECT :json -> :path");
    hae_view_give_text(&rows, ":json", json);
    hae_view_give_text(&rows, ":path", path);
    return rows;
}

struct hae_view_rows hae_view_ask_quantiles(sqlite3 *db, const char *buckets)
{
    struct hae_view_rows rows = hae_view_ask(db, "SELECT value -> '$[0]', value -> '$[1]'"
                                                 " FROM json_each(:json, '$.quantiles')");
    hae_view_give_text(&rows, ":json", buckets);
    return rows;
}
