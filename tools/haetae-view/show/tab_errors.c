/* SPDX-License-Identifier: Apache-2.0 */
/* The tab Errors: equal ones together; and one of them with its occurrences. */
#include "show/tab_errors.h"

#include <stdio.h>
#include <string.h>

#include "query/errors.h"

#define ERRORS_MAX      500
#define OCCURRENCES_MAX 200

enum { LAST, TIMES };

const struct hae_view_column hae_view_error_columns[HAE_VIEW_ERROR_COLUMNS] = {
    {"LAST", false, false, 0, 0}, {"TIMES", true, false, 0, 0},  {"SERVICE", false, true, 8, 0},
    {"IN", false, false, 0, 1},   {"ERROR", false, true, 24, 0}, {"TRACE", false, false, 0, 0},
};

static void copy_trace(struct hae_view_target *target, struct hae_view_id id)
{
    if (id.size == sizeof target->trace_id) {
        memcpy(target->trace_id, id.bytes, id.size);
    }
}

static void put_error(struct hae_view_list *list, const struct hae_view_error_row *row)
{
    struct hae_view_target *target = hae_view_list_row(list, HAE_VIEW_TO_ERROR, row->id);
    if (target == NULL) {
        return;
    }
    hae_view_target_name(target->name, row->kind);
    hae_view_list_time(list, row->last_ns, false);
    hae_view_list_count(list, row->count > 1 ? HAE_VIEW_YELLOW : HAE_VIEW_NORMAL, row->count);
    hae_view_list_text(list, HAE_VIEW_BOLD, row->service);
    hae_view_list_text(list, HAE_VIEW_DIM, row->kind);
    hae_view_list_text(list, HAE_VIEW_RED, row->text);
    hae_view_list_id(list, row->last_trace);
}

int hae_view_list_errors(struct hae_view_reading *reading, struct hae_view_list *list, size_t limit)
{
    struct hae_view_errors_question question = {.limit = limit};
    struct hae_view_error_row row;
    struct hae_view_rows rows = hae_view_ask_errors(reading->db, &question);
    while (hae_view_next_error(&rows, &row)) {
        put_error(list, &row);
    }
    snprintf(list->detail, sizeof list->detail,
             "equal ones together; the trace is of the last one");
    return hae_view_rows_done(&rows);
}

int hae_view_load_errors(struct hae_view_reading *reading)
{
    static const struct hae_view_list_type type = {"ERRORS",
                                                   "no errors",
                                                   hae_view_error_columns,
                                                   HAE_VIEW_ERROR_COLUMNS,
                                                   0x1fU,
                                                   HAE_VIEW_COLUMN(LAST) | HAE_VIEW_COLUMN(TIMES),
                                                   LAST};
    return hae_view_list_errors(reading, hae_view_reading_list(reading, &type), ERRORS_MAX);
}

/* ---- One error ------------------------------------------------------------------------ */

static void put_occurrence(struct hae_view_list *list, const struct hae_view_occurrence *row)
{
    bool has_trace = row->trace_id.size == 16;
    struct hae_view_target *target =
        hae_view_list_row(list, has_trace ? HAE_VIEW_TO_TRACE : HAE_VIEW_TO_NOTHING, row->time_ns);
    if (target == NULL) {
        return;
    }
    copy_trace(target, row->trace_id);
    hae_view_list_time(list, row->time_ns, true);
    hae_view_list_id(list, row->trace_id);
    hae_view_list_text(list, HAE_VIEW_DIM, row->instance != NULL ? row->instance : "");
    hae_view_list_text(list, HAE_VIEW_RED, row->text);
    hae_view_list_text(list, HAE_VIEW_DIM, row->attributes != NULL ? row->attributes : "");
}

int hae_view_load_error(struct hae_view_reading *reading)
{
    static const struct hae_view_column columns[] = {
        {"TIME", false, false, 0, 0},       {"TRACE", false, false, 0, 0},
        {"INSTANCE", false, true, 8, 1},    {"ERROR", false, true, 24, 0},
        {"ATTRIBUTES", false, true, 16, 2},
    };
    static const struct hae_view_list_type type = {
        "ERROR", "no longer kept", columns, sizeof columns / sizeof columns[0], 0xfU, 1, 0};
    struct hae_view_list *list = hae_view_reading_list(reading, &type);
    const struct hae_view_target *of = reading->of;
    struct hae_view_error_row error;
    struct hae_view_occurrence row;
    char service[HAE_VIEW_NAME_SIZE];
    struct hae_view_rows rows = hae_view_ask_error(reading->db, of->id);
    if (hae_view_next_error(&rows, &error)) {
        hae_view_target_name(service, error.service);
        snprintf(list->detail, sizeof list->detail, "%lld times in %s; Enter opens the trace",
                 (long long)error.count, service);
    }
    int code = hae_view_rows_done(&rows);
    if (code != SQLITE_OK) {
        return code;
    }
    rows = hae_view_ask_occurrences(reading->db, of->id, strcmp(of->name, "log") == 0,
                                    OCCURRENCES_MAX);
    while (hae_view_next_occurrence(&rows, &row)) {
        put_occurrence(list, &row);
    }
    return hae_view_rows_done(&rows);
}
