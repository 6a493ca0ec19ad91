/* SPDX-License-Identifier: Apache-2.0 */
#include "store/write.h"

#include <string.h>

#include "store/bind.h"
#include "store/connection.h"
#include "store/error_groups.h"
#include "store/intern.h"
#include "store/schema.h"

#define SECOND_NS UINT64_C(1000000000)

/* ---- Rollup ---------------------------------------------------------------------------- */

void hae_view_write_rollup(struct hae_view_database *database)
{
    struct hae_view_rollup *rollup = &database->rollup;
    sqlite3_stmt *add = database->statements[HAE_VIEW_ADD_ROLLUP];
    uint8_t blob[HAE_VIEW_HISTOGRAM_BYTES];
    for (size_t i = 0; i < rollup->count && database->failure == SQLITE_OK; i++) {
        const struct hae_view_rollup_row *row = &rollup->rows[i];
        int64_t id = database->marks.rollup + 1;
        sqlite3_bind_int64(add, 1, id);
        sqlite3_bind_int64(add, 2, row->bucket_s);
        sqlite3_bind_int64(add, 3, row->op);
        sqlite3_bind_int64(add, 4, row->resource);
        hae_view_bind_count(add, 5, row->requests);
        hae_view_bind_count(add, 6, row->errors);
        hae_view_bind_count(add, 7, row->duration_sum);
        hae_view_bind_count(add, 8, row->durations.max_ns);
        size_t size = hae_view_histogram_blob(&row->durations, blob);
        sqlite3_bind_blob64(add, 9, blob, size, SQLITE_STATIC);
        if (hae_view_run(database, HAE_VIEW_ADD_ROLLUP)) {
            database->marks.rollup = id;
        }
        sqlite3_bind_null(add, 9);
    }
}

static void count_in_rollup(struct hae_view_database *database,
                            const struct hae_view_origin *origin,
                            const struct hae_view_span_row *row, int64_t op, uint64_t duration_ns)
{
    int64_t bucket_s = (int64_t)(row->start_ns / SECOND_NS);
    bucket_s -= bucket_s % HAE_VIEW_ROLLUP_SECONDS;
    struct hae_view_rollup_row *sums =
        hae_view_rollup_row(&database->rollup, bucket_s, op, origin->resource);
    if (sums == NULL) {
        hae_view_write_rollup(database);
        hae_view_rollup_clear(&database->rollup);
        sums = hae_view_rollup_row(&database->rollup, bucket_s, op, origin->resource);
    }
    sums->requests++;
    sums->errors += row->status == HAE_VIEW_STATUS_ERROR ? 1 : 0;
    if (__builtin_add_overflow(sums->duration_sum, duration_ns, &sums->duration_sum)) {
        sums->duration_sum = UINT64_MAX;
    }
    hae_view_histogram_add(&sums->durations, duration_ns);
}

/* ---- Spans ----------------------------------------------------------------------------- */

static bool is_set(const uint8_t id[8])
{
    static const uint8_t none[8];
    return memcmp(id, none, sizeof none) != 0;
}

bool hae_view_span_is_entry(const struct hae_view_span_row *row)
{
    return row->kind == HAE_VIEW_KIND_SERVER || row->kind == HAE_VIEW_KIND_CONSUMER ||
           !is_set(row->parent_id);
}

static void bind_span(sqlite3_stmt *add, const struct hae_view_span_row *row)
{
    hae_view_bind_id(add, 2, row->valid_ids, row->trace_id, 16);
    hae_view_bind_id(add, 3, row->valid_ids, row->span_id, 8);
    hae_view_bind_id(add, 4, is_set(row->parent_id), row->parent_id, 8);
    sqlite3_bind_int(add, 9, row->status);
    hae_view_bind_count(add, 10, row->start_ns);
    hae_view_bind_text(add, 13, row->message);
    hae_view_bind_text(add, 14, row->trace_state);
    sqlite3_bind_int64(add, 15, row->flags);
    hae_view_bind_text(add, 17, row->attributes);
}

