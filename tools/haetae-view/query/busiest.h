/* SPDX-License-Identifier: Apache-2.0 */
/* The busiest operations of all services: those of entry spans, or calls to others, which are spans
 * of kind client and producer. */
#ifndef HAETAE_VIEW_QUERY_BUSIEST_H
#define HAETAE_VIEW_QUERY_BUSIEST_H

#include "query/requests.h"

/* One row for each in the whole window, the busiest first. Rows are read by
 * hae_view_next_requests(). */
struct hae_view_rows hae_view_ask_busiest(sqlite3 *db, struct hae_view_window window, bool calls,
                                          size_t limit);
/* The number of the operation of the row that was read last. */
int64_t hae_view_busiest_op(const struct hae_view_rows *rows);

/* How often each was asked in each step of the window; steps begin at multiples of step_s. */
struct hae_view_busiest_step {
    int64_t op;
    int64_t time_s; /* where the step begins */
    int64_t requests;
};

struct hae_view_rows hae_view_ask_busiest_steps(sqlite3 *db, struct hae_view_window window,
                                                bool calls, int64_t step_s);
bool hae_view_next_busiest_step(struct hae_view_rows *rows, struct hae_view_busiest_step *ret_row);

#endif
