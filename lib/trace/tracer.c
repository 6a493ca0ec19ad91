/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/tracer.h"

#include "base/alloc.h"
#include "recorder/scope.h"
#include "trace/span_encode.h"

/* Written while no span of the recorder exists: at the SDK's start and end. */
struct hae_tracer_provider *hae_tracer_providers[HAE_RECORDERS_MAX];

/* A forked child finds the provider's lists whole. */
static const struct hae_atfork_hooks fork_hooks = {.name = "trace",
                                                   .order = HAE_ATFORK_SIGNALS,
                                                   .prepare = hae_atfork_lock,
                                                   .parent = hae_atfork_unlock,
                                                   .child = hae_atfork_reset_lock};

haetae_status hae_tracer_provider_init(struct hae_tracer_provider *provider,
                                       struct hae_recorder *recorder)
{
    provider->recorder = recorder;
    provider->tracers = NULL;
    if (pthread_mutex_init(&provider->lock, NULL) != 0) {
        return HAETAE_ENOMEM;
    }
    hae_tracer_providers[recorder->index] = provider;
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

bool hae_sampler_set(struct hae_sampling *sampler, const char *name, double ratio)
{
    static const char parent_based[] = "parentbased_";
    struct hae_sampling set = {HAE_SAMPLE_ON, false, 0};

    if (strncmp(name, parent_based, sizeof parent_based - 1) == 0) {
        set.parent_based = true;
        name += sizeof parent_based - 1;
    }
    if (strcmp(name, "always_off") == 0) {
        set.rule = HAE_SAMPLE_OFF;
    } else if (strcmp(name, "traceidratio") == 0) {
        set.rule = HAE_SAMPLE_RATIO;
        set.threshold = (uint64_t)((1.0 - ratio) * (double)(UINT64_C(1) << 56));
    } else if (strcmp(name, "always_on") != 0) {
        return false;
    }
    *sampler = set;
    return true;
}

bool haetae_tracer_enabled(const haetae_tracer *tracer)
{
    return tracer != NULL && tracer->provider->enabled && hae_will_admit(tracer->recorder);
}
