/* SPDX-License-Identifier: Apache-2.0 */
#include "show/pane_types.h"

#include "show/open_details.h"
#include "show/open_trace.h"
#include "show/tab_alerts.h"
#include "show/tab_errors.h"
#include "show/tab_logs.h"
#include "show/tab_metrics.h"
#include "show/tab_operations.h"
#include "show/tab_overview.h"
#include "show/tab_traces.h"

const struct hae_view_pane_type *hae_view_pane_type(enum hae_view_pane_kind kind)
{
    static const struct hae_view_pane_type types[HAE_VIEW_PANES] = {
        [HAE_VIEW_PANE_OVERVIEW] = {"Overview", hae_view_load_overview, false, false},
        [HAE_VIEW_PANE_ROUTES] = {"Routes", hae_view_load_routes, false, false},
        [HAE_VIEW_PANE_CALLS] = {"Calls", hae_view_load_calls, false, false},
        [HAE_VIEW_PANE_TRACES] = {"Traces", hae_view_load_traces, true, false},
        [HAE_VIEW_PANE_ERRORS] = {"Errors", hae_view_load_errors, false, false},
        [HAE_VIEW_PANE_LOGS] = {"Logs", hae_view_load_logs, true, true},
        [HAE_VIEW_PANE_METRICS] = {"Metrics", hae_view_load_metrics, false, false},
        [HAE_VIEW_PANE_ALERTS] = {"Alerts", hae_view_load_alerts, false, false},
        [HAE_VIEW_PANE_TRACE] = {"Trace", hae_view_load_trace, false, false},
        [HAE_VIEW_PANE_SPAN] = {"Span", hae_view_load_span, false, false},
        [HAE_VIEW_PANE_LOG] = {"Log", hae_view_load_log, false, false},
        [HAE_VIEW_PANE_ERROR] = {"Error", hae_view_load_error, false, false},
        [HAE_VIEW_PANE_METRIC] = {"Metric", hae_view_load_metric, false, false},
        [HAE_VIEW_PANE_ALERT] = {"Alert", hae_view_load_alert, false, false},
    };
    return &types[kind];
}