/* Counts what went wrong. Once it is known that the span is none that came before. */
static void note_error(struct hae_view_database *database, const struct hae_view_origin *origin,
                       const struct hae_view_span_row *row)
{
    int64_t group = hae_view_error_group(database, origin->service, "span", row->error,
                                         row->valid_ids ? row->trace_id : NULL, row->end_ns);
    if (group != 0) {
        sqlite3_stmt *set = database->statements[HAE_VIEW_SET_ERROR];
        sqlite3_bind_int64(set, 1, group);
        sqlite3_bind_int64(set, 2, database->span);
        (void)hae_view_run(database, HAE_VIEW_SET_ERROR);
    }
}

enum hae_view_write hae_view_database_span(struct hae_view_database *database,
                                           const struct hae_view_origin *origin,
                                           const struct hae_view_span_row *row)
{
    database->span = 0;
    if (database->failure != SQLITE_OK) {
        return HAE_VIEW_WRITE_FAILED;
    }
    bool entry = hae_view_span_is_entry(row);
    uint64_t duration_ns = row->end_ns > row->start_ns ? row->end_ns - row->start_ns : 0;
    int64_t op = hae_view_intern_op(database, origin->service, row, entry);
    sqlite3_stmt *add = database->statements[HAE_VIEW_ADD_SPAN];
    int64_t id = database->marks.span + 1;
    bool nameless = op <= HAE_VIEW_OTHER_OP + 1;
    sqlite3_bind_int64(add, 1, id);
    bind_span(add, row);
    sqlite3_bind_int64(add, 5, op);
    sqlite3_bind_int64(add, 6, origin->resource);
    sqlite3_bind_int64(add, 7, origin->scope);
    sqlite3_bind_int(add, 8, entry ? 1 : 0);
    hae_view_bind_count(add, 11, duration_ns);
    hae_view_bind_text(add, 12, nameless ? row->name : (struct hae_view_text){NULL, 0});
    sqlite3_bind_null(add, 16);
    if (op == 0 || !hae_view_run(database, HAE_VIEW_ADD_SPAN)) {
        return HAE_VIEW_WRITE_FAILED;
    }
    if (sqlite3_changes64(database->db) == 0) {
        return HAE_VIEW_WRITE_DUPLICATE;
    }
    database->marks.span = id;
    database->span = id;
    database->counts_now.spans_without_operation += nameless ? 1 : 0;
    database->counts_now.items_without_resource +=
        origin->resource == HAE_VIEW_OTHER_RESOURCE ? 1 : 0;
    if (entry || row->kind == HAE_VIEW_KIND_CLIENT || row->kind == HAE_VIEW_KIND_PRODUCER) {
        count_in_rollup(database, origin, row, op, duration_ns);
    }
    if (row->error.data != NULL) {
        note_error(database, origin, row);
    }
    return HAE_VIEW_WRITTEN;
}

void hae_view_database_event(struct hae_view_database *database,
                             const struct hae_view_event_row *row)
{
    sqlite3_stmt *add = database->statements[HAE_VIEW_ADD_EVENT];
    if (database->failure != SQLITE_OK || database->span == 0) {
        return;
    }
    sqlite3_bind_int64(add, 1, database->span);
    hae_view_bind_count(add, 2, row->time_ns);
    hae_view_bind_text(add, 3, row->name);
    hae_view_bind_text(add, 4, row->attributes);
    (void)hae_view_run(database, HAE_VIEW_ADD_EVENT);
}

void hae_view_database_link(struct hae_view_database *database, const struct hae_view_link_row *row)
{
    sqlite3_stmt *add = database->statements[HAE_VIEW_ADD_LINK];
    if (database->failure != SQLITE_OK || database->span == 0) {
        return;
    }
    sqlite3_bind_int64(add, 1, database->span);
    hae_view_bind_id(add, 2, row->valid_ids, row->trace_id, 16);
    hae_view_bind_id(add, 3, row->valid_ids, row->span_id, 8);
    hae_view_bind_text(add, 4, row->attributes);
    (void)hae_view_run(database, HAE_VIEW_ADD_LINK);
}

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

/* What is not known of a point is NULL: sums of what has one value only, and the other way round.
 */
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
    hae_view_bind_count(add, 7, figures->count);
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
