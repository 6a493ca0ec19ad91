/* SPDX-License-Identifier: Apache-2.0 */
#include "show/session_filter.h"

#include <string.h>

/* The lowest severities of log records to show, in the order in which the key goes through them. */
static const int levels[] = {0, 5, 9, 13, 17};

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

enum hae_view_answer hae_view_session_sort(struct hae_view_session *session, bool turn)
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
    /* The order may decide which rows are read. */
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

enum hae_view_answer hae_view_session_begin_filter(struct hae_view_session *session)
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

enum hae_view_answer hae_view_session_edit_filter(struct hae_view_session *session,
                                                  const struct hae_view_key *key)
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

enum hae_view_answer hae_view_session_next_level(struct hae_view_session *session)
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
