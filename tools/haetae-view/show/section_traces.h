/* SPDX-License-Identifier: Apache-2.0 */
/* The section of the slowest traces. */
#ifndef HAETAE_VIEW_SHOW_SECTION_TRACES_H
#define HAETAE_VIEW_SHOW_SECTION_TRACES_H

#include "query/summary.h"
#include "show/canvas.h"

void hae_view_section_traces(struct hae_view_canvas *canvas,
                             const struct hae_view_summary *summary);

#endif
