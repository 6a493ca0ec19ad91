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
    for (size_t i = 0; i < HAE_VIEW_NUMBERS; i++) {
        if (intake->numbers[i].failed) {
            return false;
        }
    }
    return !intake->pairs.failed;
}

/* ---- Spans ------------------------------------------------------------------------------- */

/* Parts of a span that are not in its row, or not yet. */
struct span {
    struct hae_view_bytes message;
    struct hae_view_span_row row;
    struct hae_view_bytes name;
    struct hae_view_bytes status_message;
    struct hae_view_bytes trace_state;
    bool has_trace;
    bool has_span;
    bool has_events;
    bool has_links;
};

static struct hae_view_attributes span_attributes(const struct span *span)
{
    return (struct hae_view_attributes){span->message, HAE_OTLP_SPAN_ATTRIBUTES};
}

/* "type: message" of an exception; false: the event is none. */
static bool exception_text(struct hae_view_bytes event, char *out, size_t size)
{
    static const char name[] = "exception";
    struct hae_view_bytes given = hae_view_last_field(event, HAE_OTLP_SPAN_EVENT_NAME);
    if (given.length != sizeof name - 1 || memcmp(given.data, name, given.length) != 0) {
        return false;
    }
    char type[64];
    char text[NOTE_SIZE - 66];
    struct hae_view_attributes attributes = {event, HAE_OTLP_SPAN_EVENT_ATTRIBUTES};
    hae_view_value_text(hae_view_attribute(attributes, "exception.type"), type, sizeof type);
    hae_view_value_text(hae_view_attribute(attributes, "exception.message"), text, sizeof text);
    snprintf(out, size, "%s%s%s", type, type[0] != '\0' && text[0] != '\0' ? ": " : "", text);
    return true;
}

/* That of the last exception recorded on the span; "" for none. */
static void last_exception(const struct span *span, char *out, size_t size)
{
    struct hae_reader reader = hae_view_fields_in(span->message);
    struct hae_field event;
    out[0] = '\0';
    while (span->has_events && hae_view_next_field(&reader, HAE_OTLP_SPAN_EVENTS, &event)) {
        (void)exception_text(hae_view_content(&event), out, size);
    }
}

/* Why a span failed, or else the HTTP status that it ended with. query/trace.c has the same for
 * spans that are kept. */
static void span_note(const struct span *span, char out[NOTE_SIZE])
{
    hae_view_field_text(span->status_message, out, NOTE_SIZE);
    if (out[0] == '\0') {
        last_exception(span, out, NOTE_SIZE);
    }
    if (out[0] != '\0') {
        return;
    }
    struct hae_view_attributes attributes = span_attributes(span);
    struct hae_view_bytes error = hae_view_attribute(attributes, "error.type");
    struct hae_view_bytes status = hae_view_attribute(attributes, "http.response.status_code");
    char text[64];
    if (status.data != NULL) {
        snprintf(out, NOTE_SIZE, "HTTP %s", hae_view_value_text(status, text, sizeof text));
    } else if (error.data != NULL) {
        hae_view_value_text(error, out, NOTE_SIZE);
    }
}

static void write_event(struct hae_view_intake *intake, struct hae_view_bytes message)
{
    struct hae_view_event_row row = {.name = {"", 0}};
    struct hae_reader reader = hae_view_fields_in(message);
    struct hae_field field;
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_SPAN_EVENT_TIME_UNIX_NANO) {
            row.time_ns = field.value;
        } else if (field.number == HAE_OTLP_SPAN_EVENT_NAME) {
            row.name = hae_view_plain_text(&intake->texts[0], hae_view_content(&field), false);
        }
    }
    row.attributes = hae_view_attributes_json(
        &intake->texts[1], (struct hae_view_attributes){message, HAE_OTLP_SPAN_EVENT_ATTRIBUTES});
    hae_view_store_event(intake->store, &row);
}

