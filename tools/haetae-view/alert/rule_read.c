/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/rule_read.h"

#include <string.h>

#include "util/time_text.h"

#define SECOND_NS         INT64_C(1000000000)
#define DAY_NS            (86400 * SECOND_NS)
#define NAME_MAX_BYTES    128
#define SUMMARY_MAX_BYTES 1000

static const char *const request_measures[] = {"rate", "error_share", "p50", "p90", "p99", NULL};
static const char *const acrosses[] = {"each", "sum", "max", "min", "mean", NULL};
static const char *const directions[] = {"both", "up", "down", NULL};
static const char *const severities[] = {"info", "warning", "error", "critical", NULL};
static const char *const bys[] = {"service", "route", NULL};

/* A number; of durations of requests also a time, "250ms", which becomes seconds. */
static bool read_threshold(struct hae_view_reader *reader, struct hae_view_node *map,
                           const char *key, const struct hae_view_rule *rule, double *ret_value)
{
    const struct hae_view_node *node = hae_view_node_find(map, key);
    int64_t ns;
    bool durations = hae_view_measure_is_quantile(rule->measure) &&
                     rule->kind != HAE_VIEW_RULE_METRIC && rule->kind != HAE_VIEW_RULE_ANOMALY;
    if (durations && node != NULL && node->type == HAE_VIEW_NODE_TEXT &&
        hae_view_read_time(node->text, &ns)) {
        return hae_view_key_time(reader, map, key, 0, INT64_MAX, &ns) &&
               ((void)(*ret_value = (double)ns / 1e9), true);
    }
    bool share =
        rule->kind != HAE_VIEW_RULE_METRIC && rule->measure == HAE_VIEW_MEASURE_ERROR_SHARE;
    return hae_view_key_number(reader, map, key, share ? 0 : -1e18, share ? 1 : 1e18, ret_value);
}

static void read_thresholds(struct hae_view_reader *reader, struct hae_view_node *map,
                            struct hae_view_rule *rule)
{
    double below = 0;
    bool has_above = read_threshold(reader, map, "above", rule, &rule->threshold);
    bool has_below = read_threshold(reader, map, "below", rule, &below);
    const struct hae_view_node *above_node = hae_view_node_find(map, "above");
    const struct hae_view_node *below_node = hae_view_node_find(map, "below");
    if ((above_node == NULL) == (below_node == NULL)) {
        hae_view_note_problem(reader, map->place, "either above or below is expected");
        return;
    }
    if (has_below) {
        rule->below = true;
        rule->threshold = below;
    }
    rule->resolve = rule->threshold;
    if (!read_threshold(reader, map, "resolve", rule, &rule->resolve) ||
        !(has_above || has_below)) {
        return;
    }
    if (rule->below ? rule->resolve < rule->threshold : rule->resolve > rule->threshold) {
        hae_view_node_expect(reader, hae_view_node_find(map, "resolve"),
                             rule->below ? "a number not under below" : "a number not over above");
    }
}

static void read_scope(struct hae_view_reader *reader, struct hae_view_node *map,
                       struct hae_view_rule *rule)
{
    int by = 0;
    (void)hae_view_key_text(reader, map, "service", NAME_MAX_BYTES * 2, &rule->service);
    (void)hae_view_key_text(reader, map, "route", NAME_MAX_BYTES * 4, &rule->route);
    (void)hae_view_key_choice(reader, map, "by", bys, &by);
    rule->each_route = by == 1;
}

static void read_window(struct hae_view_reader *reader, struct hae_view_node *map,
                        struct hae_view_rule *rule, int64_t min_ns)
{
    rule->window_ns = 300 * SECOND_NS;
    (void)hae_view_key_time(reader, map, "window", min_ns, 7 * DAY_NS, &rule->window_ns);
    (void)hae_view_key_number(reader, map, "min_count", 0, 1e15, &rule->min_count);
}

static void need(struct hae_view_reader *reader, const struct hae_view_node *map, const char *key)
{
    if (hae_view_node_find(map, key) == NULL) {
        hae_view_note_problem(reader, map->place, "%s is missing", key);
    }
}

static void read_metric(struct hae_view_reader *reader, struct hae_view_node *map,
                        struct hae_view_rule *rule)
{
    int measure = HAE_VIEW_MEASURE_LAST;
    int across = 0;
    need(reader, map, "metric");
    (void)hae_view_key_text(reader, map, "metric", NAME_MAX_BYTES * 2, &rule->metric);
    (void)hae_view_key_text(reader, map, "service", NAME_MAX_BYTES * 2, &rule->service);
    (void)hae_view_key_labels(reader, map, "attributes", false, &rule->attributes);
    if (hae_view_key_choice(reader, map, "function", hae_view_measure_names, &measure) &&
        measure == HAE_VIEW_MEASURE_ERROR_SHARE) {
        hae_view_node_expect(reader, hae_view_node_find(map, "function"),
                             "last, rate, sum, p50, p90 or p99");
    }
    (void)hae_view_key_choice(reader, map, "across", acrosses, &across);
    rule->measure = (enum hae_view_measure)measure;
    rule->across = (enum hae_view_across)across;
    if (hae_view_measure_is_quantile(rule->measure) && rule->across == HAE_VIEW_ACROSS_SUM) {
        hae_view_node_expect(reader, hae_view_node_find(map, "across"),
                             "each, max, min or mean, with a percentile,");
    }
    read_window(reader, map, rule, SECOND_NS);
    read_thresholds(reader, map, rule);
}

