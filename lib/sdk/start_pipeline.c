/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/start_pipeline.h"

#include "pipeline/replay.h"
#include "recorder/region_file.h"
#include "sdk/attach_recovery.h"
#include "sdk/attach_spool.h"
#include "sdk/config_check.h"
#include "sdk/named_sampler.h"
#include "sdk/options.h"
#include "sdk/self_metrics_spans.h"

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

/* The exporters stay the configuration's until nothing can fail any more. */
haetae_status hae_sdk_start_pipeline(haetae_sdk *sdk, haetae_config *config)
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
