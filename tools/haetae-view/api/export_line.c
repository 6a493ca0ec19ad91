/* SPDX-License-Identifier: Apache-2.0 */
#include "api/export_line.h"

#include "api/otlp.h"
#include "store/schema.h"

/* A line is a request that other receivers must accept, so it ends at these sizes. */
#define LINE_ITEMS 500
#define LINE_BYTES ((size_t)1024 * 1024)

static const struct {
    const char *scopes;
    const char *items;
} names[HAE_VIEW_SIGNALS] = {
    [HAE_VIEW_TRACES] = {"scopeSpans", "spans"},
    [HAE_VIEW_METRICS] = {"scopeMetrics", "metrics"},
    [HAE_VIEW_LOGS] = {"scopeLogs", "logRecords"},
};

static int put_resource(struct hae_view_call *call, int64_t id)
{
    struct hae_json *json = &call->json;
    struct hae_view_rows rows = hae_view_ask_resource(call->db, id);
    hae_json_open(json, "resource", '{');
    if (hae_view_next(&rows) && id != HAE_VIEW_OTHER_RESOURCE) {
        hae_view_put_otlp_attributes(json, "attributes", hae_view_text_at(&rows, 0));
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

static int begin_line(struct hae_view_export_lines *lines, const struct hae_view_exported *row)
{
    struct hae_json *json = &lines->call->json;
    lines->open = true;
    lines->begin = json->out->length;
    lines->items = 0;
    lines->resource = row->resource;
    lines->scope = row->scope;
    hae_json_open(json, NULL, '{');
    hae_json_open(json, hae_view_signal_resources(lines->signal), '[');
    hae_json_open(json, NULL, '{');
    int code = put_resource(lines->call, row->resource);
    hae_json_open(json, names[lines->signal].scopes, '[');
    hae_json_open(json, NULL, '{');
    code = code != SQLITE_OK ? code : put_scope(lines->call, row->scope);
    hae_json_open(json, names[lines->signal].items, '[');
    return code;
}

void hae_view_export_end_line(struct hae_view_export_lines *lines)
{
    struct hae_json *json = &lines->call->json;
    if (lines->open) {
        for (const char *at = "]}]}]}"; *at != '\0'; at++) {
            hae_json_close(json, *at);
        }
        hae_buffer_char(json->out, '\n');
        json->comma = false;
        lines->open = false;
    }
}

bool hae_view_export_fits(const struct hae_view_export_lines *lines,
                          const struct hae_view_exported *row)
{
    return !lines->open || (lines->resource == row->resource && lines->scope == row->scope &&
                            lines->items < LINE_ITEMS &&
                            lines->call->json.out->length - lines->begin <= LINE_BYTES);
}

int hae_view_export_line_of(struct hae_view_export_lines *lines,
                            const struct hae_view_exported *row)
{
    if (!hae_view_export_fits(lines, row)) {
        hae_view_export_end_line(lines);
    }
    int code = lines->open ? SQLITE_OK : begin_line(lines, row);
    lines->last = row->id;
    lines->rows++;
    lines->items++;
    return code;
}
