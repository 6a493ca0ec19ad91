/* SPDX-License-Identifier: Apache-2.0 */
#include "api/export.h"

#include <math.h>
#include <string.h>

#include "api/otlp.h"
#include "query/export.h"
#include "query/incidents.h"
#include "query/trace.h"
#include "store/schema.h"

/* A line is a request that other receivers must accept, so it ends at these sizes. */
#define LINE_ITEMS 500
#define LINE_BYTES ((size_t)1024 * 1024)
#define LIMIT_MAX  100000

static const struct {
    const char *argument;
    const char *resources;
    const char *scopes;
    const char *items;
} names[HAE_VIEW_SIGNALS] = {
    [HAE_VIEW_TRACES] = {"spans", "resourceSpans", "scopeSpans", "spans"},
    [HAE_VIEW_METRICS] = {"points", "resourceMetrics", "scopeMetrics", "metrics"},
    [HAE_VIEW_LOGS] = {"logs", "resourceLogs", "scopeLogs", "logRecords"},
};

struct lines {
    struct hae_view_call *call;
    enum hae_view_signal signal;
    bool open;    /* a line is */
    size_t begin; /* where it begins */
    size_t items; /* in it */
    int64_t resource;
    int64_t scope;
    int64_t metric; /* whose points are being written; 0: none */
    int kind;       /* of it */
    int64_t temporality;
    int64_t last; /* the number of the last row */
    int64_t rows; /* how many */
};

/* ---- Lines --------------------------------------------------------------------------------- */

static int put_resource(struct hae_view_call *call, int64_t id)
{
    struct hae_json *json = &call->json;
    struct hae_view_rows rows = hae_view_ask_resource(call->db, id);
    hae_json_open(json, "resource", '{');
    if (hae_view_next(&rows) && id != HAE_VIEW_OTHER_RESOURCE) {
        hae_view_put_otlp_attributes(json, "attributes", hae_view_text_at(&rows, 1));
    } else if (id == HAE_VIEW_OTHER_RESOURCE) {
        hae_view_put_otlp_attributes(json, "attributes", "{\"service.name\":\"(other services)\"}");
    }
    hae_json_close(json, '}');
    return hae_view_rows_done(&rows);
}

static int put_scope(struct hae_view_call *call, int64_t id)
{
    struct hae_json *json = &call->json;
    struct hae_view_rows rows = hae_view_ask_scope(call->db, id);
    hae_json_open(json, "scope", '{');
    if (hae_view_next(&rows)) {
        hae_json_text(json, "name", hae_view_name_at(&rows, 0));
        if (!hae_view_is_null_at(&rows, 1)) {
            hae_json_text(json, "version", hae_view_name_at(&rows, 1));
        }
        hae_view_put_otlp_attributes(json, "attributes", hae_view_text_at(&rows, 2));
    }
    hae_json_close(json, '}');
    return hae_view_rows_done(&rows);
}

static void end_metric(struct lines *lines)
{
    struct hae_json *json = &lines->call->json;
    if (lines->metric == 0) {
        return;
    }
    hae_json_close(json, ']');
    if (lines->kind != HAE_VIEW_GAUGE && lines->kind != HAE_VIEW_SUMMARY) {
        hae_json_integer(json, "aggregationTemporality", lines->temporality);
    }
    if (lines->kind == HAE_VIEW_COUNTER) {
        hae_json_bool(json, "isMonotonic", true);
    }
    hae_json_close(json, '}');
    hae_json_close(json, '}');
    lines->metric = 0;
}

static void end_line(struct lines *lines)
{
    struct hae_json *json = &lines->call->json;
    if (lines->open) {
        end_metric(lines);
        for (const char *at = "]}]}]}"; *at != '\0'; at++) {
            hae_json_close(json, *at);
        }
        hae_buffer_char(json->out, '\n');
        json->comma = false;
        lines->open = false;
    }
}

