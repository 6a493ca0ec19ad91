/* SPDX-License-Identifier: Apache-2.0 */
/* One alert. */
#ifndef HAETAE_VIEW_ALERT_ALERT_H
#define HAETAE_VIEW_ALERT_ALERT_H

#include <stdint.h>

#include "alert/labels.h"
#include "alert/rules.h"

enum hae_view_alert_state { HAE_VIEW_PENDING, HAE_VIEW_FIRING, HAE_VIEW_RESOLVED };

struct hae_view_alert {
    int64_t id;
    const struct hae_view_rule *rule; /* NULL: its rule has gone */
    char *rule_name;
    char *severity;
    char *identity; /* in what it differs from others of its rule */
    char *summary;
    struct hae_view_labels labels;
    enum hae_view_alert_state state;
    double value;
    int64_t since_ns; /* the condition holds */
    int64_t fired_ns; /* 0: it has not fired */
    int64_t resolved_ns;
    int64_t held_ns;   /* the condition held last */
    unsigned notified; /* that it fires, and that it is resolved: two bits for each target of
                          alert/notify.h */
    bool changed;      /* since it was kept */
    bool seen;         /* in this evaluation */
};

void hae_view_alert_free(struct hae_view_alert *alert);

const char *hae_view_alert_state_name(enum hae_view_alert_state state);

/* A label of an alert, and its rule and severity, which are as good as labels. NULL: none. */
const char *hae_view_alert_label(const struct hae_view_alert *alert, const char *name);

#endif
