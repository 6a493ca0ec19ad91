/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/rule_text.h"

static void put_absence(const struct hae_view_rule *rule, struct hae_buffer *out)
{
    const char *what = rule->log != NULL ? rule->log : rule->metric;
    const char *before = rule->log != NULL ? "no log record with \"" : "nothing of ";
    hae_buffer_format(out, "%s%s%s", before, what != NULL ? what : "",
                      rule->log != NULL ? "\"" : "");
    if (rule->service != NULL) {
        hae_buffer_format(out, "%s%s", what != NULL ? " of " : "", rule->service);
    }
}

void hae_view_rule_text(const struct hae_view_rule *rule, struct hae_buffer *out)
{
    const char *of = rule->service != NULL ? rule->service : "each service";
    const char *unit = "";
    switch (rule->kind) {
    case HAE_VIEW_RULE_ERROR_GROUPS:
        hae_buffer_format(out, "new errors of %s", of);
        break;
    case HAE_VIEW_RULE_ABSENCE:
        put_absence(rule, out);
        break;
    case HAE_VIEW_RULE_METRIC:
        hae_buffer_format(out, "%s of %s of %s", hae_view_measure_names[rule->measure],
                          rule->metric, of);
        break;
    default:
        hae_buffer_format(out, "%s of %s%s%s%s", hae_view_measure_names[rule->measure], of,
                          rule->route != NULL ? " " : "", rule->route != NULL ? rule->route : "",
                          rule->each_route ? " by route" : "");
        unit = hae_view_measure_is_quantile(rule->measure) ? "s" : "";
    }
    if (rule->kind == HAE_VIEW_RULE_ANOMALY) {
        hae_buffer_format(out, " %g times its usual spread away", rule->threshold);
    } else if (rule->kind != HAE_VIEW_RULE_ABSENCE && rule->kind != HAE_VIEW_RULE_ERROR_GROUPS) {
        hae_buffer_format(out, " %s %g%s", rule->below ? "below" : "above", rule->threshold, unit);
    }
    hae_buffer_format(out, " in %gs", (double)rule->window_ns / 1e9);
    if (rule->for_ns > 0) {
        hae_buffer_format(out, " for %gs", (double)rule->for_ns / 1e9);
    }
}
