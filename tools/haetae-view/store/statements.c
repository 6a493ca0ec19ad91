/* SPDX-License-Identifier: Apache-2.0 */
#include "store/statements.h"

#include <stddef.h>

#include "store/database_types.h"

/* A span has no error yet. */
#define ADD_SPANS "INSERT OR IGNORE INTO span VALUES"
#define SPAN      "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)"
#define FOUR      SPAN ", " SPAN ", " SPAN ", " SPAN

static const char add_span[] = ADD_SPANS SPAN;
static const char add_spans[] = ADD_SPANS FOUR ", " FOUR ", " FOUR ", " FOUR ", " FOUR;
_Static_assert(HAE_VIEW_SPANS_MAX == 5 * 4, "the statement adds as many as wait");

static const char add_rollup[] =
    "INSERT INTO rollup VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT(bucket_s, op, resource) DO UPDATE SET"
    " requests = requests + excluded.requests, errors = errors + excluded.errors,"
    " duration_sum = duration_sum + excluded.duration_sum,"
    " duration_max = max(duration_max, excluded.duration_max),"
    " histogram = merge_histograms(histogram, excluded.histogram)";

static const char count_error[] = "UPDATE error_group SET sample = ?2, last_ns = max(last_ns, ?3),"
                                  " first_ns = min(first_ns, ?3), seen = ?4, count = count + 1,"
                                  " last_trace = coalesce(?5, last_trace) WHERE id = ?1";

static const char drop_errors[] = "DELETE FROM error_group WHERE id IN"
                                  " (SELECT id FROM error_group ORDER BY seen LIMIT ?)";

static const char oldest_arrival[] = "SELECT id, time_ns, span, log, point, exemplar, rollup"
                                     " FROM arrival ORDER BY id LIMIT 1";

static const char *const texts[HAE_VIEW_STATEMENTS] = {
    [HAE_VIEW_BEGIN] = "BEGIN IMMEDIATE",
    [HAE_VIEW_COMMIT] = "COMMIT",
    [HAE_VIEW_ROLLBACK] = "ROLLBACK",
    [HAE_VIEW_ADD_RESOURCE] = "INSERT INTO resource VALUES(NULL, ?, ?, ?, ?)",
    [HAE_VIEW_ADD_SCOPE] = "INSERT INTO scope VALUES(NULL, ?, ?, ?)",
    [HAE_VIEW_ADD_OP] = "INSERT INTO op VALUES(NULL, ?, ?, ?, ?)",
    [HAE_VIEW_ADD_SPAN] = add_span,
    [HAE_VIEW_ADD_SPANS] = add_spans,
    [HAE_VIEW_NEW_SPANS] = "SELECT id FROM span WHERE id >= ?",
    [HAE_VIEW_MOVE_SPAN] = "UPDATE span SET id = ?2 WHERE id = ?1",
    [HAE_VIEW_MOVE_EVENTS] = "UPDATE event SET span = ?2 WHERE span = ?1",
    [HAE_VIEW_MOVE_LINKS] = "UPDATE link SET span = ?2 WHERE span = ?1",
    [HAE_VIEW_SET_ERROR] = "UPDATE span SET error = ? WHERE id = ?",
    [HAE_VIEW_ADD_EVENT] = "INSERT INTO event VALUES(NULL, ?, ?, ?, ?)",
    [HAE_VIEW_ADD_LINK] = "INSERT INTO link VALUES(NULL, ?, ?, ?, ?)",
    [HAE_VIEW_ADD_LOG] = "INSERT INTO log VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [HAE_VIEW_ADD_METRIC] = "INSERT INTO metric VALUES(NULL, ?, ?, ?, ?, ?, ?, ?)",
    [HAE_VIEW_ADD_SERIES] = "INSERT INTO series VALUES(NULL, ?, ?, ?, ?)",
    [HAE_VIEW_ADD_POINT] =
        "INSERT OR IGNORE INTO point VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [HAE_VIEW_ADD_EXEMPLAR] = "INSERT OR IGNORE INTO exemplar VALUES(?, ?, ?, ?, ?, ?, ?)",
    [HAE_VIEW_ADD_ROLLUP] = add_rollup,
    [HAE_VIEW_ADD_ERROR] =
        "INSERT INTO error_group VALUES(NULL, ?1, ?2, ?3, ?4, ?5, ?5, ?6, 1, ?7)",
    [HAE_VIEW_COUNT_ERROR] = count_error,
    [HAE_VIEW_DROP_ERRORS] = drop_errors,
    [HAE_VIEW_ADD_ARRIVAL] = "INSERT INTO arrival VALUES(NULL, ?, ?, ?, ?, ?, ?)",
    [HAE_VIEW_OLDEST_ARRIVAL] = oldest_arrival,
    [HAE_VIEW_DROP_ARRIVAL] = "DELETE FROM arrival WHERE id = ?",
    [HAE_VIEW_DROP_EVENTS] = "DELETE FROM event WHERE span <= ?",
    [HAE_VIEW_DROP_LINKS] = "DELETE FROM link WHERE span <= ?",
    [HAE_VIEW_DROP_EVENTS_OF] = "DELETE FROM event WHERE span = ?",
    [HAE_VIEW_DROP_LINKS_OF] = "DELETE FROM link WHERE span = ?",
    [HAE_VIEW_DROP_SPANS] = "DELETE FROM span WHERE id <= ?",
    [HAE_VIEW_DROP_LOGS] = "DELETE FROM log WHERE id <= ?",
    [HAE_VIEW_DROP_POINTS] = "DELETE FROM point WHERE id <= ?",
    [HAE_VIEW_DROP_EXEMPLARS] = "DELETE FROM exemplar WHERE id <= ?",
    [HAE_VIEW_DROP_ROLLUPS] = "DELETE FROM rollup WHERE id <= ?",
    [HAE_VIEW_PAGES] = "PRAGMA page_count",
    [HAE_VIEW_FREE_PAGES] = "PRAGMA freelist_count",
};

bool hae_view_statements_prepare(sqlite3 *db, sqlite3_stmt *statements[HAE_VIEW_STATEMENTS])
{
    for (int i = 0; i < HAE_VIEW_STATEMENTS; i++) {
        if (sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i], NULL) !=
            SQLITE_OK) {
            return false;
        }
    }
    return true;
}

void hae_view_statements_done(sqlite3_stmt *statements[HAE_VIEW_STATEMENTS])
{
    for (int i = 0; i < HAE_VIEW_STATEMENTS; i++) {
        sqlite3_finalize(statements[i]);
        statements[i] = NULL;
    }
}
