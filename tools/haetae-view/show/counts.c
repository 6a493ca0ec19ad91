/* SPDX-License-Identifier: Apache-2.0 */
#include "show/counts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "util/figures.h"

#define DOT        "  \xc2\xb7  "
#define NARROW_DOT " \xc2\xb7 "
#define NARROW     100

const char *hae_view_counts_dot(const struct hae_view_canvas *canvas)
{
    return canvas->width < NARROW ? NARROW_DOT : DOT;
}

static void counted(struct hae_view_canvas *canvas, double count, const char *what)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    if (canvas->column > 0) {
        hae_view_canvas_text(canvas, HAE_VIEW_DIM, hae_view_counts_dot(canvas));
    }
    hae_view_canvas_text(canvas, HAE_VIEW_BOLD,
                         hae_view_figure_number(figure, sizeof figure, count));
    hae_view_canvas_format(canvas, HAE_VIEW_NORMAL, " %s%s", what, count == 1 ? "" : "s");
}

void hae_view_counts_line(struct hae_view_canvas *canvas, const struct hae_view_totals *totals,
                          double measurements)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    char bytes[HAE_VIEW_FIGURE_SIZE + 4];
    counted(canvas, (double)totals->counts.spans, "span");
    counted(canvas, (double)totals->counts.logs, "log");
    counted(canvas, (double)totals->counts.data_points, "point");
    if (!isnan(measurements)) {
        counted(canvas, measurements, "measurement");
    }
    counted(canvas, (double)hae_view_totals_requests(totals), "request");
    snprintf(bytes, sizeof bytes, " (%s)",
             hae_view_figure_bytes(figure, sizeof figure, (double)totals->wire_bytes));
    if (canvas->column + strlen(bytes) <= canvas->width) {
        hae_view_canvas_text(canvas, HAE_VIEW_DIM, bytes);
    }
    hae_view_canvas_newline(canvas);
}

void hae_view_counts_troubles(struct hae_view_canvas *canvas, const struct hae_view_totals *totals)
{
    uint64_t refused = hae_view_totals_refused(totals) - totals->failed_on_purpose;
    const struct {
        uint64_t count;
        enum hae_view_style style;
        const char *what;
    } troubles[] = {
        {totals->counts.duplicate_spans, HAE_VIEW_YELLOW, "duplicate span"},
        {totals->invalid_spans, HAE_VIEW_RED, "span(s) with invalid ids"},
        {totals->failed_on_purpose, HAE_VIEW_YELLOW, "request(s) failed on purpose"},
        {totals->repeated_points, HAE_VIEW_YELLOW, "repeated data point"},
        {totals->late_points, HAE_VIEW_YELLOW, "late data point"},
        {totals->untracked_points, HAE_VIEW_YELLOW, "data point(s) of too many series"},
        {totals->forgotten_ids, HAE_VIEW_YELLOW, "span(s) not checked for duplicates"},
        {totals->series_restarts, HAE_VIEW_YELLOW, "series restart"},
        {refused, HAE_VIEW_RED, "refused request"},
    };
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++) {
        if (troubles[i].count > 0) {
            char figure[HAE_VIEW_FIGURE_SIZE];
            if (canvas->column > 0) {
                hae_view_canvas_text(canvas, HAE_VIEW_DIM, hae_view_counts_dot(canvas));
            }
            bool plural = troubles[i].count != 1 && strchr(troubles[i].what, '(') == NULL;
            hae_view_canvas_format(canvas, troubles[i].style, "%s %s%s",
                                   hae_view_figure_count(figure, sizeof figure, troubles[i].count),
                                   troubles[i].what, plural ? "s" : "");
        }
    }
    if (canvas->column > 0) {
        hae_view_canvas_newline(canvas);
    }
    if (refused > 0) {
        hae_view_canvas_format(canvas, HAE_VIEW_RED, "last refusal: %s", totals->last_refusal);
        hae_view_canvas_newline(canvas);
    }
}

void hae_view_counts_waiting(struct hae_view_canvas *canvas, const char *address)
{
    hae_view_canvas_newline(canvas);
    hae_view_canvas_text(canvas, HAE_VIEW_NORMAL, "Nothing received yet. Start a program with");
    hae_view_canvas_newline(canvas);
    hae_view_canvas_format(canvas, HAE_VIEW_CYAN, "  OTEL_EXPORTER_OTLP_ENDPOINT=http://%s",
                           address);
    hae_view_canvas_newline(canvas);
    hae_view_canvas_text(canvas, HAE_VIEW_CYAN, "  OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf");
    hae_view_canvas_newline(canvas);
}
