/* SPDX-License-Identifier: Apache-2.0 */
#include "api/sql.h"

#include "query/sql.h"

static void put_value(struct hae_json *json, sqlite3_stmt *row, int column)
{
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER:
        hae_view_put_digits(json, NULL, sqlite3_column_int64(row, column));
        break;
    case SQLITE_FLOAT:
        hae_json_number(json, NULL, sqlite3_column_double(row, column));
        break;
    case SQLITE_BLOB:
        hae_json_hex(json, NULL, sqlite3_column_blob(row, column),
                     (size_t)sqlite3_column_bytes(row, column));
        break;
    default:
        hae_view_put_text(json, NULL, (const char *)sqlite3_column_text(row, column));
        break;
    }
}

static void put_rows(struct hae_json *json, struct hae_view_rows *rows)
{
    int columns = sqlite3_column_count(rows->statement);
    int count = 0;
    hae_json_open(json, "columns", '[');
    for (int i = 0; i < columns; i++) {
        hae_json_text(json, NULL, sqlite3_column_name(rows->statement, i));
    }
    hae_json_close(json, ']');
    hae_json_open(json, "rows", '[');
    bool more = hae_view_next(rows);
    while (more && count < HAE_VIEW_SQL_ROWS_MAX && !json->out->failed) {
        hae_json_open(json, NULL, '[');
        for (int i = 0; i < columns; i++) {
            put_value(json, rows->statement, i);
        }
        hae_json_close(json, ']');
        count++;
        more = hae_view_next(rows);
    }
    hae_json_close(json, ']');
    hae_json_bool(json, "more", more);
}

int hae_view_api_sql(struct hae_view_call *call)
{
    const char *text = hae_view_call_text(call, "q");
    if (text == NULL) {
        return SQLITE_OK;
    }
    char problem[160];
    struct hae_view_rows rows = hae_view_ask_sql(call->db, text, problem, sizeof problem);
    int wrong = rows.code & 0xff;
    if (rows.statement != NULL) {
        put_rows(&call->json, &rows);
    } else if (wrong == SQLITE_ERROR || wrong == SQLITE_AUTH || wrong == SQLITE_TOOBIG) {
        hae_view_call_refuse(call, 400, problem);
    }
    int code = hae_view_sql_done(call->db, &rows);
    return call->status == 200 ? code : SQLITE_OK;
}
