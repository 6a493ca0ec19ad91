/* SPDX-License-Identifier: Apache-2.0 */
/* Finds traces by their entry spans. */
#ifndef HAETAE_VIEW_QUERY_TRACES_H
#define HAETAE_VIEW_QUERY_TRACES_H

#include "query/rows.h"

#define HAE_VIEW_TRACES_FOUND_MAX 200
/* So many entry spans of the window are looked at: the newest. */
#define HAE_VIEW_TRACES_SCAN 200000
/* The same for what pages ask every few seconds. */
#define HAE_VIEW_TRACES_POLLED 50000
/* With a text to look for: each one's attributes are read. */
#define HAE_VIEW_TRACES_SCAN_TEXT 20000

struct hae_view_traces_question {
    struct hae_view_window window;
    const char *service; /* NULL: any */
    const char *op;      /* the name of the entry span; NULL: any */
    int64_t op_id;       /* number of its operation; 0: any */
    const char *text;    /* part of its name, message, attributes or service; NULL: any */
    int64_t min_ns;
    int64_t max_ns;       /* at most; 0: any */
    const char *instance; /* of the entry span; NULL: any */
    bool failed;          /* only those whose entry span failed */
    bool slowest;         /* the slowest first, instead of the newest */
    int64_t after;        /* those whose entry span has a higher number */
    int64_t scan;         /* so many entry spans are looked at; 0: HAE_VIEW_TRACES_SCAN */
    size_t limit;         /* at most HAE_VIEW_TRACES_FOUND_MAX */
};

/* A trace, and the entry span by which it was found: its first one, unless the question was about
 * another. */
struct hae_view_found_trace {
    uint8_t trace_id[16];
    int64_t span; /* number of the entry span */
    int64_t op;   /* its operation */
};

/* Finds up to `limit` traces and returns how many; *ret_code is SQLITE_OK or what went wrong. */
size_t hae_view_find_traces(sqlite3 *db, const struct hae_view_traces_question *question,
                            struct hae_view_found_trace found[HAE_VIEW_TRACES_FOUND_MAX],
                            int *ret_code);

/* The first entry span of the trace found->trace_id, or its first span; found->span 0: there is
 * none. Returns SQLITE_OK or what went wrong. */
int hae_view_find_first_span(sqlite3 *db, struct hae_view_found_trace *found);

/* Its statements about all entry spans, for the tests of their plans. */
void hae_view_traces_sql(const char **ret_by_index, const char **ret_by_text);

struct hae_view_trace_row {
    const char *service; /* of the entry span, as all that follows */
    const char *instance;
    const char *name;
    int kind;
    int status;
    const char *message;
    int64_t start_ns;
    int64_t duration_ns;
    struct hae_view_id span_id;
    int64_t spans; /* of the whole trace */
    int64_t errors;
    int64_t services;
};

/* One row about a trace. */
struct hae_view_rows hae_view_ask_found_trace(sqlite3 *db,
                                              const struct hae_view_found_trace *found);
bool hae_view_next_found_trace(struct hae_view_rows *rows, struct hae_view_trace_row *ret_row);

#endif
