/* SPDX-License-Identifier: Apache-2.0 */
#include "base/atfork.h"

#include <pthread.h>

#include "base/bytes.h"
#include "base/lock.h"

/* The table, in its order. fork() holds the lock from before to after; `has_table` is what the
 * thread that forks remembers meanwhile. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct hae_atfork *first;
static struct hae_atfork *last;
static _Thread_local bool has_table HAE_NEAR_THREAD;

static void prepare(void)
{
    /* Without the lock the child finds everything as if in the middle of a change. */
    has_table = hae_lock_soon(&lock);
    for (struct hae_atfork *place = has_table ? last : NULL; place != NULL;
         place = place->previous) {
        place->held = place->hooks->prepare != NULL && place->hooks->prepare(place->self);
    }
}

static void in_parent(void)
{
    if (!has_table) {
        return;
    }
    for (struct hae_atfork *place = first; place != NULL; place = place->next) {
        if (place->hooks->parent != NULL) {
            place->hooks->parent(place->self, place->held);
        }
    }
    has_table = false;
    pthread_mutex_unlock(&lock);
}

static void in_child(void)
{
    for (struct hae_atfork *place = first; place != NULL; place = place->next) {
        place->hooks->child(place->self, has_table && place->held);
    }
    hae_lock_in_child(&lock, has_table);
    has_table = false;
}

static bool is_watched;

static void watch(void)
{
    is_watched = pthread_atfork(prepare, in_parent, in_child) == 0;
}

haetae_status hae_atfork_watch(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, watch);
    return is_watched ? HAETAE_OK : HAETAE_ENOMEM;
}

void hae_atfork_add(struct hae_atfork *place, const struct hae_atfork_hooks *hooks, void *self)
{
    struct hae_atfork *before;

    place->hooks = hooks;
    place->self = self;
    place->held = false;
    pthread_mutex_lock(&lock);
    before = last;
    while (before != NULL && before->hooks->order > hooks->order) {
        before = before->previous;
    }
    place->previous = before;
    place->next = before != NULL ? before->next : first;
    /* A child that is forked in between without the lock follows the links forward only, and
     * finds the place or not. */
    *(before != NULL ? &before->next : &first) = place;
    *(place->next != NULL ? &place->next->previous : &last) = place;
    pthread_mutex_unlock(&lock);
}

void hae_atfork_remove(struct hae_atfork *place)
{
    if (place->hooks == NULL) {
        return;
    }
    pthread_mutex_lock(&lock);
    *(place->previous != NULL ? &place->previous->next : &first) = place->next;
    *(place->next != NULL ? &place->next->previous : &last) = place->previous;
    pthread_mutex_unlock(&lock);
    place->hooks = NULL;
}

bool hae_atfork_lock(void *mutex)
{
    return hae_lock_soon(mutex);
}

void hae_atfork_unlock(void *mutex, bool held)
{
    if (held) {
        pthread_mutex_unlock(mutex);
    }
}

void hae_atfork_reset_lock(void *mutex, bool held)
{
    hae_lock_in_child(mutex, held);
}
