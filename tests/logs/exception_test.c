/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions of log records. Specification: "Emit a LogRecord". */
#include "logs/logs_test.h"

static haetae_log_record about(const haetae_exception *exception)
{
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);

    record.severity = HAETAE_SEVERITY_ERROR;
    record.body = haetae_value_string("no map");
    record.exception = exception;
    return record;
}

static haetae_exception refused(void)
{
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);

    exception.type = haetae_string_of("ECONNREFUSED");
    exception.message = haetae_string_of("connection refused");
    exception.stacktrace = haetae_string_of("main\nconnect");
    return exception;
}

static void an_exception_becomes_attributes_and_the_body_stays(void **state)
{
    struct core_fixture *core = *state;
    const haetae_attribute further[] = {HAETAE_ATTR("port", 8081)};
    const haetae_attribute own[] = {HAETAE_ATTR("ride", 7)};
    haetae_exception exception = refused();
    haetae_log_record record = about(&exception);
    HaeOtlp__LogRecord *log;

    exception.attributes = further;
    exception.attribute_count = 1;
    record.attributes = own;
    record.attribute_count = 1;
    log = logs_emitted(core, &record);
    assert_string_equal(log->body->string_value, "no map");
    assert_int_equal(log->n_attributes, 5);
    core_has_int(log->attributes, 5, "ride", 7);
    core_has_int(log->attributes, 5, "port", 8081);
    core_has_string(log->attributes, 5, "exception.type", "ECONNREFUSED");
    core_has_string(log->attributes, 5, "exception.message", "connection refused");
    core_has_string(log->attributes, 5, "exception.stacktrace", "main\nconnect");
    assert_false(log->has_dropped_attributes_count);
    core_free_log(log);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 0);
}

static void attributes_that_the_caller_gave_are_not_overwritten(void **state)
{
    struct core_fixture *core = *state;
    const haetae_attribute further[] = {HAETAE_ATTR("exception.message", "twice"),
                                        HAETAE_ATTR("exception.message", "further"),
                                        HAETAE_ATTR("exception.type", "further")};
    const haetae_attribute own[] = {HAETAE_ATTR("exception.type", "own")};
    haetae_exception exception = refused();
    haetae_log_record record = about(&exception);
    HaeOtlp__LogRecord *log;

    exception.attributes = further;
    exception.attribute_count = 3;
    record.attributes = own;
    record.attribute_count = 1;
    log = logs_emitted(core, &record);
    assert_int_equal(log->n_attributes, 3);
    core_has_string(log->attributes, 3, "exception.type", "own");
    core_has_string(log->attributes, 3, "exception.message", "further");
    core_has_string(log->attributes, 3, "exception.stacktrace", "main\nconnect");
    assert_false(log->has_dropped_attributes_count);
    core_free_log(log);
}

static void parts_that_are_empty_are_left_out(void **state)
{
    struct core_fixture *core = *state;
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    haetae_log_record record = about(&exception);
    HaeOtlp__LogRecord *log = logs_emitted(core, &record);

    assert_int_equal(log->n_attributes, 0);
    core_free_log(log);
    exception.type = (haetae_string){NULL, 9};
    exception.message = haetae_string_of("m");
    log = logs_emitted(core, &record);
    assert_int_equal(log->n_attributes, 1);
    core_has_string(log->attributes, 1, "exception.message", "m");
    core_free_log(log);
}

static void limits_hold_for_exceptions_and_what_is_dropped_is_counted(void **state)
{
    struct core_fixture *core = *state;
    const haetae_attribute own[] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("b", 2)};
    const haetae_attribute further[] = {HAETAE_ATTR("c", 3)};
    haetae_exception exception = refused();
    haetae_log_record record = about(&exception);
    HaeOtlp__LogRecord *log;

    exception.attributes = further;
    exception.attribute_count = 1;
    record.attributes = own;
    record.attribute_count = 2;
    core->logs.limits.count = 4;
    core->logs.limits.value.length = 5;
    log = logs_emitted(core, &record);
    assert_int_equal(log->n_attributes, 4);
    core_has_int(log->attributes, 4, "b", 2);
    core_has_int(log->attributes, 4, "c", 3);
    core_has_string(log->attributes, 4, "exception.type", "ECONN");
    assert_int_equal(log->dropped_attributes_count, 2);
    core_free_log(log);
}

static void an_invalid_exception_is_left_out_and_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_exception exception = refused();
    haetae_log_record record = about(&exception);
    HaeOtlp__LogRecord *log;

    exception.struct_size = 5;
    log = logs_emitted(core, &record);
    assert_int_equal(log->n_attributes, 0);
    assert_string_equal(log->body->string_value, "no map");
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 1);
    core_free_log(log);

    exception = refused();
    exception.attribute_count = 3; /* of NULL */
    log = logs_emitted(core, &record);
    assert_int_equal(log->n_attributes, 3);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 2);
    core_free_log(log);

    exception = refused();
    exception.message.length = SIZE_MAX;
    exception.stacktrace = haetae_string_of("\xFF!");
    log = logs_emitted(core, &record);
    assert_int_equal(log->n_attributes, 2);
    core_has_string(log->attributes, 2, "exception.stacktrace", "\xEF\xBF\xBD!");
    assert_int_equal(log->dropped_attributes_count, 1);
    core_free_log(log);
}

static void a_long_stack_is_whole_and_one_that_is_too_large_drops_the_record(void **state)
{
    struct core_fixture *core = *state;
    size_t largest = core->recorder->record_size_max;
    haetae_exception exception = refused();
    haetae_log_record record = about(&exception);
    HaeOtlp__LogRecord *log;
    char *stack = malloc(largest);
    const HaeOtlp__AnyValue *value;

    assert_non_null(stack);
    memset(stack, 's', largest);
    exception.stacktrace = (haetae_string){stack, largest - 300};
    log = logs_emitted(core, &record);
    value = core_find(log->attributes, log->n_attributes, "exception.stacktrace");
    assert_non_null(value);
    assert_int_equal(strlen(value->string_value), largest - 300);
    core_free_log(log);
    core_forget(core);

    exception.stacktrace.length = largest;
    haetae_log_emit(core->logger, &record);
    assert_int_equal(core_dropped(core, LOG, HAETAE_DROP_TOO_LARGE), 1);
    free(stack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGS_TESTS(an_exception_becomes_attributes_and_the_body_stays),
        LOGS_TESTS(attributes_that_the_caller_gave_are_not_overwritten),
        LOGS_TESTS(parts_that_are_empty_are_left_out),
        LOGS_TESTS(limits_hold_for_exceptions_and_what_is_dropped_is_counted),
        LOGS_TESTS(an_invalid_exception_is_left_out_and_counted),
        LOGS_TESTS(a_long_stack_is_whole_and_one_that_is_too_large_drops_the_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
