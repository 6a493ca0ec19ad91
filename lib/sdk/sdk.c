/* SPDX-License-Identifier: Apache-2.0 */
/* Start, flush, shutdown, free. */
#include "sdk/sdk_internal.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/lock.h"
#include "recorder/fork.h"
#include "recorder/region_file.h"
#include "sdk/fork.h"
#include "sdk/options.h"

/* ---- Start ------------------------------------------------------------------------------- */

static haetae_status start_providers(haetae_sdk *sdk, const haetae_config *config)
{
    haetae_status status = hae_meter_provider_init(&sdk->metrics, sdk->recorder);

    if (status != HAETAE_OK) {
        return status;
    }
    status = hae_tracer_provider_init(&sdk->traces, sdk->recorder);
    if (status != HAETAE_OK) {
        goto done_metrics;
    }
    status = hae_logger_provider_init(&sdk->logs, sdk->recorder);
    if (status != HAETAE_OK) {
        goto done_traces;
    }
    hae_options_of_metrics(config, &sdk->metrics);
    hae_options_of_traces(config, &sdk->traces);
    hae_options_of_logs(config, &sdk->logs);
    return HAETAE_OK;
done_traces:
    hae_tracer_provider_done(&sdk->traces);
done_metrics:
    hae_meter_provider_done(&sdk->metrics);
    return status;
}

static void stop_providers(haetae_sdk *sdk)
{
    hae_meter_provider_done(&sdk->metrics);
    hae_logger_provider_done(&sdk->logs);
    hae_tracer_provider_done(&sdk->traces);
}

static void add_exporters(haetae_sdk *sdk, const haetae_config *config)
{
    for (size_t i = 0; config != NULL && i < config->exporter_count; i++) {
        uint32_t signals = 0;

        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            if ((hae_config_exporters(config, (haetae_signal)signal) >> i & 1) != 0) {
                signals |= UINT32_C(1) << signal;
            }
        }
        hae_pipeline_add(&sdk->pipeline, config->exporters[i], signals);
    }
}

static haetae_status start_recorder(haetae_sdk *sdk, haetae_config *config)
{
    struct hae_recorder_options options = hae_options_of_recorder(config);
    struct hae_region_file_options file = {.directory =
                                               hae_config_text(config, HAE_KEY_HAETAE_RECORDER_DIR),
                                           .resource = sdk->resource,
                                           .resource_size_bytes = sdk->resource_size_bytes};
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
        return hae_sdk_tell_file_fault(config, "HAETAE_RECORDER_DIR=", file.directory, &fault);
    }
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

/* The pipeline and the worker, which starts last. The exporters stay the
 * configuration's until nothing can fail any more. */
static haetae_status start_pipeline(haetae_sdk *sdk, haetae_config *config)
{
    struct hae_pipeline_options options = hae_options_of_pipeline(config);
    haetae_status status;

    options.resource = sdk->resource;
    options.resource_size_bytes = sdk->resource_size_bytes;
    options.metrics = &sdk->metrics;
    options.diagnostics = &sdk->diagnostics;
    status = hae_sdk_attach_recovery(sdk, config, &options.source);
    if (status != HAETAE_OK) {
        return status;
    }
    status = hae_pipeline_init(&sdk->pipeline, sdk->recorder, &options);
    if (status != HAETAE_OK) {
        goto free_recovery;
    }
    add_exporters(sdk, config);
    sdk->worker.manual = sdk->recovers_only != NULL ||
                         hae_config_int(config, HAE_KEY_HAETAE_WORKER) == HAE_WORKER_MANUAL;
    if (config != NULL) {
        sdk->worker.start_hook = config->worker_start;
        sdk->worker.start_hook_user = config->worker_start_user;
    }
    status = hae_worker_start(&sdk->worker, &sdk->pipeline);
    if (status != HAETAE_OK) {
        sdk->pipeline.outlet_count = 0; /* not ours yet */
        hae_pipeline_done(&sdk->pipeline);
        goto free_recovery;
    }
    if (config != NULL) {
        config->exporter_count = 0;
    }
    return HAETAE_OK;

free_recovery:
    hae_recovery_free(sdk->recovery);
    sdk->recovery = NULL;
    return status;
}

static void forget_resource(haetae_sdk *sdk)
{
    hae_resource_done(&sdk->attributes);
    hae_free(sdk->resource);
}

