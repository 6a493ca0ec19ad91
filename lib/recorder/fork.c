/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/fork.h"

#include <pthread.h>
#include <time.h>

#include "base/atfork.h"
#include "recorder/life.h"
#include "recorder/region_file_child.h"
#include "recorder/registry.h"
#include "recorder/scope.h"

/* Lets a thread come to the end of reinitializing: what it has half done would be nobody's in the
 * child. Not for ever: it makes a file, and disks may fail. */
static void settle_soon(struct hae_recorder *recorder)
{
    static const struct timespec pause = {0, 1000000};

    /* Relaxed: nothing is read that it protects. */
    for (int tries = 0; tries < 50 && atomic_load_explicit(&recorder->life, memory_order_relaxed) ==
                                          HAE_LIFE_REINITIALIZING;
         tries++) {
        nanosleep(&pause, NULL);
    }
}

/* Locks what other threads may be changing, as far as that is possible soon. */
static bool hold_recorders(void *self)
{
    (void)self;
    hae_registry_before_fork(settle_soon);
    hae_scopes_before_fork();
    return true;
}

static void release_recorders(void *self, bool held)
{
    (void)self;
    (void)held;
    hae_scopes_in_parent();
    hae_registry_in_parent();
}

/* From here on nothing in this process reaches what is the parent's. */
static void leave_parent(struct hae_recorder *recorder)
{
    if (recorder->file != NULL) {
        recorder->inherited_file = recorder->file;
        recorder->file = NULL;
    }
    if (recorder->inherited_file != NULL) {
        /* Also when the parent was about to make one. */
        hae_region_file_leave(recorder->inherited_file);
    }
    hae_descriptor_close(&recorder->wake);
}

/* Relaxed, here and below: the child has one thread. */
static void forget_counts(struct hae_recorder *recorder)
{
    for (int cause = 0; cause < HAETAE_MISUSE_COUNT; cause++) {
        atomic_store_explicit(&recorder->misuse[cause], 0, memory_order_relaxed);
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            atomic_store_explicit(&recorder->rejected[signal][reason], 0, memory_order_relaxed);
        }
    }
    atomic_store_explicit(&recorder->newer_options, NULL, memory_order_relaxed);
}

static void close_in_child(struct hae_recorder *recorder, uint32_t epoch)
{
    uint32_t life = atomic_load_explicit(&recorder->life, memory_order_relaxed);
    bool records =
        recorder->atfork.reinit != NULL &&
        (hae_accepting(recorder) || life == HAE_LIFE_INHERITED || life == HAE_LIFE_REINITIALIZING);

    /* Before the state changes: whoever finds it changed may empty the region. */
    leave_parent(recorder);
    atomic_store_explicit(&recorder->accepting, false, memory_order_relaxed);
    atomic_store_explicit(&recorder->life, records ? HAE_LIFE_INHERITED : HAE_LIFE_OVER,
                          memory_order_relaxed);
    /* What threads remember of their lanes is no longer true. */
    atomic_store_explicit(&recorder->epoch, epoch, memory_order_relaxed);
    atomic_store_explicit(&recorder->consumer_waits, false, memory_order_relaxed);
    atomic_store_explicit(&recorder->start_pending, records, memory_order_relaxed);
    forget_counts(recorder);
}

/* Registry and scopes know themselves whether they were locked. */
static void close_recorders(void *self, bool held)
{
    (void)self;
    (void)held;
    hae_scopes_in_child();
    hae_registry_in_child(close_in_child);
}

static void add_hooks(void)
{
    static const struct hae_atfork_hooks hooks = {.name = "recorder",
                                                  .order = HAE_ATFORK_RECORDER,
                                                  .prepare = hold_recorders,
                                                  .parent = release_recorders,
                                                  .child = close_recorders};
    static struct hae_atfork place;

    hae_atfork_add(&place, &hooks, NULL);
}

void hae_recorders_watch_fork(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, add_hooks);
}
