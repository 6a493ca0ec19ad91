/* SPDX-License-Identifier: Apache-2.0 */
#include "query/summary_series.h"

#include <stdlib.h>
#include <string.h>

#include "query/rows.h"
#include "util/text.h"

/* Attributes as people read them. */
static const char question[] =
    "SELECT m.name, m.unit, (SELECT group_concat(key || '=' || CASE type WHEN 'true' THEN 'true'"
    " WHEN 'false' THEN 'false' ELSE coalesce(value, '') END, ', ') FROM json_each(s.attributes))"
    " FROM series s CROSS JOIN metric m ON m.id = s.metric WHERE s.id = :id";

static int name_one(sqlite3 *db, struct hae_view_summary_series *series)
{
    struct hae_view_rows rows = hae_view_ask(db, question);
    hae_view_give_integer(&rows, ":id", series->id);
    if (hae_view_next(&rows)) {
        hae_view_text_clean_string(series->name, sizeof series->name, hae_view_name_at(&rows, 0));
        hae_view_text_clean_string(series->unit, sizeof series->unit, hae_view_name_at(&rows, 1));
        hae_view_text_clean_string(series->attributes, sizeof series->attributes,
                                   hae_view_name_at(&rows, 2));
    }
    return hae_view_rows_done(&rows);
}

static int by_name(const void *a, const void *b)
{
    const struct hae_view_summary_series *x = a;
    const struct hae_view_summary_series *y = b;
    if (x->service != y->service) {
        return x->service < y->service ? -1 : 1;
    }
    int order = strcmp(x->name, y->name);
    if (order == 0) {
        order = strcmp(x->unit, y->unit);
    }
    if (order == 0 && x->kind != y->kind) {
        order = x->kind < y->kind ? -1 : 1;
    }
    if (order == 0 && x->metric != y->metric) {
        order = x->metric < y->metric ? -1 : 1;
    }
    if (order == 0) {
        order = strcmp(x->attributes, y->attributes);
    }
    return order != 0 ? order : x->id < y->id ? -1 : x->id > y->id;
}

int hae_view_name_series(sqlite3 *db, struct hae_view_summary_series *series, size_t count)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < count && code == SQLITE_OK; i++) {
        code = name_one(db, &series[i]);
    }
    if (code != SQLITE_OK) {
        return code;
    }
    qsort(series, count, sizeof *series, by_name);
    for (size_t i = 0; i + 1 < count; i++) {
        if (series[i].metric == series[i + 1].metric) {
            series[i].more = 0;
        }
    }
    return SQLITE_OK;
}
