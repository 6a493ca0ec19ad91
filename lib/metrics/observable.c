/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/observable.h"

#include "metrics/measure.h"
#include "metrics/observed.h"
#include "metrics/series.h"
#include "recorder/call.h"

uint64_t hae_observable_since(const struct hae_instrument *instrument)
{
    /* Relaxed: any moment will do. */
    uint64_t collected =
        atomic_load_explicit(&instrument->meter->provider->collected_unix_ns, memory_order_relaxed);

    return collected > instrument->made_unix_ns ? collected : instrument->made_unix_ns;
}

void hae_observe_all(struct hae_meter_provider *provider, uint64_t now_unix_ns)
{
    /* Relaxed: see hae_observable_since(). */
    atomic_store_explicit(&provider->collected_unix_ns, now_unix_ns, memory_order_relaxed);
}

static bool admit(const struct hae_instrument *instrument, bool valid)
{
    if (valid && hae_admits(instrument->recorder)) {
        return true;
    }
    hae_count_misuse(instrument->recorder, HAETAE_MISUSE_MEASUREMENT);
    return false;
}

static void set(const struct hae_instrument *instrument, union hae_number value,
                const haetae_attribute *attributes, size_t count)
{
    uint64_t since = hae_observable_since(instrument);

    for (uint32_t i = 0; i < instrument->stream_count; i++) {
        const struct hae_stream *stream = &instrument->streams[i];

        hae_observed_put(stream,
                         hae_series_find(stream, attributes, attributes != NULL ? count : 0), value,
                         HAE_OBSERVED_SET, since);
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

void haetae_observable_remove(haetae_observable *observable, const haetae_attribute *attributes,
                              size_t count)
{
    const struct hae_instrument *instrument = (const struct hae_instrument *)observable;

    if (instrument == NULL || !admit(instrument, true)) {
        return;
    }
    for (uint32_t i = 0; i < instrument->stream_count; i++) {
        const struct hae_stream *stream = &instrument->streams[i];

        hae_observed_remove(stream,
                            hae_series_find(stream, attributes, attributes != NULL ? count : 0));
    }
}
