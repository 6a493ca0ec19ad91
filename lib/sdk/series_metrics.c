/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/series_metrics.h"

#include "metrics/instrument.h"
#include "metrics/reuse.h"
#include "metrics/stream_names.h"

enum { STREAMS_MAX = 256 };

static haetae_observable *make(haetae_meter *meter, const char *name, const char *description)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_observable *made = NULL;

    options.name = haetae_string_of(name);
    options.unit = haetae_string_of("{series}");
    options.description = haetae_string_of(description);
    (void)haetae_observable_up_down_counter_create(meter, &options, &made);
    return made;
}

void hae_series_metrics_init(struct hae_series_metrics *self, struct hae_meter_provider *provider,
                             haetae_meter *meter)
{
    self->provider = provider;
    self->used = make(meter, "haetae.metric.series.used",
                      "Series of a metric, without the overflow series.");
    self->limit =
        make(meter, "haetae.metric.series.limit", "The most series that a metric may have.");
}

/* Reports a stream; false: it has one series at most. */
static bool report(const struct hae_series_metrics *self, const struct hae_stream *stream,
                   haetae_string meter)
{
    const haetae_attribute attributes[] = {
        haetae_attribute_of("haetae.metric.name", haetae_value_of(hae_stream_name(stream))),
        haetae_attribute_of("haetae.meter.name", haetae_value_of(meter))};
    /* Relaxed: any moment will do. */
    uint32_t most =
        hae_series_count(atomic_load_explicit(&stream->data->series, memory_order_relaxed));

    if (most < 2) {
        return false;
    }
    haetae_observable_set_int64(self->used, hae_reuse_count(stream), attributes, 2);
    haetae_observable_set_int64(self->limit, stream->data->series_limit, attributes, 2);
    return true;
}

/* Reports the streams of a meter; returns how many of `room` are left. */
static uint32_t report_meter(const struct hae_series_metrics *self,
                             const struct haetae_meter *meter, uint32_t room)
{
    struct hae_scope_view view = hae_scope_at(&self->provider->recorder->heap, meter->scope);
    /* Acquire, here and below, pairs with the release of find_or_make() in create.c: the instrument
     * is complete. */
    const struct hae_instrument *instrument =
        atomic_load_explicit(&meter->instruments, memory_order_acquire);
    haetae_scope_options scope;

    hae_scope_read(&view, &scope, NULL, 0);
    for (; instrument != NULL && room != 0;
         instrument = atomic_load_explicit(&instrument->next, memory_order_acquire)) {
        for (uint32_t i = 0; i < instrument->stream_count && room != 0; i++) {
            room -= report(self, &instrument->streams[i], scope.name);
        }
    }
    return room;
}

void hae_series_metrics_update(struct hae_series_metrics *self)
{
    uint32_t room = STREAMS_MAX;
    /* Acquire, here and below, pairs with the release of find_or_make() in meter.c: the meter is
     * complete. */
    const struct haetae_meter *meter =
        atomic_load_explicit(&self->provider->meters, memory_order_acquire);

    for (; meter != NULL && room != 0;
         meter = atomic_load_explicit(&meter->next, memory_order_acquire)) {
        room = report_meter(self, meter, room);
    }
}
