/* SPDX-License-Identifier: Apache-2.0 */
/* Calls every public function with NULL and 0: first before an SDK was started, then with
 * valid handles for the other arguments. Linked with the library like a program.
 * coverage.cmake checks that no function is missing. */
#include "support/sdk_fixture.h"

/* ---- Without an SDK ----------------------------------------------------------- */

static void names_of_unknown_numbers_are_question_marks(void **state)
{
    (void)state;
    assert_string_equal(haetae_signal_name((haetae_signal)-1), "?");
    assert_string_equal(haetae_signal_name((haetae_signal)HAETAE_SIGNAL_COUNT), "?");
    assert_string_equal(haetae_drop_reason_name((haetae_drop_reason)HAETAE_DROP_COUNT), "?");
    assert_string_equal(haetae_drop_reason_name((haetae_drop_reason)INT32_MIN), "?");
    assert_string_equal(
        haetae_destination_stat_name((haetae_destination_stat)HAETAE_DESTINATION_COUNT), "?");
    assert_string_equal(haetae_destination_stat_name((haetae_destination_stat)-1), "?");
    assert_string_equal(haetae_status_name((haetae_status)1), "HAETAE_E?");
    assert_string_equal(haetae_status_text((haetae_status)INT32_MIN), "unknown status");
    assert_string_equal(haetae_version(), HAETAE_VERSION);
    assert_int_equal(haetae_abi_version(), HAETAE_ABI_VERSION);
}

static void count_key(void *user, const char *key, const char *value, const char *help)
{
    assert_non_null(key);
    assert_non_null(value);
    assert_non_null(help);
    ++*(unsigned *)user;
}

static bool take_nothing(void *user, const uint8_t *request, size_t size_bytes)
{
    (void)user;
    (void)request;
    (void)size_bytes;
    return true;
}

