/* SPDX-License-Identifier: Apache-2.0 */
/* Log records. */
#ifndef HAETAE_VIEW_QUERY_LOGS_H
#define HAETAE_VIEW_QUERY_LOGS_H

#include "query/rows.h"

/* With a text to look for, so many of the newest are looked at. */
#define HAE_VIEW_LOGS_SCAN 200000

struct hae_view_logs_question {
    const char *service;     /* NULL: any */
    const char *text;        /* part of body, attributes, event name or service; NULL: any */
    int severity;            /* at least */
    int64_t after;           /* records with higher numbers; 0: all */
    int64_t before;          /* records with lower numbers; 0: all */
    const uint8_t *trace_id; /* NULL: any */
    int64_t from_ns;         /* times from here */
    int64_t to_ns;           /* up to here, without it; 0: all */
    size_t limit;
    bool only_what_fits; /* what makes the answer longer than its limit is left out */
};

struct hae_view_log_found {
    int64_t id;
    int64_t time_ns;
    int64_t received_ns;
    const char *service;
    const char *instance;
    const char *scope;
    int severity;
    struct hae_view_id trace_id;
    struct hae_view_id span_id;
    const char *event_name; /* NULL: none, as for what follows */
    const char *body;
    const char *attributes; /* JSON */
};

/* The newest first. */
struct hae_view_rows hae_view_ask_logs(sqlite3 *db, const struct hae_view_logs_question *question);
bool hae_view_next_log(struct hae_view_rows *rows, struct hae_view_log_found *ret_row);

/* One row: the number of the newest one, which is NULL, read as 0, when there is none. */
struct hae_view_rows hae_view_ask_newest_log(sqlite3 *db);

/* When the newest record came that matches the question: one row, or none. */
struct hae_view_log_question {
    const char *service; /* NULL: any */
    const char *text;    /* part of body, attributes or name of the event */
    int64_t after;       /* with a higher number */
    int64_t up_to;       /* and this one at most */
};
struct hae_view_rows hae_view_ask_log_time(sqlite3 *db,
                                           const struct hae_view_log_question *question);

#endif
