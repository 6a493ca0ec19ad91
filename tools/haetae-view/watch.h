/* SPDX-License-Identifier: Apache-2.0 */
/* Shows what is received, until a key, a signal or the time limit ends it: in tabs on a terminal,
 * elsewhere by a line now and then. */
#ifndef HAETAE_VIEW_WATCH_H
#define HAETAE_VIEW_WATCH_H

#include <signal.h>

#include "alert/alerts.h"
#include "options.h"
#include "show/screen.h"
#include "show/session.h"
#include "show/tty.h"

struct hae_view_watch {
    const struct hae_view_options *options;
    struct hae_view_store *store;
    struct hae_view_alerts *alerts; /* NULL: no rules */
    const char *address;
    uint64_t start_ns;
    struct hae_view_screen screen;
    struct hae_view_tty tty;
    struct hae_view_session session;
    struct hae_buffer text;
    sigset_t signals;
    int signal_fd;           /* -1: signals are not taken over yet */
    uint64_t items_reported; /* in the last line that was printed */
};

void hae_view_watch_init(struct hae_view_watch *watch, const struct hae_view_options *options);
void hae_view_watch_done(struct hae_view_watch *watch);

/* Signals are waited for, not handled. Called before any thread starts, so that all threads have
 * them blocked. False: it failed, and has printed why. */
bool hae_view_watch_take_signals(struct hae_view_watch *watch);

/* Shows until a signal or key ends it, the time limit is reached, or the output cannot be written:
 * then false. `store`, `alerts`, `address` and `start_ns` are set. */
bool hae_view_watch_run(struct hae_view_watch *watch);

/* Gives the terminal back. */
void hae_view_watch_leave(struct hae_view_watch *watch);

/* The summary of the whole run. */
bool hae_view_watch_sum_up(struct hae_view_watch *watch);

/* With JSON on standard output nothing else is written there. */
bool hae_view_watch_is_quiet(const struct hae_view_watch *watch);

#endif
