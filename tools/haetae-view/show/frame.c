/* SPDX-License-Identifier: Apache-2.0 */
#include "show/frame.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "show/counts.h"
#include "show/sections.h"
#include "util/figures.h"

/* From so many lines on there is room for what is not needed. */
#define HEIGHT_COUNTS  12
#define HEIGHT_TROUBLE 16
/* A list that shares the screen gets at least a heading, names of columns and two rows. */
#define LIST_LEAST 4

/* ---- Above and below ------------------------------------------------------------------ */

static void title_line(struct hae_view_canvas *canvas, const struct hae_view_terminal *terminal,
                       const struct hae_view_session *session)
{
    char time[HAE_VIEW_FIGURE_SIZE];
    hae_view_figure_time(time, sizeof time, terminal->unix_ns);
    if (strlen(time) > 8) {
        time[8] = '\0';
    }
    hae_view_canvas_text(canvas, HAE_VIEW_BOLD, "haetae-view ");
    hae_view_canvas_format(canvas, HAE_VIEW_CYAN, "http://%s/", terminal->address);
    hae_view_canvas_format(canvas, HAE_VIEW_DIM, "  %s", time);
    if (session->paused) {
        hae_view_canvas_text(canvas, HAE_VIEW_YELLOW, "  PAUSED");
    }
    if (session->busy) {
        hae_view_canvas_text(canvas, HAE_VIEW_YELLOW, "  busy: older figures");
    }
    hae_view_canvas_newline(canvas);
}

/* The tab that is open stands out, also without colours. */
static void tab(struct hae_view_canvas *canvas, size_t number, bool is_open, bool named)
{
    const char *name = hae_view_pane_type((enum hae_view_pane_kind)number)->name;
    hae_view_canvas_choose(canvas, is_open);
    hae_view_canvas_format(canvas, is_open ? HAE_VIEW_BOLD : HAE_VIEW_NORMAL, "%s%zu%s%s%s",
                           is_open && !canvas->colour ? "[" : " ", number + 1, named ? " " : "",
                           named ? name : "", is_open && !canvas->colour ? "]" : " ");
    hae_view_canvas_choose(canvas, false);
}

static void tab_line(struct hae_view_canvas *canvas, size_t open)
{
    bool full = canvas->width >= 80;
    bool narrow = canvas->width < 36;
    for (size_t i = 0; i < HAE_VIEW_TABS; i++) {
        if (!narrow || i == open) {
            tab(canvas, i, i == open, full || i == open);
        }
    }
    if (narrow) {
        hae_view_canvas_format(canvas, HAE_VIEW_DIM, " of %d", HAE_VIEW_TABS);
    }
    hae_view_canvas_newline(canvas);
}

/* The end of a text that is longer than there is room: that is where one types. */
static const char *end_of(const char *text, size_t columns)
{
    size_t width = hae_view_text_width(text);
    size_t used;
    return width <= columns ? text : text + hae_view_text_prefix(text, width - columns, &used);
}

static void footer(struct hae_view_canvas *canvas, struct hae_view_session *session)
{
    const struct hae_view_pane *pane = hae_view_session_pane(session);
    const struct hae_view_stack *stack = &session->stacks[session->tab];
    if (session->editing) {
        hae_view_canvas_format(canvas, HAE_VIEW_BOLD, "/%s",
                               end_of(pane->filter, canvas->width > 4 ? canvas->width - 4 : 1));
        hae_view_canvas_text(canvas, HAE_VIEW_NORMAL, "\xe2\x96\x88");
        return;
    }
    if (pane->filter[0] != '\0') {
        hae_view_canvas_format(canvas, HAE_VIEW_YELLOW, "/%s", pane->filter);
        hae_view_canvas_text(canvas, HAE_VIEW_DIM, "  Esc drops it  ");
    } else if (stack->depth > 0 || pane->of.kind != HAE_VIEW_TO_NOTHING) {
        hae_view_canvas_text(canvas, HAE_VIEW_DIM, "Esc back  ");
    }
    if (session->keyless) {
        hae_view_canvas_text(canvas, HAE_VIEW_DIM,
                             "no keys, as standard input is no terminal; Ctrl-C ends");
        return;
    }
    hae_view_canvas_text(canvas, HAE_VIEW_DIM,
                         "q quit  ? help  Enter open  / filter  s sort  w window  p pause");
}

