/* SPDX-License-Identifier: Apache-2.0 */
/* Callbacks that observe the values of observables, metric producers, and the threads that call
 * both.
 *
 * A collection has a round of callbacks. They are called one after the other in a thread of their
 * own, so that one that hangs delays the collection by a bounded time. When half of that is over,
 * one more thread goes on with those behind it; at its end, what still runs is late: what it
 * observes is thrown away, and it is not called again before it returns. Its thread waits for it.
 * Without threads the driver calls them. No lock is held while one runs. */
#ifndef HAETAE_METRICS_CALLBACKS_H
#define HAETAE_METRICS_CALLBACKS_H

#include <pthread.h>

#include "base/atfork.h"
#include "haetae/metrics.h"
#include "metrics/observations.h"
#include "metrics/produced.h"

struct hae_instrument;
struct hae_meter_provider;
struct hae_metric_reader;
struct hae_producer;

struct haetae_callback {
    haetae_observe_callback observe;
    void *user;
    struct hae_producer *producer; /* NULL: it observes; else it has no instruments */
    void (*forget)(struct hae_producer *producer); /* frees it */
    struct hae_callbacks *owner;
    haetae_callback *previous;
    haetae_callback *next;
    haetae_observer *observer; /* of the thread that it runs in; NULL: it does not run */
    uint64_t since_round;      /* it is not called in this one */
    bool removed;              /* from within itself: it is freed when it returns */
    bool reported;             /* that it hangs */
    size_t count;
    const struct hae_instrument *instruments[];
};

/* What a callback observes with: one for each thread. */
struct haetae_observer {
    struct hae_callbacks *owner;
    haetae_observer *next;
    haetae_callback *callback; /* that runs; NULL: none */
    pthread_t thread;          /* in which it runs */
    pthread_t id;              /* of the thread that is ours, if there is one */
    bool has_thread;
    bool ended;     /* the thread touches nothing any more */
    bool inherited; /* a child was forked from within the callback */
    bool late;      /* the round is over: what it observes is thrown away */
    struct hae_observations observed;
    haetae_metric_batch batch; /* what a producer adds */
};

struct hae_callbacks {
    pthread_mutex_t lock; /* of all that follows, and of each callback and observer */
    pthread_cond_t changed;
    struct hae_atfork atfork;
    struct hae_meter_provider *provider; /* NULL: it is gone, and a thread that hangs is left */
    haetae_callback *first;              /* registered, the oldest first */
    haetae_callback *last;
    haetae_callback *next;      /* the first one that this round has not come to */
    haetae_observer *observers; /* never freed before all of this is */
    uint64_t round;
    size_t at_once; /* as many callbacks may run now */
    size_t thread_count;
    bool stop;
    struct hae_observations kept; /* what was set */
    /* In this round. From its end to the next one only the thread that collects uses these. */
    struct hae_observations observed;
    bool has_observed;                      /* the last round had observations */
    const struct hae_metric_reader *reader; /* whose producers are called */
    uint64_t now_unix_ns;
    struct hae_produced produced;
};

/* Makes a provider's; NULL: there is no memory. */
struct hae_callbacks *hae_callbacks_new(struct hae_meter_provider *provider);

/* Appends a callback to the list. The caller holds the lock. */
void hae_callbacks_enlist(struct hae_callbacks *callbacks, haetae_callback *callback);

/* Takes it off the list. The caller holds the lock. */
void hae_callbacks_unlist(struct hae_callbacks *callbacks, haetae_callback *callback);

/* Keeps the value of a set that shares its series with others, or forgets it. False: there is no
 * memory. */
bool hae_callbacks_keep(struct hae_callbacks *callbacks, const struct hae_observation *observation);
void hae_callbacks_remove(struct hae_callbacks *callbacks,
                          const struct hae_observation *observation);

/* Ends the threads, and frees everything. Threads that hang are left behind, with this struct. */
void hae_callbacks_leave(struct hae_callbacks *callbacks);

/* Frees everything. No thread is left. */
void hae_callbacks_destroy(struct hae_callbacks *callbacks);

#endif
