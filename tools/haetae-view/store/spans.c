/* SPDX-License-Identifier: Apache-2.0 */
#include "store/spans.h"

#include <string.h>

#include "store/bind.h"
#include "store/connection.h"
#include "store/error_groups.h"
#include "store/intern.h"
#include "store/schema.h"

#define SECOND_NS UINT64_C(1000000000)

/* With so much text, the waiting spans are written before another one is added. */
#define TEXTS_FULL ((size_t)256 * 1024)
/* A larger buffer is freed when they are written. */
#define TEXTS_KEPT ((size_t)1024 * 1024)

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

static uint64_t duration_of(const struct hae_view_span_row *row)
{
    return row->end_ns > row->start_ns ? row->end_ns - row->start_ns : 0;
}

static void count_in_rollup(struct hae_view_database *database,
                            const struct hae_view_queued_span *span)
{
    const struct hae_view_span_row *row = &span->row;
    uint64_t duration_ns = duration_of(row);
    int64_t bucket_s = (int64_t)(row->start_ns / SECOND_NS);
    bucket_s -= bucket_s % HAE_VIEW_ROLLUP_SECONDS;
    struct hae_view_rollup_row *sums =
        hae_view_rollup_row(&database->rollup, bucket_s, span->op, span->resource);
    if (sums == NULL) {
        hae_view_write_rollup(database);
        hae_view_rollup_clear(&database->rollup);
        sums = hae_view_rollup_row(&database->rollup, bucket_s, span->op, span->resource);
    }
    sums->requests++;
    sums->errors += row->status == HAE_VIEW_STATUS_ERROR ? 1 : 0;
    if (__builtin_add_overflow(sums->duration_sum, duration_ns, &sums->duration_sum)) {
        sums->duration_sum = UINT64_MAX;
    }
    hae_view_histogram_add(&sums->durations, duration_ns);
}

/* ---- Those that wait ------------------------------------------------------------------- */

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

/* The texts of a span lie behind each other in this order. */
static void texts_of(struct hae_view_queued_span *span, struct hae_view_text *out[6])
{
    out[0] = &span->row.name;
    out[1] = &span->row.message;
    out[2] = &span->row.trace_state;
    out[3] = &span->row.attributes;
    out[4] = &span->row.error;
    out[5] = &span->service;
}

void hae_view_database_span(struct hae_view_database *database,
                            const struct hae_view_origin *origin,
                            const struct hae_view_span_row *row)
{
    struct hae_view_span_batch *batch = &database->spans;
    if (database->failure != SQLITE_OK || batch->count == HAE_VIEW_SPANS_MAX) {
        return;
    }
    struct hae_view_queued_span *span = &batch->spans[batch->count];
    bool entry = hae_view_span_is_entry(row);
    int64_t op = hae_view_intern_op(database, origin->service, row, entry);
    if (op == 0) {
        return;
    }
    *span = (struct hae_view_queued_span){
        .row = *row,
        .op = op,
        .resource = origin->resource,
        .scope = origin->scope,
        .entry = entry,
        .texts_at = batch->texts.length,
    };
    span->id = database->marks.span + 1 + (int64_t)batch->count;
    if (op > HAE_VIEW_OTHER_OP + 1) {
        span->row.name = (struct hae_view_text){NULL, 0}; /* the operation has it */
    }
    if (row->error.data != NULL) {
        span->service = origin->service;
    }
    struct hae_view_text *texts[6];
    texts_of(span, texts);
    for (size_t i = 0; i < 6; i++) {
        hae_buffer_add(&batch->texts, texts[i]->data, texts[i]->length);
    }
    if (batch->texts.failed) {
        hae_view_fail(database, SQLITE_NOMEM);
        return;
    }
    batch->count++;
}

bool hae_view_database_spans_are_full(const struct hae_view_database *database)
{
    return database->spans.count == HAE_VIEW_SPANS_MAX || database->spans.texts.length > TEXTS_FULL;
}

void hae_view_database_forget_spans(struct hae_view_database *database)
{
    struct hae_view_span_batch *batch = &database->spans;
    batch->count = 0;
    hae_buffer_clear(&batch->texts);
    if (batch->texts.capacity > TEXTS_KEPT) {
        hae_buffer_done(&batch->texts);
    }
}

/* Points the texts of a span to where they lie, now that nothing moves them any more. */
static void place_texts(struct hae_view_span_batch *batch, struct hae_view_queued_span *span)
{
    struct hae_view_text *texts[6];
    const char *at = batch->texts.data + span->texts_at;
    texts_of(span, texts);
    for (size_t i = 0; i < 6; i++) {
        if (texts[i]->data != NULL) {
            texts[i]->data = at;
            at += texts[i]->length;
        }
    }
}

