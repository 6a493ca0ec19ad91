/* SPDX-License-Identifier: Apache-2.0 */
#include "store/bind.h"

#include <math.h>

void hae_view_bind_text(sqlite3_stmt *statement, int at, struct hae_view_text text)
{
    if (text.data == NULL) {
        sqlite3_bind_null(statement, at);
    } else {
        sqlite3_bind_text64(statement, at, text.data, text.length, SQLITE_STATIC, SQLITE_UTF8);
    }
}

void hae_view_bind_count(sqlite3_stmt *statement, int at, uint64_t count)
{
    sqlite3_bind_int64(statement, at, count > INT64_MAX ? INT64_MAX : (int64_t)count);
}

void hae_view_bind_unsigned(sqlite3_stmt *statement, int at, uint64_t count)
{
    sqlite3_bind_int64(statement, at, (int64_t)count);
}

void hae_view_bind_real(sqlite3_stmt *statement, int at, double value)
{
    if (isnan(value)) {
        sqlite3_bind_null(statement, at);
    } else {
        sqlite3_bind_double(statement, at, value);
    }
}

void hae_view_bind_id(sqlite3_stmt *statement, int at, bool known, const uint8_t *id, int size)
{
    if (known) {
        sqlite3_bind_blob(statement, at, id, size, SQLITE_STATIC);
    } else {
        sqlite3_bind_null(statement, at);
    }
}
