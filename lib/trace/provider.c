/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/provider.h"

struct hae_tracer_provider *hae_tracer_providers[HAE_RECORDERS_MAX];

/* So that the start of a span looks at one word. */
static void choose_way(struct hae_tracer_provider *provider)
{
    bool hooked = provider->sampler.decide != NULL || provider->processors.count != 0;

    provider->tracing = !provider->enabled ? HAE_TRACING_OFF
                        : hooked           ? HAE_TRACING_HOOKED
                                           : HAE_TRACING_PLAIN;
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

haetae_status hae_tracer_provider_add_processor(struct hae_tracer_provider *provider,
                                                const struct hae_span_processor *processor)
{
    haetae_status status = hae_processors_add(&provider->processors, processor);

    choose_way(provider);
    return status;
}
