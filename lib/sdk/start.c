/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/start.h"

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/lock.h"
#include "propagation/default.h"
#include "recorder/fork.h"
#include "recorder/region_file.h"
#include "recovery/mark.h"
#include "sdk/attach_recovery.h"
#include "sdk/components.h"
#include "sdk/config_check.h"
#include "sdk/config_error.h"
#include "sdk/fork.h"
#include "sdk/named_sampler.h"
#include "sdk/options.h"
#include "sdk/process_context.h"
#include "sdk/propagators.h"
#include "sdk/start_pipeline.h"
#include "sdk/start_providers.h"

/* What is wrong with a recorder that was refused. */
static haetae_status explain_recorder(haetae_config *config, haetae_status status)
{
    if (status == HAETAE_EINVAL && config != NULL) {
        hae_config_error_add(config,
                             "HAETAE_RECORDER_BYTES=\"%s\" has no room for "
                             "HAETAE_LANE_COUNT=\"%s\"",
                             hae_config_text(config, HAE_KEY_HAETAE_RECORDER_BYTES),
                             hae_config_text(config, HAE_KEY_HAETAE_LANE_COUNT));
        status = HAETAE_EVALUE;
    }
    return status;
}

static haetae_status start_recorder(haetae_sdk *sdk, haetae_config *config)
{
    struct hae_recorder_options options = hae_options_of_recorder(config);
    struct hae_region_file_options file = {
        .directory = hae_config_text(config, HAE_KEY_HAETAE_RECORDER_DIR),
        .resource = sdk->resource,
        .resource_room_bytes = sdk->resource.size_bytes + sdk->resource.schema_url_size_bytes +
                               HAE_RESOURCE_GROWTH_MAX,
        .layout_mark = hae_recovery_mark()};
    struct hae_file_fault fault = {NULL, 0};
    haetae_status status;

    if (sdk->recovers_only != NULL) {
        options.size_bytes = HAE_REGION_SIZE_MIN;
        options.lane_count = 0;
    } else if (file.directory[0] != '\0') {
        hae_options_of_journals(config, file.journal_size_bytes);
        options.file = &file;
        options.file_fault = &fault;
    }
    status = hae_recorder_new(&options, &sdk->recorder);
    if (fault.what != NULL && config != NULL) {
        return hae_sdk_report_file_fault(config, "HAETAE_RECORDER_DIR=", file.directory, &fault);
    }
    return explain_recorder(config, status);
}

static void forget_resource(haetae_sdk *sdk)
{
    hae_resource_done(&sdk->attributes);
    hae_free(sdk->resource_bytes);
}

static haetae_status describe_resource(haetae_sdk *sdk, haetae_config *config)
{
    haetae_status status = hae_resource_describe(&sdk->attributes, config, &sdk->process);
    size_t size = 0;

    if (status == HAETAE_OK) {
        status = hae_resource_encode(&sdk->attributes, &sdk->resource_bytes, &size);
    }
    if (status == HAETAE_OK) {
        sdk->resource = (struct hae_resource_view){sdk->resource_bytes, size,
                                                   sdk->attributes.schema_url_length};
    }
    if (status == HAETAE_OK && config != NULL) {
        status = hae_options_check_resource(config, size + sdk->resource.schema_url_size_bytes);
    }
    return status;
}

static haetae_status start_parts(haetae_sdk *sdk, haetae_config *config)
{
    bool sampler_made = false;
    haetae_status status = describe_resource(sdk, config);

    if (status == HAETAE_OK && sdk->recovers_only == NULL) {
        status = hae_named_sampler_make(config, hae_resource_text(&sdk->attributes, "service.name"),
                                        &sampler_made);
    }
    if (status != HAETAE_OK) {
        goto forget_resource;
    }
    status = start_recorder(sdk, config);
    if (status != HAETAE_OK) {
        goto drop_sampler;
    }
    status = hae_sdk_start_providers(sdk, config);
    if (status != HAETAE_OK) {
        goto free_recorder;
    }
    status = hae_sdk_start_pipeline(sdk, config);
    if (status == HAETAE_OK) {
        if (sdk->recovers_only == NULL) {
            hae_components_hand_over(config);
            hae_readers_attach(&sdk->readers, sdk);
        }
        return HAETAE_OK;
    }
    hae_components_take_back(sdk);
    hae_sdk_stop_providers(sdk);
free_recorder:
    if (sdk->recorder->file != NULL) {
        hae_region_file_remove(sdk->recorder->file);
    }
    hae_recorder_free(sdk->recorder);
drop_sampler:
    if (sampler_made) {
        hae_named_sampler_drop(config);
    }
forget_resource:
    forget_resource(sdk);
    return status;
}

