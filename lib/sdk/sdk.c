/* SPDX-License-Identifier: Apache-2.0 */
/* Start, flush, shutdown, free. */
#include "sdk/sdk_internal.h"

#include "base/alloc.h"
#include "sdk/config_internal.h"
#include "sdk/resource.h"

/* The share of HAETAE_QUEUE_BYTES that each signal may use, in eighths: a flood of one
 * leaves room for the others. */
static const uint64_t queue_share[HAETAE_SIGNAL_COUNT] = {4, 1, 3};

/* Items of one request when nothing is configured. */
enum { BATCH_ITEMS = 8192 };

/* ---- From configuration to options --------------------------------------------------- */

static uint64_t count_or(const haetae_config *config, enum hae_config_key key, uint64_t otherwise)
{
    int64_t value = hae_config_int(config, key);

    return value >= 0 ? (uint64_t)value : otherwise;
}

static struct hae_limits limits_of(const haetae_config *config, enum hae_config_key count,
                                   enum hae_config_key length)
{
    int64_t kept = hae_config_int_or(config, count, HAE_KEY_OTEL_ATTRIBUTE_COUNT_LIMIT);
    int64_t cut = hae_config_int_or(config, length, HAE_KEY_OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT);
    struct hae_limits limits = {kept >= 0 ? (uint32_t)kept : UINT32_MAX,
                                cut >= 0 ? (size_t)cut : HAE_NO_LIMIT};

    return limits;
}

static struct hae_span_limits span_limits(const haetae_config *config)
{
    enum hae_config_key length = HAE_KEY_OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT;
    struct hae_span_limits limits = {
        limits_of(config, HAE_KEY_OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, length),
        limits_of(config, HAE_KEY_OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT, length),
        limits_of(config, HAE_KEY_OTEL_LINK_ATTRIBUTE_COUNT_LIMIT, length),
        (uint32_t)count_or(config, HAE_KEY_OTEL_SPAN_EVENT_COUNT_LIMIT, UINT32_MAX),
        (uint32_t)count_or(config, HAE_KEY_OTEL_SPAN_LINK_COUNT_LIMIT, UINT32_MAX)};

    return limits;
}

static struct hae_batch_options batch_options(const haetae_config *config,
                                              enum hae_config_key delay, enum hae_config_key batch,
                                              enum hae_config_key queue)
{
    struct hae_batch_options options = {count_or(config, delay, 1000),
                                        count_or(config, batch, BATCH_ITEMS),
                                        count_or(config, queue, UINT64_MAX), 0};

    if (options.item_count_max > options.queue_item_max) {
        options.item_count_max = options.queue_item_max;
    }
    return options;
}

static struct hae_pipeline_options pipeline_options(const haetae_config *config, haetae_sdk *sdk)
{
    uint64_t queue = count_or(config, HAE_KEY_HAETAE_QUEUE_BYTES, 0);
    struct hae_pipeline_options options = {
        .request_size_max_bytes = count_or(config, HAE_KEY_HAETAE_MAX_REQUEST_BYTES, 0),
        .metric_interval_ms = count_or(config, HAE_KEY_OTEL_METRIC_EXPORT_INTERVAL, 60000),
        .retry = {count_or(config, HAE_KEY_HAETAE_RETRY_INITIAL_MS, 1000),
                  count_or(config, HAE_KEY_HAETAE_RETRY_MAX_MS, 30000),
                  count_or(config, HAE_KEY_HAETAE_RETRY_ELAPSED_MS, 0)},
        .resource = sdk->resource,
        .resource_size_bytes = sdk->resource_size_bytes,
        .metrics = &sdk->metrics,
        .diagnostics = &sdk->diagnostics};

