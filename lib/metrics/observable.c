/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/observable.h"

#include "base/cancel.h"
#include "metrics/callback_round.h"
#include "metrics/cell.h"
#include "metrics/measure.h"
#include "metrics/observed.h"
#include "metrics/reservoir.h"
#include "recorder/call.h"

uint64_t hae_observable_since(const struct hae_instrument *instrument)
{
    /* Relaxed: any moment will do. */
    uint64_t collected =
        atomic_load_explicit(&instrument->meter->provider->collected_unix_ns, memory_order_relaxed);

    return collected > instrument->made_unix_ns ? collected : instrument->made_unix_ns;
}

struct hae_callbacks *hae_callbacks_of(struct hae_meter_provider *provider)
{
    /* Acquire pairs with the release below: it is complete. */
    struct hae_callbacks *callbacks =
        atomic_load_explicit(&provider->callbacks, memory_order_acquire);
    struct hae_callbacks *made;

    if (callbacks != NULL) {
        return callbacks;
    }
    made = hae_callbacks_new(provider);
    if (made == NULL ||
        atomic_compare_exchange_strong_explicit(&provider->callbacks, &callbacks, made,
                                                memory_order_acq_rel, memory_order_acquire)) {
        return made;
    }
    hae_atfork_remove(&made->atfork);
    hae_callbacks_destroy(made);
    return callbacks;
}

const struct hae_produced_metric *hae_observe_all(struct hae_meter_provider *provider,
                                                  const struct hae_metric_reader *reader,
                                                  uint64_t now_unix_ns)
{
    /* Acquire pairs with the release in hae_callbacks_of(): they are complete. */
    struct hae_callbacks *callbacks =
        atomic_load_explicit(&provider->callbacks, memory_order_acquire);

    if (callbacks != NULL) {
        hae_callbacks_collect(callbacks, reader, now_unix_ns);
    }
    /* Relaxed: see hae_observable_since(). */
    atomic_store_explicit(&provider->collected_unix_ns, now_unix_ns, memory_order_relaxed);
    return callbacks != NULL ? callbacks->produced.first : NULL;
}

bool hae_observes(const struct hae_meter_provider *provider)
{
    /* Relaxed: nothing of them is used. */
    return atomic_load_explicit(&provider->callbacks, memory_order_relaxed) != NULL;
}

void hae_observe_until(struct hae_meter_provider *provider, uint64_t end_ns)
{
    /* Relaxed: one word. */
    atomic_store_explicit(&provider->callbacks_end_ns, end_ns, memory_order_relaxed);
}

static bool admit(const struct hae_instrument *instrument, bool valid)
{
    if (valid && hae_admits(instrument->recorder)) {
        return true;
    }
    hae_count_misuse(instrument->recorder, HAETAE_MISUSE_MEASUREMENT);
    return false;
}

/* Keeps the value of a set that shares its series with other ones, which takes a lock. False: it is
 * refused, and counted. */
static HAE_COLD bool keep(struct hae_meter_provider *provider,
                          const struct hae_observation *observation)
{
    HAE_HOLD_CANCELLATION();
    struct hae_callbacks *callbacks = hae_callbacks_of(provider);

    return (callbacks != NULL && hae_callbacks_keep(callbacks, observation)) ||
           hae_cell_refuse(provider->recorder);
}

static void set(const struct hae_instrument *instrument, union hae_number value,
                const haetae_attribute *attributes, size_t count)
{
    uint64_t since = hae_observable_since(instrument);

    for (uint32_t i = 0; i < instrument->stream_count; i++) {
        const struct hae_stream *stream = &instrument->streams[i];
        struct hae_observation observation =
            hae_observation_of(stream, value, since, attributes, count);

        if (hae_observed_together(stream, observation.series)
                ? keep(instrument->meter->provider, &observation)
                : hae_observed_put(stream, observation.series, value, HAE_OBSERVED_SET, since)) {
            hae_reservoir_observe(stream, observation.series, value, attributes, count);
        }
    }
}

void haetae_observable_set_int64(haetae_observable *observable, int64_t value,
                                 const haetae_attribute *attributes, size_t count)
{
    const struct hae_instrument *instrument = (const struct hae_instrument *)observable;

    if (instrument != NULL &&
        admit(instrument,
              hae_measure_int64_valid(instrument->kind, instrument->number_type, value))) {
        set(instrument, (union hae_number){.int64 = value}, attributes, count);
    }
}

void haetae_observable_set_double(haetae_observable *observable, double value,
                                  const haetae_attribute *attributes, size_t count)
{
    const struct hae_instrument *instrument = (const struct hae_instrument *)observable;

    if (instrument != NULL &&
        admit(instrument,
              hae_measure_double_valid(instrument->kind, instrument->number_type, value))) {
        set(instrument, (union hae_number){.real = value}, attributes, count);
    }
}

static HAE_COLD void forget(struct hae_meter_provider *provider,
                            const struct hae_observation *observation)
{
    HAE_HOLD_CANCELLATION();
    struct hae_callbacks *callbacks = hae_callbacks_of(provider);

    if (callbacks != NULL) {
        hae_callbacks_remove(callbacks, observation);
    }
}

void haetae_observable_remove(haetae_observable *observable, const haetae_attribute *attributes,
                              size_t count)
{
    const struct hae_instrument *instrument = (const struct hae_instrument *)observable;

    if (instrument == NULL || !admit(instrument, true)) {
        return;
    }
    for (uint32_t i = 0; i < instrument->stream_count; i++) {
        const struct hae_stream *stream = &instrument->streams[i];
        struct hae_observation observation =
            hae_observation_of(stream, (union hae_number){.int64 = 0}, 0, attributes, count);

        if (hae_observed_together(stream, observation.series)) {
            forget(instrument->meter->provider, &observation);
        } else {
            hae_observed_remove(stream, observation.series);
        }
    }
}
