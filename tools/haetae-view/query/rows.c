/* SPDX-License-Identifier: Apache-2.0 */
#include "query/rows.h"

#include <math.h>
#include <string.h>

#include "store/schema.h"

#define SECOND_NS INT64_C(1000000000)

struct hae_view_rows hae_view_ask(sqlite3 *db, const char *question)
{
    struct hae_view_rows rows = {NULL, SQLITE_OK};
    rows.code = sqlite3_prepare_v2(db, question, -1, &rows.statement, NULL);
    return rows;
}

static int place_of(const struct hae_view_rows *rows, const char *name)
{
    return rows->statement != NULL ? sqlite3_bind_parameter_index(rows->statement, name) : 0;
}

static void note(struct hae_view_rows *rows, int code)
{
    if (rows->code == SQLITE_OK) {
        rows->code = code;
    }
}

void hae_view_give_integer(struct hae_view_rows *rows, const char *name, int64_t value)
{
    int place = place_of(rows, name);
    if (place > 0) {
        note(rows, sqlite3_bind_int64(rows->statement, place, value));
    }
}

void hae_view_give_real(struct hae_view_rows *rows, const char *name, double value)
{
    int place = place_of(rows, name);
    if (place > 0) {
        note(rows, sqlite3_bind_double(rows->statement, place, value));
    }
}

void hae_view_give_text(struct hae_view_rows *rows, const char *name, const char *text)
{
    int place = place_of(rows, name);
    if (place > 0 && text != NULL) {
        note(rows, sqlite3_bind_text(rows->statement, place, text, -1, SQLITE_STATIC));
    }
}

void hae_view_give_bytes(struct hae_view_rows *rows, const char *name, const uint8_t *bytes,
                         size_t size)
{
    int place = place_of(rows, name);
    if (place > 0) {
        note(rows, sqlite3_bind_blob64(rows->statement, place, bytes, size, SQLITE_STATIC));
    }
}

void hae_view_give_window(struct hae_view_rows *rows, struct hae_view_window window)
{
    int64_t from_s = window.from_ns / SECOND_NS;
    int64_t to_s = window.to_ns / SECOND_NS + (window.to_ns % SECOND_NS != 0 ? 1 : 0);
    hae_view_give_integer(rows, ":from", window.from_ns);
    hae_view_give_integer(rows, ":to", window.to_ns);
    hae_view_give_integer(rows, ":from_s", from_s - from_s % HAE_VIEW_ROLLUP_SECONDS);
    hae_view_give_integer(rows, ":to_s", to_s);
}

bool hae_view_next(struct hae_view_rows *rows)
{
    if (rows->statement == NULL || rows->code != SQLITE_OK) {
        return false;
    }
    int code = sqlite3_step(rows->statement);
    if (code == SQLITE_ROW) {
        return true;
    }
    note(rows, code == SQLITE_DONE ? SQLITE_OK : code);
    return false;
}

int hae_view_rows_done(struct hae_view_rows *rows)
{
    sqlite3_finalize(rows->statement);
    rows->statement = NULL;
    return rows->code;
}

const char *hae_view_text_at(const struct hae_view_rows *rows, int column)
{
    return (const char *)sqlite3_column_text(rows->statement, column);
}

const char *hae_view_name_at(const struct hae_view_rows *rows, int column)
{
    const char *text = hae_view_text_at(rows, column);
    return text != NULL ? text : "";
}

int64_t hae_view_integer_at(const struct hae_view_rows *rows, int column)
{
    return sqlite3_column_int64(rows->statement, column);
}

uint64_t hae_view_unsigned_at(const struct hae_view_rows *rows, int column)
{
    return (uint64_t)sqlite3_column_int64(rows->statement, column);
}

bool hae_view_is_null_at(const struct hae_view_rows *rows, int column)
{
    return sqlite3_column_type(rows->statement, column) == SQLITE_NULL;
}

double hae_view_real_at(const struct hae_view_rows *rows, int column)
{
    return hae_view_is_null_at(rows, column) ? (double)NAN
                                             : sqlite3_column_double(rows->statement, column);
}

struct hae_view_id hae_view_id_at(const struct hae_view_rows *rows, int column)
{
    const uint8_t *bytes = sqlite3_column_blob(rows->statement, column);
    return (struct hae_view_id){bytes, (size_t)sqlite3_column_bytes(rows->statement, column)};
}

void hae_view_copy_span_id(uint8_t out[8], struct hae_view_id id)
{
    memset(out, 0, 8);
    if (id.size == 8) {
        memcpy(out, id.bytes, 8);
    }
}