static void write_link(struct hae_view_intake *intake, struct hae_view_bytes message)
{
    struct hae_view_link_row row = {.valid_ids = false};
    struct hae_reader reader = hae_view_fields_in(message);
    struct hae_field field;
    bool has_trace = false;
    bool has_span = false;
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_SPAN_LINK_TRACE_ID) {
            has_trace = hae_view_copy_id(row.trace_id, sizeof row.trace_id, &field);
        } else if (field.number == HAE_OTLP_SPAN_LINK_SPAN_ID) {
            has_span = hae_view_copy_id(row.span_id, sizeof row.span_id, &field);
        }
    }
    row.valid_ids = has_trace && has_span;
    row.attributes = hae_view_attributes_json(
        &intake->texts[0], (struct hae_view_attributes){message, HAE_OTLP_SPAN_LINK_ATTRIBUTES});
    hae_view_store_link(intake->store, &row);
}

static void write_events_and_links(struct hae_view_intake *intake, const struct span *span)
{
    struct hae_reader reader = hae_view_fields_in(span->message);
    struct hae_field field;
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_SPAN_EVENTS) {
            write_event(intake, hae_view_content(&field));
        } else if (field.number == HAE_OTLP_SPAN_LINKS) {
            write_link(intake, hae_view_content(&field));
        }
    }
}

/* "name: why", for people. */
static struct hae_view_text error_text(const struct span *span, char out[ERROR_SIZE])
{
    char name[NAME_SIZE];
    char note[NOTE_SIZE];
    hae_view_field_text(span->name, name, sizeof name);
    span_note(span, note);
    snprintf(out, ERROR_SIZE, "%s%s%s", name, note[0] != '\0' ? ": " : "", note);
    return (struct hae_view_text){out, strlen(out)};
}

/* Higher numbers are of later versions, and read as unset. */
enum { STATUS_MAX = 2, KIND_MAX = 5 };

/* A status may come in several pieces, which are merged. */
static void read_status(struct span *span, struct hae_view_bytes message)
{
    struct hae_reader reader = hae_view_fields_in(message);
    struct hae_field field;
    while (hae_read_field(&reader, &field)) {
        if (field.number == HAE_OTLP_STATUS_CODE) {
            span->row.status = field.value <= STATUS_MAX ? (uint8_t)field.value : 0;
        } else if (field.number == HAE_OTLP_STATUS_MESSAGE) {
            span->status_message = hae_view_content(&field);
        }
    }
}

static void read_span_field(struct span *span, const struct hae_field *field)
{
    struct hae_view_span_row *row = &span->row;
    switch (field->number) {
    case HAE_OTLP_SPAN_TRACE_ID:
        span->has_trace = hae_view_copy_id(row->trace_id, sizeof row->trace_id, field);
        break;
    case HAE_OTLP_SPAN_SPAN_ID:
        span->has_span = hae_view_copy_id(row->span_id, sizeof row->span_id, field);
        break;
    case HAE_OTLP_SPAN_PARENT_SPAN_ID:
        (void)hae_view_copy_id(row->parent_id, sizeof row->parent_id, field);
        break;
    case HAE_OTLP_SPAN_TRACE_STATE:
        span->trace_state = hae_view_content(field);
        break;
    case HAE_OTLP_SPAN_NAME:
        span->name = hae_view_content(field);
        break;
    case HAE_OTLP_SPAN_KIND:
        row->kind = field->value <= KIND_MAX ? (uint8_t)field->value : 0;
        break;
    case HAE_OTLP_SPAN_START_TIME_UNIX_NANO:
        row->start_ns = field->value;
        break;
    case HAE_OTLP_SPAN_END_TIME_UNIX_NANO:
        row->end_ns = field->value;
        break;
    case HAE_OTLP_SPAN_STATUS:
        read_status(span, hae_view_content(field));
        break;
    case HAE_OTLP_SPAN_FLAGS:
        row->flags = (uint32_t)field->value;
        break;
    case HAE_OTLP_SPAN_EVENTS:
        span->has_events = true;
        break;
    case HAE_OTLP_SPAN_LINKS:
        span->has_links = true;
        break;
    default:
        break;
    }
}

