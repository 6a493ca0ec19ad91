/* SPDX-License-Identifier: Apache-2.0 */
#include "producer_fixture.h"

#include <unistd.h>

#include "sdk/config_internal.h"

void forget(struct seen *seen)
{
    for (size_t i = 0; i < seen->request_count; i++) {
        hae_otlp__export_metrics_service_request__free_unpacked(seen->requests[i], NULL);
    }
    memset(seen, 0, sizeof *seen);
}

static void see(struct seen *seen, const uint8_t *data, size_t size)
{
    HaeOtlp__ExportMetricsServiceRequest *request =
        hae_otlp__export_metrics_service_request__unpack(NULL, size, data);

    assert_non_null(request);
    assert_true(seen->request_count < METRICS_MAX);
    seen->requests[seen->request_count++] = request;
    for (size_t i = 0; i < request->resource_metrics[0]->n_scope_metrics; i++) {
        const HaeOtlp__ScopeMetrics *scope = request->resource_metrics[0]->scope_metrics[i];

        for (size_t k = 0; k < scope->n_metrics; k++) {
            assert_true(seen->count < METRICS_MAX);
            seen->scopes[seen->count] = scope;
            seen->metrics[seen->count++] = scope->metrics[k];
        }
    }
}

static bool keep(void *user, const uint8_t *request, size_t size_bytes)
{
    see(user, request, size_bytes);
    return true;
}

static void accept_and_see(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_METRICS) {
        see(fake->user, haetae_delivery_data(delivery), haetae_delivery_size(delivery));
    }
    fake_accept(fake, delivery);
}

const HaeOtlp__Metric *find(const struct seen *seen, const char *name)
{
    for (size_t i = 0; i < seen->count; i++) {
        if (strcmp(seen->metrics[i]->name, name) == 0) {
            return seen->metrics[i];
        }
    }
    return NULL;
}

static void note(void *user, haetae_diagnostic_level level, const char *text)
{
    struct fixture *f = user;
    int written =
        snprintf(f->diagnostics + f->length, sizeof f->diagnostics - f->length, "%s\n", text);

    (void)level;
    f->length += written > 0 ? (size_t)written : 0;
    assert_true(f->length < sizeof f->diagnostics);
}

void begin_fixture(struct fixture *f, const char *worker, int32_t pull, int32_t preference)
{
    haetae_metric_reader_options options = HAETAE_OPTIONS(
        haetae_metric_reader_options, .pull = pull, .temporality_preference = preference);

    memset(f, 0, sizeof *f);
    fake_init(&f->fake, "fake", accept_and_see);
    f->fake.user = &f->seen;
    f->config = sdk_config(SDK_SETTINGS(SDK_ONLY_FLUSHES, {"HAETAE_WORKER", worker},
                                        {"HAETAE_METRICS_CALLBACK_TIMEOUT", "100"}),
                           SDK_FAKES(&f->fake));
    haetae_config_set_diagnostics(f->config, note, f);
    assert_int_equal(haetae_metric_reader_new(&options, &f->reader), HAETAE_OK);
}

void start_fixture(struct fixture *f, int32_t pull)
{
    assert_int_equal(haetae_config_add_metric_reader(f->config, f->reader,
                                                     pull ? NULL : f->config->exporters[0]),
                     HAETAE_OK);
    assert_int_equal(haetae_sdk_start(f->config, &f->sdk), HAETAE_OK);
    haetae_config_free(f->config);
}

void pull(struct fixture *f)
{
    forget(&f->seen);
    assert_int_equal(haetae_metric_reader_collect(f->reader, 10000, keep, &f->seen), HAETAE_OK);
}

void end_fixture(struct fixture *f)
{
    assert_int_equal(haetae_sdk_shutdown(f->sdk, 10000), HAETAE_OK);
    haetae_sdk_free(f->sdk);
    haetae_metric_reader_free(f->reader);
    forget(&f->seen);
    fake_done(&f->fake);
}

haetae_metric_description describe(const char *name, int32_t kind, int32_t temporality)
{
    haetae_metric_description metric =
        HAETAE_OPTIONS(haetae_metric_description, .kind = kind, .temporality = temporality);

    metric.name = haetae_string_of(name);
    metric.unit = haetae_string_of("1");
    metric.description = haetae_string_of("what it is");
    return metric;
}

void free_bridge(void *self)
{
    struct bridge *bridge = self;

    atomic_fetch_add(&bridge->freed, 1);
}

