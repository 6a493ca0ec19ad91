/* SPDX-License-Identifier: Apache-2.0 */
/* The SDK's metrics about how full the streams of instruments are. */
#include <stdio.h>

#include "otlp.pb-c.h"
#include "support/sdk_fixture.h"

static HaeOtlp__ExportMetricsServiceRequest *request; /* the last one */

static void take(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_METRICS) {
        if (request != NULL) {
            hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
        }
        request = hae_otlp__export_metrics_service_request__unpack(
            NULL, haetae_delivery_size(delivery), haetae_delivery_data(delivery));
        assert_non_null(request);
    }
    fake_accept(fake, delivery);
}

static haetae_sdk *start_with(struct fake_exporter *fake, const char *on, const char *intervals)
{
    haetae_config *config;
    haetae_sdk *sdk = NULL;
    haetae_view_options view = HAETAE_OPTIONS(haetae_view_options, .instrument_name = {"c", 1});

    request = NULL;
    fake_init(fake, "fake", take);
    config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_SDK_METRICS", on},
                                     {"HAETAE_METRICS_SERIES_UNUSED_INTERVALS", intervals},
                                     {"HAETAE_METRICS_CARDINALITY_LIMIT", "300"}),
                        SDK_FAKES(fake));
    view.name = haetae_string_of("limited");
    view.cardinality_limit = 5;
    assert_int_equal(haetae_config_add_view(config, &view), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

static haetae_sdk *start(struct fake_exporter *fake, const char *on)
{
    return start_with(fake, on, "0");
}

static void finish(haetae_sdk *sdk, struct fake_exporter *fake)
{
    sdk_finish(sdk, fake);
    hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
}

static const HaeOtlp__Metric *find_metric(const char *name)
{
    const HaeOtlp__ResourceMetrics *resource = request->resource_metrics[0];

    for (size_t i = 0; i < resource->n_scope_metrics; i++) {
        for (size_t j = 0; j < resource->scope_metrics[i]->n_metrics; j++) {
            if (strcmp(resource->scope_metrics[i]->metrics[j]->name, name) == 0) {
                return resource->scope_metrics[i]->metrics[j];
            }
        }
    }
    return NULL;
}

static const char *value_of(const HaeOtlp__NumberDataPoint *point, const char *key)
{
    for (size_t i = 0; i < point->n_attributes; i++) {
        if (strcmp(point->attributes[i]->key, key) == 0) {
            return point->attributes[i]->value->string_value;
        }
    }
    return "";
}

/* The value for a stream of a meter; -1: none. */
static int64_t value(const char *metric, const char *meter, const char *stream)
{
    const HaeOtlp__Metric *found = find_metric(metric);

    for (size_t i = 0; found != NULL && i < found->sum->n_data_points; i++) {
        const HaeOtlp__NumberDataPoint *point = found->sum->data_points[i];

        if (strcmp(value_of(point, "haetae.metric.name"), stream) == 0 &&
            strcmp(value_of(point, "haetae.meter.name"), meter) == 0) {
            return point->as_int;
        }
    }
    return -1;
}

static void add_series(haetae_counter *counter, int count)
{
    for (int i = 0; i < count; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
    }
}

static void each_stream_with_attributes_shows_its_series_and_its_limit(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, "true");
    haetae_meter *meter = haetae_meter_named(sdk, "library");
    haetae_counter *limited = haetae_counter_named(meter, "c", NULL);
    haetae_counter *other = haetae_counter_named(meter, "d", NULL);

    (void)state;
    add_series(limited, 3);
    add_series(other, 40);
    haetae_counter_add(haetae_counter_named(meter, "alone", NULL), 1, NULL, 0);
    assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    assert_int_equal(value("haetae.metric.series.used", "library", "limited"), 3);
    assert_int_equal(value("haetae.metric.series.limit", "library", "limited"), 5);
    assert_int_equal(value("haetae.metric.series.used", "library", "d"), 40);
    assert_int_equal(value("haetae.metric.series.limit", "library", "d"), 300);
    assert_int_equal(value("haetae.metric.series.used", "library", "alone"), -1);
    assert_string_equal(find_metric("haetae.metric.series.used")->unit, "{series}");
    assert_false(find_metric("haetae.metric.series.used")->sum->is_monotonic);
    add_series(limited, 100); /* to the limit, and no further */
    assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    assert_int_equal(value("haetae.metric.series.used", "library", "limited"), 5);
    finish(sdk, &fake);
}

/* Down to none. What was delivered counts, so the requests are waited for. */
static void series_that_were_given_back_are_not_counted(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start_with(&fake, "true", "2");
    haetae_counter *limited = haetae_counter_named(haetae_meter_named(sdk, "library"), "c", NULL);
    int64_t before = 5;

    (void)state;
    add_series(limited, 100);
    for (int i = 0; i < 12; i++) {
        int64_t used;

        haetae_counter_add(limited, 1, HAETAE_ATTRS(HAETAE_ATTR("i", 2)));
        assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
        used = value("haetae.metric.series.used", "library", "limited");
        assert_true(used <= before && used >= 1);
        before = used;
    }
    assert_int_equal(before, 1);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    }
    assert_int_equal(value("haetae.metric.series.used", "library", "limited"), 0);
    finish(sdk, &fake);
}

static void no_more_than_256_streams_are_shown(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, "true");
    haetae_meter *meter = haetae_meter_named(sdk, "library");
    char name[16];

    (void)state;
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "m%d", i);
        add_series(haetae_counter_named(meter, name, NULL), 2);
    }
    assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    assert_true(find_metric("haetae.metric.series.used")->sum->n_data_points <= 256);
    assert_int_equal(value("haetae.metric.series.used", "library", "m100"), 2);
    finish(sdk, &fake);
}

static void without_the_sdks_metrics_there_are_none(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk = start(&fake, "false");

    (void)state;
    add_series(haetae_counter_named(haetae_meter_named(sdk, "library"), "c", NULL), 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    assert_null(find_metric("haetae.metric.series.used"));
    finish(sdk, &fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stream_with_attributes_shows_its_series_and_its_limit),
        cmocka_unit_test(series_that_were_given_back_are_not_counted),
        cmocka_unit_test(no_more_than_256_streams_are_shown),
        cmocka_unit_test(without_the_sdks_metrics_there_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
