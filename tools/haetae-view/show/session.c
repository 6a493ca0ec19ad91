/* SPDX-License-Identifier: Apache-2.0 */
#include "show/session.h"

#include <string.h>

#define SECOND_NS INT64_C(1000000000)
/* How often a question is asked again that had to make way for requests. */
#define TRIES_MAX 4

static const int64_t windows_s[] = {60, 300, 900, 3600, 6 * 3600, 24 * 3600};
#define WINDOWS      (sizeof windows_s / sizeof windows_s[0])
#define FIRST_WINDOW 2

void hae_view_session_init(struct hae_view_session *session)
{
    memset(session, 0, sizeof *session);
    session->window = FIRST_WINDOW;
    session->width = 80;
    session->page = 1;
    for (size_t tab = 0; tab < HAE_VIEW_TABS; tab++) {
        session->stacks[tab].panes[0].kind = (enum hae_view_pane_kind)tab;
        session->stacks[tab].panes[0].at_home = true;
    }
}

void hae_view_session_done(struct hae_view_session *session)
{
    for (size_t tab = 0; tab < HAE_VIEW_TABS; tab++) {
        for (size_t i = 0; i < HAE_VIEW_DEPTH_MAX; i++) {
            hae_view_pane_done(&session->stacks[tab].panes[i]);
        }
    }
}

struct hae_view_pane *hae_view_session_pane(struct hae_view_session *session)
{
    struct hae_view_stack *stack = &session->stacks[session->tab];
    return &stack->panes[stack->depth];
}

void hae_view_session_next_window(struct hae_view_session *session)
{
    session->window = (session->window + 1) % WINDOWS;
}

static void take_totals(struct hae_view_session *session, struct hae_view_store *store)
{
    const struct hae_view_store_content *content = hae_view_store_lock(store);
    session->totals = content->totals;
    session->has_received = content->services.count > 0;
    hae_view_store_unlock(store);
}

static int read_once(struct hae_view_session *session, struct hae_view_database *database,
                     int64_t now_ns, struct hae_view_reading *reading)
{
    const struct hae_view_pane *pane = hae_view_session_pane(session);
    int64_t length_ns = windows_s[session->window] * SECOND_NS;
    memset(reading, 0, sizeof *reading);
    reading->now_ns = now_ns;
    reading->window.from_ns = now_ns > length_ns ? now_ns - length_ns : 0;
    reading->window.to_ns = now_ns + 1;
    reading->width = session->width;
    reading->alerts = &session->alerts;
    reading->of = &pane->of;
    reading->filter = pane->filter;
    reading->level = pane->level;
    reading->sort = pane->sorted[0] ? pane->sorts[0] : (struct hae_view_sort){-1, false};
    reading->db = hae_view_database_read(database);
    int code = hae_view_pane_type(pane->kind)->read(reading);
    hae_view_database_read_done(database);
    for (size_t i = 0; i < reading->list_count && code == SQLITE_OK; i++) {
        code = reading->lists[i].failed || reading->lists[i].table.texts.failed ? SQLITE_NOMEM
                                                                                : SQLITE_OK;
    }
    for (size_t i = 0; i < reading->list_count && code != SQLITE_OK; i++) {
        hae_view_list_done(&reading->lists[i]);
    }
    return code;
}

bool hae_view_session_read(struct hae_view_session *session, struct hae_view_store *store,
                           int64_t now_ns)
{
    struct hae_view_reading reading;
    int code = SQLITE_INTERRUPT;
    take_totals(session, store);
    for (int i = 0; i < TRIES_MAX && code == SQLITE_INTERRUPT; i++) {
        code = read_once(session, hae_view_store_database(store), now_ns, &reading);
    }
    session->busy = code != SQLITE_OK;
    if (code == SQLITE_OK) {
        hae_view_pane_take(hae_view_session_pane(session), &reading);
    }
    return code == SQLITE_OK;
}
