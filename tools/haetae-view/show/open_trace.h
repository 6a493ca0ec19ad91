/* SPDX-License-Identifier: Apache-2.0 */
/* The trace that was opened. */
#ifndef HAETAE_VIEW_SHOW_OPEN_TRACE_H
#define HAETAE_VIEW_SHOW_OPEN_TRACE_H

#include "show/reading.h"

int hae_view_load_trace(struct hae_view_reading *reading);

#endif
