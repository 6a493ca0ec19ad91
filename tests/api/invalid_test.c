/* SPDX-License-Identifier: Apache-2.0 */
/* Invalid lengths and counts, unknown enums, option structs of a wrong size: each is dropped
 * and counted, or refused. The library never reads beyond the caller's memory. */
#include "capture.h"

static const size_t invalid[] = {SIZE_MAX, (size_t)PTRDIFF_MAX + 1, SIZE_MAX - 7};
enum { INVALID = sizeof invalid / sizeof invalid[0] };

static haetae_string invalid_text(size_t length)
{
    haetae_string text = {"text", length};

    return text;
}

/* ---- Lengths ----------------------------------------------------------------------- */

static void invalid_names_of_spans_are_left_out(void **state)
{
    struct capture *c = *state;

    for (int i = 0; i < INVALID; i++) {
        haetae_span span =
            haetae_span_start(c->tracer, "text", invalid[i], HAETAE_SPAN_KIND_INTERNAL);
        const char *name;

        assert_true(haetae_span_is_recording(span));
        haetae_span_end(span);
        name = capture_span(c)->name;
        assert_true(name == NULL || name[0] == '\0');
        assert_int_equal(capture_misuse(c, HAETAE_MISUSE_ARGUMENT), 2 * i + 1);
        span = haetae_span_start(c->tracer, HAETAE_TEXT("kept"), HAETAE_SPAN_KIND_INTERNAL);
        haetae_span_update_name(span, "text", invalid[i]);
        haetae_span_end(span);
        assert_string_equal(capture_span(c)->name, "kept");
        assert_int_equal(capture_misuse(c, HAETAE_MISUSE_ARGUMENT), 2 * i + 2);
    }
}

