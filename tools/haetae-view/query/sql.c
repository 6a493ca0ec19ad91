/* SPDX-License-Identifier: Apache-2.0 */
#include "query/sql.h"

#include <stdio.h>
#include <string.h>

#define VALUE_MAX_BYTES (4 * 1024 * 1024)
#define STATE_LIMIT     1000000000 /* SQLite's own */

static const char only_select[] = "only SELECT is allowed, and none that is recursive";

/* Allows to read tables, and functions that only compute. A recursive query need not end by itself.
 * SQLite defines the parameters. NOLINTNEXTLINE(bugprone-easily-swappable-parameters) */
static int allow(void *user, int action, const char *first, const char *second,
                 const char *database, const char *trigger)
{
    (void)user;
    (void)first;
    (void)database;
    (void)trigger;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        return second != NULL && strcmp(second, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
    default:
        return SQLITE_DENY;
    }
}

/* Whether nothing but space follows. */
static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n;")] == '\0';
}

struct hae_view_rows hae_view_ask_sql(sqlite3 *db, const char *text, char *problem,
                                      size_t problem_size)
{
    struct hae_view_rows rows = {NULL, SQLITE_OK};
    const char *rest = "";
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MAX_BYTES);
    /* A misspelt column in double quotes is an error, and no text. */
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_set_authorizer(db, allow, NULL);
    rows.code = sqlite3_prepare_v2(db, text, -1, &rows.statement, &rest);
    sqlite3_set_authorizer(db, NULL, NULL);
    if (rows.code == SQLITE_AUTH) {
        snprintf(problem, problem_size, "%s", only_select);
    } else if (rows.code != SQLITE_OK) {
        snprintf(problem, problem_size, "%s", sqlite3_errmsg(db));
    } else if (rows.statement == NULL || !is_blank(rest)) {
        rows.code = SQLITE_ERROR;
        snprintf(problem, problem_size, "exactly one statement is expected");
    } else if (sqlite3_stmt_readonly(rows.statement) == 0) {
        rows.code = SQLITE_AUTH; /* VACUUM, which the authorizer does not see */
        snprintf(problem, problem_size, "%s", only_select);
    }
    if (rows.code != SQLITE_OK) {
        sqlite3_finalize(rows.statement);
        rows.statement = NULL;
    }
    return rows;
}

int hae_view_sql_done(sqlite3 *db, struct hae_view_rows *rows)
{
    int code = hae_view_rows_done(rows);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, STATE_LIMIT);
    return code;
}