/* ---- Events and links ------------------------------------------------------------------ */

static struct hae_view_queued_span *last_of(struct hae_view_database *database)
{
    struct hae_view_span_batch *batch = &database->spans;
    return database->failure == SQLITE_OK && batch->count > 0 ? &batch->spans[batch->count - 1]
                                                              : NULL;
}

void hae_view_database_event(struct hae_view_database *database,
                             const struct hae_view_event_row *row)
{
    sqlite3_stmt *add = database->statements[HAE_VIEW_ADD_EVENT];
    struct hae_view_queued_span *span = last_of(database);
    if (span == NULL) {
        return;
    }
    span->has_events = true;
    sqlite3_bind_int64(add, 1, span->id);
    hae_view_bind_count(add, 2, row->time_ns);
    hae_view_bind_text(add, 3, row->name);
    hae_view_bind_text(add, 4, row->attributes);
    (void)hae_view_run(database, HAE_VIEW_ADD_EVENT);
}

void hae_view_database_link(struct hae_view_database *database, const struct hae_view_link_row *row)
{
    sqlite3_stmt *add = database->statements[HAE_VIEW_ADD_LINK];
    struct hae_view_queued_span *span = last_of(database);
    if (span == NULL) {
        return;
    }
    span->has_links = true;
    sqlite3_bind_int64(add, 1, span->id);
    hae_view_bind_id(add, 2, row->valid_ids, row->trace_id, 16);
    hae_view_bind_id(add, 3, row->valid_ids, row->span_id, 8);
    hae_view_bind_text(add, 4, row->attributes);
    (void)hae_view_run(database, HAE_VIEW_ADD_LINK);
}

/* Deletes the events and links of a duplicate: they were written before it was known to be one. */
static void take_back(struct hae_view_database *database, const struct hae_view_queued_span *span)
{
    if (span->has_events) {
        sqlite3_bind_int64(database->statements[HAE_VIEW_DROP_EVENTS_OF], 1, span->id);
        (void)hae_view_run(database, HAE_VIEW_DROP_EVENTS_OF);
    }
    if (span->has_links) {
        sqlite3_bind_int64(database->statements[HAE_VIEW_DROP_LINKS_OF], 1, span->id);
        (void)hae_view_run(database, HAE_VIEW_DROP_LINKS_OF);
    }
}

/* ---- Writing --------------------------------------------------------------------------- */

/* The parameters of a span are those after `before`. */
static void bind_span(sqlite3_stmt *add, int before, const struct hae_view_queued_span *span)
{
    const struct hae_view_span_row *row = &span->row;
    sqlite3_bind_int64(add, before + 1, span->id);
    hae_view_bind_id(add, before + 2, row->valid_ids, row->trace_id, 16);
    hae_view_bind_id(add, before + 3, row->valid_ids, row->span_id, 8);
    hae_view_bind_id(add, before + 4, is_set(row->parent_id), row->parent_id, 8);
    sqlite3_bind_int64(add, before + 5, span->op);
    sqlite3_bind_int64(add, before + 6, span->resource);
    sqlite3_bind_int64(add, before + 7, span->scope);
    sqlite3_bind_int(add, before + 8, span->entry ? 1 : 0);
    sqlite3_bind_int(add, before + 9, row->status);
    hae_view_bind_count(add, before + 10, row->start_ns);
    hae_view_bind_count(add, before + 11, duration_of(row));
    hae_view_bind_text(add, before + 12, row->name);
    hae_view_bind_text(add, before + 13, row->message);
    hae_view_bind_text(add, before + 14, row->trace_state);
    sqlite3_bind_int64(add, before + 15, row->flags);
    hae_view_bind_text(add, before + 16, row->attributes);
}

/* Notes which spans of a batch were new: those that are in the table now. */
static void find_new(struct hae_view_database *database)
{
    struct hae_view_span_batch *batch = &database->spans;
    sqlite3_stmt *find = database->statements[HAE_VIEW_NEW_SPANS];
    int code;
    sqlite3_bind_int64(find, 1, batch->spans[0].id);
    while ((code = sqlite3_step(find)) == SQLITE_ROW) {
        int64_t place = sqlite3_column_int64(find, 0) - batch->spans[0].id;
        if (place < (int64_t)batch->count) {
            batch->outcomes[place] = HAE_VIEW_WRITTEN;
        }
    }
    if (code != SQLITE_DONE) {
        hae_view_fail(database, code);
    }
    (void)sqlite3_reset(find);
}

