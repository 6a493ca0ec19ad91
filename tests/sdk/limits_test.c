/* SPDX-License-Identifier: Apache-2.0 */
/* Limits that are set by configuration, and what tracers and loggers say of being enabled. */
#include "capture.h"

/* Keeps the last request of each signal. */
static void keep(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct capture *c = fake->user;
    size_t size = haetae_delivery_size(delivery);
    const uint8_t *data = haetae_delivery_data(delivery);

    if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_TRACES) {
        c->traces = hae_otlp__export_trace_service_request__unpack(NULL, size, data);
    } else if (haetae_delivery_signal(delivery) == HAETAE_SIGNAL_LOGS) {
        c->logs = hae_otlp__export_logs_service_request__unpack(NULL, size, data);
    }
    fake_accept(fake, delivery);
}

static void begin(struct capture *c, const struct sdk_setting *settings)
{
    memset(c, 0, sizeof *c);
    fake_init(&c->fake, "fake", keep);
    c->fake.user = c;
    c->sdk = sdk_start(settings, SDK_FAKES(&c->fake));
    c->tracer = haetae_tracer_named(c->sdk, "test");
    c->logger = haetae_logger_named(c->sdk, "test");
}

static void end(struct capture *c)
{
    haetae_sdk_free(c->sdk);
    fake_done(&c->fake);
    if (c->traces != NULL) {
        hae_otlp__export_trace_service_request__free_unpacked(c->traces, NULL);
    }
    if (c->logs != NULL) {
        hae_otlp__export_logs_service_request__free_unpacked(c->logs, NULL);
    }
}

/* A span with an event and a link, and a log record, each with an attribute that nests. */
static void record_and_flush(struct capture *c)
{
    haetae_value inner = haetae_value_int64(7);
    haetae_value middle = haetae_value_array(&inner, 1);
    haetae_attribute attribute =
        haetae_attribute_of("nests", haetae_value_array(&middle, 1)); /* two deep */
    haetae_link link = {.context = {.trace_id = {1}, .span_id = {2}},
                        .attributes = &attribute,
                        .attribute_count = 1};
    haetae_span span = haetae_span_start(c->tracer, HAETAE_TEXT("x"), HAETAE_SPAN_KIND_INTERNAL);

    haetae_span_set_attributes(span, &attribute, 1);
    haetae_span_add_event(span, HAETAE_TEXT("e"), 0, &attribute, 1);
    haetae_span_add_link(span, &link);
    haetae_span_end(span);
    haetae_log(c->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("x"), &attribute, 1);
    assert_int_equal(haetae_sdk_force_flush(c->sdk, 10000), HAETAE_OK);
}

static const HaeOtlp__Span *only_span(const struct capture *c)
{
    return c->traces->resource_spans[0]->scope_spans[0]->spans[0];
}

static const HaeOtlp__LogRecord *only_log(const struct capture *c)
{
    return c->logs->resource_logs[0]->scope_logs[0]->log_records[0];
}

static void limit_of_0_attributes_keeps_none(void **state)
{
    struct capture c;
    const HaeOtlp__Span *span;

    (void)state;
    begin(&c, SDK_SETTINGS({"OTEL_ATTRIBUTE_COUNT_LIMIT", "0"}));
    record_and_flush(&c);
    span = only_span(&c);
    assert_int_equal(span->n_attributes, 0);
    assert_int_equal(span->dropped_attributes_count, 1);
    assert_int_equal(span->events[0]->n_attributes, 0);
    assert_int_equal(span->events[0]->dropped_attributes_count, 1);
    assert_int_equal(span->links[0]->n_attributes, 0);
    assert_int_equal(span->links[0]->dropped_attributes_count, 1);
    assert_int_equal(only_log(&c)->n_attributes, 0);
    assert_int_equal(only_log(&c)->dropped_attributes_count, 1);
    end(&c);
}

