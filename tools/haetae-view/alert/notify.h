/* SPDX-License-Identifier: Apache-2.0 */
/* Sends notifications of alerts to Alertmanager, a webhook or a command. Each target has a thread,
 * so that one that hangs delays no other. Which notifications are still due is noted in the alerts
 * themselves (`notified`), so that it is bounded and kept as they are. */
#ifndef HAETAE_VIEW_ALERT_NOTIFY_H
#define HAETAE_VIEW_ALERT_NOTIFY_H

#include "alert/board.h"

struct hae_view_notifier;

/* Starts the threads. NULL: it writes one line to `problem`. The board and the targets must outlive
 * it. `page` is a URL where people see more. */
struct hae_view_notifier *hae_view_notifier_start(struct hae_view_board *board,
                                                  const struct hae_view_targets *targets,
                                                  const char *page, char *problem,
                                                  size_t problem_size);

/* Called when the board is stopping. */
void hae_view_notifier_stop(struct hae_view_notifier *notifier);

/* The member "notify". The caller has the board's lock. */
void hae_view_notifier_put(struct hae_view_notifier *notifier, struct hae_json *json);

#endif
