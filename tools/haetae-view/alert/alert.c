/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert.h"

#include <stdlib.h>
#include <string.h>

const char *hae_view_alert_state_name(enum hae_view_alert_state state)
{
    static const char *const names[] = {"pending", "firing", "resolved"};
    return names[state];
}

const char *hae_view_alert_label(const struct hae_view_alert *alert, const char *name)
{
    if (strcmp(name, "rule") == 0 || strcmp(name, "alertname") == 0) {
        return alert->rule_name;
    }
    if (strcmp(name, "severity") == 0) {
        return alert->severity;
    }
    return hae_view_labels_find(&alert->labels, name);
}

void hae_view_alert_free(struct hae_view_alert *alert)
{
    if (alert != NULL) {
        hae_view_labels_done(&alert->labels);
        free(alert->rule_name);
        free(alert->severity);
        free(alert->identity);
        free(alert->summary);
        free(alert);
    }
}
