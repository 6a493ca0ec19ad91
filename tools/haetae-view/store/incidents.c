/* SPDX-License-Identifier: Apache-2.0 */
#include "store/incidents.h"

#include "store/connection.h"

#define BUSY_MS 2000

static const char tables[] =
    "CREATE TABLE IF NOT EXISTS incident(id INTEGER PRIMARY KEY, title TEXT NOT NULL,"
    " from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL, created_ns INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS note(id INTEGER PRIMARY KEY, incident INTEGER NOT NULL,"
    " time_ns INTEGER NOT NULL, text TEXT NOT NULL);";

/* In memory there is one connection, which the reader has now. Beside a file another one is opened,
 * as that of the reader cannot write and that of the writer is another thread's. */
static sqlite3 *begin(struct hae_view_database *database, sqlite3 *reading, int *ret_code)
{
    sqlite3 *db = reading;
    *ret_code = SQLITE_OK;
    if (database->reader != NULL) {
        *ret_code = database->db == NULL
                        ? SQLITE_READONLY
                        : sqlite3_open_v2(database->options.path, &db,
                                          SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
        if (database->db == NULL) {
            return NULL;
        }
        (void)sqlite3_busy_timeout(db, BUSY_MS);
        (void)sqlite3_wal_autocheckpoint(db, 0); /* store/log.h moves it */
    }
    if (*ret_code == SQLITE_OK) {
        *ret_code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    }
    if (*ret_code == SQLITE_OK) {
        *ret_code = sqlite3_exec(db, tables, NULL, NULL, NULL);
    }
    return db;
}

static enum hae_view_incident_result end(const struct hae_view_database *database, sqlite3 *db,
                                         enum hae_view_incident_result result, int *code)
{
    if (*code == SQLITE_OK && result == HAE_VIEW_INCIDENT_DONE) {
        *code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    }
    if (db != NULL && sqlite3_get_autocommit(db) == 0) {
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    if (database->reader != NULL) {
        (void)sqlite3_close(db);
    }
    return *code == SQLITE_OK ? result : HAE_VIEW_INCIDENT_FAILED;
}

struct value {
    const char *text; /* NULL: it is the number */
    int64_t number;
};

/* Runs a statement, unless *code says that something failed before. Returns the number in its first
 * row; 0: it gives none. */
static int64_t run(sqlite3 *db, const char *text, const struct value *values, int count, int *code)
{
    sqlite3_stmt *statement = NULL;
    int64_t number = 0;
    if (*code != SQLITE_OK) {
        return 0;
    }
    *code = sqlite3_prepare_v2(db, text, -1, &statement, NULL);
    for (int i = 0; i < count && *code == SQLITE_OK; i++) {
        *code = values[i].text != NULL
                    ? sqlite3_bind_text(statement, i + 1, values[i].text, -1, SQLITE_STATIC)
                    : sqlite3_bind_int64(statement, i + 1, values[i].number);
    }
    if (*code == SQLITE_OK) {
        int step = sqlite3_step(statement);
        number = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
        *code = step == SQLITE_ROW || step == SQLITE_DONE ? SQLITE_OK : step;
    }
    (void)sqlite3_finalize(statement);
    return number;
}

enum hae_view_incident_result hae_view_incident_add(struct hae_view_database *database,
                                                    sqlite3 *reading,
                                                    const struct hae_view_incident *incident,
                                                    int64_t *ret_id, int *ret_code)
{
    sqlite3 *db = begin(database, reading, ret_code);
    const struct value values[] = {{incident->title, 0},
                                   {NULL, incident->from_ns},
                                   {NULL, incident->to_ns},
                                   {NULL, incident->created_ns}};
    bool room =
        run(db, "SELECT count(*) FROM incident", NULL, 0, ret_code) < HAE_VIEW_INCIDENTS_MAX;
    if (room) {
        (void)run(db, "INSERT INTO incident VALUES(NULL, ?, ?, ?, ?)", values, 4, ret_code);
        *ret_id = *ret_code == SQLITE_OK ? sqlite3_last_insert_rowid(db) : 0;
    }
    return end(database, db, room ? HAE_VIEW_INCIDENT_DONE : HAE_VIEW_INCIDENT_TOO_MANY, ret_code);
}

static bool is_known(sqlite3 *db, int64_t id, int *code)
{
    const struct value value = {NULL, id};
    return run(db, "SELECT count(*) FROM incident WHERE id = ?", &value, 1, code) == 1;
}

enum hae_view_incident_result hae_view_incident_remove(struct hae_view_database *database,
                                                       sqlite3 *reading, int64_t id, int *ret_code)
{
    sqlite3 *db = begin(database, reading, ret_code);
    const struct value value = {NULL, id};
    bool known = is_known(db, id, ret_code);
    (void)run(db, "DELETE FROM note WHERE incident = ?", &value, 1, ret_code);
    (void)run(db, "DELETE FROM incident WHERE id = ?", &value, 1, ret_code);
    return end(database, db, known ? HAE_VIEW_INCIDENT_DONE : HAE_VIEW_INCIDENT_UNKNOWN, ret_code);
}

enum hae_view_incident_result hae_view_note_add(struct hae_view_database *database,
                                                sqlite3 *reading, const struct hae_view_note *note,
                                                int *ret_code)
{
    sqlite3 *db = begin(database, reading, ret_code);
    const struct value values[] = {{NULL, note->incident}, {NULL, note->time_ns}, {note->text, 0}};
    bool known = is_known(db, note->incident, ret_code);
    bool room = run(db, "SELECT count(*) FROM note", NULL, 0, ret_code) < HAE_VIEW_NOTES_MAX;
    if (known && room) {
        (void)run(db, "INSERT INTO note VALUES(NULL, ?, ?, ?)", values, 3, ret_code);
        (void)run(db, "UPDATE incident SET to_ns = max(to_ns, ?2) WHERE id = ?1", values, 2,
                  ret_code);
    }
    return end(database, db,
               !known  ? HAE_VIEW_INCIDENT_UNKNOWN
               : !room ? HAE_VIEW_INCIDENT_TOO_MANY
                       : HAE_VIEW_INCIDENT_DONE,
               ret_code);
}
