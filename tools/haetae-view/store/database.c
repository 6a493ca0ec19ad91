/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "store/connection.h"
#include "store/functions.h"
#include "store/intern.h"
#include "store/page_cache.h"
#include "store/retention.h"
#include "store/schema.h"
#include "store/spans.h"
#include "store/sweep.h"

#define PAGE_BYTES 4096
/* How often SQLite asks whether to go on: after so many of its instructions, some 0.1 ms. */
#define PROGRESS_STEPS 2000
/* How much memory may grow while a question runs. */
#define READER_MEMORY_BYTES (UINT64_C(512) << 20)
/* How long a reader goes on while a request waits, and at all. */
#define READER_SLICE_NS UINT64_C(30000000)
#define READER_MAX_NS   UINT64_C(10000000000) /* unless options say otherwise */
#define BUSY_MS         2000

/* ---- Opening ------------------------------------------------------------------------- */

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
             "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16000;"
             "PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF;"
             "PRAGMA secure_delete = OFF;" /* pages that are forgotten are not written once more */
             "PRAGMA max_page_count = %llu;",
             (unsigned long long)(database->options.size_bytes / PAGE_BYTES));
    return sqlite3_exec(database->db, pragmas, NULL, NULL, NULL) == SQLITE_OK &&
           hae_view_functions_add(database->db);
}

static int64_t highest(sqlite3 *db, const char *query)
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

/* Goes on where a file ends. */
static bool read_marks(struct hae_view_database *database)
{
    struct hae_view_marks *marks = &database->marks;
    marks->span = highest(database->db, "SELECT coalesce(max(id), 0) FROM span");
    marks->log = highest(database->db, "SELECT coalesce(max(id), 0) FROM log");
    marks->point = highest(database->db, "SELECT coalesce(max(id), 0) FROM point");
    marks->exemplar = highest(database->db, "SELECT coalesce(max(id), 0) FROM exemplar");
    marks->rollup = highest(database->db, "SELECT coalesce(max(id), 0) FROM rollup");
    database->noted = *marks;
    database->errors_seen = highest(database->db, "SELECT coalesce(max(seen), 0) FROM error_group");
    return marks->span >= 0 && marks->log >= 0 && marks->point >= 0 && marks->exemplar >= 0 &&
           marks->rollup >= 0;
}

/* Takes a file beside the database for as long as it is open: two that write would give out the
 * same numbers. The database itself is locked by SQLite, whose locks end when any descriptor of the
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
    return database->reader != NULL && hae_view_functions_add(database->reader);
}

static bool open_all(struct hae_view_database *database, char *problem, size_t problem_size)
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
    return path == NULL || open_reader(database, problem, problem_size);
}

/* SQLite counts its memory under a lock, for which nobody asks here. Once, before anything else. */
static void configure_library(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)hae_view_page_cache_install();
}

struct hae_view_database *hae_view_database_open(const struct hae_view_database_options *options,
                                                 char *problem, size_t problem_size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, configure_library);
    struct hae_view_database *database = calloc(1, sizeof *database);
    if (database == NULL || !hae_view_rollup_init(&database->rollup)) {
        snprintf(problem, problem_size, "out of memory");
        free(database);
        return NULL;
    }
    database->options = *options;
    if (database->options.read_ns == 0) {
        database->options.read_ns = READER_MAX_NS;
    }
    database->lock_fd = -1;
    database->key = hae_view_hash_key_new();
    hae_view_gate_init(&database->gate);
    pthread_mutex_init(&database->counts_lock, NULL);
    atomic_init(&database->interrupted, false);
    hae_view_intern_limits(database, options->series_max);
    if (!open_all(database, problem, problem_size)) {
        hae_view_database_close(database);
        return NULL;
    }
    return database;
}

void hae_view_database_close(struct hae_view_database *database)
{
    if (database == NULL) {
        return;
    }
    hae_view_statements_done(database->statements);
    (void)sqlite3_close(database->reader);
    (void)sqlite3_close(database->db);
    for (int i = 0; i < HAE_VIEW_MEMOS; i++) {
        hae_view_memo_done(&database->memos[i]);
    }
    hae_view_rollup_done(&database->rollup);
    hae_buffer_done(&database->spans.texts);
    if (database->lock_fd >= 0) {
        close(database->lock_fd);
    }
    pthread_mutex_destroy(&database->counts_lock);
    hae_view_gate_done(&database->gate);
    free(database);
}

/* ---- Requests ------------------------------------------------------------------------ */

void hae_view_database_begin(struct hae_view_database *database, struct hae_view_arrival arrival)
{
    if (database->reader == NULL) {
        hae_view_gate_take(&database->gate, true);
    }
    database->failure = SQLITE_OK;
    database->problem[0] = '\0';
    database->arrival = arrival;
    database->marks_before = database->marks;
    hae_view_database_forget_spans(database);
    memset(&database->counts_now, 0, sizeof database->counts_now);
    for (int i = 0; i < HAE_VIEW_MEMOS; i++) {
        database->memo_marks[i] = database->memos[i].count;
    }
    database->interned_mark = database->interned_bytes;
    database->errors_dropped = false;
    (void)hae_view_run(database, HAE_VIEW_BEGIN);
}

static void write_rollup(struct hae_view_database *database)
{
    hae_view_write_rollup(database);
    hae_view_rollup_clear(&database->rollup);
}

