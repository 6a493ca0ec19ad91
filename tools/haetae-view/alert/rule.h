/* SPDX-License-Identifier: Apache-2.0 */
/* One rule of alerts: docs/alerts.md. */
#ifndef HAETAE_VIEW_ALERT_RULE_H
#define HAETAE_VIEW_ALERT_RULE_H

#include <stdint.h>

#include "alert/labels.h"

enum hae_view_rule_kind {
    HAE_VIEW_RULE_ERROR_RATE,
    HAE_VIEW_RULE_ERROR_GROUPS,
    HAE_VIEW_RULE_METRIC,
    HAE_VIEW_RULE_RED,
    HAE_VIEW_RULE_ABSENCE,
    HAE_VIEW_RULE_ANOMALY
};

/* What is measured: of requests the first five, of a metric all but the error share. */
enum hae_view_measure {
    HAE_VIEW_MEASURE_RATE,
    HAE_VIEW_MEASURE_ERROR_SHARE,
    HAE_VIEW_MEASURE_P50,
    HAE_VIEW_MEASURE_P90,
    HAE_VIEW_MEASURE_P99,
    HAE_VIEW_MEASURE_LAST,
    HAE_VIEW_MEASURE_SUM
};

/* What becomes of the series of a metric. */
enum hae_view_across {
    HAE_VIEW_ACROSS_EACH,
    HAE_VIEW_ACROSS_SUM,
    HAE_VIEW_ACROSS_MAX,
    HAE_VIEW_ACROSS_MIN,
    HAE_VIEW_ACROSS_MEAN
};

enum hae_view_direction { HAE_VIEW_BOTH_WAYS, HAE_VIEW_UP, HAE_VIEW_DOWN };

struct hae_view_rule {
    enum hae_view_rule_kind kind;
    unsigned line;
    char *name;
    char *service; /* NULL: each one */
    char *route;   /* NULL: the whole service, or each one */
    bool each_route;
    char *metric;
    char *log; /* a part of a log record's body, attributes or name of the event */
    struct hae_view_labels attributes; /* that the series of the metric must have */
    enum hae_view_measure measure;
    enum hae_view_across across;
    enum hae_view_direction direction;
    int64_t window_ns;
    double min_count; /* with fewer in the window nothing is known */
    bool below;       /* the alert is for values below the threshold, instead of above it */
    double threshold;
    double resolve; /* it is resolved at this value and beyond */
    int64_t for_ns;
    int64_t keep_firing_ns;
    char *severity;
    char *summary;
    struct hae_view_labels labels;
};

void hae_view_rule_done(struct hae_view_rule *rule);

/* The names that files of rules have for kinds and measures; each list ends with NULL. */
extern const char *const hae_view_rule_kind_names[];
extern const char *const hae_view_measure_names[];

/* Whether it is about durations, which are in seconds. */
bool hae_view_measure_is_quantile(enum hae_view_measure measure);
double hae_view_measure_quantile(enum hae_view_measure measure);

#endif
