/* SPDX-License-Identifier: Apache-2.0 */
/* A recorder in a forked child.
 *
 * fork() itself only closes the recorder there: it takes no records, its span handles
 * lead nowhere, and nothing touches its memory, which may be the parent's. The first call
 * that records something resumes it: the region is emptied and becomes the child's own, in
 * a file of its own if the parent's is in one, ids are drawn from a new seed, and then the
 * consumer is started. So a child that only executes another program pays for nothing.
 *
 * Resuming the recorder is async-signal-safe. Starting the consumer is not: from what
 * looks like a signal handler it is left to a later call. */
#ifndef HAE_RECORDER_FORK_H
#define HAE_RECORDER_FORK_H

#include "recorder/recorder.h"

enum hae_life {
    HAE_LIFE_OWN,            /* the recorder of this process               */
    HAE_LIFE_INHERITED,      /* the parent's; the first record resumes it  */
    HAE_LIFE_REINITIALIZING, /* one thread is doing that                   */
    HAE_LIFE_OVER            /* the parent's, and shut down: it stays so   */
};

/* Adds the hooks of all recorders to the table of base/atfork.h, once. */
void hae_recorders_watch_fork(void);

/* hae_recorder_resume() is in call.h. This says that nothing is to be resumed any
 * more: true when the recorder was not resumed in this process, and never will be. */
bool hae_recorder_give_up(struct hae_recorder *recorder);

/* Whether nothing was recorded in this process yet, nor can have been. */
bool hae_recorder_untouched(const struct hae_recorder *recorder);

/* Whether this is a signal handler, as far as that can be seen: it runs on the stack for
 * handlers, or with the signal of a fault blocked, but not all signals, as threads have
 * it that leave signals to others. What a handler interrupted may hold any lock of libc. */
bool hae_looks_like_handler(void);

/* Waits while another thread resumes the recorder. */
void hae_recorder_settle(const struct hae_recorder *recorder);

#endif