/* Makes all as it was when the request began. */
static void take_back(struct hae_view_database *database)
{
    if (sqlite3_get_autocommit(database->db) == 0) {
        (void)sqlite3_step(database->statements[HAE_VIEW_ROLLBACK]);
        (void)sqlite3_reset(database->statements[HAE_VIEW_ROLLBACK]);
    }
    database->marks = database->marks_before;
    hae_view_database_forget_spans(database);
    for (int i = 0; i < HAE_VIEW_MEMOS; i++) {
        hae_view_memo_cut(&database->memos[i], database->memo_marks[i]);
    }
    database->interned_bytes = database->interned_mark;
    if (database->errors_dropped) {
        (void)hae_view_intern_reload_errors(database);
    }
    hae_view_rollup_clear(&database->rollup);
}

static void add_counts(struct hae_view_database *database)
{
    const struct hae_view_database_counts *now = &database->counts_now;
    pthread_mutex_lock(&database->counts_lock);
    database->counts.spans_without_operation += now->spans_without_operation;
    database->counts.points_without_series += now->points_without_series;
    database->counts.items_without_resource += now->items_without_resource;
    database->counts.spans_forgotten += now->spans_forgotten;
    database->counts.logs_forgotten += now->logs_forgotten;
    database->counts.points_forgotten += now->points_forgotten;
    pthread_mutex_unlock(&database->counts_lock);
}

static enum hae_view_database_result result_of(const struct hae_view_database *database)
{
    switch (database->failure & 0xff) {
    case SQLITE_OK:
        return HAE_VIEW_DATABASE_KEPT;
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return HAE_VIEW_DATABASE_FULL;
    case SQLITE_NOMEM:
        return HAE_VIEW_DATABASE_NO_MEMORY;
    default:
        return HAE_VIEW_DATABASE_BROKEN;
    }
}

enum hae_view_database_result hae_view_database_end(struct hae_view_database *database, bool keep)
{
    size_t count;
    if (keep) {
        (void)hae_view_database_write_spans(database, &count);
    }
    if (keep && database->failure == SQLITE_OK) {
        write_rollup(database);
        hae_view_retention_note(database);
        hae_view_retention_run(database);
    }
    if (keep && database->failure == SQLITE_OK) {
        (void)hae_view_run(database, HAE_VIEW_COMMIT);
    }
    enum hae_view_database_result result = result_of(database);
    if (!keep || result != HAE_VIEW_DATABASE_KEPT) {
        take_back(database);
        if (result == HAE_VIEW_DATABASE_FULL) {
            hae_view_retention_make_room(database);
        }
    } else {
        add_counts(database);
    }
    if (database->reader == NULL) {
        hae_view_gate_leave(&database->gate);
    }
    return result;
}

const char *hae_view_database_problem(const struct hae_view_database *database)
{
    return database->problem;
}

/* ---- Reading ------------------------------------------------------------------------- */

static uint64_t read_time_ns(const struct hae_view_database *database)
{
    return hae_time_ns(CLOCK_MONOTONIC) - database->read_since_ns;
}

bool hae_view_database_read_is_over(const struct hae_view_database *database)
{
    return read_time_ns(database) > database->options.read_ns || database->read_took_too_much;
}

/* The memory of this process; 0: it is not known. */
static uint64_t resident_bytes(void)
{
    char text[64] = "";
    unsigned long pages = 0;
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0 || sscanf(text, "%*u %lu", &pages) != 1) {
        return 0;
    }
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* What SQLite sorts and tells apart for a question lies in memory. */
static bool takes_too_much(struct hae_view_database *database)
{
    database->read_took_too_much |=
        database->read_memory_bytes != 0 &&
        resident_bytes() > database->read_memory_bytes + READER_MEMORY_BYTES;
    return database->read_took_too_much;
}

/* Whether a reader has to stop. Called while its statement runs. */
static int must_stop(void *user)
{
    struct hae_view_database *database = user;
    /* Relaxed: nothing else hangs on it. */
    return atomic_load_explicit(&database->interrupted, memory_order_relaxed) ||
           hae_view_database_read_is_over(database) || takes_too_much(database) ||
           (read_time_ns(database) > READER_SLICE_NS && hae_view_gate_is_wanted(&database->gate));
}

sqlite3 *hae_view_database_read(struct hae_view_database *database)
{
    hae_view_gate_take(&database->gate, false);
    sqlite3 *db = database->reader != NULL ? database->reader : database->db;
    database->read_since_ns = hae_time_ns(CLOCK_MONOTONIC);
    database->read_memory_bytes = resident_bytes();
    database->read_took_too_much = false;
    sqlite3_progress_handler(db, PROGRESS_STEPS, must_stop, database);
    return db;
}

void hae_view_database_read_done(struct hae_view_database *database)
{
    sqlite3_progress_handler(database->reader != NULL ? database->reader : database->db, 0, NULL,
                             NULL);
    hae_view_gate_leave(&database->gate);
}

void hae_view_database_interrupt(struct hae_view_database *database, bool interrupted)
{
    /* Relaxed: the reader only has to see it soon. */
    atomic_store_explicit(&database->interrupted, interrupted, memory_order_relaxed);
}

struct hae_view_database_counts hae_view_database_counts(struct hae_view_database *database)
{
    pthread_mutex_lock(&database->counts_lock);
    struct hae_view_database_counts counts = database->counts;
    pthread_mutex_unlock(&database->counts_lock);
    return counts;
}

uint64_t hae_view_database_used_bytes(struct hae_view_database *database, sqlite3 *reading,
                                      uint64_t *ret_limit)
{
    int64_t pages =
        highest(reading, "PRAGMA page_count") - highest(reading, "PRAGMA freelist_count");
    *ret_limit = database->options.size_bytes;
    return pages > 0 ? (uint64_t)pages * PAGE_BYTES : 0;
}

void hae_view_database_marks(const struct hae_view_database *database, int64_t *ret_rollup,
                             int64_t *ret_seen)
{
    *ret_rollup = database->marks.rollup;
    *ret_seen = database->errors_seen;
}
