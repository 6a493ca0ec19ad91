/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the lists of a pane from the database: what is asked, and what comes of it. */
#ifndef HAETAE_VIEW_SHOW_READING_H
#define HAETAE_VIEW_SHOW_READING_H

#include "show/list.h"

#define HAE_VIEW_LISTS_MAX 3

/* ---- Alerts, which others know -------------------------------------------------------- */

struct hae_view_alert_line {
    int64_t id;
    const char *state; /* "pending", "firing", "resolved" */
    bool firing;
    bool silenced;
    const char *severity;
    const char *rule;
    const char *summary;
    double value;
    int64_t since_ns;
};

struct hae_view_alert_source {
    /* Calls `visit` for each alert; NULL: there are no rules. */
    void (*each)(void *user, int64_t now_ns,
                 void (*visit)(void *context, const struct hae_view_alert_line *line),
                 void *context);
    void *user;
};

/* ---- Reading -------------------------------------------------------------------------- */

struct hae_view_reading {
    sqlite3 *db;
    int64_t now_ns;
    struct hae_view_window window; /* figures are of */
    size_t width;                  /* columns for long texts */
    const struct hae_view_alert_source *alerts;
    const struct hae_view_target *of; /* what was opened, or what a tab is confined to */
    const char *filter;               /* "": none */
    int level;                        /* the least severity of log records */
    struct hae_view_sort sort;        /* of the first list, as the user chose; column -1: none */
    struct hae_view_list lists[HAE_VIEW_LISTS_MAX]; /* what is read */
    size_t list_count;
};

/* Begins the next list. */
struct hae_view_list *hae_view_reading_list(struct hae_view_reading *reading,
                                            const struct hae_view_list_type *type);

/* "last 15m" */
void hae_view_window_text(struct hae_view_window window, char *out, size_t size);

#endif
