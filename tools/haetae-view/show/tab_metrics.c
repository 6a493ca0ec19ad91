/* SPDX-License-Identifier: Apache-2.0 */
/* The tab Metrics; and the series of one metric. */
#include "show/tab_metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/members.h"
#include "query/metrics.h"
#include "show/attributes.h"
#include "show/trend.h"
#include "util/figures.h"

#define METRICS_MAX 1000
#define SERIES_MAX  100
#define POINTS_MAX  500

static void value_cell(struct hae_view_list *list, double value, const char *unit)
{
    char figure[HAE_VIEW_FIGURE_SIZE] = "";
    char clean[HAE_VIEW_FIGURE_SIZE] = "";
    if (!isnan(value)) {
        hae_view_figure_value(figure, sizeof figure, value, unit);
        hae_view_text_clean_string(clean, sizeof clean, figure);
    }
    hae_view_list_figure(list, HAE_VIEW_NORMAL, value, clean);
}

/* How often it was measured, or its value; then mean, median, 99 % and maximum. */
static void point_cells(struct hae_view_list *list, const struct hae_view_point_found *point,
                        const char *unit)
{
    bool distribution = point->is_distribution;
    double mean =
        distribution && point->count > 0 ? point->sum / (double)point->count : (double)NAN;
    if (distribution) {
        char figure[HAE_VIEW_FIGURE_SIZE];
        char text[HAE_VIEW_FIGURE_SIZE + 4];
        snprintf(text, sizeof text, "%s\xc3\x97",
                 hae_view_figure_count(figure, sizeof figure, point->count));
        hae_view_list_figure(list, HAE_VIEW_NORMAL, (double)point->count, text);
    } else {
        value_cell(list, point->is_integer ? (double)point->integer : point->value, unit);
    }
    value_cell(list, mean, unit);
    value_cell(list, distribution ? point->p50 : (double)NAN, unit);
    value_cell(list, distribution ? point->p99 : (double)NAN, unit);
    value_cell(list, distribution ? point->max : (double)NAN, unit);
}

static const struct hae_view_point_found no_point = {
    .value = NAN, .p50 = NAN, .p99 = NAN, .max = NAN};

/* ---- All metrics ---------------------------------------------------------------------- */

static void put_metric(struct hae_view_list *list, const struct hae_view_metric_found *metric,
                       const struct hae_view_point_found *point)
{
    struct hae_view_target *target = hae_view_list_row(list, HAE_VIEW_TO_METRIC, metric->id);
    bool known = metric->kind >= HAE_VIEW_GAUGE && metric->kind <= HAE_VIEW_SUMMARY;
    if (target == NULL) {
        return;
    }
    hae_view_list_text(list, HAE_VIEW_NORMAL, metric->service);
    hae_view_list_text(list, HAE_VIEW_BOLD, metric->name);
    hae_view_list_text(list, HAE_VIEW_DIM,
                       known ? hae_view_metric_kind_name((enum hae_view_metric_kind)metric->kind)
                             : "?");
    hae_view_list_count(list, HAE_VIEW_DIM, metric->series);
    point_cells(list, point, metric->unit);
}

int hae_view_load_metrics(struct hae_view_reading *reading)
{
    static const struct hae_view_column columns[] = {
        {"SERVICE", false, true, 8, 0}, {"METRIC", false, HAE_VIEW_CUT_MIDDLE, 20, 0},
        {"KIND", false, true, 7, 2},    {"SERIES", true, false, 0, 1},
        {"VALUE", true, false, 0, 0},   {"MEAN", true, false, 0, 4},
        {"P50", true, false, 0, 3},     {"P99", true, false, 0, 0},
        {"MAX", true, false, 0, 5},
    };
    static const struct hae_view_list_type type = {
        "METRICS", "no metrics", columns, sizeof columns / sizeof columns[0], 0x1ffU, 0x1f8U, -1};
    struct hae_view_list *list = hae_view_reading_list(reading, &type);
    struct hae_view_metric_found metric;
    struct hae_view_point_found point;
    bool has_point;
    struct hae_view_rows rows = hae_view_ask_latest_values(reading->db, METRICS_MAX);
    while (hae_view_next_latest_value(&rows, &metric, &point, &has_point)) {
        /* A value of one series out of many says nothing of the others. */
        put_metric(list, &metric, has_point && metric.series == 1 ? &point : &no_point);
    }
    snprintf(list->detail, sizeof list->detail, "latest values; Enter opens the series");
    return hae_view_rows_done(&rows);
}

