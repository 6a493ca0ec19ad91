/* SPDX-License-Identifier: Apache-2.0 */
/* Files as a program loads them: what they set, what they get wrong, and OTEL_CONFIG_FILE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "haetae/config_file.h"
#include "haetae/console.h"
#include "haetae/haetae.h"
#include "haetae/otlp_http.h"
#include "support/temporary.h"

/* ---- Allocations that fail
 * ------------------------------------------------------------------------ */

static _Atomic bool failing;
static _Atomic long until_failure;

static bool fails(void)
{
    return atomic_load(&failing) && atomic_fetch_sub(&until_failure, 1) <= 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails() ? NULL : __real_realloc(block, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

/* ---- Fixture
 * ---------------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    clearenv();
    return haetae_config_new((haetae_config **)state) == HAETAE_OK &&
                   haetae_config_set_diagnostics(*state, NULL, NULL) == HAETAE_OK &&
                   haetae_otlp_http_register() == HAETAE_OK &&
                   haetae_console_register() == HAETAE_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    clearenv();
    return 0;
}

#define FORMAT "file_format: \"1.1\"\n"
#define TRACES                                                                                     \
    FORMAT "tracer_provider:\n  processors:\n    - batch:\n        exporter:\n          "          \
           "console:\n"

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

static void loads(haetae_config *config, const char *text)
{
    if (load(config, text) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
}

static void is(const haetae_config *config, const char *key, const char *value)
{
    const char *found = haetae_config_get(config, key);

    assert_non_null(found);
    if (strcmp(found, value) != 0) {
        fail_msg("%s is \"%s\", not \"%s\"", key, found, value);
    }
}

/* Each text has one fault, and the line about it begins in this way and has this in it. */
static void refused(haetae_config *config, haetae_status status, const char *text,
                    const char *begins, const char *has)
{
    haetae_config *own = config;
    const char *error;

    assert_int_equal(load(own, text), status);
    error = haetae_config_error(own);
    if (strncmp(error, begins, strlen(begins)) != 0 || strstr(error, has) == NULL) {
        fail_msg("not \"%s...%s\": %s", begins, has, error);
    }
}

static haetae_sdk *start(haetae_config *config)
{
    haetae_sdk *sdk = NULL;

    if (haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    return sdk;
}

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

/* How many exporters may still be added, of eight. */
static int exporters_left(haetae_config *config)
{
    haetae_exporter *one_more = NULL;
    int count = 0;

    for (;; count++) {
        assert_int_equal(haetae_console_new(NULL, &one_more), HAETAE_OK);
        if (haetae_config_add_exporter(config, one_more) != HAETAE_OK) {
            haetae_exporter_free(one_more);
            return count;
        }
    }
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

/* ---- What is wrong
 * ------------------------------------------------------------------------------------ */

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

/* ---- OTEL_CONFIG_FILE
 * ----------------------------------------------------------------------------------- */

static void write_file(char path[TEMPORARY_PATH_MAX], const char *text)
{
    int file = temporary_file(path);

    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
}

static void file_of_the_environment_replaces_all_variables(void **state)
{
    char path[TEMPORARY_PATH_MAX];

    write_file(path, TRACES "        schedule_delay: ${DELAY}\n");
    setenv("OTEL_CONFIG_FILE", path, 1);
    setenv("OTEL_BSP_EXPORT_TIMEOUT", "7", 1);
    setenv("DELAY", "77", 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    is(*state, "OTEL_BSP_SCHEDULE_DELAY", "77");
    is(*state, "OTEL_BSP_EXPORT_TIMEOUT", "30000"); /* ignored */
    haetae_sdk_free(start(*state));
    unlink(path);
}

static void start_alone_reads_the_file_of_the_environment(void **state)
{
    char path[TEMPORARY_PATH_MAX];
    haetae_sdk *sdk = NULL;

    (void)state;
    write_file(path, FORMAT "disabled: true\n");
    setenv("OTEL_CONFIG_FILE", path, 1);
    assert_int_equal(haetae_start(NULL, &sdk), HAETAE_OK);
    assert_null(sdk); /* it is disabled */
    unlink(path);
}

/* Otherwise each item would be exported as often as the environment was read. */
static void file_of_the_environment_is_loaded_once(void **state)
{
    char path[TEMPORARY_PATH_MAX], other[TEMPORARY_PATH_MAX];

    write_file(path, TRACES "        schedule_delay: 77\n");
    write_file(other, TRACES);
    setenv("OTEL_CONFIG_FILE", path, 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    is(*state, "OTEL_BSP_SCHEDULE_DELAY", "77");
    setenv("OTEL_CONFIG_FILE", other, 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_ECONFLICT);
    assert_non_null(strstr(haetae_config_error(*state), "another file"));
    assert_int_equal(haetae_config_check(*state), HAETAE_EVALUE);
    setenv("OTEL_CONFIG_FILE", path, 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    assert_int_equal(haetae_config_check(*state), HAETAE_OK);
    assert_int_equal(exporters_left(*state), 7);
    unlink(path);
    unlink(other);
}

/* What a file that cannot be used has added before its fault is gone. */
static void file_with_a_fault_leaves_no_exporters(void **state)
{
    char path[TEMPORARY_PATH_MAX];

    write_file(path, TRACES "resource: {attributes: [{name: a, value: 1}]}\n");
    setenv("OTEL_CONFIG_FILE", path, 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_EVALUE);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_EVALUE);
    assert_int_equal(exporters_left(*state), 8);
    unlink(path);
}

/* Nothing takes the place of a file that cannot be used. */
static void file_that_cannot_be_used_fails_the_start(void **state)
{
    haetae_sdk *sdk = NULL;

    setenv("OTEL_CONFIG_FILE", "/nowhere/at/all.yaml", 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_EIO);
    assert_non_null(strstr(haetae_config_error(*state), "/nowhere/at/all.yaml"));
    assert_int_equal(haetae_config_check(*state), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(*state), "OTEL_CONFIG_FILE"));
    assert_int_equal(haetae_start(*state, &sdk), HAETAE_EVALUE);
    assert_int_equal(haetae_sdk_start(*state, &sdk), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(*state), "OTEL_CONFIG_FILE"));
    assert_null(sdk);
    unsetenv("OTEL_CONFIG_FILE");
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    assert_int_equal(haetae_config_set(*state, "OTEL_TRACES_EXPORTER", "none"), HAETAE_OK);
    assert_int_equal(haetae_config_set(*state, "OTEL_METRICS_EXPORTER", "none"), HAETAE_OK);
    assert_int_equal(haetae_config_set(*state, "OTEL_LOGS_EXPORTER", "none"), HAETAE_OK);
    haetae_sdk_free(start(*state));
}

static void only_regular_files_are_read(void **state)
{
    char path[TEMPORARY_PATH_MAX];

    assert_true(temporary_directory(path));
    assert_int_equal(haetae_config_file_load(*state, path), HAETAE_EIO);
    rmdir(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(haetae_config_file_load(*state, path), HAETAE_EIO); /* at once */
    unlink(path);
    assert_non_null(strstr(haetae_config_error(*state), "no regular file"));
}

static void files_that_are_too_large_are_refused(void **state)
{
    char path[TEMPORARY_PATH_MAX];

    write_file(path, FORMAT);
    assert_int_equal(truncate(path, (1 << 20) + 1), 0);
    assert_int_equal(haetae_config_file_load(*state, path), HAETAE_EFORMAT);
    assert_non_null(strstr(haetae_config_error(*state), "it has more than 1 MiB"));
    assert_int_equal(truncate(path, (off_t)1 << 40), 0); /* it is not read as a whole */
    assert_int_equal(haetae_config_file_load(*state, path), HAETAE_EFORMAT);
    unlink(path);
    assert_int_equal(haetae_config_file_load(*state, path), HAETAE_EIO);
    assert_non_null(strstr(haetae_config_error(*state), "No such file"));
}

static void what_a_variable_holds_cannot_break_a_fault(void **state)
{
    const char *error;

    setenv("V", "\xff\x01\nb: 2", 1);
    refused(*state, HAETAE_EFORMAT, FORMAT "disabled: ${V}\n", "f.yaml:2: disabled: ", "true");
    refused(*state, HAETAE_EFORMAT, FORMAT "log_level: ${V}\n", "f.yaml:2: log_level: ", "");
    assert_int_equal(load(*state, TRACES "        exporter: ${V}\n"), HAETAE_EFORMAT);
    (void)load(*state, FORMAT "resource: {attributes_list: \"${V}\", schema_url: \"${V}\"}\n"
                              "propagator: {composite_list: \"${V}\"}\n");
    error = haetae_config_error(*state);
    for (; *error != '\0'; error++) {
        assert_true(*error == '\n' ||
                    ((unsigned char)*error >= 0x20 && (unsigned char)*error < 0x7F));
    }
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

/* ---- NULL, and lack of memory
 * -------------------------------------------------------------------------------- */

static void null_is_taken(void **state)
{
    haetae_config_model *model = NULL;

    assert_int_equal(haetae_config_file_load(NULL, "x"), HAETAE_EINVAL);
    assert_int_equal(haetae_config_file_load(*state, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_model_load(*state, "x", NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_model_parse(NULL, NULL, "", 0, &model), HAETAE_EINVAL);
    assert_int_equal(haetae_config_model_parse(*state, NULL, NULL, 1, &model), HAETAE_EINVAL);
    assert_int_equal(haetae_config_model_parse(*state, NULL, NULL, 0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_model_parse(*state, NULL, NULL, 0, &model), HAETAE_EFORMAT);
    assert_int_equal(haetae_config_model_create(NULL, *state), HAETAE_EINVAL);
    haetae_config_model_free(NULL);
    assert_null(haetae_config_model_root(NULL));
    assert_int_equal(haetae_config_node_type_of(NULL), HAETAE_CONFIG_NODE_NULL);
    assert_int_equal(haetae_config_node_line(NULL), 0);
    assert_int_equal(haetae_config_node_count(NULL), 0);
    assert_null(haetae_config_node_at(NULL, 0));
    assert_null(haetae_config_node_find(NULL, "x"));
    assert_string_equal(haetae_config_node_key(NULL), "");
    assert_string_equal(haetae_config_node_text(NULL), "");
    assert_int_equal(haetae_config_node_bool(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_node_int64(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_node_double(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_file_register(), HAETAE_OK);
}

static void loading_survives_every_lack_of_memory(void **state)
{
    static const char text[] = FORMAT
        "resource: {attributes: [{name: l, value: [1], type: int_array}], schema_url: x,\n"
        "  detection/development: {attributes: {included: [a*]}, detectors: [host: ]}}\n"
        "x: &x {a: [b]}\ny: *x\n"
        "tracer_provider:\n  processors:\n    - batch:\n        exporter:\n          otlp_http:\n"
        "            headers: [{name: a, value: b}]\n            headers_list: c=d\n"
        "  sampler: {parent_based: {root: {composite/development: {rule_based: {rules: [\n"
        "    {attribute_values: {key: a, values: [b]}, sampler: {probability: }},\n"
        "    {sampler: {parent_threshold: {root: {always_on: }}}}]}}},\n"
        "    local_parent_not_sampled: {always_record: {root: {always_off: }}}}}\n"
        "  tracer_configurator/development: {tracers: [{name: a, config: {enabled: false}}]}\n"
        "propagator: {composite: [b3: ]}\n";
    haetae_status status = HAETAE_ENOMEM;
    long tries = 0;

    (void)state;
    for (; status == HAETAE_ENOMEM; tries++) {
        haetae_config *config = NULL;

        assert_int_equal(haetae_config_new(&config), HAETAE_OK);
        atomic_store(&until_failure, tries);
        atomic_store(&failing, true);
        status = load(config, text);
        atomic_store(&failing, false);
        if (status != HAETAE_ENOMEM && status != HAETAE_OK) {
            fail_msg("after %ld: %d, %s", tries, (int)status, haetae_config_error(config));
        }
        haetae_config_free(config);
    }
    assert_int_equal(status, HAETAE_OK);
    assert_true(tries > 50);
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
        TEST(faults_have_file_line_and_path),
        TEST(each_fault_has_a_line),
        TEST(what_haetae_does_not_have_is_named),
        TEST(values_that_cannot_be_used_are_named),
        TEST(whole_numbers_have_all_forms_of_yaml),
        TEST(keys_of_haetae_are_a_map_of_values),
        TEST(secrets_are_shown_by_no_fault),
        TEST(what_matters_less_is_a_warning),
        TEST(file_of_the_environment_replaces_all_variables),
        TEST(start_alone_reads_the_file_of_the_environment),
        TEST(file_of_the_environment_is_loaded_once),
        TEST(file_with_a_fault_leaves_no_exporters),
        TEST(file_that_cannot_be_used_fails_the_start),
        TEST(only_regular_files_are_read),
        TEST(files_that_are_too_large_are_refused),
        TEST(what_a_variable_holds_cannot_break_a_fault),
        TEST(components_are_made_by_name),
        TEST(propagators_of_components_keep_their_place),
        TEST(status_of_a_component_is_its_own),
        TEST(components_that_are_invalid_are_refused),
        TEST(examples_parse_and_start),
        TEST(null_is_taken),
        TEST(loading_survives_every_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