    options.signals[HAETAE_SIGNAL_TRACES] =
        batch_options(config, HAE_KEY_OTEL_BSP_SCHEDULE_DELAY,
                      HAE_KEY_OTEL_BSP_MAX_EXPORT_BATCH_SIZE, HAE_KEY_OTEL_BSP_MAX_QUEUE_SIZE);
    options.signals[HAETAE_SIGNAL_LOGS] =
        batch_options(config, HAE_KEY_OTEL_BLRP_SCHEDULE_DELAY,
                      HAE_KEY_OTEL_BLRP_MAX_EXPORT_BATCH_SIZE, HAE_KEY_OTEL_BLRP_MAX_QUEUE_SIZE);
    options.signals[HAETAE_SIGNAL_METRICS] =
        (struct hae_batch_options){1000, UINT64_MAX, UINT64_MAX, 0};
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        options.signals[signal].queue_byte_max = queue / 8 * queue_share[signal];
    }
    return options;
}

static void set_sampler(struct hae_sampling *sampler, const haetae_config *config)
{
    (void)hae_sampler_set(sampler, hae_config_text(config, HAE_KEY_OTEL_TRACES_SAMPLER),
                          hae_config_real(config, HAE_KEY_OTEL_TRACES_SAMPLER_ARG, 1.0));
}

/* Signals that no exporter takes are not recorded at all, unless there is no exporter
 * whatever: then all is recorded, and counted as dropped. */
static bool signal_wanted(const haetae_config *config, haetae_signal signal)
{
    return config == NULL || config->exporter_count == 0 ||
           hae_config_exporters(config, signal) != 0;
}

/* ---- Start ------------------------------------------------------------------------------- */

static haetae_status start_recorder(haetae_sdk *sdk, const haetae_config *config)
{
    struct hae_recorder_options options = {count_or(config, HAE_KEY_HAETAE_RECORDER_BYTES, 0),
                                           (uint32_t)count_or(config, HAE_KEY_HAETAE_LANE_COUNT, 0),
                                           hae_config_int(config, HAE_KEY_HAETAE_CLOCK) ==
                                               HAE_CLOCK_MODE_AUTO};

    return hae_recorder_new(&options, &sdk->recorder);
}

