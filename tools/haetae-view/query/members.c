/* SPDX-License-Identifier: Apache-2.0 */
#include "query/members.h"

static const char members[] =
    "SELECT key, CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
    " WHEN 'null' THEN 'null' ELSE CAST(value AS TEXT) END FROM json_each(:object)";

struct hae_view_rows hae_view_ask_members(sqlite3 *db, const char *object)
{
    struct hae_view_rows rows = hae_view_ask(db, members);
    hae_view_give_text(&rows, ":object", object);
    return rows;
}

bool hae_view_next_member(struct hae_view_rows *rows, struct hae_view_member *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_member){hae_view_name_at(rows, 0), hae_view_name_at(rows, 1)};
    return true;
}
