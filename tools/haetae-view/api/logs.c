/* SPDX-License-Identifier: Apache-2.0 */
#include "api/logs.h"

#include <string.h>

#define LOGS     200
#define LOGS_MAX 1000
/* Room for what ends an answer. */
#define END_BYTES 16

static void put_log(struct hae_json *json, const struct hae_view_log_found *row)
{
    hae_json_open(json, NULL, '{');
    hae_json_integer(json, "id", row->id);
    hae_view_put_digits(json, "time_ns", row->time_ns);
    hae_view_put_digits(json, "received_ns", row->received_ns);
    hae_json_text(json, "service", row->service);
    hae_view_put_text(json, "instance", row->instance);
    hae_json_text(json, "scope", row->scope);
    hae_json_integer(json, "severity", row->severity);
    hae_json_text(json, "level", hae_view_severity_name(hae_view_severity_of(row->severity)));
    hae_view_put_id(json, "trace_id", row->trace_id);
    hae_view_put_id(json, "span_id", row->span_id);
    hae_view_put_text(json, "event_name", row->event_name);
    hae_view_put_text(json, "body", row->body);
    hae_view_put_object(json, "attributes", row->attributes);
    hae_json_close(json, '}');
}

/* Whether there is room for the end of the answer, too. */
static bool fits(const struct hae_buffer *out)
{
    return !out->over_limit && out->length + END_BYTES <= out->limit;
}

/* Makes the answer what it was before a record for which there is no room. */
static void cut(struct hae_json *json, size_t length, bool comma)
{
    json->out->length = length;
    json->out->failed = false;
    json->out->over_limit = false;
    json->comma = comma;
}

int hae_view_put_logs(struct hae_view_call *call, const struct hae_view_logs_question *question,
                      size_t *ret_count)
{
    struct hae_json *json = &call->json;
    struct hae_view_log_found row;
    struct hae_view_rows rows = hae_view_ask_logs(call->db, question);
    hae_json_open(json, "logs", '[');
    *ret_count = 0;
    while (hae_view_next_log(&rows, &row)) {
        size_t length = json->out->length;
        bool comma = json->comma;
        put_log(json, &row);
        if (question->only_what_fits && !fits(json->out)) {
            cut(json, length, comma);
        } else {
            ++*ret_count;
        }
    }
    hae_json_close(&call->json, ']');
    return hae_view_rows_done(&rows);
}

/* A name, "warn", or OTLP's number. */
static bool read_level(struct hae_view_call *call, int *ret_severity)
{
    const char *level = hae_view_argument(call->arguments, "level");
    int64_t number = 0;
    if (level == NULL) {
        return true;
    }
    for (int i = HAE_VIEW_SEVERITY_TRACE; i < HAE_VIEW_SEVERITIES; i++) {
        if (strcmp(level, hae_view_severity_name((enum hae_view_severity)i)) == 0) {
            *ret_severity = 4 * (i - HAE_VIEW_SEVERITY_TRACE) + 1;
            return true;
        }
    }
    if (level[0] < '0' || level[0] > '9') {
        hae_view_call_expect(call, "level", level,
                             "trace, debug, info, warn, error, fatal or a number from 0 to 24");
        return false;
    }
    bool good = hae_view_call_number(call, "level", 0, 24, &number);
    *ret_severity = (int)number;
    return good;
}

bool hae_view_read_logs(struct hae_view_call *call, uint8_t trace_id[16],
                        struct hae_view_logs_question *ret_question)
{
    bool of_trace;
    struct hae_view_logs_question question = {
        .service = hae_view_argument(call->arguments, "service"),
        .text = hae_view_argument(call->arguments, "q"),
    };
    if (!read_level(call, &question.severity) ||
        !hae_view_call_limit(call, LOGS, LOGS_MAX, &question.limit) ||
        !hae_view_call_number(call, "after", 0, INT64_MAX, &question.after) ||
        !hae_view_call_number(call, "before", 0, INT64_MAX, &question.before) ||
        !hae_view_call_trace_id(call, "trace", trace_id, &of_trace)) {
        return false;
    }
    question.trace_id = of_trace ? trace_id : NULL;
    *ret_question = question;
    return true;
}

int hae_view_api_logs(struct hae_view_call *call)
{
    uint8_t trace_id[16];
    size_t count;
    struct hae_view_logs_question question;
    if (!hae_view_read_logs(call, trace_id, &question)) {
        return SQLITE_OK;
    }
    if (hae_view_argument(call->arguments, "window") != NULL ||
        hae_view_argument(call->arguments, "from") != NULL ||
        hae_view_argument(call->arguments, "to") != NULL) {
        question.from_ns = call->window.from_ns;
        question.to_ns = call->window.to_ns;
    }
    return hae_view_put_logs(call, &question, &count);
}
