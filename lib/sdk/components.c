/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/components.h"

#include "base/option_struct.h"

void hae_components_lend(const haetae_config *config, haetae_sdk *sdk)
{
    if (config == NULL) {
        return;
    }
    if (config->parts.sampler != NULL) {
        hae_tracer_provider_use_sampler(&sdk->traces, config->parts.sampler);
    }
    hae_tracer_provider_use_ids(&sdk->traces, &config->parts.ids);
    sdk->traces.scopes = config->parts.scopes[HAETAE_SIGNAL_TRACES];
    sdk->metrics.scopes = config->parts.scopes[HAETAE_SIGNAL_METRICS];
    sdk->logs.scopes = config->parts.scopes[HAETAE_SIGNAL_LOGS];
}

void hae_components_take_back(haetae_sdk *sdk)
{
    static const struct hae_scope_rules none;

    hae_tracer_provider_return(&sdk->traces);
    sdk->traces.scopes = none;
    sdk->metrics.scopes = none;
    sdk->logs.scopes = none;
}

void hae_components_hand_over(haetae_config *config)
{
    if (config != NULL) {
        config->parts.sampler = NULL;
        config->parts.ids = (haetae_id_generator){.struct_size = 0};
        memset(config->parts.scopes, 0, sizeof config->parts.scopes);
    }
}

static void free_ids(haetae_config *config)
{
    if (config->parts.ids.free != NULL) {
        config->parts.ids.free(config->parts.ids.self);
    }
}

void hae_components_done(haetae_config *config)
{
    hae_sampler_drop(config->parts.sampler);
    free_ids(config);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_scope_rules_done(&config->parts.scopes[signal]);
    }
    hae_components_hand_over(config);
}

haetae_status haetae_config_set_sampler(haetae_config *config, haetae_sampler *sampler)
{
    if (config == NULL || (sampler != NULL && !hae_sampler_own(sampler))) {
        return HAETAE_EINVAL;
    }
    hae_sampler_drop(config->parts.sampler);
    config->parts.sampler = sampler;
    return HAETAE_OK;
}

haetae_status haetae_config_set_id_generator(haetae_config *config,
                                             const haetae_id_generator *generator)
{
    haetae_id_generator known = {.struct_size = 0};

    if (config == NULL ||
        (generator != NULL && HAE_OPTION_STRUCT_READ(haetae_id_generator, &known, generator) ==
                                  HAE_OPTION_STRUCT_REJECTED)) {
        return HAETAE_EINVAL;
    }
    free_ids(config);
    config->parts.ids = known;
    return HAETAE_OK;
}
