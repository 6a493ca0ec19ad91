/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of metrics that an exporter brings, by its keys. */
#include "haetae/otlp_http.h"
#include "otlp.pb-c.h"
#include "support/http_server_mhd.h"
#include "support/sdk_fixture.h"

enum { TIMEOUT_MS = 30000 };

/* What arrives of a counter and a histogram of double numbers. */
struct arrived {
    int temporality;
    HaeOtlp__Metric__DataCase histogram;
};

static void look(const HaeOtlp__Metric *metric, struct arrived *arrived)
{
    if (metric->data_case == HAE_OTLP__METRIC__DATA_SUM) {
        arrived->temporality = (int)metric->sum->aggregation_temporality;
    } else {
        arrived->histogram = metric->data_case;
    }
}

static struct arrived arrived_with(const char *key, const char *value)
{
    static const struct http_reply accepted = {.status = 200};
    struct http_server_mhd *server = http_server_mhd_start(&accepted, NULL);
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;
    HaeOtlp__ExportMetricsServiceRequest *request;
    const struct http_request *got;
    char endpoint[64];
    struct arrived arrived = {0};

    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", http_server_mhd_port(server));
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, key, value), HAETAE_OK);
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    haetae_counter_add(haetae_counter_named(haetae_meter_named(sdk, "m"), "c", "1"), 1, NULL, 0);
    haetae_histogram_record_double(haetae_histogram_named(haetae_meter_named(sdk, "m"), "h", "s"),
                                   1.5, NULL, 0);
    assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);
    got = http_server_mhd_request(server, 0);
    request = hae_otlp__export_metrics_service_request__unpack(NULL, got->body_size, got->body);
    assert_non_null(request);
    for (size_t i = 0; i < request->resource_metrics[0]->scope_metrics[0]->n_metrics; i++) {
        look(request->resource_metrics[0]->scope_metrics[0]->metrics[i], &arrived);
    }
    hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
    haetae_sdk_free(sdk);
    http_server_mhd_stop(server);
    return arrived;
}

static int temporality_with(const char *preference)
{
    return arrived_with("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", preference)
        .temporality;
}

static void histograms_are_as_configured(void **state)
{
    const char *key = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";

    (void)state;
    assert_int_equal(arrived_with(key, "explicit_bucket_histogram").histogram,
                     HAE_OTLP__METRIC__DATA_HISTOGRAM);
    assert_int_equal(arrived_with(key, "base2_exponential_bucket_histogram").histogram,
                     HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM);
}

static void temporality_follows_the_preference(void **state)
{
    enum {
        DELTA = HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_DELTA,
        CUMULATIVE = HAE_OTLP__AGGREGATION_TEMPORALITY__AGGREGATION_TEMPORALITY_CUMULATIVE
    };

    (void)state;
    assert_int_equal(temporality_with("cumulative"), CUMULATIVE);
    assert_int_equal(temporality_with("delta"), DELTA);
    assert_int_equal(temporality_with("LowMemory"), DELTA);
}

static void an_unknown_preference_is_refused(void **state)
{
    haetae_config *config = NULL;

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(
        haetae_config_set(config, "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "sometimes"),
        HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(config), "sometimes"));
    haetae_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(temporality_follows_the_preference),
        cmocka_unit_test(histograms_are_as_configured),
        cmocka_unit_test(an_unknown_preference_is_refused),
    };

    return cmocka_run_group_tests_name("otlp_http/metrics_reader", tests, NULL, NULL);
}
