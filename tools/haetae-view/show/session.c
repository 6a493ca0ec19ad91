/* SPDX-License-Identifier: Apache-2.0 */
#include "show/session.h"

#include <string.h>

#define SECOND_NS INT64_C(1000000000)
/* How often a question is asked that had to make way for requests. */
#define TRIES_MAX 4

static const int64_t windows_s[] = {60, 300, 900, 3600, 6 * 3600, 24 * 3600};
#define WINDOWS      (sizeof windows_s / sizeof windows_s[0])
#define FIRST_WINDOW 2

/* Least severities of log records, in the order in which the key goes through them. */
static const int levels[] = {0, 5, 9, 13, 17};

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

int64_t hae_view_session_window_s(const struct hae_view_session *session)
{
    return windows_s[session->window];
}

/* ---- Reading -------------------------------------------------------------------------- */

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

/* What comes into view is read, unless that shall stay as it was. */
static enum hae_view_answer come_into_view(struct hae_view_session *session)
{
    bool keeps = session->paused && hae_view_session_pane(session)->was_read;
    return keeps ? HAE_VIEW_SHOWN : HAE_VIEW_UNREAD;
}

/* ---- Going around --------------------------------------------------------------------- */

static enum hae_view_answer go_to_tab(struct hae_view_session *session, size_t tab)
{
    session->tab = tab;
    return come_into_view(session);
}

/* Goes to the bottom of a tab, confined to something. */
static enum hae_view_answer go_confined(struct hae_view_session *session, size_t tab,
                                        const struct hae_view_target *of, const char *filter)
{
    struct hae_view_stack *stack = &session->stacks[tab];
    while (stack->depth > 0) {
        hae_view_pane_done(&stack->panes[stack->depth--]);
    }
    struct hae_view_pane *pane = &stack->panes[0];
    pane->of = *of;
    pane->at_home = true;
    memset(pane->filter, 0, sizeof pane->filter);
    strncat(pane->filter, filter, sizeof pane->filter - 1);
    session->tab = tab;
    return HAE_VIEW_UNREAD;
}

/* Opens something on the pane that is shown. */
static enum hae_view_answer push(struct hae_view_session *session, enum hae_view_pane_kind kind,
                                 const struct hae_view_target *of)
{
    struct hae_view_stack *stack = &session->stacks[session->tab];
    if (stack->depth + 1 == HAE_VIEW_DEPTH_MAX) {
        return HAE_VIEW_SHOWN;
    }
    struct hae_view_target target = *of;
    struct hae_view_pane *pane = &stack->panes[++stack->depth];
    pane->kind = kind;
    pane->of = target;
    pane->at_home = true;
    return HAE_VIEW_UNREAD;
}

static enum hae_view_answer open_chosen(struct hae_view_session *session)
{
    static const struct hae_view_target nothing = {.kind = HAE_VIEW_TO_NOTHING};
    const struct hae_view_pane *pane = hae_view_session_pane(session);
    if (!pane->has_chosen) {
        return HAE_VIEW_SHOWN;
    }
    const struct hae_view_target *chosen = &pane->chosen;
    switch (chosen->kind) {
    case HAE_VIEW_TO_SERVICE:
        return go_confined(session, HAE_VIEW_PANE_ROUTES, chosen, "");
    case HAE_VIEW_TO_ROUTE:
        return go_confined(session, HAE_VIEW_PANE_TRACES, chosen, "");
    case HAE_VIEW_TO_CALL: /* the texts of errors begin with the names of spans */
        return go_confined(session, HAE_VIEW_PANE_ERRORS, &nothing, chosen->name);
    case HAE_VIEW_TO_TRACE:
        return push(session, HAE_VIEW_PANE_TRACE, chosen);
    case HAE_VIEW_TO_SPAN:
        return push(session, HAE_VIEW_PANE_SPAN, chosen);
    case HAE_VIEW_TO_LOG:
        return push(session, HAE_VIEW_PANE_LOG, chosen);
    case HAE_VIEW_TO_ERROR:
        return push(session, HAE_VIEW_PANE_ERROR, chosen);
    case HAE_VIEW_TO_METRIC:
        return push(session, HAE_VIEW_PANE_METRIC, chosen);
    case HAE_VIEW_TO_ALERT:
        return push(session, HAE_VIEW_PANE_ALERT, chosen);
    case HAE_VIEW_TO_NOTHING:
        break;
    }
    return HAE_VIEW_SHOWN;
}

