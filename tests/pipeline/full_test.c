/* SPDX-License-Identifier: Apache-2.0 */
/* What is dropped when there is no room, and what newer data points replace. */
#include <stdio.h>

#include "clock.h"
#include "support/sdk_fixture.h"

enum { LONG_MS = 600000, RECORDS = 4000, PER_FLUSH = 40 };

/* Which records were taken, by the number in their text. */
static bool taken[RECORDS];

static void note(haetae_delivery *delivery)
{
    const char *at = (const char *)haetae_delivery_data(delivery);
    const char *end = at + haetae_delivery_size(delivery);

    while ((at = memmem(at, (size_t)(end - at), "record ", 7)) != NULL) {
        unsigned long number = strtoul(at + 7, NULL, 10);

        assert_in_range(number, 0, RECORDS - 1);
        assert_false(taken[number]); /* nothing comes twice */
        taken[number] = true;
        at += 7;
    }
}

static _Atomic bool is_away;

static void take_unless_away(struct fake_exporter *fake, haetae_delivery *delivery)
{
    if (atomic_load(&is_away)) {
        fake_answer(fake, delivery, HAETAE_VERDICT_RETRY);
        return;
    }
    note(delivery);
    fake_answer(fake, delivery, HAETAE_VERDICT_OK);
}

static haetae_sdk *start(struct fake_exporter *fake, const char *queue_full)
{
    memset(taken, 0, sizeof taken);
    atomic_store(&is_away, true);
    return sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_QUEUE_BYTES", "262144"},
                                  {"HAETAE_QUEUE_FULL", queue_full},
                                  {"HAETAE_RETRY_ELAPSED_MS", "0"}),
                     SDK_FAKES(fake));
}

static void log_number(haetae_sdk *sdk, unsigned number)
{
    char text[100];

    snprintf(text, sizeof text, "record %u %050u", number, 0U);
    haetae_log(haetae_logger_named(sdk, "test"), HAETAE_SEVERITY_INFO, text, strlen(text), NULL, 0);
}

/* An outage in which more is recorded than there is room for. Returns how much was dropped. */
static uint64_t go_through_an_outage(haetae_sdk *sdk)
{
    for (unsigned i = 0; i < RECORDS; i++) {
        log_number(sdk, i);
        if (i % PER_FLUSH == 0) {
            test_now_ms += 1000;
            assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
        }
    }
    atomic_store(&is_away, false);
    (void)haetae_sdk_force_flush(sdk, LONG_MS);
    return sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_QUEUE_FULL];
}

static void assert_taken(unsigned from, unsigned to, bool expected)
{
    for (unsigned i = from; i < to; i++) {
        if (taken[i] != expected) {
            fail_msg("record %u", i);
        }
    }
}

static void a_full_queue_keeps_the_oldest(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    unsigned dropped;

    use_test_clock(state);
    fake_init(&fake, "fake", take_unless_away);
    sdk = start(&fake, "drop_newest");
    dropped = (unsigned)go_through_an_outage(sdk);
    assert_in_range(dropped, RECORDS / 10, RECORDS * 9 / 10);
    assert_taken(0, RECORDS - dropped - 2 * PER_FLUSH, true);
    assert_taken(RECORDS - dropped + 2 * PER_FLUSH, RECORDS, false);
    sdk_finish(sdk, &fake);
}

static void a_full_queue_keeps_the_newest_when_asked_to(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    unsigned dropped;

    use_test_clock(state);
    fake_init(&fake, "fake", take_unless_away);
    sdk = start(&fake, "drop_oldest");
    dropped = (unsigned)go_through_an_outage(sdk);
    assert_in_range(dropped, RECORDS / 10, RECORDS * 9 / 10);
    assert_taken(0, dropped, false);
    assert_taken(dropped, RECORDS, true);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 0);
    sdk_finish(sdk, &fake);
}

/* It may have arrived. */
static void what_is_being_sent_makes_no_room(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    use_test_clock(state);
    fake_init(&fake, "fake", fake_hold);
    sdk = start(&fake, "drop_oldest");
    log_number(sdk, 0);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    assert_int_equal(fake_count(&fake, &fake.send_count), 1);
    for (unsigned i = 1; i < RECORDS; i++) {
        log_number(sdk, i);
        if (i % PER_FLUSH == 0) {
            test_now_ms += 100;
            assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
        }
    }
    assert_int_equal(fake_count(&fake, &fake.cancel_count), 0);
    assert_true(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_QUEUE_FULL] > 0);
    fake_release(&fake, HAETAE_VERDICT_OK);
    (void)haetae_sdk_force_flush(sdk, LONG_MS);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 0);
    sdk_finish(sdk, &fake);
}

