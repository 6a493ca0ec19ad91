/* SPDX-License-Identifier: Apache-2.0 */
/* The span, log record or alert that was opened. */
#ifndef HAETAE_VIEW_SHOW_OPEN_DETAILS_H
#define HAETAE_VIEW_SHOW_OPEN_DETAILS_H

#include "show/reading.h"

int hae_view_load_span(struct hae_view_reading *reading);
int hae_view_load_log(struct hae_view_reading *reading);
int hae_view_load_alert(struct hae_view_reading *reading);

#endif
