/* SPDX-License-Identifier: Apache-2.0 */
#include "query/red.h"

static const char red[] =
    "SELECT o.service, CASE WHEN :each_route OR :route IS NOT NULL THEN o.name ELSE '' END, 0,"
    " (r.bucket_s - :from_s) / :step, sum(r.requests), sum(r.errors), total(r.duration_sum),"
    " max(r.duration_max), sum_histograms(r.histogram)"
    " FROM rollup r INDEXED BY rollup_bucket CROSS JOIN op o ON o.id = r.op"
    " WHERE r.bucket_s >= :from_s AND r.bucket_s < :to_s AND o.entry"
    " AND (:service IS NULL OR o.service = :service) AND (:route IS NULL OR o.name = :route)"
    " GROUP BY 1, 2, 4 ORDER BY 1, 2, 4";
static const char latest_request[] =
    "SELECT r.bucket_s FROM rollup r INDEXED BY rollup_bucket CROSS JOIN op o ON o.id = r.op"
    " WHERE r.bucket_s >= :from_s AND o.entry AND (:service IS NULL OR o.service = :service)"
    " ORDER BY r.bucket_s DESC LIMIT 1";
static const char latest_point[] =
    "SELECT p.time_ns FROM metric m CROSS JOIN series s INDEXED BY series_metric ON s.metric = m.id"
    " CROSS JOIN point p INDEXED BY point_series ON p.series = s.id"
    " WHERE m.name = :metric AND (:service IS NULL OR m.service = :service) AND p.time_ns >= :from"
    " LIMIT 1";
static const char series_of[] =
    "SELECT s.id, m.service, r.instance, s.attributes, m.kind, m.temporality"
    " FROM metric m CROSS JOIN series s INDEXED BY series_metric ON s.metric = m.id"
    " CROSS JOIN resource r ON r.id = s.resource"
    " WHERE m.name = :metric AND (:service IS NULL OR m.service = :service) LIMIT :limit";
struct hae_view_rows hae_view_ask_red(sqlite3 *db, const struct hae_view_red_question *question)
{
    struct hae_view_rows rows = hae_view_ask(db, red);
    hae_view_give_window(&rows, question->window);
    hae_view_give_integer(&rows, ":step", question->step_s);
    hae_view_give_integer(&rows, ":each_route", question->each_route ? 1 : 0);
    hae_view_give_text(&rows, ":service", question->service);
    hae_view_give_text(&rows, ":route", question->route);
    return rows;
}

struct hae_view_rows hae_view_ask_latest_request(sqlite3 *db, const char *service, int64_t since_ns)
{
    struct hae_view_rows rows = hae_view_ask(db, latest_request);
    hae_view_give_window(&rows, (struct hae_view_window){since_ns, INT64_MAX});
    hae_view_give_text(&rows, ":service", service);
    return rows;
}

struct hae_view_rows hae_view_ask_latest_point(sqlite3 *db, const char *metric, const char *service,
                                               int64_t since_ns)
{
    struct hae_view_rows rows = hae_view_ask(db, latest_point);
    hae_view_give_integer(&rows, ":from", since_ns);
    hae_view_give_text(&rows, ":metric", metric);
    hae_view_give_text(&rows, ":service", service);
    return rows;
}

struct hae_view_rows hae_view_ask_series_of(sqlite3 *db, const char *metric, const char *service,
                                            size_t limit)
{
    struct hae_view_rows rows = hae_view_ask(db, series_of);
    hae_view_give_text(&rows, ":metric", metric);
    hae_view_give_text(&rows, ":service", service);
    hae_view_give_integer(&rows, ":limit", (int64_t)limit);
    return rows;
}
