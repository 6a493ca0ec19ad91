/* SPDX-License-Identifier: Apache-2.0 */
/* The tab Alerts; and the list of alerts that fire, for other tabs. */
#ifndef HAETAE_VIEW_SHOW_TAB_ALERTS_H
#define HAETAE_VIEW_SHOW_TAB_ALERTS_H

#include "show/reading.h"

int hae_view_load_alerts(struct hae_view_reading *reading);

#define HAE_VIEW_ALERT_COLUMNS 5
extern const struct hae_view_column hae_view_alert_columns[HAE_VIEW_ALERT_COLUMNS];
void hae_view_list_firing(struct hae_view_reading *reading, struct hae_view_list *list);

#endif