static haetae_status start_providers(haetae_sdk *sdk, const haetae_config *config)
{
    haetae_status status;

    hae_tracer_provider_init(&sdk->traces, sdk->recorder);
    sdk->traces.enabled = signal_wanted(config, HAETAE_SIGNAL_TRACES);
    sdk->traces.limits = span_limits(config);
    set_sampler(&sdk->traces.sampler, config);
    hae_logger_provider_init(&sdk->logs, sdk->recorder);
    sdk->logs.enabled = signal_wanted(config, HAETAE_SIGNAL_LOGS);
    sdk->logs.min_severity = (int)count_or(config, HAE_KEY_HAETAE_LOGS_MIN_SEVERITY, 0);
    sdk->logs.limits = limits_of(config, HAE_KEY_OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT,
                                 HAE_KEY_OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT);
    status = hae_meter_provider_init(&sdk->metrics, sdk->recorder);
    if (status != HAETAE_OK) {
        hae_logger_provider_done(&sdk->logs);
        hae_tracer_provider_done(&sdk->traces);
        return status;
    }
    sdk->metrics.enabled = signal_wanted(config, HAETAE_SIGNAL_METRICS);
    sdk->metrics.cardinality_limit =
        (uint32_t)count_or(config, HAE_KEY_HAETAE_METRICS_CARDINALITY_LIMIT, 2000);
    return HAETAE_OK;
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

/* The pipeline and the worker, which starts last. The exporters stay the
 * configuration's until nothing can fail any more. */
static haetae_status start_pipeline(haetae_sdk *sdk, haetae_config *config)
{
    struct hae_pipeline_options options = pipeline_options(config, sdk);
    haetae_status status = hae_pipeline_init(&sdk->pipeline, sdk->recorder, &options);

    if (status != HAETAE_OK) {
        return status;
    }
    add_exporters(sdk, config);
    sdk->worker.manual = hae_config_int(config, HAE_KEY_HAETAE_WORKER) == HAE_WORKER_MANUAL;
    if (config != NULL) {
        sdk->worker.start_hook = config->worker_start;
        sdk->worker.start_hook_user = config->worker_start_user;
    }
    status = hae_worker_start(&sdk->worker, &sdk->pipeline);
    if (status != HAETAE_OK) {
        sdk->pipeline.outlet_count = 0;
        hae_pipeline_done(&sdk->pipeline);
        return status;
    }
    if (config != NULL) {
        config->exporter_count = 0;
    }
    return HAETAE_OK;
}

static haetae_status start_parts(haetae_sdk *sdk, haetae_config *config)
{
    haetae_status status = hae_resource_describe(config, &sdk->resource, &sdk->resource_size_bytes);

    if (status != HAETAE_OK) {
        return status;
    }
    status = start_recorder(sdk, config);
    if (status != HAETAE_OK) {
        goto free_resource;
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
    hae_recorder_free(sdk->recorder);
free_resource:
    hae_free(sdk->resource);
    return status;
}

static haetae_status start(haetae_config *config, haetae_sdk **ret_sdk)
{
    haetae_sdk *sdk = hae_calloc(1, sizeof *sdk);
    haetae_status status;

    if (sdk == NULL) {
        return HAETAE_ENOMEM;
    }
    status = hae_diagnostics_init(&sdk->diagnostics,
                                  config != NULL ? config->diagnostics : hae_diagnostics_to_stderr,
                                  config != NULL ? config->diagnostics_user : NULL);
    if (status != HAETAE_OK) {
        goto free_sdk;
    }
    if (pthread_mutex_init(&sdk->lock, NULL) != 0 || pthread_cond_init(&sdk->stopped, NULL) != 0) {
        status = HAETAE_ENOMEM;
        goto done_diagnostics;
    }
    status = start_parts(sdk, config);
    if (status == HAETAE_OK) {
        *ret_sdk = sdk;
        return HAETAE_OK;
    }
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
    return start(config, ret_sdk);
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
    return hae_worker_step(&sdk->worker, timeout_ms);
}

/* True for the one caller that is to do it; the others wait for its end. */
static bool begin_shutdown(haetae_sdk *sdk)
{
    bool first;

    pthread_mutex_lock(&sdk->lock);
    first = sdk->state == HAE_SDK_RUNNING;
    if (first) {
        sdk->state = HAE_SDK_STOPPING;
    }
    while (!first && sdk->state != HAE_SDK_STOPPED) {
        pthread_cond_wait(&sdk->stopped, &sdk->lock);
    }
    pthread_mutex_unlock(&sdk->lock);
    return first;
}

haetae_status haetae_sdk_shutdown(haetae_sdk *sdk, uint32_t timeout_ms)
{
    uint64_t deadline = hae_now_ms() + timeout_ms;
    haetae_status status;

    if (sdk == NULL) {
        return HAETAE_OK;
    }
    if (!begin_shutdown(sdk)) {
        return HAETAE_ESHUTDOWN;
    }
    atomic_store_explicit(&sdk->recorder->accepting, false, memory_order_relaxed);
    status = hae_worker_flush(&sdk->worker, deadline);
    sdk->stuck = !hae_worker_stop(&sdk->worker, deadline);
    pthread_mutex_lock(&sdk->lock);
    sdk->state = HAE_SDK_STOPPED;
    pthread_cond_broadcast(&sdk->stopped);
    pthread_mutex_unlock(&sdk->lock);
    return sdk->stuck ? HAETAE_ETIMEOUT : status;
}

void haetae_sdk_free(haetae_sdk *sdk)
{
    if (sdk == NULL) {
        return;
    }
    (void)haetae_sdk_shutdown(sdk, 0);
    if (sdk->stuck) {
        return; /* an exporter still runs in the worker; leaking is the lesser evil */
    }
    hae_pipeline_done(&sdk->pipeline);
    stop_providers(sdk);
    hae_recorder_free(sdk->recorder);
    hae_free(sdk->resource);
    hae_diagnostics_done(&sdk->diagnostics);
    pthread_cond_destroy(&sdk->stopped);
    pthread_mutex_destroy(&sdk->lock);
    hae_free(sdk);
}
