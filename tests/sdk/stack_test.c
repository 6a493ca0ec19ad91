/* SPDX-License-Identifier: Apache-2.0 */
/* How much stack the recording calls need: the handler of a fault makes them on a small one. */
#include "support/stack.h"

#include "support/sdk_fixture.h"

enum { ATTRIBUTES = 8, LEVELS = 64, ALTERNATE_STACK_BYTES = 8192 };

static struct {
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_counter *counter;
    haetae_histogram *histogram;
    haetae_span span;
    haetae_exception exception;
    haetae_attribute attributes[ATTRIBUTES];
    int64_t number; /* makes each series another one */
} f;

static void start_span(void *argument)
{
    (void)argument;
    f.span = haetae_span_start(f.tracer, HAETAE_TEXT("crash"), HAETAE_SPAN_KIND_INTERNAL);
}

static void set_attributes(void *argument)
{
    (void)argument;
    haetae_span_set_attributes(f.span, f.attributes, ATTRIBUTES);
}

static void record_exception(void *argument)
{
    (void)argument;
    haetae_span_record_exception(f.span, &f.exception);
}

static void add_event(void *argument)
{
    (void)argument;
    haetae_span_add_event(f.span, HAETAE_TEXT("event"), 0, f.attributes, ATTRIBUTES);
}

static void end_span(void *argument)
{
    (void)argument;
    haetae_span_set_status(f.span, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("crashed"));
    haetae_span_end(f.span);
}

static void log_record(void *argument)
{
    static haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);

    (void)argument;
    record.body = haetae_value_string("crashed");
    record.attributes = f.attributes;
    record.attribute_count = ATTRIBUTES;
    haetae_log_emit(f.logger, &record);
}

/* At sites that cannot be prepared: they have no room. */
static void at_sites(void *argument)
{
    static const haetae_string key = {"key", 3};
    static const haetae_value value = {.type = HAETAE_VALUE_INT64, .as.int64 = 1};
    static const haetae_span_site span_site = {.name = {"crash", 5}, .keys = &key, .key_count = 1};
    static const haetae_log_site log_site = {.severity = 9, .keys = &key, .key_count = 1};

    (void)argument;
    haetae_span_end_site(haetae_span_start_site(f.tracer, &span_site), &span_site, &value, 1);
    haetae_log_emit_site(f.logger, &log_site, &value, 1, "crashed", 7);
}

static void measure(void *argument)
{
    (void)argument;
    f.attributes[0] = haetae_attribute_of("number", haetae_value_int64(++f.number));
    haetae_counter_add(f.counter, 1, f.attributes, ATTRIBUTES);
    haetae_histogram_record(f.histogram, 1, f.attributes, ATTRIBUTES);
}

/* In their order: the last one ends the span. */
static const struct {
    const char *name;
    void (*call)(void *argument);
    size_t most_bytes; /* with what an unusual compiler may add */
} calls[] = {
    {"start_span", start_span, 2048},
    {"set_attributes", set_attributes, 1280},
    {"record_exception", record_exception, 1280},
    {"add_event", add_event, 1280},
    {"log_record", log_record, 1280},
    {"at_sites", at_sites, 4608},
    {"measure", measure, 4608},
    {"end_span", end_span, 1280},
};

static struct fake_exporter fake;

static int begin(void **state)
{
    static char keys[ATTRIBUTES][16];
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    f.sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&fake));
    f.tracer = haetae_tracer_named(f.sdk, "stack");
    f.logger = haetae_logger_named(f.sdk, "stack");
    options.name = haetae_string_of("counter");
    assert_int_equal(
        haetae_counter_create(haetae_meter_named(f.sdk, "stack"), &options, &f.counter), HAETAE_OK);
    options.name = haetae_string_of("histogram");
    assert_int_equal(
        haetae_histogram_create(haetae_meter_named(f.sdk, "stack"), &options, &f.histogram),
        HAETAE_OK);
    for (int i = 0; i < ATTRIBUTES; i++) {
        snprintf(keys[i], sizeof keys[i], "key%d", i);
        f.attributes[i] = haetae_attribute_of(keys[i], haetae_value_string("some text"));
    }
    f.exception = (haetae_exception)HAETAE_OPTIONS(haetae_exception);
    f.exception.type = haetae_string_of("SIGSEGV");
    f.exception.message = haetae_string_of("address not mapped");
    f.exception.stacktrace = haetae_string_of("main.c:1\nmain.c:2");
    f.exception.attributes = f.attributes;
    f.exception.attribute_count = ATTRIBUTES;
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(haetae_sdk_shutdown(f.sdk, 60000), HAETAE_OK);
    haetae_sdk_free(f.sdk);
    fake_done(&fake);
    return 0;
}

/* Twice: the first record of a thread makes more calls. */
static void recording_calls_need_little_stack(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
            size_t used = stack_used(64 * 1024, calls[i].call, NULL);

#if STACK_IS_MEASURED && defined(__OPTIMIZE__)
            if (used > calls[i].most_bytes) {
                fail_msg("%s needs %zu bytes of stack", calls[i].name, used);
            }
#else
            assert_true(used > 0);
#endif
        }
    }
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 60000), HAETAE_OK);
    assert_int_equal(fake.item_count[HAETAE_SIGNAL_TRACES], 4);
    assert_int_equal(fake.item_count[HAETAE_SIGNAL_LOGS], 4);
}

#if STACK_IS_MEASURED
/* What the kernel needs for a handler depends on the processor. */
static size_t small_stack_bytes(void)
{
#if defined(_SC_MINSIGSTKSZ)
    long least = sysconf(_SC_MINSIGSTKSZ);

    return ALTERNATE_STACK_BYTES + (least > 4096 ? (size_t)least - 4096 : 0);
#else
    return ALTERNATE_STACK_BYTES;
#endif
}
#endif

static void exception_is_recorded_on_an_alternate_stack_of_8_kib(void **state)
{
    (void)state;
#if STACK_IS_MEASURED
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (calls[i].call != measure) {
            assert_true(stack_used(small_stack_bytes(), calls[i].call, NULL) < small_stack_bytes());
        }
    }
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 60000), HAETAE_OK);
    assert_int_equal(fake.item_count[HAETAE_SIGNAL_TRACES], 2); /* one of them at a site */
#else
    skip(); /* a sanitizer needs more itself */
#endif
}

/* The header says 192 bytes a level. */
static void each_level_of_a_value_needs_little_more(void **state)
{
    static haetae_value values[LEVELS];
    size_t flat, deep;

    (void)state;
    start_span(NULL);
    flat = stack_used(64 * 1024, set_attributes, NULL);
    for (int i = 0; i < LEVELS - 1; i++) {
        values[i] = haetae_value_array(&values[i + 1], 1);
    }
    values[LEVELS - 1] = haetae_value_int64(1);
    f.attributes[3].value = values[0];
    deep = stack_used(64 * 1024, set_attributes, NULL);
    haetae_span_end(f.span);
#if STACK_IS_MEASURED && defined(__OPTIMIZE__)
    assert_true(deep - flat <= (size_t)LEVELS * 192);
#elif STACK_IS_MEASURED
    assert_true(deep > flat);
#else
    assert_true(deep == flat);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(recording_calls_need_little_stack, begin, end),
        cmocka_unit_test_setup_teardown(exception_is_recorded_on_an_alternate_stack_of_8_kib, begin,
                                        end),
        cmocka_unit_test_setup_teardown(each_level_of_a_value_needs_little_more, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
