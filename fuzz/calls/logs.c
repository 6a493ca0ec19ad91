/* SPDX-License-Identifier: Apache-2.0 */
/* Logs: each record has a number, its place in the list of records. haetae_log() and
 * haetae_log_emit_site() have it in the body, haetae_log_emit() as its time. */
#include <inttypes.h>
#include <string.h>

#include "calls/calls.h"

/* After so many records, floods take too long. */
enum { FLOOD_MAX = 2000 };

static bool is_wanted(const struct calls_sdk *sdk, const struct calls_scope *scope, int severity)
{
    return sdk->sdk != NULL && !sdk->shut_down && sdk->is_on[HAETAE_SIGNAL_LOGS] &&
           (severity <= HAETAE_SEVERITY_UNSPECIFIED ||
            severity >= sdk->min_severity[scope - sdk->scopes]);
}

static void expect_context(struct note *note, const haetae_span_context *ids)
{
    if (haetae_span_context_is_valid(ids)) {
        note_number(note, "flags", ids->trace_flags);
        note_bytes(note, "trace_id", ids->trace_id, sizeof ids->trace_id);
        note_bytes(note, "span_id", ids->span_id, sizeof ids->span_id);
    }
}

/* The arguments of haetae_log(), or what it would be given in place of haetae_log_emit_site(). */
struct line {
    int severity;
    char body[64];
    haetae_string event_name;
    const haetae_attribute *list;
    size_t count;
};

static struct line make_line(struct calls *calls, const struct calls_sdk *sdk, int severity)
{
    struct line line = {.severity = severity};

    line.list = calls_attributes(calls, true, &line.count);
    snprintf(line.body, sizeof line.body, "%zu:%.*s", sdk->logs.count,
             (int)fuzz_below(&calls->input, 40), "The quick brown fox jumps over the dog");
    return line;
}

static void expect_line(struct calls *calls, struct calls_sdk *sdk, struct calls_scope *scope,
                        const struct line *line)
{
    int severity = line->severity;
    struct note note = {NULL, 0, 0};

    note_add(&note, " time=" NOTE_ANY " observed=" NOTE_ANY);
    note_number(&note, "severity", severity < 0 || severity > 24 ? 0 : (uint64_t)severity);
    expect_text_field(&note, "event_name", line->event_name);
    note_add(&note, " body={ string=");
    note_add_bytes(&note, line->body, strlen(line->body));
    note_add(&note, "}");
    expect_attributes(&note, line->list, line->count, sdk->log_limits);
    expect_context(&note, &calls->current.ids);
    calls_record_add(&sdk->logs, &note, scope);
    sdk->recorded[HAETAE_SIGNAL_LOGS]++;
}

static void log_text(struct calls *calls, struct calls_sdk *sdk, struct calls_scope *scope,
                     int severity)
{
    struct line line = make_line(calls, sdk, severity);
    bool wanted = is_wanted(sdk, scope, severity);

    haetae_log(scope->logger, (haetae_severity)severity, line.body, strlen(line.body), line.list,
               line.count);
    if (wanted) {
        expect_line(calls, sdk, scope, &line);
    }
}

/* A site of one or two calls, prepared or not, whose body is its own or the call's. */
static void log_site(struct calls *calls, struct calls_sdk *sdk, struct calls_scope *scope,
                     int severity)
{
    struct line line = make_line(calls, sdk, severity);
    unsigned choice = fuzz_byte(&calls->input);
    uint64_t room[128] = {0};
    haetae_string keys[CALLS_ATTRIBUTES];
    haetae_value values[CALLS_ATTRIBUTES];
    haetae_log_site site = {.severity = severity, .keys = keys, .key_count = line.count};

    line.event_name = calls_text(calls);
    site.event_name = line.event_name;
    site.room = room;
    site.room_bytes = choice & 2 ? sizeof room : choice;
    for (size_t i = 0; i < line.count; i++) {
        keys[i] = line.list[i].key;
        values[i] = line.list[i].value;
    }
    for (unsigned i = 0; i <= (choice & 1); i++) {
        bool wanted = is_wanted(sdk, scope, severity);
        haetae_string body = haetae_string_of(line.body);

        snprintf(line.body, sizeof line.body, "%zu:%u", sdk->logs.count, choice);
        body.length = strlen(line.body);
        if (i == 0 && choice & 4) {
            site.body = body; /* it stays the site's; the next call brings its own */
            body = (haetae_string){NULL, 0};
        }
        haetae_log_emit_site(scope->logger, &site, values, line.count, body.data, body.length);
        if (wanted) {
            expect_line(calls, sdk, scope, &line);
        }
    }
}

static bool has_text(haetae_string text)
{
    return text.data != NULL && text.length != 0;
}

/* The attributes of a record, and behind them what its exception says. */
static void expect_attributes_of(struct note *note, const haetae_log_record *record,
                                 struct calls_limits limits)
{
    const haetae_exception *exception = record->exception;
    haetae_attribute all[CALLS_ATTRIBUTES + 2];
    size_t count = record->attribute_count;