/* Makes sure that a line of the row's resource and scope is open. */
static int line_of(struct lines *lines, const struct hae_view_exported *row)
{
    struct hae_json *json = &lines->call->json;
    lines->last = row->id;
    lines->rows++;
    if (lines->open &&
        (lines->resource != row->resource || lines->scope != row->scope ||
         lines->items == LINE_ITEMS || json->out->length - lines->begin > LINE_BYTES)) {
        end_line(lines);
    }
    lines->items++;
    if (lines->open) {
        return SQLITE_OK;
    }
    lines->open = true;
    lines->begin = json->out->length;
    lines->items = 1;
    lines->resource = row->resource;
    lines->scope = row->scope;
    hae_json_open(json, NULL, '{');
    hae_json_open(json, names[lines->signal].resources, '[');
    hae_json_open(json, NULL, '{');
    int code = put_resource(lines->call, row->resource);
    hae_json_open(json, names[lines->signal].scopes, '[');
    hae_json_open(json, NULL, '{');
    code = code != SQLITE_OK ? code : put_scope(lines->call, row->scope);
    hae_json_open(json, names[lines->signal].items, '[');
    return code;
}

static void put_known_id(struct hae_json *json, const char *name, struct hae_view_id id)
{
    if (id.bytes != NULL) {
        hae_json_hex(json, name, id.bytes, id.size);
    }
}

static void put_known_text(struct hae_json *json, const char *name, const char *text)
{
    if (text != NULL) {
        hae_json_text(json, name, text);
    }
}

/* ---- Spans --------------------------------------------------------------------------------- */

