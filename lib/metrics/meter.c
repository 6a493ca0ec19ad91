/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/meter.h"

#include "base/alloc.h"
#include "metrics/callbacks.h"
#include "metrics/instrument.h"
#include "metrics/lane_cells.h"
#include "metrics/series_table.h"
#include "metrics/view_streams.h"
#include "recorder/call.h"
#include "recorder/scope.h"

/* A forked child finds the provider's lists whole. */
static const struct hae_atfork_hooks fork_hooks = {.name = "metrics",
                                                   .order = HAE_ATFORK_SIGNALS,
                                                   .prepare = hae_atfork_lock,
                                                   .parent = hae_atfork_unlock,
                                                   .child = hae_atfork_reset_lock};

haetae_status hae_meter_provider_init(struct hae_meter_provider *provider,
                                      struct hae_recorder *recorder)
{
    haetae_status status = hae_series_table_init(recorder->region);

    if (status != HAETAE_OK) {
        return status;
    }
    if (pthread_mutex_init(&provider->lock, NULL) != 0) {
        return HAETAE_ENOMEM;
    }
    provider->recorder = recorder;
    provider->enabled = true;
    provider->defaults = (struct hae_readers_defaults){.cardinality_limit = HAE_CARDINALITY_LIMIT};
    provider->diagnostics = NULL;
    provider->view = NULL;
    provider->view_user = NULL;
    memset(&provider->views, 0, sizeof provider->views);
    memset(&provider->scopes, 0, sizeof provider->scopes);
    hae_unused_init(&provider->unused);
    hae_stream_list_init(&provider->streams, recorder, &provider->unused);
    /* Relaxed: no other thread sees the provider yet. */
    atomic_store_explicit(&provider->meters, NULL, memory_order_relaxed);
    atomic_store_explicit(&provider->generation, 0, memory_order_relaxed);
    atomic_store_explicit(&provider->collected_unix_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&provider->callbacks, NULL, memory_order_relaxed);
    atomic_store_explicit(&provider->callbacks_end_ns, 0, memory_order_relaxed);
    provider->callback_threads = false;
    provider->callback_timeout_ms = HAE_CALLBACK_TIMEOUT_MS;
    atomic_store_explicit(&provider->memory_reported, false, memory_order_relaxed);
    atomic_store_explicit(&provider->collecting.process, 0, memory_order_relaxed);
    hae_atfork_add(&provider->atfork, &fork_hooks, &provider->lock);
    return HAETAE_OK;
}

/* Relaxed throughout: no other thread uses the provider yet. */
void hae_meter_provider_reinit(struct hae_meter_provider *provider)
{
    struct hae_recorder *recorder = provider->recorder;
    uint32_t lanes = hae_lanes_touched(recorder);
    const struct haetae_meter *meter =
        atomic_load_explicit(&provider->meters, memory_order_relaxed);

    for (uint32_t i = 0; i < lanes; i++) {
        hae_lane_metrics_reinit(recorder->region, hae_lane_at(recorder, i));
    }
    hae_series_table_reinit(recorder->region);
    hae_exemplar_pool_reinit(&provider->streams.exemplars);
    hae_unused_reinit(&provider->unused);
    atomic_store_explicit(&provider->collected_unix_ns, 0, memory_order_relaxed);
    /* The region was copied later than this list: what the parent has made since is not ours. */
    atomic_store_explicit(provider->streams.last, 0, memory_order_relaxed);
    for (; meter != NULL; meter = atomic_load_explicit(&meter->next, memory_order_relaxed)) {
        struct hae_instrument *instrument =
            atomic_load_explicit(&meter->instruments, memory_order_relaxed);

        while (instrument != NULL) {
            hae_instrument_reinit(instrument);
            instrument = atomic_load_explicit(&instrument->next, memory_order_relaxed);
        }
    }
    atomic_fetch_add_explicit(&provider->generation, 1, memory_order_relaxed);
}

static void free_instruments(struct hae_instrument *instrument)
{
    while (instrument != NULL) {
        struct hae_instrument *next = atomic_load_explicit(&instrument->next, memory_order_relaxed);

        hae_instrument_free(instrument);
        instrument = next;
    }
}

