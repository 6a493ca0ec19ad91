/* SPDX-License-Identifier: Apache-2.0 */
/* The tabs Routes and Calls: operations of entry spans, and of calls to others. */
#include "show/tab_operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/busiest.h"
#include "show/trend.h"
#include "util/grow.h"

#define OPERATIONS_MAX 500

/* The trends of all operations, in the order of their numbers. */
struct trends {
    struct trend_of_op {
        int64_t op;
        double values[HAE_VIEW_DRAWING_COLUMNS];
    } * items;
    size_t count;
    size_t capacity;
};

static struct trend_of_op *add_trend(struct trends *trends, int64_t op)
{
    struct trend_of_op *items =
        hae_view_grow(trends->items, trends->count, &trends->capacity, sizeof *items);
    if (items == NULL) {
        return NULL;
    }
    trends->items = items;
    struct trend_of_op *item = &trends->items[trends->count++];
    memset(item, 0, sizeof *item);
    item->op = op;
    return item;
}

static int read_trends(struct hae_view_reading *reading, bool calls,
                       const struct hae_view_trend *trend, struct trends *trends)
{
    struct hae_view_busiest_step step;
    struct trend_of_op *item = NULL;
    bool memory = true;
    struct hae_view_rows rows =
        hae_view_ask_busiest_steps(reading->db, reading->window, calls, trend->step_s);
    while (memory && hae_view_next_busiest_step(&rows, &step)) {
        if (item == NULL || item->op != step.op) {
            item = add_trend(trends, step.op);
        }
        memory = item != NULL;
        if (memory) {
            hae_view_trend_add(trend, step.time_s, (double)step.requests, item->values);
        }
    }
    int code = hae_view_rows_done(&rows);
    return memory ? code : SQLITE_NOMEM;
}

static int by_op(const void *a, const void *b)
{
    const struct trend_of_op *x = a;
    const struct trend_of_op *y = b;
    return x->op < y->op ? -1 : x->op > y->op;
}

static void trend_cell(struct hae_view_list *list, const struct trends *trends, int64_t op,
                       size_t columns)
{
    char text[HAE_VIEW_DRAWING_SIZE] = "";
    const struct trend_of_op key = {.op = op};
    const struct trend_of_op *item =
        trends->count > 0 ? bsearch(&key, trends->items, trends->count, sizeof key, by_op) : NULL;
    if (item != NULL) {
        hae_view_draw_trend(item->values, columns, text);
    }
    hae_view_list_figure(list, HAE_VIEW_CYAN, 0, text);
}

static void put_row(struct hae_view_list *list, const struct hae_view_requests_row *row)
{
    hae_view_list_text(list, HAE_VIEW_NORMAL, row->service);
    hae_view_list_text(list, HAE_VIEW_BOLD, row->name);
    hae_view_list_count(list, HAE_VIEW_NORMAL, row->requests);
    hae_view_list_count(list, row->errors > 0 ? HAE_VIEW_RED : HAE_VIEW_NORMAL, row->errors);
    hae_view_list_share(list, row->errors, row->requests);
    hae_view_list_duration(list, hae_view_requests_quantile(row, 0.5));
    hae_view_list_duration(list, hae_view_requests_quantile(row, 0.99));
    hae_view_list_duration(list, row->max_ns);
}

static int put_rows(struct hae_view_reading *reading, struct hae_view_list *list, bool calls,
                    const struct trends *trends)
{
    const struct hae_view_target *of = reading->of;
    struct hae_view_trend trend = hae_view_trend_of(reading->window);
    struct hae_view_requests_row row;
    struct hae_view_rows rows =
        hae_view_ask_busiest(reading->db, reading->window, calls, OPERATIONS_MAX);
    while (hae_view_next_requests(&rows, &row)) {
        char service[HAE_VIEW_NAME_SIZE];
        hae_view_target_name(service, row.service);
        if (of->kind == HAE_VIEW_TO_SERVICE && strcmp(of->service, service) != 0) {
            continue;
        }
        int64_t op = hae_view_busiest_op(&rows);
        struct hae_view_target *target =
            hae_view_list_row(list, calls ? HAE_VIEW_TO_CALL : HAE_VIEW_TO_ROUTE, op);
        if (target == NULL) {
            break;
        }
        memcpy(target->service, service, sizeof service);
        hae_view_target_name(target->name, row.name);
        put_row(list, &row);
        trend_cell(list, trends, op, trend.columns);
    }
    return hae_view_rows_done(&rows);
}

static int read_operations(struct hae_view_reading *reading, bool calls,
                           const struct hae_view_list_type *type)
{
    struct hae_view_list *list = hae_view_reading_list(reading, type);
    struct hae_view_trend trend = hae_view_trend_of(reading->window);
    struct trends trends = {NULL, 0, 0};
    const struct hae_view_target *of = reading->of;
    char window[32];
    hae_view_window_text(reading->window, window, sizeof window);
    snprintf(list->detail, sizeof list->detail, "%s%s%s", window,
             of->kind == HAE_VIEW_TO_SERVICE ? "; only " : "",
             of->kind == HAE_VIEW_TO_SERVICE ? of->service : "");
    int code = read_trends(reading, calls, &trend, &trends);
    if (code == SQLITE_OK) {
        code = put_rows(reading, list, calls, &trends);
    }
    free(trends.items);
    return code;
}

#define COLUMNS(name, count)                                                                       \
    {                                                                                              \
        {"SERVICE", false, true, 8, 0}, {name, false, HAE_VIEW_CUT_MIDDLE, 16, 0},                 \
            {count, true, false, 0, 0}, {"FAILED", true, false, 0, 2},                             \
            {"ERR%", true, false, 0, 0}, {"P50", true, false, 0, 4}, {"P99", true, false, 0, 0},   \
            {"MAX", true, false, 0, 5},                                                            \
        {                                                                                          \
            "TREND", false, false, 0, 1                                                            \
        }                                                                                          \
    }
#define NUMBERS 0xfcU /* all but names and the trend */

int hae_view_load_routes(struct hae_view_reading *reading)
{
    static const struct hae_view_column columns[] = COLUMNS("ROUTE", "REQUESTS");
    static const struct hae_view_list_type type = {
        "ROUTES", "no requests", columns, sizeof columns / sizeof columns[0], 0xffU, NUMBERS, 2};
    return read_operations(reading, false, &type);
}

int hae_view_load_calls(struct hae_view_reading *reading)
{
    static const struct hae_view_column columns[] = COLUMNS("CALL", "CALLS");
    static const struct hae_view_list_type type = {
        "CALLS", "no calls to others", columns, sizeof columns / sizeof columns[0], 0xffU, NUMBERS,
        2};
    return read_operations(reading, true, &type);
}
