/* SPDX-License-Identifier: Apache-2.0 */
#include "base/atfork.h"

#include <pthread.h>
#include <signal.h>

#include "base/bytes.h"
#include "base/cancel.h"
#include "base/lock.h"

/* The table, in its order. fork() holds the lock from before to after. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct hae_atfork *first;
static struct hae_atfork *last;

/* What the thread that forks remembers meanwhile. */
static _Thread_local struct {
    bool has_table;
    int cancel_state;
    sigset_t signals;
} forking HAE_NEAR_THREAD;

/* Until the hooks are done, no signal handler runs on this thread: it would find the child's state
 * half the parent's, or record into the parent's memory. The hooks also wait, and a thread that is
 * cancelled meanwhile would never let go of what they hold. */
static void begin(void)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &forking.signals);
    forking.cancel_state = hae_cancel_disable();
}

static void end(void)
{
    hae_cancel_restore(&forking.cancel_state);
    pthread_sigmask(SIG_SETMASK, &forking.signals, NULL);
}

static void prepare(void)
{
    begin();
    /* Without the lock the child finds everything as if in the middle of a change. */
    forking.has_table = hae_lock_soon(&lock);
    for (struct hae_atfork *place = forking.has_table ? last : NULL; place != NULL;
         place = place->previous) {
        place->held = place->hooks->prepare != NULL && place->hooks->prepare(place->self);
    }
}

static void in_parent(void)
{
    if (forking.has_table) {
        for (struct hae_atfork *place = first; place != NULL; place = place->next) {
            if (place->hooks->parent != NULL) {
                place->hooks->parent(place->self, place->held);
            }
        }
        forking.has_table = false;
        pthread_mutex_unlock(&lock);
    }
    end();
}

static void in_child(void)
{
    for (struct hae_atfork *place = first; place != NULL; place = place->next) {
        place->hooks->child(place->self, forking.has_table && place->held);
    }
    hae_lock_in_child(&lock, forking.has_table);
    forking.has_table = false;
    end();
}

static bool is_watched;

/* As early as possible: what is registered first is called last before fork(), and first
 * afterwards. So a handler of the host may use the library: before fork() nothing is held yet, and
 * in the child everything is the child's already. */
__attribute__((constructor(101))) static void watch(void)
{
    is_watched = is_watched || pthread_atfork(prepare, in_parent, in_child) == 0;
}

haetae_status hae_atfork_watch(void)
{
    /* Under the lock, as several threads may start an SDK. Only if there was no memory at first. */
    pthread_mutex_lock(&lock);
    watch();
    pthread_mutex_unlock(&lock);
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