static void insert_all(struct hae_view_database *database)
{
    struct hae_view_span_batch *batch = &database->spans;
    sqlite3_stmt *add = database->statements[HAE_VIEW_ADD_SPANS];
    for (size_t i = 0; i < batch->count; i++) {
        bind_span(add, (int)i * HAE_VIEW_SPAN_PARAMETERS, &batch->spans[i]);
    }
    if (!hae_view_run(database, HAE_VIEW_ADD_SPANS)) {
        return;
    }
    size_t added = (size_t)sqlite3_changes64(database->db);
    for (size_t i = 0; i < batch->count; i++) {
        batch->outcomes[i] = added == batch->count ? HAE_VIEW_WRITTEN : HAE_VIEW_WRITE_DUPLICATE;
    }
    if (added > 0 && added < batch->count) {
        find_new(database);
    }
}

static void insert_each(struct hae_view_database *database)
{
    struct hae_view_span_batch *batch = &database->spans;
    for (size_t i = 0; i < batch->count; i++) {
        bind_span(database->statements[HAE_VIEW_ADD_SPAN], 0, &batch->spans[i]);
        if (!hae_view_run(database, HAE_VIEW_ADD_SPAN)) {
            return;
        }
        batch->outcomes[i] =
            sqlite3_changes64(database->db) > 0 ? HAE_VIEW_WRITTEN : HAE_VIEW_WRITE_DUPLICATE;
    }
}

/* Counts the error of a span that failed. */
static void note_error(struct hae_view_database *database, const struct hae_view_queued_span *span)
{
    const struct hae_view_span_row *row = &span->row;
    int64_t group = hae_view_error_group(database, span->service, "span", row->error,
                                         row->valid_ids ? row->trace_id : NULL, row->end_ns);
    if (group != 0) {
        sqlite3_stmt *set = database->statements[HAE_VIEW_SET_ERROR];
        sqlite3_bind_int64(set, 1, group);
        sqlite3_bind_int64(set, 2, span->id);
        (void)hae_view_run(database, HAE_VIEW_SET_ERROR);
    }
}

static void move(struct hae_view_database *database, enum hae_view_statement which, int64_t from,
                 int64_t to)
{
    sqlite3_bind_int64(database->statements[which], 1, from);
    sqlite3_bind_int64(database->statements[which], 2, to);
    (void)hae_view_run(database, which);
}

/* Duplicates leave no gaps in the numbers: how many spans are kept is known from the first and the
 * last one. */
static void close_gap(struct hae_view_database *database, struct hae_view_queued_span *span)
{
    int64_t id = database->marks.span + 1;
    if (id == span->id) {
        return;
    }
    move(database, HAE_VIEW_MOVE_SPAN, span->id, id);
    if (span->has_events) {
        move(database, HAE_VIEW_MOVE_EVENTS, span->id, id);
    }
    if (span->has_links) {
        move(database, HAE_VIEW_MOVE_LINKS, span->id, id);
    }
    span->id = id;
}

/* Counts a span, once it is known to be no duplicate. */
static void count_span(struct hae_view_database *database, struct hae_view_queued_span *span)
{
    uint8_t kind = span->row.kind;
    close_gap(database, span);
    database->marks.span = span->id;
    database->counts_now.spans_without_operation += span->op <= HAE_VIEW_OTHER_OP + 1 ? 1 : 0;
    database->counts_now.items_without_resource +=
        span->resource == HAE_VIEW_OTHER_RESOURCE ? 1 : 0;
    if (span->entry || kind == HAE_VIEW_KIND_CLIENT || kind == HAE_VIEW_KIND_PRODUCER) {
        count_in_rollup(database, span);
    }
    if (span->row.error.data != NULL) {
        note_error(database, span);
    }
}

const enum hae_view_write *hae_view_database_write_spans(struct hae_view_database *database,
                                                         size_t *ret_count)
{
    struct hae_view_span_batch *batch = &database->spans;
    *ret_count = batch->count;
    for (size_t i = 0; i < batch->count; i++) {
        place_texts(batch, &batch->spans[i]);
        batch->outcomes[i] = HAE_VIEW_WRITE_FAILED;
    }
    if (batch->count == HAE_VIEW_SPANS_MAX) {
        insert_all(database);
    } else {
        insert_each(database);
    }
    for (size_t i = 0; i < batch->count && database->failure == SQLITE_OK; i++) {
        if (batch->outcomes[i] == HAE_VIEW_WRITTEN) {
            count_span(database, &batch->spans[i]);
        } else {
            take_back(database, &batch->spans[i]);
        }
    }
    hae_view_database_forget_spans(database);
    return batch->outcomes;
}
