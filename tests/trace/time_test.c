/* SPDX-License-Identifier: Apache-2.0 */
/* Start and end times, given and measured. */
#include "trace/trace_test.h"

#define GIVEN UINT64_C(1700000000000000000)

static haetae_span start_at(struct core_fixture *core, uint64_t start_unix_ns)
{
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);

    options.start_time_unix_ns = start_unix_ns;
    return haetae_span_start_with(core->tracer, HAETAE_TEXT("timed"), &options);
}

static void check_times(struct core_fixture *core, haetae_span handle, uint64_t end_unix_ns,
                        uint64_t expected_start, uint64_t expected_end)
{
    HaeOtlp__Span *span;

    haetae_span_end_at(handle, end_unix_ns);
    span = core_only_span(core);
    assert_int_equal(span->start_time_unix_nano, expected_start);
    assert_int_equal(span->end_time_unix_nano, expected_end);
    core_free_span(span);
}

static void given_times_are_recorded(void **state)
{
    struct core_fixture *core = *state;

    check_times(core, start_at(core, GIVEN), GIVEN + 123456789, GIVEN, GIVEN + 123456789);
    check_times(core, start_at(core, 1), UINT64_MAX, 1, UINT64_MAX);
}

static void end_before_the_start_is_the_start(void **state)
{
    struct core_fixture *core = *state;

    check_times(core, start_at(core, GIVEN), GIVEN - 1, GIVEN, GIVEN);
    check_times(core, start_at(core, GIVEN), 1, GIVEN, GIVEN);
    check_times(core, start_at(core, UINT64_MAX), 0, UINT64_MAX, UINT64_MAX);
}

static void measured_span_may_end_at_a_given_time(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;

    haetae_span_end_at(handle, UINT64_MAX);
    span = core_only_span(core);
    assert_int_equal(span->end_time_unix_nano, UINT64_MAX);
    core_free_span(span);
    handle = trace_start(core);
    haetae_span_end_at(handle, 5); /* long before its start */
    span = core_only_span(core);
    assert_true(span->start_time_unix_nano > GIVEN / 2);
    assert_int_equal(span->end_time_unix_nano, span->start_time_unix_nano);
    core_free_span(span);
}

static void given_start_may_end_now(void **state)
{
    struct core_fixture *core = *state;
    uint64_t before = hae_time_ns(CLOCK_REALTIME);
    HaeOtlp__Span *span = trace_finish(core, start_at(core, GIVEN));

    assert_int_equal(span->start_time_unix_nano, GIVEN);
    assert_true(span->end_time_unix_nano + UINT64_C(1000000000) > before);
    core_free_span(span);
}

static void step_of_the_wall_clock_makes_no_negative_duration(void **state)
{
    struct core_fixture *core = *state;
    struct hae_clock *clock = &core->recorder->region->clock;
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;

    /* Sets the base as after the wall clock was set back by an hour. */
    atomic_fetch_sub(&clock->base_unix_ns, UINT64_C(3600000000000));
    span = trace_finish(core, handle);
    assert_true(span->end_time_unix_nano >= span->start_time_unix_nano);
    assert_true(span->end_time_unix_nano - span->start_time_unix_nano <
                UINT64_C(600000000000)); /* nor does a step forward change it */
    core_free_span(span);
    handle = trace_start(core);
    atomic_fetch_add(&clock->base_unix_ns, UINT64_C(7200000000000));
    span = trace_finish(core, handle);
    assert_true(span->end_time_unix_nano - span->start_time_unix_nano < UINT64_C(600000000000));
    core_free_span(span);
}

static void handed_over_span_has_the_same_times(void **state)
{
    struct core_fixture *core = *state;

    core_busy_begin();
    check_times(core, start_at(core, GIVEN), GIVEN + 5, GIVEN, GIVEN + 5);
    check_times(core, start_at(core, GIVEN), GIVEN - 5, GIVEN, GIVEN);
    core_busy_end();
}

static void span_ends_once(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);

    haetae_span_end(handle);
    haetae_span_end(handle);
    haetae_span_end_at(handle, GIVEN);
    assert_int_equal(core_published(core, SPAN), 1);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 2);
    haetae_span_end(HAETAE_SPAN_NONE);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(given_times_are_recorded),
        TRACE_TEST(end_before_the_start_is_the_start),
        TRACE_TEST(measured_span_may_end_at_a_given_time),
        TRACE_TEST(given_start_may_end_now),
        TRACE_TEST(step_of_the_wall_clock_makes_no_negative_duration),
        TRACE_TEST(handed_over_span_has_the_same_times),
        TRACE_TEST(span_ends_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
