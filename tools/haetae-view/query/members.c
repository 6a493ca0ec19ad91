/* SPDX-License-Identifier: Apache-2.0 */
#include "query/members.h"

#define MEMBERS                                                                                    \
    "SELECT key, CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"                      \
    " WHEN 'null' THEN 'null' ELSE CAST(value AS TEXT) END FROM json_each(:object)"

static const char all[] = MEMBERS;
static const char plain[] = MEMBERS " WHERE type NOT IN ('object', 'array', 'null')";

static struct hae_view_rows ask(sqlite3 *db, const char *question, const char *object)
{
    struct hae_view_rows rows = hae_view_ask(db, question);
    hae_view_give_text(&rows, ":object", object);
    return rows;
}

struct hae_view_rows hae_view_ask_members(sqlite3 *db, const char *object)
{
    return ask(db, all, object);
}

struct hae_view_rows hae_view_ask_plain_members(sqlite3 *db, const char *object)
{
    return ask(db, plain, object);
}

bool hae_view_next_member(struct hae_view_rows *rows, struct hae_view_member *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_member){hae_view_name_at(rows, 0), hae_view_name_at(rows, 1)};
    return true;
}
