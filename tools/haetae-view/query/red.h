/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, errors and durations in steps of time: of services or of their routes. Rows are read by
 * hae_view_next_requests(); their bucket_s counts steps from the beginning of the window. */
#ifndef HAETAE_VIEW_QUERY_RED_H
#define HAETAE_VIEW_QUERY_RED_H

#include "query/requests.h"

struct hae_view_red_question {
    struct hae_view_window window;
    int64_t step_s;
    const char *service; /* NULL: each one */
    const char *route;   /* the name of entry spans; NULL: all */
    bool each_route;     /* rows for each route, instead of for the service */
};

/* In the order of services, routes and steps. */
struct hae_view_rows hae_view_ask_red(sqlite3 *db, const struct hae_view_red_question *question);

/* Whether a service had a request, or a metric a point, since a time: one row, or none. `service`
 * NULL: any. */
struct hae_view_rows hae_view_ask_latest_request(sqlite3 *db, const char *service,
                                                 int64_t since_ns);
struct hae_view_rows hae_view_ask_latest_point(sqlite3 *db, const char *metric, const char *service,
                                               int64_t since_ns);

/* The series of all metrics of a name, each with number, service, instance, attributes, kind and
 * temporality of the metric. */
struct hae_view_rows hae_view_ask_series_of(sqlite3 *db, const char *metric, const char *service,
                                            size_t limit);

#endif