void hae_view_take_span(struct hae_view_intake *intake, struct hae_view_bytes message)
{
    char error[ERROR_SIZE];
    struct span span = {.message = message};
    struct hae_view_span_row *row = &span.row;
    struct hae_reader reader = hae_view_fields_in(message);
    struct hae_field field;
    while (hae_read_field(&reader, &field)) {
        read_span_field(&span, &field);
    }
    row->valid_ids = span.has_trace && span.has_span;
    row->name = hae_view_plain_text(&intake->texts[0], span.name, false);
    row->message = hae_view_plain_text(&intake->texts[1], span.status_message, true);
    row->trace_state = hae_view_plain_text(&intake->texts[2], span.trace_state, true);
    row->attributes = hae_view_attributes_json(&intake->texts[3], span_attributes(&span));
    if (row->status == HAE_VIEW_STATUS_ERROR) {
        row->error = error_text(&span, error);
    }
    hae_view_store_span(intake->store, &intake->origin, row);
    if (span.has_events || span.has_links) {
        write_events_and_links(intake, &span);
    }
}

/* ---- Log records ------------------------------------------------------------------------- */

struct log {
    struct hae_view_bytes message;
    struct hae_view_log_row row;
    struct hae_view_bytes event_name;
    struct hae_view_bytes body;
    uint64_t observed_ns;
};

static struct hae_view_attributes log_attributes(const struct log *log)
{
    return (struct hae_view_attributes){log->message, HAE_OTLP_LOG_RECORD_ATTRIBUTES};
}

/* The body, after the event's name when it has one, and before the exception's message when
 * that is known. */
static void log_text(const struct log *log, char *out, size_t size)
{
    char event[64];
    char body[ERROR_SIZE];
    char exception[128];
    hae_view_field_text(log->event_name, event, sizeof event);
    hae_view_value_text(log->body, body, sizeof body);
    hae_view_value_text(hae_view_attribute(log_attributes(log), "exception.message"), exception,
                        sizeof exception);
    snprintf(out, size, "%s%s%s%s%s", event, event[0] != '\0' && body[0] != '\0' ? ": " : "", body,
             exception[0] != '\0' && (body[0] != '\0' || event[0] != '\0') ? ": " : "", exception);
    if (out[0] == '\0') {
        snprintf(out, size, "(no text)");
    }
}

static void read_log_field(struct log *log, const struct hae_field *field)
{
    struct hae_view_log_row *row = &log->row;
    switch (field->number) {
    case HAE_OTLP_LOG_RECORD_TIME_UNIX_NANO:
        row->time_ns = field->value;
        break;
    case HAE_OTLP_LOG_RECORD_OBSERVED_TIME_UNIX_NANO:
        log->observed_ns = field->value;
        break;
    case HAE_OTLP_LOG_RECORD_SEVERITY_NUMBER:
        row->severity = (int)(uint32_t)field->value;
        break;
    case HAE_OTLP_LOG_RECORD_BODY:
        log->body = hae_view_content(field);
        break;
    case HAE_OTLP_LOG_RECORD_EVENT_NAME:
        log->event_name = hae_view_content(field);
        break;
    case HAE_OTLP_LOG_RECORD_TRACE_ID:
        row->has_trace = hae_view_copy_id(row->trace_id, sizeof row->trace_id, field);
        break;
    case HAE_OTLP_LOG_RECORD_SPAN_ID:
        row->has_span = hae_view_copy_id(row->span_id, sizeof row->span_id, field);
        break;
    default:
        break;
    }
}

void hae_view_take_log(struct hae_view_intake *intake, struct hae_view_bytes message)
{
    char error[ERROR_SIZE + 64 + 128 + 8];
    struct log log = {.message = message};
    struct hae_view_log_row *row = &log.row;
    struct hae_reader reader = hae_view_fields_in(message);
    struct hae_field field;
    while (hae_read_field(&reader, &field)) {
        read_log_field(&log, &field);
    }
    row->event_name = hae_view_plain_text(&intake->texts[0], log.event_name, true);
    row->body = hae_view_body_text(&intake->texts[1], log.body);
    row->attributes = hae_view_attributes_json(&intake->texts[2], log_attributes(&log));
    if (row->time_ns == 0) {
        row->time_ns = log.observed_ns != 0 ? log.observed_ns : intake->arrival.unix_ns;
    }
    if (hae_view_severity_of(row->severity) >= HAE_VIEW_SEVERITY_ERROR) {
        log_text(&log, error, sizeof error);
        row->error = (struct hae_view_text){error, strlen(error)};
    }
    hae_view_store_log(intake->store, &intake->origin, row);
}
