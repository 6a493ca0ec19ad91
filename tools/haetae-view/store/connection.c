/* SPDX-License-Identifier: Apache-2.0 */
#include "store/connection.h"

#include <string.h>

#include "util/text.h"

void hae_view_fail(struct hae_view_database *database, int code)
{
    if (database->failure == SQLITE_OK) {
        database->failure = code;
        const char *reason = code == SQLITE_NOMEM ? "out of memory" : sqlite3_errmsg(database->db);
        hae_view_text_clean(database->problem, sizeof database->problem, reason, strlen(reason));
    }
}

bool hae_view_run(struct hae_view_database *database, enum hae_view_statement which)
{
    sqlite3_stmt *statement = database->statements[which];
    /* SQLite may have ended the transaction by itself: what follows would be one of its own. */
    if (database->failure != SQLITE_OK) {
        return false;
    }
    int code = sqlite3_step(statement);
    if (code != SQLITE_DONE && code != SQLITE_ROW) {
        hae_view_fail(database, code);
    }
    (void)sqlite3_reset(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW;
}
