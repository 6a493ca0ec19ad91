/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"

static void forget(struct capture *capture)
{
    hae_otlp__export_trace_service_request__free_unpacked(capture->traces, NULL);
    hae_otlp__export_logs_service_request__free_unpacked(capture->logs, NULL);
    hae_otlp__export_metrics_service_request__free_unpacked(capture->metrics, NULL);
    capture->traces = NULL;
    capture->logs = NULL;
    capture->metrics = NULL;
}

/* Keeps the last request of each signal: metrics are exported again at the shutdown. */
static void keep(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct capture *capture = fake->user;
    const uint8_t *data = haetae_delivery_data(delivery);
    size_t size = haetae_delivery_size(delivery);

    switch (haetae_delivery_signal(delivery)) {
    case HAETAE_SIGNAL_TRACES:
        hae_otlp__export_trace_service_request__free_unpacked(capture->traces, NULL);
        capture->traces = hae_otlp__export_trace_service_request__unpack(NULL, size, data);
        assert_non_null(capture->traces);
        break;
    case HAETAE_SIGNAL_LOGS:
        hae_otlp__export_logs_service_request__free_unpacked(capture->logs, NULL);
        capture->logs = hae_otlp__export_logs_service_request__unpack(NULL, size, data);
        assert_non_null(capture->logs);
        break;
    case HAETAE_SIGNAL_METRICS:
        hae_otlp__export_metrics_service_request__free_unpacked(capture->metrics, NULL);
        capture->metrics = hae_otlp__export_metrics_service_request__unpack(NULL, size, data);
        assert_non_null(capture->metrics);
        break;
    }
    fake_accept(fake, delivery);
}

int capture_begin(void **state)
{
    struct capture *capture = calloc(1, sizeof *capture);

    assert_non_null(capture);
    fake_init(&capture->fake, "fake", keep);
    capture->fake.user = capture;
    capture->sdk = sdk_start_manual(&capture->fake);
    capture->tracer = haetae_tracer_named(capture->sdk, "test");
    capture->logger = haetae_logger_named(capture->sdk, "test");
    capture->meter = haetae_meter_named(capture->sdk, "test");
    *state = capture;
    return 0;
}

int capture_end(void **state)
{
    struct capture *capture = *state;

    haetae_sdk_free(capture->sdk);
    forget(capture);
    fake_done(&capture->fake);
    free(capture);
    return 0;
}

static void flush(struct capture *capture)
{
    forget(capture);
    assert_int_equal(haetae_sdk_force_flush(capture->sdk, 0), HAETAE_OK);
}

const HaeOtlp__Span *capture_span(struct capture *capture)
{
    flush(capture);
    assert_non_null(capture->traces);
    assert_int_equal(capture->traces->resource_spans[0]->n_scope_spans, 1);
    assert_int_equal(capture->traces->resource_spans[0]->scope_spans[0]->n_spans, 1);
    return capture->traces->resource_spans[0]->scope_spans[0]->spans[0];
}

const HaeOtlp__LogRecord *capture_log(struct capture *capture)
{
    flush(capture);
    assert_non_null(capture->logs);
    assert_int_equal(capture->logs->resource_logs[0]->n_scope_logs, 1);
    assert_int_equal(capture->logs->resource_logs[0]->scope_logs[0]->n_log_records, 1);
    return capture->logs->resource_logs[0]->scope_logs[0]->log_records[0];
}

const HaeOtlp__Metric *capture_metric(struct capture *capture)
{
    flush(capture);
    assert_non_null(capture->metrics);
    assert_int_equal(capture->metrics->resource_metrics[0]->n_scope_metrics, 1);
    assert_int_equal(capture->metrics->resource_metrics[0]->scope_metrics[0]->n_metrics, 1);
    return capture->metrics->resource_metrics[0]->scope_metrics[0]->metrics[0];
}

const HaeOtlp__AnyValue *capture_find(HaeOtlp__KeyValue *const *list, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i]->key, key) == 0) {
            return list[i]->value;
        }
    }
    return NULL;
}

uint64_t capture_misuse(struct capture *capture, haetae_misuse cause)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    assert_int_equal(haetae_stats_take(capture->sdk, &stats), HAETAE_OK);
    count = haetae_stats_misuse(stats, cause);
    haetae_stats_free(stats);
    return count;
}

uint64_t capture_dropped(struct capture *capture, haetae_signal signal, haetae_drop_reason reason)
{
    return sdk_numbers(capture->sdk, signal).dropped[reason];
}
