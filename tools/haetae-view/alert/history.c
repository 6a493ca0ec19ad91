/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/history.h"

#include <stdlib.h>

#include "alert/alert.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "util/grow.h"

struct collecting {
    struct hae_view_alert_history *history;
    size_t capacity;
    int64_t from_ns;
    int64_t to_ns;
    bool failed;
};

static void add_change(struct collecting *collecting, const struct hae_view_alert *alert,
                       int64_t time_ns, const char *what)
{
    struct hae_view_alert_history *history = collecting->history;
    struct hae_buffer text = HAE_BUFFER_INIT;
    if (time_ns < collecting->from_ns || time_ns >= collecting->to_ns || collecting->failed) {
        return;
    }
    struct hae_view_alert_change *items =
        hae_view_grow(history->items, history->count, &collecting->capacity, sizeof *items);
    if (items == NULL) {
        collecting->failed = true;
        return;
    }
    history->items = items;
    hae_buffer_format(&text, "%s %s: %s", alert->rule_name, what,
                      alert->summary != NULL ? alert->summary : "");
    if (text.failed) {
        collecting->failed = true;
        hae_buffer_done(&text);
        return;
    }
    history->items[history->count++] = (struct hae_view_alert_change){time_ns, text.data};
}

static void collect(void *user, const struct hae_view_alert *alert, bool silenced)
{
    struct collecting *collecting = user;
    (void)silenced;
    if (alert->fired_ns > 0) {
        add_change(collecting, alert, alert->fired_ns, "fires");
    }
    if (alert->fired_ns > 0 && alert->state == HAE_VIEW_RESOLVED) {
        add_change(collecting, alert, alert->resolved_ns, "is resolved");
    }
}

static int by_time(const void *a, const void *b)
{
    const struct hae_view_alert_change *x = a;
    const struct hae_view_alert_change *y = b;
    return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

bool hae_view_alert_history_take(struct hae_view_alerts *alerts, int64_t from_ns, int64_t to_ns,
                                 struct hae_view_alert_history *ret_history)
{
    struct collecting collecting = {ret_history, 0, from_ns, to_ns, false};
    *ret_history = (struct hae_view_alert_history){NULL, 0};
    hae_view_alerts_visit(alerts, to_ns, collect, &collecting);
    if (collecting.failed) {
        hae_view_alert_history_done(ret_history);
        return false;
    }
    if (ret_history->count > 1) {
        qsort(ret_history->items, ret_history->count, sizeof *ret_history->items, by_time);
    }
    return true;
}

void hae_view_alert_history_done(struct hae_view_alert_history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        hae_free(history->items[i].text);
    }
    free(history->items);
    *history = (struct hae_view_alert_history){NULL, 0};
}