/* ---- Metrics ------------------------------------------------------------------------------- */

enum { SERIES = 7 };

static haetae_sdk *start_metrics(struct fake_exporter *fake, const char *interval_ms)
{
    atomic_store(&is_away, true);
    return sdk_start(
        SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"OTEL_METRIC_EXPORT_INTERVAL", interval_ms},
                     {"HAETAE_RETRY_INITIAL_MS", "100000"}, {"HAETAE_RETRY_MAX_MS", "100000"}),
        SDK_FAKES(fake));
}

static void a_newer_collection_replaces_those_that_wait(void **state)
{
    struct fake_exporter fake;
    struct sdk_numbers numbers;
    haetae_sdk *sdk;

    use_test_clock(state);
    fake_init(&fake, "fake", take_unless_away);
    sdk = start_metrics(&fake, "1000");
    sdk_series(sdk, SERIES);
    for (int i = 1; i <= 20; i++) {
        test_now_ms += 1000;
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
        numbers = sdk_numbers(sdk, HAETAE_SIGNAL_METRICS);
        assert_int_equal(numbers.recorded, i * SERIES);
        assert_int_equal(numbers.held, SERIES);
        assert_int_equal(numbers.dropped[HAETAE_DROP_REPLACED], (i - 1) * SERIES);
    }
    atomic_store(&is_away, false);
    /* It collects once more. What is replaced is not lost. */
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    numbers = sdk_numbers(sdk, HAETAE_SIGNAL_METRICS);
    assert_int_equal(numbers.delivered, SERIES);
    assert_int_equal(numbers.dropped_total, 20 * SERIES);
    assert_int_equal(numbers.dropped[HAETAE_DROP_REPLACED], 20 * SERIES);
    sdk_finish(sdk, &fake);
}

/* What is being sent may arrive; the one behind it is replaced, and the flush that waited for it
 * waits for the newer one. */
static void a_flush_waits_for_the_points_that_replaced_its_own(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    use_test_clock(state);
    fake_init(&fake, "fake", fake_hold);
    sdk = start_metrics(&fake, "1000000");
    sdk_series(sdk, SERIES);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    }
    assert_int_equal(fake_count(&fake, &fake.send_count), 1);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_METRICS).dropped[HAETAE_DROP_REPLACED], SERIES);
    fake_release_one(&fake, HAETAE_VERDICT_OK);
    assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    assert_int_equal(fake_count(&fake, &fake.send_count), 2);
    fake_release(&fake, HAETAE_VERDICT_OK);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_METRICS).held, 0);
    sdk_finish(sdk, &fake);
}

/* More series than there is room for: each collection takes the place of the last one, not the
 * other way round. */
static void a_newer_collection_finds_the_room_of_the_older(void **state)
{
    struct fake_exporter fake;
    struct sdk_numbers before, after;
    haetae_sdk *sdk;

    use_test_clock(state);
    fake_init(&fake, "fake", take_unless_away);
    atomic_store(&is_away, true);
    sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_QUEUE_BYTES", "262144"},
                                 {"OTEL_METRIC_EXPORT_INTERVAL", "1000"}),
                    SDK_FAKES(&fake));
    sdk_series(sdk, 300);
    test_now_ms += 1000;
    assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    before = sdk_numbers(sdk, HAETAE_SIGNAL_METRICS);
    assert_int_equal(before.held, 300);
    for (int i = 0; i < 5; i++) {
        test_now_ms += 1000;
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    after = sdk_numbers(sdk, HAETAE_SIGNAL_METRICS);
    assert_int_equal(after.held, 300);
    assert_int_equal(after.dropped[HAETAE_DROP_QUEUE_FULL], 0);
    assert_int_equal(after.dropped[HAETAE_DROP_REPLACED], 5 * 300);
    sdk_finish(sdk, &fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_queue_keeps_the_oldest),
        cmocka_unit_test(a_full_queue_keeps_the_newest_when_asked_to),
        cmocka_unit_test(what_is_being_sent_makes_no_room),
        cmocka_unit_test(a_newer_collection_replaces_those_that_wait),
        cmocka_unit_test(a_flush_waits_for_the_points_that_replaced_its_own),
        cmocka_unit_test(a_newer_collection_finds_the_room_of_the_older),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
