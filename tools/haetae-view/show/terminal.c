/* SPDX-License-Identifier: Apache-2.0 */
#include "show/terminal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "haetae/version.h"
#include "show/counts.h"
#include "show/section_metrics.h"
#include "show/section_traces.h"
#include "show/sections.h"
#include "util/figures.h"

static void title_line(struct hae_view_canvas *canvas, const struct hae_view_terminal *terminal)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    char date[48] = "";
    time_t seconds = (time_t)(terminal->unix_ns / 1000000000U);
    struct tm tm;
    if (localtime_r(&seconds, &tm) != NULL) {
        strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S %Z", &tm);
    }
    hae_view_canvas_text(canvas, HAE_VIEW_BOLD, "haetae-view");
    hae_view_canvas_format(
        canvas, HAE_VIEW_DIM, " %s%shttp://%s%s%s%sup %s", HAETAE_VERSION,
        hae_view_counts_dot(canvas), terminal->address, hae_view_counts_dot(canvas), date,
        hae_view_counts_dot(canvas),
        hae_view_figure_duration(figure, sizeof figure, (double)terminal->up_ns));
    hae_view_canvas_newline(canvas);
}

/* Writes a section with an empty line before it; nothing when it is empty. */
static void add_section(struct hae_view_canvas *canvas, const struct hae_view_summary *summary,
                        void (*write)(struct hae_view_canvas *, const struct hae_view_summary *))
{
    struct hae_buffer *out = canvas->out;
    size_t before = out->length;
    hae_view_canvas_newline(canvas);
    size_t begin = out->length;
    write(canvas, summary);
    if (out->length == begin && !out->failed) {
        out->length = before;
        out->data[before] = '\0';
    }
}

void hae_view_terminal_write(const struct hae_view_terminal *terminal,
                             const struct hae_view_summary *summary, struct hae_buffer *out)
{
    struct hae_view_canvas canvas = {.out = out, .colour = terminal->colour};
    canvas.width = terminal->width > HAE_VIEW_WIDTH_MIN ? terminal->width : HAE_VIEW_WIDTH_MIN;
    hae_buffer_clear(out);
    title_line(&canvas, terminal);
    hae_view_counts_line(&canvas, &summary->totals,
                         hae_view_measurements_total(&summary->measurements));
    hae_view_counts_troubles(&canvas, &summary->totals);
    if (summary->service_count == 0) {
        hae_view_counts_waiting(&canvas, terminal->address);
    }
    add_section(&canvas, summary, hae_view_section_services);
    add_section(&canvas, summary, hae_view_section_errors);
    add_section(&canvas, summary, hae_view_section_traces);
    add_section(&canvas, summary, hae_view_section_metrics);
    if (terminal->ascii) {
        hae_view_canvas_fold(out);
    }
}

void hae_view_terminal_line(const struct hae_view_terminal *terminal,
                            const struct hae_view_summary *summary, struct hae_buffer *out)
{
    struct hae_view_canvas canvas = {.out = out, .width = SIZE_MAX, .colour = terminal->colour};
    char figure[HAE_VIEW_FIGURE_SIZE];
    hae_buffer_clear(out);
    hae_view_figure_time(figure, sizeof figure, terminal->unix_ns);
    figure[8] = '\0';
    hae_view_canvas_text(&canvas, HAE_VIEW_DIM, figure);
    hae_view_counts_line(&canvas, &summary->totals,
                         hae_view_measurements_total(&summary->measurements));
    if (terminal->ascii) {
        hae_view_canvas_fold(out);
    }
}
