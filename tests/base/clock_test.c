/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <unistd.h>

#include "support/core_fixture.h"

#define SECOND UINT64_C(1000000000)
#define RATE_1 (UINT64_C(1) << 32) /* one nanosecond a tick */

/* A clock whose ticks the test sets. */
static struct hae_clock clock_of(uint64_t base_tick, uint64_t base_unix_ns, uint64_t rate)
{
    struct hae_clock clock;

    memset(&clock, 0, sizeof clock);
    atomic_store(&clock.base_tick, base_tick);
    atomic_store(&clock.base_unix_ns, base_unix_ns);
    atomic_store(&clock.ns_per_tick_q32, rate);
    return clock;
}

static void time_counts_from_the_anchor(void **state)
{
    struct hae_clock clock = clock_of(1000, 50 * SECOND, RATE_1);

    (void)state;
    assert_int_equal(hae_clock_unix_ns(&clock, 1000), 50 * SECOND);
    assert_int_equal(hae_clock_unix_ns(&clock, 1001), 50 * SECOND + 1);
    /* A tick that was read just before the anchor was set. */
    assert_int_equal(hae_clock_unix_ns(&clock, 990), 50 * SECOND - 10);
}

static void ticks_are_scaled_without_overflow(void **state)
{
#if defined(__SIZEOF_INT128__)
    /* 3 GHz: a third of a nanosecond a tick. */
    struct hae_clock clock = clock_of(0, 0, RATE_1 / 3);
    uint64_t ten_years = UINT64_C(3652) * 86400 * SECOND;
    uint64_t got = hae_clock_unix_ns(&clock, ten_years / 10 * 3 * 10);

    (void)state;
    /* RATE_1 / 3 is rounded: below a part in 2^30. */
    assert_true(got <= ten_years && got > ten_years - (ten_years >> 30));
#else
    (void)state;
    skip();
#endif
}

static void elapsed_time_is_never_negative(void **state)
{
    struct hae_clock clock = clock_of(0, 0, RATE_1 * 2);

    (void)state;
    assert_int_equal(hae_clock_elapsed_ns(&clock, 100, 150), hae_clock_scale(50, RATE_1 * 2));
    assert_int_equal(hae_clock_elapsed_ns(&clock, 100, 100), 0);
    assert_int_equal(hae_clock_elapsed_ns(&clock, 150, 100), 0);
}

static void unfinished_anchor_is_not_used(void **state)
{
    struct hae_clock clock = clock_of(0, 7, RATE_1);
    uint64_t before = hae_time_ns(CLOCK_REALTIME);

    (void)state;
    atomic_store(&clock.sequence, 3);
    assert_true(hae_clock_unix_ns(&clock, 0) >= before);
    atomic_store(&clock.sequence, 4);
    assert_int_equal(hae_clock_unix_ns(&clock, 0), 7);
}

/* The clock's time lies between two readings of the system's; `slack` allows for the error
 * of the measured rate. */
static void check_agrees(const struct hae_clock *clock, uint64_t slack)
{
    uint64_t before = hae_time_ns(CLOCK_REALTIME);
    uint64_t now = hae_clock_now_unix_ns(clock);
    uint64_t after = hae_time_ns(CLOCK_REALTIME);

    assert_true(now + slack >= before);
    assert_true(now <= after + slack);
}

static void system_clock_agrees_with_the_wall_clock(void **state)
{
    struct hae_clock clock;

    (void)state;
    hae_clock_init(&clock, false);
    assert_int_equal(clock.source, HAE_CLOCK_SYSTEM);
    assert_int_equal(atomic_load(&clock.ns_per_tick_q32), RATE_1);
    /* A slew of the wall clock shows, but only a little. */
    check_agrees(&clock, SECOND / 100);
    hae_clock_anchor(&clock);
    assert_int_equal(atomic_load(&clock.sequence), 4);
    check_agrees(&clock, SECOND / 100);
}

static void counter_is_measured_and_agrees_with_the_wall_clock(void **state)
{
    struct hae_clock clock;

    (void)state;
    hae_clock_init(&clock, true);
    if (clock.source != HAE_CLOCK_COUNTER) {
        skip();
    }
    /* Any CPU counts between 1 MHz and 100 GHz. */
    assert_in_range(atomic_load(&clock.ns_per_tick_q32), RATE_1 / 100, RATE_1 * 1000);
    check_agrees(&clock, SECOND / 10);
    hae_clock_anchor(&clock);
    check_agrees(&clock, SECOND / 10);
}

