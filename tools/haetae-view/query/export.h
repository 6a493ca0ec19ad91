/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that is kept, row by row in the order of arrival, to be written as OTLP. */
#ifndef HAETAE_VIEW_QUERY_EXPORT_H
#define HAETAE_VIEW_QUERY_EXPORT_H

#include "query/rows.h"
#include "store/model.h"

struct hae_view_export_question {
    const uint8_t *trace_id;       /* spans and log records of this trace; NULL: any, */
    struct hae_view_window window; /* of this time */
    const char *service;           /* NULL: any */
    int64_t after;                 /* rows with higher numbers */
    int64_t limit;
};

/* What all rows begin with. */
struct hae_view_exported {
    int64_t id;
    int64_t resource;
    int64_t scope;
};

struct hae_view_exported_span {
    struct hae_view_exported row;
    struct hae_view_id trace_id;
    struct hae_view_id span_id;
    struct hae_view_id parent_id;
    const char *name;
    int64_t kind;
    int64_t status;
    int64_t flags;
    int64_t start_ns;
    int64_t duration_ns;
    const char *message; /* NULL: none, as for what follows */
    const char *trace_state;
    const char *attributes; /* JSON */
};

struct hae_view_exported_log {
    struct hae_view_exported row;
    struct hae_view_id trace_id;
    struct hae_view_id span_id;
    int64_t time_ns;
    int64_t severity;
    const char *event_name;
    const char *body;
    const char *attributes;
};

struct hae_view_exported_point {
    struct hae_view_exported row;
    int64_t metric;
    const char *name;
    const char *unit;
    const char *description;
    int kind; /* enum hae_view_metric_kind */
    int64_t temporality;
    int64_t series;
    const char *attributes;
    int64_t time_ns;
    int64_t start_ns;
    double value;
    bool is_integer;
    int64_t integer;
    uint64_t count;
    double sum; /* NaN: not known, as for what follows */
    double min;
    double max;
    const char *buckets; /* JSON; NULL: none */
};

struct hae_view_rows hae_view_ask_export(sqlite3 *db, enum hae_view_signal signal,
                                         const struct hae_view_export_question *question);
bool hae_view_next_exported_span(struct hae_view_rows *rows,
                                 struct hae_view_exported_span *ret_row);
bool hae_view_next_exported_log(struct hae_view_rows *rows, struct hae_view_exported_log *ret_row);
bool hae_view_next_exported_point(struct hae_view_rows *rows,
                                  struct hae_view_exported_point *ret_row);

/* The exemplars between the point before this one and this; of the last point also those after it.
 * hae_view_next_exemplar() reads them. */
struct hae_view_rows hae_view_ask_exemplars_of(sqlite3 *db, int64_t series, int64_t point_ns);

/* The time of all spans, log records and points that are kept. False: there are none. */
bool hae_view_ask_extent(sqlite3 *db, struct hae_view_window *ret_window);

/* One row (attributes); one row (name, version, attributes). */
struct hae_view_rows hae_view_ask_resource(sqlite3 *db, int64_t id);
struct hae_view_rows hae_view_ask_scope(sqlite3 *db, int64_t id);

/* Rows (value): of a JSON text a member, "$.positive.counts", as JSON; NULL: there is none. */
struct hae_view_rows hae_view_ask_member(sqlite3 *db, const char *json, const char *path);

/* Rows (quantile, value): those of a summary's point, from its buckets, as JSON. */
struct hae_view_rows hae_view_ask_quantiles(sqlite3 *db, const char *buckets);

#endif
