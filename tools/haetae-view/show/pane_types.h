/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of panes: the tabs, and what is opened out of them. */
#ifndef HAETAE_VIEW_SHOW_PANE_TYPES_H
#define HAETAE_VIEW_SHOW_PANE_TYPES_H

#include "show/reading.h"

enum hae_view_pane_kind {
    HAE_VIEW_PANE_OVERVIEW, /* the tabs, in their order */
    HAE_VIEW_PANE_ROUTES,
    HAE_VIEW_PANE_CALLS,
    HAE_VIEW_PANE_TRACES,
    HAE_VIEW_PANE_ERRORS,
    HAE_VIEW_PANE_LOGS,
    HAE_VIEW_PANE_METRICS,
    HAE_VIEW_PANE_ALERTS,
    HAE_VIEW_PANE_TRACE, /* what is opened */
    HAE_VIEW_PANE_SPAN,
    HAE_VIEW_PANE_LOG,
    HAE_VIEW_PANE_ERROR,
    HAE_VIEW_PANE_METRIC,
    HAE_VIEW_PANE_ALERT
};
#define HAE_VIEW_TABS  8
#define HAE_VIEW_PANES 14

struct hae_view_pane_type {
    const char *name;
    /* Reads the lists; returns SQLITE_OK or what went wrong. */
    int (*read)(struct hae_view_reading *reading);
    bool finds; /* the database looks for the filter */
    bool tail;  /* the newest row is the last one */
};

const struct hae_view_pane_type *hae_view_pane_type(enum hae_view_pane_kind kind);

#endif
