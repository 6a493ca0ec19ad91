/* SPDX-License-Identifier: Apache-2.0 */
/* The tables. docs/view.md describes them for people who ask in SQL. */
#ifndef HAETAE_VIEW_STORE_SCHEMA_H
#define HAETAE_VIEW_STORE_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

/* PRAGMA user_version, and application_id ("haeV"). */
#define HAE_VIEW_SCHEMA_VERSION 2
#define HAE_VIEW_APPLICATION_ID 0x68616556

/* Seconds that a row of the table rollup stands for. */
#define HAE_VIEW_ROLLUP_SECONDS 10

/* The rows that stand for all others when there are too many. The operation of other entry spans is
 * the one after HAE_VIEW_OTHER_OP. */
enum { HAE_VIEW_OTHER_RESOURCE = 1, HAE_VIEW_OTHER_SCOPE = 1, HAE_VIEW_OTHER_OP = 1 };

/* Makes the tables in an empty database, or checks that a database is ours and of this version.
 * On failure returns false and writes one line to `problem`. */
bool hae_view_schema_open(sqlite3 *db, char *problem, size_t problem_size);

#endif
