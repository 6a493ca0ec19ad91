/* SPDX-License-Identifier: Apache-2.0 */
/* Stale handles: spans that have ended, SDKs that were shut down or freed. */
#include "capture.h"

/* Makes every call that changes a span. */
static unsigned change(haetae_span span)
{
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    haetae_attribute attribute = HAETAE_ATTR("key", 1);
    haetae_link link = {.attributes = &attribute, .attribute_count = 1};

    exception.type = haetae_string_of("type");
    haetae_span_set_attributes(span, &attribute, 1);
    haetae_span_set_attribute(span, HAETAE_TEXT("key"), &attribute.value);
    haetae_span_set_string(span, HAETAE_TEXT("key"), HAETAE_TEXT("value"));
    haetae_span_set_bool(span, HAETAE_TEXT("key"), true);
    haetae_span_set_int64(span, HAETAE_TEXT("key"), 1);
    haetae_span_set_double(span, HAETAE_TEXT("key"), 1.5);
    haetae_span_add_event(span, HAETAE_TEXT("event"), 0, NULL, 0);
    haetae_span_add_link(span, &link);
    haetae_span_set_status(span, HAETAE_SPAN_STATUS_OK, NULL, 0);
    haetae_span_record_exception(span, &exception);
    haetae_span_update_name(span, HAETAE_TEXT("name"));
    haetae_span_end(span);
    haetae_span_end_at(span, 1);
    return 13;
}

static void an_ended_span_counts_every_call_and_changes_nothing(void **state)
{
    struct capture *c = *state;
    haetae_span span = haetae_span_start(c->tracer, HAETAE_TEXT("once"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_span_context context;
    const HaeOtlp__Span *got;
    unsigned calls;

    haetae_span_end(span);
    calls = change(span);
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_ENDED_SPAN), calls);
    assert_false(haetae_span_is_recording(span));
    assert_false(haetae_span_get_context(span, &context));
    assert_false(haetae_span_context_is_valid(&context));
    got = capture_span(c);
    assert_string_equal(got->name, "once");
    assert_int_equal(got->n_attributes + got->n_events + got->n_links, 0);
    sdk_all_delivered(c->sdk, HAETAE_SIGNAL_TRACES, 1);
}

static void an_ended_span_does_not_change_the_next_span_in_its_slot(void **state)
{
    struct capture *c = *state;
    haetae_span ended = haetae_span_start(c->tracer, HAETAE_TEXT("old"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_span next;

    haetae_span_end(ended);
    next = haetae_span_start(c->tracer, HAETAE_TEXT("new"), HAETAE_SPAN_KIND_INTERNAL);
    assert_true(next != ended);
    (void)change(ended);
    assert_true(haetae_span_is_recording(next));
    assert_int_equal(sdk_numbers(c->sdk, HAETAE_SIGNAL_TRACES).recorded, 1);
    haetae_span_end(next);
    (void)haetae_sdk_force_flush(c->sdk, 0);
    sdk_all_delivered(c->sdk, HAETAE_SIGNAL_TRACES, 2);
}

static void handles_that_never_were_do_nothing(void **state)
{
    struct capture *c = *state;
    haetae_span live = haetae_span_start(c->tracer, HAETAE_TEXT("live"), HAETAE_SPAN_KIND_INTERNAL);
    uint64_t random = 88172645463325252u;

    for (int i = 0; i < 20000; i++) {
        /* Some numbers are random, some are close to a real handle. */
        haetae_span made_up;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        made_up = i % 2 == 0 ? random : live ^ (UINT64_C(1) << random % 64) ^ (random & 0xFFF) << 8;
        if (made_up != live) {
            (void)change(made_up);
        }
    }
    (void)change(UINT64_MAX);
    haetae_span_set_int64(live, HAETAE_TEXT("kept"), 1);
    haetae_span_end(live);
    assert_int_equal(capture_span(c)->n_attributes, 1);
}

static void after_shutdown_each_call_says_so_or_is_counted(void **state)
{
    struct capture *c = *state;
    haetae_span span = haetae_span_start(c->tracer, HAETAE_TEXT("open"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *counter = NULL, *other = NULL;
    haetae_bound_counter *bound = NULL;
    haetae_tracer *tracer = NULL;
    haetae_logger *logger = NULL;
    haetae_meter *meter = NULL;
    uint64_t stale; /* counted for the whole process */

    options.name = haetae_string_of("counter");
    assert_int_equal(haetae_counter_create(c->meter, &options, &counter), HAETAE_OK);
    assert_int_equal(haetae_sdk_shutdown(c->sdk, 0), HAETAE_OK);
    assert_int_equal(haetae_sdk_shutdown(c->sdk, 0), HAETAE_ESHUTDOWN);
    assert_int_equal(haetae_sdk_force_flush(c->sdk, 0), HAETAE_ESHUTDOWN);
    assert_int_equal(haetae_sdk_step(c->sdk, 0), HAETAE_ESHUTDOWN);
    assert_int_equal(haetae_tracer_get(c->sdk, NULL, &tracer), HAETAE_ESHUTDOWN);
    assert_int_equal(haetae_logger_get(c->sdk, NULL, &logger), HAETAE_ESHUTDOWN);
    assert_int_equal(haetae_meter_get(c->sdk, NULL, &meter), HAETAE_ESHUTDOWN);
    assert_int_equal(haetae_counter_bind(counter, NULL, 0, &bound), HAETAE_ESHUTDOWN);
    options.name = haetae_string_of("other");
    assert_int_equal(haetae_counter_create(c->meter, &options, &other), HAETAE_ESHUTDOWN);
    assert_true(tracer == NULL && logger == NULL && meter == NULL && bound == NULL &&
                other == NULL);
    assert_null(haetae_tracer_named(c->sdk, "test"));
    assert_false(haetae_tracer_enabled(c->tracer));
    assert_false(haetae_logger_enabled(c->logger, HAETAE_SEVERITY_FATAL));

    stale = capture_misuse(c, HAETAE_MISUSE_ENDED_SPAN);
    haetae_span_set_int64(span, HAETAE_TEXT("late"), 1);
    haetae_span_end(span);
    assert_int_equal(haetae_span_start(c->tracer, "x", 1, HAETAE_SPAN_KIND_INTERNAL),
                     HAETAE_SPAN_NONE);
    haetae_log(c->logger, HAETAE_SEVERITY_INFO, "x", 1, NULL, 0);
    /* The open span was exported by the shutdown. */
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_ENDED_SPAN) - stale, 2);
    assert_int_equal(capture_dropped(c, HAETAE_SIGNAL_TRACES, HAETAE_DROP_SHUTDOWN), 1);
    assert_int_equal(capture_dropped(c, HAETAE_SIGNAL_LOGS, HAETAE_DROP_SHUTDOWN), 1);
    haetae_counter_add(counter, 1, NULL, 0);
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_MEASUREMENT), 1);
}

