/* SPDX-License-Identifier: Apache-2.0 */
/* Questions in SQL from people: they may only read, and for a limited time. */
#ifndef HAETAE_VIEW_QUERY_SQL_H
#define HAETAE_VIEW_QUERY_SQL_H

#include "query/rows.h"

#define HAE_VIEW_SQL_ROWS_MAX 1000

/* Prepares one statement that reads. Otherwise rows.statement is NULL and `problem` has a line. Its
 * values have at most 4 MiB until hae_view_sql_done(). */
struct hae_view_rows hae_view_ask_sql(sqlite3 *db, const char *text, char *problem,
                                      size_t problem_size);

int hae_view_sql_done(sqlite3 *db, struct hae_view_rows *rows);

#endif