static void invalid_attributes_are_dropped_and_counted(void **state)
{
    struct capture *c = *state;

    for (int i = 0; i < INVALID; i++) {
        haetae_span span =
            haetae_span_start(c->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
        haetae_attribute keyed = {invalid_text(invalid[i]), haetae_value_int64(1)};
        haetae_attribute attributes[] = {
            HAETAE_ATTR("text", haetae_value_text("x", invalid[i])),
            HAETAE_ATTR("bytes", haetae_value_bytes("x", invalid[i])),
            HAETAE_ATTR("array", haetae_value_array(&keyed.value, invalid[i])),
            HAETAE_ATTR("map", haetae_value_map(&keyed, invalid[i])),
            HAETAE_ATTR("inner", haetae_value_map(&keyed, 1)),
            keyed,
            HAETAE_ATTR("kept", 1)};
        const HaeOtlp__Span *got;

        haetae_span_set_attributes(span, attributes, 7);
        haetae_span_set_attributes(span, attributes, invalid[i]);
        haetae_span_set_string(span, "x", invalid[i], "x", 1);
        haetae_span_set_string(span, "x", 1, "x", invalid[i]);
        haetae_span_set_int64(span, "x", invalid[i], 1);
        haetae_span_set_bool(span, "x", invalid[i], true);
        haetae_span_set_double(span, "x", invalid[i], 1.0);
        haetae_span_set_attribute(span, "x", invalid[i], &keyed.value);
        haetae_span_end(span);
        got = capture_span(c);
        assert_non_null(capture_find(got->attributes, got->n_attributes, "kept"));
        assert_null(capture_find(got->attributes, got->n_attributes, "text"));
        assert_null(capture_find(got->attributes, got->n_attributes, "x"));
        /* Of a map only the pair is left out. */
        assert_non_null(capture_find(got->attributes, got->n_attributes, "inner"));
        assert_int_equal(got->n_attributes, 2);
        assert_int_equal(got->dropped_attributes_count, 5 + 1 + 6);
    }
}

static void invalid_events_and_links_are_dropped_and_counted(void **state)
{
    struct capture *c = *state;

    for (int i = 0; i < INVALID; i++) {
        haetae_span span =
            haetae_span_start(c->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
        haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
        haetae_attribute attribute = HAETAE_ATTR("key", 1);
        haetae_link link = {.trace_state = {"state", invalid[i]}};
        haetae_link few = {.attributes = &attribute, .attribute_count = invalid[i]};
        const HaeOtlp__Span *got;

        haetae_span_add_event(span, "event", invalid[i], 0, NULL, 0);
        haetae_span_add_event(span, HAETAE_TEXT("kept"), 0, &attribute, invalid[i]);
        exception.message = invalid_text(invalid[i]);
        haetae_span_record_exception(span, &exception);
        haetae_span_add_link(span, &link);
        haetae_span_add_link(span, &few);
        haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, "words", invalid[i]);
        haetae_span_end(span);
        got = capture_span(c);
        assert_int_equal(got->dropped_events_count, 1);
        assert_string_equal(got->events[0]->name, "kept");
        assert_int_equal(got->events[0]->dropped_attributes_count, 1);
        assert_string_equal(got->events[1]->name, "exception");
        assert_int_equal(got->dropped_links_count, 1);
        assert_int_equal(got->n_links, 1);
        assert_int_equal(got->links[0]->dropped_attributes_count, 1);
        assert_int_equal(got->status->code, HAE_OTLP__STATUS__STATUS_CODE__STATUS_CODE_ERROR);
        assert_true(got->status->message == NULL || got->status->message[0] == '\0');
    }
}

static void invalid_span_options_do_no_harm(void **state)
{
    struct capture *c = *state;

    for (int i = 0; i < INVALID; i++) {
        haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
        haetae_attribute attribute = HAETAE_ATTR("key", 1);
        haetae_link link = {.trace_state = {NULL, 0}};
        haetae_span_context parent = {.trace_id = {1}, .span_id = {2}, .trace_flags = 1};
        const HaeOtlp__Span *got;

        options.parent = &parent;
        options.trace_state = invalid_text(invalid[i]);
        options.attributes = &attribute;
        options.attribute_count = invalid[i];
        options.links = &link;
        options.link_count = invalid[i];
        haetae_span_end(haetae_span_start_with(c->tracer, "span", 4, &options));
        got = capture_span(c);
        assert_string_equal(got->name, "span");
        assert_int_equal(got->n_attributes, 0);
        assert_int_equal(got->n_links, 0);
        assert_int_equal(got->dropped_attributes_count, 1);
        assert_int_equal(got->dropped_links_count, 1);
        assert_true(got->trace_state == NULL || got->trace_state[0] == '\0');
    }
}

static void invalid_logs_are_dropped_and_counted(void **state)
{
    struct capture *c = *state;
    haetae_attribute attribute = HAETAE_ATTR("key", 1);
    unsigned dropped = 0;

    for (int i = 0; i < INVALID; i++) {
        haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
        const HaeOtlp__LogRecord *got;

        haetae_log(c->logger, HAETAE_SEVERITY_INFO, "text", invalid[i], NULL, 0);
        record.body = haetae_value_bytes("x", invalid[i]);
        haetae_log_emit(c->logger, &record);
        record.body = haetae_value_empty();
        record.event_name = invalid_text(invalid[i]);
        haetae_log_emit(c->logger, &record);
        record.event_name.length = 4;
        record.severity_text = invalid_text(invalid[i]);
        haetae_log_emit(c->logger, &record);
        dropped += 4;
        assert_int_equal(capture_dropped(c, HAETAE_SIGNAL_LOGS, HAETAE_DROP_INVALID), dropped);

        /* An invalid attribute is dropped alone. */
        attribute.value = haetae_value_text("x", invalid[i]);
        haetae_log(c->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("kept"), &attribute, 1);
        assert_int_equal(capture_log(c)->dropped_attributes_count, 1);
        haetae_log(c->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("kept"), &attribute, invalid[i]);
        got = capture_log(c);
        assert_string_equal(got->body->string_value, "kept");
        assert_int_equal(got->n_attributes, 0);
    }
}

static void invalid_scopes_and_instruments_are_refused(void **state)
{
    struct capture *c = *state;

    for (int i = 0; i < INVALID; i++) {
        haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
        haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
        haetae_attribute attribute = HAETAE_ATTR("key", 1);
        haetae_tracer *tracer = NULL;
        haetae_logger *logger = NULL;
        haetae_meter *meter = NULL;
        haetae_histogram *histogram = NULL;
        double bounds[] = {1, 2};

        scope.name = invalid_text(invalid[i]);
        assert_int_equal(haetae_tracer_get(c->sdk, &scope, &tracer), HAETAE_EINVAL);
        assert_int_equal(haetae_logger_get(c->sdk, &scope, &logger), HAETAE_EINVAL);
        assert_int_equal(haetae_meter_get(c->sdk, &scope, &meter), HAETAE_EINVAL);
        scope.name.length = 4;
        scope.attributes = &attribute;
        scope.attribute_count = invalid[i];
        assert_int_equal(haetae_tracer_get(c->sdk, &scope, &tracer), HAETAE_EINVAL);
        assert_true(tracer == NULL && logger == NULL && meter == NULL);
        options.name = invalid_text(invalid[i]);
        assert_int_equal(haetae_histogram_create(c->meter, &options, &histogram), HAETAE_EINVAL);
        options.name.length = 4;
        options.unit = invalid_text(invalid[i]);
        assert_int_equal(haetae_histogram_create(c->meter, &options, &histogram), HAETAE_EINVAL);
        options.unit.length = 4;
        options.description = invalid_text(invalid[i]);
        assert_int_equal(haetae_histogram_create(c->meter, &options, &histogram), HAETAE_EINVAL);
        options.description.length = 4;
        options.boundaries = bounds;
        options.boundary_count = invalid[i];
        assert_int_equal(haetae_histogram_create(c->meter, &options, &histogram), HAETAE_EINVAL);
        assert_null(histogram);
    }
}

static void invalid_measurements_do_no_harm(void **state)
{
    struct capture *c = *state;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_bound_counter *bound = NULL;
    haetae_counter *counter = NULL;
    const HaeOtlp__Metric *metric;
    uint64_t total = 0;

    options.name = haetae_string_of("counter");
    assert_int_equal(haetae_counter_create(c->meter, &options, &counter), HAETAE_OK);
    for (int i = 0; i < INVALID; i++) {
        haetae_attribute attributes[] = {HAETAE_ATTR("text", haetae_value_text("x", invalid[i])),
                                         {invalid_text(invalid[i]), haetae_value_int64(1)}};

        haetae_counter_add(counter, 1, attributes, 1);
        haetae_counter_add(counter, 1, attributes + 1, 1);
        haetae_counter_add(counter, 1, attributes, 2);
        haetae_counter_add(counter, 1, attributes, invalid[i]);
        assert_int_equal(haetae_counter_bind(counter, attributes, invalid[i], &bound),
                         HAETAE_EINVAL);
        assert_null(bound);
    }
    /* No measurement is lost, whatever its series. */
    metric = capture_metric(c);
    for (size_t i = 0; i < metric->sum->n_data_points; i++) {
        total += (uint64_t)metric->sum->data_points[i]->as_int;
    }
    assert_int_equal(total, 4 * INVALID);
}

static void invalid_headers_are_refused(void **state)
{
    static const char text[] = "00-0102030405060708090a0b0c0d0e0f10-0102030405060708-01";
    haetae_span_context context;

    (void)state;
    assert_int_equal(haetae_traceparent_parse(text, HAETAE_TRACEPARENT_LENGTH, &context),
                     HAETAE_OK);
    for (int i = 0; i < INVALID; i++) {
        assert_int_equal(haetae_traceparent_parse(text, invalid[i], &context), HAETAE_EFORMAT);
    }
}

/* ---- Enums ------------------------------------------------------------------------- */

static void unknown_enums_count_as_their_defaults(void **state)
{
    static const int32_t unknown[] = {-1, 99, INT32_MIN, INT32_MAX};
    struct capture *c = *state;

    for (int i = 0; i < 4; i++) {
        haetae_value strange = haetae_value_int64(7);
        haetae_span span =
            haetae_span_start(c->tracer, HAETAE_TEXT("span"), (haetae_span_kind)unknown[i]);
        haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
        const HaeOtlp__Span *got;

        strange.type = unknown[i];
        haetae_span_set_attribute(span, HAETAE_TEXT("strange"), &strange);
        haetae_span_set_status(span, (haetae_span_status)unknown[i], HAETAE_TEXT("words"));
        haetae_span_end(span);
        got = capture_span(c);
        assert_int_equal(got->kind, HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_INTERNAL);
        assert_int_equal(got->n_attributes, 1);
        assert_int_equal(got->attributes[0]->value->value_case,
                         HAE_OTLP__ANY_VALUE__VALUE__NOT_SET);
        assert_true(got->status == NULL || got->status->code == 0);
        record.severity = unknown[i];
        record.body = strange;
        haetae_logger_set_min_severity(c->logger, (haetae_severity)INT32_MIN);
        haetae_log_emit(c->logger, &record);
        assert_int_equal(capture_log(c)->severity_number, 0);
    }
}

static void unknown_number_types_are_refused(void **state)
{
    struct capture *c = *state;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_gauge *gauge = NULL;

    options.name = haetae_string_of("gauge");
    options.number_type = 2;
    assert_int_equal(haetae_gauge_create(c->meter, &options, &gauge), HAETAE_EINVAL);
    options.number_type = -1;
    assert_int_equal(haetae_gauge_create(c->meter, &options, &gauge), HAETAE_EINVAL);
    assert_null(gauge);
}

/* ---- Struct sizes ----------------------------------------------------------------------- */

static void send_nothing(void *self, haetae_delivery *delivery)
{
    (void)self;
    (void)delivery;
}

/* Tries to recover from a directory that isn't there. */
static haetae_status recover_into(haetae_recovery *recovery)
{
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "nowhere", .send = send_nothing);
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    haetae_status status;

    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_exporter_new(&ops, NULL, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    status = haetae_recover(config, "/nonexistent/of-this-test", 0, recovery);
    haetae_config_free(config);
    return status;
}

static void structs_of_a_wrong_size_are_refused_or_counted(void **state)
{
    static const size_t wrong[] = {0, 1, sizeof(size_t), 4097, SIZE_MAX};
    struct capture *c = *state;

    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        haetae_span_options span_options = {.struct_size = wrong[i], .kind = 3};
        haetae_log_record record = {.struct_size = wrong[i]};
        haetae_exception exception = {.struct_size = wrong[i]};
        haetae_scope_options scope = {.struct_size = wrong[i]};
        haetae_instrument_options options = {.struct_size = wrong[i], .name = {"name", 4}};
        haetae_exporter_ops ops = {.struct_size = wrong[i], .name = "name", .send = send_nothing};
        haetae_recovery recovery = {.struct_size = wrong[i]};
        haetae_counter *counter = NULL;
        haetae_exporter *exporter = NULL;
        haetae_tracer *tracer = NULL;
        const HaeOtlp__Span *got;
        haetae_span span;

        haetae_log_emit(c->logger, &record);
        span = haetae_span_start_with(c->tracer, "span", 4, &span_options);
        haetae_span_record_exception(span, &exception);
        haetae_span_end(span);
        got = capture_span(c);
        assert_int_equal(got->kind, HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_INTERNAL);
        assert_int_equal(got->n_events, 0);
        assert_int_equal(capture_misuse(c, HAETAE_MISUSE_ARGUMENT), 3 * (i + 1));
        assert_int_equal(haetae_tracer_get(c->sdk, &scope, &tracer), HAETAE_EINVAL);
        assert_int_equal(haetae_counter_create(c->meter, &options, &counter), HAETAE_EINVAL);
        assert_int_equal(haetae_exporter_new(&ops, NULL, &exporter), HAETAE_EINVAL);
        assert_int_equal(recover_into(&recovery), HAETAE_EINVAL);
    }
    assert_int_equal(sdk_numbers(c->sdk, HAETAE_SIGNAL_LOGS).recorded, 0);
    assert_int_equal(recover_into(&(haetae_recovery)HAETAE_OPTIONS(haetae_recovery)),
                     HAETAE_EVALUE); /* the directory */
}

