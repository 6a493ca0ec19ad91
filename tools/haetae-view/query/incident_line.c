/* SPDX-License-Identifier: Apache-2.0 */
#include "query/incident_line.h"

static const char incident[] =
    "SELECT value ->> '$.title', CAST(value ->> '$.from_ns' AS INTEGER),"
    " CAST(value ->> '$.to_ns' AS INTEGER), CAST(value ->> '$.created_ns' AS INTEGER)"
    " FROM json_each(:line, '$.haetaeView') WHERE key = 'incident'";

static const char notes[] = "SELECT CAST(value ->> '$.time_ns' AS INTEGER), value ->> '$.text'"
                            " FROM json_each(:line, '$.haetaeView.notes')";

struct hae_view_rows hae_view_ask_incident_in(sqlite3 *db, const char *line)
{
    struct hae_view_rows rows = hae_view_ask(db, incident);
    hae_view_give_text(&rows, ":line", line);
    return rows;
}

bool hae_view_next_incident_in(struct hae_view_rows *rows, struct hae_view_incident *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_incident){
        .title = hae_view_name_at(rows, 0),
        .from_ns = hae_view_integer_at(rows, 1),
        .to_ns = hae_view_integer_at(rows, 2),
        .created_ns = hae_view_integer_at(rows, 3),
    };
    return true;
}

struct hae_view_rows hae_view_ask_notes_in(sqlite3 *db, const char *line)
{
    struct hae_view_rows rows = hae_view_ask(db, notes);
    hae_view_give_text(&rows, ":line", line);
    return rows;
}

bool hae_view_next_note_in(struct hae_view_rows *rows, struct hae_view_note *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_note){
        .time_ns = hae_view_integer_at(rows, 0),
        .text = hae_view_name_at(rows, 1),
    };
    return true;
}
