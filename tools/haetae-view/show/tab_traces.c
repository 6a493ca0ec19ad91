/* SPDX-License-Identifier: Apache-2.0 */
/* The tab Traces. */
#include "show/tab_traces.h"

#include <stdio.h>
#include <string.h>

#include "query/trace.h"
#include "query/traces.h"

#define TRACES       100
#define SCAN         50000 /* of the newest entry spans, to find the slowest */
#define DIGITS_LEAST 8     /* so many hexadecimal digits are looked for as an id */

enum { TIME, TRACE, SERVICE, NAME, DURATION, SPANS, FAILED, SERVICES, STATUS };

static const struct hae_view_column columns[] = {
    {"TIME", false, false, 0, 0},    {"TRACE", false, false, 0, 0},
    {"SERVICE", false, true, 8, 0},  {"NAME", false, HAE_VIEW_CUT_MIDDLE, 16, 0},
    {"DURATION", true, false, 0, 0}, {"SPANS", true, false, 0, 1},
    {"FAILED", true, false, 0, 0},   {"SERVICES", true, false, 0, 3},
    {"MESSAGE", false, true, 12, 2},
};
static const struct hae_view_list_type type = {
    "TRACES",
    "no traces",
    columns,
    sizeof columns / sizeof columns[0],
    0xffU,
    HAE_VIEW_COLUMN(TIME) | HAE_VIEW_COLUMN(DURATION) | HAE_VIEW_COLUMN(SPANS) |
        HAE_VIEW_COLUMN(FAILED) | HAE_VIEW_COLUMN(SERVICES),
    TIME};

static void put_trace(struct hae_view_list *list, const struct hae_view_found_trace *found,
                      const struct hae_view_trace_row *row)
{
    struct hae_view_target *target = hae_view_list_row(list, HAE_VIEW_TO_TRACE, 0);
    bool failed = row->errors > 0;
    if (target == NULL) {
        return;
    }
    memcpy(target->trace_id, found->trace_id, sizeof target->trace_id);
    hae_view_list_time(list, row->start_ns, true);
    hae_view_list_id(list, (struct hae_view_id){found->trace_id, sizeof found->trace_id});
    hae_view_list_text(list, HAE_VIEW_NORMAL, row->service);
    hae_view_list_text(list, row->status == HAE_VIEW_STATUS_ERROR ? HAE_VIEW_RED : HAE_VIEW_BOLD,
                       row->name);
    hae_view_list_duration(list, row->duration_ns);
    hae_view_list_count(list, HAE_VIEW_NORMAL, row->spans);
    hae_view_list_count(list, failed ? HAE_VIEW_RED : HAE_VIEW_NORMAL, row->errors);
    hae_view_list_count(list, HAE_VIEW_NORMAL, row->services);
    hae_view_list_text(list, HAE_VIEW_DIM, row->message != NULL ? row->message : "");
}

static int put_found(struct hae_view_reading *reading, struct hae_view_list *list,
                     const struct hae_view_found_trace *found, size_t count)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < count && code == SQLITE_OK; i++) {
        struct hae_view_trace_row row;
        struct hae_view_rows rows = hae_view_ask_found_trace(reading->db, &found[i]);
        if (hae_view_next_found_trace(&rows, &row)) {
            put_trace(list, &found[i], &row);
        }
        code = hae_view_rows_done(&rows);
    }
    return code;
}

/* Traces whose ids begin with the filter, when it looks like that. */
static int find_by_id(struct hae_view_reading *reading, struct hae_view_list *list)
{
    uint8_t ids[TRACES][16];
    struct hae_view_found_trace found[TRACES];
    const char *digits = reading->filter;
    size_t count = 0;
    int code;
    if (strlen(digits) < DIGITS_LEAST) {
        return SQLITE_OK;
    }
    size_t ids_found = hae_view_find_trace_ids(reading->db, digits, ids, TRACES, &code);
    for (size_t i = 0; i < ids_found && code == SQLITE_OK; i++) {
        memcpy(found[count].trace_id, ids[i], sizeof ids[i]);
        code = hae_view_find_first_span(reading->db, &found[count]);
        count += found[count].span != 0 ? 1 : 0;
    }
    return code == SQLITE_OK ? put_found(reading, list, found, count) : code;
}

static int find_by_text(struct hae_view_reading *reading, struct hae_view_list *list)
{
    struct hae_view_found_trace found[HAE_VIEW_TRACES_FOUND_MAX];
    struct hae_view_traces_question question = {
        .window = {0, INT64_MAX},
        .op_id = reading->of->kind == HAE_VIEW_TO_ROUTE ? reading->of->id : 0,
        .text = reading->filter[0] != '\0' ? reading->filter : NULL,
        .slowest = reading->sort.column == DURATION && reading->sort.largest_first,
        .limit = TRACES,
    };
    if (question.slowest) {
        question.window = reading->window;
        question.scan = question.text == NULL ? SCAN : 0;
    }
    int code;
    size_t count = hae_view_find_traces(reading->db, &question, found, &code);
    char window[32] = "";
    if (question.slowest) {
        hae_view_window_text(reading->window, window, sizeof window);
    }
    bool confined = reading->of->kind == HAE_VIEW_TO_ROUTE;
    snprintf(list->detail, sizeof list->detail, "the %s%s%s%s",
             question.slowest ? "slowest, " : "newest", window, confined ? "; only " : "",
             confined ? reading->of->name : "");
    return code == SQLITE_OK ? put_found(reading, list, found, count) : code;
}

int hae_view_load_traces(struct hae_view_reading *reading)
{
    struct hae_view_list *list = hae_view_reading_list(reading, &type);
    int code = find_by_id(reading, list);
    if (code == SQLITE_OK && list->row_count == 0) {
        code = find_by_text(reading, list);
    }
    return code;
}
