/* SPDX-License-Identifier: Apache-2.0 */
/* What comes with the records of a tracer, a meter and a logger: their scope, the resource, and
 * the configuration of their SDK. */
#include <stdatomic.h>

#include "capture.h"

enum { THREADS = 4, SCOPES = 40, SETS = 4 };

/* ---- Scopes -------------------------------------------------------------------------------- */

static haetae_scope_options whole_scope(const haetae_attribute *attributes, size_t count)
{
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);

    scope.name = haetae_string_of("library");
    scope.version = haetae_string_of("1.2.3");
    scope.schema_url = haetae_string_of("https://example.com/1.2.3");
    scope.attributes = attributes;
    scope.attribute_count = count;
    return scope;
}

/* Records with each, and exports what was recorded. */
static void record_one_of_each(struct capture *c, haetae_tracer *tracer, haetae_meter *meter,
                               haetae_logger *logger)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *counter = NULL;

    options.name = haetae_string_of("calls");
    assert_int_equal(haetae_counter_create(meter, &options, &counter), HAETAE_OK);
    haetae_counter_add(counter, 1, NULL, 0);
    haetae_span_end(haetae_span_start(tracer, HAETAE_TEXT("x"), HAETAE_SPAN_KIND_INTERNAL));
    haetae_log(logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("x"), NULL, 0);
    assert_int_equal(haetae_sdk_force_flush(c->sdk, 0), HAETAE_OK);
    assert_int_equal(c->traces->resource_spans[0]->n_scope_spans, 1);
    assert_int_equal(c->metrics->resource_metrics[0]->n_scope_metrics, 1);
    assert_int_equal(c->logs->resource_logs[0]->n_scope_logs, 1);
}

static void is_whole(const HaeOtlp__InstrumentationScope *scope, const char *schema_url)
{
    assert_string_equal(scope->name, "library");
    assert_string_equal(scope->version, "1.2.3");
    assert_int_equal(scope->n_attributes, 2);
    assert_string_equal(capture_find(scope->attributes, 2, "layer")->string_value, "core");
    assert_int_equal(capture_find(scope->attributes, 2, "shard")->int_value, 7);
    assert_string_equal(schema_url, "https://example.com/1.2.3");
}

static void each_signal_has_its_scope_whole(void **state)
{
    struct capture *c = *state;
    haetae_attribute attributes[] = {HAETAE_ATTR("layer", "core"), HAETAE_ATTR("shard", 7)};
    haetae_scope_options scope = whole_scope(attributes, 2);
    haetae_tracer *tracer = NULL;
    haetae_meter *meter = NULL;
    haetae_logger *logger = NULL;

    assert_int_equal(haetae_tracer_get(c->sdk, &scope, &tracer), HAETAE_OK);
    assert_int_equal(haetae_meter_get(c->sdk, &scope, &meter), HAETAE_OK);
    assert_int_equal(haetae_logger_get(c->sdk, &scope, &logger), HAETAE_OK);
    record_one_of_each(c, tracer, meter, logger);
    is_whole(c->traces->resource_spans[0]->scope_spans[0]->scope,
             c->traces->resource_spans[0]->scope_spans[0]->schema_url);
    is_whole(c->metrics->resource_metrics[0]->scope_metrics[0]->scope,
             c->metrics->resource_metrics[0]->scope_metrics[0]->schema_url);
    is_whole(c->logs->resource_logs[0]->scope_logs[0]->scope,
             c->logs->resource_logs[0]->scope_logs[0]->schema_url);
}

static void has_no_name(const HaeOtlp__InstrumentationScope *scope)
{
    assert_true(scope == NULL || scope->name == NULL || scope->name[0] == '\0');
}

/* An empty name and none are one scope, which works. Specification: "Get a Meter". */
static void scope_without_a_name_works_and_keeps_it_empty(void **state)
{
    struct capture *c = *state;
    haetae_meter *meter = haetae_meter_named(c->sdk, "");

    assert_non_null(meter);
    assert_ptr_equal(haetae_meter_named(c->sdk, NULL), meter);
    record_one_of_each(c, haetae_tracer_named(c->sdk, ""), meter, haetae_logger_named(c->sdk, ""));
    has_no_name(c->traces->resource_spans[0]->scope_spans[0]->scope);
    has_no_name(c->metrics->resource_metrics[0]->scope_metrics[0]->scope);
    has_no_name(c->logs->resource_logs[0]->scope_logs[0]->scope);
}

