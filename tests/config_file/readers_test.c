/* SPDX-License-Identifier: Apache-2.0 */
/* meter_provider.readers: periodic readers with temporality, limits and intervals of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "haetae/config_file.h"
#include "haetae/haetae.h"
#include "otlp.pb-c.h"

enum { SINKS = 3 };

/* The last request that each exporter got; two are registered by name, one is a component. */
static HaeOtlp__ExportMetricsServiceRequest *requests[SINKS];
static unsigned counts[SINKS];
static size_t most_points[SINKS]; /* of one request */
static int indices[SINKS] = {0, 1, 2};

static void forget_requests(void)
{
    for (int i = 0; i < SINKS; i++) {
        if (requests[i] != NULL) {
            hae_otlp__export_metrics_service_request__free_unpacked(requests[i], NULL);
        }
        requests[i] = NULL;
        counts[i] = 0;
        most_points[i] = 0;
    }
}

/* Those of counters and histograms of one scope. */
static size_t points_of(const HaeOtlp__ExportMetricsServiceRequest *request)
{
    const HaeOtlp__ScopeMetrics *scope = request->resource_metrics[0]->scope_metrics[0];
    size_t points = 0;

    for (size_t i = 0; i < scope->n_metrics; i++) {
        const HaeOtlp__Metric *metric = scope->metrics[i];

        points += metric->data_case == HAE_OTLP__METRIC__DATA_SUM ? metric->sum->n_data_points
                  : metric->data_case == HAE_OTLP__METRIC__DATA_HISTOGRAM
                      ? metric->histogram->n_data_points
                      : metric->exponential_histogram->n_data_points;
    }
    return points;
}

static void sink_send(void *self, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK);
    int i = *(int *)self;

    if (requests[i] != NULL) {
        hae_otlp__export_metrics_service_request__free_unpacked(requests[i], NULL);
    }
    requests[i] = hae_otlp__export_metrics_service_request__unpack(
        NULL, haetae_delivery_size(delivery), haetae_delivery_data(delivery));
    counts[i]++;
    if (points_of(requests[i]) > most_points[i]) {
        most_points[i] = points_of(requests[i]);
    }
    haetae_delivery_complete(delivery, &result);
}

static haetae_status make_sink(void *user, haetae_config *config, uint32_t signals,
                               haetae_exporter **ret_exporter)
{
    static const char *const names[SINKS] = {"one", "console", "three"};
    haetae_exporter_ops ops = HAETAE_OPTIONS(haetae_exporter_ops, .name = names[*(int *)user],
                                             .send = sink_send, .signals = signals);

    (void)config;
    return haetae_exporter_new(&ops, user, ret_exporter);
}

static haetae_status make_component(void *user, haetae_config *config, uint32_t signals,
                                    const haetae_config_node *properties)
{
    haetae_exporter *exporter = NULL;
    haetae_status status = make_sink(user, config, signals, &exporter);

    (void)properties;
    status = status == HAETAE_OK ? haetae_config_add_exporter(config, exporter) : status;
    if (status != HAETAE_OK) {
        haetae_exporter_free(exporter);
    }
    return status;
}

static int register_sinks(void **state)
{
    haetae_exporter_factory one = HAETAE_OPTIONS(haetae_exporter_factory, .name = "one",
                                                 .user = &indices[0], .create = make_sink);
    haetae_exporter_factory two = HAETAE_OPTIONS(haetae_exporter_factory, .name = "console",
                                                 .user = &indices[1], .create = make_sink);
    haetae_config_component three =
        HAETAE_OPTIONS(haetae_config_component, .kind = HAETAE_CONFIG_EXPORTER, .name = "three",
                       .user = &indices[2], .create = make_component);

    (void)state;
    return haetae_exporter_register(&one) == HAETAE_OK &&
                   haetae_exporter_register(&two) == HAETAE_OK &&
                   haetae_config_component_register(&three) == HAETAE_OK
               ? 0
               : -1;
}

static int set_up(void **state)
{
    clearenv();
    return haetae_config_new((haetae_config **)state) == HAETAE_OK &&
                   haetae_config_set_diagnostics(*state, NULL, NULL) == HAETAE_OK &&
                   haetae_config_set(*state, "HAETAE_WORKER", "manual") == HAETAE_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    forget_requests();
    return 0;
}

