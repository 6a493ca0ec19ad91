/* SPDX-License-Identifier: Apache-2.0 */
/* Log records of a context that is not the thread's. */
#include "haetae/context.h"
#include "haetae/trace.h"
#include "logs/logs_test.h"

static haetae_span_context remote_of(uint8_t first)
{
    return (haetae_span_context){
        .trace_id = {first}, .span_id = {first}, .trace_flags = HAETAE_TRACE_FLAG_SAMPLED};
}

static haetae_context *context_of(uint8_t first)
{
    haetae_span_context remote = remote_of(first);
    haetae_context *context = NULL;

    assert_int_equal(haetae_context_with_span_context(NULL, &remote, &context), HAETAE_OK);
    return context;
}

/* Emits the record, and checks which trace it belongs to. 0: to none. */
static void expect_trace(struct core_fixture *core, const haetae_log_record *record, uint8_t first)
{
    HaeOtlp__LogRecord *log = logs_emitted(core, record);

    if (first == 0) {
        assert_int_equal(log->trace_id.len, 0);
    } else {
        assert_int_equal(log->trace_id.len, 16);
        assert_int_equal(log->trace_id.data[0], first);
        assert_int_equal(log->span_id.data[0], first);
        assert_int_equal(log->flags, HAETAE_TRACE_FLAG_SAMPLED);
    }
    core_free_log(log);
}

static void a_record_belongs_to_the_span_of_its_context(void **state)
{
    struct core_fixture *core = *state;
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    haetae_context *context = context_of(0xA1);
    haetae_context *current = context_of(0xC1);
    haetae_context_token token;

    haetae_context_attach_context(current, &token);
    expect_trace(core, &record, 0xC1);
    record.in_context = context;
    expect_trace(core, &record, 0xA1);
    record.in_context = haetae_context_root();
    expect_trace(core, &record, 0);
    record.in_context = NULL;
    expect_trace(core, &record, 0xC1); /* the thread's context is what it was */
    haetae_context_detach(&token);
    haetae_context_unref(context);
    haetae_context_unref(current);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 0);
}

static void a_span_and_a_given_span_context_go_before_the_context(void **state)
{
    struct core_fixture *core = *state;
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    haetae_span_context given = remote_of(0xB1);
    haetae_span_context of_span;
    haetae_context *context = context_of(0xA1);
    haetae_span span =
        haetae_span_start(core->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);
    HaeOtlp__LogRecord *log;

    record.in_context = context;
    record.context = &given;
    expect_trace(core, &record, 0xB1);
    record.span = span;
    assert_true(haetae_span_get_context(span, &of_span));
    log = logs_emitted(core, &record);
    assert_memory_equal(log->span_id.data, of_span.span_id, 8);
    core_free_log(log);
    haetae_span_end(span);
    (void)core_drain(core);
    core_forget(core);
    expect_trace(core, &record, 0xB1); /* it has ended */
    given = (haetae_span_context){.trace_flags = 1};
    record.span = HAETAE_SPAN_NONE;
    expect_trace(core, &record, 0); /* invalid: no span at all */
    haetae_context_unref(context);
}

static void an_exception_goes_with_a_record_of_another_context(void **state)
{
    struct core_fixture *core = *state;
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    haetae_context *context = context_of(0xA1);
    HaeOtlp__LogRecord *log;

    exception.type = haetae_string_of("EIO");
    record.exception = &exception;
    record.in_context = context;
    log = logs_emitted(core, &record);
    assert_int_equal(log->trace_id.data[0], 0xA1);
    assert_int_equal(log->n_attributes, 1);
    core_has_string(log->attributes, 1, "exception.type", "EIO");
    core_free_log(log);
    haetae_context_unref(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGS_TESTS(a_record_belongs_to_the_span_of_its_context),
        LOGS_TESTS(a_span_and_a_given_span_context_go_before_the_context),
        LOGS_TESTS(an_exception_goes_with_a_record_of_another_context),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
