/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/provider.h"

struct hae_tracer_provider *hae_tracer_providers[HAE_RECORDERS_MAX];

void hae_tracer_configure(haetae_tracer *tracer)
{
    const struct hae_tracer_provider *provider = tracer->provider;
    haetae_scope_config config = hae_scope_rules_find(&provider->scopes, HAETAE_SIGNAL_TRACES,
                                                      provider->recorder, tracer->scope);

    atomic_store_explicit(&tracer->tracing,
                          config.disabled != 0 ? HAE_TRACING_OFF : (uint32_t)provider->tracing,
                          memory_order_relaxed);
}

void hae_tracer_provider_configure(struct hae_tracer_provider *provider)
{
    pthread_mutex_lock(&provider->lock);
    for (haetae_tracer *tracer = provider->tracers; tracer != NULL; tracer = tracer->next) {
        hae_tracer_configure(tracer);
    }
    pthread_mutex_unlock(&provider->lock);
}

/* So that the start of a span looks at one word. */
static void choose_way(struct hae_tracer_provider *provider)
{
    bool hooked = provider->sampler.decide != NULL || hae_tracer_provider_shows(provider) ||
                  provider->ids.trace_id != NULL || provider->ids.span_id != NULL;

    provider->tracing = !provider->enabled ? HAE_TRACING_OFF
                        : hooked           ? HAE_TRACING_HOOKED
                                           : HAE_TRACING_PLAIN;
    hae_tracer_provider_configure(provider);
}

void hae_tracer_provider_enable(struct hae_tracer_provider *provider, bool enabled)
{
    provider->enabled = enabled;
    choose_way(provider);
}

void hae_tracer_provider_set_sampler(struct hae_tracer_provider *provider,
                                     const struct hae_sampler *sampler)
{
    hae_sampler_done(&provider->sampler);
    provider->sampler = *sampler;
    choose_way(provider);
}

void hae_tracer_provider_use_sampler(struct hae_tracer_provider *provider, haetae_sampler *sampler)
{
    static const struct hae_sampling as_parent = {.threshold = 0, .parent_based = true};

    provider->owned_sampler = sampler;
    /* The owned sampler has the callback for its end. */
    provider->sampler = (struct hae_sampler){sampler->sampler.decide, NULL, sampler->sampler.user};
    provider->sampling = sampler->sampler.decide != NULL ? as_parent : sampler->rule;
    choose_way(provider);
}

void hae_tracer_provider_use_ids(struct hae_tracer_provider *provider,
                                 const haetae_id_generator *ids)
{
    provider->ids = *ids;
    choose_way(provider);
}

void hae_tracer_provider_return(struct hae_tracer_provider *provider)
{
    provider->owned_sampler = NULL;
    provider->ids = (haetae_id_generator){.struct_size = 0};
}

void hae_tracer_provider_count(struct hae_tracer_provider *provider,
                               const struct hae_span_counter *counter)
{
    provider->counter = *counter;
    choose_way(provider);
}

haetae_status hae_tracer_provider_add_processor(struct hae_tracer_provider *provider,
                                                const haetae_span_processor *processor)
{
    haetae_status status = hae_processors_add(&provider->processors, processor);

    choose_way(provider);
    return status;
}
