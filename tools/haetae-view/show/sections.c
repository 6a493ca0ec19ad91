/* SPDX-License-Identifier: Apache-2.0 */
#include "show/sections.h"

#include <inttypes.h>
#include <stdlib.h>

#include "show/table.h"
#include "util/figures.h"

/* A higher share of failed requests is shown as an alarm. */
#define BAD_SHARE 0.05

void hae_view_section_heading(struct hae_view_canvas *canvas, const char *heading,
                              const char *detail)
{
    hae_view_canvas_text(canvas, HAE_VIEW_BOLD, heading);
    hae_view_canvas_to(canvas, canvas->column + 2);
    hae_view_canvas_text(canvas, HAE_VIEW_DIM, detail);
    hae_view_canvas_newline(canvas);
}

void hae_view_section_more(struct hae_view_canvas *canvas, size_t indent, uint64_t count,
                           const char *what)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    hae_view_canvas_to(canvas, indent);
    hae_view_canvas_format(canvas, HAE_VIEW_DIM, "\xe2\x80\xa6 and %s more %s%s",
                           hae_view_figure_count(figure, sizeof figure, count), what,
                           count == 1 ? "" : "s");
    hae_view_canvas_newline(canvas);
}

/* ---- Services ------------------------------------------------------------------ */

static int busiest_first(const void *a, const void *b)
{
    const struct hae_view_summary_service *x = *(struct hae_view_summary_service *const *)a;
    const struct hae_view_summary_service *y = *(struct hae_view_summary_service *const *)b;
    uint64_t items_x = x->counts.spans + x->counts.logs + x->counts.data_points;
    uint64_t items_y = y->counts.spans + y->counts.logs + y->counts.data_points;
    if (items_x != items_y) {
        return items_x > items_y ? -1 : 1;
    }
    return x < y ? -1 : x > y;
}

static void duration_cell(struct hae_view_table *table, uint64_t ns, bool known)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    hae_view_table_cell(table, HAE_VIEW_NORMAL,
                        known ? hae_view_figure_duration(figure, sizeof figure, (double)ns) : "-");
}

enum hae_view_style hae_view_error_style(uint64_t errors, uint64_t all)
{
    if (errors == 0) {
        return HAE_VIEW_NORMAL;
    }
    return (double)errors >= BAD_SHARE * (double)all ? HAE_VIEW_RED : HAE_VIEW_YELLOW;
}

static void service_row(struct hae_view_table *table,
                        const struct hae_view_summary_service *service)
{
    const struct hae_view_counts *shown = &service->shown;
    double seconds = service->shown_seconds;
    char figure[HAE_VIEW_FIGURE_SIZE];
    bool entries = shown->entry_spans > 0;
    hae_view_table_cell(table, HAE_VIEW_BOLD, service->name);
    hae_view_table_cell(
        table, HAE_VIEW_NORMAL,
        hae_view_figure_rate(figure, sizeof figure, (double)shown->spans / seconds));
    hae_view_table_cell(
        table, HAE_VIEW_NORMAL,
        hae_view_figure_rate(figure, sizeof figure, (double)shown->entry_spans / seconds));
    hae_view_table_cell(
        table, hae_view_error_style(shown->entry_errors, shown->entry_spans),
        hae_view_figure_percent(figure, sizeof figure, shown->entry_errors, shown->entry_spans));
    duration_cell(table, service->p50_ns, entries);
    duration_cell(table, service->p99_ns, entries);
    duration_cell(table, service->max_ns, entries);
    hae_view_table_cell(table, HAE_VIEW_NORMAL,
                        hae_view_figure_rate(figure, sizeof figure, (double)shown->logs / seconds));
    hae_view_table_cell(table, shown->error_logs > 0 ? HAE_VIEW_RED : HAE_VIEW_NORMAL,
                        hae_view_figure_count(figure, sizeof figure, shown->error_logs));
    hae_view_table_cell(table, HAE_VIEW_NORMAL,
                        hae_view_figure_count(figure, sizeof figure, service->calls));
    hae_view_table_cell(
        table, hae_view_error_style(service->call_errors, service->calls),
        hae_view_figure_percent(figure, sizeof figure, service->call_errors, service->calls));
    hae_view_table_cell(table, HAE_VIEW_DIM,
                        hae_view_figure_count(figure, sizeof figure, service->counts.spans));
    hae_view_table_end_row(table);
}

