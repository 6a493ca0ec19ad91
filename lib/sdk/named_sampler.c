/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/named_sampler.h"

#include "sdk/config_error.h"
#include "sdk/config_read.h"
#include "sdk/sampler_registry.h"
#include "trace/sampler.h"

/* ---- By name ------------------------------------------------------------------------------ */

static const char parent_based[] = "parentbased_";

static haetae_status by_parent(haetae_sampler *root, haetae_sampler **ret_sampler)
{
    haetae_parent_based_options options = HAETAE_OPTIONS(haetae_parent_based_options, .root = root);
    haetae_status status = haetae_sampler_parent_based(&options, ret_sampler);

    if (status != HAETAE_OK) {
        haetae_sampler_free(root);
    }
    return status;
}

/* The key takes pairs, as the sampler may be one that reads them. What they are is not shown: it
 * may be an address with a password. */
static void warn_of_pairs(haetae_config *config)
{
    if (strchr(hae_config_text(config, HAE_KEY_OTEL_TRACES_SAMPLER_ARG), '=') != NULL) {
        hae_config_warn(config,
                        "OTEL_TRACES_SAMPLER_ARG has pairs, which OTEL_TRACES_SAMPLER=\"%s\" does "
                        "not take; they are ignored",
                        hae_config_text(config, HAE_KEY_OTEL_TRACES_SAMPLER));
    }
}

haetae_status hae_named_sampler_make(haetae_config *config, haetae_string service_name,
                                     bool *ret_made)
{
    const char *name = hae_config_text(config, HAE_KEY_OTEL_TRACES_SAMPLER);
    bool follows = strncmp(name, parent_based, sizeof parent_based - 1) == 0;
    void *user = NULL;
    haetae_sampler_create create;
    haetae_sampler *sampler = NULL;
    haetae_status status;

    *ret_made = false;
    name += follows ? sizeof parent_based - 1 : 0;
    if (config == NULL || config->parts.sampler != NULL) {
        return HAETAE_OK;
    }
    if (strcmp(name, HAE_REMOTE_SAMPLER) != 0) {
        warn_of_pairs(config);
        return HAETAE_OK;
    }
    create = hae_sampler_registered(&user);
    if (create == NULL) {
        hae_config_warn(config,
                        "OTEL_TRACES_SAMPLER=\"%s\" is in haetae-otlp-http: link that, and "
                        "call haetae_otlp_http_register(); it is ignored",
                        hae_config_text(config, HAE_KEY_OTEL_TRACES_SAMPLER));
        return HAETAE_OK;
    }
    status = create(user, config, service_name, &sampler);
    if (status == HAETAE_OK && follows) {
        status = by_parent(sampler, &sampler);
    }
    if (status == HAETAE_OK) {
        status = haetae_config_set_sampler(config, sampler);
        *ret_made = status == HAETAE_OK;
    }
    return status;
}

void hae_named_sampler_drop(haetae_config *config)
{
    (void)haetae_config_set_sampler(config, NULL);
}

/* ---- Work --------------------------------------------------------------------------------- */

/* An exporter that no signal goes to. */
static void refuse(void *self, haetae_delivery *delivery)
{
    (void)self;
    haetae_delivery_complete(delivery, NULL);
}

void hae_sampler_work_begin(haetae_sdk *sdk)
{
    haetae_sampler *sampler =
        sdk->traces.owned_sampler != NULL ? sdk->traces.owned_sampler->working : NULL;

    while (sampler != NULL && sdk->work_count < HAE_SAMPLERS_WITH_WORK) {
        haetae_exporter_ops ops =
            HAETAE_OPTIONS(haetae_exporter_ops, .name = "sampler", .send = refuse,
                           .descriptor = sampler->work.descriptor, .wait_ms = sampler->work.wait_ms,
                           .step = sampler->work.step, .after_fork = sampler->work.after_fork);
        haetae_exporter **exporter = &sdk->work[sdk->work_count];

        sampler->diagnostics = &sdk->diagnostics;
        if (haetae_exporter_new(&ops, sampler->sampler.user, exporter) == HAETAE_OK) {
            hae_pipeline_add(&sdk->pipeline, *exporter, 0, 0);
            sdk->work_count++;
        }
        sampler = sampler->next_working;
    }
    if (sampler != NULL) {
        hae_diagnose(&sdk->diagnostics, HAETAE_DIAGNOSTIC_WARN, "sampler",
                     "the worker works for %d samplers only: the others stay as they were made",
                     HAE_SAMPLERS_WITH_WORK);
    }
}

void hae_sampler_work_undo(haetae_sdk *sdk)
{
    while (sdk->work_count > 0) {
        haetae_exporter_free(sdk->work[--sdk->work_count]);
    }
}
