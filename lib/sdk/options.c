/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/options.h"

#include "base/minmax.h"
#include "sdk/config_check.h"
#include "sdk/config_error.h"

/* How HAETAE_QUEUE_BYTES is divided, in sixteenths, so that a flood of one signal leaves room for
 * the others. The rest is for data that exists twice for a moment: a batch while a request is made
 * of it, a request while it is split. */
enum { SHARES = 16 };
static const uint64_t queue_share[HAETAE_SIGNAL_COUNT] = {
    [HAETAE_SIGNAL_TRACES] = 7, [HAETAE_SIGNAL_METRICS] = 2, [HAETAE_SIGNAL_LOGS] = 5};

/* How many of its largest requests a signal's share holds at least: otherwise one request could
 * fill the queue. */
enum { REQUESTS_IN_SHARE = 4 };

/* How many of its largest requests a spool has room for at least. */
enum { REQUESTS_IN_SPOOL = 4 };

/* The most items of one request when nothing is configured. */
enum { BATCH_ITEMS = 8192 };

static uint64_t count_or(const haetae_config *config, enum hae_config_key key, uint64_t otherwise)
{
    int64_t value = hae_config_int(config, key);

    return value >= 0 ? (uint64_t)value : otherwise;
}

/* No value of a record can be larger than the record. */
static struct hae_limits limits_of(const haetae_config *config, const struct hae_recorder *recorder,
                                   enum hae_config_key count, enum hae_config_key length)
{
    int64_t kept = hae_config_int_or(config, count, HAE_KEY_OTEL_ATTRIBUTE_COUNT_LIMIT);
    int64_t cut = hae_config_int_or(config, length, HAE_KEY_OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT);
    struct hae_limits limits = {kept >= 0 ? (uint32_t)kept : UINT32_MAX,
                                {cut >= 0 ? (size_t)cut : HAE_NO_LIMIT,
                                 (uint32_t)hae_config_int(config, HAE_KEY_HAETAE_VALUE_DEPTH_LIMIT),
                                 recorder->record_size_max}};

    return limits;
}

/* A signal that no exporter gets is not recorded at all. Without any exporter, everything is
 * recorded, and counted as dropped. */
static bool signal_wanted(const haetae_config *config, haetae_signal signal)
{
    return config == NULL || config->exporter_count == 0 ||
           hae_config_exporters(config, signal) != 0 ||
           (signal == HAETAE_SIGNAL_METRICS && config->parts.reader_count != 0);
}

static bool without_exporter(const haetae_config *config, haetae_signal signal)
{
    return config == NULL || hae_config_exporters(config, signal) == 0;
}

/* Whether each item is sent by itself, without waiting for others. */
static bool is_simple(const haetae_config *config, enum hae_config_key key)
{
    return hae_config_int(config, key) == HAE_PROCESSOR_SIMPLE;
}

struct hae_recorder_options hae_options_of_recorder(const haetae_config *config)
{
    struct hae_recorder_options options = {
        .size_bytes = count_or(config, HAE_KEY_HAETAE_RECORDER_BYTES, 0),
        .lane_count = (uint32_t)count_or(config, HAE_KEY_HAETAE_LANE_COUNT, 0),
        .allow_counter = hae_config_int(config, HAE_KEY_HAETAE_CLOCK) == HAE_CLOCK_MODE_AUTO,
        .wakes_always = is_simple(config, HAE_KEY_HAETAE_TRACES_PROCESSOR) ||
                        is_simple(config, HAE_KEY_HAETAE_LOGS_PROCESSOR)};

    return options;
}

void hae_options_of_journals(const haetae_config *config,
                             uint64_t ret_size_bytes[HAETAE_SIGNAL_COUNT])
{
    struct hae_pipeline_options options = hae_options_of_pipeline(config);

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        uint64_t queue = options.signals[signal].queue_byte_max;

        ret_size_bytes[signal] = signal != HAETAE_SIGNAL_METRICS ? queue + queue / 4 : 0;
    }
}

