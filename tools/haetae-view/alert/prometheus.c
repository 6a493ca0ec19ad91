/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/prometheus.h"

#include <stdio.h>
#include <string.h>

#include "alert/promql.h"

/* JSON's strings are scalars of YAML. */
static void put_scalar(struct hae_buffer *out, const char *text)
{
    struct hae_json json = HAE_JSON_INIT(out);
    hae_json_text(&json, NULL, text);
}

/* A label's name, as Prometheus has it. */
static void put_reference(struct hae_buffer *out, const struct hae_view_rule *rule,
                          const char *name)
{
    bool request = rule->kind != HAE_VIEW_RULE_METRIC && rule->metric == NULL;
    if (strcmp(name, "value") == 0) {
        hae_buffer_text(out, "{{ $value }}");
    } else if (strcmp(name, "rule") == 0 || strcmp(name, "alertname") == 0) {
        hae_buffer_text(out, rule->name);
    } else if (strcmp(name, "severity") == 0) {
        hae_buffer_text(out, rule->severity);
    } else if (strcmp(name, "service") == 0) {
        hae_buffer_format(out, "{{ $labels.%s }}", request ? "service_name" : "job");
    } else if (strcmp(name, "route") == 0 && request) {
        hae_buffer_text(out, "{{ $labels.span_name }}");
    } else {
        hae_buffer_format(out, "{{ $labels.%s }}", name);
    }
}

static void put_summary(struct hae_buffer *out, const struct hae_view_rule *rule)
{
    struct hae_buffer text = HAE_BUFFER_INIT;
    const char *at = rule->summary != NULL ? rule->summary : rule->name;
    const char *open;
    const char *close;
    while ((open = strstr(at, "{{")) != NULL && (close = strstr(open, "}}")) != NULL) {
        char name[HAE_VIEW_LABEL_NAME_MAX + 1];
        hae_buffer_add(&text, at, (size_t)(open - at));
        snprintf(name, sizeof name, "%.*s", (int)(close - open - 2), open + 2);
        put_reference(&text, rule, name);
        at = close + 2;
    }
    hae_buffer_text(&text, at);
    put_scalar(out, text.data != NULL ? text.data : "");
    out->failed |= text.failed;
    hae_buffer_done(&text);
}

static void put_label(struct hae_buffer *out, const char *name, const char *value)
{
    hae_buffer_format(out, "          %s: ", name);
    put_scalar(out, value);
    hae_buffer_char(out, '\n');
}

static void put_labels(struct hae_buffer *out, const struct hae_view_rules *rules,
                       const struct hae_view_rule *rule)
{
    const struct hae_view_labels *const lists[] = {&rules->labels, &rule->labels};
    hae_buffer_text(out, "        labels:\n");
    put_label(out, "severity", rule->severity);
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < lists[i]->count; j++) {
            const struct hae_view_label *label = &lists[i]->items[j];
            bool again = i == 0 && hae_view_labels_find(&rule->labels, label->name) != NULL;
            if (!again && strcmp(label->name, "severity") != 0) {
                put_label(out, label->name, label->value);
            }
        }
    }
}

static void put_time(struct hae_buffer *out, const char *key, int64_t ns)
{
    if (ns > 0) {
        hae_buffer_format(out, "        %s: ", key);
        hae_view_promql_time(out, ns);
        hae_buffer_char(out, '\n');
    }
}

static void put_rule(struct hae_buffer *out, const struct hae_view_rules *rules,
                     const struct hae_view_rule *rule)
{
    struct hae_buffer expression = HAE_BUFFER_INIT;
    hae_view_promql(rule, &expression);
    hae_buffer_text(out, "      - alert: ");
    put_scalar(out, rule->name);
    hae_buffer_text(out, "\n        expr: ");
    put_scalar(out, expression.data != NULL ? expression.data : "");
    hae_buffer_char(out, '\n');
    out->failed |= expression.failed;
    hae_buffer_done(&expression);
    put_time(out, "for", rule->for_ns);
    put_time(out, "keep_firing_for", rule->keep_firing_ns);
    put_labels(out, rules, rule);
    hae_buffer_text(out, "        annotations:\n          summary: ");
    put_summary(out, rule);
    hae_buffer_char(out, '\n');
}

void hae_view_rules_prometheus(const struct hae_view_rules *rules, struct hae_buffer *out)
{
    size_t count = 0;
    hae_buffer_text(out,
                    "# Made by haetae-view. Requests are those that the Collector's spanmetrics "
                    "connector counts.\n");
    for (size_t i = 0; i < rules->count; i++) {
        const struct hae_view_rule *rule = &rules->items[i];
        if (rule->log != NULL) {
            hae_buffer_format(out, "# Left out, since Prometheus has no log records: %s\n",
                              rule->name);
            hae_buffer_text(out, "#   In LogQL, of bodies of log records: ");
            hae_view_logql(rule, out);
            hae_buffer_char(out, '\n');
        } else if (!hae_view_promql_can(rule)) {
            hae_buffer_format(out, "# Left out, since Prometheus has nothing like %s: %s\n",
                              hae_view_rule_kind_names[rule->kind], rule->name);
        }
    }
    hae_buffer_text(out, "groups:\n  - name: haetae\n    interval: ");
    hae_view_promql_time(out, rules->every_ns);
    hae_buffer_text(out, "\n    rules:");
    for (size_t i = 0; i < rules->count; i++) {
        if (hae_view_promql_can(&rules->items[i])) {
            hae_buffer_text(out, count++ == 0 ? "\n" : "");
            put_rule(out, rules, &rules->items[i]);
        }
    }
    hae_buffer_text(out, count == 0 ? " []\n" : "");
}
