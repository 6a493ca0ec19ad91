/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alert/keys.h"
#include "alert/yaml.h"

#define SECOND_NS         INT64_C(1000000000)
#define DAY_NS            (86400 * SECOND_NS)
#define NAME_MAX_BYTES    128
#define SUMMARY_MAX_BYTES 1000

static const char *const kinds[] = {"error_rate", "error_groups", "metric", "red",
                                    "absence",    "anomaly",      NULL};
static const char *const measures[] = {"rate", "error_share", "p50", "p90",
                                       "p99",  "last",        "sum", NULL};
static const char *const request_measures[] = {"rate", "error_share", "p50", "p90", "p99", NULL};
static const char *const acrosses[] = {"each", "sum", "max", "min", "mean", NULL};
static const char *const directions[] = {"both", "up", "down", NULL};
static const char *const severities[] = {"info", "warning", "error", "critical", NULL};
static const char *const bys[] = {"service", "route", NULL};

const char *hae_view_rule_kind_name(enum hae_view_rule_kind kind)
{
    return kinds[kind];
}

const char *hae_view_measure_name(enum hae_view_measure measure)
{
    return measures[measure];
}

bool hae_view_measure_is_quantile(enum hae_view_measure measure)
{
    return measure >= HAE_VIEW_MEASURE_P50 && measure <= HAE_VIEW_MEASURE_P99;
}

double hae_view_measure_quantile(enum hae_view_measure measure)
{
    return measure == HAE_VIEW_MEASURE_P50 ? 0.5 : measure == HAE_VIEW_MEASURE_P90 ? 0.9 : 0.99;
}

/* ---- One rule ------------------------------------------------------------------------------ */

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
    if (hae_view_key_choice(reader, map, "function", measures, &measure) &&
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

static void read_rule(struct hae_view_reader *reader, struct hae_view_node *map,
                      struct hae_view_rule *rule)
{
    int kind = 0;
    int severity = 1;
    rule->line = map->place.line;
    need(reader, map, "name");
    need(reader, map, "kind");
    (void)hae_view_key_text(reader, map, "name", NAME_MAX_BYTES, &rule->name);
    bool known = hae_view_key_choice(reader, map, "kind", kinds, &kind);
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

/* ---- The file ------------------------------------------------------------------------------ */

static void check_names(struct hae_view_reader *reader, const struct hae_view_rules *rules,
                        const struct hae_view_node *list)
{
    const struct hae_view_node *node = list->first;
    for (size_t i = 0; i < rules->count; i++, node = node->next) {
        for (size_t j = 0; j < i && rules->items[i].name != NULL; j++) {
            if (rules->items[j].name != NULL &&
                strcmp(rules->items[i].name, rules->items[j].name) == 0) {
                hae_view_note_problem(reader, node->place,
                                      "name: '%.80s': the rule in line %u has this name",
                                      rules->items[i].name, rules->items[j].line);
            }
        }
    }
}

static void read_rules(struct hae_view_reader *reader, struct hae_view_node *root,
                       struct hae_view_rules *rules)
{
    struct hae_view_node *list = hae_view_key_node(reader, root, "rules", HAE_VIEW_NODE_LIST);
    if (list == NULL || list->count == 0) {
        hae_view_note_problem(reader, list != NULL ? list->place : root->place,
                              "rules: a list with at least one rule is expected");
        return;
    }
    if (list->count > HAE_VIEW_RULES_MAX) {
        hae_view_note_problem(reader, list->place, "rules: there are more than %d",
                              HAE_VIEW_RULES_MAX);
        return;
    }
    rules->items = calloc(list->count, sizeof *rules->items);
    if (rules->items == NULL) {
        reader->no_memory = true;
        return;
    }
    for (struct hae_view_node *node = list->first; node != NULL; node = node->next) {
        struct hae_view_rule *rule = &rules->items[rules->count++];
        if (node->type != HAE_VIEW_NODE_MAP) {
            hae_view_node_expect(reader, node, "a map with name, kind and more");
            continue;
        }
        read_rule(reader, node, rule);
    }
    check_names(reader, rules, list);
}

static void read_root(struct hae_view_reader *reader, struct hae_view_node *root,
                      struct hae_view_rules *rules)
{
    rules->every_ns = 15 * SECOND_NS;
    (void)hae_view_key_time(reader, root, "every", SECOND_NS, 3600 * SECOND_NS, &rules->every_ns);
    (void)hae_view_key_labels(reader, root, "labels", true, &rules->labels);
    hae_view_targets_read(reader, root, &rules->targets);
    read_rules(reader, root, rules);
    hae_view_keys_end(reader, root);
}

struct hae_view_rules *hae_view_rules_read(const char *text, size_t length, const char *name,
                                           struct hae_buffer *problems)
{
    struct hae_view_reader reader = {.name = name, .problems = problems};
    struct hae_view_node *root = hae_view_yaml_read(text, length, name, problems);
    if (root == NULL) {
        return NULL;
    }
    struct hae_view_rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL) {
        reader.no_memory = true;
    } else if (root->type != HAE_VIEW_NODE_MAP) {
        hae_view_note_problem(&reader, root->place, "a map with rules is expected");
    } else {
        read_root(&reader, root, rules);
    }
    hae_view_node_free(root);
    if (reader.no_memory) {
        hae_view_note_problem(&reader, (struct hae_view_place){0, 0}, "out of memory");
    }
    if (reader.problem_count > HAE_VIEW_PROBLEMS_MAX) {
        hae_buffer_format(problems, "%s: and %u problems more\n", name,
                          reader.problem_count - HAE_VIEW_PROBLEMS_MAX);
    }
    if (reader.problem_count > 0) {
        hae_view_rules_free(rules);
        return NULL;
    }
    return rules;
}

/* Up to one byte more than there may be. */
static bool read_file(const char *path, struct hae_buffer *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    char piece[8192];
    ssize_t size;
    while ((size = read(fd, piece, sizeof piece)) > 0 && text->length <= HAE_VIEW_YAML_BYTES_MAX) {
        hae_buffer_add(text, piece, (size_t)size);
    }
    int saved = errno;
    close(fd);
    errno = text->failed ? ENOMEM : saved;
    return size >= 0 && !text->failed;
}

struct hae_view_rules *hae_view_rules_load(const char *path, struct hae_buffer *problems)
{
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_view_rules *rules = NULL;
    if (read_file(path, &text)) {
        rules = hae_view_rules_read(text.length > 0 ? text.data : "", text.length, path, problems);
    } else {
        hae_view_problem_at(problems, path, (struct hae_view_place){0, 0}, "cannot be read: %s",
                            strerror(errno));
    }
    hae_buffer_done(&text);
    return rules;
}

void hae_view_rules_free(struct hae_view_rules *rules)
{
    if (rules == NULL) {
        return;
    }
    for (size_t i = 0; i < rules->count; i++) {
        struct hae_view_rule *rule = &rules->items[i];
        char *const texts[] = {rule->name, rule->service,  rule->route,  rule->metric,
                               rule->log,  rule->severity, rule->summary};
        for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++) {
            free(texts[j]);
        }
        hae_view_labels_done(&rule->attributes);
        hae_view_labels_done(&rule->labels);
    }
    free(rules->items);
    hae_view_labels_done(&rules->labels);
    hae_view_targets_done(&rules->targets);
    free(rules);
}
