/* SPDX-License-Identifier: Apache-2.0 */
/* Writes that turn SIGPIPE into a failure for this thread alone: a reader that is gone must
 * not end the host. The signal is blocked meanwhile, and removed if a write raised it. */
#ifndef HAETAE_BASE_SIGPIPE_H
#define HAETAE_BASE_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct hae_sigpipe {
    sigset_t before; /* the signals that were blocked             */
    bool pending;    /* one was already pending: it is the host's */
};

static inline bool hae_sigpipe_is_pending(void)
{
    sigset_t pending;

    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

static inline void hae_sigpipe_block(struct hae_sigpipe *saved)
{
    sigset_t only_pipe;

    sigemptyset(&only_pipe);
    sigaddset(&only_pipe, SIGPIPE);
    saved->pending = hae_sigpipe_is_pending();
    pthread_sigmask(SIG_BLOCK, &only_pipe, &saved->before);
}

static inline void hae_sigpipe_restore(const struct hae_sigpipe *saved)
{
    static const struct timespec at_once = {0, 0};

    if (!saved->pending && hae_sigpipe_is_pending()) {
        sigset_t only_pipe;

        sigemptyset(&only_pipe);
        sigaddset(&only_pipe, SIGPIPE);
        sigtimedwait(&only_pipe, NULL, &at_once);
    }
    pthread_sigmask(SIG_SETMASK, &saved->before, NULL);
}

#endif
