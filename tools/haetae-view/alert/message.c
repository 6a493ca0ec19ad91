/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/message.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "util/json.h"

#define SECOND_NS INT64_C(1000000000)

static const char *summary_of(const struct hae_view_alert *alert)
{
    return alert->summary != NULL ? alert->summary : "";
}

void hae_view_alert_put(struct hae_json *json, const struct hae_view_alert *alert, bool silenced)
{
    hae_view_put_digits(json, "id", alert->id);
    hae_json_text(json, "rule", alert->rule_name);
    hae_json_text(json, "state", hae_view_alert_state_name(alert->state));
    hae_json_text(json, "severity", alert->severity);
    hae_json_text(json, "summary", summary_of(alert));
    hae_view_labels_put(json, "labels", &alert->labels);
    hae_json_number(json, "value", alert->value);
    hae_view_put_digits(json, "since_ns", alert->since_ns);
    if (alert->state == HAE_VIEW_RESOLVED) {
        hae_view_put_digits(json, "resolved_ns", alert->resolved_ns);
    } else {
        hae_json_null(json, "resolved_ns");
    }
    hae_json_bool(json, "silenced", silenced);
}

void hae_view_message_event(const struct hae_view_alert *alert, const char *page,
                            struct hae_buffer *out)
{
    struct hae_json json = HAE_JSON_INIT(out);
    hae_json_open(&json, NULL, '{');
    hae_json_count(&json, "version", 1);
    hae_json_text(&json, "event", hae_view_alert_state_name(alert->state));
    hae_json_open(&json, "alert", '{');
    hae_view_alert_put(&json, alert, false);
    hae_json_close(&json, '}');
    hae_json_text(&json, "page", page);
    hae_json_close(&json, '}');
    hae_buffer_char(out, '\n');
}

/* RFC 3339, in UTC. */
static void put_time(struct hae_json *json, const char *name, int64_t ns)
{
    char text[64];
    struct tm parts;
    time_t seconds = (time_t)(ns / SECOND_NS);
    if (gmtime_r(&seconds, &parts) == NULL) {
        return;
    }
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + length, sizeof text - length, ".%03dZ", (int)(ns % SECOND_NS / 1000000));
    hae_json_text(json, name, text);
}

void hae_view_message_alertmanager(struct hae_json *json, const struct hae_view_alert *alert,
                                   const char *page, int64_t ends_ns)
{
    hae_json_open(json, NULL, '{');
    hae_json_open(json, "labels", '{');
    hae_json_text(json, "alertname", alert->rule_name);
    hae_json_text(json, "severity", alert->severity);
    for (size_t i = 0; i < alert->labels.count; i++) {
        const struct hae_view_label *label = &alert->labels.items[i];
        if (strcmp(label->name, "alertname") != 0 && strcmp(label->name, "severity") != 0) {
            hae_json_text(json, label->name, label->value);
        }
    }
    hae_json_close(json, '}');
    hae_json_open(json, "annotations", '{');
    hae_json_text(json, "summary", summary_of(alert));
    hae_json_close(json, '}');
    put_time(json, "startsAt", alert->since_ns);
    put_time(json, "endsAt", ends_ns);
    hae_json_text(json, "generatorURL", page);
    hae_json_close(json, '}');
}
