/* SPDX-License-Identifier: Apache-2.0 */
#include "query/busiest.h"

/* CROSS JOIN keeps the order: the window first, then the operation of each row. */
#define ROWS                                                                                       \
    " FROM rollup r INDEXED BY rollup_bucket CROSS JOIN op o ON o.id = r.op"                       \
    " WHERE r.bucket_s >= :from_s AND r.bucket_s < :to_s"
#define MEANT " AND CASE WHEN :calls THEN o.kind IN (3, 4) ELSE o.entry END"

static const char busiest[] =
    "SELECT o.service, o.name, o.kind, 0, sum(r.requests) AS requests, sum(r.errors),"
    " total(r.duration_sum), max(r.duration_max), sum_histograms(r.histogram), r.op" ROWS MEANT
    " GROUP BY r.op ORDER BY requests DESC, o.service, o.name LIMIT :limit";

static const char steps[] =
    "SELECT r.op, r.bucket_s / :step * :step, sum(r.requests)" ROWS MEANT " GROUP BY 1, 2";

struct hae_view_rows hae_view_ask_busiest(sqlite3 *db, struct hae_view_window window, bool calls,
                                          size_t limit)
{
    struct hae_view_rows rows = hae_view_ask(db, busiest);
    hae_view_give_window(&rows, window);
    hae_view_give_integer(&rows, ":calls", calls ? 1 : 0);
    hae_view_give_integer(&rows, ":limit", (int64_t)limit);
    return rows;
}

int64_t hae_view_busiest_op(const struct hae_view_rows *rows)
{
    return hae_view_integer_at(rows, 9);
}

struct hae_view_rows hae_view_ask_busiest_steps(sqlite3 *db, struct hae_view_window window,
                                                bool calls, int64_t step_s)
{
    struct hae_view_rows rows = hae_view_ask(db, steps);
    hae_view_give_window(&rows, window);
    hae_view_give_integer(&rows, ":calls", calls ? 1 : 0);
    hae_view_give_integer(&rows, ":step", step_s);
    return rows;
}

bool hae_view_next_busiest_step(struct hae_view_rows *rows, struct hae_view_busiest_step *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_busiest_step){
        hae_view_integer_at(rows, 0), hae_view_integer_at(rows, 1), hae_view_integer_at(rows, 2)};
    return true;
}