/* A caller compiled with a later header. */
static void structs_of_a_later_version_are_accepted(void **state)
{
    struct capture *c = *state;
    struct {
        haetae_log_record known;
        uint64_t later;
    } record = {.known = {.struct_size = sizeof record}};
    struct {
        haetae_span_options known;
        uint64_t later;
    } span = {.known = {.struct_size = sizeof span, .kind = HAETAE_SPAN_KIND_CLIENT}};

    record.known.body = haetae_value_string("kept");
    haetae_log_emit(c->logger, &record.known);
    assert_string_equal(capture_log(c)->body->string_value, "kept");
    haetae_span_end(haetae_span_start_with(c->tracer, "span", 4, &span.known));
    assert_int_equal(capture_span(c)->kind, HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_CLIENT);
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_ARGUMENT), 0);
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_NEWER_CALLER), 0);
    span.later = 1;
    haetae_span_end(haetae_span_start_with(c->tracer, "span", 4, &span.known));
    assert_int_equal(capture_span(c)->kind, HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_CLIENT);
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_NEWER_CALLER), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, capture_begin, capture_end)
    const struct CMUnitTest tests[] = {
        TEST(invalid_names_of_spans_are_left_out),
        TEST(invalid_attributes_are_dropped_and_counted),
        TEST(invalid_events_and_links_are_dropped_and_counted),
        TEST(invalid_span_options_do_no_harm),
        TEST(invalid_logs_are_dropped_and_counted),
        TEST(invalid_scopes_and_instruments_are_refused),
        TEST(invalid_measurements_do_no_harm),
        TEST(invalid_headers_are_refused),
        TEST(unknown_enums_count_as_their_defaults),
        TEST(unknown_number_types_are_refused),
        TEST(structs_of_a_wrong_size_are_refused_or_counted),
        TEST(structs_of_a_later_version_are_accepted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
