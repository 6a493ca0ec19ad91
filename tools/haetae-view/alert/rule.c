/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/rule.h"

#include <stdlib.h>

const char *const hae_view_rule_kind_names[] = {"error_rate", "error_groups", "metric", "red",
                                                "absence",    "anomaly",      NULL};
const char *const hae_view_measure_names[] = {"rate", "error_share", "p50", "p90",
                                              "p99",  "last",        "sum", NULL};

bool hae_view_measure_is_quantile(enum hae_view_measure measure)
{
    return measure >= HAE_VIEW_MEASURE_P50 && measure <= HAE_VIEW_MEASURE_P99;
}

double hae_view_measure_quantile(enum hae_view_measure measure)
{
    return measure == HAE_VIEW_MEASURE_P50 ? 0.5 : measure == HAE_VIEW_MEASURE_P90 ? 0.9 : 0.99;
}

void hae_view_rule_done(struct hae_view_rule *rule)
{
    char *const texts[] = {rule->name, rule->service,  rule->route,  rule->metric,
                           rule->log,  rule->severity, rule->summary};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        free(texts[i]);
    }
    hae_view_labels_done(&rule->attributes);
    hae_view_labels_done(&rule->labels);
}
