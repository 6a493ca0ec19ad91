/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, errors and durations: of services, of their operations and of what they call. */
#ifndef HAETAE_VIEW_QUERY_REQUESTS_H
#define HAETAE_VIEW_QUERY_REQUESTS_H

#include "query/rows.h"
#include "store/histogram.h"

struct hae_view_requests_row {
    const char *service;
    const char *name; /* of the operation; "" where rows are for whole services */
    int kind;         /* OTLP's SpanKind; 0 for whole services */
    int64_t bucket_s; /* where the step of time begins */
    int64_t requests;
    int64_t errors;
    double duration_sum;
    int64_t max_ns;
    struct hae_view_id histogram;
};

/* A step that is longer than any window: one row for all of it. */
#define HAE_VIEW_ONE_STEP_S (INT64_C(1) << 40)

struct hae_view_requests_question {
    struct hae_view_window window;
    int64_t step_s;
    const char *service; /* NULL: all */
    bool calls;          /* its calls to others, instead of its requests */
    int64_t after;       /* rows of the table with higher numbers; 0: all */
};

/* For each service and each step of the window in which it had requests, in the order of services
 * and time. */
struct hae_view_rows hae_view_ask_requests(sqlite3 *db,
                                           const struct hae_view_requests_question *question);

/* For each operation of a service in the whole window, the busiest first: of its entry spans, or of
 * its calls to others. */
struct hae_view_rows hae_view_ask_operations(sqlite3 *db, struct hae_view_window window,
                                             const char *service, bool calls);

bool hae_view_next_requests(struct hae_view_rows *rows, struct hae_view_requests_row *ret_row);

/* A quantile of one row, 0 to 1. */
int64_t hae_view_requests_quantile(const struct hae_view_requests_row *row, double quantile);

/* Adds the durations of a row to those of others. */
void hae_view_requests_add(struct hae_view_histogram *sum, const struct hae_view_requests_row *row);

#endif