static haetae_status describe_resource(haetae_sdk *sdk, haetae_config *config)
{
    haetae_status status = hae_resource_describe(&sdk->attributes, config, &sdk->process);

    if (status == HAETAE_OK) {
        status = hae_resource_encode(&sdk->attributes, &sdk->resource, &sdk->resource_size_bytes);
    }
    if (status == HAETAE_OK && config != NULL) {
        status = hae_options_check_resource(config, sdk->resource_size_bytes);
    }
    return status;
}

static haetae_status start_parts(haetae_sdk *sdk, haetae_config *config)
{
    haetae_status status = describe_resource(sdk, config);

    if (status != HAETAE_OK) {
        goto forget_resource;
    }
    status = start_recorder(sdk, config);
    if (status != HAETAE_OK) {
        goto forget_resource;
    }
    status = start_providers(sdk, config);
    if (status != HAETAE_OK) {
        goto free_recorder;
    }
    status = start_pipeline(sdk, config);
    if (status == HAETAE_OK) {
        return HAETAE_OK;
    }
    stop_providers(sdk);
free_recorder:
    if (sdk->recorder->file != NULL) {
        hae_region_file_remove(sdk->recorder->file);
    }
    hae_recorder_free(sdk->recorder);
forget_resource:
    forget_resource(sdk);
    return status;
}

static haetae_status init_state(haetae_sdk *sdk)
{
    if (pthread_mutex_init(&sdk->lock, NULL) != 0) {
        return HAETAE_ENOMEM;
    }
    if (pthread_mutex_init(&sdk->heir.lock, NULL) != 0) {
        pthread_mutex_destroy(&sdk->lock);
        return HAETAE_ENOMEM;
    }
    if (!hae_condition_init(&sdk->changed)) {
        pthread_mutex_destroy(&sdk->heir.lock);
        pthread_mutex_destroy(&sdk->lock);
        return HAETAE_ENOMEM;
    }
    return HAETAE_OK;
}

static void done_state(haetae_sdk *sdk)
{
    pthread_cond_destroy(&sdk->changed);
    pthread_mutex_destroy(&sdk->heir.lock);
    pthread_mutex_destroy(&sdk->lock);
}

