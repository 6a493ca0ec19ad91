/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figures.h"
#include "sections.h"

static void value_cell(struct hae_view_table *table, double value, const char *unit)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    hae_view_table_cell(table, HAE_VIEW_NORMAL,
                        isnan(value) ? ""
                                     : hae_view_figure_value(figure, sizeof(figure), value, unit));
}

static void number_cells(struct hae_view_table *table, const struct hae_view_summary_series *series)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    const struct hae_view_figures *figures = &series->figures;
    value_cell(table, figures->is_integer ? (double)figures->integer : figures->value,
               series->unit);
    if (!isnan(series->rate)) {
        hae_view_table_format(table, HAE_VIEW_DIM, "%s/s",
                              hae_view_figure_rate(figure, sizeof(figure), series->rate));
    }
}

static void distribution_cells(struct hae_view_table *table,
                               const struct hae_view_summary_series *series)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    const struct hae_view_figures *figures = &series->figures;
    hae_view_table_format(table, HAE_VIEW_NORMAL, "%s\xc3\x97",
                          hae_view_figure_count(figure, sizeof(figure), figures->count));
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

/* The rows of one metric: its name with the values when it has one series without
 * attributes, else its name and a row for each series. Returns the rows. */
static size_t metric_rows(struct hae_view_table *table,
                          const struct hae_view_summary_series *series, size_t count)
{
    char label[HAE_VIEW_METRIC_ATTRS + 32];
    if (count == 1 && series->attributes[0] == '\0') {
        series_row(table, series, HAE_VIEW_BOLD, series->name);
        return 1;
    }
    hae_view_table_cell(table, HAE_VIEW_BOLD, series->name);
    hae_view_table_end_row(table);
    for (size_t i = 0; i < count; i++) {
        snprintf(label, sizeof(label), "  %s",
                 series[i].attributes[0] != '\0' ? series[i].attributes : "(no attributes)");
        series_row(table, &series[i], HAE_VIEW_NORMAL, label);
    }
    uint64_t more = series[count - 1].more;
    if (more > 0) {
        char figure[HAE_VIEW_FIGURE_SIZE];
        hae_view_table_format(table, HAE_VIEW_DIM, "  \xe2\x80\xa6 and %s more series",
                              hae_view_figure_count(figure, sizeof(figure), more));
        hae_view_table_end_row(table);
    }
    return 1 + count + (more > 0 ? 1 : 0);
}

/* Fills the table as far as there is room; returns the series that were shown. */
static size_t fill(struct hae_view_table *table, const struct hae_view_summary *summary,
                   size_t room)
{
    const struct hae_view_summary_series *series = summary->series;
    size_t at = 0;
    while (at < summary->series_count) {
        bool new_service = at == 0 || series[at].service != series[at - 1].service;
        size_t end = at + 1;
        while (end < summary->series_count && same_metric(&series[at], &series[end])) {
            end++;
        }
        size_t needed = (new_service ? 1 : 0) + (end - at) + 2;
        if (needed > room) {
            break;
        }
        if (new_service && summary->service_count > 1) {
            hae_view_table_cell(table, HAE_VIEW_CYAN, summary->services[series[at].service].name);
            hae_view_table_end_row(table);
            room--;
        }
        room -= metric_rows(table, &series[at], end - at);
        at = end;
    }
    return at;
}

void hae_view_section_metrics(struct hae_view_canvas *canvas,
                              const struct hae_view_summary *summary, size_t lines)
{
    static const struct hae_view_column columns[] = {
        {"METRIC", false, true, 24, 0}, {"VALUE", true, false, 0, 0}, {"RATE", true, false, 0, 5},
        {"AVG", true, false, 0, 3},     {"P50", true, false, 0, 2},   {"P99", true, false, 0, 1},
        {"MAX", true, false, 0, 4},
    };
    if (summary->series_count == 0) {
        return;
    }
    struct hae_view_table table;
    hae_view_table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    size_t shown = fill(&table, summary, lines > 3 ? lines - 3 : 0);
    hae_view_section_heading(canvas, "METRICS", "latest values; P50 and P99 guessed from buckets");
    hae_view_table_write(&table, canvas, HAE_VIEW_INDENT);
    hae_view_table_done(&table);
    uint64_t accounted = 0;
    for (size_t i = 0; i < shown; i++) {
        accounted += 1 + summary->series[i].more;
    }
    if (accounted < summary->totals.series) {
        char figure[HAE_VIEW_FIGURE_SIZE];
        hae_view_canvas_to(canvas, HAE_VIEW_INDENT);
        hae_view_canvas_format(
            canvas, HAE_VIEW_DIM, "\xe2\x80\xa6 and %s more series",
            hae_view_figure_count(figure, sizeof(figure), summary->totals.series - accounted));
        hae_view_canvas_newline(canvas);
    }
}