void hae_meter_provider_done(struct hae_meter_provider *provider)
{
    /* Relaxed, here and above: no other thread uses these any more. */
    struct haetae_meter *meter = atomic_load_explicit(&provider->meters, memory_order_relaxed);
    struct hae_callbacks *callbacks =
        atomic_load_explicit(&provider->callbacks, memory_order_relaxed);

    if (callbacks != NULL) {
        hae_callbacks_leave(callbacks); /* the first: they use all the rest */
    }
    while (meter != NULL) {
        struct haetae_meter *next = atomic_load_explicit(&meter->next, memory_order_relaxed);

        free_instruments(atomic_load_explicit(&meter->instruments, memory_order_relaxed));
        hae_free(meter);
        meter = next;
    }
    hae_exemplar_pool_done(&provider->streams.exemplars);
    hae_scope_rules_done(&provider->scopes);
    hae_views_done(&provider->views);
    hae_atfork_remove(&provider->atfork);
    pthread_mutex_destroy(&provider->lock);
}

haetae_status hae_meter_provider_use_exemplars(struct hae_meter_provider *provider,
                                               enum hae_exemplar_filter filter, uint64_t size_bytes)
{
    return hae_exemplar_pool_init(&provider->streams.exemplars, filter, size_bytes,
                                  provider->recorder->region->lane_count);
}

static uint32_t apply_views(void *user, const struct hae_instrument_request *request,
                            struct hae_stream_options *streams)
{
    struct hae_meter_provider *provider = user;

    return hae_views_apply(&provider->views, &provider->recorder->heap, request, streams);
}

void hae_meter_provider_use_views(struct hae_meter_provider *provider,
                                  const struct hae_views *views, bool composable)
{
    provider->views.first = views->first;
    provider->views.count = views->count;
    provider->views.composable = composable;
    provider->view = views->first != NULL ? apply_views : NULL;
    provider->view_user = provider;
}

/* Has a meter follow the rules for its scope. The caller holds the lock. */
static void configure(struct haetae_meter *meter)
{
    const struct hae_meter_provider *provider = meter->provider;
    haetae_scope_config config = hae_scope_rules_find(&provider->scopes, HAETAE_SIGNAL_METRICS,
                                                      provider->recorder, meter->scope);

    atomic_store_explicit(&meter->disabled, config.disabled != 0, memory_order_relaxed);
}

void hae_meter_provider_configure(struct hae_meter_provider *provider)
{
    struct haetae_meter *meter;

    pthread_mutex_lock(&provider->lock);
    /* Relaxed, here and below: the lock is held. */
    meter = atomic_load_explicit(&provider->meters, memory_order_relaxed);
    for (; meter != NULL; meter = atomic_load_explicit(&meter->next, memory_order_relaxed)) {
        configure(meter);
    }
    pthread_mutex_unlock(&provider->lock);
}

/* The caller holds the lock. Returns NULL when there is no memory. */
static struct haetae_meter *find_or_make(struct hae_meter_provider *provider, uint16_t scope)
{
    _Atomic(struct haetae_meter *) *link = &provider->meters;
    struct haetae_meter *meter;

    /* Relaxed: the lock is held. */
    while ((meter = atomic_load_explicit(link, memory_order_relaxed)) != NULL) {
        if (meter->scope == scope) {
            return meter;
        }
        link = &meter->next;
    }
    meter = hae_calloc(1, sizeof *meter);
    if (meter != NULL) {
        meter->provider = provider;
        meter->scope = scope;
        configure(meter);
        /* Release pairs with the acquire in next_instrument() of collection.c: the meter is
         * complete. */
        atomic_store_explicit(link, meter, memory_order_release);
    }
    return meter;
}

haetae_status hae_meter_get(struct hae_meter_provider *provider, const haetae_scope_options *scope,
                            haetae_meter **ret_meter)
{
    struct haetae_meter *meter;
    uint16_t number;
    haetae_status status;

    if (!provider->enabled) {
        *ret_meter = NULL;
        return HAETAE_OK;
    }
    if (!hae_admits(provider->recorder)) {
        return HAETAE_ESHUTDOWN;
    }
    status = hae_scope_intern(provider->recorder, scope, &number);
    if (status != HAETAE_OK) {
        return status;
    }
    pthread_mutex_lock(&provider->lock);
    meter = find_or_make(provider, number);
    pthread_mutex_unlock(&provider->lock);
    if (meter == NULL) {
        return HAETAE_ENOMEM;
    }
    *ret_meter = meter;
    return HAETAE_OK;
}
