/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration files as a whole: what a file sets, components by name, and the examples. */
#include "load_fixture.h"

/* ---- What a resource has
 * ---------------------------------------------------------------------------------------- */

struct wanted {
    const char *key;
    haetae_value value;
    bool found;
    char text[128];
};

static bool compare(void *user, const haetae_attribute *attribute)
{
    struct wanted *wanted = user;

    if (attribute->key.length == strlen(wanted->key) &&
        memcmp(attribute->key.data, wanted->key, attribute->key.length) == 0) {
        wanted->found = true;
        wanted->value = attribute->value;
        if (attribute->value.type == HAETAE_VALUE_STRING) {
            snprintf(wanted->text, sizeof wanted->text, "%.*s",
                     (int)attribute->value.as.string.length, attribute->value.as.string.data);
        }
    }
    return true;
}

static struct wanted find(haetae_sdk *sdk, const char *key)
{
    struct wanted wanted = {.key = key};
    haetae_resource *resource = NULL;

    assert_int_equal(haetae_sdk_resource(sdk, &resource), HAETAE_OK);
    assert_int_equal(haetae_resource_visit(resource, compare, &wanted), HAETAE_OK);
    haetae_resource_free(resource);
    return wanted;
}

/* ---- What a file sets
 * -------------------------------------------------------------------------------- */

