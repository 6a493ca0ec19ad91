/* SPDX-License-Identifier: Apache-2.0 */
/* The tab Traces. */
#ifndef HAETAE_VIEW_SHOW_TAB_TRACES_H
#define HAETAE_VIEW_SHOW_TAB_TRACES_H

#include "show/reading.h"

int hae_view_load_traces(struct hae_view_reading *reading);

#endif
