/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the rows of one statement. The first failure is kept in the rows, so that a question checks
 * only once, at its end. */
#ifndef HAETAE_VIEW_QUERY_ROWS_H
#define HAETAE_VIEW_QUERY_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hae_view_rows {
    sqlite3_stmt *statement; /* NULL: it could not be prepared */
    int code;
};

/* Texts and ids of a row are valid until the next one is read. */
struct hae_view_id {
    const uint8_t *bytes; /* NULL: there is none */
    size_t size;
};

/* From Unix nanosecond `from_ns` up to `to_ns`, which is not part of it. */
struct hae_view_window {
    int64_t from_ns;
    int64_t to_ns;
};

struct hae_view_rows hae_view_ask(sqlite3 *db, const char *question);

/* Gives a parameter its value, by its name with the colon; one that the question does not have is
 * left alone. A text of NULL is SQL's NULL, and must stay until the rows are done. */
void hae_view_give_integer(struct hae_view_rows *rows, const char *name, int64_t value);
void hae_view_give_real(struct hae_view_rows *rows, const char *name, double value);
void hae_view_give_text(struct hae_view_rows *rows, const char *name, const char *text);
void hae_view_give_bytes(struct hae_view_rows *rows, const char *name, const uint8_t *bytes,
                         size_t size);
/* :from and :to, in nanoseconds, and :from_s and :to_s, in seconds and rounded outwards to the
 * rows of the table rollup. */
void hae_view_give_window(struct hae_view_rows *rows, struct hae_view_window window);

bool hae_view_next(struct hae_view_rows *rows);

/* SQLITE_OK, or why it ended early. */
int hae_view_rows_done(struct hae_view_rows *rows);

/* NULL: there is none. */
const char *hae_view_text_at(const struct hae_view_rows *rows, int column);
/* "" when there is none. */
const char *hae_view_name_at(const struct hae_view_rows *rows, int column);
int64_t hae_view_integer_at(const struct hae_view_rows *rows, int column);
/* Of hae_view_bind_unsigned(). */
uint64_t hae_view_unsigned_at(const struct hae_view_rows *rows, int column);
/* NaN: there is none. */
double hae_view_real_at(const struct hae_view_rows *rows, int column);
struct hae_view_id hae_view_id_at(const struct hae_view_rows *rows, int column);
/* Copies the id of a span; all zero when there is none. */
void hae_view_copy_span_id(uint8_t out[8], struct hae_view_id id);
bool hae_view_is_null_at(const struct hae_view_rows *rows, int column);

#endif
