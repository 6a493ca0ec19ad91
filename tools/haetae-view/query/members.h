/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a JSON object: attributes, one in a row. */
#ifndef HAETAE_VIEW_QUERY_MEMBERS_H
#define HAETAE_VIEW_QUERY_MEMBERS_H

#include "query/rows.h"

struct hae_view_member {
    const char *name;
    const char *value; /* lists and objects as JSON */
};

/* In the order in which they were written; none when `object` is NULL. */
struct hae_view_rows hae_view_ask_members(sqlite3 *db, const char *object);
/* The same without lists, objects and null. */
struct hae_view_rows hae_view_ask_plain_members(sqlite3 *db, const char *object);
bool hae_view_next_member(struct hae_view_rows *rows, struct hae_view_member *ret_row);

#endif
