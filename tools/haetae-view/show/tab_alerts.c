/* SPDX-License-Identifier: Apache-2.0 */
/* The tab Alerts. */
#include "show/tab_alerts.h"

#include <stdio.h>
#include <string.h>

const struct hae_view_column hae_view_alert_columns[HAE_VIEW_ALERT_COLUMNS] = {
    {"STATE", false, false, 0, 0}, {"SEVERITY", false, false, 0, 1}, {"RULE", false, true, 12, 0},
    {"SINCE", false, false, 0, 0}, {"SUMMARY", false, true, 24, 0},
};

struct alert_rows {
    struct hae_view_list *list;
    bool only_firing;
};

static void put_alert(void *user, const struct hae_view_alert_line *line)
{
    const struct alert_rows *rows = user;
    struct hae_view_list *list = rows->list;
    if (rows->only_firing && (!line->firing || line->silenced)) {
        return;
    }
    if (hae_view_list_row(list, HAE_VIEW_TO_ALERT, line->id) == NULL) {
        return;
    }
    hae_view_list_text(list, line->firing && !line->silenced ? HAE_VIEW_RED : HAE_VIEW_DIM,
                       line->silenced ? "silenced" : line->state);
    hae_view_list_text(list, HAE_VIEW_NORMAL, line->severity);
    hae_view_list_text(list, HAE_VIEW_BOLD, line->rule);
    hae_view_list_time(list, line->since_ns, false);
    hae_view_list_text(list, HAE_VIEW_NORMAL, line->summary);
}

static void put_alerts(struct hae_view_reading *reading, struct hae_view_list *list,
                       bool only_firing)
{
    const struct hae_view_alert_source *source = reading->alerts;
    struct alert_rows rows = {list, only_firing};
    if (source->each != NULL) {
        source->each(source->user, reading->now_ns, put_alert, &rows);
    }
}

void hae_view_list_firing(struct hae_view_reading *reading, struct hae_view_list *list)
{
    put_alerts(reading, list, true);
}

int hae_view_load_alerts(struct hae_view_reading *reading)
{
    static const struct hae_view_list_type with_rules = {"ALERTS",
                                                         "no alerts",
                                                         hae_view_alert_columns,
                                                         HAE_VIEW_ALERT_COLUMNS,
                                                         0x1fU,
                                                         HAE_VIEW_COLUMN(3),
                                                         3};
    static const struct hae_view_list_type without = {
        "ALERTS",
        "there are no rules: start haetae-view with --rules FILE (docs/alerts.md)",
        hae_view_alert_columns,
        HAE_VIEW_ALERT_COLUMNS,
        0,
        0,
        -1};
    put_alerts(
        reading,
        hae_view_reading_list(reading, reading->alerts->each != NULL ? &with_rules : &without),
        false);
    return SQLITE_OK;
}
