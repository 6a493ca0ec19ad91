/* SPDX-License-Identifier: Apache-2.0 */
#include "api/export_logs.h"

#include "api/otlp.h"

static void put_log(struct hae_json *json, const struct hae_view_exported_log *row)
{
    hae_json_open(json, NULL, '{');
    hae_view_put_digits(json, "timeUnixNano", row->time_ns);
    hae_json_integer(json, "severityNumber", row->severity);
    hae_view_put_otlp_text(json, "eventName", row->event_name);
    if (row->body != NULL) {
        hae_json_open(json, "body", '{');
        hae_json_text(json, "stringValue", row->body);
        hae_json_close(json, '}');
    }
    hae_view_put_otlp_attributes(json, "attributes", row->attributes);
    hae_view_put_otlp_id(json, "traceId", row->trace_id);
    hae_view_put_otlp_id(json, "spanId", row->span_id);
    hae_json_close(json, '}');
}

int hae_view_export_logs(struct hae_view_export_lines *lines, struct hae_view_rows *rows)
{
    struct hae_view_exported_log row;
    int code = SQLITE_OK;
    while (code == SQLITE_OK && hae_view_next_exported_log(rows, &row)) {
        code = hae_view_export_line_of(lines, &row.row);
        put_log(&lines->call->json, &row);
    }
    return code;
}
