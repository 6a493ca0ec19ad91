/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the tabs: which one is open, and what is chosen, filtered, sorted and paused. Keys
 * change it (show/session_keys.h); it reads the database; show/frame.h draws it. It knows no
 * terminal. */
#ifndef HAETAE_VIEW_SHOW_SESSION_H
#define HAETAE_VIEW_SHOW_SESSION_H

#include "show/keys.h"
#include "show/pane.h"
#include "store/store.h"

#define HAE_VIEW_DEPTH_MAX 6 /* panes that are opened out of each other */

/* What is open under a tab: the tab's own pane, and on it what was opened. */
struct hae_view_stack {
    struct hae_view_pane panes[HAE_VIEW_DEPTH_MAX];
    size_t depth; /* of the pane that is shown */
};

struct hae_view_session {
    struct hae_view_stack stacks[HAE_VIEW_TABS];
    size_t tab;
    bool editing; /* the filter is being typed */
    bool paused;
    bool helping;
    bool keyless;  /* no keys come */
    size_t window; /* index of the length of the time that figures are of */
    bool busy;     /* what is shown is old: requests kept it from being read */
    size_t width;  /* of the screen, for long texts */
    size_t page;   /* rows that Page Down moves by; set when the screen is drawn */
    struct hae_view_totals totals;
    bool has_received;
    struct hae_view_alert_source alerts;
};

void hae_view_session_init(struct hae_view_session *session);
void hae_view_session_done(struct hae_view_session *session);

struct hae_view_pane *hae_view_session_pane(struct hae_view_session *session);
/* Goes on to the next length of the time that figures are of. */
void hae_view_session_next_window(struct hae_view_session *session);

/* What the caller has to do after a key. */
enum hae_view_answer {
    HAE_VIEW_SHOWN,  /* only what is shown has changed, or nothing */
    HAE_VIEW_UNREAD, /* the pane must be read */
    HAE_VIEW_ENDS
};

/* Reads what the pane shows. False: it stays as it was, as requests went first or there was no
 * memory; `busy` says so. */
bool hae_view_session_read(struct hae_view_session *session, struct hae_view_store *store,
                           int64_t now_ns);

#endif
