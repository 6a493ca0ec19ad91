/* SPDX-License-Identifier: Apache-2.0 */
/* The host's thread that a recording call runs on: what the call leaves as it was, and whether
 * it runs in a signal handler. */
#ifndef HAETAE_RECORDER_HOST_H
#define HAETAE_RECORDER_HOST_H

#include <stdbool.h>

/* A recording call leaves errno alone, and its thread is not cancelled in the middle of it. */
struct hae_host_state {
    int error;
    int cancelable;
};

/* Around system calls. Async-signal-safe. */
struct hae_host_state hae_host_save(void);
void hae_host_restore(struct hae_host_state state);

/* Whether this is a signal handler, as far as that can be seen: it runs on the stack for
 * handlers, or with the signal of a fault blocked, but not most signals, as threads have
 * it that leave signals to others. What a handler interrupted may hold any lock of libc. */
bool hae_looks_like_handler(void);

#endif
