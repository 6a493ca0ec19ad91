/* SPDX-License-Identifier: Apache-2.0 */
/* A line for a span:
 *   <start> <service> span <kind> <name> <duration> <status> trace=… span=… parent=…
 *   scope=… <attributes> events=[name@+offset,…] links=… dropped_…=… */
#include "span.h"

#include <string.h>

#include "value.h"

/* Events of a span that are shown; the others are only counted. */
#define EVENTS_SHOWN 8

static const char *kind_name(int kind)
{
    static const char *const names[] = {"unspecified", "internal", "server",
                                        "client",      "producer", "consumer"};
    return kind >= 0 && kind < (int)(sizeof names / sizeof names[0]) ? names[kind] : "kind?";
}

static uint64_t elapsed(uint64_t from, uint64_t to)
{
    return to > from ? to - from : 0;
}

static void put_status(struct hae_con_out *out, const HaeOtlp__Status *status)
{
    static const char *const names[] = {" unset", " ok", " error"};
    int code = status != NULL ? (int)status->code : 0;
    hae_con_put(out, code >= 0 && code <= 2 ? names[code] : " status?");
    if (status != NULL && status->message != NULL && status->message[0] != '\0') {
        size_t room = HAE_CON_NAME_MAX;
        hae_con_char(out, '(');
        hae_con_quoted(out, status->message, strlen(status->message), &room);
        hae_con_char(out, ')');
    }
}

static void put_events(struct hae_con_out *out, const HaeOtlp__Span *span)
{
    if (span->n_events == 0) {
        return;
    }
    hae_con_put(out, " events=[");
    for (size_t i = 0; i < span->n_events && i < EVENTS_SHOWN; i++) {
        const HaeOtlp__Span__Event *event = span->events[i];
        hae_con_put(out, i > 0 ? "," : "");
        hae_con_name(out, event->name);
        hae_con_put(out, "@+");
        hae_con_duration(out, elapsed(span->start_time_unix_nano, event->time_unix_nano));
    }
    if (span->n_events > EVENTS_SHOWN) {
        hae_con_put(out, ",+");
        hae_con_uint(out, span->n_events - EVENTS_SHOWN);
    }
    hae_con_char(out, ']');
}

static void put_span(struct hae_con_out *out, const struct hae_con_source *source,
                     const HaeOtlp__Span *span)
{
    hae_con_begin(out, source, span->start_time_unix_nano, "span ");
    hae_con_put(out, kind_name((int)span->kind));
    hae_con_char(out, ' ');
    hae_con_name(out, span->name);
    hae_con_char(out, ' ');
    hae_con_duration(out, elapsed(span->start_time_unix_nano, span->end_time_unix_nano));
    put_status(out, span->status);
    hae_con_id(out, "trace", &span->trace_id);
    hae_con_id(out, "span", &span->span_id);
    hae_con_id(out, "parent", &span->parent_span_id);
    hae_con_scope(out, source->scope);
    hae_con_attributes(out, span->attributes, span->n_attributes);
    put_events(out, span);
    hae_con_count(out, "links", span->n_links);
    hae_con_count(out, "dropped_attributes", span->dropped_attributes_count);
    hae_con_count(out, "dropped_events", span->dropped_events_count);
    hae_con_count(out, "dropped_links", span->dropped_links_count);
    hae_con_char(out, '\n');
}

void hae_con_traces(struct hae_con_out *out, const HaeOtlp__ExportTraceServiceRequest *request)
{
    for (size_t r = 0; r < request->n_resource_spans; r++) {
        const HaeOtlp__ResourceSpans *resource = request->resource_spans[r];
        struct hae_con_source source = {hae_con_service(resource->resource), NULL};
        for (size_t s = 0; s < resource->n_scope_spans; s++) {
            const HaeOtlp__ScopeSpans *scope = resource->scope_spans[s];
            source.scope = scope->scope;
            for (size_t i = 0; i < scope->n_spans; i++) {
                put_span(out, &source, scope->spans[i]);
            }
        }
    }
}
