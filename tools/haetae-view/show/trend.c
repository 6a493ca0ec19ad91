/* SPDX-License-Identifier: Apache-2.0 */
#include "show/trend.h"

#include "store/schema.h"

#define SECOND_NS INT64_C(1000000000)
/* About so many columns: fewer than there is room for, as steps are whole pieces of the rollup. */
#define COLUMNS 18

struct hae_view_trend hae_view_trend_of(struct hae_view_window window)
{
    int64_t from_s = window.from_ns / SECOND_NS;
    int64_t to_s = window.to_ns / SECOND_NS;
    int64_t pieces = (to_s - from_s + COLUMNS * HAE_VIEW_ROLLUP_SECONDS - 1) /
                     (COLUMNS * HAE_VIEW_ROLLUP_SECONDS);
    struct hae_view_trend trend = {
        .step_s = (pieces > 0 ? pieces : 1) * HAE_VIEW_ROLLUP_SECONDS,
    };
    trend.from_s = (from_s + trend.step_s - 1) / trend.step_s * trend.step_s;
    int64_t columns = (to_s - trend.from_s) / trend.step_s + 1;
    columns = columns < HAE_VIEW_DRAWING_COLUMNS ? columns : HAE_VIEW_DRAWING_COLUMNS;
    trend.columns = columns > 0 ? (size_t)columns : 1;
    return trend;
}

void hae_view_trend_add(const struct hae_view_trend *trend, int64_t time_s, double count,
                        double values[HAE_VIEW_DRAWING_COLUMNS])
{
    int64_t column = (time_s - trend->from_s) / trend->step_s;
    if (time_s >= trend->from_s && column < (int64_t)trend->columns) {
        values[column] += count;
    }
}
