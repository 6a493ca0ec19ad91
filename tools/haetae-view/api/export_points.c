/* SPDX-License-Identifier: Apache-2.0 */
#include "api/export_points.h"

#include <math.h>
#include <string.h>

#include "api/otlp.h"
#include "query/metrics.h"
#include "wire/otlp.h"

struct points {
    struct hae_view_export_lines *lines;
    int64_t metric; /* whose points are being written; 0: none */
    int kind;       /* of it: enum hae_view_metric_kind */
    int64_t temporality;
};

static void put_known_double(struct hae_json *json, const char *name, double value)
{
    if (!isnan(value)) {
        hae_view_put_double(json, name, value);
    }
}

/* A value as JSON had it: a number, an array, or "NaN". */
static void put_as_is(struct hae_json *json, const char *name, const char *text)
{
    hae_json_name_of(json, name, strlen(name));
    hae_buffer_text(json->out, text);
    json->comma = true;
}

/* A member of the buckets, as it is. */
static int put_member(struct hae_view_call *call, const char *name, const char *buckets,
                      const char *path)
{
    struct hae_view_rows rows = hae_view_ask_member(call->db, buckets, path);
    if (hae_view_next(&rows) && !hae_view_is_null_at(&rows, 0)) {
        put_as_is(&call->json, name, hae_view_name_at(&rows, 0));
    }
    return hae_view_rows_done(&rows);
}

/* A member that is a count or an array of counts, each as the text of its digits. */
static int put_counts(struct hae_view_call *call, const char *name, const char *buckets,
                      const char *path)
{
    struct hae_json *json = &call->json;
    struct hae_view_rows rows = hae_view_ask_member(call->db, buckets, path);
    const char *at = hae_view_next(&rows) ? hae_view_name_at(&rows, 0) : "";
    bool is_array = *at == '[';
    if (is_array) {
        hae_json_open(json, name, '[');
        at++;
    }
    for (size_t length; (length = strspn(at, "0123456789")) > 0; at += *at == ',') {
        hae_json_text_of(json, is_array ? NULL : name, at, length);
        at += length;
    }
    if (is_array) {
        hae_json_close(json, ']');
    }
    return hae_view_rows_done(&rows);
}

static int put_side(struct hae_view_call *call, const struct hae_view_exported_point *row,
                    const char *name, const char *offset, const char *counts)
{
    hae_json_open(&call->json, name, '{');
    int code = put_member(call, "offset", row->buckets, offset);
    code = code != SQLITE_OK ? code : put_counts(call, "bucketCounts", row->buckets, counts);
    hae_json_close(&call->json, '}');
    return code;
}

static int put_exponential(struct hae_view_call *call, const struct hae_view_exported_point *row)
{
    int code = put_member(call, "scale", row->buckets, "$.scale");
    if (code == SQLITE_OK) {
        code = put_counts(call, "zeroCount", row->buckets, "$.zero_count");
    }
    if (code == SQLITE_OK) {
        code = put_member(call, "zeroThreshold", row->buckets, "$.zero_threshold");
    }
    if (code == SQLITE_OK) {
        code = put_side(call, row, "positive", "$.positive.offset", "$.positive.counts");
    }
    if (code == SQLITE_OK) {
        code = put_side(call, row, "negative", "$.negative.offset", "$.negative.counts");
    }
    return code;
}