static void limit_of_0_events_and_links_keeps_none(void **state)
{
    struct capture c;

    (void)state;
    begin(&c,
          SDK_SETTINGS({"OTEL_SPAN_EVENT_COUNT_LIMIT", "0"}, {"OTEL_SPAN_LINK_COUNT_LIMIT", "0"}));
    record_and_flush(&c);
    assert_int_equal(only_span(&c)->n_events, 0);
    assert_int_equal(only_span(&c)->dropped_events_count, 1);
    assert_int_equal(only_span(&c)->n_links, 0);
    assert_int_equal(only_span(&c)->dropped_links_count, 1);
    end(&c);
}

/* Each item with three attributes, which are a long text each, and two events and links. */
static void record_more_and_flush(struct capture *c)
{
    const haetae_attribute more[] = {HAETAE_ATTR("a", "123456789"), HAETAE_ATTR("b", "123456789"),
                                     HAETAE_ATTR("c", "123456789")};
    haetae_link link = {
        .context = {.trace_id = {1}, .span_id = {2}}, .attributes = more, .attribute_count = 3};
    haetae_span span = haetae_span_start(c->tracer, HAETAE_TEXT("x"), HAETAE_SPAN_KIND_INTERNAL);

    haetae_span_set_attributes(span, more, 3);
    for (int i = 0; i < 2; i++) {
        haetae_span_add_event(span, HAETAE_TEXT("e"), 0, more, 3);
        haetae_span_add_link(span, &link);
    }
    haetae_span_end(span);
    haetae_log(c->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("x"), more, 3);
    assert_int_equal(haetae_sdk_force_flush(c->sdk, 10000), HAETAE_OK);
}

struct kept {
    size_t span, event, link, log;  /* attributes              */
    size_t span_length, log_length; /* of the first one's text */
    size_t events, links;
};

static void check_kept(const struct sdk_setting *settings, const struct kept *kept)
{
    struct capture c;
    const HaeOtlp__Span *span;

    begin(&c, settings);
    record_more_and_flush(&c);
    span = only_span(&c);
    assert_int_equal(span->n_attributes, kept->span);
    assert_int_equal(strlen(span->attributes[0]->value->string_value), kept->span_length);
    assert_int_equal(span->n_events, kept->events);
    assert_int_equal(span->events[0]->n_attributes, kept->event);
    assert_int_equal(strlen(span->events[0]->attributes[0]->value->string_value),
                     kept->span_length);
    assert_int_equal(span->n_links, kept->links);
    assert_int_equal(span->links[0]->n_attributes, kept->link);
    assert_int_equal(only_log(&c)->n_attributes, kept->log);
    assert_int_equal(strlen(only_log(&c)->attributes[0]->value->string_value), kept->log_length);
    end(&c);
}

