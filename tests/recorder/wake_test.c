/* SPDX-License-Identifier: Apache-2.0 */
/* When the consumer is woken, and the way of records for which a ring has no room. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "recorder/consumer.h"
#include "recorder/drain.h"
#include "support/core_fixture.h"

#define LOG HAETAE_SIGNAL_LOGS

static void log_one(struct core_fixture *core)
{
    haetae_log(core->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("a record of some length"), NULL, 0);
}

static bool readable(int descriptor)
{
    struct pollfd polled = {.fd = descriptor, .events = POLLIN};

    return poll(&polled, 1, 0) == 1;
}

static uint64_t backlog(const struct hae_lane *lane)
{
    return atomic_load(&lane->tail) - atomic_load(&lane->head);
}

static void consumer_is_woken_once_when_a_ring_passes_half_full(void **state)
{
    struct core_fixture core;
    struct hae_lane *lane;
    uint64_t half;
    uint64_t count = 0;

    (void)state;
    core_begin(&core, 0, 2);
    log_one(&core);
    lane = hae_lane_at(core.recorder, 0);
    half = core.recorder->ring_size_bytes / 2;
    assert_false(hae_recorder_about_to_wait(core.recorder));
    while (backlog(lane) <= half) {
        assert_false(readable(core.recorder->wake.number));
        log_one(&core);
    }
    assert_true(readable(core.recorder->wake.number));
    for (int i = 0; i < 100; i++) {
        log_one(&core);
    }
    /* The eventfd counts the writes to it. */
    assert_int_equal(read(core.recorder->wake.number, &count, sizeof count), sizeof count);
    assert_int_equal(count, 1);
    core_end(&core);
}

static void consumer_that_is_awake_is_not_woken(void **state)
{
    struct core_fixture core;

    (void)state;
    core_begin(&core, 0, 2);
    while (core_dropped(&core, LOG, HAETAE_DROP_RING_FULL) == 0) {
        log_one(&core);
    }
    assert_false(readable(core.recorder->wake.number));
    core_end(&core);
}

static void consumer_does_not_wait_when_a_ring_is_half_full_already(void **state)
{
    struct core_fixture core;

    (void)state;
    core_begin(&core, 0, 2);
    log_one(&core);
    while (backlog(hae_lane_at(core.recorder, 0)) <= core.recorder->ring_size_bytes / 2) {
        log_one(&core);
    }
    assert_true(hae_recorder_about_to_wait(core.recorder));
    hae_recorder_awake(core.recorder, true);
    assert_true(core_drain(&core));
    assert_false(hae_recorder_about_to_wait(core.recorder));
    core_end(&core);
}

static void consumer_does_not_wait_when_many_are_handed_over_already(void **state)
{
    struct core_fixture core;

    (void)state;
    core_begin(&core, 0, 2);
    core_busy_begin();
    for (uint64_t i = 0; i < core.recorder->region->slot_count / 4 + 1; i++) {
        assert_false(hae_recorder_about_to_wait(core.recorder));
        hae_recorder_awake(core.recorder, true);
        log_one(&core);
    }
    core_busy_end();
    assert_true(hae_recorder_about_to_wait(core.recorder));
    hae_recorder_awake(core.recorder, true);
    assert_true(core_drain(&core));
    assert_false(hae_recorder_about_to_wait(core.recorder));
    core_end(&core);
}

static void consumer_is_woken_by_a_full_ring_and_by_many_handed_over(void **state)
{
    struct core_fixture core;
    unsigned count = 0;

    (void)state;
    core_begin(&core, 0, 2);
    while (core_dropped(&core, LOG, HAETAE_DROP_RING_FULL) == 0) {
        log_one(&core);
    }
    (void)hae_recorder_about_to_wait(core.recorder);
    log_one(&core);
    assert_true(readable(core.recorder->wake.number));
    hae_recorder_awake(core.recorder, true);
    assert_false(readable(core.recorder->wake.number));
    assert_true(core_drain(&core));

    assert_false(hae_recorder_about_to_wait(core.recorder));
    core_busy_begin();
    while (!readable(core.recorder->wake.number)) {
        log_one(&core);
        count++;
    }
    core_busy_end();
    assert_int_equal(count, core.recorder->region->slot_count / 4 + 1);
    core_end(&core);
}

/* ---- Beyond the ring ------------------------------------------------------------------ */

static void fill_ring(struct core_fixture *core)
{
    while (atomic_load(&core->recorder->region->handed_over_count) == 0) {
        log_one(core);
    }
    assert_int_equal(core_dropped(core, LOG, HAETAE_DROP_RING_FULL), 0);
}

