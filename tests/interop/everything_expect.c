/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the expectation, item by item. */
#include <stdlib.h>

#include "everything.h"

void define_scope(const struct run *run, const char *id, const haetae_scope_options *scope)
{
    struct json_out *out = run->out;

    json_object(out, NULL);
    json_string(out, "define_scope", id);
    json_object(out, "is");
    json_text(out, "name", scope->name.data, scope->name.length);
    json_text(out, "version", scope->version.data, scope->version.length);
    json_text(out, "schemaUrl", scope->schema_url.data, scope->schema_url.length);
    json_attributes(out, "attributes", scope->attributes, scope->attribute_count);
    json_object_end(out);
    json_object_end(out);
    json_line_end(out);
}

void define_named_scope(const struct run *run, const char *name)
{
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);

    scope.name = haetae_string_of(name);
    define_scope(run, name, &scope);
}

void item_begin(const struct run *run, const char *scope, const char *kind)
{
    json_object(run->out, NULL);
    json_string(run->out, "resource", run->resource);
    json_string(run->out, "scope", scope);
    json_object(run->out, kind);
}

void item_end(const struct run *run)
{
    json_object_end(run->out);
    json_object_end(run->out);
    json_line_end(run->out);
}

void json_time(struct json_out *out, const char *name, uint64_t time_unix_ns)
{
    if (time_unix_ns != 0) {
        json_uint64(out, name, time_unix_ns);
    } else {
        json_string(out, name, "$now");
    }
}

static void json_haetae_string(struct json_out *out, const char *name, haetae_string text)
{
    json_text(out, name, text.data, text.length);
}

/* ---- Spans ---------------------------------------------------------------------- */

static void put_event(struct json_out *out, const struct expected_event *event)
{
    json_object(out, NULL);
    json_haetae_string(out, "name", event->name);
    json_time(out, "timeUnixNano", event->time_unix_ns);
    json_attributes(out, "attributes", event->attributes, event->attribute_count);
    json_number(out, "droppedAttributesCount", event->dropped_attribute_count);
    json_object_end(out);
}

static void put_link(struct json_out *out, const struct expected_link *link)
{
    uint32_t flags = link->context.trace_flags | (link->context.is_remote ? 0x300u : 0x100u);

    json_object(out, NULL);
    json_id(out, "traceId", link->context.trace_id, sizeof link->context.trace_id);
    json_id(out, "spanId", link->context.span_id, sizeof link->context.span_id);
    json_haetae_string(out, "traceState", link->trace_state);
    json_attributes(out, "attributes", link->attributes, link->attribute_count);
    json_number(out, "droppedAttributesCount", link->dropped_attribute_count);
    json_number(out, "flags", flags);
    json_object_end(out);
}

static void put_span_lists(struct json_out *out, const struct expected_span *span)
{
    json_attributes(out, "attributes", span->attributes, span->attribute_count);
    json_number(out, "droppedAttributesCount", span->dropped_attribute_count);
    json_array(out, "events");
    for (size_t i = 0; i < span->event_count; i++) {
        put_event(out, &span->events[i]);
    }
    json_array_end(out);
    json_number(out, "droppedEventsCount", span->dropped_event_count);
    json_array(out, "links");
    for (size_t i = 0; i < span->link_count; i++) {
        put_link(out, &span->links[i]);
    }
    json_array_end(out);
    json_number(out, "droppedLinksCount", span->dropped_link_count);
}

void expect_span(const struct run *run, const char *scope, const struct expected_span *expected)
{
    static const uint8_t none[8] = {0};
    struct json_out *out = run->out;

    item_begin(run, scope, "span");
    json_id(out, "traceId", expected->context.trace_id, sizeof expected->context.trace_id);
    json_id(out, "spanId", expected->context.span_id, sizeof expected->context.span_id);
    if (memcmp(expected->parent_span_id, none, sizeof none) != 0) {
        json_id(out, "parentSpanId", expected->parent_span_id, sizeof expected->parent_span_id);
    }
    json_number(out, "flags", expected->flags);
    json_haetae_string(out, "traceState", expected->trace_state);
    json_haetae_string(out, "name", expected->name);
    json_number(out, "kind", expected->kind);
    json_time(out, "startTimeUnixNano", expected->start_unix_ns);
    json_time(out, "endTimeUnixNano", expected->end_unix_ns);
    put_span_lists(out, expected);
    json_object(out, "status");
    json_number(out, "code", expected->status_code);
    json_haetae_string(out, "message", expected->status_message);
    json_object_end(out);
    item_end(run);
}

struct expected_span expected_root(haetae_span span, haetae_string name)
{
    struct expected_span expected;

    memset(&expected, 0, sizeof expected);
    haetae_span_get_context(span, &expected.context);
    expected.name = name;
    expected.kind = HAETAE_SPAN_KIND_INTERNAL;
    expected.flags = FLAG_LOCAL | expected.context.trace_flags;
    return expected;
}

struct expected_span expected_child(haetae_span span, haetae_string name, haetae_span parent)
{
    struct expected_span expected = expected_root(span, name);
    haetae_span_context context;

    haetae_span_get_context(parent, &context);
    memcpy(expected.parent_span_id, context.span_id, sizeof context.span_id);
    return expected;
}

/* ---- Logs ----------------------------------------------------------------------- */

void expect_log(const struct run *run, const char *scope, const struct expected_log *expected)
{
    struct json_out *out = run->out;

    item_begin(run, scope, "log");
    if (expected->time_unix_ns != 0 || expected->time_is_now) {
        json_time(out, "timeUnixNano", expected->time_unix_ns);
    }
    json_time(out, "observedTimeUnixNano", expected->observed_time_unix_ns);
    json_number(out, "severityNumber", expected->severity);
    json_haetae_string(out, "severityText", expected->severity_text);
    json_value(out, "body", &expected->body);
    json_haetae_string(out, "eventName", expected->event_name);
    json_attributes(out, "attributes", expected->attributes, expected->attribute_count);
    json_number(out, "droppedAttributesCount", expected->dropped_attribute_count);
    if (haetae_span_context_is_valid(&expected->context)) {
        json_id(out, "traceId", expected->context.trace_id, sizeof expected->context.trace_id);
        json_id(out, "spanId", expected->context.span_id, sizeof expected->context.span_id);
        json_number(out, "flags", expected->context.trace_flags);
    }
    item_end(run);
}
