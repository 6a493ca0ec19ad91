/* SPDX-License-Identifier: Apache-2.0 */
#include "show/terminal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "haetae/version.h"
#include "show/section_metrics.h"
#include "show/section_traces.h"
#include "show/sections.h"
#include "util/figures.h"

#define DOT        "  \xc2\xb7  "
#define NARROW_DOT " \xc2\xb7 "
#define NARROW     100

/* Without a height: enough for all that was asked for. */
#define ENDLESS 100000

/* The lines of a buffer from a place on. */
static size_t count_lines(const struct hae_buffer *text, size_t begin)
{
    size_t lines = 0;
    for (size_t i = begin; i < text->length; i++) {
        lines += text->data[i] == '\n' ? 1 : 0;
    }
    return lines;
}

static const char *dot(const struct hae_view_canvas *canvas)
{
    return canvas->width < NARROW ? NARROW_DOT : DOT;
}

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
        canvas, HAE_VIEW_DIM, " %s%shttp://%s%s%s%sup %s", HAETAE_VERSION, dot(canvas),
        terminal->address, dot(canvas), date, dot(canvas),
        hae_view_figure_duration(figure, sizeof figure, (double)terminal->up_ns));
    hae_view_canvas_newline(canvas);
}

static void counted(struct hae_view_canvas *canvas, double count, const char *what)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    if (canvas->column > 0) {
        hae_view_canvas_text(canvas, HAE_VIEW_DIM, dot(canvas));
    }
    hae_view_canvas_text(canvas, HAE_VIEW_BOLD,
                         hae_view_figure_number(figure, sizeof figure, count));
    hae_view_canvas_format(canvas, HAE_VIEW_NORMAL, " %s%s", what, count == 1 ? "" : "s");
}

static void counts_line(struct hae_view_canvas *canvas, const struct hae_view_summary *summary)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    char bytes[HAE_VIEW_FIGURE_SIZE + 4];
    const struct hae_view_totals *totals = &summary->totals;
    uint64_t requests = totals->requests[HAE_VIEW_TRACES] + totals->requests[HAE_VIEW_METRICS] +
                        totals->requests[HAE_VIEW_LOGS];
    counted(canvas, (double)totals->counts.spans, "span");
    counted(canvas, (double)totals->counts.logs, "log");
    counted(canvas, (double)totals->counts.data_points, "point");
    counted(canvas, hae_view_measurements_total(&summary->measurements), "measurement");
    counted(canvas, (double)requests, "request");
    snprintf(bytes, sizeof bytes, " (%s)",
             hae_view_figure_bytes(figure, sizeof figure, (double)totals->wire_bytes));
    if (canvas->column + strlen(bytes) <= canvas->width) {
        hae_view_canvas_text(canvas, HAE_VIEW_DIM, bytes);
    }
    hae_view_canvas_newline(canvas);
}