struct race {
    haetae_sdk *sdk;
    _Atomic unsigned next;
    haetae_meter *meters[THREADS][SCOPES];
    haetae_counter *counters[THREADS][SCOPES];
};

static void get_and_make_all(void *argument)
{
    struct race *race = argument;
    unsigned number = atomic_fetch_add(&race->next, 1);

    for (int i = 0; i < SCOPES; i++) {
        haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
        char name[24];

        snprintf(name, sizeof name, "scope%d", i);
        options.name = haetae_string_of(name);
        race->meters[number][i] = haetae_meter_named(race->sdk, name);
        (void)haetae_counter_create(race->meters[number][i], &options, &race->counters[number][i]);
    }
}

static void threads_get_the_same_meters_and_instruments(void **state)
{
    struct capture *c = *state;
    struct race race = {.sdk = c->sdk};

    sdk_run_threads(THREADS, get_and_make_all, &race);
    for (int i = 0; i < SCOPES; i++) {
        assert_non_null(race.meters[0][i]);
        assert_non_null(race.counters[0][i]);
        for (int j = 1; j < THREADS; j++) {
            assert_ptr_equal(race.meters[j][i], race.meters[0][i]);
            assert_ptr_equal(race.counters[j][i], race.counters[0][i]);
        }
    }
}

/* ---- Resource and configuration ------------------------------------------------------------ */

/* The SDK of the capture with other settings and a resource attribute. */
static void start_again(struct capture *c, const struct sdk_setting *settings)
{
    haetae_attribute attribute = HAETAE_ATTR("deployment.environment.name", "test");
    haetae_config *config;

    haetae_sdk_free(c->sdk);
    c->sdk = NULL;
    config = sdk_config(settings, SDK_FAKES(&c->fake));
    assert_int_equal(haetae_config_add_resource_attribute(config, &attribute), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &c->sdk), HAETAE_OK);
    haetae_config_free(config);
}

static void has_attribute(const HaeOtlp__Resource *resource)
{
    const HaeOtlp__AnyValue *value =
        capture_find(resource->attributes, resource->n_attributes, "deployment.environment.name");

    assert_non_null(value);
    assert_string_equal(value->string_value, "test");
}

static void each_signal_has_the_resource_of_its_sdk(void **state)
{
    struct capture *c = *state;

    start_again(c, SDK_SETTINGS({"HAETAE_WORKER", "manual"}));
    record_one_of_each(c, haetae_tracer_named(c->sdk, "a"), haetae_meter_named(c->sdk, "a"),
                       haetae_logger_named(c->sdk, "a"));
    has_attribute(c->traces->resource_spans[0]->resource);
    has_attribute(c->metrics->resource_metrics[0]->resource);
    has_attribute(c->logs->resource_logs[0]->resource);
}

/* Two SDKs at once, each with its own limit, which the configuration no longer holds. */
static void each_sdk_keeps_the_configuration_that_it_was_started_with(void **state)
{
    static const char *const limits[] = {"1", "3"};
    void *other = NULL;
    struct capture *captures[2];

    assert_int_equal(capture_begin(&other), 0);
    captures[0] = *state;
    captures[1] = other;
    for (int i = 0; i < 2; i++) {
        start_again(captures[i], SDK_SETTINGS({"HAETAE_WORKER", "manual"},
                                              {"HAETAE_METRICS_CARDINALITY_LIMIT", limits[i]}));
        captures[i]->meter = haetae_meter_named(captures[i]->sdk, "test");
    }
    for (int i = 0; i < 2; i++) {
        haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
        haetae_counter *counter = NULL;

        options.name = haetae_string_of("calls");
        assert_int_equal(haetae_counter_create(captures[i]->meter, &options, &counter), HAETAE_OK);
        for (int set = 0; set < SETS; set++) {
            haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("set", set)));
        }
        /* Those of the limit, and the overflow. */
        assert_int_equal(capture_metric(captures[i])->sum->n_data_points, i == 0 ? 2 : 4);
    }
    assert_int_equal(capture_end(&other), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, capture_begin, capture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_signal_has_its_scope_whole),
        TEST(scope_without_a_name_works_and_keeps_it_empty),
        TEST(threads_get_the_same_meters_and_instruments),
        TEST(each_signal_has_the_resource_of_its_sdk),
        TEST(each_sdk_keeps_the_configuration_that_it_was_started_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
