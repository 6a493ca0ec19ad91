/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/callback_round.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/minmax.h"
#include "base/thread.h"
#include "metrics/callback_faults.h"
#include "metrics/instrument.h"
#include "metrics/meter.h"
#include "metrics/observed.h"
#include "metrics/producer.h"
#include "recorder/counts.h"

/* Besides threads whose callbacks hang, of which each has one that no other needs. */
enum { THREADS_MAX = 16, HANGING_MAX = 1024 };

/* ---- Calling them ---- */

/* Makes an observer that no thread uses, or finds one. NULL: there is no memory. */
static haetae_observer *free_observer(struct hae_callbacks *callbacks)
{
    haetae_observer *observer = callbacks->observers;

    while (observer != NULL && (observer->callback != NULL || observer->has_thread)) {
        observer = observer->next;
    }
    if (observer == NULL) {
        observer = hae_calloc(1, sizeof *observer);
        if (observer != NULL) {
            observer->owner = callbacks;
            observer->next = callbacks->observers;
            callbacks->observers = observer;
        }
    }
    return observer;
}

/* Whether anything that a callback observes, or that a producer adds, would be reported. */
static bool is_wanted(const struct hae_callbacks *callbacks, const haetae_callback *callback)
{
    const struct hae_producer *producer = callback->producer;

    if (producer != NULL) { /* relaxed: see below */
        return producer->reader == callbacks->reader &&
               !atomic_load_explicit(&producer->meter->disabled, memory_order_relaxed);
    }
    for (size_t i = 0; i < callback->count; i++) {
        const struct hae_instrument *instrument = callback->instruments[i];

        /* Relaxed: a change takes effect soon. */
        if (instrument->stream_count != 0 &&
            !atomic_load_explicit(&instrument->meter->disabled, memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

/* Finds the next callback of the round, which stays the next one; NULL: there is none. */
static haetae_callback *find_next(struct hae_callbacks *callbacks)
{
    while (callbacks->next != NULL &&
           (callbacks->next->observer != NULL || callbacks->next->since_round == callbacks->round ||
            !is_wanted(callbacks, callbacks->next))) {
        callbacks->next = callbacks->next->next;
    }
    return callbacks->next;
}

static void keep_observed(struct hae_callbacks *callbacks, haetae_observer *observer)
{
    for (size_t i = 0; i < observer->observed.count && !observer->late; i++) {
        if (!hae_observations_add(&callbacks->observed, &observer->observed.list[i])) {
            hae_count_misuse(callbacks->provider->recorder, HAETAE_MISUSE_MEASUREMENT);
        }
    }
    observer->observed.count = 0;
}

static void keep_produced(struct hae_callbacks *callbacks, haetae_observer *observer,
                          struct hae_producer *producer, haetae_status status)
{
    struct hae_produced produced;
    bool all = hae_produced_take(&observer->batch, &produced);

    if (!observer->late) {
        producer->status = status == HAETAE_OK && !all ? HAETAE_ENOMEM : status;
        producer->failed_count += producer->status != HAETAE_OK;
        hae_produced_append(&callbacks->produced, &produced);
    }
    hae_produced_free(&produced);
}

/* Calls it, without the lock. */
static void call_producer(struct hae_callbacks *callbacks, haetae_observer *observer,
                          struct hae_producer *producer)
{
    uint64_t now_unix_ns = callbacks->now_unix_ns;
    haetae_status status;

    pthread_mutex_unlock(&callbacks->lock);
    status = hae_producer_call(producer, &observer->batch, now_unix_ns);
    pthread_mutex_lock(&callbacks->lock);
    keep_produced(callbacks, observer, producer, status);
}

static void call_observer(struct hae_callbacks *callbacks, haetae_observer *observer,
                          haetae_callback *callback)
{
    pthread_mutex_unlock(&callbacks->lock);
    callback->observe(callback->user, observer);
    pthread_mutex_lock(&callbacks->lock);
    keep_observed(callbacks, observer);
}

/* The caller holds the lock, which is free while the callback runs. */
static void call(struct hae_callbacks *callbacks, haetae_observer *observer,
                 haetae_callback *callback)
{
    callbacks->next = callback->next;
    callback->observer = observer;
    observer->callback = callback;
    observer->thread = pthread_self();
    observer->late = observer->inherited = false;
    if (callback->producer != NULL) {
        call_producer(callbacks, observer, callback->producer);
    } else {
        call_observer(callbacks, observer, callback);
    }
    observer->callback = NULL;
    callback->observer = NULL;
    callback->reported = false;
    if (callback->removed) {
        hae_free(callback);
    }
    /* The round may wait for it, or a thread that unregisters it. */
    pthread_cond_broadcast(&callbacks->changed);
}

/* ---- Threads ---- */

/* How many callbacks run that are not late yet. */
static size_t busy_count(const struct hae_callbacks *callbacks)
{
    size_t count = 0;

    for (const haetae_observer *observer = callbacks->observers; observer != NULL;
         observer = observer->next) {
        count += observer->callback != NULL && !observer->late;
    }
    return count;
}

static bool has_idle_thread(const struct hae_callbacks *callbacks)
{
    const haetae_observer *observer = callbacks->observers;

    while (observer != NULL && (!observer->has_thread || observer->callback != NULL)) {
        observer = observer->next;
    }
    return observer != NULL;
}

static void *run(void *argument)
{
    haetae_observer *observer = argument;
    struct hae_callbacks *callbacks = observer->owner;
    bool left;

    pthread_setname_np(pthread_self(), "haetae-observe");
    pthread_mutex_lock(&callbacks->lock);
    while (!callbacks->stop && !observer->inherited) {
        haetae_callback *callback =
            busy_count(callbacks) < callbacks->at_once ? find_next(callbacks) : NULL;

        if (callback != NULL) {
            call(callbacks, observer, callback);
        } else {
            pthread_cond_wait(&callbacks->changed, &callbacks->lock);
        }
    }
    if (observer->inherited) {
        pthread_mutex_unlock(&callbacks->lock);
        return NULL;
    }
    observer->ended = true;
    callbacks->thread_count--;
    left = callbacks->provider == NULL && callbacks->thread_count == 0;
    pthread_cond_broadcast(&callbacks->changed);
    pthread_mutex_unlock(&callbacks->lock);
    if (left) {
        hae_callbacks_destroy(callbacks);
    }
    return NULL;
}

/* How many threads have a callback that is late. */
static size_t hanging_count(const struct hae_callbacks *callbacks)
{
    size_t count = 0;

    for (const haetae_observer *observer = callbacks->observers; observer != NULL;
         observer = observer->next) {
        count += observer->has_thread && observer->callback != NULL && observer->late;
    }
    return count;
}

/* Starts a thread; false: it cannot be. */
static bool start_thread(struct hae_callbacks *callbacks)
{
    size_t hanging = hae_min(hanging_count(callbacks), (size_t)HANGING_MAX);
    haetae_observer *observer =
        callbacks->thread_count < THREADS_MAX + hanging ? free_observer(callbacks) : NULL;

    if (observer == NULL || hae_thread_start(&observer->id, run, observer) != HAETAE_OK) {
        return false;
    }
    observer->has_thread = true;
    observer->ended = false;
    callbacks->thread_count++;
    return true;
}

/* Whether the round has callbacks that run or are yet to run. */
static bool is_under_way(struct hae_callbacks *callbacks)
{
    return busy_count(callbacks) != 0 || find_next(callbacks) != NULL;
}

static void wait_until(struct hae_callbacks *callbacks, uint64_t time_ns)
{
    struct timespec deadline = {(time_t)(time_ns / 1000000000), (long)(time_ns % 1000000000)};

    while (is_under_way(callbacks) &&
           pthread_cond_timedwait(&callbacks->changed, &callbacks->lock, &deadline) != ETIMEDOUT) {
    }
}

/* Until when a round waits. */
static uint64_t round_end_ns(const struct hae_meter_provider *provider, uint64_t now_ns)
{
    uint64_t end_ns = now_ns + provider->callback_timeout_ms * UINT64_C(1000000);
    /* Relaxed: one word. */
    uint64_t close_ns = atomic_load_explicit(&provider->callbacks_end_ns, memory_order_relaxed);

    return close_ns != 0 && close_ns < end_ns ? close_ns : end_ns;
}

/* Has a thread begin, and each time that half of what is left of the time is over, one more. */
static void run_in_threads(struct hae_callbacks *callbacks)
{
    uint64_t now_ns = hae_time_ns(CLOCK_MONOTONIC);
    uint64_t end_ns = round_end_ns(callbacks->provider, now_ns);

    callbacks->at_once = 0;
    while (is_under_way(callbacks) && now_ns < end_ns) {
        callbacks->at_once++;
        if (find_next(callbacks) != NULL && !has_idle_thread(callbacks) &&
            !start_thread(callbacks) && busy_count(callbacks) == 0) {
            return;
        }
        pthread_cond_broadcast(&callbacks->changed);
        wait_until(callbacks, now_ns + (end_ns - now_ns + 1) / 2);
        now_ns = hae_time_ns(CLOCK_MONOTONIC);
    }
}

/* ---- A round ---- */

/* Notes the producers that fail in another way than before, or no more. */
static void note_changed(struct hae_callbacks *callbacks, struct hae_callback_faults *ended)
{
    for (const haetae_callback *callback = callbacks->first; callback != NULL;
         callback = callback->next) {
        struct hae_producer *producer = callback->producer;

        if (producer != NULL && producer->status != producer->reported &&
            hae_callback_fault_note(ended, callback, producer->status)) {
            producer->reported = producer->status;
            producer->failed_count = producer->status != HAETAE_OK ? producer->failed_count : 0;
        }
    }
}

/* The caller holds the lock. */
static void end_round(struct hae_callbacks *callbacks, struct hae_callback_faults *ret_ended)
{
    *ret_ended = (struct hae_callback_faults){.count = 0};
    for (haetae_observer *observer = callbacks->observers; observer != NULL;
         observer = observer->next) {
        haetae_callback *callback = observer->callback;

        if (callback == NULL) {
            continue;
        }
        observer->late = true;
        if (!callback->reported && !callback->removed) {
            callback->reported = hae_callback_fault_note(ret_ended, callback, HAETAE_ETIMEOUT);
        }
    }
    note_changed(callbacks, ret_ended);
    for (; find_next(callbacks) != NULL; callbacks->next = callbacks->next->next) {
        ret_ended->skipped_count++;
    }
}

static void forget_others(const struct hae_meter_provider *provider, uint64_t round)
{
    /* Acquire, here and below, pairs with the releases in meter.c and create.c: what is found is
     * complete. */
    const struct haetae_meter *meter =
        atomic_load_explicit(&provider->meters, memory_order_acquire);

    for (; meter != NULL; meter = atomic_load_explicit(&meter->next, memory_order_acquire)) {
        const struct hae_instrument *instrument =
            atomic_load_explicit(&meter->instruments, memory_order_acquire);

        for (; instrument != NULL;
             instrument = atomic_load_explicit(&instrument->next, memory_order_acquire)) {
            for (uint32_t i = 0; i < instrument->stream_count; i++) {
                hae_observed_forget(&instrument->streams[i], round);
            }
        }
    }
}

static void call_all(struct hae_callbacks *callbacks)
{
    haetae_callback *callback;
    haetae_observer *observer;

    callbacks->next = callbacks->first;
    if (callbacks->provider->callback_threads) {
        run_in_threads(callbacks);
        return;
    }
    while ((callback = find_next(callbacks)) != NULL) {
        observer = free_observer(callbacks);
        if (observer == NULL) {
            return;
        }
        call(callbacks, observer, callback);
    }
}

void hae_callbacks_collect(struct hae_callbacks *callbacks, const struct hae_metric_reader *reader,
                           uint64_t now_unix_ns)
{
    struct hae_callback_faults ended;
    bool had_observed;
    uint64_t round;

    pthread_mutex_lock(&callbacks->lock);
    callbacks->round++;
    callbacks->observed.count = 0;
    callbacks->reader = reader;
    callbacks->now_unix_ns = now_unix_ns;
    hae_produced_free(&callbacks->produced);
    call_all(callbacks);
    end_round(callbacks, &ended);
    for (size_t i = 0; i < callbacks->kept.count; i++) {
        (void)hae_observations_add(&callbacks->observed, &callbacks->kept.list[i]);
    }
    had_observed = callbacks->has_observed;
    callbacks->has_observed = callbacks->observed.count != 0;
    round = callbacks->round;
    pthread_mutex_unlock(&callbacks->lock);
    hae_observations_apply(&callbacks->observed, round);
    if (had_observed) {
        forget_others(callbacks->provider, round);
    }
    hae_callback_faults_report(callbacks->provider, &ended);
}
