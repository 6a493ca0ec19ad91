/* SPDX-License-Identifier: Apache-2.0 */
#include "store/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/buffer.h"
#include "store/functions.h"
#include "store/intern.h"
#include "store/number.h"
#include "store/room.h"
#include "store/schema.h"
#include "store/sweep.h"

#define BUSY_MS 2000

static sqlite3 *open_connection(const char *path, int flags, char *problem, size_t problem_size)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        snprintf(problem, problem_size, "cannot be opened: %s",
                 db != NULL ? sqlite3_errmsg(db) : "out of memory");
        sqlite3_close(db);
        return NULL;
    }
    (void)sqlite3_extended_result_codes(db, 1);
    (void)sqlite3_busy_timeout(db, BUSY_MS);
    return db;
}

/* Settings of the writer's connection. The first one is for files only; in memory it does nothing.
 * With WAL and NORMAL what was answered may be lost when the machine loses its power, and never
 * when the process dies; the file is whole in both cases. */
static bool configure(struct hae_view_database *database)
{
    char pragmas[400];
    snprintf(pragmas, sizeof pragmas,
             "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;"
             "PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 134217728; PRAGMA "
             "trusted_schema = OFF;"
             "PRAGMA secure_delete = OFF;" /* deleted pages are not overwritten */
             "PRAGMA max_page_count = %llu;",
             (unsigned long long)(database->options.size_bytes / HAE_VIEW_PAGE_BYTES));
    return sqlite3_exec(database->db, pragmas, NULL, NULL, NULL) == SQLITE_OK &&
           hae_view_functions_add(database->db);
}

/* Numbers of rows go on after those in the file. */
static bool read_marks(struct hae_view_database *database)
{
    struct hae_view_marks *marks = &database->marks;
    marks->span = hae_view_number_of(database->db, "SELECT coalesce(max(id), 0) FROM span");
    marks->log = hae_view_number_of(database->db, "SELECT coalesce(max(id), 0) FROM log");
    marks->point = hae_view_number_of(database->db, "SELECT coalesce(max(id), 0) FROM point");
    marks->exemplar = hae_view_number_of(database->db, "SELECT coalesce(max(id), 0) FROM exemplar");
    marks->rollup = hae_view_number_of(database->db, "SELECT coalesce(max(id), 0) FROM rollup");
    database->noted = *marks;
    database->errors_seen =
        hae_view_number_of(database->db, "SELECT coalesce(max(seen), 0) FROM error_group");
    return marks->span >= 0 && marks->log >= 0 && marks->point >= 0 && marks->exemplar >= 0 &&
           marks->rollup >= 0;
}

/* Locks a file beside the database for as long as that is open: two writers would give out the same
 * numbers. The database's own file is locked by SQLite, whose locks end when any descriptor of the
 * file is closed. */
static bool lock_file(struct hae_view_database *database, char *problem, size_t problem_size)
{
    struct hae_buffer name = HAE_BUFFER_INIT;
    hae_buffer_format(&name, "%s-lock", database->options.path);
    if (!name.failed) {
        database->lock_fd = open(name.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    }
    hae_buffer_done(&name);
    if (database->lock_fd < 0) {
        snprintf(problem, problem_size, "cannot be locked: %s", strerror(errno));
        return false;
    }
    if (flock(database->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        snprintf(problem, problem_size, "is used by another haetae-view");
        return false;
    }
    return true;
}

static bool open_reader(struct hae_view_database *database, char *problem, size_t problem_size)
{
    database->reader =
        open_connection(database->options.path, SQLITE_OPEN_READONLY, problem, problem_size);
    if (database->reader == NULL) {
        return false;
    }
    if (!hae_view_functions_add(database->reader)) {
        snprintf(problem, problem_size, "cannot be used: %s", sqlite3_errmsg(database->reader));
        return false;
    }
    return true;
}

/* What a file has beside the connection of the writer. */
static bool open_rest(struct hae_view_database *database, char *problem, size_t problem_size)
{
    if (!open_reader(database, problem, problem_size)) {
        return false;
    }
    sqlite3 *db =
        open_connection(database->options.path, SQLITE_OPEN_READWRITE, problem, problem_size);
    if (db == NULL) {
        return false;
    }
    hae_view_room_begin(database);
    /* It has to know of the log before it can move it. */
    if (sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", NULL, NULL,
                     NULL) != SQLITE_OK) {
        snprintf(problem, problem_size, "cannot be used: %s", sqlite3_errmsg(db));
        (void)sqlite3_close(db);
        return false;
    }
    struct hae_view_log_of of = {database->db, &database->gate,
                                 database->options.size_bytes / HAE_VIEW_PAGE_BYTES};
    if (!hae_view_log_start(&database->log, db, &of)) {
        snprintf(problem, problem_size, "cannot be used: out of memory for a thread");
        return false;
    }
    return true;
}

bool hae_view_connect(struct hae_view_database *database, char *problem, size_t problem_size)
{
    const char *path = database->options.path;
    if (database->options.read_only) {
        return open_reader(database, problem, problem_size) &&
               hae_view_schema_open(database->reader, problem, problem_size);
    }
    if (path != NULL && !lock_file(database, problem, problem_size)) {
        return false;
    }
    database->db = open_connection(
        path != NULL ? path : ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, problem,
        problem_size);
    if (database->db == NULL) {
        return false;
    }
    /* What is in the file is checked before anything of it is changed. */
    if (!hae_view_schema_open(database->db, problem, problem_size)) {
        return false;
    }
    if (!configure(database) ||
        (path != NULL && !hae_view_sweep(database->db, database->options.series_max)) ||
        !hae_view_statements_prepare(database->db, database->statements) || !read_marks(database) ||
        !hae_view_intern_load(database)) {
        snprintf(problem, problem_size, "cannot be used: %s", sqlite3_errmsg(database->db));
        return false;
    }
    return path == NULL || open_rest(database, problem, problem_size);
}
