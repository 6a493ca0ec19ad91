/* SPDX-License-Identifier: Apache-2.0 */
/* The wall clock steps by an hour, forward and back, during recording. Linked with --wrap;
 * the test moves the pipeline's clock. */
#include <stdatomic.h>
#include <time.h>

#include "capture.h"
#include "pipeline/clock.h"
#include "support/timed_name.h"

enum { HOUR_S = 3600 };
#define SECOND_NS UINT64_C(1000000000)
#define MINUTE_NS (60 * SECOND_NS) /* longer than any test */

static _Atomic int64_t offset_s;

int REAL_TIMED(clock_gettime)(clockid_t id, struct timespec *ret_time);
int WRAPPED_TIMED(clock_gettime)(clockid_t id, struct timespec *ret_time);

int WRAPPED_TIMED(clock_gettime)(clockid_t id, struct timespec *ret_time)
{
    int status = REAL_TIMED(clock_gettime)(id, ret_time);

    if (id == CLOCK_REALTIME) {
        ret_time->tv_sec += (time_t)atomic_load(&offset_s);
    }
    return status;
}

static uint64_t wall_ns(void)
{
    struct timespec now;

    WRAPPED_TIMED(clock_gettime)(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static bool is_about_now(uint64_t time_unix_ns)
{
    return time_unix_ns + MINUTE_NS > wall_ns() && time_unix_ns < wall_ns() + MINUTE_NS;
}

/* Moves the clock, and lets the worker notice. */
static void step_clock(struct capture *c, int64_t by_s)
{
    atomic_fetch_add(&offset_s, by_s);
    test_now_ms += 1000;
    assert_int_equal(haetae_sdk_step(c->sdk, 0), HAETAE_OK);
}

static int set_up(void **state)
{
    atomic_store(&offset_s, 0);
    use_test_clock(state);
    return capture_begin(state);
}

static const int64_t steps_s[] = {HOUR_S, -HOUR_S, -HOUR_S, HOUR_S};
enum { STEPS = sizeof steps_s / sizeof steps_s[0] };

/* Start, event, event, end: in this order, and no hour between them. */
static void spans_and_their_events_do_not_see_the_step(void **state)
{
    struct capture *c = *state;

    for (int i = 0; i < STEPS; i++) {
        uint64_t before = wall_ns();
        haetae_span span =
            haetae_span_start(c->tracer, HAETAE_TEXT("across"), HAETAE_SPAN_KIND_INTERNAL);
        const HaeOtlp__Span *got;

        haetae_span_add_event(span, HAETAE_TEXT("before"), 0, NULL, 0);
        step_clock(c, steps_s[i]);
        haetae_span_add_event(span, HAETAE_TEXT("after"), 0, NULL, 0);
        haetae_span_end(span);
        got = capture_span(c);
        assert_true(got->start_time_unix_nano + MINUTE_NS > before);
        assert_true(got->start_time_unix_nano < before + MINUTE_NS);
        assert_true(got->events[0]->time_unix_nano >= got->start_time_unix_nano);
        assert_true(got->events[1]->time_unix_nano >= got->events[0]->time_unix_nano);
        assert_true(got->end_time_unix_nano >= got->events[1]->time_unix_nano);
        assert_true(got->end_time_unix_nano < got->start_time_unix_nano + MINUTE_NS);
    }
}

static void what_begins_after_the_step_has_the_new_time(void **state)
{
    struct capture *c = *state;

    for (int i = 0; i < STEPS; i++) {
        const HaeOtlp__LogRecord *log;
        haetae_span span;

        step_clock(c, steps_s[i]);
        span = haetae_span_start(c->tracer, HAETAE_TEXT("after"), HAETAE_SPAN_KIND_INTERNAL);
        haetae_span_end(span);
        assert_true(is_about_now(capture_span(c)->start_time_unix_nano));
        haetae_log(c->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("after"), NULL, 0);
        log = capture_log(c);
        assert_true(is_about_now(log->time_unix_nano));
        assert_true(is_about_now(log->observed_time_unix_nano));
    }
}

/* A sum's time is never before its start, and never stays at it: an hour back, the sum begins
 * again, and none of it is counted twice or lost. */
static void data_points_go_on_after_the_step(void **state)
{
    struct capture *c = *state;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *counter = NULL;
    int64_t before = 0;

    options.name = haetae_string_of("counter");
    assert_int_equal(haetae_counter_create(c->meter, &options, &counter), HAETAE_OK);
    haetae_counter_add(counter, 1, NULL, 0);
    assert_int_equal(capture_metric(c)->sum->data_points[0]->as_int, 1);
    for (int i = 0; i < STEPS; i++) {
        const HaeOtlp__NumberDataPoint *point;

        step_clock(c, steps_s[i]);
        haetae_counter_add(counter, 1, NULL, 0);
        point = capture_metric(c)->sum->data_points[0];
        assert_true(point->time_unix_nano >= point->start_time_unix_nano);
        assert_int_equal(before + point->as_int, i + 2);
        if (steps_s[i] < 0) {
            before = i + 2;
            continue; /* the end of what was before */
        }
        assert_true(is_about_now(point->time_unix_nano));
    }
    haetae_counter_add(counter, 1, NULL, 0);
    assert_int_equal(before + capture_metric(c)->sum->data_points[0]->as_int, STEPS + 2);
    assert_true(is_about_now(capture_metric(c)->sum->data_points[0]->time_unix_nano));
}

/* Delays and timeouts use the monotonic clock. */
static void nothing_is_sent_sooner_or_later_for_a_step(void **state)
{
    struct capture *c = *state;

    for (int i = 0; i < STEPS; i++) {
        uint64_t sends = fake_count(&c->fake, &c->fake.send_count);

        haetae_log(c->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("waits"), NULL, 0);
        assert_int_equal(haetae_sdk_step(c->sdk, 0), HAETAE_OK);
        atomic_fetch_add(&offset_s, steps_s[i]);
        assert_int_equal(haetae_sdk_step(c->sdk, 0), HAETAE_OK);
        assert_int_equal(fake_count(&c->fake, &c->fake.send_count), sends);
        test_now_ms += 1000; /* OTEL_BLRP_SCHEDULE_DELAY unless set */
        assert_int_equal(haetae_sdk_step(c->sdk, 0), HAETAE_OK);
        assert_int_equal(fake_count(&c->fake, &c->fake.send_count), sends + 1);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, capture_end)
    const struct CMUnitTest tests[] = {
        TEST(spans_and_their_events_do_not_see_the_step),
        TEST(what_begins_after_the_step_has_the_new_time),
        TEST(data_points_go_on_after_the_step),
        TEST(nothing_is_sent_sooner_or_later_for_a_step),
    };

    /* With a time_t of 32 bits the library calls the clock by a name that is not wrapped, so the
     * tests are skipped. */
    return sizeof(time_t) == sizeof(int64_t) ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