static haetae_status start(haetae_config *config, const char *recovers_only, haetae_sdk **ret_sdk)
{
    haetae_sdk *sdk = hae_calloc(1, sizeof *sdk);
    haetae_status status;

    if (sdk == NULL) {
        return HAETAE_ENOMEM;
    }
    sdk->recovers_only = recovers_only;
    status = hae_fork_watch();
    if (status != HAETAE_OK) {
        goto free_sdk;
    }
    status = hae_diagnostics_init(&sdk->diagnostics,
                                  config != NULL ? config->diagnostics : hae_diagnostics_to_stderr,
                                  config != NULL ? config->diagnostics_user : NULL);
    if (status != HAETAE_OK) {
        goto free_sdk;
    }
    status = init_state(sdk);
    if (status != HAETAE_OK) {
        goto done_diagnostics;
    }
    status = start_parts(sdk, config);
    if (status == HAETAE_OK) {
        hae_fork_join(sdk);
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

haetae_status haetae_sdk_start(haetae_config *config, haetae_sdk **ret_sdk)
{
    haetae_status status;

    if (ret_sdk == NULL) {
        return HAETAE_EINVAL;
    }
    if (hae_config_bool(config, HAE_KEY_OTEL_SDK_DISABLED)) {
        *ret_sdk = NULL;
        return HAETAE_OK;
    }
    if (config != NULL) {
        status = hae_config_check(config);
        if (status != HAETAE_OK) {
            return status;
        }
    }
    return start(config, NULL, ret_sdk);
}

haetae_status hae_sdk_start_recovery(haetae_config *config, const char *directory,
                                     haetae_sdk **ret_sdk)
{
    haetae_status status = hae_config_check(config);

    return status == HAETAE_OK ? start(config, directory, ret_sdk) : status;
}

/* ---- Flush, step, shutdown, free ------------------------------------------------------------ */

static enum hae_sdk_state state_of(haetae_sdk *sdk)
{
    enum hae_sdk_state state;

    pthread_mutex_lock(&sdk->lock);
    state = sdk->state;
    pthread_mutex_unlock(&sdk->lock);
    return state;
}

haetae_status haetae_sdk_force_flush(haetae_sdk *sdk, uint32_t timeout_ms)
{
    if (sdk == NULL) {
        return HAETAE_OK;
    }
    if (state_of(sdk) != HAE_SDK_RUNNING) {
        return HAETAE_ESHUTDOWN;
    }
    if (hae_recorder_untouched(sdk->recorder)) {
        return HAETAE_OK; /* a forked child that has recorded nothing */
    }
    (void)hae_sdk_resume(sdk, true);
    return hae_worker_flush(&sdk->worker, hae_now_ms() + timeout_ms);
}

haetae_status haetae_sdk_step(haetae_sdk *sdk, uint32_t timeout_ms)
{
    if (sdk == NULL) {
        return HAETAE_OK;
    }
    if (state_of(sdk) != HAE_SDK_RUNNING) {
        return HAETAE_ESHUTDOWN;
    }
    if (!sdk->worker.manual) {
        return HAETAE_EINVAL;
    }
    (void)hae_recorder_resume(sdk->recorder);
    (void)hae_sdk_resume(sdk, true);
    return hae_worker_step(&sdk->worker, timeout_ms);
}

/* Whether the caller is the one to shut down. */
static bool begin_shutdown(haetae_sdk *sdk)
{
    bool first;

    pthread_mutex_lock(&sdk->lock);
    first = sdk->state == HAE_SDK_RUNNING;
    if (first) {
        sdk->state = HAE_SDK_STOPPING;
    }
    pthread_mutex_unlock(&sdk->lock);
    return first;
}

static void end_shutdown(haetae_sdk *sdk, enum hae_sdk_state state)
{
    pthread_mutex_lock(&sdk->lock);
    sdk->state = state;
    pthread_cond_broadcast(&sdk->changed);
    pthread_mutex_unlock(&sdk->lock);
}

/* Waits for the shutdown that another thread has begun. */
static haetae_status await_shutdown(haetae_sdk *sdk, uint64_t deadline_ms)
{
    struct timespec deadline = {(time_t)(deadline_ms / 1000), (long)(deadline_ms % 1000) * 1000000};
    int error = 0;

    pthread_mutex_lock(&sdk->lock);
    while (sdk->state == HAE_SDK_STOPPING && error != ETIMEDOUT) {
        error = pthread_cond_timedwait(&sdk->changed, &sdk->lock, &deadline);
    }
    pthread_mutex_unlock(&sdk->lock);
    return error != ETIMEDOUT ? HAETAE_ESHUTDOWN : HAETAE_ETIMEOUT;
}

/* A forked child that has recorded nothing: there is nothing to stop. */
static void end_inherited(haetae_sdk *sdk)
{
    pthread_mutex_lock(&sdk->pipeline.account.lock);
    sdk->pipeline.ended = true;
    pthread_mutex_unlock(&sdk->pipeline.account.lock);
    end_shutdown(sdk, HAE_SDK_STOPPED);
}

haetae_status haetae_sdk_shutdown(haetae_sdk *sdk, uint32_t timeout_ms)
{
    uint64_t deadline = hae_now_ms() + timeout_ms;
    haetae_status status;
    bool ended;

    if (sdk == NULL) {
        return HAETAE_OK;
    }
    if (!begin_shutdown(sdk)) {
        return await_shutdown(sdk, deadline);
    }
    if (hae_recorder_give_up(sdk->recorder)) {
        end_inherited(sdk);
        return HAETAE_OK;
    }
    (void)hae_sdk_resume(sdk, true);
    /* Relaxed: a recording call beside this one may fall on either side of it. */
    atomic_store_explicit(&sdk->recorder->accepting, false, memory_order_relaxed);
    ended = hae_worker_stop(&sdk->worker, deadline, &status);
    end_shutdown(sdk, ended ? HAE_SDK_STOPPED : HAE_SDK_STUCK);
    return ended ? status : HAETAE_ETIMEOUT;
}

void haetae_sdk_free(haetae_sdk *sdk)
{
    if (sdk == NULL) {
        return;
    }
    (void)haetae_sdk_shutdown(sdk, 0);
    if (!hae_worker_done(&sdk->worker)) {
        return; /* an exporter still runs in the worker: leaking is the lesser evil */
    }
    hae_fork_leave(sdk);
    hae_sdk_forget_inherited(sdk);
    hae_pipeline_done(&sdk->pipeline);
    hae_recovery_free(sdk->recovery);
    stop_providers(sdk);
    hae_recorder_free(sdk->recorder);
    forget_resource(sdk);
    hae_diagnostics_done(&sdk->diagnostics);
    done_state(sdk);
    hae_free(sdk);
}
