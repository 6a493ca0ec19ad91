/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "show/drawing.h"
#include "show/section_traces.h"
#include "show/sections.h"
#include "show/summary_tree.h"
#include "show/table.h"
#include "util/figures.h"

#define BAR_COLUMNS 24
#define ROWS_MAX    17 /* of one trace */

/* "│  └─ name" */
static void tree_cell(struct hae_view_table *table, const struct hae_view_summary_tree_row *row,
                      const struct hae_view_kept_span *span)
{
    char branch[HAE_VIEW_BRANCH_SIZE];
    hae_view_draw_branch(row->depth, row->lines, row->last, branch);
    hae_view_table_format(table,
                          span->status == HAE_VIEW_STATUS_ERROR ? HAE_VIEW_RED : HAE_VIEW_NORMAL,
                          "%s%s", branch, span->name[0] != '\0' ? span->name : "?");
}

/* The time that the kept spans of a trace cover. */
static struct hae_view_extent extent_of(const struct hae_view_trace_copy *trace)
{
    struct hae_view_extent extent = {UINT64_MAX, 0};
    for (uint32_t i = 0; i < trace->kept; i++) {
        const struct hae_view_kept_span *span = &trace->spans[i];
        uint64_t end_ns = span->end_ns > span->start_ns ? span->end_ns : span->start_ns;
        extent.start_ns = span->start_ns < extent.start_ns ? span->start_ns : extent.start_ns;
        extent.end_ns = end_ns > extent.end_ns ? end_ns : extent.end_ns;
    }
    return extent;
}

static void bar_cell(struct hae_view_table *table, struct hae_view_extent extent,
                     const struct hae_view_kept_span *span)
{
    char text[HAE_VIEW_DRAWING_SIZE];
    bool failed = span->status == HAE_VIEW_STATUS_ERROR;
    hae_view_draw_bar(extent, (struct hae_view_extent){span->start_ns, span->end_ns}, BAR_COLUMNS,
                      text);
    hae_view_table_cell(table, failed ? HAE_VIEW_RED : HAE_VIEW_CYAN, text);
}

static const char *kind_name(uint8_t kind)
{
    switch (kind) {
    case HAE_VIEW_KIND_SERVER:
        return "server";
    case HAE_VIEW_KIND_CLIENT:
        return "client";
    case HAE_VIEW_KIND_PRODUCER:
        return "producer";
    case HAE_VIEW_KIND_CONSUMER:
        return "consumer";
    default:
        return "";
    }
}

static void span_row(struct hae_view_table *table, const struct hae_view_kept_span *span)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    bool failed = span->status == HAE_VIEW_STATUS_ERROR;
    uint64_t ns = span->end_ns > span->start_ns ? span->end_ns - span->start_ns : 0;
    hae_view_table_cell(table, HAE_VIEW_NORMAL,
                        hae_view_figure_duration(figure, sizeof figure, (double)ns));
    hae_view_table_cell(table, HAE_VIEW_DIM, span->service);
    hae_view_table_cell(table, HAE_VIEW_DIM, kind_name(span->kind));
    if (failed) {
        hae_view_table_format(table, HAE_VIEW_RED, "ERROR%s%s", span->note[0] != '\0' ? " " : "",
                              span->note);
    } else {
        hae_view_table_cell(table, HAE_VIEW_DIM, span->note);
    }
}

static void trace_heading(struct hae_view_canvas *canvas, const struct hae_view_trace_copy *trace)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    hae_view_canvas_to(canvas, HAE_VIEW_INDENT);
    hae_view_canvas_format(
        canvas, HAE_VIEW_BOLD, "%s",
        hae_view_figure_duration(figure, sizeof figure, (double)trace->duration_ns));
    hae_view_canvas_format(canvas, HAE_VIEW_DIM, "  trace ");
    hae_view_canvas_text(canvas, HAE_VIEW_NORMAL,
                         hae_view_figure_hex(figure, sizeof figure, trace->trace_id, 16));
    hae_view_canvas_format(canvas, HAE_VIEW_DIM, "  %s",
                           hae_view_figure_time(figure, sizeof figure, extent_of(trace).start_ns));
    hae_view_canvas_format(canvas, HAE_VIEW_DIM, "  %s span%s",
                           hae_view_figure_count(figure, sizeof figure, trace->span_count),
                           trace->span_count == 1 ? "" : "s");
    if (trace->error_count > 0) {
        hae_view_canvas_format(canvas, HAE_VIEW_RED, "  %s failed",
                               hae_view_figure_count(figure, sizeof figure, trace->error_count));
    }
    hae_view_canvas_newline(canvas);
}

static void write_trace(struct hae_view_canvas *canvas, const struct hae_view_trace_copy *trace)
{
    static const struct hae_view_column columns[] = {
        {"", false, true, 24, 0}, {"", false, false, 0, 1}, {"", true, false, 0, 0},
        {"", false, true, 8, 2},  {"", false, false, 0, 3}, {"", false, true, 12, 0},
    };
    struct hae_view_summary_tree_row rows[HAE_VIEW_TRACE_SPANS];
    size_t max = trace->span_count <= ROWS_MAX ? ROWS_MAX : ROWS_MAX - 1;
    size_t count = hae_view_summary_tree_make(trace, max, rows);
    struct hae_view_extent extent = extent_of(trace);
    struct hae_view_table table;
    hae_view_table_init(&table, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < count; i++) {
        const struct hae_view_kept_span *span = &trace->spans[rows[i].span];
        tree_cell(&table, &rows[i], span);
        bar_cell(&table, extent, span);
        span_row(&table, span);
    }
    trace_heading(canvas, trace);
    hae_view_table_write(&table, canvas, HAE_VIEW_INDENT + 2);
    hae_view_table_done(&table);
    if (count < trace->span_count) {
        hae_view_section_more(canvas, HAE_VIEW_INDENT + 2, trace->span_count - count, "span");
    }
}

void hae_view_section_traces(struct hae_view_canvas *canvas, const struct hae_view_summary *summary)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    char detail[HAE_VIEW_FIGURE_SIZE + 8] = "whole run";
    if (summary->trace_count == 0) {
        return;
    }
    if (summary->traces_window_ns > 0) {
        hae_view_figure_duration(figure, sizeof figure, (double)summary->traces_window_ns);
        snprintf(detail, sizeof detail, "last %s", figure);
    }
    hae_view_section_heading(canvas, "SLOWEST TRACES", detail);
    for (size_t i = 0; i < summary->trace_count; i++) {
        write_trace(canvas, &summary->traces[i]);
    }
}