/* ---- Lists ---------------------------------------------------------------------------- */

static bool is_shown(const struct hae_view_list *list)
{
    return list->shown > 0 || list->type->empty != NULL;
}

static size_t wanted_lines(const struct hae_view_list *list)
{
    return 2 + (list->shown > 0 ? list->shown : 1);
}

/* Shares lines out among the lists: each gets the least that is of use, then they get more one by
 * one. Where that is not possible, the list with the chosen row gets all. */
static void share_out(const struct hae_view_pane *pane, size_t lines,
                      size_t given[HAE_VIEW_LISTS_MAX])
{
    size_t needed = 0;
    for (size_t i = 0; i < pane->list_count; i++) {
        size_t wanted = is_shown(&pane->lists[i]) ? wanted_lines(&pane->lists[i]) : 0;
        given[i] = wanted < LIST_LEAST ? wanted : LIST_LEAST;
        needed += given[i];
    }
    if (needed > lines) {
        memset(given, 0, HAE_VIEW_LISTS_MAX * sizeof given[0]);
        size_t only = pane->chosen_list;
        while (!is_shown(&pane->lists[only])) { /* no row is chosen */
            only++;
        }
        given[only] = lines;
        return;
    }
    for (lines -= needed; lines > 0; lines--) {
        size_t next = HAE_VIEW_LISTS_MAX;
        for (size_t i = 0; i < pane->list_count; i++) {
            if (given[i] > 0 && given[i] < wanted_lines(&pane->lists[i]) &&
                (next == HAE_VIEW_LISTS_MAX || given[i] < given[next])) {
                next = i;
            }
        }
        if (next == HAE_VIEW_LISTS_MAX) {
            return;
        }
        given[next]++;
    }
}

static void heading_line(struct hae_view_canvas *canvas, const struct hae_view_list *list,
                         size_t first, size_t rows)
{
    char part[64] = "";
    if (rows < list->shown) {
        snprintf(part, sizeof part, "  %zu\xe2\x80\x93%zu of %zu", first + 1, first + rows,
                 list->shown);
    }
    hae_view_canvas_text(canvas, HAE_VIEW_BOLD, list->type->heading);
    hae_view_canvas_text(canvas, HAE_VIEW_NORMAL, part);
    hae_view_canvas_format(canvas, HAE_VIEW_DIM, "  %s", list->detail);
    hae_view_canvas_newline(canvas);
}

/* Scrolls as little as is needed. */
static void scroll(size_t *first, size_t rows, size_t shown, size_t chosen)
{
    if (chosen != SIZE_MAX && chosen < *first) {
        *first = chosen;
    }
    if (chosen != SIZE_MAX && chosen >= *first + rows) {
        *first = chosen + 1 - rows;
    }
    if (*first + rows > shown) {
        *first = shown > rows ? shown - rows : 0;
    }
}

static void write_list(struct hae_view_canvas *canvas, struct hae_view_session *session, size_t at,
                       size_t lines)
{
    struct hae_view_pane *pane = hae_view_session_pane(session);
    const struct hae_view_list *list = &pane->lists[at];
    size_t above = lines > 2 ? 2 : lines - 1;
    size_t room = lines - above;
    size_t rows = list->shown < room ? list->shown : room;
    bool has_chosen = pane->has_chosen && pane->chosen_list == at;
    size_t chosen = has_chosen ? pane->chosen_row : SIZE_MAX;
    size_t *first = &pane->firsts[at];
    scroll(first, rows, list->shown, chosen);
    if (has_chosen) {
        session->page = rows > 1 ? rows - 1 : 1;
    }
    if (above == 2) {
        heading_line(canvas, list, *first, rows);
    }
    if (list->shown == 0) {
        hae_view_canvas_to(canvas, HAE_VIEW_INDENT);
        hae_view_canvas_text(canvas, HAE_VIEW_DIM,
                             pane->filter[0] != '\0' ? "nothing has this text" : list->type->empty);
        hae_view_canvas_newline(canvas);
        return;
    }
    const struct hae_view_table_part part = {
        .order = list->order + *first,
        .count = rows,
        .chosen = has_chosen ? chosen - *first : SIZE_MAX,
        .sorted = pane->sorts[at].column >= 0 ? (size_t)pane->sorts[at].column : SIZE_MAX,
        .largest_first = pane->sorts[at].largest_first,
        .headless = above == 0,
    };
    hae_view_table_write_part(&list->table, canvas, HAE_VIEW_INDENT, &part);
}