static void read_anomaly(struct hae_view_reader *reader, struct hae_view_node *map,
                         struct hae_view_rule *rule)
{
    int measure = HAE_VIEW_MEASURE_RATE;
    int direction = 0;
    read_scope(reader, map, rule);
    read_window(reader, map, rule, 60 * SECOND_NS);
    if (rule->window_ns > 3600 * SECOND_NS) {
        hae_view_node_expect(reader, hae_view_node_find(map, "window"), "a time of at most 1h");
    }
    (void)hae_view_key_choice(reader, map, "measure", request_measures, &measure);
    (void)hae_view_key_choice(reader, map, "direction", directions, &direction);
    rule->measure = (enum hae_view_measure)measure;
    rule->direction = (enum hae_view_direction)direction;
    rule->threshold = 4;
    (void)hae_view_key_number(reader, map, "factor", 1, 1000, &rule->threshold);
    rule->resolve = rule->threshold;
    if (hae_view_key_number(reader, map, "resolve", 0, 1000, &rule->resolve) &&
        rule->resolve > rule->threshold) {
        hae_view_node_expect(reader, hae_view_node_find(map, "resolve"),
                             "a number not over factor");
    }
}

static void read_absence(struct hae_view_reader *reader, struct hae_view_node *map,
                         struct hae_view_rule *rule)
{
    (void)hae_view_key_text(reader, map, "service", NAME_MAX_BYTES * 2, &rule->service);
    (void)hae_view_key_text(reader, map, "metric", NAME_MAX_BYTES * 2, &rule->metric);
    (void)hae_view_key_text(reader, map, "log", NAME_MAX_BYTES * 2, &rule->log);
    rule->window_ns = 300 * SECOND_NS;
    (void)hae_view_key_time(reader, map, "window", SECOND_NS, 7 * DAY_NS, &rule->window_ns);
    if (rule->service == NULL && rule->metric == NULL && rule->log == NULL &&
        reader->problem_count == 0) {
        hae_view_note_problem(reader, map->place, "service, metric or log is missing");
    }
    if (rule->metric != NULL && rule->log != NULL) {
        hae_view_note_problem(reader, map->place, "either metric or log is expected");
    }
    rule->threshold = (double)rule->window_ns / 1e9;
    rule->resolve = rule->threshold;
}

static void read_kind(struct hae_view_reader *reader, struct hae_view_node *map,
                      struct hae_view_rule *rule)
{
    int measure = HAE_VIEW_MEASURE_RATE;
    switch (rule->kind) {
    case HAE_VIEW_RULE_ERROR_RATE:
        rule->measure = HAE_VIEW_MEASURE_ERROR_SHARE;
        read_scope(reader, map, rule);
        read_window(reader, map, rule, 10 * SECOND_NS);
        read_thresholds(reader, map, rule);
        break;
    case HAE_VIEW_RULE_RED:
        need(reader, map, "measure");
        (void)hae_view_key_choice(reader, map, "measure", request_measures, &measure);
        rule->measure = (enum hae_view_measure)measure;
        read_scope(reader, map, rule);
        read_window(reader, map, rule, 10 * SECOND_NS);
        read_thresholds(reader, map, rule);
        break;
    case HAE_VIEW_RULE_ERROR_GROUPS:
        (void)hae_view_key_text(reader, map, "service", NAME_MAX_BYTES * 2, &rule->service);
        read_window(reader, map, rule, SECOND_NS);
        break;
    case HAE_VIEW_RULE_METRIC:
        read_metric(reader, map, rule);
        break;
    case HAE_VIEW_RULE_ABSENCE:
        read_absence(reader, map, rule);
        break;
    case HAE_VIEW_RULE_ANOMALY:
        read_anomaly(reader, map, rule);
        break;
    }
}

/* Only {{value}} and {{label}} stand for something. */
static void check_summary(struct hae_view_reader *reader, const struct hae_view_node *node)
{
    for (const char *at = node->text; (at = strstr(at, "{{")) != NULL; at += 2) {
        const char *end = strstr(at, "}}");
        char name[HAE_VIEW_LABEL_NAME_MAX + 1];
        size_t length = end != NULL ? (size_t)(end - at) - 2 : sizeof name;
        if (length < sizeof name) {
            memcpy(name, at + 2, length);
            name[length] = '\0';
        }
        if (length >= sizeof name || !hae_view_label_name_is_good(name)) {
            hae_view_node_expect(reader, node, "a text in which {{value}} or {{name of a label}}");
            return;
        }
    }
}

void hae_view_rule_read(struct hae_view_reader *reader, struct hae_view_node *map,
                        struct hae_view_rule *rule)
{
    int kind = 0;
    int severity = 1;
    rule->line = map->place.line;
    need(reader, map, "name");
    need(reader, map, "kind");
    (void)hae_view_key_text(reader, map, "name", NAME_MAX_BYTES, &rule->name);
    bool known = hae_view_key_choice(reader, map, "kind", hae_view_rule_kind_names, &kind);
    (void)hae_view_key_time(reader, map, "for", 0, 7 * DAY_NS, &rule->for_ns);
    (void)hae_view_key_time(reader, map, "keep_firing_for", 0, 7 * DAY_NS, &rule->keep_firing_ns);
    (void)hae_view_key_choice(reader, map, "severity", severities, &severity);
    (void)hae_view_key_labels(reader, map, "labels", true, &rule->labels);
    if (hae_view_key_text(reader, map, "summary", SUMMARY_MAX_BYTES, &rule->summary)) {
        check_summary(reader, hae_view_node_find(map, "summary"));
    }
    rule->severity = strdup(severities[severity]);
    reader->no_memory |= rule->severity == NULL;
    if (known) {
        rule->kind = (enum hae_view_rule_kind)kind;
        read_kind(reader, map, rule);
        hae_view_keys_end(reader, map);
    }
}