    if (exception == NULL) {
        expect_attributes(note, record->attributes, count, limits);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        all[i] = record->attributes[i];
    }
    if (has_text(exception->type)) {
        all[count++] = haetae_attribute_of("exception.type", haetae_value_of(exception->type));
    }
    if (has_text(exception->message)) {
        all[count++] =
            haetae_attribute_of("exception.message", haetae_value_of(exception->message));
    }
    expect_attributes(note, all, count, limits);
}

/* Whether a record with such texts is recorded. */
static bool expect_record(struct note *note, const haetae_log_record *record,
                          const struct calls_sdk *sdk, const haetae_span_context *ids)
{
    struct note body = {NULL, 0, 0};
    bool valid = expect_valid(record->event_name) && expect_valid(record->severity_text) &&
                 expect_value(&body, &record->body, SIZE_MAX);

    note_number(note, "time", record->time_unix_ns);
    if (record->observed_time_unix_ns != 0) {
        note_number(note, "observed", record->observed_time_unix_ns);
    } else {
        note_add(note, " observed=" NOTE_ANY);
    }
    note_number(note, "severity",
                record->severity < 0 || record->severity > 24 ? 0 : (uint64_t)record->severity);
    if (valid) {
        expect_text_field(note, "severity_text", record->severity_text);
        expect_text_field(note, "event_name", record->event_name);
    }
    if (record->body.type != HAETAE_VALUE_EMPTY) {
        note_add(note, " body={%s}", note_text(&body));
    }
    note_done(&body);
    expect_attributes_of(note, record, sdk->log_limits);
    expect_context(note, ids);
    return valid;
}

static void emit(struct calls *calls, struct calls_sdk *sdk, struct calls_scope *scope,
                 int severity)
{
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record, .severity = severity);
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    haetae_span_context given = calls_span_context(calls);
    bool wanted = is_wanted(sdk, scope, severity);
    struct note note = {NULL, 0, 0};

    record.time_unix_ns = sdk->logs.count + 1;
    record.observed_time_unix_ns = fuzz_number(&calls->input);
    record.severity_text = calls_odd_text(calls);
    record.event_name = calls_odd_text(calls);
    record.body = calls_value(calls, 0);
    record.attributes = calls_attributes(calls, true, &record.attribute_count);
    if (fuzz_below(&calls->input, 2) != 0) {
        record.context = &given;
    }
    if (sdk->logs.count % 4 == 3) {
        exception.type = record.severity_text;
        exception.message = record.event_name;
        record.exception = &exception;
    }
    haetae_log_emit(scope->logger, &record);
    if (!wanted) {
        return;
    }
    sdk->recorded[HAETAE_SIGNAL_LOGS]++;
    if (expect_record(&note, &record, sdk, record.context != NULL ? &given : &calls->current.ids)) {
        calls_record_add(&sdk->logs, &note, scope);
    } else {
        note_done(&note);
    }
}

/* More than a ring holds. */
static void flood(struct calls *calls, struct calls_sdk *sdk, struct calls_scope *scope)
{
    unsigned count = sdk->logs.count < FLOOD_MAX ? 4u * fuzz_byte(&calls->input) : 0;
    bool wanted = is_wanted(sdk, scope, HAETAE_SEVERITY_FATAL);
    char body[900];

    memset(body, 'x', sizeof body);
    for (unsigned i = 0; i < count; i++) {
        struct note note = {NULL, 0, 0};

        snprintf(body, 32, "%zu", sdk->logs.count);
        body[strlen(body)] = ':';
        haetae_log(scope->logger, HAETAE_SEVERITY_FATAL, body, sizeof body, NULL, 0);
        if (wanted) {
            note_add(&note, " time=" NOTE_ANY " observed=" NOTE_ANY " severity=21 body={ string=");
            note_add_bytes(&note, body, sizeof body);
            note_add(&note, "}");
            expect_context(&note, &calls->current.ids);
            calls_record_add(&sdk->logs, &note, scope);
            sdk->recorded[HAETAE_SIGNAL_LOGS]++;
        }
    }
}

void calls_on_logs(struct calls *calls, struct calls_sdk *sdk)
{
    struct calls_scope *scope = calls_scope(calls, sdk);
    int severity = (int)fuzz_below(&calls->input, 27) - 1;

    switch (fuzz_below(&calls->input, 8)) {
    case 0:
        haetae_logger_set_min_severity(scope->logger, (haetae_severity)severity);
        if (severity >= 0 && severity <= 24) {
            sdk->min_severity[scope - sdk->scopes] = severity;
            /* The same logger under another number. */
            for (int i = 0; i < CALLS_SCOPES; i++) {
                if (sdk->scopes[i].logger == scope->logger) {
                    sdk->min_severity[i] = severity;
                }
            }
        } else {
            haetae_logger_set_min_severity(scope->logger,
                                           (haetae_severity)sdk->min_severity[scope - sdk->scopes]);
        }
        break;
    case 1:
        flood(calls, sdk, scope);
        break;
    case 2:
    case 3:
        log_text(calls, sdk, scope, severity);
        break;
    case 4:
        log_site(calls, sdk, scope, severity);
        break;
    default:
        emit(calls, sdk, scope, severity);
        break;
    }
    if (severity > 0 && severity <= 24) {
        FUZZ_CHECK(haetae_logger_enabled(scope->logger, (haetae_severity)severity) ==
                       is_wanted(sdk, scope, severity),
                   "severity %d is recorded or not", severity);
    }
}
