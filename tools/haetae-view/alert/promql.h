/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule is about, in Prometheus' language of questions. */
#ifndef HAETAE_VIEW_ALERT_PROMQL_H
#define HAETAE_VIEW_ALERT_PROMQL_H

#include "alert/rules.h"

/* Whether Prometheus has something like it. */
bool hae_view_promql_can(const struct hae_view_rule *rule);

void hae_view_promql(const struct hae_view_rule *rule, struct hae_buffer *out);

/* What a rule about log records is in LogQL, the language of Loki. */
void hae_view_logql(const struct hae_view_rule *rule, struct hae_buffer *out);

/* A duration. */
void hae_view_promql_time(struct hae_buffer *out, int64_t ns);

#endif
