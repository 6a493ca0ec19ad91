/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong in a configuration file, and how it is said. */
#include "load_fixture.h"

static void faults_have_file_line_and_path(void **state)
{
    static const struct {
        const char *text, *begins, *has;
    } rows[] = {
        {"disabled: false\n", "f.yaml:1: ", "the key file_format is missing"},
        {FORMAT "disabled: 1\n", "f.yaml:2: disabled: ", "expected true or false"},
        {FORMAT "disabled: 'true'\n", "f.yaml:2: disabled: ", "expected true or false"},
        {FORMAT "log_level: loud\n", "f.yaml:2: log_level: ", "expected one of trace|"},
        {FORMAT "resource: 7\n", "f.yaml:2: resource: ", "expected keys with values"},
        {FORMAT "tracer_provider: {}\n", "f.yaml:2: tracer_provider: ", "processors is missing"},
        {FORMAT "tracer_provider:\n  processors: []\n",
         "f.yaml:3: tracer_provider.processors: ", "at least one"},
        {FORMAT "tracer_provider:\n  processors: [{}]\n",
         "f.yaml:3: tracer_provider.processors[0]: ", "expected one key"},
        {TRACES "  limits: {event_count_limit: -1}\n",
         "f.yaml:7: tracer_provider.limits.event_count_limit: ", "whole number from 0"},
        {TRACES "  limits: {event_count_limit: 1.5}\n",
         "f.yaml:7: tracer_provider.limits.event_count_limit: ", "whole number from 0"},
        {TRACES "  limits: {no_such_limit: 1}\n",
         "f.yaml:7: tracer_provider.limits.no_such_limit: ", "no such key"},
        {TRACES "  sampler: {trace_id_ratio_based: {ratio: 2}}\n",
         "f.yaml:7: tracer_provider.sampler.trace_id_ratio_based.ratio: ", "from 0 to 1"},
        {TRACES "  sampler: {always_on: {x: 1}}\n",
         "f.yaml:7: tracer_provider.sampler.always_on.x: ", "no such key"},
        {TRACES "  sampler: {always_on: , always_off: }\n",
         "f.yaml:7: tracer_provider.sampler: ", "one key"},
        {FORMAT "resource: {attributes: [{name: a}]}\n",
         "f.yaml:2: resource.attributes[0]: ", "value is missing"},
        {FORMAT "file_format: 1\n", "f.yaml:2: ", "is there twice"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        refused(*state, HAETAE_EFORMAT, rows[i].text, rows[i].begins, rows[i].has);
    }
}

static void each_fault_has_a_line(void **state)
{
    const char *error;

    refused(*state, HAETAE_EFORMAT, FORMAT "disabled: 1\nlog_level: 2\n", "f.yaml:2: disabled",
            "f.yaml:3: log_level");
    error = haetae_config_error(*state);
    assert_non_null(strchr(error, '\n'));
}

static void what_haetae_does_not_have_is_named(void **state)
{
    static const struct {
        const char *text, *begins, *has;
    } rows[] = {
        {"file_format: \"2.0\"\n", "f.yaml:1: file_format: ", "haetae reads version 1.1"},
        {"file_format: \"0.4\"\n", "f.yaml:1: file_format: ", "haetae reads version 1.1"},
        {FORMAT "tracer_provider:\n  processors: [batch: {exporter: {otlp_grpc: }}]\n",
         "f.yaml:3: tracer_provider.processors[0].batch.exporter.otlp_grpc: ",
         "\"otlp\" for grpc is linked"},
        {FORMAT "tracer_provider:\n  processors: [batch: {exporter: {otlp_file/development: }}]\n",
         "f.yaml:3: tracer_provider.processors[0].batch.exporter.otlp_file/development: ",
         "\"otlp_file\" is linked"},
        {FORMAT "tracer_provider:\n  processors: [batch: {exporter: {moon: {x: 1}}}]\n",
         "f.yaml:3: tracer_provider.processors[0].batch.exporter.moon: ", "takes no properties"},
        {FORMAT "tracer_provider:\n  processors: [batch: {exporter: {moon: }}]\n",
         "f.yaml:3: tracer_provider.processors[0].batch.exporter.moon: ",
         "no exporter named \"moon\" is linked"},
        {FORMAT "tracer_provider:\n  processors: [moon: ]\n",
         "f.yaml:3: tracer_provider.processors[0].moon: ", "no component of this name"},
        {FORMAT "meter_provider:\n  readers: [pull: {exporter: {prometheus/development: }}]\n",
         "f.yaml:3: meter_provider.readers[0].pull.exporter.prometheus/development: ",
         "no exporter named \"prometheus\" is linked"},
        {FORMAT "meter_provider:\n  readers: [pull: {exporter: {prometheus/development: }, "
                "cardinality_limits: {gauge: 1}}]\n",
         "f.yaml:3: meter_provider.readers[0].pull.cardinality_limits.gauge: ", "one limit"},
        {FORMAT "meter_provider:\n  readers: [periodic: {exporter: {console: }, producers: [x]}]\n",
         "f.yaml:3: meter_provider.readers[0].periodic.producers: ", "none that a file can name"},
        {TRACES "    - batch: {schedule_delay: 1, exporter: {console: }}\n"
                "    - batch: {schedule_delay: 2, exporter: {console: }}\n",
         "f.yaml:8: tracer_provider.processors[2].batch.schedule_delay: ", "an earlier one says 1"},
        {TRACES "    - simple: {exporter: {console: }}\n",
         "f.yaml:7: tracer_provider.processors[1].simple: ", "an earlier one says batch"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        haetae_config *config = NULL;

        assert_int_equal(haetae_config_new(&config), HAETAE_OK);
        refused(config, HAETAE_EUNSUPPORTED, rows[i].text, rows[i].begins, rows[i].has);
        haetae_config_free(config);
    }
    (void)state;
}

static void values_that_cannot_be_used_are_named(void **state)
{
    refused(*state, HAETAE_EVALUE,
            FORMAT "tracer_provider:\n  processors: [batch: {exporter: {otlp_http: {tls: {ca_file: "
                   "ca.pem}}}}]\n",
            "f.yaml:3: tracer_provider.processors[0].batch.exporter.otlp_http.tls.ca_file: ",
            "absolute path");
    refused(*state, HAETAE_EVALUE,
            FORMAT "tracer_provider:\n  processors: [batch: {exporter: {otlp_http: {endpoint: 'a "
                   "b'}}}]\n",
            "f.yaml:3: tracer_provider.processors[0].batch.exporter.otlp_http.endpoint: ",
            "expected a URL");
    refused(*state, HAETAE_EVALUE, TRACES "resource: {attributes: [{name: a, value: 1}]}\n",
            "f.yaml:7: resource.attributes[0].value: ", "the type string");
    refused(*state, HAETAE_EVALUE, TRACES "distribution: {haetae: {HAETAE_QUEUE_BYTES: 1}}\n",
            "f.yaml:7: distribution.haetae.HAETAE_QUEUE_BYTES: ", "expected a size");
}

static void whole_numbers_have_all_forms_of_yaml(void **state)
{
    loads(*state, FORMAT "tracer_provider:\n  limits: {event_count_limit: 0x10, link_count_limit: "
                         "+7, attribute_count_limit: 0o17}\n  processors:\n"
                         "    - batch: {schedule_delay: 10, exporter: {console: }}\n"
                         "    - batch: {schedule_delay: 0xA, exporter: {console: }}\n");
    assert_string_equal(haetae_config_get(*state, "OTEL_SPAN_EVENT_COUNT_LIMIT"), "16");
    assert_string_equal(haetae_config_get(*state, "OTEL_SPAN_LINK_COUNT_LIMIT"), "7");
    assert_string_equal(haetae_config_get(*state, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"), "15");
    assert_string_equal(haetae_config_get(*state, "OTEL_BSP_SCHEDULE_DELAY"), "10");
}

static void keys_of_haetae_are_a_map_of_values(void **state)
{
    static const char *const wrong[][2] = {
        {"distribution: {haetae: 1}\n", "expected a map of keys"},
        {"distribution: {haetae: {HAETAE_QUEUE_BYTES: {a: 1}}}\n", "expected a text, number"},
        {"distribution: {haetae: {HAETAE_QUEUE_BYTES: [1]}}\n", "expected a text, number"},
        {"distribution: {haetae: {OTEL_X: 1}}\n", "expected a key of haetae"},
    };
    char text[128];

    loads(*state, FORMAT "distribution: {haetae: {HAETAE_QUEUE_BYTES: null}}\n");
    assert_string_equal(haetae_config_get(*state, "HAETAE_QUEUE_BYTES"), "16777216"); /* default */
    loads(*state, FORMAT "distribution: {haetae: }\n");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(text, sizeof text, FORMAT "%s", wrong[i][0]);
        assert_int_not_equal(load(*state, text), HAETAE_OK);
        assert_non_null(strstr(haetae_config_error(*state), wrong[i][1]));
    }
}

static void secrets_are_shown_by_no_fault(void **state)
{
    refused(*state, HAETAE_EVALUE,
            FORMAT "tracer_provider:\n  processors: [batch: {exporter: {otlp_http: {headers_list: "
                   "\"api-key=hunter2\\nx\"}}}]\n",
            "f.yaml:3: tracer_provider.processors[0].batch.exporter.otlp_http.headers_list: ", "");
    assert_null(strstr(haetae_config_error(*state), "hunter2"));
    refused(*state, HAETAE_EVALUE,
            FORMAT "tracer_provider:\n  processors: [batch: {exporter: {otlp_http: {endpoint: "
                   "'http://u:hunter2@x y'}}}]\n",
            "f.yaml:3: ", "");
    assert_null(strstr(haetae_config_error(*state), "hunter2"));
}

static void what_matters_less_is_a_warning(void **state)
{
    const char *warnings;

    loads(*state, "file_format: \"1.9\"\nfuture: 1\n"
                  "meter_provider:\n  readers: [periodic: {exporter: {console: }}]\n"
                  "logger_provider:\n"
                  "  processors: [event_to_span_event_bridge/development: {}]\n");
    warnings = haetae_config_warnings(*state);
    assert_non_null(strstr(warnings, "f.yaml:1: file_format: haetae reads version 1.1"));
    assert_non_null(strstr(warnings, "f.yaml:2: future: the schema has no such key"));
    assert_non_null(strstr(warnings, "f.yaml:6: logger_provider.processors[0].event_to_span"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(faults_have_file_line_and_path),       TEST(each_fault_has_a_line),
        TEST(what_haetae_does_not_have_is_named),   TEST(values_that_cannot_be_used_are_named),
        TEST(whole_numbers_have_all_forms_of_yaml), TEST(keys_of_haetae_are_a_map_of_values),
        TEST(secrets_are_shown_by_no_fault),        TEST(what_matters_less_is_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
