/* SPDX-License-Identifier: Apache-2.0 */
/* All of one trace. */
#ifndef HAETAE_VIEW_QUERY_TRACE_H
#define HAETAE_VIEW_QUERY_TRACE_H

#include "query/rows.h"

struct hae_view_span_of_trace {
    int64_t id;
    struct hae_view_id span_id;
    struct hae_view_id parent_id;
    const char *service;
    const char *instance;
    const char *name;
    int kind;
    int status;
    bool entry;
    int64_t flags;
    int64_t start_ns;
    int64_t duration_ns;
    int64_t resource;
    const char *message; /* NULL: none, as for what follows */
    const char *trace_state;
    const char *scope;
    const char *scope_version;
    const char *attributes; /* JSON */
};

struct hae_view_event_of_span {
    int64_t time_ns;
    const char *name;
    const char *attributes;
};

struct hae_view_link_of_span {
    struct hae_view_id trace_id;
    struct hae_view_id span_id;
    const char *attributes;
};

struct hae_view_resource_of_trace {
    int64_t id;
    const char *service;
    const char *instance;
    const char *version;
    const char *attributes;
};

/* Finds traces whose ids begin with hexadecimal digits in lower case, 1 to 32 of them, in the order
 * of their ids. Returns how many, at most `max`; 0 also when `digits` are something else. */
size_t hae_view_find_trace_ids(sqlite3 *db, const char *digits, uint8_t (*ret_ids)[16], size_t max,
                               int *ret_code);

/* Its statement, for the test of its plan. */
const char *hae_view_trace_ids_sql(void);

/* How many spans there are, and over what time they reach. False: there are none. */
bool hae_view_measure_trace(sqlite3 *db, const uint8_t trace_id[16], int64_t *ret_spans,
                            struct hae_view_window *ret_extent, int *ret_code);

/* Up to `limit` spans, in the order of their starts. */
struct hae_view_rows hae_view_ask_spans(sqlite3 *db, const uint8_t trace_id[16], size_t limit);
bool hae_view_next_span(struct hae_view_rows *rows, struct hae_view_span_of_trace *ret_row);

/* One span by its number: one row, or none. */
struct hae_view_rows hae_view_ask_span(sqlite3 *db, int64_t id);

/* A span with a note for one line: why it failed, or how it was answered. */
struct hae_view_noted_span {
    struct hae_view_id span_id;
    struct hae_view_id parent_id;
    const char *service;
    const char *name;
    int kind;
    int status;
    int64_t start_ns;
    int64_t duration_ns;
    const char *note; /* may be "" */
    int64_t id;
};

/* Up to `limit` spans: in the order of their starts, or those that failed and then the longest. */
struct hae_view_rows hae_view_ask_noted_spans(sqlite3 *db, const uint8_t trace_id[16],
                                              bool by_start, size_t limit);
bool hae_view_next_noted_span(struct hae_view_rows *rows, struct hae_view_noted_span *ret_row);

struct hae_view_rows hae_view_ask_events(sqlite3 *db, int64_t span);
bool hae_view_next_event(struct hae_view_rows *rows, struct hae_view_event_of_span *ret_row);

struct hae_view_rows hae_view_ask_links(sqlite3 *db, int64_t span);
bool hae_view_next_link(struct hae_view_rows *rows, struct hae_view_link_of_span *ret_row);

struct hae_view_rows hae_view_ask_resources(sqlite3 *db, const uint8_t trace_id[16]);
bool hae_view_next_resource(struct hae_view_rows *rows, struct hae_view_resource_of_trace *ret_row);

#endif
