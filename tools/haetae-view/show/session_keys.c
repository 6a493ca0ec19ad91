/* SPDX-License-Identifier: Apache-2.0 */
#include "show/session_keys.h"

#include "show/session_filter.h"
#include "show/session_go.h"

static enum hae_view_answer letter(struct hae_view_session *session, char c)
{
    if (c >= '1' && c < '1' + HAE_VIEW_TABS) {
        return hae_view_session_go_to_tab(session, (size_t)(c - '1'));
    }
    switch (c) {
    case 'q':
        return HAE_VIEW_ENDS;
    case '/':
        return hae_view_session_begin_filter(session);
    case 's':
        return hae_view_session_sort(session, false);
    case 'S':
        return hae_view_session_sort(session, true);
    case 'p':
        session->paused = !session->paused;
        return session->paused ? HAE_VIEW_SHOWN : HAE_VIEW_UNREAD;
    case 'w':
        hae_view_session_next_window(session);
        return HAE_VIEW_UNREAD;
    case 'l':
        return hae_view_session_next_level(session);
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
        return hae_view_session_edit_filter(session, key);
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
        return hae_view_session_go_to_tab(session, (session->tab + 1) % HAE_VIEW_TABS);
    case HAE_VIEW_KEY_BACK_TAB:
    case HAE_VIEW_KEY_LEFT:
        return hae_view_session_go_to_tab(session,
                                          (session->tab + HAE_VIEW_TABS - 1) % HAE_VIEW_TABS);
    case HAE_VIEW_KEY_ENTER:
        return hae_view_session_open_chosen(session);
    case HAE_VIEW_KEY_ESCAPE:
    case HAE_VIEW_KEY_BACKSPACE:
        return hae_view_session_go_back(session);
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
