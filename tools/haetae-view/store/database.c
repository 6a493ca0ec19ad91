/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "store/connect.h"
#include "store/connection.h"
#include "store/intern.h"
#include "store/number.h"
#include "store/page_cache.h"
#include "store/read_limits.h"
#include "store/retention.h"
#include "store/room.h"
#include "store/spans.h"

#define READER_MAX_NS UINT64_C(10000000000) /* unless options say otherwise */

/* ---- Opening ------------------------------------------------------------------------- */

/* Switches off SQLite's count of its memory: it takes a lock, and nobody reads it here. Called
 * once, before anything else of SQLite. */
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
    if (!hae_view_connect(database, problem, problem_size)) {
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
    hae_view_log_stop(&database->log);
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
    hae_view_log_hold(&database->log);
    errno = 0; /* what it is after a failure belongs to this request */
    database->failure = SQLITE_OK;
    database->shortage = HAE_VIEW_SHORTAGE_NONE;
    database->problem[0] = '\0';
    database->arrival = arrival;
    database->marks_before = database->marks;
    database->noted_before = database->noted;
    database->noted_before_ns = database->noted_ns;
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

/* Restores everything to what it was when the request began. */
static void take_back(struct hae_view_database *database)
{
    hae_view_roll_back(database);
    database->marks = database->marks_before;
    database->noted = database->noted_before;
    database->noted_ns = database->noted_before_ns;
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
    if (database->shortage != HAE_VIEW_SHORTAGE_NONE) {
        return HAE_VIEW_DATABASE_DISK_FULL;
    }
    switch (database->failure & 0xff) {
    case SQLITE_OK:
        return HAE_VIEW_DATABASE_KEPT;
    case SQLITE_FULL:
        return HAE_VIEW_DATABASE_FULL;
    case SQLITE_NOMEM:
        return HAE_VIEW_DATABASE_NO_MEMORY;
    default:
        return HAE_VIEW_DATABASE_BROKEN;
    }
}

/* For the next request, after one for which there was none. */
static void make_room(struct hae_view_database *database)
{
    if (database->shortage == HAE_VIEW_SHORTAGE_LOG) {
        (void)hae_view_log_make_room(&database->log);
    } else if (database->failure == SQLITE_FULL) {
        hae_view_retention_make_room(database);
        add_counts(database);
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
        hae_view_room_secure(database);
    }
    if (keep && database->failure == SQLITE_OK) {
        (void)hae_view_run(database, HAE_VIEW_COMMIT);
    }
    enum hae_view_database_result result = result_of(database);
    if (!keep || result != HAE_VIEW_DATABASE_KEPT) {
        take_back(database);
        make_room(database);
    } else {
        hae_view_room_keep(database);
        add_counts(database);
    }
    hae_view_log_release(&database->log);
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

bool hae_view_database_read_is_over(const struct hae_view_database *database)
{
    return hae_view_read_limits_reached(database);
}

sqlite3 *hae_view_database_read(struct hae_view_database *database)
{
    hae_view_gate_take(&database->gate, false);
    sqlite3 *db = database->reader != NULL ? database->reader : database->db;
    hae_view_read_limits_begin(database, db);
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
    int64_t pages = hae_view_number_of(reading, "PRAGMA page_count") -
                    hae_view_number_of(reading, "PRAGMA freelist_count");
    *ret_limit = database->options.size_bytes;
    return pages > 0 ? (uint64_t)pages * HAE_VIEW_PAGE_BYTES : 0;
}

void hae_view_database_marks(const struct hae_view_database *database, int64_t *ret_rollup,
                             int64_t *ret_seen)
{
    *ret_rollup = database->marks.rollup;
    *ret_seen = database->errors_seen;
}