static void metric_readers_take_null(void **state)
{
    haetae_metric_reader *reader = NULL;

    (void)state;
    assert_int_equal(haetae_metric_reader_new(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_new(NULL, &reader), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(NULL, reader, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_set_filter(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_set_filter(reader, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_add_producer(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_add_producer(reader, NULL), HAETAE_EINVAL);
    haetae_metric_reader_free(reader);
    haetae_metric_reader_free(NULL);
    assert_int_equal(haetae_metric_batch_temporality(NULL, HAETAE_INSTRUMENT_COUNTER),
                     HAETAE_TEMPORALITY_CUMULATIVE);
    assert_int_equal(haetae_metric_batch_add_metric(NULL, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_batch_add_point(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_collect(NULL, 0, take_nothing, NULL), HAETAE_EINVAL);
}

static void config_takes_null(void **state)
{
    int64_t number = 0;
    haetae_attribute attribute = HAETAE_ATTR("key", 1);
    unsigned count = 0;

    (void)state;
    assert_int_equal(haetae_config_new(NULL), HAETAE_EINVAL);
    haetae_config_free(NULL);
    assert_int_equal(haetae_config_set(NULL, "OTEL_SERVICE_NAME", "x"), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_default(NULL, "OTEL_SERVICE_NAME", "x"), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_from_file(NULL, "OTEL_SERVICE_NAME", "x"), HAETAE_EINVAL);
    assert_int_equal(haetae_config_register_file_reader(NULL), HAETAE_EINVAL);
    haetae_config_add_warning(NULL, NULL);
    assert_int_equal(haetae_config_load_env(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_trust_env(NULL), HAETAE_EINVAL);
    assert_string_equal(haetae_config_warnings(NULL), "");
    assert_int_equal(haetae_config_require(NULL, "OTEL_SERVICE_NAME"), HAETAE_OK);
    assert_int_equal(haetae_config_require(NULL, NULL), HAETAE_EINVAL);
    assert_null(haetae_config_get_secret(NULL, NULL));
    assert_int_equal(haetae_config_add_resource_attribute(NULL, &attribute), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_exporter(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_diagnostics(NULL, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_worker_start(NULL, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_request_headers(NULL, NULL, NULL), HAETAE_EINVAL);
    assert_null(haetae_config_get_request_headers(NULL, NULL));
    assert_int_equal(haetae_request_headers_new(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_request_headers_add(NULL, NULL, NULL), HAETAE_EINVAL);
    assert_false(haetae_request_headers_get(NULL, 0, NULL, NULL));
    haetae_request_headers_free(NULL);
    assert_string_equal(haetae_config_error(NULL), "");
    haetae_config_add_error(NULL, NULL, NULL);
    /* Without a configuration the defaults apply. */
    assert_string_equal(haetae_config_get(NULL, "OTEL_BSP_SCHEDULE_DELAY"), "5000");
    assert_null(haetae_config_get(NULL, "NO_SUCH_KEY"));
    assert_null(haetae_config_get(NULL, NULL));
    assert_false(haetae_config_is_set(NULL, "OTEL_BSP_SCHEDULE_DELAY"));
    assert_false(haetae_config_is_set(NULL, NULL));
    assert_int_equal(haetae_config_get_bool(NULL, "OTEL_SDK_DISABLED", NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_get_int(NULL, NULL, &number), HAETAE_EINVAL);
    assert_int_equal(haetae_config_get_int(NULL, "OTEL_BSP_SCHEDULE_DELAY", &number), HAETAE_OK);
    assert_int_equal(number, 5000);
    assert_int_equal(haetae_config_get_double(NULL, "NO_SUCH_KEY", NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_get_item(NULL, "OTEL_TRACES_EXPORTER", 0, NULL), HAETAE_EINVAL);
    haetae_config_keys(NULL, NULL);
    haetae_config_keys(count_key, &count);
    assert_true(count > 40);
}

static bool never_visited(void *user, const haetae_attribute *attribute)
{
    (void)user;
    (void)attribute;
    fail();
    return true;
}

static void resources_take_null(void **state)
{
    haetae_attribute attribute = HAETAE_ATTR("key", 1);
    haetae_resource_detector detector = HAETAE_OPTIONS(haetae_resource_detector);
    haetae_resource *resource = NULL;
    haetae_config *config = NULL;

    (void)state;
    assert_int_equal(haetae_resource_new(NULL), HAETAE_EINVAL);
    haetae_resource_free(NULL);
    assert_int_equal(haetae_resource_put(NULL, &attribute), HAETAE_EINVAL);
    assert_int_equal(haetae_resource_set_schema_url(NULL, haetae_string_of("x")), HAETAE_EINVAL);
    assert_int_equal(haetae_resource_merge(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_resource_schema_url(NULL).length, 0);
    assert_int_equal(haetae_resource_count(NULL), 0);
    assert_int_equal(haetae_resource_visit(NULL, never_visited, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_resource_new(&resource), HAETAE_OK);
    assert_int_equal(haetae_resource_put(resource, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_resource_merge(resource, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_resource_merge(NULL, resource), HAETAE_EINVAL);
    assert_int_equal(haetae_resource_visit(resource, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_resource_set_schema_url(resource, (haetae_string){NULL, 0}), HAETAE_OK);
    assert_int_equal(haetae_config_add_resource(NULL, resource), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_resource(NULL, resource), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_resource_detector(NULL, &detector), HAETAE_EINVAL);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_add_resource(config, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_resource(config, NULL), HAETAE_OK);
    assert_int_equal(haetae_config_add_resource_detector(config, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_resource_detector(config, &detector), HAETAE_EINVAL);
    assert_int_equal(haetae_sdk_resource(NULL, &resource), HAETAE_EINVAL);
    haetae_config_free(config);
    haetae_resource_free(resource);
}

static void a_configuration_takes_null(void **state)
{
    haetae_attribute keyless = {{NULL, 5}, haetae_value_int64(1)};
    haetae_config *config = NULL;

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, NULL, "x"), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set(config, "OTEL_SERVICE_NAME", "x"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_SERVICE_NAME", NULL), HAETAE_OK);
    assert_string_equal(haetae_config_get(config, "OTEL_SERVICE_NAME"), "");
    assert_null(haetae_config_get(config, NULL));
    assert_null(haetae_config_get_secret(config, NULL));
    assert_int_equal(haetae_config_set_default(config, NULL, "x"), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_from_file(config, NULL, "x"), HAETAE_EINVAL);
    haetae_config_add_warning(config, NULL);
    assert_string_equal(haetae_config_warnings(config), "");
    assert_int_equal(haetae_exporter_create_for(config, NULL, NULL, 0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_default(config, "OTEL_SERVICE_NAME", NULL), HAETAE_OK);
    assert_int_equal(haetae_config_add_resource_attribute(config, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_resource_attribute(config, &keyless), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_exporter(config, NULL), HAETAE_EINVAL);
    assert_true(strlen(haetae_config_error(config)) > 0);
    assert_int_equal(haetae_config_set_diagnostics(config, NULL, NULL), HAETAE_OK);
    assert_int_equal(haetae_config_set_worker_start(config, NULL, NULL), HAETAE_OK);
    haetae_config_free(config);
}

static void exporters_take_null(void **state)
{
    haetae_exporter_ops ops = HAETAE_OPTIONS(haetae_exporter_ops);
    haetae_exporter *exporter = NULL;

    (void)state;
    assert_int_equal(haetae_exporter_new(NULL, NULL, &exporter), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_new(&ops, NULL, &exporter), HAETAE_EINVAL);
    ops.name = "named";
    assert_int_equal(haetae_exporter_new(&ops, NULL, &exporter), HAETAE_EINVAL);
    assert_null(exporter);
    haetae_exporter_free(NULL);
    haetae_exporter_warn(NULL, "text");
    assert_int_equal(haetae_exporter_set_label(NULL, "a"), HAETAE_EINVAL);
    assert_string_equal(haetae_exporter_label(NULL), "");
    assert_int_equal(haetae_exporter_set_backup(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_scopes(NULL, NULL), HAETAE_EINVAL);
    assert_string_equal(haetae_exporter_name(NULL), "");
    assert_int_equal(haetae_exporter_register(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_create(NULL, "otlp", NULL, &exporter), HAETAE_EINVAL);
    assert_null(exporter);
}

static void samplers_take_null(void **state)
{
    haetae_sampling_intent intent = HAETAE_OPTIONS(haetae_sampling_intent, .threshold = 5);
    haetae_sampler_ops ops = HAETAE_OPTIONS(haetae_sampler_ops);
    haetae_composable_ops composable_ops = HAETAE_OPTIONS(haetae_composable_ops);
    haetae_parent_based_options options = HAETAE_OPTIONS(haetae_parent_based_options);
    haetae_sampling_rule rule = {NULL, NULL, NULL};
    haetae_sampler *sampler = NULL;
    haetae_composable *composable = NULL;

    (void)state;
    haetae_sampling_add_attributes(NULL, NULL, 1);
    assert_null(haetae_sampling_trace_state(NULL));
    assert_int_equal(haetae_sampler_new(NULL, NULL, &sampler), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_new(&ops, NULL, &sampler), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_set_work(NULL, NULL), HAETAE_EINVAL);
    haetae_sampler_warn(NULL, NULL);
    haetae_sampling_remove_threshold(NULL);
    assert_int_equal(haetae_sampler_register(NULL, NULL, NULL), HAETAE_EINVAL);
    haetae_sampler_free(NULL);
    assert_string_equal(haetae_sampler_description(NULL), "");
    assert_int_equal(haetae_sampler_always_on(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_always_off(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_ratio(0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_probability(0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_parent_based(NULL, &sampler), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_parent_based(&options, &sampler), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_always_record(NULL, &sampler), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_rate_limiting(1, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_sampler_composite(NULL, &sampler), HAETAE_EINVAL);
    assert_int_equal(haetae_composable_new(NULL, NULL, &composable), HAETAE_EINVAL);
    assert_int_equal(haetae_composable_new(&composable_ops, NULL, &composable), HAETAE_EINVAL);
    haetae_composable_free(NULL);
    haetae_composable_intend(NULL, NULL, NULL, &intent);
    assert_int_equal(intent.threshold, 5);
    assert_int_equal(haetae_composable_always_on(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_composable_always_off(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_composable_probability(1, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_composable_parent_threshold(NULL, &composable), HAETAE_EINVAL);
    assert_int_equal(haetae_composable_rule_based(NULL, 1, &composable), HAETAE_EINVAL);
    assert_int_equal(haetae_composable_rule_based(&rule, 1, &composable), HAETAE_EINVAL);
    assert_int_equal(haetae_composable_annotating(NULL, NULL, 0, &composable), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_sampler(NULL, NULL), HAETAE_EINVAL);
    assert_null(haetae_config_take_sampler(NULL));
    assert_int_equal(haetae_config_set_id_generator(NULL, NULL), HAETAE_EINVAL);
    assert_null(sampler);
    assert_null(composable);
}

static void scope_rules_take_null(void **state)
{
    (void)state;
    assert_int_equal(haetae_config_add_scope_rule(NULL, HAETAE_SIGNAL_LOGS, NULL, NULL),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_configurator(NULL, HAETAE_SIGNAL_LOGS, NULL, NULL),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_sdk_add_scope_rule(NULL, HAETAE_SIGNAL_LOGS, NULL, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_set_configurator(NULL, HAETAE_SIGNAL_LOGS, NULL, NULL), HAETAE_OK);
}

static void processors_take_null(void **state)
{
    char buffer[8];
    haetae_value value;

    (void)state;
    assert_int_equal(haetae_span_view_encode(NULL, buffer, sizeof buffer), 0);
    assert_int_equal(haetae_span_view_name(NULL, buffer, sizeof buffer), 0);
    assert_false(haetae_span_view_attribute(NULL, HAETAE_TEXT("k"), buffer, 8, &value));
    haetae_span_fields_set_attributes(NULL, NULL, 1);
    haetae_span_fields_add_event(NULL, NULL, 1, 0, NULL, 1);
    haetae_span_fields_add_link(NULL, NULL);
    haetae_span_fields_set_status(NULL, HAETAE_SPAN_STATUS_OK, NULL, 1);
    haetae_span_fields_update_name(NULL, NULL, 1);
    assert_int_equal(haetae_config_add_span_processor(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_log_processor(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_span_metrics(NULL, NULL, 0), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_baggage_attributes(NULL, NULL, NULL, 0), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_view(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_redaction(NULL, NULL, HAETAE_REDACTION_DELETE, NULL, 1, 0),
                     HAETAE_EINVAL);
}

static void deliveries_take_null(void **state)
{
    (void)state;
    haetae_delivery_complete(NULL, NULL);
    assert_int_equal(haetae_delivery_attempt(NULL), 0);
    assert_null(haetae_delivery_data(NULL));
    assert_int_equal(haetae_delivery_size(NULL), 0);
    assert_int_equal(haetae_delivery_item_count(NULL), 0);
    assert_int_equal(haetae_delivery_signal(NULL), HAETAE_SIGNAL_TRACES);
    assert_null(haetae_delivery_user(NULL));
    haetae_delivery_set_user(NULL, NULL);
}

static const char *no_header(void *carrier, const char *key)
{
    (void)carrier;
    (void)key;
    return NULL;
}

static const char *no_value(void *carrier, const char *key, size_t index)
{
    (void)carrier;
    (void)key;
    (void)index;
    return NULL;
}

static void contexts_take_null(void **state)
{
    haetae_span_context context, untouched;
    haetae_context_token token;
    char text[60] = "kept";

    (void)state;
    memset(&context, 0xFF, sizeof context);
    untouched = context;
    assert_false(haetae_span_context_is_valid(NULL));
    haetae_context_attach(HAETAE_SPAN_NONE, NULL);
    haetae_context_attach_remote(NULL, NULL);
    haetae_context_detach(NULL);
    haetae_context_attach_remote(NULL, &token);
    assert_int_equal(haetae_current_span(), HAETAE_SPAN_NONE);
    assert_false(haetae_current_span_context(NULL));
    haetae_context_detach(&token);
    assert_int_equal(haetae_traceparent_parse(NULL, 55, &context), HAETAE_EINVAL);
    assert_int_equal(haetae_traceparent_parse("", 0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_traceparent_format(&context, NULL, 60), 0);
    assert_int_equal(haetae_traceparent_format(&context, text, 0), 0);
    assert_string_equal(text, "kept");
    assert_int_equal(haetae_traceparent_format(NULL, text, sizeof text), 0);
    assert_string_equal(text, "");
    haetae_context_inject(HAETAE_SPAN_NONE, NULL, NULL);
    assert_int_equal(haetae_context_extract(NULL, NULL, &context, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_context_extract(no_header, NULL, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_context_extract(no_header, NULL, &context, NULL), HAETAE_EFORMAT);
    assert_int_equal(haetae_context_extract_all(NULL, NULL, &context), HAETAE_EINVAL);
    assert_int_equal(haetae_context_extract_all(no_value, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_context_extract_all(no_value, NULL, &context), HAETAE_EFORMAT);
    assert_memory_equal(&context, &untouched, sizeof context);
}

static void contexts_as_objects_take_null(void **state)
{
    haetae_context *context = NULL;
    haetae_context_stack stack = {{0}};
    haetae_context_token token;

    (void)state;
    assert_int_equal(haetae_context_key_new(NULL, NULL), HAETAE_EINVAL);
    assert_string_equal(haetae_context_key_name(NULL), "");
    haetae_context_key_free(NULL);
    assert_int_equal(haetae_context_current(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_context_with_span(NULL, HAETAE_SPAN_NONE, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_context_with_span(NULL, HAETAE_SPAN_NONE, &context), HAETAE_OK);
    assert_int_equal(haetae_context_with_value(context, NULL, NULL, NULL, NULL), HAETAE_EINVAL);
    assert_null(haetae_context_ref(NULL));
    haetae_context_unref(NULL);
    haetae_context_unref(context);
    assert_int_equal(haetae_context_with_span_context(NULL, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_context_with_span_context(NULL, NULL, &context), HAETAE_OK);
    assert_false(haetae_context_span_context(context, NULL));
    assert_false(haetae_context_span_context(NULL, NULL));
    assert_int_equal(haetae_context_span(NULL), HAETAE_SPAN_NONE);
    assert_null(haetae_context_value(NULL, NULL));
    assert_null(haetae_context_value(haetae_context_root(), NULL));
    haetae_context_attach_context(NULL, NULL);
    haetae_context_attach_context(context, NULL);
    haetae_context_attach_context(NULL, &token);
    haetae_context_detach(&token);
    haetae_context_stack_init(NULL, context);
    haetae_context_switch(NULL, &stack);
    haetae_context_switch(&stack, NULL);
    haetae_context_unref(context);
}

static void baggage_takes_null(void **state)
{
    haetae_baggage *baggage = NULL;
    haetae_context *context = NULL;

    (void)state;
    assert_null(haetae_baggage_ref(NULL));
    haetae_baggage_unref(NULL);
    assert_int_equal(haetae_baggage_set(NULL, NULL, 0, NULL, 0, NULL, 0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_baggage_set(NULL, "n", 1, NULL, 5, NULL, 5, &baggage), HAETAE_OK);
    assert_true(haetae_baggage_get(baggage, "n", 1, NULL, NULL));
    assert_false(haetae_baggage_get(baggage, NULL, 5, NULL, NULL));
    assert_false(haetae_baggage_get(NULL, "n", 1, NULL, NULL));
    assert_true(haetae_baggage_at(baggage, 0, NULL, NULL, NULL));
    assert_false(haetae_baggage_at(NULL, 0, NULL, NULL, NULL));
    assert_int_equal(haetae_baggage_count(NULL), 0);
    assert_int_equal(haetae_baggage_header(NULL).length, 0);
    assert_int_equal(haetae_baggage_header(baggage).length, 2);
    haetae_baggage_unref(baggage);
    assert_int_equal(haetae_baggage_remove(NULL, NULL, 0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_baggage_parse(NULL, 5, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_baggage_parse(NULL, 5, &baggage), HAETAE_OK);
    assert_null(baggage);
    assert_null(haetae_context_baggage(NULL));
    assert_int_equal(haetae_context_with_baggage(NULL, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_context_with_baggage(NULL, NULL, &context), HAETAE_OK);
    assert_null(haetae_context_baggage(context));
    haetae_context_unref(context);
}

static void propagators_take_null(void **state)
{
    static const char *const none[] = {NULL};
    haetae_carrier_ops ops = HAETAE_OPTIONS(haetae_carrier_ops);
    haetae_propagator_ops nameless = HAETAE_OPTIONS(haetae_propagator_ops);
    haetae_propagator_ops empty =
        HAETAE_OPTIONS(haetae_propagator_ops, .name = "empty", .fields = none);
    haetae_propagator *propagator = NULL;
    haetae_propagator *all = NULL;
    haetae_context *context = NULL;

    (void)state;
    assert_null(haetae_propagator_find(NULL));
    assert_null(haetae_propagator_ref(NULL));
    haetae_propagator_unref(NULL);
    assert_int_equal(haetae_propagator_new(NULL, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_propagator_new(&nameless, NULL, &propagator), HAETAE_EINVAL);
    assert_int_equal(haetae_propagator_new(&empty, NULL, &propagator), HAETAE_OK);
    assert_int_equal(haetae_propagator_register(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_propagator_composite(NULL, 0, NULL), HAETAE_EINVAL);
    assert_int_equal(
        haetae_propagator_composite((const haetae_propagator *const *)&propagator, 1, &all),
        HAETAE_OK);
    assert_null(haetae_propagator_field(all, 0));
    assert_non_null(haetae_propagator_field(NULL, 0));
    haetae_propagator_inject(NULL, HAETAE_SPAN_NONE, NULL, NULL, NULL);
    haetae_propagator_inject(all, HAETAE_SPAN_NONE, NULL, &ops, NULL);
    haetae_propagator_inject(NULL, HAETAE_SPAN_NONE, NULL, &ops, NULL);
    haetae_propagator_remove(NULL, NULL, NULL);
    haetae_propagator_remove(NULL, &ops, NULL);
    assert_int_equal(haetae_propagator_extract(NULL, NULL, NULL, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_propagator_extract(all, NULL, &ops, NULL, &context), HAETAE_OK);
    haetae_context_unref(context);
    assert_int_equal(haetae_propagator_extract(NULL, NULL, &ops, NULL, &context), HAETAE_OK);
    haetae_context_unref(context);
    haetae_propagator_unref(all);
    haetae_propagator_unref(propagator);
    haetae_set_default_propagator(NULL);
    assert_non_null(haetae_default_propagator());
}

static void environments_take_null(void **state)
{
    haetae_environment *environment = NULL;
    haetae_string text;

    (void)state;
    assert_int_equal(haetae_environment_new(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_environment_new(NULL, &environment), HAETAE_OK);
    assert_non_null(haetae_environment_variables(environment));
    haetae_environment_free(environment);
    assert_null(haetae_environment_variables(NULL));
    haetae_environment_free(NULL);
    haetae_environment_carrier()->set(NULL, "", 0, "", 0);
    haetae_environment_carrier()->remove(NULL, "", 0);
    assert_false(haetae_environment_carrier()->get(NULL, "", 0, 5, &text));
}

static void tracestate_takes_null(void **state)
{
    haetae_trace_state text = {.length = 0};

    (void)state;
    assert_int_equal(haetae_trace_state_parse(NULL, 0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_trace_state_parse(NULL, 5, &text), HAETAE_OK);
    assert_false(haetae_trace_state_get(NULL, NULL, 0, NULL));
    assert_false(haetae_trace_state_get(&text, NULL, 5, NULL));
    assert_int_equal(haetae_trace_state_set(NULL, NULL, 0, NULL, 0), HAETAE_EINVAL);
    assert_int_equal(haetae_trace_state_set(&text, NULL, 5, NULL, 5), HAETAE_EINVAL);
    assert_false(haetae_trace_state_delete(NULL, NULL, 0));
    assert_false(haetae_trace_state_delete(&text, NULL, 5));
    assert_false(haetae_span_get_trace_state(HAETAE_SPAN_NONE, NULL));
    assert_false(haetae_span_context_get_trace_state(NULL, NULL));
    assert_int_equal(haetae_span_context_set_trace_state(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(text.length, 0);
}

static void an_sdk_that_is_null_does_nothing(void **state)
{
    haetae_sdk *sdk = NULL;
    haetae_tracer *tracer = (haetae_tracer *)&sdk;
    haetae_logger *logger = (haetae_logger *)&sdk;
    haetae_meter *meter = (haetae_meter *)&sdk;

    (void)state;
    assert_int_equal(haetae_start(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_sdk_start(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_sdk_force_flush(NULL, 0), HAETAE_OK);
    assert_int_equal(haetae_sdk_step(NULL, 0), HAETAE_OK);
    assert_int_equal(haetae_sdk_shutdown(NULL, 0), HAETAE_OK);
    haetae_sdk_free(NULL);
    assert_int_equal(haetae_tracer_get(NULL, NULL, &tracer), HAETAE_OK);
    assert_null(tracer);
    assert_int_equal(haetae_logger_get(NULL, NULL, &logger), HAETAE_OK);
    assert_null(logger);
    assert_int_equal(haetae_meter_get(NULL, NULL, &meter), HAETAE_OK);
    assert_null(meter);
    assert_null(haetae_tracer_named(NULL, NULL));
    assert_null(haetae_logger_named(NULL, NULL));
    assert_null(haetae_meter_named(NULL, NULL));
}

static void libraries_take_null(void **state)
{
    haetae_library library = {0};

    (void)state;
    haetae_set_default_sdk(NULL);
    assert_null(haetae_default_sdk());
    assert_int_not_equal(haetae_default_generation(), 0);
    for (int i = 0; i < 2; i++) {
        assert_null(haetae_library_tracer(&library));
        assert_null(haetae_library_meter(&library));
        assert_null(haetae_library_logger(&library));
    }
    assert_null(haetae_library_tracer(NULL));
    assert_null(haetae_library_meter(NULL));
    assert_null(haetae_library_logger(NULL));
}

/* ---- Spans ------------------------------------------------------------------------- */

/* Makes every call on a span, with NULL for every pointer. */
static void everything_to(haetae_span span)
{
    haetae_span_site site = {0};
    haetae_exception none = HAETAE_OPTIONS(haetae_exception);
    haetae_context_token token;

    haetae_span_set_attributes(span, NULL, 0);
    haetae_span_set_attributes(span, NULL, 5);
    haetae_span_set_attribute(span, NULL, 0, NULL);
    haetae_span_set_attribute(span, "key", 3, NULL);
    haetae_span_set_string(span, NULL, 0, NULL, 0);
    haetae_span_set_string(span, "text", 4, NULL, 7);
    haetae_span_set_bool(span, NULL, 9, true);
    haetae_span_set_int64(span, NULL, 0, 0);
    haetae_span_set_double(span, NULL, 0, 0.0);
    haetae_span_add_event(span, NULL, 0, 0, NULL, 0);
    haetae_span_add_event(span, NULL, 3, 0, NULL, 3);
    haetae_span_add_link(span, NULL);
    haetae_span_set_status(span, HAETAE_SPAN_STATUS_UNSET, NULL, 0);
    haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, NULL, 10);
    haetae_span_record_exception(span, NULL);
    haetae_span_record_exception(span, &none);
    haetae_span_update_name(span, NULL, 0);
    (void)haetae_span_is_recording(span);
    (void)haetae_span_get_context(span, NULL);
    (void)haetae_span_get_trace_state(span, NULL);
    haetae_context_attach(span, &token);
    haetae_context_inject(span, NULL, NULL);
    haetae_context_detach(&token);
    haetae_span_end(span);
    haetae_span_end_at(span, 0);
    assert_int_equal(haetae_span_end_timed(HAETAE_SPAN_NONE), 0);
    assert_true(haetae_now_unix_ns(NULL) != 0);
    assert_int_equal(haetae_config_check(NULL), HAETAE_EINVAL);
    assert_null(haetae_counter_named(NULL, "name", "s"));
    assert_null(haetae_up_down_counter_named(NULL, "name", NULL));
    assert_null(haetae_gauge_named(NULL, NULL, NULL));
    assert_null(haetae_histogram_named(NULL, "name", "s"));
    haetae_span_end_with(span, NULL, 0);
    haetae_span_end_with(span, NULL, 1);
    haetae_span_end_site(span, NULL, NULL, 1);
    haetae_span_end_site(span, &site, NULL, 1);
}

static void every_call_accepts_no_span(void **state)
{
    haetae_span_context context;

    (void)state;
    assert_int_equal(haetae_span_start(NULL, NULL, 0, HAETAE_SPAN_KIND_INTERNAL), HAETAE_SPAN_NONE);
    assert_int_equal(haetae_span_start_with(NULL, NULL, 0, NULL), HAETAE_SPAN_NONE);
    assert_int_equal(haetae_span_start_site(NULL, NULL), HAETAE_SPAN_NONE);
    assert_int_equal(haetae_span_site_new(NULL, NULL), HAETAE_EINVAL);
    haetae_span_site_free(NULL);
    assert_false(haetae_tracer_enabled(NULL));
    everything_to(HAETAE_SPAN_NONE);
    assert_false(haetae_span_is_recording(HAETAE_SPAN_NONE));
    memset(&context, 0xFF, sizeof context);
    assert_false(haetae_span_get_context(HAETAE_SPAN_NONE, &context));
    assert_false(haetae_span_context_is_valid(&context));
}

static void a_live_tracer_takes_null(void **state)
{
    struct fake_exporter fake;
    haetae_tracer *tracer = NULL;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    assert_int_equal(haetae_tracer_get(sdk, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_tracer_get(sdk, NULL, &tracer), HAETAE_OK);
    assert_non_null(tracer);
    assert_ptr_equal(haetae_tracer_named(sdk, NULL), tracer);
    everything_to(haetae_span_start(tracer, NULL, 0, HAETAE_SPAN_KIND_UNSPECIFIED));
    everything_to(haetae_span_start_with(tracer, NULL, 10, NULL));
    everything_to(haetae_span_start_site(tracer, NULL));
    everything_to(haetae_span_start_site(tracer, &(haetae_span_site){0}));
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 4);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* ---- Logs -------------------------------------------------------------------------- */

/* NULL for the format, which compilers would warn of. */
static const char *no_format;

static void log_nothing(haetae_logger *logger, ...)
{
    va_list arguments;

    va_start(arguments, logger);
    haetae_vlogf(logger, HAETAE_SEVERITY_INFO, no_format, arguments);
    haetae_logf(logger, HAETAE_SEVERITY_INFO, no_format, 0);
    va_end(arguments);
}

static void loggers_take_null(void **state)
{
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    haetae_log_site site = {0};
    haetae_log_site *made = NULL;
    struct fake_exporter fake;
    haetae_logger *logger = NULL;
    haetae_sdk *sdk;

    (void)state;
    assert_false(haetae_logger_enabled(NULL, HAETAE_SEVERITY_FATAL));
    assert_false(haetae_logger_enabled_with(NULL, HAETAE_SEVERITY_FATAL, NULL, NULL, 0));
    haetae_logger_set_min_severity(NULL, HAETAE_SEVERITY_INFO);
    haetae_log(NULL, HAETAE_SEVERITY_INFO, NULL, 0, NULL, 0);
    haetae_log_emit(NULL, NULL);
    haetae_log_emit(NULL, &record);
    log_nothing(NULL);
    haetae_log_emit_site(NULL, NULL, NULL, 0, NULL, 0);
    haetae_log_emit_site(NULL, &site, NULL, 0, NULL, 0);
    assert_int_equal(haetae_log_site_new(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_log_site_new(&site, &made), HAETAE_EINVAL);
    assert_null(made);
    haetae_log_site_free(NULL);

    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    assert_int_equal(haetae_logger_get(sdk, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_logger_get(sdk, NULL, &logger), HAETAE_OK);
    assert_ptr_equal(haetae_logger_named(sdk, NULL), logger);
    haetae_log(logger, HAETAE_SEVERITY_INFO, NULL, 0, NULL, 0);
    haetae_log(logger, HAETAE_SEVERITY_INFO, NULL, 100, NULL, 100);
    haetae_log_emit(logger, &record);
    haetae_log_emit(logger, NULL);
    log_nothing(logger);
    haetae_log_emit_site(logger, NULL, NULL, 0, NULL, 0);
    haetae_log_emit_site(logger, &site, NULL, 0, NULL, 0);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 4);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* ---- Metrics ----------------------------------------------------------------------- */

/* Creates and binds a kind of instrument with NULL. */
#define MAKE_AND_BIND(kind, meter, options)                                                        \
    do {                                                                                           \
        haetae_##kind *made = (haetae_##kind *)(meter);                                            \
        haetae_bound_##kind *bound = (haetae_bound_##kind *)(meter);                               \
        haetae_##kind *real = NULL;                                                                \
        assert_int_equal(haetae_##kind##_create(NULL, NULL, &made), HAETAE_OK);                    \
        assert_null(made);                                                                         \
        assert_int_equal(haetae_##kind##_create(meter, options, NULL), HAETAE_EINVAL);             \
        assert_int_equal(haetae_##kind##_create(meter, NULL, &real), HAETAE_EINVAL);               \
        assert_null(real);                                                                         \
        assert_int_equal(haetae_##kind##_create(meter, options, &real), HAETAE_OK);                \
        assert_non_null(real);                                                                     \
        assert_int_equal(haetae_##kind##_bind(NULL, NULL, 0, &bound), HAETAE_OK);                  \
        assert_null(bound);                                                                        \
        assert_int_equal(haetae_##kind##_bind(NULL, NULL, 0, NULL), HAETAE_EINVAL);                \
        assert_int_equal(haetae_##kind##_bind(real, NULL, 0, NULL), HAETAE_EINVAL);                \
        assert_int_equal(haetae_##kind##_bind(real, NULL, 7, &bound), HAETAE_OK);                  \
        assert_non_null(bound);                                                                    \
        live_##kind = real;                                                                        \
    } while (0)

static void meters_take_null(void **state)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *live_counter = NULL;
    haetae_up_down_counter *live_up_down_counter = NULL;
    haetae_gauge *live_gauge = NULL;
    haetae_histogram *live_histogram = NULL;
    struct fake_exporter fake;
    haetae_meter *meter = NULL;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    assert_int_equal(haetae_meter_get(sdk, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_meter_get(sdk, NULL, &meter), HAETAE_OK);
    assert_ptr_equal(haetae_meter_named(sdk, NULL), meter);
    options.name = haetae_string_of("counter");
    MAKE_AND_BIND(counter, meter, &options);
    options.name = haetae_string_of("up.down.counter");
    MAKE_AND_BIND(up_down_counter, meter, &options);
    options.name = haetae_string_of("gauge");
    MAKE_AND_BIND(gauge, meter, &options);
    options.name = haetae_string_of("histogram");
    MAKE_AND_BIND(histogram, meter, &options);
    haetae_counter_add(live_counter, 1, NULL, 9);
    haetae_up_down_counter_add(live_up_down_counter, 1, NULL, 9);
    haetae_gauge_record(live_gauge, 1, NULL, 9);
    haetae_histogram_record(live_histogram, 1, NULL, 9);
    haetae_counter_add_keyed(live_counter, 1, NULL, NULL, 9);
    haetae_up_down_counter_add_keyed(live_up_down_counter, 1, NULL, NULL, 9);
    haetae_gauge_record_keyed(live_gauge, 1, NULL, NULL, 9);
    haetae_histogram_record_keyed(live_histogram, 1, NULL, NULL, 9);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 4);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

static void instruments_that_are_null_do_nothing(void **state)
{
    (void)state;
    haetae_counter_add(NULL, 1, NULL, 0);
    haetae_counter_add_double(NULL, 1.0, NULL, 0);
    haetae_up_down_counter_add(NULL, 1, NULL, 0);
    haetae_up_down_counter_add_double(NULL, 1.0, NULL, 0);
    haetae_gauge_record(NULL, 1, NULL, 0);
    haetae_gauge_record_double(NULL, 1.0, NULL, 0);
    haetae_histogram_record(NULL, 1, NULL, 0);
    haetae_histogram_record_double(NULL, 1.0, NULL, 0);
    haetae_counter_add_keyed(NULL, 1, NULL, NULL, 9);
    haetae_counter_add_double_keyed(NULL, 1.0, NULL, NULL, 9);
    haetae_up_down_counter_add_keyed(NULL, 1, NULL, NULL, 9);
    haetae_up_down_counter_add_double_keyed(NULL, 1.0, NULL, NULL, 9);
    haetae_gauge_record_keyed(NULL, 1, NULL, NULL, 9);
    haetae_gauge_record_double_keyed(NULL, 1.0, NULL, NULL, 9);
    haetae_histogram_record_keyed(NULL, 1, NULL, NULL, 9);
    haetae_histogram_record_double_keyed(NULL, 1.0, NULL, NULL, 9);
    assert_int_equal(haetae_keys_new(NULL, 0, NULL), HAETAE_EINVAL);
    haetae_keys_free(NULL);
    assert_false(haetae_counter_enabled(NULL));
    assert_false(haetae_up_down_counter_enabled(NULL));
    assert_false(haetae_gauge_enabled(NULL));
    assert_false(haetae_histogram_enabled(NULL));
    haetae_bound_counter_add(NULL, 1);
    haetae_bound_counter_add_double(NULL, 1.0);
    haetae_bound_up_down_counter_add(NULL, 1);
    haetae_bound_up_down_counter_add_double(NULL, 1.0);
    haetae_bound_gauge_record(NULL, 1);
    haetae_bound_gauge_record_double(NULL, 1.0);
    haetae_bound_histogram_record(NULL, 1);
    haetae_bound_histogram_record_double(NULL, 1.0);
}

#define MAKE_OBSERVABLE(kind, meter, options)                                                      \
    do {                                                                                           \
        haetae_observable *made = (haetae_observable *)(meter);                                    \
        assert_int_equal(haetae_observable_##kind##_create(NULL, NULL, &made), HAETAE_OK);         \
        assert_null(made);                                                                         \
        assert_int_equal(haetae_observable_##kind##_create(meter, options, NULL), HAETAE_EINVAL);  \
        assert_int_equal(haetae_observable_##kind##_create(meter, NULL, &made), HAETAE_EINVAL);    \
        assert_null(made);                                                                         \
        assert_null(haetae_observable_##kind##_named(NULL, "name", NULL));                         \
        assert_null(haetae_observable_##kind##_named(meter, NULL, NULL));                          \
        assert_int_equal(haetae_observable_##kind##_create(meter, options, &made), HAETAE_OK);     \
        haetae_observable_set_int64(made, 1, NULL, 9);                                             \
        haetae_observable_remove(made, NULL, 9);                                                   \
    } while (0)

static void observe_null(void *user, haetae_observer *observer)
{
    haetae_observable *const *observable = user;

    haetae_observe_int64(observer, NULL, 1, NULL, 9);
    haetae_observe_double(observer, NULL, 1.0, NULL, 9);
    haetae_observe_int64(observer, *observable, 1, NULL, 9);
}

static void observables_take_null(void **state)
{
    haetae_observable *observable = NULL;
    haetae_callback *callback = NULL;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    struct fake_exporter fake;
    haetae_sdk *sdk;
    haetae_meter *meter;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    meter = haetae_meter_named(sdk, NULL);
    options.name = haetae_string_of("observable");
    MAKE_OBSERVABLE(counter, meter, &options);
    MAKE_OBSERVABLE(up_down_counter, meter, &options);
    MAKE_OBSERVABLE(gauge, meter, &options);
    haetae_observe_int64(NULL, NULL, 1, NULL, 9);
    haetae_observe_double(NULL, NULL, 1.0, NULL, 9);
    haetae_callback_unregister(NULL);
    assert_int_equal(haetae_callback_register(NULL, 1, observe_null, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_callback_register(&observable, 1, NULL, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_callback_register(&observable, 1, observe_null, NULL, &callback),
                     HAETAE_OK);
    assert_null(callback);
    observable = haetae_observable_counter_named(meter, "observed", NULL);
    assert_int_equal(haetae_callback_register(&observable, 1, observe_null, &observable, NULL),
                     HAETAE_OK);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 1);
    haetae_observable_set_int64(NULL, 1, NULL, 9);
    haetae_observable_set_double(NULL, 1.0, NULL, 9);
    haetae_observable_remove(NULL, NULL, 9);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* ---- Numbers ----------------------------------------------------------------------- */

static void statistics_take_null(void **state)
{
    haetae_stats *stats = NULL;

    (void)state;
    assert_int_equal(haetae_stats_take(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_stats_take(NULL, &stats), HAETAE_OK);
    haetae_stats_free(stats);
    haetae_stats_free(NULL);
    assert_int_equal(haetae_stats_recorded(NULL, HAETAE_SIGNAL_LOGS), 0);
    assert_int_equal(haetae_stats_delivered(NULL, HAETAE_SIGNAL_LOGS), 0);
    assert_int_equal(haetae_stats_recovered(NULL, HAETAE_SIGNAL_LOGS), 0);
    assert_int_equal(haetae_recover(NULL, NULL, 0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_recover_spool(NULL, NULL, 0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_stats_held(NULL, HAETAE_SIGNAL_LOGS), 0);
    assert_int_equal(haetae_stats_spooled(NULL, HAETAE_SIGNAL_LOGS), 0);
    assert_int_equal(haetae_stats_spooled_bytes(NULL, HAETAE_SIGNAL_LOGS), 0);
    assert_int_equal(haetae_stats_destination_count(NULL), 0);
    assert_string_equal(haetae_stats_destination_name(NULL, 0), "");
    assert_int_equal(haetae_stats_destination_first(NULL, 0), 0);
    assert_false(haetae_stats_destination_takes(NULL, 0, HAETAE_SIGNAL_LOGS));
    assert_int_equal(
        haetae_stats_destination_value(NULL, 0, HAETAE_SIGNAL_LOGS, HAETAE_DESTINATION_WAITING), 0);
    assert_int_equal(haetae_stats_dropped(NULL, HAETAE_SIGNAL_LOGS, HAETAE_DROP_RETRIES), 0);
    assert_int_equal(haetae_stats_dropped_total(NULL, HAETAE_SIGNAL_LOGS), 0);
    assert_int_equal(haetae_stats_open_spans(NULL), 0);
    assert_int_equal(haetae_stats_spans_left_open(NULL), 0);
    assert_int_equal(haetae_stats_misuse(NULL, HAETAE_MISUSE_CONTEXT), 0);
    assert_int_equal(haetae_stats_retries(NULL, HAETAE_SIGNAL_LOGS), 0);
    assert_int_equal(haetae_stats_sent_bytes(NULL, HAETAE_SIGNAL_LOGS), 0);
    assert_int_equal(haetae_stats_hanging_sends(NULL), 0);
    assert_int_equal(haetae_stats_format(NULL, HAETAE_STATS_LINE, NULL, 9), 0);
}

static void lists_of_spools_take_null(void **state)
{
    haetae_spool_list *list = NULL;

    (void)state;
    assert_int_equal(haetae_spool_list_new(NULL, NULL, &list), HAETAE_EINVAL);
    assert_int_equal(haetae_spool_list_new(NULL, ".", NULL), HAETAE_EINVAL);
    assert_null(list);
    haetae_spool_list_free(NULL);
    assert_int_equal(haetae_spool_list_count(NULL), 0);
    assert_string_equal(haetae_spool_list_exporter(NULL, 0), "");
    assert_int_equal(haetae_spool_list_signal(NULL, 0), HAETAE_SIGNAL_TRACES);
    assert_int_equal(haetae_spool_list_value(NULL, 0, HAETAE_SPOOLED_ITEMS), 0);
    assert_string_equal(haetae_spool_stat_name((haetae_spool_stat)HAETAE_SPOOLED_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_unknown_numbers_are_question_marks),
        cmocka_unit_test(config_takes_null),
        cmocka_unit_test(metric_readers_take_null),
        cmocka_unit_test(a_configuration_takes_null),
        cmocka_unit_test(resources_take_null),
        cmocka_unit_test(exporters_take_null),
        cmocka_unit_test(samplers_take_null),
        cmocka_unit_test(scope_rules_take_null),
        cmocka_unit_test(processors_take_null),
        cmocka_unit_test(deliveries_take_null),
        cmocka_unit_test(contexts_take_null),
        cmocka_unit_test(contexts_as_objects_take_null),
        cmocka_unit_test(baggage_takes_null),
        cmocka_unit_test(propagators_take_null),
        cmocka_unit_test(environments_take_null),
        cmocka_unit_test(libraries_take_null),
        cmocka_unit_test(tracestate_takes_null),
        cmocka_unit_test(an_sdk_that_is_null_does_nothing),
        cmocka_unit_test(every_call_accepts_no_span),
        cmocka_unit_test(a_live_tracer_takes_null),
        cmocka_unit_test(loggers_take_null),
        cmocka_unit_test(meters_take_null),
        cmocka_unit_test(instruments_that_are_null_do_nothing),
        cmocka_unit_test(observables_take_null),
        cmocka_unit_test(statistics_take_null),
        cmocka_unit_test(lists_of_spools_take_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
