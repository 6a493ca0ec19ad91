/* SPDX-License-Identifier: Apache-2.0 */
#include "query/metrics.h"

#define METRIC_COLUMNS                                                                             \
    "SELECT m.id, m.service, c.name, m.name, m.unit, m.description, m.kind, m.temporality,"        \
    " (SELECT count(*) FROM series s INDEXED BY series_metric WHERE s.metric = m.id)"

static const char metrics[] =
    METRIC_COLUMNS " FROM metric m CROSS JOIN scope c ON c.id = m.scope"
                   " WHERE (:id = 0 OR m.id = :id) AND (:service IS NULL OR m.service = :service)"
                   " ORDER BY m.service, m.name, m.id";
static const char latest_values[] = METRIC_COLUMNS
    ", p.time_ns, p.start_ns, p.value, p.integer, p.count, p.sum, p.min, p.max, p.p50, p.p99,"
    " NULL FROM metric m CROSS JOIN scope c ON c.id = m.scope"
    " LEFT JOIN point p ON p.id = (SELECT id FROM point INDEXED BY point_series WHERE series ="
    " (SELECT min(id) FROM series INDEXED BY series_metric WHERE metric = m.id)"
    " ORDER BY time_ns DESC LIMIT 1) ORDER BY m.service, m.name, m.id LIMIT :limit";
static const char series[] =
    "SELECT s.id, r.service, r.instance, s.resource, s.attributes"
    " FROM series s INDEXED BY series_metric CROSS JOIN resource r ON r.id = s.resource"
    " WHERE s.metric = :metric ORDER BY s.id LIMIT :limit";
static const char points[] =
    "SELECT time_ns, start_ns, value, integer, count, sum, min, max, p50, p99, buckets"
    " FROM point INDEXED BY point_series"
    " WHERE series = :series AND time_ns >= :from AND time_ns < :to"
    " ORDER BY time_ns DESC LIMIT :limit";
static const char exemplars[] =
    "SELECT time_ns, value, trace_id, span_id, attributes FROM exemplar INDEXED BY exemplar_series"
    " WHERE series = :series AND time_ns >= :from AND time_ns < :to"
    " ORDER BY time_ns DESC LIMIT :limit";

struct hae_view_rows hae_view_ask_metrics(sqlite3 *db, int64_t id, const char *service)
{
    struct hae_view_rows rows = hae_view_ask(db, metrics);
    hae_view_give_integer(&rows, ":id", id);
    hae_view_give_text(&rows, ":service", service);
    return rows;
}

static struct hae_view_metric_found metric_of(const struct hae_view_rows *rows)
{
    return (struct hae_view_metric_found){
        .id = hae_view_integer_at(rows, 0),
        .service = hae_view_name_at(rows, 1),
        .scope = hae_view_name_at(rows, 2),
        .name = hae_view_name_at(rows, 3),
        .unit = hae_view_name_at(rows, 4),
        .description = hae_view_text_at(rows, 5),
        .kind = (int)hae_view_integer_at(rows, 6),
        .temporality = (int)hae_view_integer_at(rows, 7),
        .series = hae_view_integer_at(rows, 8),
    };
}

bool hae_view_next_metric(struct hae_view_rows *rows, struct hae_view_metric_found *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = metric_of(rows);
    return true;
}

struct hae_view_rows hae_view_ask_series(sqlite3 *db, int64_t metric, size_t limit)
{
    struct hae_view_rows rows = hae_view_ask(db, series);
    hae_view_give_integer(&rows, ":metric", metric);
    hae_view_give_integer(&rows, ":limit", (int64_t)limit);
    return rows;
}

bool hae_view_next_series(struct hae_view_rows *rows, struct hae_view_series_found *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_series_found){
        hae_view_integer_at(rows, 0), hae_view_name_at(rows, 1), hae_view_text_at(rows, 2),
        hae_view_integer_at(rows, 3), hae_view_name_at(rows, 4)};
    return true;
}

static struct hae_view_rows ask_in_window(sqlite3 *db, const char *question, int64_t of_series,
                                          struct hae_view_window window, size_t limit)
{
    struct hae_view_rows rows = hae_view_ask(db, question);
    hae_view_give_integer(&rows, ":series", of_series);
    hae_view_give_integer(&rows, ":limit", (int64_t)limit);
    hae_view_give_window(&rows, window);
    return rows;
}

struct hae_view_rows hae_view_ask_points(sqlite3 *db, int64_t of_series,
                                         struct hae_view_window window, size_t limit)
{
    return ask_in_window(db, points, of_series, window, limit);
}

/* `first` is the column of the time. */
static struct hae_view_point_found point_of(const struct hae_view_rows *rows, int first)
{
    return (struct hae_view_point_found){
        .time_ns = hae_view_integer_at(rows, first),
        .start_ns = hae_view_integer_at(rows, first + 1),
        .value = hae_view_real_at(rows, first + 2),
        .is_integer = !hae_view_is_null_at(rows, first + 3),
        .integer = hae_view_integer_at(rows, first + 3),
        .is_distribution = !hae_view_is_null_at(rows, first + 4),
        .count = hae_view_unsigned_at(rows, first + 4),
        .sum = hae_view_real_at(rows, first + 5),
        .min = hae_view_real_at(rows, first + 6),
        .max = hae_view_real_at(rows, first + 7),
        .p50 = hae_view_real_at(rows, first + 8),
        .p99 = hae_view_real_at(rows, first + 9),
        .buckets = hae_view_text_at(rows, first + 10),
    };
}

bool hae_view_next_point(struct hae_view_rows *rows, struct hae_view_point_found *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = point_of(rows, 0);
    return true;
}

struct hae_view_rows hae_view_ask_latest_values(sqlite3 *db, size_t limit)
{
    struct hae_view_rows rows = hae_view_ask(db, latest_values);
    hae_view_give_integer(&rows, ":limit", (int64_t)limit);
    return rows;
}

bool hae_view_next_latest_value(struct hae_view_rows *rows,
                                struct hae_view_metric_found *ret_metric,
                                struct hae_view_point_found *ret_point, bool *ret_has_point)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_metric = metric_of(rows);
    *ret_point = point_of(rows, 9);
    *ret_has_point = !hae_view_is_null_at(rows, 9);
    return true;
}

struct hae_view_rows hae_view_ask_exemplars(sqlite3 *db, int64_t of_series,
                                            struct hae_view_window window, size_t limit)
{
    return ask_in_window(db, exemplars, of_series, window, limit);
}

bool hae_view_next_exemplar(struct hae_view_rows *rows, struct hae_view_exemplar_found *ret_row)
{
    if (!hae_view_next(rows)) {
        return false;
    }
    *ret_row = (struct hae_view_exemplar_found){hae_view_integer_at(rows, 0),
                                                hae_view_real_at(rows, 1), hae_view_id_at(rows, 2),
                                                hae_view_id_at(rows, 3), hae_view_text_at(rows, 4)};
    return true;
}
