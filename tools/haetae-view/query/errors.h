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

/* Those that came last first, of those that were seen since a time. `service` NULL: of all. */
struct hae_view_rows hae_view_ask_errors(sqlite3 *db, int64_t from_ns, const char *service,
                                         size_t limit);
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
