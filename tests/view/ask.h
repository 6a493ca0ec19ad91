/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HAETAE_VIEW_TEST_ASK_H
#define HAETAE_VIEW_TEST_ASK_H

#include "store/database.h"
#include "view_test.h"

/* The number that a question in SQL is answered with. */
static inline int64_t ask_database(struct hae_view_database *database, const char *query)
{
    sqlite3 *db = hae_view_database_read(database);
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    hae_view_database_read_done(database);
    return number;
}

#endif
