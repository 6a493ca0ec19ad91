/* SPDX-License-Identifier: Apache-2.0 */
/* The tabs Routes and Calls. */
#ifndef HAETAE_VIEW_SHOW_TAB_OPERATIONS_H
#define HAETAE_VIEW_SHOW_TAB_OPERATIONS_H

#include "show/reading.h"

int hae_view_load_routes(struct hae_view_reading *reading);
int hae_view_load_calls(struct hae_view_reading *reading);

#endif