static void span_handles_of_a_freed_sdk_are_harmless(void **state)
{
    struct capture *c = *state;
    haetae_sdk *other = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), NULL);
    haetae_span span = haetae_span_start(haetae_tracer_named(other, "other"), HAETAE_TEXT("left"),
                                         HAETAE_SPAN_KIND_INTERNAL);
    haetae_context_token token;

    haetae_context_attach(span, &token);
    haetae_sdk_free(other);
    (void)change(span);
    assert_false(haetae_span_is_recording(span));
    /* The ended span is still the thread's current context. */
    haetae_log(c->logger, HAETAE_SEVERITY_INFO, "x", 1, NULL, 0);
    assert_int_equal(capture_log(c)->trace_id.len, 16);
    haetae_context_detach(&token);
    /* The handle does not name a span of the next SDK either. */
    other = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), NULL);
    haetae_span_start(haetae_tracer_named(other, "other"), HAETAE_TEXT("new"),
                      HAETAE_SPAN_KIND_INTERNAL);
    (void)change(span);
    assert_int_equal(sdk_numbers(other, HAETAE_SIGNAL_TRACES).recorded, 0);
    haetae_sdk_free(other);
}

static void tokens_are_good_for_one_detach(void **state)
{
    struct capture *c = *state;
    haetae_span span = haetae_span_start(c->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
    uint64_t before = capture_misuse(c, HAETAE_MISUSE_CONTEXT);
    haetae_context_token token, never = {{0}};

    haetae_context_attach(span, &token);
    assert_int_equal(haetae_current_span(), span);
    haetae_context_detach(&never);
    assert_int_equal(haetae_current_span(), span);
    haetae_context_detach(&token);
    haetae_context_detach(&token);
    assert_int_equal(haetae_current_span(), HAETAE_SPAN_NONE);
    assert_int_equal(capture_misuse(c, HAETAE_MISUSE_CONTEXT), before + 2);
    haetae_span_end(span);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, capture_begin, capture_end)
    const struct CMUnitTest tests[] = {
        TEST(an_ended_span_counts_every_call_and_changes_nothing),
        TEST(an_ended_span_does_not_change_the_next_span_in_its_slot),
        TEST(handles_that_never_were_do_nothing),
        TEST(after_shutdown_each_call_says_so_or_is_counted),
        TEST(span_handles_of_a_freed_sdk_are_harmless),
        TEST(tokens_are_good_for_one_detach),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
