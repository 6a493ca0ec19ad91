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

/* How many spans there are, and over what time they reach. False: there are none. */
bool hae_view_measure_trace(sqlite3 *db, const uint8_t trace_id[16], int64_t *ret_spans,
                            struct hae_view_window *ret_extent, int *ret_code);

/* Up to `limit` spans, in the order of their starts. */
struct hae_view_rows hae_view_ask_spans(sqlite3 *db, const uint8_t trace_id[16], size_t limit);
bool hae_view_next_span(struct hae_view_rows *rows, struct hae_view_span_of_trace *ret_row);

/* A span with what there is to say of it in a line: why it failed, or how it was answered. */
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
};

/* Up to `limit` spans: those that failed, and then the longest. */
struct hae_view_rows hae_view_ask_noted_spans(sqlite3 *db, const uint8_t trace_id[16],
                                              size_t limit);
bool hae_view_next_noted_span(struct hae_view_rows *rows, struct hae_view_noted_span *ret_row);

struct hae_view_rows hae_view_ask_events(sqlite3 *db, int64_t span);
bool hae_view_next_event(struct hae_view_rows *rows, struct hae_view_event_of_span *ret_row);

struct hae_view_rows hae_view_ask_links(sqlite3 *db, int64_t span);
bool hae_view_next_link(struct hae_view_rows *rows, struct hae_view_link_of_span *ret_row);

struct hae_view_rows hae_view_ask_resources(sqlite3 *db, const uint8_t trace_id[16]);
bool hae_view_next_resource(struct hae_view_rows *rows, struct hae_view_resource_of_trace *ret_row);

/* Rows (key, text) of a JSON object of attributes; NULL: none. */
struct hae_view_rows hae_view_ask_readable(sqlite3 *db, const char *attributes);

#endif
