/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decode_items.h"

#include <stdio.h>
#include <string.h>

#include "decode/decode_json.h"
#include "decode/decode_values.h"

#define NOTE_SIZE  176
#define NAME_SIZE  72
#define ERROR_SIZE 256 /* of the line that says what went wrong */

bool hae_view_texts_are_whole(const struct hae_view_intake *intake)
{
    for (size_t i = 0; i < HAE_VIEW_TEXTS; i++) {
        if (intake->texts[i].failed) {
            return false;
        }
    }
    return true;
}

bool hae_view_copy_id(uint8_t *out, size_t size, const ProtobufCBinaryData *id)
{
    static const uint8_t none[16];
    if (id->len != size || memcmp(id->data, none, size) == 0) {
        return false;
    }
    memcpy(out, id->data, size);
    return true;
}

/* "type: message" of the last exception recorded on the span; "" for none. */
static void exception_text(const HaeOtlp__Span *message, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = message->n_events; i > 0; i--) {
        const HaeOtlp__Span__Event *event = message->events[i - 1];
        if (event->name == NULL || strcmp(event->name, "exception") != 0) {
            continue;
        }
        char type[64];
        char text[NOTE_SIZE - 66];
        hae_view_value_text(
            hae_view_attribute(event->attributes, event->n_attributes, "exception.type"), type,
            sizeof type);
        hae_view_value_text(
            hae_view_attribute(event->attributes, event->n_attributes, "exception.message"), text,
            sizeof text);
        snprintf(out, size, "%s%s%s", type, type[0] != '\0' && text[0] != '\0' ? ": " : "", text);
        return;
    }
}

/* Why a span failed; else the HTTP status that it ended with. query/trace.c says the same of one
 * that is kept. */
static void span_note(const HaeOtlp__Span *message, char out[NOTE_SIZE])
{
    out[0] = '\0';
    if (message->status != NULL) {
        hae_view_field_text(message->status->message, out, NOTE_SIZE);
    }
    if (out[0] == '\0') {
        exception_text(message, out, NOTE_SIZE);
    }
    if (out[0] != '\0') {
        return;
    }
    const HaeOtlp__AnyValue *error =
        hae_view_attribute(message->attributes, message->n_attributes, "error.type");
    const HaeOtlp__AnyValue *status =
        hae_view_attribute(message->attributes, message->n_attributes, "http.response.status_code");
    char text[64];
    if (status != NULL) {
        snprintf(out, NOTE_SIZE, "HTTP %s", hae_view_value_text(status, text, sizeof text));
    } else if (error != NULL) {
        hae_view_value_text(error, out, NOTE_SIZE);
    }
}

static void write_events(struct hae_view_intake *intake, const HaeOtlp__Span *message)
{
    for (size_t i = 0; i < message->n_events; i++) {
        const HaeOtlp__Span__Event *event = message->events[i];
        struct hae_view_event_row row = {
            .time_ns = event->time_unix_nano,
            .name = hae_view_plain_text(&intake->texts[0], event->name, false),
            .attributes =
                hae_view_attributes_json(&intake->texts[1], event->attributes, event->n_attributes),
        };
        hae_view_store_event(intake->store, &row);
    }
}

static void write_links(struct hae_view_intake *intake, const HaeOtlp__Span *message)
{
    for (size_t i = 0; i < message->n_links; i++) {
        const HaeOtlp__Span__Link *link = message->links[i];
        struct hae_view_link_row row = {
            .attributes =
                hae_view_attributes_json(&intake->texts[0], link->attributes, link->n_attributes),
        };
        bool has_trace = hae_view_copy_id(row.trace_id, sizeof row.trace_id, &link->trace_id);
        bool has_span = hae_view_copy_id(row.span_id, sizeof row.span_id, &link->span_id);
        row.valid_ids = has_trace && has_span;
        hae_view_store_link(intake->store, &row);
    }
}