static haetae_status init_state(haetae_sdk *sdk)
{
    if (pthread_mutex_init(&sdk->lock, NULL) != 0) {
        return HAETAE_ENOMEM;
    }
    if (pthread_mutex_init(&sdk->fork_lock, NULL) != 0) {
        pthread_mutex_destroy(&sdk->lock);
        return HAETAE_ENOMEM;
    }
    if (!hae_condition_init(&sdk->changed)) {
        pthread_mutex_destroy(&sdk->fork_lock);
        pthread_mutex_destroy(&sdk->lock);
        return HAETAE_ENOMEM;
    }
    return HAETAE_OK;
}

static void done_state(haetae_sdk *sdk)
{
    pthread_cond_destroy(&sdk->changed);
    pthread_mutex_destroy(&sdk->fork_lock);
    pthread_mutex_destroy(&sdk->lock);
}

/* For profilers; without it the SDK starts all the same. */
static void publish_context(haetae_sdk *sdk, const haetae_config *config)
{
    if (!hae_config_bool(config, HAE_KEY_HAETAE_PROCESS_CONTEXT) || sdk->recovers_only != NULL) {
        return;
    }
    sdk->publishes_context =
        hae_process_context_publish(sdk, sdk->resource.bytes, sdk->resource.size_bytes);
    if (!sdk->publishes_context) {
        hae_diagnose(&sdk->diagnostics, HAETAE_DIAGNOSTIC_WARN, "HAETAE_PROCESS_CONTEXT",
                     "the resource is not published: another SDK of this process does so, or the "
                     "system does not allow it");
    }
}

static haetae_status start(haetae_config *config, const char *recovers_only,
                           const struct hae_spool_entries *spools, haetae_sdk **ret_sdk)
{
    haetae_sdk *sdk = hae_calloc(1, sizeof *sdk);
    haetae_status status;

    if (sdk == NULL) {
        return HAETAE_ENOMEM;
    }
    sdk->recovers_only = recovers_only;
    sdk->recovers_spools = spools;
    status = hae_sdk_watch_fork();
    if (status != HAETAE_OK) {
        goto free_sdk;
    }
    status = hae_diagnostics_init(&sdk->diagnostics,
                                  config != NULL ? config->diagnostics : hae_diagnostics_to_stderr,
                                  config != NULL ? config->diagnostics_user : NULL);
    if (status != HAETAE_OK) {
        goto free_sdk;
    }
    sdk->diagnostics.unlimited = recovers_only != NULL;
    sdk->diagnostics.min_severity = (int)hae_config_int(config, HAE_KEY_OTEL_LOG_LEVEL);
    status = init_state(sdk);
    if (status != HAETAE_OK) {
        goto done_diagnostics;
    }
    status = start_parts(sdk, config);
    if (status == HAETAE_OK) {
        publish_context(sdk, config);
        hae_sdk_add_to_fork(sdk);
        *ret_sdk = sdk;
        return HAETAE_OK;
    }
    done_state(sdk);
done_diagnostics:
    hae_diagnostics_done(&sdk->diagnostics);
free_sdk:
    hae_free(sdk);
    return status;
}

