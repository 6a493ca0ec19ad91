/* SPDX-License-Identifier: Apache-2.0 */
/* Fork hooks: one table, in which each module that has to be brought across fork() has its
 * place. docs/adding.md says how to add one.
 *
 * Before fork() the hooks are called from the highest order down to the lowest, and
 * afterwards from the lowest up; of equal order, in the order of adding and back. So a module
 * finds those below it held, before and after.
 *
 * The table is registered with pthread_atfork() when the library is loaded, so handlers that the
 * host registers later enclose it. The thread that forks has all signals blocked, and is not
 * cancelled, from before the first hook to after the last one, in parent and child. */
#ifndef HAETAE_BASE_ATFORK_H
#define HAETAE_BASE_ATFORK_H

#include <stdbool.h>

#include "haetae/status.h"

enum hae_atfork_order {
    HAE_ATFORK_RECORDER,
    HAE_ATFORK_CONTEXT,
    HAE_ATFORK_SIGNALS,  /* traces, metrics, logs */
    HAE_ATFORK_PIPELINE, /* and its sources and exporters */
    HAE_ATFORK_SDK
};

struct hae_atfork_hooks {
    const char *name;
    enum hae_atfork_order order;

    /* Before fork(): makes other threads leave what the child needs whole, as far as that is
     * possible soon (hae_lock_soon()); true when it is held. NULL: nothing can be. */
    bool (*prepare)(void *self);

    /* Afterwards, in the parent: lets them go on, if it was held. NULL: nothing to do. */
    void (*parent)(void *self, bool held);

    /* In the child, which has this thread alone. Not held: another thread may have been in the
     * middle of a change. Async-signal-safe. */
    void (*child)(void *self, bool held);
};

/* A place in the table: a module's only one, or one for each of its objects. */
struct hae_atfork {
    const struct hae_atfork_hooks *hooks;
    void *self;
    struct hae_atfork *previous;
    struct hae_atfork *next;
    bool held;
};

/* Whether fork() calls the hooks. Errors: HAETAE_ENOMEM (it does not). */
haetae_status hae_atfork_watch(void);

/* From here on until it is removed, fork() calls the hooks. `place` and `self` are the
 * caller's and stay until then. */
void hae_atfork_add(struct hae_atfork *place, const struct hae_atfork_hooks *hooks, void *self);

/* Does nothing when it was not added. */
void hae_atfork_remove(struct hae_atfork *place);

/* Hooks for a module with nothing but a mutex, which is `self`. */
bool hae_atfork_lock(void *mutex);
void hae_atfork_unlock(void *mutex, bool held);
void hae_atfork_reset_lock(void *mutex, bool held);

#endif
