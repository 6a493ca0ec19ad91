/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decode_items.h"

#include <stdio.h>
#include <string.h>

#include "decode/decode_json.h"
#include "decode/decode_values.h"
#include "store/write.h"

#define NOTE_SIZE 176

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

/* The note beside a span: why it failed; else the HTTP status that it ended with. */
static void span_note(const HaeOtlp__Span *message, bool failed, char out[NOTE_SIZE])
{
    out[0] = '\0';
    if (message->status != NULL) {
        hae_view_field_text(message->status->message, out, NOTE_SIZE);
    }
    if (out[0] == '\0' && failed) {
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
    } else if (failed && error != NULL) {
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
        hae_view_database_event(intake->database, &row);
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
        hae_view_database_link(intake->database, &row);
    }
}

/* `span` is what the store has got. */
static void write_span(struct hae_view_intake *intake, const HaeOtlp__Span *message,
                       const struct hae_view_span *span)
{
    char error[HAE_VIEW_ERROR_TEXT];
    struct hae_view_span_row row = {
        .valid_ids = span->valid_ids,
        .kind = span->kind,
        .status = message->status != NULL ? (uint8_t)(message->status->code & 3) : 0,
        .flags = message->flags,
        .start_ns = span->start_ns,
        .end_ns = span->end_ns,
        .name = hae_view_plain_text(&intake->texts[0], message->name, false),
        .message = hae_view_plain_text(
            &intake->texts[1], message->status != NULL ? message->status->message : NULL, true),
        .trace_state = hae_view_plain_text(&intake->texts[2], message->trace_state, true),
        .attributes =
            hae_view_attributes_json(&intake->texts[3], message->attributes, message->n_attributes),
    };
    memcpy(row.trace_id, span->trace_id, sizeof row.trace_id);
    memcpy(row.span_id, span->span_id, sizeof row.span_id);
    memcpy(row.parent_id, span->parent_id, sizeof row.parent_id);
    if (span->status == HAE_VIEW_STATUS_ERROR) {
        snprintf(error, sizeof error, "%s%s%s", span->name, span->note[0] != '\0' ? ": " : "",
                 span->note);
        row.error = (struct hae_view_text){error, strlen(error)};
    }
    if (hae_view_database_span(intake->database, &intake->origin, &row) == HAE_VIEW_WRITTEN) {
        write_events(intake, message);
        write_links(intake, message);
    }
}

void hae_view_take_span(struct hae_view_intake *intake, const HaeOtlp__Span *message)
{
    struct hae_view_span span = {
        .kind = (uint8_t)(message->kind & 0xff),
        .start_ns = message->start_time_unix_nano,
        .end_ns = message->end_time_unix_nano,
        .events = message->n_events,
        .links = message->n_links,
    };
    bool failed = message->status != NULL &&
                  message->status->code == HAE_OTLP__STATUS__STATUS_CODE__STATUS_CODE_ERROR;
    span.status = failed ? HAE_VIEW_STATUS_ERROR : 0;
    bool has_trace = hae_view_copy_id(span.trace_id, sizeof span.trace_id, &message->trace_id);
    bool has_span = hae_view_copy_id(span.span_id, sizeof span.span_id, &message->span_id);
    span.valid_ids = has_trace && has_span;
    hae_view_copy_id(span.parent_id, sizeof span.parent_id, &message->parent_span_id);
    char name[HAE_VIEW_SPAN_NAME];
    char note[NOTE_SIZE];
    span.name = hae_view_field_text(message->name, name, sizeof name);
    span_note(message, failed, note);
    span.note = note;
    hae_view_store_span(intake->store, &intake->source, &span);
    write_span(intake, message, &span);
}

/* The body, after the event's name when it has one, and before the exception's message when
 * that is known. */
static void log_text(const HaeOtlp__LogRecord *message, char *out, size_t size)
{
    char event[64];
    char body[HAE_VIEW_ERROR_TEXT];
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

/* `log` is what the store has got. */
static void write_log(struct hae_view_intake *intake, const HaeOtlp__LogRecord *message,
                      const struct hae_view_log *log)
{
    struct hae_view_log_row row = {
        .time_ns = log->time_ns,
        .severity = log->severity,
        .has_trace = log->has_trace,
        .event_name = hae_view_plain_text(&intake->texts[0], message->event_name, true),
        .body = hae_view_body_text(&intake->texts[1], message->body),
        .attributes =
            hae_view_attributes_json(&intake->texts[2], message->attributes, message->n_attributes),
    };
    memcpy(row.trace_id, log->trace_id, sizeof row.trace_id);
    row.has_span = hae_view_copy_id(row.span_id, sizeof row.span_id, &message->span_id);
    if (hae_view_severity_of(log->severity) >= HAE_VIEW_SEVERITY_ERROR) {
        row.error = (struct hae_view_text){log->text, strlen(log->text)};
    }
    hae_view_database_log(intake->database, &intake->origin, &row);
}

void hae_view_take_log(struct hae_view_intake *intake, const HaeOtlp__LogRecord *message)
{
    struct hae_view_log log = {
        .time_ns = message->time_unix_nano,
        .severity = (int)message->severity_number,
    };
    if (log.time_ns == 0) {
        log.time_ns = message->observed_time_unix_nano;
    }
    if (log.time_ns == 0) {
        log.time_ns = intake->source.arrival.unix_ns;
    }
    log.has_trace = hae_view_copy_id(log.trace_id, sizeof log.trace_id, &message->trace_id);
    char text[HAE_VIEW_ERROR_TEXT + 64 + 128 + 8] = "";
    /* Only errors are shown. */
    if (hae_view_severity_of(log.severity) >= HAE_VIEW_SEVERITY_ERROR) {
        log_text(message, text, sizeof text);
    }
    log.text = text;
    hae_view_store_log(intake->store, &intake->source, &log);
    write_log(intake, message, &log);
}
