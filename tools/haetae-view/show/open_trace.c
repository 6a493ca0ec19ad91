/* SPDX-License-Identifier: Apache-2.0 */
/* A trace that was opened: its spans as a tree, each with its log records. */
#include "show/open_trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/logs.h"
#include "query/trace.h"
#include "show/drawing.h"
#include "show/span_tree.h"
#include "util/figures.h"

#define SPANS_MAX   2000
#define LOGS_MAX    500
#define BAR_COLUMNS 16
#define NAME_SIZE   160
#define NOTE_SIZE   400

struct span {
    int64_t id;
    uint64_t start_ns;
    uint64_t end_ns;
    int kind;
    bool failed;
    char service[HAE_VIEW_NAME_SIZE];
    char name[NAME_SIZE];
    char note[NOTE_SIZE];
};

struct log {
    int64_t id;
    int64_t time_ns;
    int severity;
    bool placed;
    uint8_t span_id[8];
    char text[NOTE_SIZE];
};

struct trace {
    struct hae_view_extent extent;
    struct span *spans;
    struct hae_view_span_node *nodes; /* of each span */
    size_t *order;
    size_t count;
    struct log *logs; /* the oldest first */
    size_t log_count;
};

/* ---- Reading -------------------------------------------------------------------------- */

static void take_span(struct trace *trace, const struct hae_view_noted_span *row)
{
    struct span *span = &trace->spans[trace->count];
    struct hae_view_span_node *node = &trace->nodes[trace->count++];
    span->id = row->id;
    span->start_ns = (uint64_t)row->start_ns;
    span->end_ns = span->start_ns + (uint64_t)row->duration_ns;
    span->kind = row->kind;
    span->failed = row->status == HAE_VIEW_STATUS_ERROR;
    hae_view_text_clean_string(span->service, sizeof span->service, row->service);
    hae_view_text_clean_string(span->name, sizeof span->name, row->name);
    hae_view_text_clean_string(span->note, sizeof span->note, row->note);
    hae_view_copy_span_id(node->id, row->span_id);
    hae_view_copy_span_id(node->parent, row->parent_id);
}

static int read_spans(struct hae_view_reading *reading, struct trace *trace)
{
    struct hae_view_noted_span row;
    struct hae_view_rows rows =
        hae_view_ask_noted_spans(reading->db, reading->of->trace_id, true, SPANS_MAX);
    while (trace->count < SPANS_MAX && hae_view_next_noted_span(&rows, &row)) {
        take_span(trace, &row);
    }
    return hae_view_rows_done(&rows);
}

static int read_logs(struct hae_view_reading *reading, struct trace *trace)
{
    struct hae_view_logs_question question = {.trace_id = reading->of->trace_id, .limit = LOGS_MAX};
    struct hae_view_log_found row;
    struct hae_view_rows rows = hae_view_ask_logs(reading->db, &question);
    /* They come with the newest first, and are filled in from the end. */
    size_t first = LOGS_MAX;
    while (first > 0 && hae_view_next_log(&rows, &row)) {
        struct log *log = &trace->logs[--first];
        log->id = row.id;
        log->time_ns = row.time_ns;
        log->severity = row.severity;
        hae_view_copy_span_id(log->span_id, row.span_id);
        hae_view_text_clean_string(log->text, sizeof log->text,
                                   row.body != NULL ? row.body : row.event_name);
    }
    trace->log_count = LOGS_MAX - first;
    memmove(trace->logs, trace->logs + first, trace->log_count * sizeof *trace->logs);
    return hae_view_rows_done(&rows);
}

/* ---- Rows ----------------------------------------------------------------------------- */

static const char *kind_name(int kind)
{
    static const char *const names[] = {"", "", "server", "client", "producer", "consumer"};
    return kind >= 0 && kind < (int)(sizeof names / sizeof names[0]) ? names[kind] : "";
}

static void put_span(struct hae_view_list *list, const struct trace *trace, size_t number)
{
    const struct span *span = &trace->spans[number];
    const struct hae_view_span_node *node = &trace->nodes[number];
    char branch[HAE_VIEW_BRANCH_SIZE];
    char text[sizeof branch + NOTE_SIZE];
    char bar[HAE_VIEW_DRAWING_SIZE];
    if (hae_view_list_row(list, HAE_VIEW_TO_SPAN, span->id) == NULL) {
        return;
    }
    hae_view_draw_branch(node->depth, node->lines, node->last, branch);
    snprintf(text, sizeof text, "%s%s", branch, span->name[0] != '\0' ? span->name : "?");
    hae_view_draw_bar(trace->extent, (struct hae_view_extent){span->start_ns, span->end_ns},
                      BAR_COLUMNS, bar);
    hae_view_list_text(list, span->failed ? HAE_VIEW_RED : HAE_VIEW_NORMAL, text);
    hae_view_list_text(list, span->failed ? HAE_VIEW_RED : HAE_VIEW_CYAN, bar);
    hae_view_list_duration(list, (int64_t)(span->end_ns - span->start_ns));
    hae_view_list_text(list, HAE_VIEW_DIM, span->service);
    hae_view_list_text(list, HAE_VIEW_DIM, kind_name(span->kind));
    snprintf(text, sizeof text, "%s%s", span->failed ? "ERROR " : "", span->note);
    hae_view_list_text(list, span->failed ? HAE_VIEW_RED : HAE_VIEW_DIM, text);
}

