/* SPDX-License-Identifier: Apache-2.0 */
/* Ill-formed UTF-8 in every text of the API: U+FFFD replaces the ill-formed bytes, and the
 * rest stays. */
#include "capture.h"

#define BAD  "a\xFF\xE2\x82z" /* a byte that is never valid, and a truncated character */
#define GOOD "a\xEF\xBF\xBD\xEF\xBF\xBDz"
enum { BAD_LENGTH = sizeof BAD - 1 };

static haetae_string bad(void)
{
    haetae_string text = {BAD, BAD_LENGTH};

    return text;
}

static haetae_attribute bad_attribute(void)
{
    haetae_attribute attribute = {bad(), haetae_value_text(BAD, BAD_LENGTH)};

    return attribute;
}

static void is_repaired(HaeOtlp__KeyValue *const *attributes, size_t count)
{
    const HaeOtlp__AnyValue *value = capture_find(attributes, count, GOOD);

    assert_non_null(value);
    assert_string_equal(value->string_value, GOOD);
}

static void spans_are_repaired(void **state)
{
    struct capture *c = *state;
    haetae_attribute attribute = bad_attribute();
    haetae_span span = haetae_span_start(c->tracer, BAD, BAD_LENGTH, HAETAE_SPAN_KIND_INTERNAL);
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    haetae_link link = {.trace_state = bad(), .attributes = &attribute, .attribute_count = 1};
    const HaeOtlp__Span *got;

    haetae_span_set_attributes(span, &attribute, 1);
    haetae_span_add_event(span, BAD, BAD_LENGTH, 0, &attribute, 1);
    exception.type = bad();
    exception.message = bad();
    exception.stacktrace = bad();
    haetae_span_record_exception(span, &exception);
    haetae_span_add_link(span, &link);
    haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, BAD, BAD_LENGTH);
    haetae_span_end(span);
    got = capture_span(c);
    assert_string_equal(got->name, GOOD);
    is_repaired(got->attributes, got->n_attributes);
    assert_string_equal(got->events[0]->name, GOOD);
    is_repaired(got->events[0]->attributes, got->events[0]->n_attributes);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(got->events[1]->attributes[i]->value->string_value, GOOD);
    }
    is_repaired(got->links[0]->attributes, got->links[0]->n_attributes);
    assert_string_equal(got->status->message, GOOD);
}

static void a_new_name_is_repaired(void **state)
{
    struct capture *c = *state;
    haetae_span span = haetae_span_start(c->tracer, "x", 1, HAETAE_SPAN_KIND_INTERNAL);

    haetae_span_update_name(span, BAD, BAD_LENGTH);
    haetae_span_end(span);
    assert_string_equal(capture_span(c)->name, GOOD);
}

static void logs_are_repaired(void **state)
{
    struct capture *c = *state;
    haetae_attribute attribute = bad_attribute();
    haetae_value items[] = {attribute.value, haetae_value_map(&attribute, 1)};
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    const HaeOtlp__LogRecord *got;

    haetae_log(c->logger, HAETAE_SEVERITY_INFO, BAD, BAD_LENGTH, &attribute, 1);
    got = capture_log(c);
    assert_string_equal(got->body->string_value, GOOD);
    is_repaired(got->attributes, got->n_attributes);
    record.body = haetae_value_array(items, 2);
    record.severity_text = bad();
    record.event_name = bad();
    haetae_log_emit(c->logger, &record);
    got = capture_log(c);
    assert_string_equal(got->severity_text, GOOD);
    assert_string_equal(got->event_name, GOOD);
    assert_string_equal(got->body->array_value->values[0]->string_value, GOOD);
    is_repaired(got->body->array_value->values[1]->kvlist_value->values, 1);
}

static void metrics_are_repaired(void **state)
{
    struct capture *c = *state;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_attribute attribute = bad_attribute();
    haetae_gauge *gauge = NULL;
    const HaeOtlp__Metric *got;

    options.name = bad();
    assert_int_equal(haetae_gauge_create(c->meter, &options, &gauge), HAETAE_EINVAL);
    options.name = haetae_string_of("gauge");
    options.description = bad();
    options.unit = bad();
    assert_int_equal(haetae_gauge_create(c->meter, &options, &gauge), HAETAE_OK);
    haetae_gauge_record(gauge, 1, &attribute, 1);
    got = capture_metric(c);
    assert_string_equal(got->description, GOOD);
    assert_string_equal(got->unit, GOOD);
    is_repaired(got->gauge->data_points[0]->attributes, got->gauge->data_points[0]->n_attributes);
}

static void scopes_are_repaired(void **state)
{
    struct capture *c = *state;
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
    haetae_attribute attribute = bad_attribute();
    haetae_logger *logger = NULL;
    const HaeOtlp__ScopeLogs *got;

    scope.name = bad();
    scope.version = bad();
    scope.schema_url = bad();
    scope.attributes = &attribute;
    scope.attribute_count = 1;
    assert_int_equal(haetae_logger_get(c->sdk, &scope, &logger), HAETAE_OK);
    haetae_log(logger, HAETAE_SEVERITY_INFO, "x", 1, NULL, 0);
    (void)capture_log(c);
    got = c->logs->resource_logs[0]->scope_logs[0];
    assert_string_equal(got->scope->name, GOOD);
    assert_string_equal(got->scope->version, GOOD);
    assert_string_equal(got->schema_url, GOOD);
    is_repaired(got->scope->attributes, got->scope->n_attributes);
}

static void repaired_keys_that_become_equal_do_not_double(void **state)
{
    struct capture *c = *state;
    haetae_attribute attributes[] = {{{"\xFF", 1}, haetae_value_int64(1)},
                                     {{"\xFE", 1}, haetae_value_int64(2)}};
    haetae_span span = haetae_span_start(c->tracer, "x", 1, HAETAE_SPAN_KIND_INTERNAL);
    const HaeOtlp__Span *got;

    haetae_span_set_attributes(span, attributes, 2);
    haetae_span_end(span);
    got = capture_span(c);
    assert_in_range(got->n_attributes, 1, 2);
    for (size_t i = 0; i < got->n_attributes; i++) {
        assert_string_equal(got->attributes[i]->key, "\xEF\xBF\xBD");
    }
}

static void resources_are_repaired(void **state)
{
    struct fake_exporter fake;
    haetae_attribute attribute = bad_attribute();
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&fake));
    assert_int_equal(haetae_config_set(config, "OTEL_SERVICE_NAME", BAD), HAETAE_EVALUE);
    assert_int_equal(haetae_config_add_resource_attribute(config, &attribute), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, capture_begin, capture_end)
    const struct CMUnitTest tests[] = {
        TEST(spans_are_repaired),
        TEST(a_new_name_is_repaired),
        TEST(logs_are_repaired),
        TEST(metrics_are_repaired),
        TEST(scopes_are_repaired),
        TEST(repaired_keys_that_become_equal_do_not_double),
        cmocka_unit_test(resources_are_repaired),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
