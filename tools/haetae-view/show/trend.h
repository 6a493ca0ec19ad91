/* SPDX-License-Identifier: Apache-2.0 */
/* Counts over time, for a drawing. */
#ifndef HAETAE_VIEW_SHOW_TREND_H
#define HAETAE_VIEW_SHOW_TREND_H

#include "query/rows.h"
#include "show/drawing.h"

/* Steps begin at multiples of step_s, so that a drawing moves only when one is over. */
struct hae_view_trend {
    int64_t from_s;
    int64_t step_s;
    size_t columns; /* at most HAE_VIEW_DRAWING_COLUMNS */
};

struct hae_view_trend hae_view_trend_of(struct hae_view_window window);

/* Adds to the step that a time lies in; times before and after count nothing. */
void hae_view_trend_add(const struct hae_view_trend *trend, int64_t time_s, double count,
                        double values[HAE_VIEW_DRAWING_COLUMNS]);

#endif
