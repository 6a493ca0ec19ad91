/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications of alerts, as JSON. */
#ifndef HAETAE_VIEW_ALERT_MESSAGE_H
#define HAETAE_VIEW_ALERT_MESSAGE_H

#include "alert/alert.h"

/* The members of an alert for /api/alerts, webhooks and commands. */
void hae_view_alert_put(struct hae_json *json, const struct hae_view_alert *alert, bool silenced);

/* One event, for a webhook or a command. */
void hae_view_message_event(const struct hae_view_alert *alert, const char *page,
                            struct hae_buffer *out);

/* One element of the list that Alertmanager's API version 2 takes. Alertmanager resolves the alert
 * at `ends_ns`, unless it is sent again before. */
void hae_view_message_alertmanager(struct hae_json *json, const struct hae_view_alert *alert,
                                   const char *page, int64_t ends_ns);

#endif
