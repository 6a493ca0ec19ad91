/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents: marked windows of time with notes. People write them, not senders: their tables are
 * made with the first one, and nothing else in the database depends on them. Their number is
 * bounded, so that they cannot take the room of all else. */
#ifndef HAETAE_VIEW_STORE_INCIDENTS_H
#define HAETAE_VIEW_STORE_INCIDENTS_H

#include "store/database.h"

#define HAE_VIEW_INCIDENTS_MAX     100
#define HAE_VIEW_NOTES_MAX         1000 /* of all incidents together */
#define HAE_VIEW_INCIDENT_TEXT_MAX 4000 /* bytes of a title or a note */

enum hae_view_incident_result {
    HAE_VIEW_INCIDENT_DONE,
    HAE_VIEW_INCIDENT_TOO_MANY,
    HAE_VIEW_INCIDENT_UNKNOWN, /* there is none of this number */
    HAE_VIEW_INCIDENT_FAILED   /* *ret_code says why; nothing has changed */
};

struct hae_view_incident {
    const char *title;
    int64_t from_ns; /* Unix, as all times */
    int64_t to_ns;
    int64_t created_ns;
};

struct hae_view_note {
    int64_t incident;
    int64_t time_ns;
    const char *text;
};

/* The caller of each is reading from the database: `reading` is what hae_view_database_read()
 * gave. */

enum hae_view_incident_result hae_view_incident_add(struct hae_view_database *database,
                                                    sqlite3 *reading,
                                                    const struct hae_view_incident *incident,
                                                    int64_t *ret_id, int *ret_code);

/* With its notes. */
enum hae_view_incident_result hae_view_incident_remove(struct hae_view_database *database,
                                                       sqlite3 *reading, int64_t id, int *ret_code);

/* A note that is later than the end of its incident moves the end. */
enum hae_view_incident_result hae_view_note_add(struct hae_view_database *database,
                                                sqlite3 *reading, const struct hae_view_note *note,
                                                int *ret_code);

#endif