haetae_status produce(void *self, haetae_metric_batch *batch)
{
    struct bridge *bridge = self;
    haetae_metric_description metric;
    haetae_attribute attributes[] = {haetae_attribute_of("n", haetae_value_int64(0))};
    haetae_metric_point point = HAETAE_OPTIONS(haetae_metric_point, .start_time_unix_ns = 5,
                                               .attributes = attributes, .attribute_count = 1);

    atomic_fetch_add(&bridge->calls, 1);
    while (atomic_load(&bridge->hangs)) {
        usleep(1000);
    }
    bridge->temporality = haetae_metric_batch_temporality(batch, HAETAE_INSTRUMENT_COUNTER);
    metric = describe(bridge->name, HAETAE_POINT_SUM, (int32_t)bridge->temporality);
    metric.monotonic = 1;
    assert_int_equal(haetae_metric_batch_add_metric(batch, &metric, &bridge->wanted), HAETAE_OK);
    for (int i = 0; i < 2; i++) {
        attributes[0].value = haetae_value_int64(i);
        point.as_int64 = 40 + i;
        assert_int_equal(haetae_metric_batch_add_point(batch, &point), HAETAE_OK);
    }
    return bridge->returns;
}

void add_producer(struct fixture *f, struct bridge *bridge, const char *name)
{
    haetae_metric_producer producer = HAETAE_OPTIONS(haetae_metric_producer, .self = bridge,
                                                     .produce = produce, .free = free_bridge);
    char scope[] = "bridge";

    memset(bridge, 0, sizeof *bridge);
    bridge->name = name;
    producer.scope_name = haetae_string_of(scope);
    producer.scope_version = haetae_string_of("1.2");
    producer.scope_schema_url = haetae_string_of("https://schema");
    assert_int_equal(haetae_metric_reader_add_producer(f->reader, &producer), HAETAE_OK);
    memset(scope, 'x', sizeof scope - 1); /* it was copied */
}

void check_bridged(const struct seen *seen, const char *name, int temporality)
{
    const HaeOtlp__Metric *metric = find(seen, name);

    assert_non_null(metric);
    assert_string_equal(metric->unit, "1");
    assert_string_equal(metric->description, "what it is");
    assert_int_equal(metric->data_case, HAE_OTLP__METRIC__DATA_SUM);
    assert_int_equal(metric->sum->aggregation_temporality, temporality);
    assert_true(metric->sum->is_monotonic);
    assert_int_equal(metric->sum->n_data_points, 2);
    for (size_t i = 0; i < 2; i++) {
        const HaeOtlp__NumberDataPoint *point = metric->sum->data_points[i];

        assert_int_equal(point->as_int, 40 + (int)i);
        assert_int_equal(point->start_time_unix_nano, 5);
        assert_true(point->time_unix_nano > UINT64_C(1600000000000000000));
        assert_int_equal(point->n_attributes, 1);
        assert_int_equal(point->attributes[0]->value->int_value, (int)i);
    }
}

int32_t test_metric(void *self, const haetae_item_origin *origin,
                    const haetae_metric_description *metric)
{
    struct sieve *sieve = self;

    sieve->last = *metric;
    (void)snprintf(sieve->last_name, sizeof sieve->last_name, "%.*s", (int)metric->name.length,
                   metric->name.data);
    (void)snprintf(sieve->last_scope, sizeof sieve->last_scope, "%.*s",
                   (int)origin->scope_name.length, origin->scope_name.data);
    if (strcmp(sieve->last_name, "drop") == 0) {
        return HAETAE_FILTER_DROP;
    }
    return strcmp(sieve->last_name, "all") == 0 ? HAETAE_FILTER_ACCEPT
                                                : HAETAE_FILTER_ACCEPT_PARTIAL;
}

int32_t test_attributes(void *self, const haetae_item_origin *origin,
                        const haetae_metric_description *metric, const haetae_attribute *attributes,
                        size_t count)
{
    struct sieve *sieve = self;

    sieve->asked++;
    assert_int_equal(metric->name.length, strlen(sieve->last_name));
    assert_memory_equal(metric->name.data, sieve->last_name, metric->name.length);
    assert_true(origin->scope_size_bytes != 0);
    assert_int_equal(count, 1);
    assert_memory_equal(attributes[0].key.data, "n", 1);
    return attributes[0].value.as.int64 == 1 ? HAETAE_FILTER_ACCEPT : HAETAE_FILTER_DROP;
}

void free_sieve(void *self)
{
    atomic_fetch_add(&((struct sieve *)self)->freed, 1);
}

void add_filter(struct fixture *f, struct sieve *sieve)
{
    haetae_metric_filter wanted =
        HAETAE_OPTIONS(haetae_metric_filter, .self = sieve, .test_metric = test_metric,
                       .test_attributes = test_attributes, .free = free_sieve);

    memset(sieve, 0, sizeof *sieve);
    assert_int_equal(haetae_metric_reader_set_filter(f->reader, &wanted), HAETAE_OK);
    assert_int_equal(haetae_metric_reader_set_filter(f->reader, &wanted), HAETAE_ECONFLICT);
}

void count_up(struct fixture *f, const char *name)
{
    haetae_counter *counter = haetae_counter_named(haetae_meter_named(f->sdk, "m"), name, "By");

    for (int i = 0; i < 3; i++) {
        haetae_counter_add(counter, 10 + i, HAETAE_ATTRS(HAETAE_ATTR("n", i)));
    }
}
