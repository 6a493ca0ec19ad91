/* SPDX-License-Identifier: Apache-2.0 */
#include "api/metrics.h"

#include "query/metrics.h"

#define SERIES        50
#define SERIES_MAX    500
#define POINTS_MAX    1000 /* of a series */
#define EXEMPLARS_MAX 100  /* of a series */

static void put_metric(struct hae_json *json, const struct hae_view_metric_found *row)
{
    bool known_kind = row->kind >= HAE_VIEW_GAUGE && row->kind <= HAE_VIEW_SUMMARY;
    bool known_temporality = row->temporality >= 0 && row->temporality <= 2;
    hae_json_integer(json, "id", row->id);
    hae_json_text(json, "service", row->service);
    hae_json_text(json, "scope", row->scope);
    hae_json_text(json, "name", row->name);
    hae_json_text(json, "unit", row->unit);
    hae_view_put_text(json, "description", row->description);
    hae_json_text(json, "kind",
                  known_kind ? hae_view_metric_kind_name((enum hae_view_metric_kind)row->kind)
                             : "");
    hae_json_text(json, "temporality",
                  hae_view_temporality_name(known_temporality
                                                ? (enum hae_view_temporality)row->temporality
                                                : HAE_VIEW_UNSPECIFIED));
    hae_json_integer(json, "series_count", row->series);
}

int hae_view_api_metrics(struct hae_view_call *call)
{
    struct hae_view_metric_found row;
    struct hae_view_rows rows =
        hae_view_ask_metrics(call->db, 0, hae_view_argument(call->arguments, "service"));
    hae_json_open(&call->json, "metrics", '[');
    while (hae_view_next_metric(&rows, &row)) {
        hae_json_open(&call->json, NULL, '{');
        put_metric(&call->json, &row);
        hae_json_close(&call->json, '}');
    }
    hae_json_close(&call->json, ']');
    return hae_view_rows_done(&rows);
}

static void put_point(struct hae_json *json, const struct hae_view_point_found *row, bool buckets)
{
    hae_json_open(json, NULL, '{');
    hae_view_put_digits(json, "time_ns", row->time_ns);
    hae_view_put_digits(json, "start_ns", row->start_ns);
    if (row->is_distribution) {
        hae_json_count(json, "count", row->count);
        hae_json_number(json, "sum", row->sum);
        hae_json_number(json, "min", row->min);
        hae_json_number(json, "max", row->max);
        hae_json_number(json, "p50", row->p50);
        hae_json_number(json, "p99", row->p99);
        if (buckets) {
            hae_view_put_object(json, "buckets", row->buckets);
        }
    } else {
        hae_json_number(json, "value", row->value);
        if (row->is_integer) {
            hae_view_put_digits(json, "integer", row->integer);
        }
    }
    hae_json_close(json, '}');
}

static int put_points(struct hae_view_call *call, int64_t series, bool buckets)
{
    struct hae_view_point_found row;
    struct hae_view_rows rows = hae_view_ask_points(call->db, series, call->window, POINTS_MAX);
    hae_json_open(&call->json, "points", '[');
    while (hae_view_next_point(&rows, &row)) {
        put_point(&call->json, &row, buckets);
    }
    hae_json_close(&call->json, ']');
    return hae_view_rows_done(&rows);
}

static int put_exemplars(struct hae_view_call *call, int64_t series)
{
    struct hae_json *json = &call->json;
    struct hae_view_exemplar_found row;
    struct hae_view_rows rows =
        hae_view_ask_exemplars(call->db, series, call->window, EXEMPLARS_MAX);
    hae_json_open(json, "exemplars", '[');
    while (hae_view_next_exemplar(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        hae_view_put_digits(json, "time_ns", row.time_ns);
        hae_json_number(json, "value", row.value);
        hae_view_put_id(json, "trace_id", row.trace_id);
        hae_view_put_id(json, "span_id", row.span_id);
        hae_view_put_object(json, "attributes", row.attributes);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

static int put_series(struct hae_view_call *call, int64_t metric, size_t limit, bool buckets)
{
    struct hae_json *json = &call->json;
    struct hae_view_series_found row;
    struct hae_view_rows rows = hae_view_ask_series(call->db, metric, limit);
    int code = SQLITE_OK;
    hae_json_open(json, "series", '[');
    while (code == SQLITE_OK && hae_view_next_series(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        hae_json_integer(json, "id", row.id);
        hae_view_put_text(json, "instance", row.instance);
        hae_json_integer(json, "resource", row.resource);
        hae_view_put_object(json, "attributes", row.attributes);
        code = put_points(call, row.id, buckets);
        if (code == SQLITE_OK) {
            code = put_exemplars(call, row.id);
        }
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    int end = hae_view_rows_done(&rows);
    return code != SQLITE_OK ? code : end;
}

int hae_view_api_metric(struct hae_view_call *call)
{
    int64_t id = 0;
    int64_t buckets = 0;
    size_t limit;
    if (hae_view_call_text(call, "id") == NULL ||
        !hae_view_call_number(call, "id", 1, INT64_MAX, &id) ||
        !hae_view_call_number(call, "buckets", 0, 1, &buckets) ||
        !hae_view_call_limit(call, SERIES, SERIES_MAX, &limit)) {
        return SQLITE_OK;
    }
    struct hae_view_metric_found row;
    struct hae_view_rows rows = hae_view_ask_metrics(call->db, id, NULL);
    bool known = hae_view_next_metric(&rows, &row);
    if (known) {
        put_metric(&call->json, &row);
    }
    int code = hae_view_rows_done(&rows);
    if (!known) {
        if (code == SQLITE_OK) {
            hae_view_call_refuse(call, 404, "there is no metric of this number");
        }
        return code;
    }
    return put_series(call, id, limit, buckets != 0);
}