/* Writes a warning for each thing that looks wrong. */
static void trouble_line(struct hae_view_canvas *canvas, const struct hae_view_summary *summary)
{
    const struct hae_view_totals *totals = &summary->totals;
    uint64_t refused = 0;
    for (size_t i = 0; i < sizeof totals->refused / sizeof totals->refused[0]; i++) {
        refused += totals->refused[i];
    }
    refused -= totals->failed_on_purpose;
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
                hae_view_canvas_text(canvas, HAE_VIEW_DIM, dot(canvas));
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

/* Writes what to do when nothing arrives. */
static void waiting(struct hae_view_canvas *canvas, const struct hae_view_terminal *terminal)
{
    hae_view_canvas_newline(canvas);
    hae_view_canvas_text(canvas, HAE_VIEW_NORMAL, "Nothing received yet. Start a program with");
    hae_view_canvas_newline(canvas);
    hae_view_canvas_format(canvas, HAE_VIEW_CYAN, "  OTEL_EXPORTER_OTLP_ENDPOINT=http://%s",
                           terminal->address);
    hae_view_canvas_newline(canvas);
    hae_view_canvas_text(canvas, HAE_VIEW_CYAN, "  OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf");
    hae_view_canvas_newline(canvas);
}

/* ---- Sections: who gets how many lines ------------------------------------------- */

#define SECTIONS 4

static const struct {
    void (*write)(struct hae_view_canvas *, const struct hae_view_summary *, size_t);
    size_t weight; /* its share when there is not enough room for all */
} sections[SECTIONS] = {
    {hae_view_section_services, 3},
    {hae_view_section_errors, 2},
    {hae_view_section_traces, 4},
    {hae_view_section_metrics, 3},
};

/* Writes a section with an empty line before it; nothing when it is empty. */
static void add_section(struct hae_view_canvas *canvas, const struct hae_view_summary *summary,
                        size_t which, size_t lines)
{
    struct hae_buffer *out = canvas->out;
    size_t before = out->length;
    hae_view_canvas_newline(canvas);
    size_t begin = out->length;
    sections[which].write(canvas, summary, lines - 1);
    if (out->length == begin && !out->failed) {
        out->length = before;
        out->data[before] = '\0';
    }
}

/* How many lines a section takes when it gets all it asks for. */
static size_t wanted_lines(const struct hae_view_canvas *canvas,
                           const struct hae_view_summary *summary, size_t which)
{
    struct hae_buffer scratch = HAE_BUFFER_INIT;
    struct hae_view_canvas trial = {&scratch, canvas->width, false, 0};
    add_section(&trial, summary, which, ENDLESS);
    size_t lines = count_lines(&scratch, 0);
    hae_buffer_done(&scratch);
    return lines;
}

/* Gives each section the least useful number of lines, the first sections first, and then
 * adds lines one by one to the section that has the fewest for its weight. */
static void share_out(const size_t wanted[SECTIONS], size_t lines, size_t given[SECTIONS])
{
    const size_t least = HAE_VIEW_SECTION_LEAST + 1;
    for (size_t i = 0; i < SECTIONS; i++) {
        given[i] = wanted[i] < least ? wanted[i] : least;
        given[i] = given[i] <= lines ? given[i] : 0;
        lines -= given[i];
    }
    while (lines > 0) {
        size_t next = SECTIONS;
        for (size_t i = 0; i < SECTIONS; i++) {
            if (given[i] > 0 && given[i] < wanted[i] &&
                (next == SECTIONS ||
                 given[i] * sections[next].weight < given[next] * sections[i].weight)) {
                next = i;
            }
        }
        if (next == SECTIONS) {
            return;
        }
        given[next]++;
        lines--;
    }
}

static void write_sections(struct hae_view_canvas *canvas, const struct hae_view_summary *summary,
                           size_t lines)
{
    size_t wanted[SECTIONS] = {ENDLESS, ENDLESS, ENDLESS, ENDLESS};
    size_t given[SECTIONS] = {ENDLESS, ENDLESS, ENDLESS, ENDLESS};
    if (lines < ENDLESS) {
        for (size_t i = 0; i < SECTIONS; i++) {
            wanted[i] = wanted_lines(canvas, summary, i);
        }
        share_out(wanted, lines, given);
    }
    size_t begin = canvas->out->length;
    for (size_t i = 0; i < SECTIONS; i++) {
        if (given[i] > 0) {
            /* The last section gets what the others left. */
            size_t used = count_lines(canvas->out, begin);
            add_section(canvas, summary, i, i + 1 < SECTIONS ? given[i] : lines - used);
        }
    }
}

/* Replaces the symbols that this program draws with by ASCII of the same width. Received
 * text stays as it is. */
static void fold_to_ascii(struct hae_buffer *out)
{
    static const struct {
        const char *from;
        char to;
    } table[] = {
        {"\xe2\x94\x82", '|'}, {"\xe2\x94\x94", '`'}, {"\xe2\x94\x80", '-'}, {"\xe2\x94\x9c", '|'},
        {"\xe2\x96\x88", '#'}, {"\xe2\x96\x8f", '|'}, {"\xe2\x80\xa6", '~'}, {"\xc2\xb7", '-'},
        {"\xc3\x97", 'x'},     {"\xc2\xb5", 'u'},
    };
    if (out->failed || out->data == NULL) {
        return;
    }
    size_t to = 0;
    for (size_t from = 0; from < out->length;) {
        size_t taken = 0;
        for (size_t i = 0; i < sizeof table / sizeof table[0] && taken == 0; i++) {
            size_t length = strlen(table[i].from);
            if (strncmp(out->data + from, table[i].from, length) == 0) {
                out->data[to++] = table[i].to;
                taken = length;
            }
        }
        if (taken == 0) {
            out->data[to++] = out->data[from];
            taken = 1;
        }
        from += taken;
    }
    out->length = to;
    out->data[to] = '\0';
}

/* Cuts the text after its n-th line. */
static void clip(struct hae_buffer *out, size_t lines)
{
    size_t at = 0;
    while (at < out->length && lines > 0) {
        lines -= out->data[at++] == '\n' ? 1 : 0;
    }
    if (out->data != NULL) {
        out->length = at;
        out->data[at] = '\0';
    }
}

void hae_view_terminal_write(const struct hae_view_terminal *terminal,
                             const struct hae_view_summary *summary, struct hae_buffer *out)
{
    struct hae_view_canvas canvas = {.out = out, .colour = terminal->colour};
    canvas.width = terminal->width > HAE_VIEW_WIDTH_MIN ? terminal->width : HAE_VIEW_WIDTH_MIN;
    hae_buffer_clear(out);
    title_line(&canvas, terminal);
    counts_line(&canvas, summary);
    trouble_line(&canvas, summary);
    if (summary->service_count == 0) {
        waiting(&canvas, terminal);
    } else if (terminal->height == 0) {
        write_sections(&canvas, summary, ENDLESS);
    } else {
        size_t used = count_lines(out, 0);
        write_sections(&canvas, summary, terminal->height > used ? terminal->height - used : 0);
    }
    if (terminal->height > 0) {
        clip(out, terminal->height);
    }
    if (terminal->ascii) {
        fold_to_ascii(out);
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
    counts_line(&canvas, summary);
    if (terminal->ascii) {
        fold_to_ascii(out);
    }
}
