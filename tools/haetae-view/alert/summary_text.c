/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/summary_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "util/figures.h"
#include "util/text.h"

static void put_value(const struct hae_view_alert *alert, struct hae_buffer *out)
{
    const struct hae_view_rule *rule = alert->rule;
    char text[HAE_VIEW_FIGURE_SIZE];
    bool of_requests = rule->kind == HAE_VIEW_RULE_RED || rule->kind == HAE_VIEW_RULE_ERROR_RATE ||
                       rule->kind == HAE_VIEW_RULE_ANOMALY;
    if (rule->kind == HAE_VIEW_RULE_ABSENCE ||
        (of_requests && hae_view_measure_is_quantile(rule->measure))) {
        hae_view_figure_duration(text, sizeof text, alert->value * 1e9);
    } else if (of_requests && rule->measure == HAE_VIEW_MEASURE_ERROR_SHARE) {
        snprintf(text, sizeof text, "%.3g%%", alert->value * 100);
    } else {
        hae_view_figure_number(text, sizeof text, alert->value);
    }
    hae_buffer_text(out, text);
}

static void put_name(const struct hae_view_alert *alert, const char *name, size_t length,
                     struct hae_buffer *out)
{
    char text[HAE_VIEW_LABEL_NAME_MAX + 1];
    if (length >= sizeof text) {
        return;
    }
    memcpy(text, name, length);
    text[length] = '\0';
    if (strcmp(text, "value") == 0) {
        put_value(alert, out);
        return;
    }
    const char *value = hae_view_alert_label(alert, text);
    hae_buffer_text(out, value != NULL ? value : "");
}

static void fill_in(const struct hae_view_alert *alert, const char *text, struct hae_buffer *out)
{
    const char *open;
    const char *close;
    while ((open = strstr(text, "{{")) != NULL && (close = strstr(open, "}}")) != NULL) {
        hae_buffer_add(out, text, (size_t)(open - text));
        put_name(alert, open + 2, (size_t)(close - open) - 2, out);
        text = close + 2;
    }
    hae_buffer_text(out, text);
}

static const char *usual_text(const struct hae_view_alert *alert)
{
    switch (alert->rule->kind) {
    case HAE_VIEW_RULE_ERROR_GROUPS:
        return "a new error of {{service}}: {{error}}";
    case HAE_VIEW_RULE_ABSENCE:
        if (alert->rule->log != NULL) {
            return alert->rule->service != NULL
                       ? "no log record with \"{{log}}\" of {{service}} for {{value}}"
                       : "no log record with \"{{log}}\" for {{value}}";
        }
        return "nothing of {{service}} {{metric}} for {{value}}";
    default:
        return "{{rule}}: {{value}} at {{service}} {{route}}";
    }
}

char *hae_view_alert_summary(const struct hae_view_alert *alert)
{
    enum { SUMMARY_MAX = 2048 };
    struct hae_buffer text = HAE_BUFFER_INIT;
    fill_in(alert, alert->rule->summary != NULL ? alert->rule->summary : usual_text(alert), &text);
    char shown[SUMMARY_MAX];
    (void)hae_view_text_clean(shown, sizeof shown, text.data != NULL ? text.data : "", text.length);
    bool failed = text.failed;
    hae_buffer_done(&text);
    size_t length = strlen(shown);
    while (length > 0 && shown[length - 1] == ' ') {
        shown[--length] = '\0';
    }
    return failed ? NULL : strdup(shown);
}
