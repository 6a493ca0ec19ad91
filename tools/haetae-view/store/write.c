/* SPDX-License-Identifier: Apache-2.0 */
#include "store/write.h"

#include "store/bind.h"
#include "store/connection.h"
#include "store/error_groups.h"
#include "store/intern.h"
#include "store/schema.h"

/* ---- Logs ------------------------------------------------------------------------------ */

void hae_view_database_log(struct hae_view_database *database, const struct hae_view_origin *origin,
                           const struct hae_view_log_row *row)
{
    sqlite3_stmt *add = database->statements[HAE_VIEW_ADD_LOG];
    int64_t group = 0;
    if (row->error.data != NULL && database->failure == SQLITE_OK) {
        group = hae_view_error_group(database, origin->service, "log", row->error,
                                     row->has_trace ? row->trace_id : NULL, row->time_ns);
    }
    if (database->failure != SQLITE_OK) {
        return;
    }
    int64_t id = database->marks.log + 1;
    sqlite3_bind_int64(add, 1, id);
    hae_view_bind_count(add, 2, row->time_ns);
    hae_view_bind_count(add, 3, database->arrival.unix_ns);
    sqlite3_bind_int64(add, 4, origin->resource);
    sqlite3_bind_int64(add, 5, origin->scope);
    sqlite3_bind_int(add, 6, row->severity);
    hae_view_bind_id(add, 7, row->has_trace, row->trace_id, 16);
    hae_view_bind_id(add, 8, row->has_span, row->span_id, 8);
    hae_view_bind_text(add, 9, row->event_name);
    hae_view_bind_text(add, 10, row->body);
    if (group != 0) {
        sqlite3_bind_int64(add, 11, group);
    } else {
        sqlite3_bind_null(add, 11);
    }
    hae_view_bind_text(add, 12, row->attributes);
    if (hae_view_run(database, HAE_VIEW_ADD_LOG)) {
        database->marks.log = id;
        database->counts_now.items_without_resource +=
            origin->resource == HAE_VIEW_OTHER_RESOURCE ? 1 : 0;
    }
}

/* ---- Metrics --------------------------------------------------------------------------- */

/* Columns that a point does not have are NULL: a distribution has no value, and a number no sum. */
static void bind_figures(sqlite3_stmt *add, const struct hae_view_point_row *row)
{
    const struct hae_view_figures *figures = &row->figures;
    bool distribution = row->buckets.data != NULL;
    for (int at = 5; at <= 13; at++) {
        sqlite3_bind_null(add, at);
    }
    if (row->no_recorded_value) {
        return;
    }
    if (!distribution) {
        sqlite3_bind_double(add, 5,
                            figures->is_integer ? (double)figures->integer : figures->value);
        if (figures->is_integer) {
            sqlite3_bind_int64(add, 6, figures->integer);
        }
        return;
    }
    hae_view_bind_unsigned(add, 7, figures->count);
    hae_view_bind_real(add, 8, figures->sum);
    hae_view_bind_real(add, 9, figures->min);
    hae_view_bind_real(add, 10, figures->max);
    hae_view_bind_real(add, 11, figures->p50);
    hae_view_bind_real(add, 12, figures->p99);
    hae_view_bind_text(add, 13, row->buckets);
}

void hae_view_database_point(struct hae_view_database *database,
                             const struct hae_view_point_row *row)
{
    if (database->failure != SQLITE_OK) {
        return;
    }
    if (row->series == 0) {
        database->counts_now.points_without_series++;
        return;
    }
    sqlite3_stmt *add = database->statements[HAE_VIEW_ADD_POINT];
    int64_t id = database->marks.point + 1;
    sqlite3_bind_int64(add, 1, id);
    sqlite3_bind_int64(add, 2, row->series);
    hae_view_bind_count(add, 3, row->time_ns);
    hae_view_bind_count(add, 4, row->start_ns);
    bind_figures(add, row);
    if (hae_view_run(database, HAE_VIEW_ADD_POINT) && sqlite3_changes64(database->db) > 0) {
        database->marks.point = id;
    }
}

void hae_view_database_exemplar(struct hae_view_database *database,
                                const struct hae_view_exemplar_row *row)
{
    if (database->failure != SQLITE_OK || row->series == 0) {
        return;
    }
    sqlite3_stmt *add = database->statements[HAE_VIEW_ADD_EXEMPLAR];
    int64_t id = database->marks.exemplar + 1;
    sqlite3_bind_int64(add, 1, id);
    sqlite3_bind_int64(add, 2, row->series);
    hae_view_bind_count(add, 3, row->time_ns);
    hae_view_bind_real(add, 4, row->value);
    hae_view_bind_id(add, 5, row->has_trace, row->trace_id, 16);
    hae_view_bind_id(add, 6, row->has_trace, row->span_id, 8);
    hae_view_bind_text(add, 7, row->attributes);
    if (hae_view_run(database, HAE_VIEW_ADD_EXEMPLAR) && sqlite3_changes64(database->db) > 0) {
        database->marks.exemplar = id;
    }
}
