/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/promql.h"

#include <string.h>

/* What the spanmetrics connector of the OpenTelemetry Collector makes of spans. */
#define CALLS     "traces_span_metrics_calls_total"
#define DURATIONS "traces_span_metrics_duration_milliseconds_bucket"
#define ENTRIES   "span_kind=~\"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER\""

bool hae_view_promql_can(const struct hae_view_rule *rule)
{
    return rule->kind != HAE_VIEW_RULE_ERROR_GROUPS && rule->kind != HAE_VIEW_RULE_ANOMALY &&
           rule->log == NULL;
}

/* ---- Texts ----------------------------------------------------------------------------------- */

static void put_string(struct hae_buffer *out, const char *text)
{
    hae_buffer_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            hae_buffer_char(out, '\\');
        }
        hae_buffer_char(out, *text);
    }
    hae_buffer_char(out, '"');
}

/* A name as Prometheus has it: "http.route" is "http_route". */
static void put_name(struct hae_buffer *out, const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_';
        bool digit = *c >= '0' && *c <= '9';
        if (c == name && digit) {
            hae_buffer_char(out, '_');
        }
        hae_buffer_char(out, letter || digit ? *c : '_');
    }
}

void hae_view_promql_time(struct hae_buffer *out, int64_t ns)
{
    hae_buffer_format(out, "%lldms", (long long)(ns / 1000000));
}

static void put_range(struct hae_buffer *out, const struct hae_view_rule *rule)
{
    hae_buffer_char(out, '[');
    hae_view_promql_time(out, rule->window_ns);
    hae_buffer_char(out, ']');
}

/* ---- Requests ------------------------------------------------------------------------- */

static bool by_route(const struct hae_view_rule *rule)
{
    return rule->each_route || rule->route != NULL;
}

/* Which spans; with `more` another matcher. */
static void put_spans(struct hae_buffer *out, const struct hae_view_rule *rule, const char *metric,
                      const char *more)
{
    hae_buffer_format(out, "%s{" ENTRIES, metric);
    if (rule->service != NULL) {
        hae_buffer_text(out, ",service_name=");
        put_string(out, rule->service);
    }
    if (rule->route != NULL) {
        hae_buffer_text(out, ",span_name=");
        put_string(out, rule->route);
    }
    hae_buffer_format(out, "%s}", more);
    put_range(out, rule);
}

static void put_sum(struct hae_buffer *out, const struct hae_view_rule *rule, const char *function,
                    const char *more)
{
    hae_buffer_format(out, "sum by (service_name%s) (%s(", by_route(rule) ? ",span_name" : "",
                      function);
    put_spans(out, rule, CALLS, more);
    hae_buffer_text(out, "))");
}

static void put_requests(struct hae_buffer *out, const struct hae_view_rule *rule)
{
    if (rule->measure == HAE_VIEW_MEASURE_RATE) {
        put_sum(out, rule, "rate", "");
    } else if (rule->measure == HAE_VIEW_MEASURE_ERROR_SHARE) {
        put_sum(out, rule, "rate", ",status_code=\"STATUS_CODE_ERROR\"");
        hae_buffer_text(out, " / ");
        put_sum(out, rule, "rate", "");
    } else {
        hae_buffer_format(out, "histogram_quantile(%g, sum by (le,service_name%s) (rate(",
                          hae_view_measure_quantile(rule->measure),
                          by_route(rule) ? ",span_name" : "");
        put_spans(out, rule, DURATIONS, "");
        hae_buffer_text(out, "))) / 1000");
    }
}

/* ---- Metrics -------------------------------------------------------------------------- */

static void put_series(struct hae_buffer *out, const struct hae_view_rule *rule, const char *suffix)
{
    const char *comma = "";
    put_name(out, rule->metric);
    hae_buffer_format(out, "%s{", suffix);
    if (rule->service != NULL) {
        hae_buffer_text(out, "job=");
        put_string(out, rule->service);
        comma = ",";
    }
    for (size_t i = 0; i < rule->attributes.count; i++) {
        hae_buffer_text(out, comma);
        put_name(out, rule->attributes.items[i].name);
        hae_buffer_char(out, '=');
        put_string(out, rule->attributes.items[i].value);
        comma = ",";
    }
    hae_buffer_char(out, '}');
}

