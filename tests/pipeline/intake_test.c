/* SPDX-License-Identifier: Apache-2.0 */
/* The way of records to one exporter: batches, limits, flushes. The test drives the SDK
 * and its clock. */
#include "base/alloc.h"
#include "clock.h"
#include "support/sdk_fixture.h"

#define MANUAL                                                                                     \
    {                                                                                              \
        "HAETAE_WORKER", "manual"                                                                  \
    }

/* Makes enough steps for all that is due now. */
static void steps(haetae_sdk *sdk)
{
    for (int i = 0; i < 8; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
}

/* ---- Batches -------------------------------------------------------------------------------- */

static void a_batch_waits_for_its_delay(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(SDK_SETTINGS(MANUAL, {"OTEL_BSP_SCHEDULE_DELAY", "500"},
                                 {"OTEL_BLRP_SCHEDULE_DELAY", "300"}),
                    SDK_FAKES(&fake));
    sdk_spans(sdk, 3);
    sdk_logs(sdk, 2);
    steps(sdk);
    test_now_ms += 299;
    steps(sdk);
    assert_int_equal(fake.send_count, 0);
    test_now_ms += 1;
    steps(sdk);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 2);
    assert_int_equal(fake.send_count, 1);
    test_now_ms += 199;
    steps(sdk);
    assert_int_equal(fake.send_count, 1);
    test_now_ms += 1;
    steps(sdk);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 3);
    assert_int_equal(fake.send_count, 2);
    sdk_finish(sdk, &fake);
}

static void a_full_batch_goes_at_once(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk =
        sdk_start(SDK_SETTINGS(MANUAL, {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10"}), SDK_FAKES(&fake));
    sdk_spans(sdk, 10);
    steps(sdk);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).delivered, 10);
    sdk_spans(sdk, 25);
    steps(sdk);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).delivered, 30);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).held, 5);
    assert_int_equal(fake.send_count, 3);
    sdk_finish(sdk, &fake);
}

static void requests_are_no_larger_than_configured(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(SDK_SETTINGS(MANUAL, {"HAETAE_MAX_REQUEST_BYTES", "8192"}), SDK_FAKES(&fake));
    sdk_spans(sdk, 200);
    sdk_logs(sdk, 200);
    sdk_series(sdk, 500);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 200);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 200);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 500);
    assert_in_range(fake.size_max_bytes, 4096, 8192);
    sdk_finish(sdk, &fake);
}

static void a_metric_of_many_points_goes_in_pieces(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(SDK_SETTINGS(MANUAL, {"HAETAE_MAX_REQUEST_BYTES", "4096"},
                                 {"OTEL_RESOURCE_ATTRIBUTES", "key=value"}),
                    SDK_FAKES(&fake));
    sdk_series(sdk, 1500);
    haetae_sdk_force_flush(sdk, 0);
    for (int i = 0; i < 100; i++) {
        steps(sdk);
    }
    sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 1500);
    assert_in_range(fake.size_max_bytes, 2048, 4096);
    sdk_finish(sdk, &fake);
}

/* ---- Limits --------------------------------------------------------------------------------- */

static void an_item_larger_than_a_request_is_dropped_alone(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(SDK_SETTINGS(MANUAL, {"HAETAE_MAX_REQUEST_BYTES", "4096"}), SDK_FAKES(&fake));
    sdk_logs(sdk, 1);
    sdk_log_of(sdk, 5000);
    sdk_logs(sdk, 2);
    sdk_log_of(sdk, 20000);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ELOST);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).recorded, 5);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).delivered, 3);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_TOO_LARGE], 2);
    sdk_finish(sdk, &fake);
}

static void a_series_larger_than_a_request_is_dropped_alone(void **state)
{
    struct fake_exporter fake;
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *counter = NULL;
    char text[6000];
    haetae_sdk *sdk;

    (void)state;
    memset(text, 'x', sizeof text);
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(SDK_SETTINGS(MANUAL, {"HAETAE_MAX_REQUEST_BYTES", "4096"}), SDK_FAKES(&fake));
    options.name = haetae_string_of("large");
    assert_int_equal(haetae_counter_create(haetae_meter_named(sdk, "test"), &options, &counter),
                     HAETAE_OK);
    for (int i = 0; i < 10; i++) {
        haetae_attribute attributes[] = {
            HAETAE_ATTR("number", i),
            HAETAE_ATTR("text", haetae_value_text(text, i == 5 ? sizeof text : 10))};

        haetae_counter_add(counter, 1, attributes, 2);
    }
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ELOST);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_METRICS).delivered, 9);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_METRICS).dropped[HAETAE_DROP_TOO_LARGE], 1);
    sdk_finish(sdk, &fake);
}

/* Also when queue and batch have the same size, so that only the batch is held. */
static void a_queue_of_so_many_items_holds_no_more(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_hold);
    sdk = sdk_start(SDK_SETTINGS(MANUAL, {"OTEL_BLRP_MAX_QUEUE_SIZE", "10"},
                                 {"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "10"}),
                    SDK_FAKES(&fake));
    sdk_logs(sdk, 15);
    steps(sdk);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 10);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_QUEUE_FULL], 5);
    fake_release(&fake, HAETAE_VERDICT_OK);
    steps(sdk);
    sdk_logs(sdk, 10);
    steps(sdk);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).delivered, 20);
    sdk_finish(sdk, &fake);
}

