/* SPDX-License-Identifier: Apache-2.0 */
/* A line for a log record:
 *   <time> <service> log <severity> <body> event=… trace=… span=… scope=… <attributes> */
#include "log.h"

#include <string.h>

#include "value.h"

/* Severity numbers come in six ranges of four: TRACE, TRACE2, TRACE3, TRACE4,
 * DEBUG, …. Specification: "Logs Data Model", "Displaying Severity". */
static void put_severity(struct hae_con_out *out, const HaeOtlp__LogRecord *record)
{
    static const char *const ranges[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
    int number = (int)record->severity_number;
    const char *text = record->severity_text != NULL ? record->severity_text : "";
    if (number < 1 || number > 24) {
        hae_con_name(out, text[0] != '\0' ? text : "-");
        return;
    }
    const char *range = ranges[(number - 1) / 4];
    hae_con_put(out, range);
    if ((number - 1) % 4 > 0) {
        hae_con_int(out, (number - 1) % 4 + 1);
    }
    if (text[0] != '\0' && strcmp(text, range) != 0) {
        hae_con_char(out, '(');
        hae_con_name(out, text);
        hae_con_char(out, ')');
    }
}

static void put_body(struct hae_con_out *out, const HaeOtlp__AnyValue *body)
{
    if (body != NULL && body->value_case == HAE_OTLP__ANY_VALUE__VALUE_STRING_VALUE) {
        size_t room = HAE_CON_VALUE_MAX;
        hae_con_quoted(out, body->string_value, strlen(body->string_value), &room);
    } else {
        hae_con_value(out, body);
    }
}

static void put_log(struct hae_con_out *out, const struct hae_con_source *source,
                    const HaeOtlp__LogRecord *record)
{
    uint64_t time =
        record->time_unix_nano != 0 ? record->time_unix_nano : record->observed_time_unix_nano;
    hae_con_begin(out, source, time, "log ");
    put_severity(out, record);
    hae_con_char(out, ' ');
    put_body(out, record->body);
    if (record->event_name != NULL && record->event_name[0] != '\0') {
        hae_con_put(out, " event=");
        hae_con_name(out, record->event_name);
    }
    hae_con_id(out, "trace", &record->trace_id);
    hae_con_id(out, "span", &record->span_id);
    hae_con_scope(out, source->scope);
    hae_con_attributes(out, record->attributes, record->n_attributes);
    hae_con_count(out, "dropped_attributes", record->dropped_attributes_count);
    hae_con_char(out, '\n');
}

void hae_con_logs(struct hae_con_out *out, const HaeOtlp__ExportLogsServiceRequest *request)
{
    for (size_t r = 0; r < request->n_resource_logs; r++) {
        const HaeOtlp__ResourceLogs *resource = request->resource_logs[r];
        struct hae_con_source source = {hae_con_service(resource->resource), NULL};
        for (size_t s = 0; s < resource->n_scope_logs; s++) {
            const HaeOtlp__ScopeLogs *scope = resource->scope_logs[s];
            source.scope = scope->scope;
            for (size_t i = 0; i < scope->n_log_records; i++) {
                put_log(out, &source, scope->log_records[i]);
            }
        }
    }
}
