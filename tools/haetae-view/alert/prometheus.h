/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as rules of Prometheus, for sites that have it. docs/alerts.md describes how each is
 * translated. */
#ifndef HAETAE_VIEW_ALERT_PROMETHEUS_H
#define HAETAE_VIEW_ALERT_PROMETHEUS_H

#include "alert/rules.h"

/* Writes a file of rules in YAML. What has no equal there is a comment. */
void hae_view_rules_prometheus(const struct hae_view_rules *rules, struct hae_buffer *out);

#endif