void hae_sdk_free_parts(haetae_sdk *sdk)
{
    hae_readers_detach(&sdk->readers);
    hae_pipeline_done(&sdk->pipeline);
    hae_recovery_free(sdk->recovery);
    hae_spool_recovery_free(sdk->spool_recovery);
    if (sdk->recovers_only != NULL) {
        hae_components_take_back(sdk); /* for the program's own SDK */
    }
    hae_sdk_stop_providers(sdk);
    hae_redactor_done(&sdk->redactor);
    hae_recorder_free(sdk->recorder);
    forget_resource(sdk);
    hae_diagnostics_done(&sdk->diagnostics);
    done_state(sdk);
    hae_free(sdk);
}

static haetae_status start_unless_disabled(haetae_config *config, haetae_sdk **ret_sdk)
{
    haetae_status status;

    if (hae_config_bool(config, HAE_KEY_OTEL_SDK_DISABLED)) {
        *ret_sdk = NULL;
        return HAETAE_OK;
    }
    if (config != NULL) {
        status = hae_config_check(config);
        if (status != HAETAE_OK) {
            return status;
        }
        hae_config_report_warnings(config);
    }
    status = start(config, NULL, NULL, ret_sdk);
    if (config != NULL) {
        hae_config_report_warnings(config); /* about the resource */
    }
    return status;
}

haetae_status hae_sdk_start_with(haetae_config *config, haetae_sdk **ret_sdk)
{
    HAE_HOLD_CANCELLATION();
    haetae_propagator *propagator;
    haetae_status status = hae_propagators_of(config, &propagator);

    if (status == HAETAE_OK) {
        status = start_unless_disabled(config, ret_sdk);
    }
    if (status == HAETAE_OK && propagator != NULL) {
        hae_propagator_suggest(propagator);
    }
    haetae_propagator_unref(propagator);
    return status;
}

static haetae_status check_recorder(haetae_config *config)
{
    struct hae_recorder_options options = hae_options_of_recorder(config);
    struct hae_recorder *recorder;
    haetae_status status = hae_recorder_new(&options, &recorder);

    if (status == HAETAE_OK) {
        hae_recorder_free(recorder);
    }
    return explain_recorder(config, status);
}

haetae_status hae_sdk_check(haetae_config *config)
{
    haetae_status status = hae_config_check(config);
    bool sampler_made = false;
    haetae_sdk *sdk;

    if (status != HAETAE_OK) {
        return status;
    }
    sdk = hae_calloc(1, sizeof *sdk);
    if (sdk == NULL) {
        return HAETAE_ENOMEM;
    }
    status = describe_resource(sdk, config);
    if (status == HAETAE_OK) {
        status = hae_named_sampler_make(config, hae_resource_text(&sdk->attributes, "service.name"),
                                        &sampler_made);
    }
    if (sampler_made) {
        hae_named_sampler_drop(config);
    }
    if (status == HAETAE_OK) {
        status = check_recorder(config);
    }
    forget_resource(sdk);
    hae_free(sdk);
    return status;
}

haetae_status haetae_sdk_start(haetae_config *config, haetae_sdk **ret_sdk)
{
    haetae_status status = HAETAE_OK;
    bool has_exporters;

    if (ret_sdk == NULL) {
        return HAETAE_EINVAL;
    }
    if (config == NULL) {
        return hae_sdk_start_with(NULL, ret_sdk);
    }
    hae_config_error_start(config);
    has_exporters = config->exporter_count != 0;
    if (!hae_config_bool(config, HAE_KEY_OTEL_SDK_DISABLED)) {
        status = hae_config_check_owner(config);
        hae_config_warn_of_exporters(config);
    }
    if (status == HAETAE_OK) {
        status = hae_sdk_start_with(config, ret_sdk);
    }
    if (status == HAETAE_OK && has_exporters && config->exporter_count == 0) {
        config->exporters_gone = true;
    }
    return status;
}

haetae_status hae_sdk_start_recovery(haetae_config *config, const char *directory,
                                     const struct hae_spool_entries *spools, haetae_sdk **ret_sdk)
{
    haetae_status status;

    hae_config_error_start(config);
    status = hae_config_check(config);
    if (status != HAETAE_OK) {
        return status;
    }
    hae_config_report_warnings(config);
    return start(config, directory, spools, ret_sdk);
}
