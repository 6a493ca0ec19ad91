/* SPDX-License-Identifier: Apache-2.0 */
#include "query/kept.h"

/* Numbers have no gaps. A maximum and a minimum in one SELECT would read all rows. */
#define KEPT(table)                                                                                \
    "coalesce((SELECT max(id) FROM " table ") - (SELECT min(id) FROM " table ") + 1, 0)"

struct hae_view_rows hae_view_ask_kept(sqlite3 *db)
{
    return hae_view_ask(db, "SELECT " KEPT("span") ", " KEPT("log") ", " KEPT(
                                "point") ", (SELECT time_ns FROM arrival ORDER BY id LIMIT 1)");
}