static void a_flood_of_one_signal_leaves_room_for_the_others(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_hold);
    sdk = sdk_start(SDK_SETTINGS(MANUAL, {"HAETAE_QUEUE_BYTES", "256k"}), SDK_FAKES(&fake));
    for (int i = 0; i < 20; i++) {
        sdk_spans(sdk, 500);
        steps(sdk);
    }
    assert_true(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).dropped[HAETAE_DROP_QUEUE_FULL] > 0);
    assert_true(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).held > 500);
    sdk_logs(sdk, 100);
    sdk_series(sdk, 10);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 100);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_METRICS).held, 10);
    fake_release(&fake, HAETAE_VERDICT_OK);
    for (int i = 0; i < 20; i++) {
        steps(sdk);
    }
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).held, 0);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 100);
    sdk_finish(sdk, &fake);
}

static void without_an_exporter_all_is_counted(void **state)
{
    haetae_sdk *sdk = sdk_start(SDK_SETTINGS(MANUAL), NULL);

    (void)state;
    sdk_spans(sdk, 3);
    sdk_logs(sdk, 4);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).dropped[HAETAE_DROP_NO_EXPORTER], 3);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_NO_EXPORTER], 4);
    haetae_sdk_free(sdk);
}

static void an_exporter_gets_only_the_signals_it_takes(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    fake.ops.signals = 1u << HAETAE_SIGNAL_LOGS;
    sdk = sdk_start_manual(&fake);
    sdk_spans(sdk, 3);
    sdk_logs(sdk, 4);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 4);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).dropped[HAETAE_DROP_NO_EXPORTER], 3);
    assert_int_equal(fake.item_count[HAETAE_SIGNAL_TRACES], 0);
    sdk_finish(sdk, &fake);
}

/* ---- Metrics and timeouts -------------------------------------------------------------------- */

static void metrics_are_collected_at_their_interval(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk =
        sdk_start(SDK_SETTINGS(MANUAL, {"OTEL_METRIC_EXPORT_INTERVAL", "1000"}), SDK_FAKES(&fake));
    sdk_series(sdk, 2);
    test_now_ms += 999;
    steps(sdk);
    assert_int_equal(fake.send_count, 0);
    for (unsigned i = 1; i <= 3; i++) {
        test_now_ms += i == 1 ? 1 : 1000;
        steps(sdk);
        sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 2 * i);
    }
    sdk_finish(sdk, &fake);
}

static void export_timeout_of(const char *key, haetae_signal signal,
                              void (*record)(haetae_sdk *sdk, unsigned count))
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", fake_hold);
    sdk = sdk_start(SDK_SETTINGS(MANUAL, {key, "700"}, {"HAETAE_RETRY_INITIAL_MS", "100"}),
                    SDK_FAKES(&fake));
    record(sdk, 1);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    assert_int_equal(fake.held_count, 1);
    test_now_ms += 699;
    steps(sdk);
    assert_int_equal(fake.cancel_count, 0);
    test_now_ms += 1;
    steps(sdk);
    assert_int_equal(fake.cancel_count, 1);
    fake_release(&fake, HAETAE_VERDICT_OK);
    test_now_ms += 100;
    steps(sdk);
    assert_int_equal(sdk_numbers(sdk, signal).retries, 1);
    sdk_all_delivered(sdk, signal, 1);
    sdk_finish(sdk, &fake);
}

static void each_signal_has_its_export_timeout(void **state)
{
    (void)state;
    export_timeout_of("OTEL_BSP_EXPORT_TIMEOUT", HAETAE_SIGNAL_TRACES, sdk_spans);
    export_timeout_of("OTEL_BLRP_EXPORT_TIMEOUT", HAETAE_SIGNAL_LOGS, sdk_logs);
    export_timeout_of("OTEL_METRIC_EXPORT_TIMEOUT", HAETAE_SIGNAL_METRICS, sdk_series);
}

/* ---- Flushes --------------------------------------------------------------------------------- */

static void a_flush_exports_all_signals(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    sdk_spans(sdk, 1);
    sdk_logs(sdk, 2);
    sdk_series(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 1);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 2);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_finish(sdk, &fake);
}

static void a_flush_waits_for_what_is_under_way_already(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_hold);
    sdk = sdk_start_manual(&fake);
    sdk_logs(sdk, 1);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    assert_int_equal(fake.held_count, 1);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    fake_release(&fake, HAETAE_VERDICT_OK);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_finish(sdk, &fake);
}

/* A flush that could not make requests of all items must not return HAETAE_OK. */
static void a_flush_without_memory_is_not_done(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start_manual(&fake);
    sdk_logs(sdk, 3);
    sdk_series(sdk, 3);
    hae_alloc_fail_after(0);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    hae_alloc_fail_after(1);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    hae_alloc_fail_after(-1);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 3);
    test_now_ms += 1000;
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 3);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 3);
    sdk_finish(sdk, &fake);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, use_test_clock)
    const struct CMUnitTest tests[] = {
        TEST(a_batch_waits_for_its_delay),
        TEST(a_full_batch_goes_at_once),
        TEST(requests_are_no_larger_than_configured),
        TEST(a_metric_of_many_points_goes_in_pieces),
        TEST(an_item_larger_than_a_request_is_dropped_alone),
        TEST(a_series_larger_than_a_request_is_dropped_alone),
        TEST(a_queue_of_so_many_items_holds_no_more),
        TEST(a_flood_of_one_signal_leaves_room_for_the_others),
        TEST(without_an_exporter_all_is_counted),
        TEST(an_exporter_gets_only_the_signals_it_takes),
        TEST(metrics_are_collected_at_their_interval),
        TEST(each_signal_has_its_export_timeout),
        TEST(a_flush_exports_all_signals),
        TEST(a_flush_waits_for_what_is_under_way_already),
        TEST(a_flush_without_memory_is_not_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
