/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: equal ones together, and each by itself. */
#ifndef HAETAE_VIEW_QUERY_ERRORS_H
#define HAETAE_VIEW_QUERY_ERRORS_H

#include "query/rows.h"

struct hae_view_error_row {
    int64_t id;
    const char *service;
    const char *kind; /* "span" or "log" */
    const char *text; /* of the last one */
    int64_t count;
    int64_t first_ns;
    int64_t last_ns;
    struct hae_view_id last_trace;
};

struct hae_view_errors_question {
    int64_t from_ns;     /* those whose last one was then or later */
    int64_t seen_after;  /* those with a higher error_group.seen */
    const char *service; /* NULL: of all */
    size_t limit;
};

/* Those that came last first. */
struct hae_view_rows hae_view_ask_errors(sqlite3 *db,
                                         const struct hae_view_errors_question *question);
/* How many there are with a higher error_group.seen. */
struct hae_view_rows hae_view_ask_error_count(sqlite3 *db, int64_t seen_after);
/* One, by its number. */
struct hae_view_rows hae_view_ask_error(sqlite3 *db, int64_t id);
bool hae_view_next_error(struct hae_view_rows *rows, struct hae_view_error_row *ret_row);

/* A span or log record that is counted in an error. */
struct hae_view_occurrence {
    int64_t time_ns;
    const char *instance;
    struct hae_view_id trace_id;
    struct hae_view_id span_id;
    const char *text; /* name and message of a span, body of a log record */
    const char *attributes;
};

/* The newest first. */
struct hae_view_rows hae_view_ask_occurrences(sqlite3 *db, int64_t error, bool log, size_t limit);
bool hae_view_next_occurrence(struct hae_view_rows *rows, struct hae_view_occurrence *ret_row);

#endif