static int put_quantiles(struct hae_view_call *call, const char *buckets)
{
    struct hae_json *json = &call->json;
    struct hae_view_rows rows = hae_view_ask_quantiles(call->db, buckets);
    hae_json_open(json, "quantileValues", '[');
    while (hae_view_next(&rows)) {
        hae_json_open(json, NULL, '{');
        put_as_is(json, "quantile", hae_view_name_at(&rows, 0));
        put_as_is(json, "value", hae_view_name_at(&rows, 1));
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

static int put_distribution(struct hae_view_call *call, const struct hae_view_exported_point *row)
{
    struct hae_json *json = &call->json;
    if (row->buckets == NULL) { /* the point says that there is no value */
        hae_json_integer(json, "flags", HAE_OTLP_DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK);
        return SQLITE_OK;
    }
    hae_view_put_natural(json, "count", row->count);
    if (row->kind == HAE_VIEW_SUMMARY) {
        hae_view_put_double(json, "sum", row->sum); /* without it, it would be 0 */
        return put_quantiles(call, row->buckets);
    }
    put_known_double(json, "sum", row->sum);
    put_known_double(json, "min", row->min);
    put_known_double(json, "max", row->max);
    if (row->kind == HAE_VIEW_EXPONENTIAL) {
        return put_exponential(call, row);
    }
    int code = put_counts(call, "bucketCounts", row->buckets, "$.counts");
    return code != SQLITE_OK ? code : put_member(call, "explicitBounds", row->buckets, "$.bounds");
}

static int put_exemplars(struct hae_view_call *call, const struct hae_view_exported_point *point)
{
    struct hae_json *json = &call->json;
    struct hae_view_exemplar_found row;
    struct hae_view_rows rows = hae_view_ask_exemplars_of(call->db, point->series, point->time_ns);
    hae_json_open(json, "exemplars", '[');
    while (hae_view_next_exemplar(&rows, &row)) {
        hae_json_open(json, NULL, '{');
        hae_view_put_digits(json, "timeUnixNano", row.time_ns);
        hae_view_put_double(json, "asDouble", row.value);
        hae_view_put_otlp_id(json, "traceId", row.trace_id);
        hae_view_put_otlp_id(json, "spanId", row.span_id);
        hae_view_put_otlp_attributes(json, "filteredAttributes", row.attributes);
        hae_json_close(json, '}');
    }
    hae_json_close(json, ']');
    return hae_view_rows_done(&rows);
}

static int put_point(struct hae_view_call *call, const struct hae_view_exported_point *row)
{
    struct hae_json *json = &call->json;
    int code = SQLITE_OK;
    hae_json_open(json, NULL, '{');
    hae_view_put_otlp_attributes(json, "attributes", row->attributes);
    hae_view_put_digits(json, "startTimeUnixNano", row->start_ns);
    hae_view_put_digits(json, "timeUnixNano", row->time_ns);
    if (row->kind > HAE_VIEW_COUNTER) {
        code = put_distribution(call, row);
    } else if (row->is_integer) {
        hae_view_put_digits(json, "asInt", row->integer);
    } else {
        hae_view_put_double(json, "asDouble", row->value);
    }
    if (row->kind != HAE_VIEW_SUMMARY && code == SQLITE_OK) {
        code = put_exemplars(call, row);
    }
    hae_json_close(json, '}');
    return code;
}

static void end_metric(struct points *points)
{
    struct hae_json *json = &points->lines->call->json;
    if (points->metric == 0) {
        return;
    }
    hae_json_close(json, ']');
    if (points->kind != HAE_VIEW_GAUGE && points->kind != HAE_VIEW_SUMMARY) {
        hae_json_integer(json, "aggregationTemporality", points->temporality);
    }
    if (points->kind == HAE_VIEW_COUNTER) {
        hae_json_bool(json, "isMonotonic", true);
    }
    hae_json_close(json, '}');
    hae_json_close(json, '}');
    points->metric = 0;
}

static void begin_metric(struct points *points, const struct hae_view_exported_point *row)
{
    static const char *const kinds[] = {
        [HAE_VIEW_GAUGE] = "gauge",
        [HAE_VIEW_UP_DOWN] = "sum",
        [HAE_VIEW_COUNTER] = "sum",
        [HAE_VIEW_HISTOGRAM] = "histogram",
        [HAE_VIEW_EXPONENTIAL] = "exponentialHistogram",
        [HAE_VIEW_SUMMARY] = "summary",
    };
    struct hae_json *json = &points->lines->call->json;
    points->metric = row->metric;
    points->kind = row->kind;
    points->temporality = row->temporality;
    hae_json_open(json, NULL, '{');
    hae_json_text(json, "name", row->name);
    hae_json_text(json, "unit", row->unit);
    hae_view_put_otlp_text(json, "description", row->description);
    hae_json_open(json, kinds[row->kind], '{');
    hae_json_open(json, "dataPoints", '[');
}

int hae_view_export_points(struct hae_view_export_lines *lines, struct hae_view_rows *rows)
{
    struct points points = {.lines = lines};
    struct hae_view_exported_point row;
    int code = SQLITE_OK;
    while (code == SQLITE_OK && hae_view_next_exported_point(rows, &row)) {
        if (points.metric != row.metric || !hae_view_export_fits(lines, &row.row)) {
            end_metric(&points);
        }
        code = hae_view_export_line_of(lines, &row.row);
        if (points.metric == 0) {
            begin_metric(&points, &row);
        }
        code = code != SQLITE_OK ? code : put_point(lines->call, &row);
    }
    end_metric(&points);
    return code;
}
