/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/tracer.h"

#include "base/alloc.h"
#include "recorder/scope.h"
#include "trace/span_end.h"

/* The lock is held during fork(), so that a forked child finds the provider's list whole. */
static const struct hae_atfork_hooks fork_hooks = {.name = "trace",
                                                   .order = HAE_ATFORK_SIGNALS,
                                                   .prepare = hae_atfork_lock,
                                                   .parent = hae_atfork_unlock,
                                                   .child = hae_atfork_reset_lock};

haetae_status hae_tracer_provider_init(struct hae_tracer_provider *provider,
                                       struct hae_recorder *recorder)
{
    memset(provider, 0, sizeof *provider);
    provider->recorder = recorder;
    if (pthread_mutex_init(&provider->lock, NULL) != 0) {
        return HAETAE_ENOMEM;
    }
    hae_tracer_providers[recorder->index] = provider;
    hae_span_limits_of[recorder->index] = &provider->limits;
    hae_span_register(recorder);
    hae_atfork_add(&provider->atfork, &fork_hooks, &provider->lock);
    return HAETAE_OK;
}

void hae_tracer_provider_done(struct hae_tracer_provider *provider)
{
    while (provider->tracers != NULL) {
        struct haetae_tracer *next = provider->tracers->next;

        hae_free(provider->tracers);
        provider->tracers = next;
    }
    hae_atfork_remove(&provider->atfork);
    hae_processors_done(&provider->processors);
    hae_scope_rules_done(&provider->scopes);
    hae_sampler_done(&provider->sampler);
    hae_sampler_drop(provider->owned_sampler);
    if (provider->ids.free != NULL) {
        provider->ids.free(provider->ids.self);
    }
    pthread_mutex_destroy(&provider->lock);
}

static struct haetae_tracer *find(struct hae_tracer_provider *provider, uint16_t scope)
{
    struct haetae_tracer *tracer = provider->tracers;

    while (tracer != NULL && tracer->scope != scope) {
        tracer = tracer->next;
    }
    return tracer;
}

haetae_status hae_tracer_get(struct hae_tracer_provider *provider,
                             const haetae_scope_options *scope, haetae_tracer **ret_tracer)
{
    struct haetae_tracer *tracer;
    uint16_t number;
    haetae_status status = hae_scope_intern(provider->recorder, scope, &number);

    if (status != HAETAE_OK) {
        return status;
    }
    pthread_mutex_lock(&provider->lock);
    tracer = find(provider, number);
    if (tracer == NULL && (tracer = hae_calloc(1, sizeof *tracer)) != NULL) {
        tracer->provider = provider;
        tracer->recorder = provider->recorder;
        tracer->scope = number;
        hae_tracer_configure(tracer);
        tracer->next = provider->tracers;
        provider->tracers = tracer;
    }
    pthread_mutex_unlock(&provider->lock);
    if (tracer == NULL) {
        return HAETAE_ENOMEM;
    }
    *ret_tracer = tracer;
    return HAETAE_OK;
}

/* False: a span of this thread is dropped for certain. */
static bool may_sample(const struct hae_tracer_provider *provider)
{
    const struct hae_current *current = hae_current();

    if (provider->sampler.decide != NULL) {
        return true;
    }
    if (provider->sampling.parent_based && current->valid) {
        return (current->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0;
    }
    return provider->sampling.threshold < HAE_THRESHOLD_OFF;
}

bool haetae_tracer_enabled(const haetae_tracer *tracer)
{
    const struct hae_tracer_provider *provider = tracer != NULL ? tracer->provider : NULL;

    return provider != NULL && hae_tracer_way(tracer) != HAE_TRACING_OFF &&
           !(provider->without_exporter && provider->processors.count == 0) &&
           may_sample(provider) && hae_will_admit(tracer->recorder);
}
