/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/host.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "base/cancel.h"

struct hae_host_state hae_host_save(void)
{
    return (struct hae_host_state){errno, hae_cancel_disable()};
}

void hae_host_restore(struct hae_host_state state)
{
    hae_cancel_restore(&state.cancelable);
    errno = state.error;
}

/* A handler runs with its own signal blocked, and perhaps some others. A thread that leaves signals
 * to others has most of them blocked, if not all. */
enum { SIGNALS = 32, HANDLER_BLOCKS_MAX = 8 };

bool hae_looks_like_handler(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigset_t mask;
    stack_t stack;
    int blocked = 0;

    if (sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_ONSTACK) != 0) {
        return true;
    }
    sigemptyset(&mask);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    for (int number = 1; number < SIGNALS; number++) {
        blocked += sigismember(&mask, number) == 1;
    }
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (sigismember(&mask, faults[i]) == 1) {
            return blocked <= HANDLER_BLOCKS_MAX;
        }
    }
    return false;
}