void hae_view_section_services(struct hae_view_canvas *canvas,
                               const struct hae_view_summary *summary)
{
    static const struct hae_view_column columns[] = {
        {"SERVICE", false, true, 12, 0}, {"SPANS/S", true, false, 0, 7},
        {"REQ/S", true, false, 0, 0},    {"ERRORS", true, false, 0, 0},
        {"P50", true, false, 0, 2},      {"P99", true, false, 0, 0},
        {"MAX", true, false, 0, 3},      {"LOGS/S", true, false, 0, 6},
        {"ERR LOGS", true, false, 0, 4}, {"CALLS", true, false, 0, 5},
        {"FAILED", true, false, 0, 0},   {"ALL SPANS", true, false, 0, 8},
    };
    if (summary->service_count == 0) {
        return;
    }
    const struct hae_view_summary_service *sorted[HAE_VIEW_SERVICES_MAX];
    for (size_t i = 0; i < summary->service_count; i++) {
        sorted[i] = &summary->services[i];
    }
    qsort(sorted, summary->service_count, sizeof sorted[0], busiest_first);
    struct hae_view_table table;
    hae_view_table_init(&table, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < summary->service_count; i++) {
        service_row(&table, sorted[i]);
    }
    hae_view_section_heading(
        canvas, "SERVICES",
        summary->recent
            ? "last minute; FAILED is of calls to others"
            : "whole run; requests are server, consumer and root spans; FAILED is of calls");
    hae_view_table_write(&table, canvas, HAE_VIEW_INDENT);
    hae_view_table_done(&table);
}

/* ---- Errors -------------------------------------------------------------------- */

static void error_row(struct hae_view_table *table, const struct hae_view_summary_error *error)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    hae_view_figure_time(figure, sizeof figure, error->last_unix_ns);
    figure[8] = '\0'; /* milliseconds say nothing here */
    hae_view_table_cell(table, HAE_VIEW_DIM, figure);
    hae_view_table_format(table, error->count > 1 ? HAE_VIEW_YELLOW : HAE_VIEW_DIM, "%s\xc3\x97",
                          hae_view_figure_count(figure, sizeof figure, error->count));
    hae_view_table_cell(table, HAE_VIEW_BOLD, error->service);
    hae_view_table_cell(table, HAE_VIEW_DIM, error->is_log ? "log" : "span");
    hae_view_table_cell(table, HAE_VIEW_RED, error->text);
    hae_view_table_cell(
        table, HAE_VIEW_DIM,
        error->has_trace ? hae_view_figure_hex(figure, sizeof figure, error->trace_id, 16) : "-");
}

void hae_view_section_errors(struct hae_view_canvas *canvas, const struct hae_view_summary *summary)
{
    static const struct hae_view_column columns[] = {
        {"LAST", false, false, 0, 0},    {"TIMES", true, false, 0, 0},
        {"SERVICE", false, true, 16, 0}, {"IN", false, false, 0, 1},
        {"ERROR", false, true, 36, 0},   {"TRACE", false, false, 0, 0},
    };
    if (summary->error_count == 0) {
        return;
    }
    struct hae_view_table table;
    hae_view_table_init(&table, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < summary->error_count; i++) {
        error_row(&table, &summary->errors[i]);
    }
    hae_view_section_heading(canvas, "LATEST ERRORS",
                             "equal ones together; the trace is that of the last one");
    hae_view_table_write(&table, canvas, HAE_VIEW_INDENT);
    hae_view_table_done(&table);
    if (summary->error_count < summary->error_groups) {
        hae_view_section_more(canvas, HAE_VIEW_INDENT, summary->error_groups - summary->error_count,
                              "distinct error");
    }
}
