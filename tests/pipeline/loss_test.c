/* SPDX-License-Identifier: Apache-2.0 */
/* What a flush and a shutdown report of what was lost. */
#include "clock.h"
#include "support/sdk_fixture.h"

enum { LONG_MS = 600000 };

static void accept_but_one(struct fake_exporter *fake, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .rejected_count = 1);

    fake_answer_with(fake, delivery, &result);
}

static void find_too_large(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery, HAETAE_VERDICT_TOO_LARGE);
}

static void a_flush_reports_what_is_lost(void **state)
{
    static const fake_behaviour losing[] = {fake_refuse, accept_but_one, find_too_large};

    (void)state;
    for (int i = 0; i < 3; i++) {
        static const char *const workers[] = {"thread", "manual"};
        struct fake_exporter fake;
        haetae_sdk *sdk;

        fake_init(&fake, "fake", losing[i]);
        sdk = sdk_start_for_flushes(&fake, workers[i % 2]);
        sdk_logs(sdk, 5);
        assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_ELOST);
        assert_true(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped_total > 0);
        /* That was the last flush's. */
        assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
        sdk_spans(sdk, 5);
        assert_int_equal(haetae_sdk_shutdown(sdk, LONG_MS), HAETAE_ELOST);
        sdk_finish(sdk, &fake);
    }
}

/* The exporter takes all but what was recorded after the first flush, and before the second. */
static void a_flush_does_not_report_what_a_later_one_loses(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    use_test_clock(state);
    fake_init(&fake, "fake", fake_hold);
    fake.ops.max_in_flight = 2;
    sdk = sdk_start_for_flushes(&fake, "manual");
    sdk_logs(sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    fake_release_one(&fake, HAETAE_VERDICT_OK);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    sdk_logs(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    fake_release(&fake, HAETAE_VERDICT_DROP);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_ELOST);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).delivered, 5);
    sdk_finish(sdk, &fake);
}

/* An item that is too large for a request, and a full queue. */
static void a_flush_reports_what_had_no_room(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    use_test_clock(state);
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(SDK_SETTINGS(SDK_ONLY_FLUSHES, {"HAETAE_WORKER", "manual"},
                                 {"HAETAE_MAX_REQUEST_BYTES", "4096"},
                                 {"OTEL_BSP_MAX_QUEUE_SIZE", "3"}),
                    SDK_FAKES(&fake));
    sdk_log_of(sdk, 6000);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_ELOST);
    sdk_spans(sdk, 4);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_ELOST);
    sdk_spans(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    sdk_finish(sdk, &fake);
}

/* Nobody asked for them. */
static void a_flush_does_not_report_what_no_exporter_takes(void **state)
{
    haetae_sdk *sdk = sdk_start(SDK_SETTINGS(SDK_ONLY_FLUSHES, {"HAETAE_WORKER", "manual"}), NULL);

    use_test_clock(state);
    sdk_logs(sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, LONG_MS), HAETAE_OK);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_NO_EXPORTER], 5);
    haetae_sdk_free(sdk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flush_reports_what_is_lost),
        cmocka_unit_test(a_flush_does_not_report_what_a_later_one_loses),
        cmocka_unit_test(a_flush_reports_what_had_no_room),
        cmocka_unit_test(a_flush_does_not_report_what_no_exporter_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
