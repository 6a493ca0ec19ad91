/* SPDX-License-Identifier: Apache-2.0 */
#include "api/export_spans.h"

#include "api/otlp.h"
#include "api/span_parts.h"

static const struct hae_view_span_form form = {
    .time = "timeUnixNano",
    .trace_id = "traceId",
    .span_id = "spanId",
    .put_id = hae_view_put_otlp_id,
    .put_attributes = hae_view_put_otlp_attributes,
};

static int put_span(struct hae_view_call *call, const struct hae_view_exported_span *row)
{
    struct hae_json *json = &call->json;
    hae_json_open(json, NULL, '{');
    hae_view_put_otlp_id(json, "traceId", row->trace_id);
    hae_view_put_otlp_id(json, "spanId", row->span_id);
    hae_view_put_otlp_text(json, "traceState", row->trace_state);
    hae_view_put_otlp_id(json, "parentSpanId", row->parent_id);
    hae_json_integer(json, "flags", row->flags);
    hae_json_text(json, "name", row->name);
    hae_json_integer(json, "kind", row->kind);
    hae_view_put_digits(json, "startTimeUnixNano", row->start_ns);
    hae_view_put_digits(json, "endTimeUnixNano",
                        row->duration_ns < INT64_MAX - row->start_ns
                            ? row->start_ns + row->duration_ns
                            : INT64_MAX);
    hae_view_put_otlp_attributes(json, "attributes", row->attributes);
    int code = hae_view_put_span_parts(call, row->row.id, &form);
    hae_json_open(json, "status", '{');
    hae_view_put_otlp_text(json, "message", row->message);
    hae_json_integer(json, "code", row->status);
    hae_json_close(json, '}');
    hae_json_close(json, '}');
    return code;
}

int hae_view_export_spans(struct hae_view_export_lines *lines, struct hae_view_rows *rows)
{
    struct hae_view_exported_span row;
    int code = SQLITE_OK;
    while (code == SQLITE_OK && hae_view_next_exported_span(rows, &row)) {
        code = hae_view_export_line_of(lines, &row.row);
        code = code != SQLITE_OK ? code : put_span(lines->call, &row);
    }
    return code;
}
