/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/expectation.h"

#include <stdio.h>
#include <string.h>

#define BLANK " \t\r\n"

#define ORIGIN                                                                                     \
    "r.service AS service, r.instance AS instance, r.version AS version, c.name AS scope,"         \
    " r.attributes AS resource_attributes"
#define ORIGIN_OF(table)                                                                           \
    " CROSS JOIN resource r ON r.id = " table ".resource"                                          \
    " CROSS JOIN scope c ON c.id = " table ".scope"
#define IDS(table)                                                                                 \
    "nullif(lower(hex(" table ".trace_id)), '') AS trace_id,"                                      \
    " nullif(lower(hex(" table ".span_id)), '') AS span_id"

static const struct hae_view_relation {
    const char *name;
    const char *select;
    const char *groups; /* four columns, which a summary shows of equal ones */
} relations[] = {
    {"spans",
     "SELECT " ORIGIN ", coalesce(s.name, o.name) AS name,"
     " CASE o.kind WHEN 1 THEN 'internal' WHEN 2 THEN 'server' WHEN 3 THEN 'client'"
     "  WHEN 4 THEN 'producer' WHEN 5 THEN 'consumer' ELSE 'unspecified' END AS kind,"
     " CASE s.status WHEN 1 THEN 'ok' WHEN 2 THEN 'error' ELSE 'unset' END AS status,"
     " s.message AS message, s.entry AS entry, s.start_ns AS start_ns,"
     " s.duration_ns AS duration_ns, s.duration_ns / 1e6 AS duration_ms, " IDS(
         "s") ","
              " nullif(lower(hex(s.parent_id)), '') AS parent_id, s.trace_state AS trace_state,"
              " coalesce(s.attributes, '{}') AS attributes"
              " FROM span s CROSS JOIN op o ON o.id = s.op" ORIGIN_OF("s"),
     "service, name, kind, status"},
    {"logs",
     "SELECT " ORIGIN ", l.time_ns AS time_ns, l.severity AS severity,"
     " CASE WHEN l.severity BETWEEN 1 AND 4 THEN 'trace' WHEN l.severity BETWEEN 5 AND 8 THEN"
     "  'debug' WHEN l.severity BETWEEN 9 AND 12 THEN 'info' WHEN l.severity BETWEEN 13 AND 16"
     "  THEN 'warn' WHEN l.severity BETWEEN 17 AND 20 THEN 'error' WHEN l.severity BETWEEN 21 AND"
     "  24 THEN 'fatal' ELSE 'unspecified' END AS level,"
     " l.body AS body, l.event_name AS event_name, " IDS(
         "l") ","
              " coalesce(l.attributes, '{}') AS attributes FROM log l" ORIGIN_OF("l"),
     "service, level, event_name, substr(body, 1, 80) AS body"},
    {"points",
     "SELECT " ORIGIN ", m.name AS name, m.unit AS unit,"
     " CASE m.kind WHEN 0 THEN 'gauge' WHEN 1 THEN 'up_down_counter' WHEN 2 THEN 'counter'"
     "  WHEN 3 THEN 'histogram' WHEN 4 THEN 'exponential_histogram' ELSE 'summary' END AS kind,"
     " CASE m.temporality WHEN 1 THEN 'delta' WHEN 2 THEN 'cumulative' ELSE 'unspecified' END"
     "  AS temporality, p.time_ns AS time_ns, coalesce(p.integer, p.value) AS value,"
     " CASE WHEN p.count < 0 THEN p.count + 18446744073709551616.0 ELSE p.count END AS count,"
     " p.sum AS sum, p.min AS min, p.max AS max, p.p50 AS p50, p.p99 AS p99,"
     " coalesce(t.attributes, '{}') AS attributes"
     " FROM point p CROSS JOIN series t ON t.id = p.series CROSS JOIN metric m ON m.id = t.metric"
     " CROSS JOIN resource r ON r.id = t.resource CROSS JOIN scope c ON c.id = m.scope",
     "service, name, kind, unit"},
};

/* The end of what begins with a quote; NULL: it has none. Two quotes inside stand for one. */
static const char *quoted_end(const char *at)
{
    char quote = *at == '[' ? ']' : *at;
    return strchr(at + 1, quote);
}

/* What could make a condition more than one; NULL: nothing. */
static const char *find_fault(const char *condition)
{
    long depth = 0;
    for (const char *at = condition; *at != '\0'; at++) {
        if (strchr("'\"`[", *at) != NULL) {
            at = quoted_end(at);
            if (at == NULL) {
                return "a quote is not closed";
            }
        } else if (*at == '(') {
            depth++;
        } else if (*at == ')' && --depth < 0) {
            return "a parenthesis is closed that was not opened";
        } else if (*at == ';') {
            return "a semicolon has no place in it";
        } else if (strncmp(at, "--", 2) == 0 || strncmp(at, "/*", 2) == 0) {
            return "a comment has no place in it";
        }
    }
    return depth > 0 ? "a parenthesis is not closed" : NULL;
}

static const struct hae_view_relation *find_relation(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++) {
        if (strlen(relations[i].name) == length && memcmp(relations[i].name, word, length) == 0) {
            return &relations[i];
        }
    }
    return NULL;
}

bool hae_view_expectation_read(const char *text, struct hae_view_expectation *ret_expectation,
                               char *problem, size_t problem_size)
{
    const char *word = text + strspn(text, BLANK);
    size_t length = strcspn(word, BLANK);
    struct hae_view_expectation expectation = {find_relation(word, length), NULL};
    const char *rest = word + length + strspn(word + length, BLANK);
    bool where =
        strncmp(rest, "where", 5) == 0 && rest[5] != '\0' && strchr(BLANK "(", rest[5]) != NULL;
    if (where) {
        expectation.condition = rest + 5 + strspn(rest + 5, BLANK);
    }
    if (expectation.relation == NULL || (rest[0] != '\0' && !where) ||
        (where && expectation.condition[0] == '\0')) {
        snprintf(problem, problem_size,
                 "--expect '%.100s': expected spans, logs or points, and perhaps: where CONDITION",
                 text);
        return false;
    }
    const char *fault = where ? find_fault(expectation.condition) : NULL;
    if (fault != NULL) {
        snprintf(problem, problem_size, "--expect '%.100s': %s", text, fault);
        return false;
    }
    *ret_expectation = expectation;
    return true;
}

const char *hae_view_expectation_name(const struct hae_view_expectation *expectation)
{
    return expectation->relation->name;
}

void hae_view_expectation_count(const struct hae_view_expectation *expectation,
                                struct hae_buffer *out)
{
    const char *condition = expectation->condition != NULL ? expectation->condition : "1";
    hae_buffer_format(out, "SELECT count(*) AS count FROM (%s) AS %s WHERE (%s)",
                      expectation->relation->select, expectation->relation->name, condition);
}

void hae_view_expectation_summary(const struct hae_view_expectation *expectation,
                                  struct hae_buffer *out)
{
    hae_buffer_format(out, "SELECT count(*) AS count, %s FROM (%s) GROUP BY 2, 3, 4, 5",
                      expectation->relation->groups, expectation->relation->select);
    hae_buffer_text(out, " ORDER BY 1 DESC LIMIT 20");
}