static void put_function(struct hae_buffer *out, const struct hae_view_rule *rule,
                         const char *function, const char *suffix)
{
    hae_buffer_text(out, function);
    put_series(out, rule, suffix);
    put_range(out, rule);
    hae_buffer_char(out, ')');
}

static void put_metric(struct hae_buffer *out, const struct hae_view_rule *rule)
{
    static const char *const across[] = {"", "sum by (job) (", "max by (job) (", "min by (job) (",
                                         "avg by (job) ("};
    hae_buffer_text(out, across[rule->across]);
    if (rule->measure == HAE_VIEW_MEASURE_LAST) {
        put_series(out, rule, "");
    } else if (hae_view_measure_is_quantile(rule->measure)) {
        hae_buffer_format(out, "histogram_quantile(%g, ", hae_view_measure_quantile(rule->measure));
        put_function(out, rule, "rate(", "_bucket");
        hae_buffer_char(out, ')');
    } else {
        put_function(out, rule, rule->measure == HAE_VIEW_MEASURE_RATE ? "rate(" : "increase(",
                     "_total");
    }
    hae_buffer_text(out, rule->across != HAE_VIEW_ACROSS_EACH ? ")" : "");
}

/* ---- All ------------------------------------------------------------------------------ */

static void put_compared(struct hae_buffer *out, const struct hae_view_rule *rule, double limit)
{
    hae_buffer_char(out, '(');
    if (rule->kind == HAE_VIEW_RULE_METRIC) {
        put_metric(out, rule);
    } else {
        put_requests(out, rule);
    }
    hae_buffer_format(out, ") %c %.15g", rule->below ? '<' : '>', limit);
}

/* One that fires goes on until the second threshold; Prometheus' series of alerts says whether it
 * does. */
static void put_hysteresis(struct hae_buffer *out, const struct hae_view_rule *rule)
{
    const char *labels = rule->kind == HAE_VIEW_RULE_METRIC
                             ? (rule->across == HAE_VIEW_ACROSS_EACH ? "job,instance" : "job")
                         : by_route(rule) ? "service_name,span_name"
                                          : "service_name";
    hae_buffer_text(out, " or (");
    put_compared(out, rule, rule->resolve);
    hae_buffer_format(out, " and on (%s) ALERTS{alertname=", labels);
    put_string(out, rule->name);
    hae_buffer_text(out, ",alertstate=\"firing\"})");
}

static void put_absence(struct hae_buffer *out, const struct hae_view_rule *rule)
{
    if (rule->metric != NULL) {
        put_function(out, rule, "absent_over_time(", "");
        return;
    }
    hae_buffer_text(out, "absent_over_time(");
    put_spans(out, rule, CALLS, "");
    hae_buffer_text(out, ") or ");
    put_sum(out, rule, "increase", "");
    hae_buffer_text(out, " == 0");
}

void hae_view_promql(const struct hae_view_rule *rule, struct hae_buffer *out)
{
    if (rule->kind == HAE_VIEW_RULE_ABSENCE) {
        put_absence(out, rule);
        return;
    }
    bool counts = rule->min_count > 0 && rule->kind != HAE_VIEW_RULE_METRIC;
    hae_buffer_text(out, counts ? "(" : "");
    put_compared(out, rule, rule->threshold);
    if (rule->resolve != rule->threshold) {
        put_hysteresis(out, rule);
    }
    if (counts) {
        hae_buffer_text(out, ") and ");
        put_sum(out, rule, "increase", "");
        hae_buffer_format(out, " >= %.15g", rule->min_count);
    }
}

void hae_view_logql(const struct hae_view_rule *rule, struct hae_buffer *out)
{
    hae_buffer_text(out, "absent_over_time({service_name");
    if (rule->service != NULL) {
        hae_buffer_char(out, '=');
        put_string(out, rule->service);
    } else {
        hae_buffer_text(out, "=~\".+\""); /* a selector must have one that is not empty */
    }
    hae_buffer_text(out, "} |= ");
    put_string(out, rule->log);
    hae_buffer_char(out, ' ');
    put_range(out, rule);
    hae_buffer_char(out, ')');
}
