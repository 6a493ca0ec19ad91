/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/components.h"

#include "base/option_struct.h"
#include "sdk/config_error.h"
#include "sdk/config_read.h"
#include "sdk/readers.h"

void hae_components_lend(const haetae_config *config, haetae_sdk *sdk)
{
    if (config == NULL) {
        return;
    }
    sdk->redactor = config->parts.redactor;
    if (sdk->recovers_only != NULL) {
        return; /* it sends what others have recorded */
    }
    if (config->parts.sampler != NULL) {
        hae_tracer_provider_use_sampler(&sdk->traces, config->parts.sampler);
    }
    hae_tracer_provider_use_ids(&sdk->traces, &config->parts.ids);
    sdk->traces.scopes = config->parts.scopes[HAETAE_SIGNAL_TRACES];
    sdk->metrics.scopes = config->parts.scopes[HAETAE_SIGNAL_METRICS];
    sdk->logs.scopes = config->parts.scopes[HAETAE_SIGNAL_LOGS];
    hae_meter_provider_use_views(&sdk->metrics, &config->parts.views,
                                 hae_config_int(config, HAE_KEY_HAETAE_VIEW_MATCHING) ==
                                     HAE_VIEW_MATCHING_COMPOSABLE);
    for (uint32_t i = 0; i < config->parts.span_processors.count; i++) {
        (void)hae_tracer_provider_add_processor(&sdk->traces,
                                                &config->parts.span_processors.items[i]);
    }
    sdk->logs.processors = config->parts.log_processors;
    /* Processors see what no exporter takes as well. */
    if (sdk->traces.processors.count != 0) {
        hae_tracer_provider_enable(&sdk->traces, true);
    }
    if (sdk->logs.processors.count != 0) {
        sdk->logs.enabled = true;
    }
}

void hae_components_take_back(haetae_sdk *sdk)
{
    static const struct hae_scope_rules none;
    static const struct hae_views no_views;

    hae_tracer_provider_return(&sdk->traces);
    sdk->traces.scopes = none;
    sdk->metrics.scopes = none;
    sdk->logs.scopes = none;
    hae_meter_provider_use_views(&sdk->metrics, &no_views, false);
    sdk->traces.processors.count = 0;
    sdk->logs.processors.count = 0;
    sdk->redactor.rules = NULL; /* the configuration's; its memory is the SDK's own */
    hae_redactor_done(&sdk->redactor);
}

void hae_components_hand_over(haetae_config *config)
{
    if (config != NULL) {
        config->parts.sampler = NULL;
        config->parts.ids = (haetae_id_generator){.struct_size = 0};
        memset(config->parts.scopes, 0, sizeof config->parts.scopes);
        config->parts.span_processors.count = 0;
        config->parts.log_processors.count = 0;
        config->parts.redactor = (struct hae_redactor){.rules = NULL};
        hae_config_readers_cut(config, 0);
        memset(&config->parts.views, 0, sizeof config->parts.views);
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
    hae_processors_done(&config->parts.span_processors);
    hae_log_processors_done(&config->parts.log_processors);
    hae_redactor_done(&config->parts.redactor);
    hae_views_done(&config->parts.views);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_scope_rules_done(&config->parts.scopes[signal]);
    }
    hae_components_hand_over(config);
}

/* ---- Flush and shutdown ------------------------------------------------------------------------
 */

typedef haetae_status (*flush_call)(void *self, uint32_t timeout_ms);

static void call(flush_call flush, void *self, uint64_t deadline_ms, haetae_status *status)
{
    uint64_t now_ms = hae_now_ms();
    uint64_t left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;
    haetae_status result;

    if (flush != NULL) {
        result = flush(self, left_ms < UINT32_MAX ? (uint32_t)left_ms : UINT32_MAX);
        *status = *status == HAETAE_OK ? result : *status;
    }
}

haetae_status hae_components_flush(haetae_sdk *sdk, uint64_t deadline_ms)
{
    haetae_status status = HAETAE_OK;

    for (uint32_t i = 0; i < sdk->traces.processors.count; i++) {
        const haetae_span_processor *processor = &sdk->traces.processors.items[i];

        call(processor->force_flush, processor->self, deadline_ms, &status);
    }
    for (uint32_t i = 0; i < sdk->logs.processors.count; i++) {
        const haetae_log_processor *processor = &sdk->logs.processors.items[i];

        call(processor->force_flush, processor->self, deadline_ms, &status);
    }
    return status;
}

haetae_status hae_components_shut_down(haetae_sdk *sdk, uint64_t deadline_ms)
{
    haetae_status status = HAETAE_OK;

    for (uint32_t i = 0; i < sdk->traces.processors.count; i++) {
        const haetae_span_processor *processor = &sdk->traces.processors.items[i];

        call(processor->shutdown, processor->self, deadline_ms, &status);
    }
    for (uint32_t i = 0; i < sdk->logs.processors.count; i++) {
        const haetae_log_processor *processor = &sdk->logs.processors.items[i];

        call(processor->shutdown, processor->self, deadline_ms, &status);
    }
    return status;
}

/* ---- The calls on a configuration
 * ---------------------------------------------------------------- */

haetae_status haetae_config_add_span_processor(haetae_config *config,
                                               const haetae_span_processor *processor)
{
    haetae_span_processor known = {.struct_size = 0};

    if (config == NULL || processor == NULL ||
        HAE_OPTION_STRUCT_READ(haetae_span_processor, &known, processor) ==
            HAE_OPTION_STRUCT_REJECTED) {
        return HAETAE_EINVAL;
    }
    return hae_processors_add(&config->parts.span_processors, &known);
}

haetae_status haetae_config_add_log_processor(haetae_config *config,
                                              const haetae_log_processor *processor)
{
    haetae_log_processor known = {.struct_size = 0};

    if (config == NULL || processor == NULL ||
        HAE_OPTION_STRUCT_READ(haetae_log_processor, &known, processor) ==
            HAE_OPTION_STRUCT_REJECTED) {
        return HAETAE_EINVAL;
    }
    return hae_log_processors_add(&config->parts.log_processors, &known);
}

haetae_status haetae_config_add_view(haetae_config *config, const haetae_view_options *options)
{
    haetae_view_options known = {.struct_size = 0};
    const char *why = "the options have an invalid struct_size";
    haetae_status status = HAETAE_EINVAL;

    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    hae_config_error_start(config);
    if (options == NULL) {
        why = "the options are NULL";
    } else if (HAE_OPTION_STRUCT_READ(haetae_view_options, &known, options) !=
               HAE_OPTION_STRUCT_REJECTED) {
        status = hae_views_add(&config->parts.views, &known, &why);
    }
    if (status != HAETAE_OK) {
        hae_config_error_add(config, "view: %s", why != NULL ? why : haetae_status_text(status));
    }
    return status;
}

haetae_status haetae_config_add_redaction(haetae_config *config, const char *key_pattern,
                                          haetae_redaction_action action, const char *text,
                                          size_t text_length, uint32_t signals)
{
    haetae_string string = {text, text_length};

    return config == NULL
               ? HAETAE_EINVAL
               : hae_redactor_add(&config->parts.redactor, key_pattern, action, string, signals);
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

haetae_sampler *haetae_config_take_sampler(haetae_config *config)
{
    haetae_sampler *taken = config != NULL ? config->parts.sampler : NULL;

    if (taken != NULL) {
        config->parts.sampler = NULL;
        taken->owned = false;
    }
    return taken;
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
