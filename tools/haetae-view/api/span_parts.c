/* SPDX-License-Identifier: Apache-2.0 */
#include "api/span_parts.h"

#include "query/trace.h"

static int put_events(struct hae_view_call *call, int64_t span,
                      const struct hae_view_span_form *form)
{
    struct hae_json *json = &call->json;
    struct hae_view_event_of_span row;
    struct hae_view_rows rows = hae_view_ask_events(call->db, span);
    hae_json_open(json, "events", '[');
    while (hae_view_next_event(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        hae_view_put_digits(json, form->time, row.time_ns);
        hae_json_text(json, "name", row.name);
        form->put_attributes(json, "attributes", row.attributes);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

static int put_links(struct hae_view_call *call, int64_t span,
                     const struct hae_view_span_form *form)
{
    struct hae_json *json = &call->json;
    struct hae_view_link_of_span row;
    struct hae_view_rows rows = hae_view_ask_links(call->db, span);
    hae_json_open(json, "links", '[');
    while (hae_view_next_link(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        form->put_id(json, form->trace_id, row.trace_id);
        form->put_id(json, form->span_id, row.span_id);
        form->put_attributes(json, "attributes", row.attributes);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

int hae_view_put_span_parts(struct hae_view_call *call, int64_t span,
                            const struct hae_view_span_form *form)
{
    int code = put_events(call, span, form);
    return code != SQLITE_OK ? code : put_links(call, span, form);
}
