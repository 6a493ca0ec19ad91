/* SPDX-License-Identifier: Apache-2.0 */
/* meter_provider.views: what an exporter gets of instruments, and what is wrong with a view. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "haetae/config_file.h"
#include "haetae/haetae.h"
#include "otlp.pb-c.h"
#include "support/temporary.h"

static HaeOtlp__ExportMetricsServiceRequest *request; /* the last one */

static void sink_send(void *self, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK);

    (void)self;
    if (request != NULL) {
        hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
    }
    request = hae_otlp__export_metrics_service_request__unpack(NULL, haetae_delivery_size(delivery),
                                                               haetae_delivery_data(delivery));
    haetae_delivery_complete(delivery, &result);
}

static haetae_status make_sink(void *user, haetae_config *config, uint32_t signals,
                               const haetae_config_node *properties)
{
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "sink", .send = sink_send, .signals = signals);
    haetae_exporter *exporter = NULL;
    haetae_status status = haetae_exporter_new(&ops, NULL, &exporter);

    (void)user;
    (void)properties;
    status = status == HAETAE_OK ? haetae_config_add_exporter(config, exporter) : status;
    if (status != HAETAE_OK) {
        haetae_exporter_free(exporter);
    }
    return status;
}

static int register_sink(void **state)
{
    haetae_config_component component =
        HAETAE_OPTIONS(haetae_config_component, .kind = HAETAE_CONFIG_EXPORTER, .name = "sink",
                       .create = make_sink);

    (void)state;
    return haetae_config_component_register(&component) == HAETAE_OK ? 0 : -1;
}

static int set_up(void **state)
{
    clearenv();
    request = NULL;
    return haetae_config_new((haetae_config **)state) == HAETAE_OK &&
                   haetae_config_set_diagnostics(*state, NULL, NULL) == HAETAE_OK &&
                   haetae_config_set(*state, "HAETAE_WORKER", "manual") == HAETAE_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    if (request != NULL) {
        hae_otlp__export_metrics_service_request__free_unpacked(request, NULL);
    }
    return 0;
}

#define METRICS                                                                                    \
    "file_format: \"1.1\"\nmeter_provider:\n  readers: [periodic: {exporter: {sink: }}]\n"
#define VIEW METRICS "  views:\n"

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

static void record(haetae_sdk *sdk)
{
    haetae_meter *meter = haetae_meter_named(sdk, "library");
    haetae_counter *calls = haetae_counter_named(meter, "calls", "{call}");
    haetae_histogram *sizes = haetae_histogram_named(meter, "sizes", "By");
    haetae_gauge *level = haetae_gauge_named(meter, "level", NULL);

    for (int i = 0; i < 4; i++) {
        haetae_counter_add(calls, 1,
                           HAETAE_ATTRS(HAETAE_ATTR("http.method", "GET"),
                                        HAETAE_ATTR("http.user", i), HAETAE_ATTR("id", i)));
        haetae_histogram_record_double(sizes, 1 << (3 * i), NULL, 0);
    }
    haetae_gauge_record_double(level, 0.5, NULL, 0);
    assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    assert_non_null(request);
}

static size_t metric_count(void)
{
    const HaeOtlp__ScopeMetrics *scope = request->resource_metrics[0]->scope_metrics[0];

    return scope->n_metrics;
}

static const HaeOtlp__Metric *find(const char *name)
{
    const HaeOtlp__ScopeMetrics *scope = request->resource_metrics[0]->scope_metrics[0];

    for (size_t i = 0; i < scope->n_metrics; i++) {
        if (strcmp(scope->metrics[i]->name, name) == 0) {
            return scope->metrics[i];
        }
    }
    return NULL;
}

static void a_view_has_all_of_selector_and_stream(void **state)
{
    haetae_sdk *sdk =
        start(*state, VIEW
              "    - selector: {instrument_name: calls, instrument_type: counter, unit: '{call}',\n"
              "        meter_name: library, meter_version: '', meter_schema_url: ''}\n"
              "      stream: {name: all.calls, description: All of them., aggregation: {sum: },\n"
              "        aggregation_cardinality_limit: 2,\n"
              "        attribute_keys: {included: [http.*], excluded: [http.u?er]}}\n");
    const HaeOtlp__Metric *metric;

    record(sdk);
    assert_int_equal(metric_count(), 3);
    metric = find("all.calls");
    assert_non_null(metric);
    assert_string_equal(metric->description, "All of them.");
    assert_string_equal(metric->unit, "{call}");
    assert_int_equal(metric->sum->n_data_points, 1);
    assert_int_equal(metric->sum->data_points[0]->as_int, 4);
    assert_string_equal(metric->sum->data_points[0]->attributes[0]->key, "http.method");
    haetae_sdk_free(sdk);
}

