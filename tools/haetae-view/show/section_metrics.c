/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "show/attributes.h"
#include "show/section_metrics.h"
#include "show/sections.h"
#include "show/table.h"
#include "util/figures.h"

static void value_cell(struct hae_view_table *table, double value, const char *unit)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    hae_view_table_cell(table, HAE_VIEW_NORMAL,
                        isnan(value) ? ""
                                     : hae_view_figure_value(figure, sizeof figure, value, unit));
}

static void number_cells(struct hae_view_table *table, const struct hae_view_summary_series *series)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    const struct hae_view_figures *figures = &series->figures;
    value_cell(table, figures->is_integer ? (double)figures->integer : figures->value,
               series->unit);
    if (!isnan(series->rate)) {
        hae_view_table_format(table, HAE_VIEW_DIM, "%s/s",
                              hae_view_figure_rate(figure, sizeof figure, series->rate));
    }
}

static void distribution_cells(struct hae_view_table *table,
                               const struct hae_view_summary_series *series)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    const struct hae_view_figures *figures = &series->figures;
    hae_view_table_format(table, HAE_VIEW_NORMAL, "%s\xc3\x97",
                          hae_view_figure_count(figure, sizeof figure, figures->count));
    hae_view_table_cell(table, HAE_VIEW_NORMAL, "");
    value_cell(table, figures->count > 0 ? figures->sum / (double)figures->count : NAN,
               series->unit);
    value_cell(table, figures->p50, series->unit);
    value_cell(table, figures->p99, series->unit);
    value_cell(table, figures->max, series->unit);
}

static void series_row(struct hae_view_table *table, const struct hae_view_summary_series *series,
                       enum hae_view_style style, const char *label)
{
    hae_view_table_cell(table, style, label);
    if (!series->has_value) {
        hae_view_table_cell(table, HAE_VIEW_DIM, "no value");
    } else if (series->kind >= HAE_VIEW_HISTOGRAM) {
        distribution_cells(table, series);
    } else {
        number_cells(table, series);
    }
    hae_view_table_end_row(table);
}

static bool same_metric(const struct hae_view_summary_series *a,
                        const struct hae_view_summary_series *b)
{
    return a->service == b->service && a->scope == b->scope && a->kind == b->kind &&
           strcmp(a->name, b->name) == 0 && strcmp(a->unit, b->unit) == 0;
}

static struct hae_view_attribute_lists lists_of(const struct hae_view_summary_series *series,
                                                size_t count)
{
    return (struct hae_view_attribute_lists){series->attributes, sizeof *series, count};
}

/* ---- Rows ------------------------------------------------------------------------ */

/* The name, with the attributes that all series share when there are several. */
static void metric_label(const struct hae_view_summary_series *series, size_t count, char *label,
                         size_t size)
{
    char shared[HAE_VIEW_METRIC_ATTRS] = "";
    if (count > 1) {
        struct hae_view_attribute_lists lists = lists_of(series, count);
        hae_view_attributes_add(&lists, 0, true, shared, sizeof shared);
    }
    snprintf(label, size, "%s%s%s%s", series->name, shared[0] != '\0' ? " {" : "", shared,
             shared[0] != '\0' ? "}" : "");
}

/* The rows of one metric: its name with the values when it has one series without
 * attributes, else its name and a row for each series. */
static void metric_rows(struct hae_view_table *table, const struct hae_view_summary_series *series,
                        size_t count)
{
    char label[HAE_VIEW_METRIC_NAME + HAE_VIEW_METRIC_ATTRS + 8];
    if (count == 1 && series->attributes[0] == '\0') {
        series_row(table, series, HAE_VIEW_BOLD, series->name);
        return;
    }
    metric_label(series, count, label, sizeof label);
    struct hae_view_attribute_lists lists = lists_of(series, count);
    hae_view_table_cell(table, HAE_VIEW_BOLD, label);
    hae_view_table_end_row(table);
    for (size_t i = 0; i < count; i++) {
        strcpy(label, "  ");
        hae_view_attributes_add(&lists, i, count == 1, label, sizeof label);
        series_row(table, &series[i], HAE_VIEW_NORMAL,
                   label[2] != '\0' ? label : "  (no attributes)");
    }
    uint64_t more = series[count - 1].more;
    if (more > 0) {
        char figure[HAE_VIEW_FIGURE_SIZE];
        hae_view_table_format(table, HAE_VIEW_DIM, "  \xe2\x80\xa6 and %s more series",
                              hae_view_figure_count(figure, sizeof figure, more));
        hae_view_table_end_row(table);
    }
}

/* How many series from `at` on belong to one metric. */
static size_t metric_length(const struct hae_view_summary *summary, size_t at)
{
    size_t end = at + 1;
    while (end < summary->series_count &&
           same_metric(&summary->series[at], &summary->series[end])) {
        end++;
    }
    return end - at;
}

/* Fills the table with all metrics. Returns how many series these have. */
static uint64_t fill(struct hae_view_table *table, const struct hae_view_summary *summary)
{
    uint64_t accounted = 0;
    uint32_t service = UINT32_MAX;
    size_t count;
    for (size_t at = 0; at < summary->series_count; at += count) {
        const struct hae_view_summary_series *series = &summary->series[at];
        count = metric_length(summary, at);
        if (series->service != service && summary->service_count > 1) {
            hae_view_table_cell(table, HAE_VIEW_CYAN, summary->services[series->service].name);
            hae_view_table_end_row(table);
        }
        service = series->service;
        metric_rows(table, series, count);
        accounted += count + series[count - 1].more;
    }
    return accounted;
}

void hae_view_section_metrics(struct hae_view_canvas *canvas,
                              const struct hae_view_summary *summary)
{
    static const struct hae_view_column columns[] = {
        {"METRIC", false, HAE_VIEW_CUT_MIDDLE, 36, 0},
        {"VALUE", true, false, 0, 0},
        {"RATE", true, false, 0, 5},
        {"AVG", true, false, 0, 3},
        {"P50", true, false, 0, 2},
        {"P99", true, false, 0, 1},
        {"MAX", true, false, 0, 4},
    };
    if (summary->series_count == 0) {
        return;
    }
    struct hae_view_table table;
    hae_view_table_init(&table, columns, sizeof columns / sizeof columns[0]);
    uint64_t accounted = fill(&table, summary);
    hae_view_section_heading(
        canvas, "METRICS",
        "latest values; P50 and P99 estimated from buckets; attribute names shortened");
    hae_view_table_write(&table, canvas, HAE_VIEW_INDENT);
    hae_view_table_done(&table);
    if (accounted < summary->totals.series) {
        char figure[HAE_VIEW_FIGURE_SIZE];
        hae_view_canvas_to(canvas, HAE_VIEW_INDENT);
        hae_view_canvas_format(
            canvas, HAE_VIEW_DIM, "\xe2\x80\xa6 and %s more series",
            hae_view_figure_count(figure, sizeof figure, summary->totals.series - accounted));
        hae_view_canvas_newline(canvas);
    }
}
