/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/callbacks.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/lock.h"

enum { LEAVE_GRACE_MS = 200 };

/* ---- In a forked child ---- */

static bool prepare_fork(void *self)
{
    struct hae_callbacks *callbacks = self;

    return hae_lock_soon(&callbacks->lock);
}

static void parent_after_fork(void *self, bool held)
{
    struct hae_callbacks *callbacks = self;

    if (held) {
        pthread_mutex_unlock(&callbacks->lock);
    }
}

/* No callback runs in the child, unless it is the one that forked. */
static void child_after_fork(void *self, bool held)
{
    struct hae_callbacks *callbacks = self;

    hae_lock_in_child(&callbacks->lock, held);
    (void)hae_condition_init(&callbacks->changed);
    callbacks->thread_count = 0;
    callbacks->next = NULL;
    callbacks->observed.count = 0;
    callbacks->kept.count = 0;
    callbacks->has_observed = false;
    callbacks->produced = (struct hae_produced){NULL, NULL};
    if (!held) { /* another thread may have been about to change the lists */
        callbacks->first = callbacks->last = NULL;
        callbacks->observers = NULL;
        callbacks->observed = callbacks->kept = (struct hae_observations){0};
        return;
    }
    for (haetae_observer *observer = callbacks->observers; observer != NULL;
         observer = observer->next) {
        observer->has_thread = false;
        observer->observed.count = 0;
        observer->inherited =
            observer->callback != NULL && pthread_equal(observer->thread, pthread_self());
        observer->late = true;
        if (observer->callback != NULL && !observer->inherited) {
            observer->callback->observer = NULL;
            observer->callback = NULL;
            /* It may be half changed. */
            memset(&observer->batch, 0, sizeof observer->batch);
        }
    }
}

static const struct hae_atfork_hooks fork_hooks = {.name = "callbacks",
                                                   .order = HAE_ATFORK_SIGNALS,
                                                   .prepare = prepare_fork,
                                                   .parent = parent_after_fork,
                                                   .child = child_after_fork};

/* ---- Making and freeing ---- */

void hae_callbacks_destroy(struct hae_callbacks *callbacks)
{
    haetae_callback *callback = callbacks->first;
    haetae_observer *observer = callbacks->observers;

    while (callback != NULL) {
        haetae_callback *next = callback->next;

        if (callback->producer != NULL) {
            callback->forget(callback->producer);
        }
        hae_free(callback);
        callback = next;
    }
    while (observer != NULL) {
        haetae_observer *next = observer->next;

        hae_observations_done(&observer->observed);
        hae_produced_done(&observer->batch);
        hae_free(observer);
        observer = next;
    }
    hae_observations_done(&callbacks->observed);
    hae_observations_done(&callbacks->kept);
    hae_produced_free(&callbacks->produced);
    pthread_cond_destroy(&callbacks->changed);
    pthread_mutex_destroy(&callbacks->lock);
    hae_free(callbacks);
}

struct hae_callbacks *hae_callbacks_new(struct hae_meter_provider *provider)
{
    struct hae_callbacks *callbacks = hae_calloc(1, sizeof *callbacks);

    if (callbacks == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&callbacks->lock, NULL) != 0) {
        hae_free(callbacks);
        return NULL;
    }
    if (!hae_condition_init(&callbacks->changed)) {
        pthread_mutex_destroy(&callbacks->lock);
        hae_free(callbacks);
        return NULL;
    }
    callbacks->provider = provider;
    hae_atfork_add(&callbacks->atfork, &fork_hooks, callbacks);
    return callbacks;
}

void hae_callbacks_enlist(struct hae_callbacks *callbacks, haetae_callback *callback)
{
    callback->since_round = callbacks->round;
    callback->previous = callbacks->last;
    if (callbacks->last != NULL) {
        callbacks->last->next = callback;
    } else {
        callbacks->first = callback;
    }
    callbacks->last = callback;
}

void hae_callbacks_unlist(struct hae_callbacks *callbacks, haetae_callback *callback)
{
    haetae_callback **before =
        callback->previous != NULL ? &callback->previous->next : &callbacks->first;
    haetae_callback **after = callback->next != NULL ? &callback->next->previous : &callbacks->last;

    *before = callback->next;
    *after = callback->previous;
    if (callbacks->next == callback) {
        callbacks->next = callback->next;
    }
}

/* ---- What is set ---- */

bool hae_callbacks_keep(struct hae_callbacks *callbacks, const struct hae_observation *observation)
{
    bool kept;

    pthread_mutex_lock(&callbacks->lock);
    kept = hae_observations_keep(&callbacks->kept, observation);
    pthread_mutex_unlock(&callbacks->lock);
    return kept;
}

void hae_callbacks_remove(struct hae_callbacks *callbacks,
                          const struct hae_observation *observation)
{
    pthread_mutex_lock(&callbacks->lock);
    hae_observations_remove(&callbacks->kept, observation);
    pthread_mutex_unlock(&callbacks->lock);
}

/* ---- The end ---- */

/* Takes the producers that do not run off the list; the caller holds the lock. */
static haetae_callback *take_idle_producers(struct hae_callbacks *callbacks)
{
    haetae_callback *taken = NULL;
    haetae_callback *next;

    for (haetae_callback *callback = callbacks->first; callback != NULL; callback = next) {
        next = callback->next;
        if (callback->producer != NULL && callback->observer == NULL) {
            hae_callbacks_unlist(callbacks, callback);
            callback->next = taken;
            taken = callback;
        }
    }
    return taken;
}

static void free_producers(haetae_callback *callback)
{
    while (callback != NULL) {
        haetae_callback *next = callback->next;

        callback->forget(callback->producer);
        hae_free(callback);
        callback = next;
    }
}

void hae_callbacks_leave(struct hae_callbacks *callbacks)
{
    haetae_callback *idle = NULL;
    uint64_t end_ns = hae_time_ns(CLOCK_MONOTONIC) + LEAVE_GRACE_MS * UINT64_C(1000000);
    struct timespec deadline = {(time_t)(end_ns / 1000000000), (long)(end_ns % 1000000000)};
    bool ended;

    hae_atfork_remove(&callbacks->atfork);
    pthread_mutex_lock(&callbacks->lock);
    callbacks->stop = true;
    callbacks->next = NULL;
    pthread_cond_broadcast(&callbacks->changed);
    while (callbacks->thread_count != 0 &&
           pthread_cond_timedwait(&callbacks->changed, &callbacks->lock, &deadline) != ETIMEDOUT) {
    }
    for (haetae_observer *observer = callbacks->observers; observer != NULL;
         observer = observer->next) {
        observer->late = true;
        if (observer->has_thread && !observer->ended) {
            pthread_detach(observer->id);
        } else if (observer->has_thread) {
            pthread_join(observer->id, NULL);
        }
    }
    callbacks->provider = NULL;
    ended = callbacks->thread_count == 0;
    idle = take_idle_producers(callbacks);
    pthread_mutex_unlock(&callbacks->lock);
    /* Those that hang keep no other from being freed. */
    free_producers(idle);
    /* A thread that is left may have freed everything by now. */
    if (ended) {
        hae_callbacks_destroy(callbacks);
    }
}
