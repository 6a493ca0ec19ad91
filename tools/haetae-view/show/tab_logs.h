/* SPDX-License-Identifier: Apache-2.0 */
/* The tab Logs. */
#ifndef HAETAE_VIEW_SHOW_TAB_LOGS_H
#define HAETAE_VIEW_SHOW_TAB_LOGS_H

#include "show/reading.h"

int hae_view_load_logs(struct hae_view_reading *reading);

#endif
