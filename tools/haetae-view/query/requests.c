/* SPDX-License-Identifier: Apache-2.0 */
#include "query/requests.h"

/* CROSS JOIN keeps the order: the window first, then the operation of each row. */
static const char by_step[] =
    "SELECT o.service, '', 0, r.bucket_s / :step * :step, sum(r.requests), sum(r.errors),"
    " total(r.duration_sum), max(r.duration_max), sum_histograms(r.histogram)"
    " FROM rollup r INDEXED BY rollup_bucket CROSS JOIN op o ON o.id = r.op"
    " WHERE r.bucket_s >= :from_s AND r.bucket_s < :to_s"
    " AND CASE WHEN :calls THEN o.kind IN (3, 4) ELSE o.entry END"
    " AND r.id > :after AND (:service IS NULL OR o.service = :service) GROUP BY 1, 4 ORDER BY 1, 4";

static const char by_operation[] =
    "SELECT o.service, o.name, o.kind, 0, sum(r.requests) AS requests, sum(r.errors),"
    " total(r.duration_sum), max(r.duration_max), sum_histograms(r.histogram)"
    " FROM rollup r INDEXED BY rollup_bucket CROSS JOIN op o ON o.id = r.op"
    " WHERE r.bucket_s >= :from_s AND r.bucket_s < :to_s AND o.service = :service"
    " AND CASE WHEN :calls THEN o.kind IN (3, 4) ELSE o.entry END"
    " GROUP BY o.name, o.kind ORDER BY requests DESC, o.name LIMIT 200";

struct hae_view_rows hae_view_ask_requests(sqlite3 *db,
                                           const struct hae_view_requests_question *question)
{
    struct hae_view_rows rows = hae_view_ask(db, by_step);
    hae_view_give_window(&rows, question->window);
    hae_view_give_integer(&rows, ":step", question->step_s);
    hae_view_give_integer(&rows, ":calls", question->calls ? 1 : 0);
    hae_view_give_integer(&rows, ":after", question->after);
    hae_view_give_text(&rows, ":service", question->service);
    return rows;
}

struct hae_view_rows hae_view_ask_operations(sqlite3 *db, struct hae_view_window window,
                                             const char *service, bool calls)
{
    struct hae_view_rows rows = hae_view_ask(db, by_operation);
    hae_view_give_window(&rows, window);
    hae_view_give_integer(&rows, ":calls", calls ? 1 : 0);
    hae_view_give_text(&rows, ":service", service);
    return rows;
}

bool hae_view_next_requests(struct hae_view_rows *rows, struct hae_view_requests_row *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_requests_row){
        .service = hae_view_name_at(rows, 0),
        .name = hae_view_name_at(rows, 1),
        .kind = (int)hae_view_integer_at(rows, 2),
        .bucket_s = hae_view_integer_at(rows, 3),
        .requests = hae_view_integer_at(rows, 4),
        .errors = hae_view_integer_at(rows, 5),
        .duration_sum = hae_view_real_at(rows, 6),
        .max_ns = hae_view_integer_at(rows, 7),
        .histogram = hae_view_id_at(rows, 8),
    };
    return true;
}

void hae_view_requests_add(struct hae_view_histogram *sum, const struct hae_view_requests_row *row)
{
    hae_view_histogram_add_blob(sum, row->histogram.bytes, row->histogram.size);
    if (row->max_ns > 0 && (uint64_t)row->max_ns > sum->max_ns) {
        sum->max_ns = (uint64_t)row->max_ns;
    }
}

int64_t hae_view_requests_quantile(const struct hae_view_requests_row *row, double quantile)
{
    struct hae_view_histogram histogram = {.count = 0};
    hae_view_requests_add(&histogram, row);
    return (int64_t)hae_view_histogram_quantile(&histogram, quantile);
}
