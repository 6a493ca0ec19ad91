/* SPDX-License-Identifier: Apache-2.0 */
/* The tab Overview. Returns SQLITE_OK or what went wrong, as all that read. */
#ifndef HAETAE_VIEW_SHOW_TAB_OVERVIEW_H
#define HAETAE_VIEW_SHOW_TAB_OVERVIEW_H

#include "show/reading.h"

int hae_view_load_overview(struct hae_view_reading *reading);

#endif
