/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/start.h"

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/lock.h"
#include "pipeline/replay.h"
#include "propagation/default.h"
#include "recorder/fork.h"
#include "recorder/region_file.h"
#include "recovery/mark.h"
#include "sdk/attach_recovery.h"
#include "sdk/attach_spool.h"
#include "sdk/components.h"
#include "sdk/config_check.h"
#include "sdk/config_error.h"
#include "sdk/fork.h"
#include "sdk/named_sampler.h"
#include "sdk/options.h"
#include "sdk/process_context.h"
#include "sdk/propagators.h"
#include "sdk/sdk_internal.h"
#include "sdk/span_metrics.h"

static haetae_status start_providers(haetae_sdk *sdk, haetae_config *config)
{
    haetae_status status = hae_meter_provider_init(&sdk->metrics, sdk->recorder);

    if (status != HAETAE_OK) {
        return status;
    }
    status = hae_readers_init(&sdk->readers, config, &sdk->metrics);
    if (status != HAETAE_OK) {
        goto done_metrics;
    }
    status = hae_options_of_metrics(config, &sdk->metrics);
    if (status != HAETAE_OK) {
        goto done_reader;
    }
    status = hae_tracer_provider_init(&sdk->traces, sdk->recorder);
    if (status != HAETAE_OK) {
        goto done_reader;
    }
    status = hae_logger_provider_init(&sdk->logs, sdk->recorder);
    if (status != HAETAE_OK) {
        goto done_traces;
    }
    sdk->metrics.diagnostics = &sdk->diagnostics;
    hae_options_of_traces(config, &sdk->traces);
    sdk->traces.resource = sdk->resource.bytes;
    sdk->traces.resource_size_bytes = sdk->resource.size_bytes;
    sdk->logs.resource = sdk->resource.bytes;
    sdk->logs.resource_size_bytes = sdk->resource.size_bytes;
    hae_options_of_logs(config, &sdk->logs);
    hae_components_lend(config, sdk);
    hae_span_metrics_begin(&sdk->traces.processors, &sdk->metrics);
    return HAETAE_OK;
done_traces:
    hae_tracer_provider_done(&sdk->traces);
done_reader:
    hae_readers_done(&sdk->readers);
done_metrics:
    hae_meter_provider_done(&sdk->metrics);
    return status;
}

static void stop_providers(haetae_sdk *sdk)
{
    hae_readers_done(&sdk->readers);
    hae_meter_provider_done(&sdk->metrics);
    hae_host_metrics_done(&sdk->host_metrics);
    hae_logger_provider_done(&sdk->logs);
    hae_tracer_provider_done(&sdk->traces);
}

/* Errors: HAETAE_ENOMEM. */
static haetae_status add_exporters(haetae_sdk *sdk, const haetae_config *config)
{
    for (size_t i = 0; config != NULL && i < config->exporter_count; i++) {
        haetae_exporter *spool;
        haetae_status status;
        uint32_t signals = 0;
        uint32_t group;
        bool pulls;

        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            if ((hae_config_exporters(config, (haetae_signal)signal) >> i & 1) != 0) {
                signals |= UINT32_C(1) << signal;
            }
        }
        group = hae_readers_index(&sdk->readers, config, config->exporters[i], &pulls);
        if (pulls) {
            signals &= ~(UINT32_C(1) << HAETAE_SIGNAL_METRICS);
        }
        status = hae_sdk_spool_of(sdk, config, config->exporters[i], signals, &spool);
        if (status != HAETAE_OK) {
            return status;
        }
        hae_pipeline_add_with_spool(&sdk->pipeline, config->exporters[i], signals, (uint8_t)group,
                                    spool);
    }
    return HAETAE_OK;
}

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

/* Where the pipeline's items come from, in the order in which it asks. */
static void add_sources(haetae_sdk *sdk, const haetae_config *config,
                        struct hae_pipeline_options *options)
{
    hae_recorder_source_init(&sdk->recorder_source, sdk->recorder, &sdk->diagnostics,
                             &sdk->readers);
    options->sources[options->source_count++] = hae_recorder_source(&sdk->recorder_source);
    hae_readers_add_sources(&sdk->readers, options);
    if (sdk->recovery != NULL) {
        options->sources[options->source_count++] = hae_recovery_source(sdk->recovery);
    }
    if (sdk->spool_recovery != NULL) {
        options->sources[options->source_count++] = hae_spool_recovery_source(sdk->spool_recovery);
    }
    if (config != NULL && hae_sdk_has_spools(sdk, config)) {
        options->sources[options->source_count++] = hae_replay_source(&sdk->pipeline.route);
    }
}