static void each_criterion_has_to_match(void **state)
{
    haetae_sdk *sdk = start(
        *state, VIEW "    - {selector: {instrument_type: gauge, unit: By}, stream: "
                     "{aggregation: {drop: }}}\n"
                     "    - {selector: {meter_version: '2'}, stream: {aggregation: {drop: }}}\n"
                     "    - {selector: {instrument_name: CALL?}, stream: {aggregation: "
                     "{drop: }}}\n");

    record(sdk);
    assert_int_equal(metric_count(), 2);
    assert_null(find("calls"));
    haetae_sdk_free(sdk);
}

static void a_selector_without_criteria_is_for_all(void **state)
{
    haetae_sdk *sdk =
        start(*state, VIEW "    - {selector: {instrument_name: level}, stream: {}}\n"
                           "    - {selector: {unit: null}, stream: {aggregation: {drop: }}}\n");

    record(sdk);
    assert_int_equal(metric_count(), 1);
    assert_non_null(find("level"));
    haetae_sdk_free(sdk);
}

static void aggregations_have_their_properties(void **state)
{
    haetae_sdk *sdk = start(
        *state, VIEW
        "    - selector: {instrument_name: sizes}\n"
        "      stream: {name: few, aggregation: {explicit_bucket_histogram: {boundaries: "
        "[-1.5, 10, 1e2], record_min_max: false}}}\n"
        "    - selector: {instrument_name: sizes}\n"
        "      stream: {name: usual, aggregation: {explicit_bucket_histogram: }}\n"
        "    - selector: {instrument_name: sizes}\n"
        "      stream: {name: one, aggregation: {explicit_bucket_histogram: {boundaries: []}}}\n"
        "    - selector: {instrument_name: sizes}\n"
        "      stream: {name: same, aggregation: {default: }}\n"
        "    - selector: {instrument_name: sizes}\n"
        "      stream: {name: base2, aggregation: {base2_exponential_bucket_histogram: "
        "{max_size: 4, max_scale: 0, record_min_max: false}}}\n"
        "    - selector: {instrument_name: level}\n"
        "      stream: {name: last, aggregation: {last_value: {}}}\n");
    const HaeOtlp__HistogramDataPoint *point;

    record(sdk);
    assert_int_equal(metric_count(), 7);
    point = find("few")->histogram->data_points[0];
    assert_int_equal(point->n_explicit_bounds, 3);
    assert_true(point->explicit_bounds[0] == -1.5 && point->explicit_bounds[2] == 100);
    assert_false(point->has_min || point->has_max);
    point = find("usual")->histogram->data_points[0];
    assert_int_equal(point->n_explicit_bounds, 15);
    assert_true(point->has_min && point->max == 512);
    assert_int_equal(find("one")->histogram->data_points[0]->n_explicit_bounds, 0);
    assert_int_equal(find("same")->histogram->data_points[0]->n_explicit_bounds, 15);
    assert_int_equal(find("base2")->exponential_histogram->n_data_points, 1);
    assert_int_equal(find("base2")->exponential_histogram->data_points[0]->count, 4);
    assert_false(find("base2")->exponential_histogram->data_points[0]->has_min);
    assert_int_equal(find("last")->data_case, HAE_OTLP__METRIC__DATA_GAUGE);
    haetae_sdk_free(sdk);
}

