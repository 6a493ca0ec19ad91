/* SPDX-License-Identifier: Apache-2.0 */
/* Events and links of a span, for the answers that have them: each in its own form. */
#ifndef HAETAE_VIEW_API_SPAN_PARTS_H
#define HAETAE_VIEW_API_SPAN_PARTS_H

#include "api/call.h"

/* The names of members, and how what may be missing is written. */
struct hae_view_span_form {
    const char *time;
    const char *trace_id;
    const char *span_id;
    void (*put_id)(struct hae_json *json, const char *name, struct hae_view_id id);
    void (*put_attributes)(struct hae_json *json, const char *name, const char *object);
};

/* The members "events" and "links" of the span with the number `span`. */
int hae_view_put_span_parts(struct hae_view_call *call, int64_t span,
                            const struct hae_view_span_form *form);

#endif