/* ---- One metric ----------------------------------------------------------------------- */

/* What came from one point of a counter or distribution to the next. */
static double step_between(const struct hae_view_metric_found *metric,
                           const struct hae_view_point_found *older,
                           const struct hae_view_point_found *newer)
{
    double value = newer->is_distribution ? (double)newer->count : newer->value;
    double before = older->is_distribution ? (double)older->count : older->value;
    if (metric->temporality != HAE_VIEW_CUMULATIVE) {
        return value;
    }
    return newer->start_ns != older->start_ns || value < before ? value : value - before;
}

/* Reads the points of a series: the newest one, and a trend. */
static int read_points(struct hae_view_reading *reading, const struct hae_view_metric_found *metric,
                       int64_t series, struct hae_view_point_found *ret_newest,
                       char ret_trend[HAE_VIEW_DRAWING_SIZE])
{
    struct hae_view_trend trend = hae_view_trend_of(reading->window);
    double values[HAE_VIEW_DRAWING_COLUMNS] = {0};
    struct hae_view_point_found newer = no_point;
    struct hae_view_point_found point;
    bool first = true;
    bool gauge = metric->kind < HAE_VIEW_COUNTER;
    struct hae_view_window all = {0, reading->window.to_ns};
    struct hae_view_rows rows = hae_view_ask_points(reading->db, series, all, POINTS_MAX);
    *ret_newest = no_point;
    while (hae_view_next_point(&rows, &point)) {
        point.buckets = NULL;
        if (first) {
            *ret_newest = point;
        } else if (!gauge) {
            hae_view_trend_add(&trend, newer.time_ns / 1000000000,
                               step_between(metric, &point, &newer), values);
        }
        if (gauge) { /* the newest value of each step */
            double before[HAE_VIEW_DRAWING_COLUMNS] = {0};
            hae_view_trend_add(&trend, point.time_ns / 1000000000, 1, before);
            for (size_t i = 0; i < trend.columns; i++) {
                values[i] = before[i] > 0 && values[i] == 0 ? point.value : values[i];
            }
        }
        newer = point;
        first = false;
    }
    hae_view_draw_trend(values, trend.columns, ret_trend);
    return hae_view_rows_done(&rows);
}

/* All series of a metric, before their rows are written. */
struct series_set {
    struct series {
        int64_t id;
        char instance[HAE_VIEW_NAME_SIZE];
        char attributes[512]; /* "key=value, key=value" */
    } * items;                /* SERIES_MAX of them */
    size_t count;
    bool one_instance; /* they are all of it */
};

static int read_attributes(struct hae_view_reading *reading, const char *object, char *out,
                           size_t size)
{
    struct hae_view_member member;
    size_t used = 0;
    struct hae_view_rows rows = hae_view_ask_members(reading->db, object);
    while (used + 1 < size && hae_view_next_member(&rows, &member)) {
        char text[256];
        char clean[256];
        snprintf(text, sizeof text, "%s%s=%s", used > 0 ? ", " : "", member.name, member.value);
        hae_view_text_clean_string(clean, sizeof clean, text);
        used += (size_t)snprintf(out + used, size - used, "%s", clean);
    }
    return hae_view_rows_done(&rows);
}

static int read_series(struct hae_view_reading *reading, int64_t metric, struct series_set *set)
{
    struct hae_view_series_found found;
    int code = SQLITE_OK;
    struct hae_view_rows rows = hae_view_ask_series(reading->db, metric, SERIES_MAX);
    set->one_instance = true;
    while (code == SQLITE_OK && set->count < SERIES_MAX && hae_view_next_series(&rows, &found)) {
        struct series *series = &set->items[set->count++];
        series->id = found.id;
        hae_view_target_name(series->instance, found.instance != NULL ? found.instance : "");
        set->one_instance =
            set->one_instance && strcmp(series->instance, set->items[0].instance) == 0;
        code = read_attributes(reading, found.attributes, series->attributes,
                               sizeof series->attributes);
    }
    int end = hae_view_rows_done(&rows);
    return code != SQLITE_OK ? code : end;
}