/* A clock that uses the CPU's counter; skips the test where there is none. */
static struct hae_clock counting_clock(void)
{
    struct hae_clock clock;

    hae_clock_init(&clock, true);
    if (clock.source != HAE_CLOCK_COUNTER) {
        skip();
    }
    return clock;
}

static void check_rate(const struct hae_clock *clock, uint64_t expected)
{
    assert_in_range(atomic_load(&clock->ns_per_tick_q32), expected - expected / 4,
                    expected + expected / 4);
}

static void let_time_pass(uint64_t ns)
{
    uint64_t end = hae_time_ns(CLOCK_MONOTONIC) + ns;

    while (hae_time_ns(CLOCK_MONOTONIC) < end) {
    }
}

static void counter_that_begins_anew_keeps_its_rate(void **state)
{
    struct hae_clock clock = counting_clock();
    uint64_t rate = atomic_load(&clock.ns_per_tick_q32);

    (void)state;
    /* The counter starts again: it was far ahead of what it reads now. */
    clock.first_tick = hae_clock_tick(&clock) + (UINT64_C(1) << 50);
    hae_clock_anchor(&clock);
    check_rate(&clock, rate);
    check_agrees(&clock, SECOND / 10);
    let_time_pass(SECOND / 500);
    hae_clock_anchor(&clock);
    check_rate(&clock, rate);
}

static void counter_that_jumped_is_measured_afresh_soon(void **state)
{
    struct hae_clock clock = counting_clock();
    uint64_t rate = atomic_load(&clock.ns_per_tick_q32);

    (void)state;
    /* The counter ran on while the machine slept, some seconds ago. */
    clock.first_mono_ns -= 11 * SECOND;
    clock.first_tick /= 2;
    hae_clock_anchor(&clock);
    if (atomic_load(&clock.ns_per_tick_q32) > rate / 2) {
        skip(); /* the machine has just been started */
    }
    let_time_pass(SECOND / 500);
    hae_clock_anchor(&clock);
    check_rate(&clock, rate);
}

/* Ticks of a time at a rate. */
static uint64_t ticks_of(uint64_t ns, uint64_t rate)
{
    return (uint64_t)((double)ns * (double)RATE_1 / (double)rate);
}

static void rate_survives_a_sleep_in_which_the_counter_ran_on(void **state)
{
    struct hae_clock clock = counting_clock();
    uint64_t rate = atomic_load(&clock.ns_per_tick_q32);

    (void)state;
    /* Eight seconds, just now. */
    clock.first_suspended_ns -= 8 * SECOND;
    clock.first_tick -= ticks_of(8 * SECOND, rate);
    let_time_pass(SECOND / 500);
    hae_clock_anchor(&clock);
    assert_int_equal(atomic_load(&clock.ns_per_tick_q32), rate);
    let_time_pass(SECOND / 500);
    hae_clock_anchor(&clock);
    check_rate(&clock, rate);
}

static void rate_survives_a_sleep_in_which_the_counter_stood_still(void **state)
{
    struct hae_clock clock = counting_clock();
    uint64_t rate = atomic_load(&clock.ns_per_tick_q32);

    (void)state;
    clock.first_suspended_ns -= 8 * SECOND;
    clock.first_tick = hae_clock_tick(&clock) - 1;
    let_time_pass(SECOND / 500);
    hae_clock_anchor(&clock);
    assert_int_equal(atomic_load(&clock.ns_per_tick_q32), rate);
}

/* ---- A kernel that changes its mind --------------------------------------------------------- */

static const char *clocksource; /* what the kernel says; NULL: it is asked */

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open64(const char *path, int flags, ...)
{
    int ends[2];

    if (clocksource == NULL || strstr(path, "clocksource") == NULL) {
        return __real_open64(path, flags);
    }
    if (clocksource[0] == '\0' || pipe(ends) != 0) {
        return -1;
    }
    assert_int_equal(write(ends[1], clocksource, strlen(clocksource)), strlen(clocksource));
    close(ends[1]);
    return ends[0];
}

int __wrap_open(const char *path, int flags, ...)
{
    return __wrap_open64(path, flags);
}

