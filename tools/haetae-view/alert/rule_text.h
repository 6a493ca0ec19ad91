/* SPDX-License-Identifier: Apache-2.0 */
/* A rule in one line for people: "error_share of shop above 0.05 in 300s for 60s". */
#ifndef HAETAE_VIEW_ALERT_RULE_TEXT_H
#define HAETAE_VIEW_ALERT_RULE_TEXT_H

#include "alert/rules.h"

void hae_view_rule_text(const struct hae_view_rule *rule, struct hae_buffer *out);

#endif
