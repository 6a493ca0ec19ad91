/* SPDX-License-Identifier: Apache-2.0 */
/* Rules in PromQL, the query language of Prometheus. */
#ifndef HAETAE_VIEW_ALERT_PROMQL_H
#define HAETAE_VIEW_ALERT_PROMQL_H

#include "alert/rules.h"

/* Whether Prometheus has something like it. */
bool hae_view_promql_can(const struct hae_view_rule *rule);

void hae_view_promql(const struct hae_view_rule *rule, struct hae_buffer *out);

/* A rule about log records in LogQL, the query language of Loki. */
void hae_view_logql(const struct hae_view_rule *rule, struct hae_buffer *out);

/* A duration. */
void hae_view_promql_time(struct hae_buffer *out, int64_t ns);

#endif
