/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents, and what happened in the time of one. */
#ifndef HAETAE_VIEW_QUERY_INCIDENTS_H
#define HAETAE_VIEW_QUERY_INCIDENTS_H

#include "query/rows.h"

#define HAE_VIEW_TIMELINE_MAX 1000

struct hae_view_incident_found {
    int64_t id;
    const char *title;
    int64_t from_ns;
    int64_t to_ns;
    int64_t created_ns;
    int64_t notes; /* how many */
};

/* All incidents, the latest first; or the one with `id`, unless that is 0. */
struct hae_view_rows hae_view_ask_incidents(sqlite3 *db, int64_t id);
bool hae_view_next_incident(struct hae_view_rows *rows, struct hae_view_incident_found *ret_row);

struct hae_view_happening {
    int64_t time_ns;
    const char *kind; /* note, error, start, restart or change */
    const char *text;
    struct hae_view_id trace_id;
};

/* In the order of time, up to HAE_VIEW_TIMELINE_MAX: the notes of an incident; errors that came
 * first or last in the window; processes that began in it, and how their resources differ from that
 * of the process before, of the same service. */
struct hae_view_rows hae_view_ask_timeline(sqlite3 *db, int64_t incident,
                                           struct hae_view_window window);
/* The notes of an incident, which must exist. */
struct hae_view_rows hae_view_ask_notes(sqlite3 *db, int64_t incident);
bool hae_view_next_happening(struct hae_view_rows *rows, struct hae_view_happening *ret_row);

#endif