static void each_part_sets_its_keys(void **state)
{
    loads(
        *state, FORMAT
        "disabled: true\nlog_level: warn2\n"
        "attribute_limits:\n  attribute_count_limit: 7\n  attribute_value_depth_limit: 3\n"
        "  attribute_value_length_limit:\n"
        "tracer_provider:\n"
        "  processors:\n    - batch:\n        schedule_delay: 11\n        export_timeout: 0\n"
        "        max_queue_size: 13\n        max_export_batch_size: 12\n"
        "        exporter:\n          console:\n"
        "  limits: {attribute_count_limit: 1, event_count_limit: 2, link_count_limit: 3,\n"
        "    event_attribute_count_limit: 4, link_attribute_count_limit: 5,\n"
        "    attribute_value_length_limit: 6, attribute_value_depth_limit: 3}\n"
        "  sampler: {parent_based: {root: {trace_id_ratio_based: {ratio: 0.25}}}}\n"
        "meter_provider:\n  readers:\n    - periodic:\n        interval: 21\n        timeout: 22\n"
        "        exporter: {console: {temporality_preference: cumulative}}\n"
        "        cardinality_limits: {default: 23}\n"
        "logger_provider:\n  processors: [simple: {exporter: {console: {}}}]\n"
        "  limits: {attribute_count_limit: 8, attribute_value_length_limit: 9}\n"
        "distribution:\n  haetae: {HAETAE_QUEUE_BYTES: 32m}\n  other: {x: 1}\n");
    is(*state, "OTEL_SDK_DISABLED", "true");
    is(*state, "OTEL_LOG_LEVEL", "14");
    is(*state, "OTEL_ATTRIBUTE_COUNT_LIMIT", "7");
    is(*state, "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "");
    is(*state, "HAETAE_VALUE_DEPTH_LIMIT", "3");
    is(*state, "OTEL_BSP_SCHEDULE_DELAY", "11");
    is(*state, "OTEL_BSP_EXPORT_TIMEOUT", "0");
    is(*state, "OTEL_BSP_MAX_QUEUE_SIZE", "13");
    is(*state, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "12");
    is(*state, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1");
    is(*state, "OTEL_SPAN_EVENT_COUNT_LIMIT", "2");
    is(*state, "OTEL_SPAN_LINK_COUNT_LIMIT", "3");
    is(*state, "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "4");
    is(*state, "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "5");
    is(*state, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "6");
    is(*state, "OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
    is(*state, "OTEL_TRACES_SAMPLER_ARG", "0.250000000000000");
    is(*state, "OTEL_METRIC_EXPORT_INTERVAL", "21");
    is(*state, "OTEL_METRIC_EXPORT_TIMEOUT", "22");
    is(*state, "HAETAE_METRICS_CARDINALITY_LIMIT", "23");
    is(*state, "HAETAE_TRACES_PROCESSOR", "batch");
    is(*state, "HAETAE_LOGS_PROCESSOR", "simple");
    is(*state, "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "8");
    is(*state, "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9");
    is(*state, "HAETAE_QUEUE_BYTES", "33554432");
}

static void the_exemplar_filter_is_one_of_three(void **state)
{
#define EXEMPLAR_FILTER(value)                                                                     \
    FORMAT "meter_provider:\n  readers: [periodic: {exporter: {console: }}]\n"                     \
           "  exemplar_filter: " value "\n"
    loads(*state, EXEMPLAR_FILTER("always_on"));
    is(*state, "OTEL_METRICS_EXEMPLAR_FILTER", "always_on");
    loads(*state, EXEMPLAR_FILTER("always_off"));
    is(*state, "OTEL_METRICS_EXEMPLAR_FILTER", "always_off");
    loads(*state, EXEMPLAR_FILTER("trace_based"));
    is(*state, "OTEL_METRICS_EXEMPLAR_FILTER", "trace_based");
    assert_int_equal(load(*state, EXEMPLAR_FILTER("sometimes")), HAETAE_EFORMAT);
    assert_non_null(
        strstr(haetae_config_error(*state), "f.yaml:4: meter_provider.exemplar_filter"));
    assert_non_null(strstr(haetae_config_error(*state), "always_on"));
}

/* Specification: "Create": a property that is null has its default. */
static void null_is_the_default_but_for_components(void **state)
{
    loads(*state, TRACES "        schedule_delay:\n  sampler:\n    always_off:\n");
    is(*state, "OTEL_BSP_SCHEDULE_DELAY", "5000");
    is(*state, "OTEL_TRACES_SAMPLER", "always_off");
}

static void signals_without_a_provider_are_off(void **state)
{
    haetae_sdk *sdk;

    loads(*state, TRACES);
    is(*state, "OTEL_METRICS_EXPORTER", "none");
    is(*state, "OTEL_LOGS_EXPORTER", "none");
    is(*state, "HAETAE_RESOURCE_DETECTORS", "none");
    sdk = start(*state);
    assert_true(haetae_tracer_enabled(haetae_tracer_named(sdk, "t")));
    assert_false(haetae_logger_enabled(haetae_logger_named(sdk, "t"), HAETAE_SEVERITY_FATAL));
    haetae_sdk_free(sdk);
}

static void code_and_environment_win_over_a_file(void **state)
{
    assert_int_equal(haetae_config_set_default(*state, "OTEL_BSP_SCHEDULE_DELAY", "1"), HAETAE_OK);
    loads(*state, TRACES "        schedule_delay: 2\n");
    is(*state, "OTEL_BSP_SCHEDULE_DELAY", "2");
    assert_true(haetae_config_is_set(*state, "OTEL_BSP_SCHEDULE_DELAY"));
    setenv("OTEL_BSP_SCHEDULE_DELAY", "3", 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    is(*state, "OTEL_BSP_SCHEDULE_DELAY", "3");
    assert_int_equal(haetae_config_set(*state, "OTEL_BSP_SCHEDULE_DELAY", "4"), HAETAE_OK);
    is(*state, "OTEL_BSP_SCHEDULE_DELAY", "4");
}

static void resource_has_typed_attributes_and_a_schema(void **state)
{
    struct wanted found;
    haetae_sdk *sdk;

    setenv("OTEL_SERVICE_NAME", "dispatch", 1);
    loads(*state, TRACES
          "resource:\n  attributes_list: a=list,b=list\n  attributes:\n"
          "    - {name: b, value: x}\n    - {name: n, value: 7, type: int}\n"
          "    - {name: d, value: 2, type: double}\n    - {name: t, value: true, type: bool}\n"
          "    - {name: l, value: [1, 2], type: int_array}\n    - {name: none, value: }\n"
          "  schema_url: https://opentelemetry.io/schemas/1.43.0\n"
          "  detection/development:\n    attributes: {included: ['service.*', 'os.*'], "
          "excluded: [os.type]}\n    detectors: [service: , host: ]\n");
    sdk = start(*state);
    assert_string_equal(find(sdk, "a").text, "list");
    assert_string_equal(find(sdk, "b").text, "x");
    assert_string_equal(find(sdk, "service.name").text, "dispatch");
    found = find(sdk, "n");
    assert_int_equal(found.value.type, HAETAE_VALUE_INT64);
    assert_int_equal(found.value.as.int64, 7);
    found = find(sdk, "d");
    assert_int_equal(found.value.type, HAETAE_VALUE_DOUBLE);
    assert_int_equal(find(sdk, "t").value.type, HAETAE_VALUE_BOOL);
    assert_int_equal(find(sdk, "l").value.type, HAETAE_VALUE_ARRAY);
    assert_false(find(sdk, "none").found);
    assert_true(find(sdk, "service.instance.id").found);
    assert_false(find(sdk, "os.type").found);
    assert_false(find(sdk, "host.name").found);
    haetae_sdk_free(sdk);
}

static void several_exporters_of_a_signal_are_made(void **state)
{
    haetae_exporter *one_more = NULL;

    loads(*state,
          FORMAT "tracer_provider:\n  processors:\n"
                 "    - batch: {exporter: {otlp_http: {endpoint: 'http://127.0.0.1:1/a'}}}\n"
                 "    - batch: {exporter: {otlp_http: {endpoint: 'http://127.0.0.1:1/b'}}}\n"
                 "    - batch: {exporter: {console: }}\n"
                 "logger_provider:\n  processors:\n"
                 "    - batch: {exporter: {otlp_http: {endpoint: 'http://127.0.0.1:1/c'}}}\n");
    /* Three were added, of eight. */
    for (int i = 0; i < 5; i++) {
        assert_int_equal(haetae_console_new(NULL, &one_more), HAETAE_OK);
        assert_int_equal(haetae_config_add_exporter(*state, one_more), HAETAE_OK);
    }
    assert_int_equal(haetae_console_new(NULL, &one_more), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(*state, one_more), HAETAE_ELIMIT);
    haetae_exporter_free(one_more);
    haetae_sdk_free(start(*state));
}

/* Signals of one encoding share an exporter. */
static void each_encoding_has_an_exporter(void **state)
{
    loads(*state, FORMAT "tracer_provider:\n  processors:\n"
                         "    - batch: {exporter: {otlp_http: {encoding: json}}}\n"
                         "meter_provider:\n  readers:\n"
                         "    - periodic: {exporter: {otlp_http: {encoding: protobuf}}}\n"
                         "logger_provider:\n  processors:\n"
                         "    - batch: {exporter: {otlp_http: {encoding: json}}}\n");
    assert_int_equal(exporters_left(*state), 8 - 2);
    haetae_sdk_free(start(*state));
    assert_int_equal(load(*state, FORMAT "tracer_provider:\n  processors:\n"
                                         "    - batch: {exporter: {otlp_http: {encoding: xml}}}\n"),
                     HAETAE_EFORMAT);
}

/* ---- Components
 * ------------------------------------------------------------------------------------------- */

static struct {
    unsigned count;
    uint32_t signals;
    int64_t property;
    haetae_status status;
} made;

static haetae_status make(void *user, haetae_config *config, uint32_t signals,
                          const haetae_config_node *properties)
{
    haetae_exporter *exporter = NULL;

    assert_ptr_equal(user, &made);
    made.count++;
    made.signals = signals;
    (void)haetae_config_node_int64(haetae_config_node_find(properties, "number"), &made.property);
    if (made.status != HAETAE_OK) {
        haetae_config_add_error(config, NULL, "no moon tonight");
        return made.status;
    }
    if (haetae_console_new(NULL, &exporter) != HAETAE_OK) {
        return HAETAE_ENOMEM;
    }
    return haetae_config_add_exporter(config, exporter);
}

static void components_are_made_by_name(void **state)
{
    haetae_config_component component =
        HAETAE_OPTIONS(haetae_config_component, .kind = HAETAE_CONFIG_EXPORTER, .name = "sun",
                       .user = &made, .create = make);

    assert_int_equal(haetae_config_component_register(&component), HAETAE_OK);
    assert_int_equal(haetae_config_component_register(&component), HAETAE_ECONFLICT);
    component.kind = HAETAE_CONFIG_LOG_PROCESSOR;
    assert_int_equal(haetae_config_component_register(&component), HAETAE_OK);
    loads(*state, FORMAT "logger_provider:\n  processors:\n"
                         "    - batch: {exporter: {sun: {number: 42}}}\n    - sun:\n");
    assert_int_equal(made.count, 2);
    assert_int_equal(made.signals, 1 << HAETAE_SIGNAL_LOGS);
    assert_int_equal(made.property, 42);
    haetae_sdk_free(start(*state));

    made.status = HAETAE_EIO;
    refused(*state, HAETAE_EIO, FORMAT "logger_provider:\n  processors: [sun: ]\n",
            "f.yaml:3: logger_provider.processors[0].sun: ", "no moon tonight");
    made.status = HAETAE_OK;
}

static haetae_status make_propagator(void *user, haetae_config *config, uint32_t signals,
                                     const haetae_config_node *properties)
{
    (void)user;
    (void)config;
    (void)signals;
    (void)properties;
    made.count++;
    return HAETAE_OK;
}

/* The name stands where it stands in the file, so that the propagator of that name is found. */
static void propagators_of_components_keep_their_place(void **state)
{
    haetae_config_component component =
        HAETAE_OPTIONS(haetae_config_component, .kind = HAETAE_CONFIG_PROPAGATOR, .name = "comet",
                       .create = make_propagator);

    made.count = 0;
    assert_int_equal(haetae_config_component_register(&component), HAETAE_OK);
    loads(*state, FORMAT "propagator: {composite: [baggage: , comet: , tracecontext: ]}\n");
    assert_int_equal(made.count, 1);
    assert_string_equal(haetae_config_get(*state, "OTEL_PROPAGATORS"),
                        "baggage,comet,tracecontext");
}

static haetae_status fail_with_a_key(void *user, haetae_config *config, uint32_t signals,
                                     const haetae_config_node *properties)
{
    (void)user;
    (void)config;
    (void)signals;
    (void)properties;
    return HAETAE_EKEY;
}

static void status_of_a_component_is_its_own(void **state)
{
    haetae_config_component component =
        HAETAE_OPTIONS(haetae_config_component, .kind = HAETAE_CONFIG_SPAN_PROCESSOR,
                       .name = "meteor", .create = fail_with_a_key);

    assert_int_equal(haetae_config_component_register(&component), HAETAE_OK);
    refused(*state, HAETAE_EKEY, FORMAT "tracer_provider:\n  processors: [meteor: ]\n",
            "f.yaml:3: tracer_provider.processors[0].meteor: ", "the component failed");
}

static void components_that_are_invalid_are_refused(void **state)
{
    haetae_config_component component = HAETAE_OPTIONS(
        haetae_config_component, .kind = HAETAE_CONFIG_EXPORTER, .name = "ok", .create = make);
    char longer[65];

    (void)state;
    memset(longer, 'x', 64);
    longer[64] = '\0';
    assert_int_equal(haetae_config_component_register(NULL), HAETAE_EINVAL);
    component.name = longer;
    assert_int_equal(haetae_config_component_register(&component), HAETAE_EINVAL);
    component.name = "";
    assert_int_equal(haetae_config_component_register(&component), HAETAE_EINVAL);
    component.name = NULL;
    assert_int_equal(haetae_config_component_register(&component), HAETAE_EINVAL);
    component.name = "ok";
    component.kind = 99;
    assert_int_equal(haetae_config_component_register(&component), HAETAE_EINVAL);
    component.kind = -1;
    assert_int_equal(haetae_config_component_register(&component), HAETAE_EINVAL);
    component.kind = HAETAE_CONFIG_SAMPLER;
    component.create = NULL;
    assert_int_equal(haetae_config_component_register(&component), HAETAE_EINVAL);
    component.create = make;
    component.struct_size = 8;
    assert_int_equal(haetae_config_component_register(&component), HAETAE_EINVAL);
}

/* ---- Examples
 * ---------------------------------------------------------------------------------------------- */

static void examples_parse_and_start(void **state)
{
    static const char *const names[] = {"getting-started", "everything", "migration"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        haetae_config *config = NULL;
        haetae_sdk *sdk;
        char path[512];

        snprintf(path, sizeof path, "%s/%s.yaml", EXAMPLES, names[i]);
        assert_int_equal(haetae_config_new(&config), HAETAE_OK);
        assert_int_equal(haetae_config_set_diagnostics(config, NULL, NULL), HAETAE_OK);
        if (haetae_config_file_load(config, path) != HAETAE_OK) {
            fail_msg("%s", haetae_config_error(config));
        }
        sdk = start(config);
        assert_true(haetae_tracer_enabled(haetae_tracer_named(sdk, "t")));
        assert_true(haetae_logger_enabled(haetae_logger_named(sdk, "t"), HAETAE_SEVERITY_FATAL));
        haetae_sdk_free(sdk);
        haetae_config_free(config);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_part_sets_its_keys),
        TEST(the_exemplar_filter_is_one_of_three),
        TEST(null_is_the_default_but_for_components),
        TEST(signals_without_a_provider_are_off),
        TEST(code_and_environment_win_over_a_file),
        TEST(resource_has_typed_attributes_and_a_schema),
        TEST(several_exporters_of_a_signal_are_made),
        TEST(each_encoding_has_an_exporter),
        TEST(components_are_made_by_name),
        TEST(propagators_of_components_keep_their_place),
        TEST(status_of_a_component_is_its_own),
        TEST(components_that_are_invalid_are_refused),
        TEST(examples_parse_and_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
