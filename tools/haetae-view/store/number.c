/* SPDX-License-Identifier: Apache-2.0 */
#include "store/number.h"

#include <stddef.h>

int64_t hae_view_number_of(sqlite3 *db, const char *query)
{
    sqlite3_stmt *statement;
    int64_t number = -1;
    if (sqlite3_prepare_v2(db, query, -1, &statement, NULL) == SQLITE_OK) {
        if (sqlite3_step(statement) == SQLITE_ROW) {
            number = sqlite3_column_int64(statement, 0);
        }
        sqlite3_finalize(statement);
    }
    return number;
}
