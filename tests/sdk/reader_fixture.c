/* SPDX-License-Identifier: Apache-2.0 */
#include "reader_fixture.h"

static void add_metric(const HaeOtlp__Metric *metric, struct seen *seen)
{
    if (strcmp(metric->name, "c") != 0 || metric->data_case != HAE_OTLP__METRIC__DATA_SUM) {
        seen->others++;
        return;
    }
    seen->temporality = (int)metric->sum->aggregation_temporality;
    for (size_t i = 0; i < metric->sum->n_data_points; i++) {
        const HaeOtlp__NumberDataPoint *point = metric->sum->data_points[i];

        seen->sum += point->as_int;
        seen->points++;
        seen->attributes += (unsigned)point->n_attributes;
        seen->overflows += point->n_attributes == 1 &&
                           strcmp(point->attributes[0]->key, "otel.metric.overflow") == 0;
    }
}

static void add_request(const uint8_t *data, size_t size, struct seen *seen)
{
    HaeOtlp__ExportMetricsServiceRequest *request =
        hae_otlp__export_metrics_service_request__unpack(NULL, size, data);
    uint64_t before = seen->points;

    assert_non_null(request);
    assert_int_equal(request->n_resource_metrics, 1);
    for (size_t i = 0; i < request->resource_metrics[0]->n_scope_metrics; i++) {
        const HaeOtlp__ScopeMetrics *scope = request->resource_metrics[0]->scope_metrics[i];

        for (size_t k = 0; k < scope->n_metrics; k++) {
            add_metric(scope->metrics[k], seen);
        }
    }
    seen->pieces++;
    if (seen->points - before > seen->points_of_piece_max) {
        seen->points_of_piece_max = seen->points - before;
    }
    hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
}

bool keep(void *user, const uint8_t *request, size_t size_bytes)
{
    struct seen *seen = user;

    add_request(request, size_bytes, seen);
    return seen->pieces_max == 0 || seen->pieces < seen->pieces_max;
}

void accept_and_keep(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_METRICS) {
        add_request(haetae_delivery_data(delivery), haetae_delivery_size(delivery), fake->user);
    }
    fake_accept(fake, delivery);
}

struct seen pull(haetae_metric_reader *reader)
{
    struct seen seen = {0};

    assert_int_equal(haetae_metric_reader_collect(reader, 10000, keep, &seen), HAETAE_OK);
    return seen;
}

haetae_metric_reader *reader_of(const haetae_metric_reader_options *options)
{
    haetae_metric_reader *reader = NULL;

    assert_int_equal(haetae_metric_reader_new(options, &reader), HAETAE_OK);
    return reader;
}

haetae_metric_reader *pulled(haetae_temporality_preference preference)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(
        haetae_metric_reader_options, .pull = 1, .temporality_preference = (int32_t)preference);

    return reader_of(&options);
}

void begin_fixture(struct fixture *f, const char *worker)
{
    memset(f, 0, sizeof *f);
    fake_init(&f->fake, "fake", accept_and_keep);
    f->fake.user = &f->seen;
    f->config =
        sdk_config(SDK_SETTINGS(SDK_ONLY_FLUSHES, {"HAETAE_WORKER", worker}), SDK_FAKES(&f->fake));
}

void start_fixture(struct fixture *f)
{
    assert_int_equal(haetae_sdk_start(f->config, &f->sdk), HAETAE_OK);
    haetae_config_free(f->config);
    f->counter = haetae_counter_named(haetae_meter_named(f->sdk, "m"), "c", "1");
    assert_non_null(f->counter);
}

haetae_metric_reader *start_pulled(struct fixture *f, haetae_temporality_preference wanted)
{
    haetae_metric_reader *reader = pulled(wanted);

    begin_fixture(f, "manual");
    assert_int_equal(haetae_config_add_metric_reader(f->config, reader, NULL), HAETAE_OK);
    start_fixture(f);
    return reader;
}

void add_series(struct fixture *f, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        haetae_counter_add(f->counter, 1, &HAETAE_ATTR("i", i), 1);
    }
}

void flush(struct fixture *f)
{
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
}

void end_fixture(struct fixture *f, haetae_metric_reader *reader)
{
    sdk_finish(f->sdk, &f->fake);
    haetae_metric_reader_free(reader);
}