static void write_lists(struct hae_view_canvas *canvas, struct hae_view_session *session,
                        const char *address, size_t lines)
{
    const struct hae_view_pane *pane = hae_view_session_pane(session);
    size_t given[HAE_VIEW_LISTS_MAX] = {0};
    share_out(pane, lines, given);
    for (size_t i = 0; i < pane->list_count; i++) {
        if (given[i] > 0) {
            write_list(canvas, session, i, given[i]);
        }
    }
    if (pane->kind == HAE_VIEW_PANE_OVERVIEW && !session->has_received && !pane->has_chosen) {
        hae_view_counts_waiting(canvas, address);
    }
}

/* ---- All ------------------------------------------------------------------------------ */

static void write_help(struct hae_view_canvas *canvas)
{
    static const char *const lines[][2] = {
        {"1 to 8, Tab, left, right", "another tab"},
        {"up, down, PgUp, PgDn, Home, End", "choose a row"},
        {"Enter", "open it: a service's routes, a route's traces, a trace"},
        {"Esc, Backspace", "go back; drop the filter"},
        {"/", "show only rows with a text; case counts"},
        {"", "under Traces also 8 or more digits of an id"},
        {"s, S", "sort by the next column; turn the order round"},
        {"l", "under Logs: another least level"},
        {"w", "figures of another time: 1 minute to 24 hours"},
        {"p", "pause, and go on"},
        {"q, Ctrl-C", "end, with a summary of the whole run"},
        {"Ctrl-Z", "stop; fg goes on"},
    };
    hae_view_section_heading(canvas, "KEYS", "any key goes back");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        hae_view_canvas_to(canvas, HAE_VIEW_INDENT);
        hae_view_canvas_cell(canvas, HAE_VIEW_BOLD, lines[i][0], 32, false);
        hae_view_canvas_text(canvas, HAE_VIEW_NORMAL, lines[i][1]);
        hae_view_canvas_newline(canvas);
    }
}

static void write_body(struct hae_view_canvas *canvas, const struct hae_view_terminal *terminal,
                       struct hae_view_session *session)
{
    if (terminal->height >= HEIGHT_COUNTS) {
        hae_view_counts_line(canvas, &session->totals, (double)NAN);
    }
    if (terminal->height >= HEIGHT_TROUBLE) {
        hae_view_counts_troubles(canvas, &session->totals);
    }
    size_t used = hae_view_canvas_lines(canvas->out, 0) + 1;
    if (session->helping) {
        write_help(canvas);
    } else if (terminal->height > used) {
        write_lists(canvas, session, terminal->address, terminal->height - used);
    }
}

void hae_view_frame_write(const struct hae_view_terminal *terminal,
                          struct hae_view_session *session, struct hae_buffer *out)
{
    struct hae_view_canvas canvas = {.out = out, .colour = terminal->colour};
    canvas.width = terminal->width;
    hae_buffer_clear(out);
    title_line(&canvas, terminal, session);
    tab_line(&canvas, session->tab);
    write_body(&canvas, terminal, session);
    hae_view_canvas_clip(out, terminal->height > 1 ? terminal->height - 1 : 0);
    for (size_t lines = hae_view_canvas_lines(out, 0); lines + 1 < terminal->height; lines++) {
        hae_view_canvas_newline(&canvas);
    }
    footer(&canvas, session);
    hae_view_canvas_newline(&canvas);
    if (terminal->ascii) {
        hae_view_canvas_fold(out);
    }
}
