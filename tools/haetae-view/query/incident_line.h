/* SPDX-License-Identifier: Apache-2.0 */
/* The incident in a line of an export: {"haetaeView":{"incident":{...},"notes":[...]}}. */
#ifndef HAETAE_VIEW_QUERY_INCIDENT_LINE_H
#define HAETAE_VIEW_QUERY_INCIDENT_LINE_H

#include "query/rows.h"
#include "store/incidents.h"

/* `db` may be an empty database: only the line is read, which must stay until the rows are done. */

/* One row; none when the line has no incident. */
struct hae_view_rows hae_view_ask_incident_in(sqlite3 *db, const char *line);
bool hae_view_next_incident_in(struct hae_view_rows *rows, struct hae_view_incident *ret_row);

/* Its notes, in their order. They have no incident's number: the importer gives a new one. */
struct hae_view_rows hae_view_ask_notes_in(sqlite3 *db, const char *line);
bool hae_view_next_note_in(struct hae_view_rows *rows, struct hae_view_note *ret_row);

#endif
