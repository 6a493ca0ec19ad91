/* SPDX-License-Identifier: Apache-2.0 */
/* The API's calls around callbacks: registering them, and observing within them. */
#include "base/alloc.h"
#include "base/cancel.h"
#include "metrics/callbacks.h"
#include "metrics/measure.h"
#include "metrics/meter.h"
#include "metrics/observable.h"
#include "metrics/reservoir.h"
#include "recorder/call.h"

enum { INSTRUMENTS_MAX = 1024 };

/* ---- Registering ---- */

/* Reads the handles, of which NULL ones are left out. */
static haetae_status take_instruments(haetae_callback *callback,
                                      haetae_observable *const *observables, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct hae_instrument *instrument = (const struct hae_instrument *)observables[i];

        if (instrument == NULL) {
            continue;
        }
        callback->instruments[callback->count++] = instrument;
        if (instrument->meter->provider != callback->instruments[0]->meter->provider) {
            return HAETAE_EINVAL;
        }
    }
    return HAETAE_OK;
}

static haetae_status register_callback(haetae_callback *callback)
{
    const struct hae_instrument *instrument = callback->instruments[0];
    struct hae_callbacks *callbacks;

    if (!hae_will_admit(instrument->recorder)) {
        return HAETAE_ESHUTDOWN;
    }
    callbacks = hae_callbacks_of(instrument->meter->provider);
    if (callbacks == NULL) {
        return HAETAE_ENOMEM;
    }
    callback->owner = callbacks;
    pthread_mutex_lock(&callbacks->lock);
    hae_callbacks_enlist(callbacks, callback);
    pthread_mutex_unlock(&callbacks->lock);
    return HAETAE_OK;
}

haetae_status haetae_callback_register(haetae_observable *const *observables, size_t count,
                                       haetae_observe_callback observe, void *user,
                                       haetae_callback **ret_callback)
{
    HAE_HOLD_CANCELLATION();
    haetae_callback *callback;
    haetae_status status;

    if (observables == NULL || count == 0 || count > INSTRUMENTS_MAX || observe == NULL) {
        return HAETAE_EINVAL;
    }
    callback = hae_calloc(1, sizeof *callback + count * sizeof callback->instruments[0]);
    if (callback == NULL) {
        return HAETAE_ENOMEM;
    }
    callback->observe = observe;
    callback->user = user;
    status = take_instruments(callback, observables, count);
    if (status == HAETAE_OK && callback->count != 0) {
        status = register_callback(callback);
    }
    if (status != HAETAE_OK || callback->count == 0) {
        hae_free(callback);
        callback = NULL;
    }
    if (status == HAETAE_OK && ret_callback != NULL) {
        *ret_callback = callback;
    }
    return status;
}

void haetae_callback_unregister(haetae_callback *callback)
{
    HAE_HOLD_CANCELLATION();
    struct hae_callbacks *callbacks;

    if (callback == NULL) {
        return;
    }
    callbacks = callback->owner;
    pthread_mutex_lock(&callbacks->lock);
    hae_callbacks_unlist(callbacks, callback);
    /* A round may wait for a thread to come to it. */
    pthread_cond_broadcast(&callbacks->changed);
    if (callback->observer != NULL && pthread_equal(callback->observer->thread, pthread_self())) {
        callback->removed = true;
    } else {
        while (callback->observer != NULL) {
            pthread_cond_wait(&callbacks->changed, &callbacks->lock);
        }
        hae_free(callback);
    }
    pthread_mutex_unlock(&callbacks->lock);
}

/* ---- Observing ---- */

/* Whether a callback that runs in this thread may observe an instrument. */
static bool may_observe(const haetae_observer *observer, const struct hae_instrument *instrument)
{
    const haetae_callback *callback = observer->callback;

    if (callback == NULL || !pthread_equal(observer->thread, pthread_self())) {
        return false;
    }
    for (size_t i = 0; i < callback->count; i++) {
        if (callback->instruments[i] == instrument) {
            return true;
        }
    }
    return false;
}

/* Adds the observation for each stream; false: it is refused, and to be counted. The caller holds
 * the lock. */
static bool observe(haetae_observer *observer, const struct hae_instrument *instrument,
                    union hae_number value, const haetae_attribute *attributes, size_t count)
{
    uint64_t since = hae_observable_since(instrument);

    for (uint32_t i = 0; i < instrument->stream_count; i++) {
        struct hae_observation observation =
            hae_observation_of(&instrument->streams[i], value, since, attributes, count);

        if (!hae_observations_add(&observer->observed, &observation)) {
            return false;
        }
        hae_reservoir_observe(observation.stream, observation.series, value, attributes, count);
    }
    return true;
}

static void observe_number(haetae_observer *observer, const struct hae_instrument *instrument,
                           uint8_t number_type, union hae_number value,
                           const haetae_attribute *attributes, size_t count)
{
    HAE_HOLD_CANCELLATION();
    struct hae_callbacks *callbacks;

    if (observer == NULL || instrument == NULL) {
        return;
    }
    callbacks = observer->owner;
    pthread_mutex_lock(&callbacks->lock);
    /* The memory of instruments is there as long as the provider. */
    if (callbacks->provider != NULL && !observer->inherited &&
        !(observer->late && observer->callback != NULL)) {
        bool valid =
            may_observe(observer, instrument) &&
            (number_type == HAETAE_NUMBER_INT64
                 ? hae_measure_int64_valid(instrument->kind, instrument->number_type, value.int64)
                 : hae_measure_double_valid(instrument->kind, instrument->number_type, value.real));

        if (!valid || !observe(observer, instrument, value, attributes, count)) {
            hae_count_misuse(callbacks->provider->recorder, HAETAE_MISUSE_MEASUREMENT);
        }
    }
    pthread_mutex_unlock(&callbacks->lock);
}

void haetae_observe_int64(haetae_observer *observer, haetae_observable *observable, int64_t value,
                          const haetae_attribute *attributes, size_t count)
{
    observe_number(observer, (const struct hae_instrument *)observable, HAETAE_NUMBER_INT64,
                   (union hae_number){.int64 = value}, attributes, count);
}

void haetae_observe_double(haetae_observer *observer, haetae_observable *observable, double value,
                           const haetae_attribute *attributes, size_t count)
{
    observe_number(observer, (const struct hae_instrument *)observable, HAETAE_NUMBER_DOUBLE,
                   (union hae_number){.real = value}, attributes, count);
}