static int put_series(struct hae_view_reading *reading, struct hae_view_list *list,
                      const struct hae_view_metric_found *metric, const struct series_set *set)
{
    const struct hae_view_attribute_lists lists = {set->items->attributes, sizeof *set->items,
                                                   set->count};
    int code = SQLITE_OK;
    for (size_t i = 0; i < set->count && code == SQLITE_OK; i++) {
        const struct series *series = &set->items[i];
        struct hae_view_point_found point;
        char trend[HAE_VIEW_DRAWING_SIZE];
        char label[sizeof series->attributes] = "";
        code = read_points(reading, metric, series->id, &point, trend);
        if (hae_view_list_row(list, HAE_VIEW_TO_NOTHING, series->id) == NULL) {
            break;
        }
        hae_view_attributes_add(&lists, i, set->count == 1, label, sizeof label);
        hae_view_list_text(list, HAE_VIEW_BOLD, label[0] != '\0' ? label : "(no attributes)");
        hae_view_list_text(list, HAE_VIEW_DIM, set->one_instance ? "" : series->instance);
        point_cells(list, &point, metric->unit);
        hae_view_list_figure(list, HAE_VIEW_CYAN, 0, trend);
    }
    return code;
}

/* "http.client.request.duration {scheme=http} in s: how long" */
static void put_about(struct hae_view_list *list, const struct hae_view_metric_found *metric,
                      const struct series_set *set)
{
    const struct hae_view_attribute_lists lists = {set->items->attributes, sizeof *set->items,
                                                   set->count};
    char name[HAE_VIEW_NAME_SIZE];
    char about[64] = "";
    char shared[64] = "";
    hae_view_target_name(name, metric->name);
    if (metric->description != NULL) {
        hae_view_text_clean_string(about, sizeof about, metric->description);
    }
    if (set->count > 1) {
        hae_view_attributes_add(&lists, 0, true, shared, sizeof shared);
    }
    snprintf(list->detail, sizeof list->detail, "%s%s%s%s%s%s%s %s", name,
             shared[0] != '\0' ? " {" : "", shared, shared[0] != '\0' ? "}" : "",
             metric->unit[0] != '\0' ? " in " : "", metric->unit, about[0] != '\0' ? ":" : "",
             about);
}

int hae_view_load_metric(struct hae_view_reading *reading)
{
    static const struct hae_view_column columns[] = {
        {"ATTRIBUTES", false, HAE_VIEW_CUT_MIDDLE, 20, 0},
        {"INSTANCE", false, true, 8, 3},
        {"VALUE", true, false, 0, 0},
        {"MEAN", true, false, 0, 5},
        {"P50", true, false, 0, 4},
        {"P99", true, false, 0, 0},
        {"MAX", true, false, 0, 2},
        {"TREND", false, false, 0, 1},
    };
    static const struct hae_view_list_type type = {
        "METRIC", "no series", columns, sizeof columns / sizeof columns[0], 0x7fU, 0x7cU, -1};
    struct hae_view_list *list = hae_view_reading_list(reading, &type);
    struct hae_view_metric_found metric;
    struct series_set set = {calloc(SERIES_MAX, sizeof *set.items), 0, false};
    char unit[32] = "";
    if (set.items == NULL) {
        return SQLITE_NOMEM;
    }
    struct hae_view_rows rows = hae_view_ask_metrics(reading->db, reading->of->id, NULL);
    int code = SQLITE_OK;
    if (hae_view_next_metric(&rows, &metric)) {
        hae_view_text_clean_string(unit, sizeof unit, metric.unit);
        metric.unit = unit;
        code = read_series(reading, metric.id, &set);
        put_about(list, &metric, &set);
        code = code == SQLITE_OK ? put_series(reading, list, &metric, &set) : code;
    }
    int end = hae_view_rows_done(&rows);
    free(set.items);
    return code != SQLITE_OK ? code : end;
}