/* "name: why", for people. */
static struct hae_view_text error_text(const HaeOtlp__Span *message, char out[ERROR_SIZE])
{
    char name[NAME_SIZE];
    char note[NOTE_SIZE];
    hae_view_field_text(message->name, name, sizeof name);
    span_note(message, note);
    snprintf(out, ERROR_SIZE, "%s%s%s", name, note[0] != '\0' ? ": " : "", note);
    return (struct hae_view_text){out, strlen(out)};
}

void hae_view_take_span(struct hae_view_intake *intake, const HaeOtlp__Span *message)
{
    char error[ERROR_SIZE];
    const HaeOtlp__Status *status = message->status;
    struct hae_view_span_row row = {
        .kind = (uint8_t)(message->kind & 0xff),
        .status = status != NULL ? (uint8_t)(status->code & 3) : 0,
        .flags = message->flags,
        .start_ns = message->start_time_unix_nano,
        .end_ns = message->end_time_unix_nano,
        .name = hae_view_plain_text(&intake->texts[0], message->name, false),
        .message =
            hae_view_plain_text(&intake->texts[1], status != NULL ? status->message : NULL, true),
        .trace_state = hae_view_plain_text(&intake->texts[2], message->trace_state, true),
        .attributes =
            hae_view_attributes_json(&intake->texts[3], message->attributes, message->n_attributes),
    };
    bool has_trace = hae_view_copy_id(row.trace_id, sizeof row.trace_id, &message->trace_id);
    bool has_span = hae_view_copy_id(row.span_id, sizeof row.span_id, &message->span_id);
    row.valid_ids = has_trace && has_span;
    hae_view_copy_id(row.parent_id, sizeof row.parent_id, &message->parent_span_id);
    if (row.status == HAE_VIEW_STATUS_ERROR) {
        row.error = error_text(message, error);
    }
    hae_view_store_span(intake->store, &intake->origin, &row);
    write_events(intake, message);
    write_links(intake, message);
}

/* The body, after the event's name when it has one, and before the exception's message when
 * that is known. */
static void log_text(const HaeOtlp__LogRecord *message, char *out, size_t size)
{
    char event[64];
    char body[ERROR_SIZE];
    char exception[128];
    hae_view_field_text(message->event_name, event, sizeof event);
    hae_view_value_text(message->body, body, sizeof body);
    hae_view_value_text(
        hae_view_attribute(message->attributes, message->n_attributes, "exception.message"),
        exception, sizeof exception);
    snprintf(out, size, "%s%s%s%s%s", event, event[0] != '\0' && body[0] != '\0' ? ": " : "", body,
             exception[0] != '\0' && (body[0] != '\0' || event[0] != '\0') ? ": " : "", exception);
    if (out[0] == '\0') {
        snprintf(out, size, "(no text)");
    }
}

void hae_view_take_log(struct hae_view_intake *intake, const HaeOtlp__LogRecord *message)
{
    char error[ERROR_SIZE + 64 + 128 + 8];
    struct hae_view_log_row row = {
        .time_ns = message->time_unix_nano,
        .severity = (int)message->severity_number,
        .event_name = hae_view_plain_text(&intake->texts[0], message->event_name, true),
        .body = hae_view_body_text(&intake->texts[1], message->body),
        .attributes =
            hae_view_attributes_json(&intake->texts[2], message->attributes, message->n_attributes),
    };
    if (row.time_ns == 0) {
        row.time_ns = message->observed_time_unix_nano;
    }
    if (row.time_ns == 0) {
        row.time_ns = intake->arrival.unix_ns;
    }
    row.has_trace = hae_view_copy_id(row.trace_id, sizeof row.trace_id, &message->trace_id);
    row.has_span = hae_view_copy_id(row.span_id, sizeof row.span_id, &message->span_id);
    if (hae_view_severity_of(row.severity) >= HAE_VIEW_SEVERITY_ERROR) {
        log_text(message, error, sizeof error);
        row.error = (struct hae_view_text){error, strlen(error)};
    }
    hae_view_store_log(intake->store, &intake->origin, &row);
}