/* "|  . +12 ms  info  text", below its span: the time is since the start of the trace. */
static void put_log(struct hae_view_list *list, const struct trace *trace,
                    const struct hae_view_span_node *node, struct log *log)
{
    char branch[HAE_VIEW_BRANCH_SIZE] = "";
    char text[sizeof branch + NOTE_SIZE + HAE_VIEW_FIGURE_SIZE + 24];
    char figure[HAE_VIEW_FIGURE_SIZE];
    bool bad = log->severity >= 17;
    double since = (double)log->time_ns - (double)trace->extent.start_ns;
    log->placed = true;
    if (hae_view_list_row(list, HAE_VIEW_TO_LOG, log->id) == NULL) {
        return;
    }
    if (node != NULL) {
        hae_view_draw_below(node->depth, hae_view_span_lines_below(node), node->has_children,
                            branch);
    }
    snprintf(text, sizeof text, "%s\xc2\xb7 %s%s  %s  %s", branch, since >= 0 ? "+" : "",
             hae_view_figure_duration(figure, sizeof figure, since),
             hae_view_severity_name(hae_view_severity_of(log->severity)), log->text);
    hae_view_list_wide_text(list, bad ? HAE_VIEW_RED : HAE_VIEW_GREEN, text);
}

static void put_logs_of(struct hae_view_list *list, const struct trace *trace, size_t number)
{
    static const uint8_t none[8];
    const struct hae_view_span_node *node = &trace->nodes[number];
    for (size_t i = 0; i < trace->log_count && memcmp(node->id, none, sizeof none) != 0; i++) {
        struct log *log = &trace->logs[i];
        if (!log->placed && memcmp(log->span_id, node->id, sizeof node->id) == 0) {
            put_log(list, trace, node, log);
        }
    }
}

static void put_rows(struct hae_view_list *list, struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++) {
        put_span(list, trace, trace->order[i]);
        put_logs_of(list, trace, trace->order[i]);
    }
    for (size_t i = 0; i < trace->log_count; i++) { /* those of no span that is here */
        if (!trace->logs[i].placed) {
            put_log(list, trace, NULL, &trace->logs[i]);
        }
    }
}

static void put_detail(struct hae_view_list *list, const struct trace *trace,
                       const uint8_t trace_id[16], int64_t spans)
{
    char id[HAE_VIEW_FIGURE_SIZE];
    char time[HAE_VIEW_FIGURE_SIZE];
    char duration[HAE_VIEW_FIGURE_SIZE];
    double ns = (double)(trace->extent.end_ns - trace->extent.start_ns);
    snprintf(list->detail, sizeof list->detail, "%s  %s  %s  %" PRId64 " span%s",
             hae_view_figure_hex(id, sizeof id, trace_id, 16),
             hae_view_figure_duration(duration, sizeof duration, ns),
             hae_view_figure_time(time, sizeof time, trace->extent.start_ns), spans,
             spans == 1 ? "" : "s");
}

static void free_trace(struct trace *trace)
{
    free(trace->spans);
    free(trace->nodes);
    free(trace->order);
    free(trace->logs);
}

static int read_all(struct hae_view_reading *reading, struct trace *trace,
                    struct hae_view_list *list)
{
    const uint8_t *trace_id = reading->of->trace_id;
    struct hae_view_window extent = {0, 0};
    int64_t spans = 0;
    int code;
    (void)hae_view_measure_trace(reading->db, trace_id, &spans, &extent, &code);
    code = code == SQLITE_OK ? read_spans(reading, trace) : code;
    code = code == SQLITE_OK ? read_logs(reading, trace) : code;
    if (code != SQLITE_OK) {
        return code;
    }
    if (!hae_view_span_tree_make(trace->nodes, trace->count, trace->order)) {
        return SQLITE_NOMEM;
    }
    trace->extent = (struct hae_view_extent){(uint64_t)extent.from_ns, (uint64_t)extent.to_ns};
    put_detail(list, trace, trace_id, spans);
    put_rows(list, trace);
    return SQLITE_OK;
}

int hae_view_load_trace(struct hae_view_reading *reading)
{
    static const struct hae_view_column columns[] = {
        {"SPAN", false, true, 24, 0},    {"", false, false, 0, 1},
        {"DURATION", true, false, 0, 0}, {"SERVICE", false, true, 8, 2},
        {"KIND", false, false, 0, 3},    {"RESULT", false, true, 10, 0},
    };
    static const struct hae_view_list_type type = {
        "TRACE", "no longer kept", columns, sizeof columns / sizeof columns[0], 0, 0, -1};
    struct hae_view_list *list = hae_view_reading_list(reading, &type);
    struct trace trace = {
        .spans = calloc(SPANS_MAX, sizeof *trace.spans),
        .nodes = calloc(SPANS_MAX, sizeof *trace.nodes),
        .order = calloc(SPANS_MAX, sizeof *trace.order),
        .logs = calloc(LOGS_MAX, sizeof *trace.logs),
    };
    int code = SQLITE_NOMEM;
    if (trace.spans != NULL && trace.nodes != NULL && trace.order != NULL && trace.logs != NULL) {
        code = read_all(reading, &trace, list);
    }
    free_trace(&trace);
    return code;
}