static void records_beyond_the_ring_wait_in_half_of_the_slots(void **state)
{
    struct core_fixture core;
    uint64_t beyond = 1;
    haetae_span span;

    (void)state;
    core_begin(&core, 0, 2);
    fill_ring(&core);
    for (; core_dropped(&core, LOG, HAETAE_DROP_RING_FULL) == 0; beyond++) {
        log_one(&core);
    }
    /* One record per slot; the last one was dropped. */
    assert_int_equal(beyond - 1, core.recorder->region->slot_count / 2);
    log_one(&core);
    assert_int_equal(core_dropped(&core, LOG, HAETAE_DROP_RING_FULL), 2);
    /* The other half remains for spans. */
    span = haetae_span_start(core.tracer, HAETAE_TEXT("still"), HAETAE_SPAN_KIND_INTERNAL);
    assert_int_not_equal(span, HAETAE_SPAN_NONE);
    haetae_span_end(span); /* which needs room in the ring as well */
    assert_int_equal(core_dropped(&core, HAETAE_SIGNAL_TRACES, HAETAE_DROP_RING_FULL), 1);
    assert_true(core_drain(&core));
    assert_int_equal(core.record_count, core_published(&core, LOG));
    log_one(&core);
    assert_int_equal(atomic_load(&core.recorder->region->handed_over_count), 0);
    core_end(&core);
}

/* Records of two and three slots do not take all of them either. */
static void long_records_beyond_the_ring_leave_half_of_the_slots(void **state)
{
    static const char body[900];
    struct core_fixture core;
    haetae_span span;

    (void)state;
    core_begin(&core, 0, 2);
    while (core_dropped(&core, LOG, HAETAE_DROP_RING_FULL) == 0) {
        haetae_log(core.logger, HAETAE_SEVERITY_INFO, body, sizeof body, NULL, 0);
    }
    assert_true(core_free_slot_count(core.recorder) >= core_slot_count(core.recorder) / 2 - 3);
    span = haetae_span_start(core.tracer, HAETAE_TEXT("still"), HAETAE_SPAN_KIND_INTERNAL);
    assert_int_not_equal(span, HAETAE_SPAN_NONE);
    haetae_span_end(span);
    assert_true(core_drain(&core));
    assert_int_equal(core.record_count, core_published(&core, LOG));
    assert_int_equal(atomic_load(&core.recorder->region->handed_over_count), 0);
    core_end(&core);
}

static void span_beyond_the_ring_waits_in_its_own_slots(void **state)
{
    struct core_fixture core;
    haetae_span span;
    uint64_t free_slots;

    (void)state;
    core_begin(&core, 0, 2);
    fill_ring(&core);
    free_slots = core_free_slot_count(core.recorder);
    span = haetae_span_start(core.tracer, HAETAE_TEXT("late"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_span_end(span);
    assert_int_equal(core_free_slot_count(core.recorder), free_slots - 1);
    assert_int_equal(core_published(&core, HAETAE_SIGNAL_TRACES), 1);
    assert_true(core_drain(&core));
    assert_int_equal(core.records[core.record_count - 1].signal, HAETAE_SIGNAL_TRACES);
    assert_int_equal(core_free_slot_count(core.recorder), core_slot_count(core.recorder));
    core_end(&core);
}

static void wake_leaves_errno_alone(void **state)
{
    struct core_fixture core;
    int unwritable = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)state;
    core_begin(&core, 0, 2);
    assert_int_equal(dup2(unwritable, core.recorder->wake.number), core.recorder->wake.number);
    core.recorder->wake = hae_descriptor_of(core.recorder->wake.number);
    assert_false(hae_recorder_about_to_wait(core.recorder));
    errno = EDOM;
    fill_ring(&core);
    assert_int_equal(errno, EDOM);
    close(unwritable);
    core_end(&core);
}

/* As when the host closes all descriptors that it finds, and then opens one of its own. */
static void descriptor_of_the_host_in_the_place_of_ours_is_left_alone(void **state)
{
    struct core_fixture core;
    int hosts[2];
    int number;
    char byte;

    (void)state;
    core_begin(&core, 0, 2);
    number = core.recorder->wake.number;
    assert_int_equal(pipe2(hosts, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(dup2(hosts[1], number), number);
    assert_false(hae_recorder_about_to_wait(core.recorder));
    fill_ring(&core);
    assert_int_equal(read(hosts[0], &byte, 1), -1); /* no wake was written */
    assert_int_equal(dup2(hosts[0], number), number);
    assert_int_equal(write(hosts[1], "x", 1), 1);
    hae_recorder_awake(core.recorder, true);
    core_end(&core);
    assert_int_equal(read(number, &byte, 1), 1); /* neither read nor closed */
    close(number);
    close(hosts[0]);
    close(hosts[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(consumer_is_woken_once_when_a_ring_passes_half_full),
        cmocka_unit_test(consumer_that_is_awake_is_not_woken),
        cmocka_unit_test(consumer_does_not_wait_when_a_ring_is_half_full_already),
        cmocka_unit_test(consumer_does_not_wait_when_many_are_handed_over_already),
        cmocka_unit_test(consumer_is_woken_by_a_full_ring_and_by_many_handed_over),
        cmocka_unit_test(records_beyond_the_ring_wait_in_half_of_the_slots),
        cmocka_unit_test(long_records_beyond_the_ring_leave_half_of_the_slots),
        cmocka_unit_test(span_beyond_the_ring_waits_in_its_own_slots),
        cmocka_unit_test(wake_leaves_errno_alone),
        cmocka_unit_test(descriptor_of_the_host_in_the_place_of_ours_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
