/* SPDX-License-Identifier: Apache-2.0 */
/* The alerts of all rules, and their states. An alert is pending while its condition holds, fires
 * when that has held for the rule's `for`, and is resolved when it has not held for
 * `keep_firing_for`. */
#ifndef HAETAE_VIEW_ALERT_STATES_H
#define HAETAE_VIEW_ALERT_STATES_H

#include "alert/alert.h"
#include "alert/samples.h"

#define HAE_VIEW_ALERTS_MAX          2000
#define HAE_VIEW_ALERTS_RESOLVED_MAX 500
#define HAE_VIEW_RESOLVED_KEPT_NS    (INT64_C(86400) * 1000000000)

struct hae_view_states {
    struct hae_view_alert **items; /* HAE_VIEW_ALERTS_MAX of them */
    size_t count;
    int64_t last_id;
    uint64_t left_out; /* since there were too many */
    bool removed;      /* some since they were kept */
};

/* False: out of memory. */
bool hae_view_states_init(struct hae_view_states *states);
void hae_view_states_done(struct hae_view_states *states);

/* Takes what a rule has measured at a time. False: out of memory; some alerts were left out. */
bool hae_view_states_apply(struct hae_view_states *states, const struct hae_view_rules *rules,
                           const struct hae_view_rule *rule, const struct hae_view_samples *samples,
                           int64_t now_ns);

/* Resolves the alerts of rules that have gone, and removes what was resolved long ago. */
void hae_view_states_tidy(struct hae_view_states *states, int64_t now_ns);

/* Adds one, which it takes over. False: there are too many; it was freed. */
bool hae_view_states_add(struct hae_view_states *states, struct hae_view_alert *alert);

#endif