/* Without them the SDK starts all the same. */
static void add_self_metrics(haetae_sdk *sdk, const haetae_config *config,
                             struct hae_pipeline_options *options)
{
    if (!hae_config_bool(config, HAE_KEY_HAETAE_SDK_METRICS) || !sdk->metrics.enabled ||
        sdk->recovers_only != NULL) {
        return;
    }
    if (hae_self_metrics_init(&sdk->self_metrics, &sdk->metrics, &sdk->pipeline) != HAETAE_OK) {
        hae_diagnose(&sdk->diagnostics, HAETAE_DIAGNOSTIC_WARN, "HAETAE_SDK_METRICS",
                     "there is no memory for the SDK's own metrics; raise HAETAE_RECORDER_BYTES");
        return;
    }
    hae_self_metrics_count_spans(&sdk->self_metrics, &sdk->traces);
    hae_readers_add_self_metrics(&sdk->readers, &sdk->self_metrics);
    options->operation_ended = hae_self_metrics_operation;
    options->operation_user = &sdk->self_metrics;
}

/* Notes in the recorder's file what whoever recovers it has to know of the process: for which
 * signals it has no exporter, and whether it has rules of redaction. */
static void note_for_recovery(haetae_sdk *sdk)
{
    struct hae_region_file *file = sdk->recorder->file;
    uint32_t unwanted = 0;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (!hae_intake_is_wanted(&sdk->pipeline.intake, (haetae_signal)signal)) {
            unwanted |= UINT32_C(1) << signal;
        }
    }
    if (file != NULL) {
        file->signals_unwanted = unwanted;
        file->redacted = sdk->redactor.rule_count != 0;
        /* Relaxed: they are read when this process has died. */
        atomic_store_explicit(&file->stored->signals_unwanted, unwanted, memory_order_relaxed);
        atomic_store_explicit(&file->stored->redacted, file->redacted, memory_order_relaxed);
    }
}

static void init_worker(haetae_sdk *sdk, const haetae_config *config)
{
    bool manual = sdk->recovers_only != NULL ||
                  hae_config_int(config, HAE_KEY_HAETAE_WORKER) == HAE_WORKER_MANUAL;

    hae_worker_init(&sdk->worker, manual, config != NULL ? config->worker_start : NULL,
                    config != NULL ? config->worker_start_user : NULL);
}

/* The pipeline and the worker, which starts last. The exporters stay the
 * configuration's until nothing can fail any more. */
static haetae_status start_pipeline(haetae_sdk *sdk, haetae_config *config)
{
    struct hae_pipeline_options options = hae_options_of_pipeline(config);
    haetae_status status;

    options.resource = sdk->resource;
    options.diagnostics = &sdk->diagnostics;
    status = hae_sdk_check_spools(sdk, config);
    if (status == HAETAE_OK) {
        status = hae_sdk_attach_recovery(sdk, config);
    }
    if (status != HAETAE_OK) {
        return status;
    }
    options.redactor = sdk->redactor.rule_count != 0 ? &sdk->redactor : NULL;
    add_sources(sdk, config, &options);
    add_self_metrics(sdk, config, &options);
    if (sdk->recovers_only == NULL) {
        hae_host_metrics_init(&sdk->host_metrics, &sdk->metrics, config);
    }
    status = hae_pipeline_init(&sdk->pipeline, sdk->recorder, &options);
    if (status != HAETAE_OK) {
        goto free_recovery;
    }
    status = add_exporters(sdk, config);
    hae_sampler_work_begin(sdk);
    note_for_recovery(sdk);
    init_worker(sdk, config);
    if (status == HAETAE_OK) {
        status = hae_worker_start(&sdk->worker, &sdk->pipeline);
    }
    if (status != HAETAE_OK) {
        hae_pipeline_remove_exporters(&sdk->pipeline); /* not ours yet */
        hae_sampler_work_undo(sdk);
        hae_pipeline_done(&sdk->pipeline);
        goto free_recovery;
    }
    if (config != NULL) {
        config->exporter_count = 0;
    }
    return HAETAE_OK;

free_recovery:
    hae_recovery_free(sdk->recovery);
    hae_spool_recovery_free(sdk->spool_recovery);
    sdk->recovery = NULL;
    sdk->spool_recovery = NULL;
    return status;
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
    status = start_providers(sdk, config);
    if (status != HAETAE_OK) {
        goto free_recorder;
    }
    status = start_pipeline(sdk, config);
    if (status == HAETAE_OK) {
        if (sdk->recovers_only == NULL) {
            hae_components_hand_over(config);
            hae_readers_attach(&sdk->readers, sdk);
        }
        return HAETAE_OK;
    }
    hae_components_take_back(sdk);
    stop_providers(sdk);
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
    stop_providers(sdk);
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