static void faults_have_their_line_and_path(void **state)
{
    static const struct {
        const char *text;
        const char *begins;
        const char *has;
    } rows[] = {
        {METRICS "  views: []\n", "f.yaml:4: meter_provider.views: ", "at least one"},
        {METRICS "  views: [x]\n", "f.yaml:4: meter_provider.views[0]: ", "keys with values"},
        {VIEW "    - {stream: {}}\n", "f.yaml:5: meter_provider.views[0]: ", "selector is missing"},
        {VIEW "    - {selector: {}}\n", "f.yaml:5: meter_provider.views[0]: ", "stream is missing"},
        {VIEW "    - {selector: {instrument_type: meter}, stream: {}}\n",
         "f.yaml:5: meter_provider.views[0].selector.instrument_type: ", "expected one of counter"},
        {VIEW "    - {selector: {name: x}, stream: {}}\n",
         "f.yaml:5: meter_provider.views[0].selector.name: ", "no such key"},
        {VIEW "    - {selector: {}, stream: {aggregation_cardinality_limit: 0}}\n",
         "f.yaml:5: meter_provider.views[0].stream.aggregation_cardinality_limit: ",
         "whole number from 1 to 16777216"},
        {VIEW "    - {selector: {}, stream: {aggregation: {sum: , drop: }}}\n",
         "f.yaml:5: meter_provider.views[0].stream.aggregation: ", "expected one key"},
        {VIEW "    - {selector: {}, stream: {aggregation: {median: }}}\n",
         "f.yaml:5: meter_provider.views[0].stream.aggregation.median: ", "no such key"},
        {VIEW "    - {selector: {}, stream: {aggregation: {explicit_bucket_histogram: "
              "{boundaries: [1, x]}}}}\n",
         "f.yaml:5: "
         "meter_provider.views[0].stream.aggregation.explicit_bucket_histogram.boundaries[1]: ",
         "finite number"},
        {VIEW "    - {selector: {}, stream: {aggregation: {explicit_bucket_histogram: "
              "{boundaries: [1, .nan]}}}}\n",
         "f.yaml:5: "
         "meter_provider.views[0].stream.aggregation.explicit_bucket_histogram.boundaries[1]: ",
         "finite number"},
        {VIEW "    - {selector: {}, stream: {aggregation: {explicit_bucket_histogram: "
              "{boundaries: [1,\n 3, 2]}}}}\n",
         "f.yaml:6: "
         "meter_provider.views[0].stream.aggregation.explicit_bucket_histogram.boundaries[2]: ",
         "more than the one before"},
        {VIEW "    - {selector: {}, stream: {aggregation: {base2_exponential_bucket_histogram: "
              "{max_scale: 21}}}}\n",
         "f.yaml:5: "
         "meter_provider.views[0].stream.aggregation.base2_exponential_bucket_histogram.max_scale:"
         " ",
         "from -10 to 20"},
        {VIEW "    - {selector: {}, stream: {attribute_keys: {included: []}}}\n",
         "f.yaml:5: meter_provider.views[0].stream.attribute_keys.included: ", "at least one"},
        {VIEW "    - {selector: {}, stream: {attribute_keys: {excluded: ['']}}}\n",
         "f.yaml:5: meter_provider.views[0]: ", "keys have 1 to 1023 bytes"},
        {VIEW "    - {selector: {}, stream: {}}\n"
              "    - {selector: {instrument_name: a*}, stream: {name: x}}\n",
         "f.yaml:6: meter_provider.views[1]: ", "for one instrument"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        haetae_config *config = NULL;

        assert_int_equal(haetae_config_new(&config), HAETAE_OK);
        assert_int_not_equal(load(config, rows[i].text), HAETAE_OK);
        if (strncmp(haetae_config_error(config), rows[i].begins, strlen(rows[i].begins)) != 0 ||
            strstr(haetae_config_error(config), rows[i].has) == NULL) {
            fail_msg("%s\n%s", rows[i].text, haetae_config_error(config));
        }
        haetae_config_free(config);
    }
}

static void lists_that_are_too_long_are_refused(void **state)
{
    static char text[8192];
    size_t length = (size_t)snprintf(text, sizeof text,
                                     VIEW "    - {selector: {}, stream: {aggregation: "
                                          "{explicit_bucket_histogram: {boundaries: [0");

    for (int i = 1; i < 201; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, ",%d", i);
    }
    snprintf(text + length, sizeof text - length, "]}}}}\n");
    assert_int_equal(load(*state, text), HAETAE_ELIMIT);
    assert_non_null(strstr(haetae_config_error(*state), "more than 200 boundaries"));
    length = (size_t)snprintf(text, sizeof text,
                              VIEW "    - {selector: {}, stream: {attribute_keys: {excluded: [a");
    for (int i = 1; i < 257; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, ",a");
    }
    snprintf(text + length, sizeof text - length, "]}}}\n");
    assert_int_equal(load(*state, text), HAETAE_ELIMIT);
    assert_non_null(strstr(haetae_config_error(*state), "more than 256 keys"));
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void a_file_with_a_fault_leaves_no_views(void **state)
{
    char path[TEMPORARY_PATH_MAX];
    int file = temporary_file(path);
    haetae_sdk *sdk = NULL;

    assert_true(file >= 0);
    close(file);
    setenv("OTEL_CONFIG_FILE", path, 1);
    write_file(path, VIEW "    - {selector: {}, stream: {aggregation: {drop: }}}\n"
                          "resource: {attributes: [{name: a, value: 1}]}\n");
    assert_int_equal(haetae_config_load_env(*state), HAETAE_EVALUE);
    write_file(path, VIEW "    - {selector: {instrument_name: other}, stream: {}}\n");
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    assert_int_equal(haetae_start(*state, &sdk), HAETAE_OK);
    record(sdk);
    assert_int_equal(metric_count(), 3);
    haetae_sdk_free(sdk);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_view_has_all_of_selector_and_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_criterion_has_to_match, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_selector_without_criteria_is_for_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(aggregations_have_their_properties, set_up, tear_down),
        cmocka_unit_test_setup_teardown(faults_have_their_line_and_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_with_a_fault_leaves_no_views, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_that_are_too_long_are_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, register_sink, NULL);
}
