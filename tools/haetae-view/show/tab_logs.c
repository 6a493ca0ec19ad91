/* SPDX-License-Identifier: Apache-2.0 */
/* The tab Logs: the newest records, the latest one at the end. */
#include "show/tab_logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/logs.h"

#define LOGS_MAX 500

static const char *level_name(int severity)
{
    static const char *const names[HAE_VIEW_SEVERITIES] = {"-",    "TRACE", "DEBUG", "INFO",
                                                           "WARN", "ERROR", "FATAL"};
    return names[hae_view_severity_of(severity)];
}

static enum hae_view_style level_style(int severity)
{
    switch (hae_view_severity_of(severity)) {
    case HAE_VIEW_SEVERITY_FATAL:
    case HAE_VIEW_SEVERITY_ERROR:
        return HAE_VIEW_RED;
    case HAE_VIEW_SEVERITY_WARN:
        return HAE_VIEW_YELLOW;
    case HAE_VIEW_SEVERITY_INFO:
        return HAE_VIEW_GREEN;
    default:
        return HAE_VIEW_DIM;
    }
}

static void put_log(struct hae_view_list *list, const struct hae_view_log_found *row)
{
    struct hae_view_target *target = hae_view_list_row(list, HAE_VIEW_TO_LOG, row->id);
    if (target == NULL) {
        return;
    }
    const char *text = row->body != NULL ? row->body : row->event_name;
    hae_view_list_time(list, row->time_ns > 0 ? row->time_ns : row->received_ns, true);
    hae_view_list_figure(list, level_style(row->severity), (double)row->severity,
                         level_name(row->severity));
    hae_view_list_text(list, HAE_VIEW_BOLD, row->service);
    hae_view_list_text(list, HAE_VIEW_NORMAL, text != NULL ? text : "");
    hae_view_list_text(list, HAE_VIEW_DIM, row->attributes != NULL ? row->attributes : "");
    hae_view_list_id(list, row->trace_id);
    /* Rows come with the newest first, and are turned round by this column, which has no width. */
    hae_view_list_figure(list, HAE_VIEW_NORMAL, (double)row->id, "");
}

int hae_view_load_logs(struct hae_view_reading *reading)
{
    static const struct hae_view_column columns[] = {
        {"TIME", false, false, 0, 0},       {"LEVEL", false, false, 0, 0},
        {"SERVICE", false, true, 8, 0},     {"TEXT", false, true, 24, 0},
        {"ATTRIBUTES", false, true, 16, 2}, {"TRACE", false, false, 0, 1},
        {"", false, false, 0, 0},
    };
    static const struct hae_view_list_type type = {
        "LOGS", "no log records", columns, sizeof columns / sizeof columns[0], 0, 0, 6};
    struct hae_view_list *list = hae_view_reading_list(reading, &type);
    struct hae_view_logs_question question = {
        .text = reading->filter[0] != '\0' ? reading->filter : NULL,
        .severity = reading->level,
        .limit = LOGS_MAX,
    };
    struct hae_view_log_found row;
    struct hae_view_rows rows = hae_view_ask_logs(reading->db, &question);
    while (hae_view_next_log(&rows, &row)) {
        put_log(list, &row);
    }
    if (reading->level > 0) {
        snprintf(list->detail, sizeof list->detail, "%s and above; l: another level",
                 level_name(reading->level));
    } else {
        snprintf(list->detail, sizeof list->detail, "all levels; l: only some");
    }
    return hae_view_rows_done(&rows);
}
