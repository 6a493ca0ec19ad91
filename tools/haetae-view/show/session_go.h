/* SPDX-License-Identifier: Apache-2.0 */
/* Going around in a session: between tabs, into what is chosen, and back. */
#ifndef HAETAE_VIEW_SHOW_SESSION_GO_H
#define HAETAE_VIEW_SHOW_SESSION_GO_H

#include "show/session.h"

enum hae_view_answer hae_view_session_go_to_tab(struct hae_view_session *session, size_t tab);
enum hae_view_answer hae_view_session_open_chosen(struct hae_view_session *session);

/* Takes back one thing: the filter, what was opened, or what the tab is confined to. */
enum hae_view_answer hae_view_session_go_back(struct hae_view_session *session);

#endif
