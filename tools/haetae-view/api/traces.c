/* SPDX-License-Identifier: Apache-2.0 */
#include "api/traces.h"

#include <string.h>

#include "api/logs.h"
#include "api/span_parts.h"
#include "query/trace.h"

#define MS_NS           INT64_C(1000000)
#define TRACES          50
#define SPANS_MAX       5000
#define LOGS_OF_TRACE   500
#define NAME_OF_NEWEST  "newest"
#define NAME_OF_SLOWEST "slowest"

/* ---- Looking for traces --------------------------------------------------------------------- */

static int put_found(struct hae_view_call *call, const struct hae_view_found_trace *found)
{
    struct hae_json *json = &call->json;
    struct hae_view_trace_row row;
    struct hae_view_rows rows = hae_view_ask_found_trace(call->db, found);
    if (hae_view_next_found_trace(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        hae_json_hex(json, "trace_id", found->trace_id, sizeof found->trace_id);
        hae_view_put_id(json, "span_id", row.span_id);
        hae_json_text(json, "service", row.service);
        hae_view_put_text(json, "instance", row.instance);
        hae_json_text(json, "name", row.name);
        hae_view_put_kind(json, row.kind);
        hae_view_put_status(json, row.status);
        hae_view_put_text(json, "message", row.message);
        hae_view_put_digits(json, "start_ns", row.start_ns);
        hae_view_put_digits(json, "duration_ns", row.duration_ns);
        hae_json_integer(json, "spans", row.spans);
        hae_json_integer(json, "errors", row.errors);
        hae_json_integer(json, "services", row.services);
        hae_json_close(json, '}');
    }
    return hae_view_rows_done(&rows);
}

int hae_view_put_traces(struct hae_view_call *call, const char *name,
                        const struct hae_view_traces_question *question)
{
    struct hae_view_found_trace found[HAE_VIEW_TRACES_FOUND_MAX];
    int code;
    size_t count = hae_view_find_traces(call->db, question, found, &code);
    hae_json_open(&call->json, name, '[');
    for (size_t i = 0; i < count && code == SQLITE_OK; i++) {
        code = put_found(call, &found[i]);
    }
    hae_json_close(&call->json, ']');
    return code;
}

static bool read_status(struct hae_view_call *call, struct hae_view_traces_question *question)
{
    const char *status = hae_view_argument(call->arguments, "status");
    const char *sort = hae_view_argument(call->arguments, "sort");
    if (status != NULL && strcmp(status, "error") != 0) {
        hae_view_call_expect(call, "status", status, "error");
        return false;
    }
    if (sort != NULL && strcmp(sort, NAME_OF_NEWEST) != 0 && strcmp(sort, NAME_OF_SLOWEST) != 0) {
        hae_view_call_expect(call, "sort", sort, "newest or slowest");
        return false;
    }
    question->failed = status != NULL;
    question->slowest = sort != NULL && strcmp(sort, NAME_OF_SLOWEST) == 0;
    return true;
}

int hae_view_api_traces(struct hae_view_call *call)
{
    int64_t min_ms = 0;
    int64_t max_ms = 0;
    struct hae_view_traces_question question = {
        .window = call->window,
        .service = hae_view_argument(call->arguments, "service"),
        .op = hae_view_argument(call->arguments, "op"),
        .instance = hae_view_argument(call->arguments, "instance"),
        .text = hae_view_argument(call->arguments, "q"),
    };
    if (!hae_view_call_limit(call, TRACES, HAE_VIEW_TRACES_FOUND_MAX, &question.limit) ||
        !hae_view_call_number(call, "min_ms", 0, INT64_MAX / MS_NS, &min_ms) ||
        !hae_view_call_number(call, "max_ms", 1, INT64_MAX / MS_NS, &max_ms) ||
        !read_status(call, &question)) {
        return SQLITE_OK;
    }
    question.min_ns = min_ms * MS_NS;
    question.max_ns = max_ms * MS_NS;
    return hae_view_put_traces(call, "traces", &question);
}

/* ---- One trace ------------------------------------------------------------------------ */

static const struct hae_view_span_form form = {
    .time = "time_ns",
    .trace_id = "trace_id",
    .span_id = "span_id",
    .put_id = hae_view_put_id,
    .put_attributes = hae_view_put_object,
};

static void put_span(struct hae_json *json, const struct hae_view_span_of_trace *row)
{
    hae_view_put_id(json, "span_id", row->span_id);
    hae_view_put_id(json, "parent_id", row->parent_id);
    hae_json_text(json, "service", row->service);
    hae_view_put_text(json, "instance", row->instance);
    hae_json_text(json, "name", row->name);
    hae_view_put_kind(json, row->kind);
    hae_view_put_status(json, row->status);
    hae_view_put_text(json, "message", row->message);
    hae_json_bool(json, "entry", row->entry);
    hae_view_put_digits(json, "start_ns", row->start_ns);
    hae_view_put_digits(json, "duration_ns", row->duration_ns);
    hae_json_integer(json, "flags", row->flags);
    hae_view_put_text(json, "trace_state", row->trace_state);
    hae_view_put_text(json, "scope", row->scope);
    hae_view_put_text(json, "scope_version", row->scope_version);
    hae_json_integer(json, "resource", row->resource);
    hae_view_put_object(json, "attributes", row->attributes);
}

static int put_spans(struct hae_view_call *call, const uint8_t trace_id[16])
{
    struct hae_json *json = &call->json;
    struct hae_view_span_of_trace row;
    struct hae_view_rows rows = hae_view_ask_spans(call->db, trace_id, SPANS_MAX);
    int code = SQLITE_OK;
    hae_json_open(json, "spans", '[');
    while (code == SQLITE_OK && hae_view_next_span(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        put_span(json, &row);
        code = hae_view_put_span_parts(call, row.id, &form);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    int end = hae_view_rows_done(&rows);
    return code != SQLITE_OK ? code : end;
}

static int put_resources(struct hae_view_call *call, const uint8_t trace_id[16])
{
    struct hae_json *json = &call->json;
    struct hae_view_resource_of_trace row;
    struct hae_view_rows rows = hae_view_ask_resources(call->db, trace_id);
    hae_json_open(json, "resources", '[');
    while (hae_view_next_resource(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        hae_json_integer(json, "resource", row.id);
        hae_json_text(json, "service", row.service);
        hae_view_put_text(json, "instance", row.instance);
        hae_view_put_text(json, "version", row.version);
        hae_view_put_object(json, "attributes", row.attributes);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

int hae_view_api_trace(struct hae_view_call *call)
{
    uint8_t trace_id[16];
    int code = SQLITE_OK;
    int64_t spans;
    struct hae_view_window extent;
    if (!hae_view_call_trace(call, "id", trace_id, &spans, &extent, &code)) {
        return code;
    }
    hae_json_hex(&call->json, "trace_id", trace_id, sizeof trace_id);
    hae_view_put_digits(&call->json, "start_ns", extent.from_ns);
    hae_view_put_digits(&call->json, "duration_ns", extent.to_ns - extent.from_ns);
    hae_json_integer(&call->json, "span_count", spans);
    code = put_spans(call, trace_id);
    if (code == SQLITE_OK) {
        code = put_resources(call, trace_id);
    }
    size_t count;
    struct hae_view_logs_question logs = {.trace_id = trace_id, .limit = LOGS_OF_TRACE};
    return code == SQLITE_OK ? hae_view_put_logs(call, &logs, &count) : code;
}
