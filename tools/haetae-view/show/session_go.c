/* SPDX-License-Identifier: Apache-2.0 */
#include "show/session_go.h"

#include <string.h>

/* Reads the pane that comes into view, unless the session is paused and it was read before. */
static enum hae_view_answer come_into_view(struct hae_view_session *session)
{
    bool keeps = session->paused && hae_view_session_pane(session)->was_read;
    return keeps ? HAE_VIEW_SHOWN : HAE_VIEW_UNREAD;
}

enum hae_view_answer hae_view_session_go_to_tab(struct hae_view_session *session, size_t tab)
{
    session->tab = tab;
    return come_into_view(session);
}

/* Goes to a tab's own pane, confined to something. */
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

/* Opens another pane on the one that is shown. */
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

enum hae_view_answer hae_view_session_open_chosen(struct hae_view_session *session)
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

enum hae_view_answer hae_view_session_go_back(struct hae_view_session *session)
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