static int put_events(struct hae_view_call *call, int64_t span)
{
    struct hae_json *json = &call->json;
    struct hae_view_event_of_span row;
    struct hae_view_rows rows = hae_view_ask_events(call->db, span);
    hae_json_open(json, "events", '[');
    while (hae_view_next_event(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        hae_view_put_digits(json, "timeUnixNano", row.time_ns);
        hae_json_text(json, "name", row.name);
        hae_view_put_otlp_attributes(json, "attributes", row.attributes);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

static int put_links(struct hae_view_call *call, int64_t span)
{
    struct hae_json *json = &call->json;
    struct hae_view_link_of_span row;
    struct hae_view_rows rows = hae_view_ask_links(call->db, span);
    hae_json_open(json, "links", '[');
    while (hae_view_next_link(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        put_known_id(json, "traceId", row.trace_id);
        put_known_id(json, "spanId", row.span_id);
        hae_view_put_otlp_attributes(json, "attributes", row.attributes);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

static int put_span(struct hae_view_call *call, const struct hae_view_exported_span *row)
{
    struct hae_json *json = &call->json;
    hae_json_open(json, NULL, '{');
    put_known_id(json, "traceId", row->trace_id);
    put_known_id(json, "spanId", row->span_id);
    put_known_text(json, "traceState", row->trace_state);
    put_known_id(json, "parentSpanId", row->parent_id);
    hae_json_integer(json, "flags", row->flags);
    hae_json_text(json, "name", row->name);
    hae_json_integer(json, "kind", row->kind);
    hae_view_put_digits(json, "startTimeUnixNano", row->start_ns);
    hae_view_put_digits(json, "endTimeUnixNano",
                        row->duration_ns < INT64_MAX - row->start_ns
                            ? row->start_ns + row->duration_ns
                            : INT64_MAX);
    hae_view_put_otlp_attributes(json, "attributes", row->attributes);
    int code = put_events(call, row->row.id);
    code = code != SQLITE_OK ? code : put_links(call, row->row.id);
    hae_json_open(json, "status", '{');
    put_known_text(json, "message", row->message);
    hae_json_integer(json, "code", row->status);
    hae_json_close(json, '}');
    hae_json_close(json, '}');
    return code;
}

static int put_spans(struct lines *lines, struct hae_view_rows *rows)
{
    struct hae_view_exported_span row;
    int code = SQLITE_OK;
    while (code == SQLITE_OK && hae_view_next_exported_span(rows, &row)) {
        code = line_of(lines, &row.row);
        code = code != SQLITE_OK ? code : put_span(lines->call, &row);
    }
    return code;
}

/* ---- Log records --------------------------------------------------------------------------- */

static int put_logs(struct lines *lines, struct hae_view_rows *rows)
{
    struct hae_json *json = &lines->call->json;
    struct hae_view_exported_log row;
    int code = SQLITE_OK;
    while (code == SQLITE_OK && hae_view_next_exported_log(rows, &row)) {
        code = line_of(lines, &row.row);
        hae_json_open(json, NULL, '{');
        hae_view_put_digits(json, "timeUnixNano", row.time_ns);
        hae_json_integer(json, "severityNumber", row.severity);
        put_known_text(json, "eventName", row.event_name);
        if (row.body != NULL) {
            hae_json_open(json, "body", '{');
            hae_json_text(json, "stringValue", row.body);
            hae_json_close(json, '}');
        }
        hae_view_put_otlp_attributes(json, "attributes", row.attributes);
        put_known_id(json, "traceId", row.trace_id);
        put_known_id(json, "spanId", row.span_id);
        hae_json_close(json, '}');
    }
    return code;
}

/* ---- Points -------------------------------------------------------------------------------- */

/* A double, also one that JSON does not have. */
static void put_double(struct hae_json *json, const char *name, double value)
{
    if (isfinite(value)) {
        hae_json_number(json, name, value);
    } else {
        hae_json_text(json, name, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }
}

static void put_known_double(struct hae_json *json, const char *name, double value)
{
    if (!isnan(value)) {
        put_double(json, name, value);
    }
}

/* What JSON had: a number, an array, or "NaN". */
static void put_column(struct hae_json *json, const char *name, const struct hae_view_rows *rows,
                       int column)
{
    const char *text;
    switch (sqlite3_column_type(rows->statement, column)) {
    case SQLITE_INTEGER:
        hae_json_integer(json, name, hae_view_integer_at(rows, column));
        break;
    case SQLITE_FLOAT:
        put_double(json, name, hae_view_real_at(rows, column));
        break;
    case SQLITE_TEXT:
        text = hae_view_name_at(rows, column);
        if (text[0] == '[') {
            hae_json_open(json, name, '[');
            hae_buffer_text(json->out, text + 1);
            json->comma = true;
        } else {
            hae_json_text(json, name, text);
        }
        break;
    default:
        break;
    }
}

/* A member of the buckets, as it is. */
static int put_member(struct hae_view_call *call, const char *name, const char *buckets,
                      const char *path)
{
    struct hae_view_rows rows = hae_view_ask_member(call->db, buckets, path);
    if (hae_view_next(&rows)) {
        put_column(&call->json, name, &rows, 0);
    }
    return hae_view_rows_done(&rows);
}

static int put_side(struct hae_view_call *call, const struct hae_view_exported_point *row,
                    const char *name, const char *offset, const char *counts)
{
    hae_json_open(&call->json, name, '{');
    int code = put_member(call, "offset", row->buckets, offset);
    code = code != SQLITE_OK ? code : put_member(call, "bucketCounts", row->buckets, counts);
    hae_json_close(&call->json, '}');
    return code;
}

static int put_exponential(struct hae_view_call *call, const struct hae_view_exported_point *row)
{
    int code = put_member(call, "scale", row->buckets, "$.scale");
    code = code != SQLITE_OK ? code : put_member(call, "zeroCount", row->buckets, "$.zero_count");
    code = code != SQLITE_OK ? code
                             : put_member(call, "zeroThreshold", row->buckets, "$.zero_threshold");
    code = code != SQLITE_OK
               ? code
               : put_side(call, row, "positive", "$.positive.offset", "$.positive.counts");
    return code != SQLITE_OK
               ? code
               : put_side(call, row, "negative", "$.negative.offset", "$.negative.counts");
}

static int put_quantiles(struct hae_view_call *call, const char *buckets)
{
    struct hae_json *json = &call->json;
    struct hae_view_rows rows = hae_view_ask_quantiles(call->db, buckets);
    hae_json_open(json, "quantileValues", '[');
    while (hae_view_next(&rows)) {
        hae_json_open(json, NULL, '{');
        put_column(json, "quantile", &rows, 0);
        put_column(json, "value", &rows, 1);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

static int put_distribution(struct hae_view_call *call, const struct hae_view_exported_point *row)
{
    struct hae_json *json = &call->json;
    hae_view_put_digits(json, "count", row->count);
    put_known_double(json, "sum", row->sum);
    if (row->kind == HAE_VIEW_SUMMARY) {
        return put_quantiles(call, row->buckets);
    }
    put_known_double(json, "min", row->min);
    put_known_double(json, "max", row->max);
    if (row->kind == HAE_VIEW_EXPONENTIAL) {
        return put_exponential(call, row);
    }
    int code = put_member(call, "bucketCounts", row->buckets, "$.counts");
    return code != SQLITE_OK ? code : put_member(call, "explicitBounds", row->buckets, "$.bounds");
}

static int put_exemplars(struct hae_view_call *call, const struct hae_view_exported_point *point)
{
    struct hae_json *json = &call->json;
    struct hae_view_exported_exemplar row;
    struct hae_view_rows rows = hae_view_ask_exemplars_of(call->db, point->series, point->time_ns);
    hae_json_open(json, "exemplars", '[');
    while (hae_view_next_exported_exemplar(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        hae_view_put_digits(json, "timeUnixNano", row.time_ns);
        put_double(json, "asDouble", row.value);
        put_known_id(json, "traceId", row.trace_id);
        put_known_id(json, "spanId", row.span_id);
        hae_view_put_otlp_attributes(json, "filteredAttributes", row.attributes);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

static void begin_metric(struct lines *lines, const struct hae_view_exported_point *row)
{
    static const char *const kinds[] = {
        [HAE_VIEW_GAUGE] = "gauge",
        [HAE_VIEW_UP_DOWN] = "sum",
        [HAE_VIEW_COUNTER] = "sum",
        [HAE_VIEW_HISTOGRAM] = "histogram",
        [HAE_VIEW_EXPONENTIAL] = "exponentialHistogram",
        [HAE_VIEW_SUMMARY] = "summary",
    };
    struct hae_json *json = &lines->call->json;
    end_metric(lines);
    lines->metric = row->metric;
    lines->kind = row->kind;
    lines->temporality = row->temporality;
    hae_json_open(json, NULL, '{');
    hae_json_text(json, "name", row->name);
    hae_json_text(json, "unit", row->unit);
    put_known_text(json, "description", row->description);
    hae_json_open(json, kinds[row->kind], '{');
    hae_json_open(json, "dataPoints", '[');
}

static int put_point(struct hae_view_call *call, const struct hae_view_exported_point *row)
{
    struct hae_json *json = &call->json;
    int code = SQLITE_OK;
    hae_json_open(json, NULL, '{');
    hae_view_put_otlp_attributes(json, "attributes", row->attributes);
    hae_view_put_digits(json, "startTimeUnixNano", row->start_ns);
    hae_view_put_digits(json, "timeUnixNano", row->time_ns);
    if (row->kind > HAE_VIEW_COUNTER) {
        code = put_distribution(call, row);
    } else if (row->is_integer) {
        hae_view_put_digits(json, "asInt", row->integer);
    } else {
        put_double(json, "asDouble", row->value);
    }
    if (row->kind != HAE_VIEW_SUMMARY && code == SQLITE_OK) {
        code = put_exemplars(call, row);
    }
    hae_json_close(json, '}');
    return code;
}

static int put_points(struct lines *lines, struct hae_view_rows *rows)
{
    struct hae_view_exported_point row;
    int code = SQLITE_OK;
    while (code == SQLITE_OK && hae_view_next_exported_point(rows, &row)) {
        code = line_of(lines, &row.row);
        if (lines->metric != row.metric) {
            begin_metric(lines, &row);
        }
        code = code != SQLITE_OK ? code : put_point(lines->call, &row);
    }
    return code;
}

/* ---- The question -------------------------------------------------------------------------- */

static int put_signal(struct hae_view_call *call, enum hae_view_signal signal,
                      const struct hae_view_export_question *question)
{
    struct lines lines = {.call = call, .signal = signal};
    struct hae_view_rows rows = hae_view_ask_export(call->db, signal, question);
    int code = signal == HAE_VIEW_TRACES ? put_spans(&lines, &rows)
               : signal == HAE_VIEW_LOGS ? put_logs(&lines, &rows)
                                         : put_points(&lines, &rows);
    end_line(&lines);
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

/* Which signal is asked for; -1: all. False: it is none, which is said. */
static bool read_signal(struct hae_view_call *call, int *ret_signal)
{
    const char *text = hae_view_argument(call->arguments, "signal");
    *ret_signal = -1;
    for (int i = 0; text != NULL && i < HAE_VIEW_SIGNALS; i++) {
        *ret_signal = strcmp(text, names[i].argument) == 0 ? i : *ret_signal;
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
