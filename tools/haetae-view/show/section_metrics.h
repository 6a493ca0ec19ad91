/* SPDX-License-Identifier: Apache-2.0 */
/* The section of the metrics. */
#ifndef HAETAE_VIEW_SHOW_SECTION_METRICS_H
#define HAETAE_VIEW_SHOW_SECTION_METRICS_H

#include "query/summary.h"
#include "show/canvas.h"

void hae_view_section_metrics(struct hae_view_canvas *canvas,
                              const struct hae_view_summary *summary);

#endif