/* Takes back one thing: the filter, what was opened, or what the tab is confined to. */
static enum hae_view_answer go_back(struct hae_view_session *session)
{
    struct hae_view_stack *stack = &session->stacks[session->tab];
    struct hae_view_pane *pane = &stack->panes[stack->depth];
    if (pane->filter[0] != '\0') {
        pane->filter[0] = '\0';
        hae_view_pane_arrange(pane);
        return hae_view_pane_type(pane->kind)->finds ? HAE_VIEW_UNREAD : HAE_VIEW_SHOWN;
    }
    if (stack->depth > 0) {
        hae_view_pane_done(pane);
        stack->depth--;
        return come_into_view(session);
    }
    if (pane->of.kind != HAE_VIEW_TO_NOTHING) {
        memset(&pane->of, 0, sizeof pane->of);
        return HAE_VIEW_UNREAD;
    }
    return HAE_VIEW_SHOWN;
}

/* ---- Sorting and filtering ------------------------------------------------------------ */

/* The list that the chosen row is in, if it can be sorted, or else the first one that can. */
static size_t list_to_sort(const struct hae_view_pane *pane)
{
    for (size_t i = 0; i < pane->list_count; i++) {
        size_t at = (pane->chosen_list + i) % pane->list_count;
        if (pane->lists[at].type->sorts != 0) {
            return at;
        }
    }
    return SIZE_MAX;
}

static enum hae_view_answer sort(struct hae_view_session *session, bool turn)
{
    struct hae_view_pane *pane = hae_view_session_pane(session);
    size_t at = list_to_sort(pane);
    if (at == SIZE_MAX) {
        return HAE_VIEW_SHOWN;
    }
    struct hae_view_sort *by = &pane->sorts[at];
    if (!turn || by->column < 0) {
        *by = hae_view_list_next_sort(pane->lists[at].type, *by);
    } else {
        by->largest_first = !by->largest_first;
    }
    pane->sorted[at] = true;
    hae_view_pane_arrange(pane);
    /* Which rows there are may hang on it. */
    return pane->kind == HAE_VIEW_PANE_TRACES && !session->paused ? HAE_VIEW_UNREAD
                                                                  : HAE_VIEW_SHOWN;
}

static enum hae_view_answer filter_changed(struct hae_view_session *session)
{
    struct hae_view_pane *pane = hae_view_session_pane(session);
    pane->at_home = true;
    hae_view_pane_arrange(pane);
    return hae_view_pane_type(pane->kind)->finds ? HAE_VIEW_UNREAD : HAE_VIEW_SHOWN;
}

static enum hae_view_answer begin_editing(struct hae_view_session *session)
{
    struct hae_view_pane *pane = hae_view_session_pane(session);
    bool had_one = pane->filter[0] != '\0';
    session->editing = true;
    pane->filter[0] = '\0';
    return had_one ? filter_changed(session) : HAE_VIEW_SHOWN;
}

/* Removes the last character. */
static void shorten(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && ((unsigned char)text[--length] & 0xc0) == 0x80) {
    }
    text[length] = '\0';
}

static enum hae_view_answer edit(struct hae_view_session *session, const struct hae_view_key *key)
{
    char *filter = hae_view_session_pane(session)->filter;
    switch (key->kind) {
    case HAE_VIEW_KEY_TEXT:
        if (strlen(filter) + strlen(key->text) < HAE_VIEW_FILTER_SIZE) {
            strcat(filter, key->text);
        }
        break;
    case HAE_VIEW_KEY_BACKSPACE:
        session->editing = filter[0] != '\0';
        shorten(filter);
        break;
    case HAE_VIEW_KEY_ERASE_LINE:
        filter[0] = '\0';
        break;
    case HAE_VIEW_KEY_ESCAPE:
        filter[0] = '\0';
        session->editing = false;
        break;
    case HAE_VIEW_KEY_ENTER:
        session->editing = false;
        return HAE_VIEW_SHOWN;
    case HAE_VIEW_KEY_INTERRUPT:
        return HAE_VIEW_ENDS;
    default:
        return HAE_VIEW_SHOWN;
    }
    return filter_changed(session);
}