void hae_options_of_traces(const haetae_config *config, struct hae_tracer_provider *provider)
{
    enum hae_config_key length = HAE_KEY_OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT;
    const struct hae_recorder *recorder = provider->recorder;

    hae_tracer_provider_enable(provider, signal_wanted(config, HAETAE_SIGNAL_TRACES));
    provider->without_exporter = without_exporter(config, HAETAE_SIGNAL_TRACES);
    provider->exports_open = hae_config_bool(config, HAE_KEY_HAETAE_EXPORT_OPEN_SPANS);
    provider->limits = (struct hae_span_limits){
        limits_of(config, recorder, HAE_KEY_OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, length),
        limits_of(config, recorder, HAE_KEY_OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT, length),
        limits_of(config, recorder, HAE_KEY_OTEL_LINK_ATTRIBUTE_COUNT_LIMIT, length),
        (uint32_t)count_or(config, HAE_KEY_OTEL_SPAN_EVENT_COUNT_LIMIT, UINT32_MAX),
        (uint32_t)count_or(config, HAE_KEY_OTEL_SPAN_LINK_COUNT_LIMIT, UINT32_MAX)};
    (void)hae_sampling_set(&provider->sampling,
                           hae_config_text(config, HAE_KEY_OTEL_TRACES_SAMPLER),
                           hae_config_real(config, HAE_KEY_OTEL_TRACES_SAMPLER_ARG, 1.0));
}

/* The choices of the key stand in the order of enum hae_exemplar_filter. */
static enum hae_exemplar_filter exemplar_filter(const haetae_config *config)
{
    return (enum hae_exemplar_filter)hae_config_int(config, HAE_KEY_OTEL_METRICS_EXEMPLAR_FILTER);
}

haetae_status hae_options_of_metrics(const haetae_config *config,
                                     struct hae_meter_provider *provider)
{
    provider->enabled = signal_wanted(config, HAETAE_SIGNAL_METRICS);
    provider->defaults.cardinality_limit =
        (uint32_t)count_or(config, HAE_KEY_HAETAE_METRICS_CARDINALITY_LIMIT, HAE_CARDINALITY_LIMIT);
    provider->unused.intervals =
        (uint32_t)count_or(config, HAE_KEY_HAETAE_METRICS_SERIES_UNUSED_INTERVALS, 0);
    provider->callback_threads = hae_config_int(config, HAE_KEY_HAETAE_WORKER) != HAE_WORKER_MANUAL;
    provider->callback_timeout_ms = (uint32_t)count_or(
        config, HAE_KEY_HAETAE_METRICS_CALLBACK_TIMEOUT, HAE_CALLBACK_TIMEOUT_MS);
    return hae_meter_provider_use_exemplars(
        provider, provider->enabled ? exemplar_filter(config) : HAE_EXEMPLARS_ALWAYS_OFF,
        (uint64_t)hae_config_int(config, HAE_KEY_HAETAE_EXEMPLAR_BYTES));
}

void hae_options_of_logs(const haetae_config *config, struct hae_logger_provider *provider)
{
    provider->enabled = signal_wanted(config, HAETAE_SIGNAL_LOGS);
    provider->without_exporter = without_exporter(config, HAETAE_SIGNAL_LOGS);
    provider->min_severity = (int)count_or(config, HAE_KEY_HAETAE_LOGS_MIN_SEVERITY, 0);
    provider->limits =
        limits_of(config, provider->recorder, HAE_KEY_OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT,
                  HAE_KEY_OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT);
}

/* ---- The pipeline ----------------------------------------------------------------------- */

/* The keys for how a signal is batched. */
struct batch_keys {
    enum hae_config_key processor;
    enum hae_config_key delay;
    enum hae_config_key batch;
    enum hae_config_key queue;
    enum hae_config_key timeout;
};

static struct hae_batch_options batch_options(const haetae_config *config,
                                              const struct batch_keys *keys)
{
    struct hae_batch_options options = {
        .delay_ms = count_or(config, keys->delay, 1000),
        .item_count_max = count_or(config, keys->batch, BATCH_ITEMS),
        .queue_item_max = count_or(config, keys->queue, UINT64_MAX),
        .export_timeout_ms = count_or(config, keys->timeout, 30000),
    };

    if (is_simple(config, keys->processor)) {
        options.delay_ms = 0;
        options.item_count_max = 1;
    }
    if (options.item_count_max > options.queue_item_max) {
        options.item_count_max = options.queue_item_max;
    }
    return options;
}