static void each_key_limits_what_it_names(void **state)
{
    static const struct {
        const char *key, *value;
        struct kept kept;
    } keys[] = {
        {"OTEL_ATTRIBUTE_COUNT_LIMIT", "2", {2, 2, 2, 2, 9, 9, 2, 2}},
        {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4", {3, 3, 3, 3, 4, 4, 2, 2}},
        {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1", {1, 3, 3, 3, 9, 9, 2, 2}},
        {"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4", {3, 3, 3, 3, 4, 9, 2, 2}},
        {"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "1", {3, 1, 3, 3, 9, 9, 2, 2}},
        {"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "1", {3, 3, 1, 3, 9, 9, 2, 2}},
        {"OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "1", {3, 3, 3, 1, 9, 9, 2, 2}},
        {"OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4", {3, 3, 3, 3, 9, 4, 2, 2}},
        {"OTEL_SPAN_EVENT_COUNT_LIMIT", "1", {3, 3, 3, 3, 9, 9, 1, 2}},
        {"OTEL_SPAN_LINK_COUNT_LIMIT", "1", {3, 3, 3, 3, 9, 9, 2, 1}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        check_kept(SDK_SETTINGS({keys[i].key, keys[i].value}), &keys[i].kept);
    }
}

/* How many arrays lie in each other. */
static unsigned depth_of(const HaeOtlp__AnyValue *value)
{
    unsigned depth = 0;

    while (value->value_case == HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE &&
           value->array_value->n_values == 1) {
        value = value->array_value->values[0];
        depth++;
    }
    return depth;
}

static void values_nest_as_deep_as_the_key_says(void **state)
{
    static const char *const limits[] = {"0", "1", "2", "64"};
    static const unsigned expected[] = {0, 1, 2, 2};

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct capture c;

        begin(&c, SDK_SETTINGS({"HAETAE_VALUE_DEPTH_LIMIT", limits[i]}));
        record_and_flush(&c);
        assert_int_equal(depth_of(only_span(&c)->attributes[0]->value), expected[i]);
        assert_int_equal(depth_of(only_span(&c)->events[0]->attributes[0]->value), expected[i]);
        assert_int_equal(depth_of(only_span(&c)->links[0]->attributes[0]->value), expected[i]);
        assert_int_equal(depth_of(only_log(&c)->attributes[0]->value), expected[i]);
        end(&c);
    }
}

static void check_enabled(const struct sdk_setting *settings, bool traces, bool logs)
{
    struct capture c;

    begin(&c, settings);
    assert_int_equal(haetae_tracer_enabled(c.tracer), traces);
    assert_int_equal(haetae_logger_enabled(c.logger, HAETAE_SEVERITY_INFO), logs);
    end(&c);
}

static void enabled_means_that_something_may_be_exported(void **state)
{
    haetae_sdk *sdk;

    (void)state;
    check_enabled(SDK_SETTINGS({"OTEL_TRACES_SAMPLER", "always_on"}), true, true);
    check_enabled(SDK_SETTINGS({"OTEL_TRACES_SAMPLER", "always_off"}), false, true);
    check_enabled(SDK_SETTINGS({"OTEL_TRACES_EXPORTER", "none"}), false, true);
    check_enabled(SDK_SETTINGS({"OTEL_LOGS_EXPORTER", "none"}), true, false);
    sdk = sdk_start(SDK_SETTINGS({"OTEL_TRACES_SAMPLER", "always_on"}), SDK_FAKES(NULL));
    assert_false(haetae_tracer_enabled(haetae_tracer_named(sdk, "test")));
    assert_false(haetae_logger_enabled(haetae_logger_named(sdk, "test"), HAETAE_SEVERITY_FATAL));
    haetae_sdk_free(sdk);
}

enum { ROOTS = 2000 };

static unsigned sampled_roots(const struct sdk_setting *settings)
{
    struct capture c;
    unsigned count = 0;

    begin(&c, settings);
    for (int i = 0; i < ROOTS; i++) {
        haetae_span span = haetae_span_start(c.tracer, HAETAE_TEXT("x"), HAETAE_SPAN_KIND_INTERNAL);

        count += haetae_span_is_recording(span);
        haetae_span_end(span);
    }
    end(&c);
    return count;
}

static void sampler_and_its_share_are_those_of_the_keys(void **state)
{
    unsigned quarter;

    (void)state;
    assert_int_equal(sampled_roots(SDK_SETTINGS({"OTEL_TRACES_SAMPLER", "always_on"})), ROOTS);
    assert_int_equal(sampled_roots(SDK_SETTINGS({"OTEL_TRACES_SAMPLER", "always_off"})), 0);
    assert_int_equal(sampled_roots(SDK_SETTINGS({"OTEL_TRACES_SAMPLER", "parentbased_always_off"})),
                     0);
    assert_int_equal(sampled_roots(SDK_SETTINGS({"OTEL_TRACES_SAMPLER", "traceidratio"},
                                                {"OTEL_TRACES_SAMPLER_ARG", "0"})),
                     0);
    quarter = sampled_roots(SDK_SETTINGS({"OTEL_TRACES_SAMPLER", "parentbased_traceidratio"},
                                         {"OTEL_TRACES_SAMPLER_ARG", "0.25"}));
    assert_in_range(quarter, ROOTS / 8, ROOTS / 2); /* thirteen standard deviations away */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limit_of_0_attributes_keeps_none),
        cmocka_unit_test(limit_of_0_events_and_links_keeps_none),
        cmocka_unit_test(each_key_limits_what_it_names),
        cmocka_unit_test(values_nest_as_deep_as_the_key_says),
        cmocka_unit_test(enabled_means_that_something_may_be_exported),
        cmocka_unit_test(sampler_and_its_share_are_those_of_the_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
