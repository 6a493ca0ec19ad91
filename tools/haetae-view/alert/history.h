/* SPDX-License-Identifier: Apache-2.0 */
/* When alerts fired and were resolved, of those that are still known. */
#ifndef HAETAE_VIEW_ALERT_HISTORY_H
#define HAETAE_VIEW_ALERT_HISTORY_H

#include "alert/alerts.h"

struct hae_view_alert_change {
    int64_t time_ns;
    char *text; /* a line for people; memory of a buffer */
};

struct hae_view_alert_history {
    struct hae_view_alert_change *items;
    size_t count;
};

/* Those from `from_ns` up to `to_ns`, in the order of time. Without alerts there are none. False:
 * out of memory. */
bool hae_view_alert_history_take(struct hae_view_alerts *alerts, int64_t from_ns, int64_t to_ns,
                                 struct hae_view_alert_history *ret_history);
void hae_view_alert_history_done(struct hae_view_alert_history *history);

#endif