static enum hae_view_answer next_level(struct hae_view_session *session)
{
    struct hae_view_pane *pane = hae_view_session_pane(session);
    if (pane->kind != HAE_VIEW_PANE_LOGS) {
        return HAE_VIEW_SHOWN;
    }
    size_t count = sizeof levels / sizeof levels[0];
    size_t at = 0;
    while (at < count && levels[at] != pane->level) {
        at++;
    }
    pane->level = levels[(at + 1) % count];
    pane->at_home = true;
    return HAE_VIEW_UNREAD;
}

/* ---- Keys ----------------------------------------------------------------------------- */

static enum hae_view_answer letter(struct hae_view_session *session, char c)
{
    if (c >= '1' && c < '1' + HAE_VIEW_TABS) {
        return go_to_tab(session, (size_t)(c - '1'));
    }
    switch (c) {
    case 'q':
        return HAE_VIEW_ENDS;
    case '/':
        return begin_editing(session);
    case 's':
        return sort(session, false);
    case 'S':
        return sort(session, true);
    case 'p':
        session->paused = !session->paused;
        return session->paused ? HAE_VIEW_SHOWN : HAE_VIEW_UNREAD;
    case 'w':
        session->window = (session->window + 1) % WINDOWS;
        return HAE_VIEW_UNREAD;
    case 'l':
        return next_level(session);
    case '?':
    case 'h':
        session->helping = true;
        return HAE_VIEW_SHOWN;
    case 'k':
        hae_view_pane_move(hae_view_session_pane(session), -1);
        return HAE_VIEW_SHOWN;
    case 'j':
        hae_view_pane_move(hae_view_session_pane(session), 1);
        return HAE_VIEW_SHOWN;
    default:
        return HAE_VIEW_SHOWN;
    }
}

static enum hae_view_answer move(struct hae_view_session *session, enum hae_view_key_kind kind)
{
    struct hae_view_pane *pane = hae_view_session_pane(session);
    ptrdiff_t page = (ptrdiff_t)(session->page > 0 ? session->page : 1);
    switch (kind) {
    case HAE_VIEW_KEY_UP:
        hae_view_pane_move(pane, -1);
        break;
    case HAE_VIEW_KEY_DOWN:
        hae_view_pane_move(pane, 1);
        break;
    case HAE_VIEW_KEY_PAGE_UP:
        hae_view_pane_move(pane, -page);
        break;
    case HAE_VIEW_KEY_PAGE_DOWN:
        hae_view_pane_move(pane, page);
        break;
    default:
        hae_view_pane_move_to_end(pane, kind == HAE_VIEW_KEY_END);
        break;
    }
    return HAE_VIEW_SHOWN;
}

enum hae_view_answer hae_view_session_key(struct hae_view_session *session,
                                          const struct hae_view_key *key)
{
    if (key->kind == HAE_VIEW_KEY_NONE) {
        return HAE_VIEW_SHOWN;
    }
    if (session->editing) {
        return edit(session, key);
    }
    if (session->helping) {
        session->helping = false;
        return key->kind == HAE_VIEW_KEY_INTERRUPT ? HAE_VIEW_ENDS : HAE_VIEW_SHOWN;
    }
    switch (key->kind) {
    case HAE_VIEW_KEY_TEXT:
        return letter(session, key->text[0]);
    case HAE_VIEW_KEY_TAB:
    case HAE_VIEW_KEY_RIGHT:
        return go_to_tab(session, (session->tab + 1) % HAE_VIEW_TABS);
    case HAE_VIEW_KEY_BACK_TAB:
    case HAE_VIEW_KEY_LEFT:
        return go_to_tab(session, (session->tab + HAE_VIEW_TABS - 1) % HAE_VIEW_TABS);
    case HAE_VIEW_KEY_ENTER:
        return open_chosen(session);
    case HAE_VIEW_KEY_ESCAPE:
    case HAE_VIEW_KEY_BACKSPACE:
        return go_back(session);
    case HAE_VIEW_KEY_INTERRUPT:
        return HAE_VIEW_ENDS;
    case HAE_VIEW_KEY_REDRAW:
        return HAE_VIEW_UNREAD;
    case HAE_VIEW_KEY_NONE:
    case HAE_VIEW_KEY_ERASE_LINE:
        return HAE_VIEW_SHOWN;
    default:
        return move(session, key->kind);
    }
}
