/* SPDX-License-Identifier: Apache-2.0 */
#include "store/connection.h"

#include <errno.h>
#include <string.h>

#include "util/text.h"

/* Whether the last call of SQLite failed for room in the file system. What a request writes goes
 * into the log. SQLite has one code for a disk and a database that are full, and one for all other
 * errors of writing; they differ in the last error of the system. */
static bool is_short_of_room(int code, int system_error)
{
    int kind = code & 0xff;
    return (kind == SQLITE_FULL || kind == SQLITE_IOERR) &&
           (system_error == ENOSPC || system_error == EFBIG || system_error == EDQUOT);
}

static void note_failure(struct hae_view_database *database, int code, const char *reason)
{
    if (database->failure == SQLITE_OK) {
        database->failure = code;
        hae_view_text_clean_string(database->problem, sizeof database->problem, reason);
    }
}

void hae_view_fail(struct hae_view_database *database, int code)
{
    int system_error = errno;
    if (database->failure == SQLITE_OK && is_short_of_room(code, system_error)) {
        database->shortage = HAE_VIEW_SHORTAGE_LOG;
        note_failure(database, code, strerror(system_error));
    }
    note_failure(database, code,
                 code == SQLITE_NOMEM ? "out of memory" : sqlite3_errmsg(database->db));
}

void hae_view_fail_for_room(struct hae_view_database *database)
{
    if (database->failure == SQLITE_OK) {
        database->shortage = HAE_VIEW_SHORTAGE_FILE;
        note_failure(database, SQLITE_FULL,
                     "the file cannot grow: the disk is full, or there is a limit");
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

void hae_view_roll_back(struct hae_view_database *database)
{
    if (sqlite3_get_autocommit(database->db) == 0) {
        (void)sqlite3_step(database->statements[HAE_VIEW_ROLLBACK]);
        (void)sqlite3_reset(database->statements[HAE_VIEW_ROLLBACK]);
    }
}