#define READERS "file_format: \"1.1\"\nmeter_provider:\n  readers:\n"

static haetae_status load(haetae_config *config, const char *text)
{
    haetae_config_model *model = NULL;
    haetae_status status = haetae_config_model_parse(config, "f.yaml", text, strlen(text), &model);

    if (status == HAETAE_OK) {
        status = haetae_config_model_create(model, config);
    }
    haetae_config_model_free(model);
    return status;
}

static haetae_sdk *start(haetae_config *config, const char *text)
{
    haetae_sdk *sdk = NULL;

    if (load(config, text) != HAETAE_OK || haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    return sdk;
}

static void record(haetae_sdk *sdk, int series)
{
    haetae_meter *meter = haetae_meter_named(sdk, "library");

    for (int i = 0; i < series; i++) {
        haetae_counter_add(haetae_counter_named(meter, "c", NULL), 1,
                           HAETAE_ATTRS(HAETAE_ATTR("i", i)));
        haetae_histogram_record_double(haetae_histogram_named(meter, "h", NULL), 1,
                                       HAETAE_ATTRS(HAETAE_ATTR("i", i)));
    }
    assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
}

static const HaeOtlp__Metric *find(int sink, const char *name)
{
    const HaeOtlp__ScopeMetrics *scope = requests[sink]->resource_metrics[0]->scope_metrics[0];

    for (size_t i = 0; i < scope->n_metrics; i++) {
        if (strcmp(scope->metrics[i]->name, name) == 0) {
            return scope->metrics[i];
        }
    }
    return NULL;
}

static void readers_have_limits_of_their_own(void **state)
{
    haetae_sdk *sdk =
        start(*state, READERS "    - periodic: {exporter: {one: }}\n"
                              "    - periodic:\n"
                              "        exporter: {console: }\n"
                              "        cardinality_limits: {default: 4, histogram: 2}\n");

    record(sdk, 10);
    assert_int_equal(find(0, "c")->sum->n_data_points, 10);
    assert_int_equal(find(0, "h")->histogram->n_data_points, 10);
    assert_int_equal(find(1, "c")->sum->n_data_points, 4 + 1);
    assert_int_equal(find(1, "h")->histogram->n_data_points, 2 + 1);
    haetae_sdk_free(sdk);
}

static int32_t temporality_of(int sink, const char *name)
{
    const HaeOtlp__Metric *metric = find(sink, name);

    return (int32_t)(metric->data_case == HAE_OTLP__METRIC__DATA_SUM
                         ? metric->sum->aggregation_temporality
                         : metric->histogram->aggregation_temporality);
}

static void exporters_say_the_temporality_of_their_reader(void **state)
{
    static const struct {
        const char *preference;
        int32_t expected;
    } cases[] = {{"cumulative", HAETAE_TEMPORALITY_CUMULATIVE},
                 {"delta", HAETAE_TEMPORALITY_DELTA},
                 {"low_memory", HAETAE_TEMPORALITY_DELTA}};
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        haetae_config *config = NULL;
        haetae_sdk *sdk;

        set_up((void **)&config);
        snprintf(text, sizeof text,
                 READERS "    - periodic: {exporter: {one: }}\n"
                         "    - periodic: {exporter: {console: {temporality_preference: %s, "
                         "default_histogram_aggregation: explicit_bucket_histogram}}}\n",
                 cases[i].preference);
        sdk = start(config, text);
        record(sdk, 1);
        assert_int_equal(temporality_of(0, "c"), HAETAE_TEMPORALITY_CUMULATIVE);
        assert_int_equal(temporality_of(1, "c"), cases[i].expected);
        assert_int_equal(temporality_of(1, "h"), cases[i].expected);
        haetae_sdk_free(sdk);
        haetae_config_free(config);
    }
}

static void exporters_say_which_histograms_their_reader_makes(void **state)
{
    haetae_sdk *sdk = start(*state, READERS
                            "    - periodic: {exporter: {one: }}\n"
                            "    - periodic: {exporter: {console: {default_histogram_aggregation: "
                            "base2_exponential_bucket_histogram}}}\n");

    record(sdk, 2);
    assert_int_equal(find(0, "h")->data_case, HAE_OTLP__METRIC__DATA_HISTOGRAM);
    assert_int_equal(find(1, "h")->data_case, HAE_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM);
    assert_int_equal(find(1, "h")->exponential_histogram->n_data_points, 2);
    assert_int_equal(find(1, "h")->exponential_histogram->data_points[0]->count, 1);
    haetae_sdk_free(sdk);
}