static void distrusted_counter_is_left_without_a_break(void **state)
{
    struct hae_clock clock = counting_clock();
    uint64_t rate = atomic_load(&clock.ns_per_tick_q32);
    uint64_t mono_ns = hae_time_ns(CLOCK_MONOTONIC); /* first: the thread may lose its CPU here */
    uint64_t before = hae_clock_tick(&clock);
    uint64_t elapsed_ns;

    (void)state;
    clocksource = "hpet\n";
    hae_clock_anchor(&clock);
    clocksource = NULL;
    assert_int_equal(atomic_load(&clock.source), HAE_CLOCK_SCALED);
    check_rate(&clock, rate);
    let_time_pass(SECOND / 500);
    elapsed_ns = hae_clock_elapsed_ns(&clock, before, hae_clock_tick(&clock));
    assert_true(elapsed_ns >= SECOND / 1000);
    assert_true(elapsed_ns <= 2 * (hae_time_ns(CLOCK_MONOTONIC) - mono_ns));
    hae_clock_anchor(&clock); /* for good: a counter that was wrong once may be again */
    assert_int_equal(atomic_load(&clock.source), HAE_CLOCK_SCALED);
    check_agrees(&clock, SECOND / 10);
}

static void counter_stays_where_the_kernel_does_not_say(void **state)
{
    struct hae_clock clock = counting_clock();

    (void)state;
    clocksource = "";
    hae_clock_anchor(&clock);
    clocksource = NULL;
    assert_int_equal(atomic_load(&clock.source), HAE_CLOCK_COUNTER);
}

static void anchors_in_quick_succession_keep_the_rate(void **state)
{
    struct hae_clock clock = counting_clock();
    uint64_t rate = atomic_load(&clock.ns_per_tick_q32);

    (void)state;
    clock.first_tick = hae_clock_tick(&clock);
    clock.first_mono_ns = hae_time_ns(CLOCK_MONOTONIC);
    hae_clock_anchor(&clock);
    check_rate(&clock, rate);
}

static void wall_clock_is_taken_anew_by_an_anchor(void **state)
{
    struct hae_clock clock;

    (void)state;
    hae_clock_init(&clock, true);
    /* The wall clock was stepped by an hour meanwhile. */
    atomic_fetch_sub(&clock.base_unix_ns, 3600 * SECOND);
    assert_true(hae_clock_now_unix_ns(&clock) + 3000 * SECOND < hae_time_ns(CLOCK_REALTIME));
    hae_clock_anchor(&clock);
    check_agrees(&clock, SECOND / 10);
}

/* ---- Readers beside the writer --------------------------------------------------------- */

struct anchored {
    struct hae_clock clock;
    _Atomic unsigned reading;
    _Atomic unsigned wrong;
};

enum { READERS = 2 };

static void anchor_or_read(void *argument, unsigned number)
{
    struct anchored *anchored = argument;

    if (number == READERS) {
        while (atomic_load(&anchored->reading) != 0) {
            hae_clock_anchor(&anchored->clock);
        }
        return;
    }
    for (unsigned i = 0; i < core_repeat(200000); i++) {
        uint64_t before = hae_time_ns(CLOCK_REALTIME);
        uint64_t now = hae_clock_now_unix_ns(&anchored->clock);

        /* Values of two anchors, mixed, would be off by the age of the process or more. */
        atomic_fetch_add(&anchored->wrong, now + SECOND / 2 < before || now > before + 60 * SECOND);
    }
    atomic_fetch_sub(&anchored->reading, 1);
}

static void reader_never_sees_half_an_anchor(void **state)
{
    struct anchored anchored = {.reading = READERS};

    (void)state;
    hae_clock_init(&anchored.clock, true);
    core_run_threads(READERS + 1, anchor_or_read, &anchored);
    assert_int_equal(anchored.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_counts_from_the_anchor),
        cmocka_unit_test(ticks_are_scaled_without_overflow),
        cmocka_unit_test(elapsed_time_is_never_negative),
        cmocka_unit_test(unfinished_anchor_is_not_used),
        cmocka_unit_test(system_clock_agrees_with_the_wall_clock),
        cmocka_unit_test(counter_is_measured_and_agrees_with_the_wall_clock),
        cmocka_unit_test(counter_that_begins_anew_keeps_its_rate),
        cmocka_unit_test(counter_that_jumped_is_measured_afresh_soon),
        cmocka_unit_test(rate_survives_a_sleep_in_which_the_counter_ran_on),
        cmocka_unit_test(rate_survives_a_sleep_in_which_the_counter_stood_still),
        cmocka_unit_test(distrusted_counter_is_left_without_a_break),
        cmocka_unit_test(counter_stays_where_the_kernel_does_not_say),
        cmocka_unit_test(anchors_in_quick_succession_keep_the_rate),
        cmocka_unit_test(wall_clock_is_taken_anew_by_an_anchor),
        cmocka_unit_test(reader_never_sees_half_an_anchor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
