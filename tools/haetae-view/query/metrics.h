/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics, their series, and the points of these. */
#ifndef HAETAE_VIEW_QUERY_METRICS_H
#define HAETAE_VIEW_QUERY_METRICS_H

#include "query/rows.h"

struct hae_view_metric_found {
    int64_t id;
    const char *service;
    const char *scope;
    const char *name;
    const char *unit;
    const char *description; /* NULL: none */
    int kind;                /* enum hae_view_metric_kind */
    int temporality;
    int64_t series;
};

/* All, or one by its number (0: all), in the order of services and names. */
struct hae_view_rows hae_view_ask_metrics(sqlite3 *db, int64_t id, const char *service);
bool hae_view_next_metric(struct hae_view_rows *rows, struct hae_view_metric_found *ret_row);

struct hae_view_series_found {
    int64_t id;
    const char *service;
    const char *instance;
    int64_t resource;
    const char *attributes; /* JSON */
};

struct hae_view_rows hae_view_ask_series(sqlite3 *db, int64_t metric, size_t limit);
bool hae_view_next_series(struct hae_view_rows *rows, struct hae_view_series_found *ret_row);

/* NaN where something is not known. */
struct hae_view_point_found {
    int64_t time_ns;
    int64_t start_ns;
    double value;
    bool is_integer;
    int64_t integer;
    bool is_distribution;
    uint64_t count;
    double sum;
    double min;
    double max;
    double p50;
    double p99;
    const char *buckets; /* JSON; NULL: none */
};

/* The newest `limit` points of a series in the window, the newest first. */
struct hae_view_rows hae_view_ask_points(sqlite3 *db, int64_t series, struct hae_view_window window,
                                         size_t limit);
bool hae_view_next_point(struct hae_view_rows *rows, struct hae_view_point_found *ret_row);

/* The first `limit` metrics in the order of services and names, each with the latest point of its
 * first series; *ret_has_point: there is one. */
struct hae_view_rows hae_view_ask_latest_values(sqlite3 *db, size_t limit);
bool hae_view_next_latest_value(struct hae_view_rows *rows,
                                struct hae_view_metric_found *ret_metric,
                                struct hae_view_point_found *ret_point, bool *ret_has_point);

struct hae_view_exemplar_found {
    int64_t time_ns;
    double value;
    struct hae_view_id trace_id;
    struct hae_view_id span_id;
    const char *attributes;
};

/* The newest `limit` exemplars of a series in the window, the newest first. */
struct hae_view_rows hae_view_ask_exemplars(sqlite3 *db, int64_t series,
                                            struct hae_view_window window, size_t limit);
bool hae_view_next_exemplar(struct hae_view_rows *rows, struct hae_view_exemplar_found *ret_row);

#endif