static void readers_have_requests_of_a_size_of_their_own(void **state)
{
    haetae_sdk *sdk = start(*state, READERS "    - periodic: {exporter: {one: }, "
                                            "max_export_batch_size/development: 4}\n"
                                            "    - periodic: {exporter: {console: }}\n");

    record(sdk, 10); /* of a counter and a histogram */
    assert_int_equal(most_points[0], 4);
    assert_true(counts[0] >= 5);
    assert_int_equal(most_points[1], 20);
    haetae_sdk_free(sdk);
}

static void readers_that_agree_are_keys(void **state)
{
    haetae_sdk *sdk = start(
        *state, READERS "    - periodic: {exporter: {one: }, interval: 5000, cardinality_limits: "
                        "{default: 3}}\n"
                        "    - periodic: {exporter: {three: }, interval: 5000, cardinality_limits: "
                        "{default: 3}}\n");

    assert_string_equal(haetae_config_get(*state, "OTEL_METRIC_EXPORT_INTERVAL"), "5000");
    assert_string_equal(haetae_config_get(*state, "HAETAE_METRICS_CARDINALITY_LIMIT"), "3");
    record(sdk, 10);
    assert_int_equal(find(0, "c")->sum->n_data_points, 3 + 1);
    assert_int_equal(find(2, "c")->sum->n_data_points, 3 + 1);
    haetae_sdk_free(sdk);
}

static void a_reader_that_says_nothing_has_the_defaults_beside_one_that_does(void **state)
{
    haetae_sdk *sdk =
        start(*state, READERS "    - periodic: {exporter: {one: }, cardinality_limits: "
                              "{default: 3}}\n"
                              "    - periodic: {exporter: {console: }, interval: 7000}\n");

    record(sdk, 10);
    assert_int_equal(find(0, "c")->sum->n_data_points, 3 + 1);
    assert_int_equal(find(1, "c")->sum->n_data_points, 10);
    haetae_sdk_free(sdk);
}

static void a_component_has_no_reader_of_its_own(void **state)
{
    assert_int_equal(load(*state, READERS "    - periodic: {exporter: {one: }}\n"
                                          "    - periodic: {exporter: {three: }, "
                                          "cardinality_limits: {gauge: 1}}\n"),
                     HAETAE_EUNSUPPORTED);
    assert_non_null(strstr(haetae_config_error(*state),
                           "f.yaml:5: meter_provider.readers[1].periodic: the exporter is a "));
}

static void what_is_wrong_with_readers_is_named(void **state)
{
    static const char *const rows[][2] = {
        {READERS "    - periodic: {exporter: {one: }, interval: 0}\n",
         "f.yaml:4: meter_provider.readers[0].periodic.interval: expected a whole number from 1"},
        {READERS "    - periodic: {exporter: {one: }, cardinality_limits: {counter: 0}}\n",
         "f.yaml:4: meter_provider.readers[0].periodic.cardinality_limits.counter: expected a "},
        {READERS "    - periodic: {exporter: {one: }, cardinality_limits: {meter: 1}}\n",
         "f.yaml:4: meter_provider.readers[0].periodic.cardinality_limits.meter: the schema has"},
        {READERS "    - periodic: {exporter: {one: }, max_export_batch_size/development: 0}\n",
         "f.yaml:4: meter_provider.readers[0].periodic.max_export_batch_size/development: "
         "expected"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        haetae_config *config = NULL;

        assert_int_equal(haetae_config_new(&config), HAETAE_OK);
        assert_int_not_equal(load(config, rows[i][0]), HAETAE_OK);
        if (strncmp(haetae_config_error(config), rows[i][1], strlen(rows[i][1])) != 0) {
            fail_msg("%s", haetae_config_error(config));
        }
        haetae_config_free(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(readers_have_limits_of_their_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(readers_have_requests_of_a_size_of_their_own, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(exporters_say_the_temporality_of_their_reader, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(exporters_say_which_histograms_their_reader_makes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(readers_that_agree_are_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_reader_that_says_nothing_has_the_defaults_beside_one_that_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_component_has_no_reader_of_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_with_readers_is_named, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, register_sinks, NULL);
}