static uint64_t largest_spooled(const haetae_config *config)
{
    return hae_config_text(config, HAE_KEY_HAETAE_SPOOL_DIR)[0] != '\0'
               ? (uint64_t)hae_config_int(config, HAE_KEY_HAETAE_SPOOL_BYTES) / REQUESTS_IN_SPOOL
               : UINT64_MAX;
}

struct hae_pipeline_options hae_options_of_pipeline(const haetae_config *config)
{
    static const struct batch_keys traces = {
        HAE_KEY_HAETAE_TRACES_PROCESSOR, HAE_KEY_OTEL_BSP_SCHEDULE_DELAY,
        HAE_KEY_OTEL_BSP_MAX_EXPORT_BATCH_SIZE, HAE_KEY_OTEL_BSP_MAX_QUEUE_SIZE,
        HAE_KEY_OTEL_BSP_EXPORT_TIMEOUT};
    static const struct batch_keys logs = {
        HAE_KEY_HAETAE_LOGS_PROCESSOR, HAE_KEY_OTEL_BLRP_SCHEDULE_DELAY,
        HAE_KEY_OTEL_BLRP_MAX_EXPORT_BATCH_SIZE, HAE_KEY_OTEL_BLRP_MAX_QUEUE_SIZE,
        HAE_KEY_OTEL_BLRP_EXPORT_TIMEOUT};
    uint64_t queue = count_or(config, HAE_KEY_HAETAE_QUEUE_BYTES, 0);
    uint64_t request = count_or(config, HAE_KEY_HAETAE_MAX_REQUEST_BYTES, 0);
    struct hae_pipeline_options options = {
        .metric_interval_ms = count_or(config, HAE_KEY_OTEL_METRIC_EXPORT_INTERVAL, 60000),
        .retry = {.initial_ms = count_or(config, HAE_KEY_HAETAE_RETRY_INITIAL_MS, 1000),
                  .max_ms = count_or(config, HAE_KEY_HAETAE_RETRY_MAX_MS, 30000),
                  .elapsed_ms = count_or(config, HAE_KEY_HAETAE_RETRY_ELAPSED_MS, 0)}};

    options.signals[HAETAE_SIGNAL_TRACES] = batch_options(config, &traces);
    options.signals[HAETAE_SIGNAL_LOGS] = batch_options(config, &logs);
    options.signals[HAETAE_SIGNAL_METRICS] = (struct hae_batch_options){
        .delay_ms = 1000,
        .item_count_max = UINT64_MAX,
        .queue_item_max = UINT64_MAX,
        .export_timeout_ms = count_or(config, HAE_KEY_OTEL_METRIC_EXPORT_TIMEOUT, 30000)};
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        uint64_t share = queue / SHARES * queue_share[signal];
        uint64_t largest = hae_min(share / REQUESTS_IN_SHARE, largest_spooled(config));

        options.signals[signal].drops_oldest =
            signal != HAETAE_SIGNAL_METRICS &&
            hae_config_int(config, HAE_KEY_HAETAE_QUEUE_FULL) == HAE_QUEUE_DROP_OLDEST;
        options.signals[signal].queue_byte_max = share;
        options.signals[signal].request_size_max_bytes =
            (size_t)(request < largest ? request : largest);
    }
    return options;
}

haetae_status hae_options_check_resource(haetae_config *config, size_t resource_size_bytes)
{
    struct hae_pipeline_options options = hae_options_of_pipeline(config);

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        size_t request = options.signals[signal].request_size_max_bytes;

        if (resource_size_bytes > request / 2) {
            hae_config_error_add(
                config,
                "the resource takes %zu bytes, more than half of a request with %s, which may "
                "have %zu by HAETAE_MAX_REQUEST_BYTES, HAETAE_QUEUE_BYTES and HAETAE_SPOOL_BYTES",
                resource_size_bytes, haetae_signal_name((haetae_signal)signal), request);
            return HAETAE_EVALUE;
        }
    }
    return HAETAE_OK;
}
