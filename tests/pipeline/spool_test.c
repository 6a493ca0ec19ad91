/* SPDX-License-Identifier: Apache-2.0 */
/* What cannot be delivered lies in a spool until it can: when it goes there, when it comes
 * back, and what flushes, ends and answers of receivers do with it. */
#include "sdk/sdk_internal.h"
#include "spool_fixture.h"

/* ---- Into the spool, and out of it -------------------------------------------------------- */

static void what_cannot_be_sent_waits_in_the_spool(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    sdk = start(SDK_FAKES(&fake));
    record(sdk, 10);
    assert_int_equal(spooled(sdk), 0); /* a short failure is none of its business */
    pass(sdk, AWAY_MS);
    assert_int_equal(spooled(sdk), 20);
    assert_int_equal(logs_of(sdk).held, 20);
    assert_int_equal(sdk->pipeline.store.used_bytes[HAETAE_SIGNAL_LOGS] > 4096, 0);
    fake.behave = fake_accept;
    pass(sdk, LONG_MS);
    assert_int_equal(spooled(sdk), 0);
    assert_int_equal(taken(&fake), 20);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 20);
    finish(sdk, &fake);
    assert_int_equal(temporary_clear(directory), 0);
}

/* What is new while the receiver is away follows, and what is new when it is back comes first. */
static void new_data_come_before_old_ones(void **state)
{
    struct fake_exporter fake;
    uint64_t sent;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    sdk = start(SDK_FAKES(&fake));
    record(sdk, 10);
    pass(sdk, AWAY_MS);
    record(sdk, 10);
    pass(sdk, LONG_MS);
    assert_int_equal(spooled(sdk), 40);
    fake.behave = fake_hold;
    pass(sdk, 1000);
    fake.behave = fake_accept;
    sent = fake.send_count;
    /* One is out at a time, so that a receiver that is back is not flooded. */
    assert_int_equal(fake.held_count <= 1, 1);
    assert_true(sent != 0);
    fake_release(&fake, HAETAE_VERDICT_OK);
    pass(sdk, LONG_MS);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 40);
    assert_int_equal(taken(&fake), 40);
    finish(sdk, &fake);
}

static void memory_that_runs_full_goes_to_the_spool_at_once(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    sdk = start_with(SDK_FAKES(&fake), "HAETAE_QUEUE_BYTES", "262144");
    for (unsigned i = 0; i < 600; i++) {
        sdk_log_of(sdk, 1000);
        test_now_ms += 2;
        steps(sdk);
    }
    assert_int_equal(logs_of(sdk).dropped_total, 0);
    assert_true(spooled(sdk) > 300);
    fake.behave = fake_accept;
    pass(sdk, 20000);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 600);
    assert_int_equal(taken(&fake), 600);
    finish(sdk, &fake);
}

/* Only a timeout shows that it fails, and that is not over yet when the memory is full. */
static void a_receiver_that_hangs_costs_nothing(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_hold);
    sdk = start_with(SDK_FAKES(&fake), "HAETAE_QUEUE_BYTES", "262144");
    for (unsigned i = 0; i < 450; i++) {
        sdk_log_of(sdk, 1000);
        test_now_ms += 1;
        steps(sdk);
    }
    assert_int_equal(fake.cancel_count, 0);
    assert_int_equal(logs_of(sdk).dropped_total, 0);
    assert_true(spooled(sdk) > 300);
    fake.behave = fake_accept;
    fake_release(&fake, HAETAE_VERDICT_OK);
    pass(sdk, 20000);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 450);
    assert_int_equal(taken(&fake), 450);
    finish(sdk, &fake);
}

static void a_backup_comes_before_the_spool(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fakes[0], "first", fake_fail);
    fake_init(&fakes[1], "second", fake_accept);
    sdk = start_with_backup(fakes);
    record(sdk, 10);
    pass(sdk, AWAY_MS);
    assert_int_equal(spooled(sdk), 0);
    assert_int_equal(taken(&fakes[1]), 20);
    fakes[1].behave = fake_fail;
    record(sdk, 10);
    pass(sdk, AWAY_MS);
    assert_int_equal(spooled(sdk), 20);
    fakes[1].behave = fake_accept;
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&fakes[1]), 40);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 40);
    haetae_sdk_free(sdk);
    fake_done(&fakes[0]);
    fake_done(&fakes[1]);
}

/* A request that was tried for long enough is not dropped. */
static void what_would_be_given_up_is_spooled(void **state)
{
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    config = sdk_config(
        SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_RETRY_INITIAL_MS", "100"},
                     {"HAETAE_RETRY_MAX_MS", "800"}, {"OTEL_BLRP_SCHEDULE_DELAY", "1"},
                     {"HAETAE_RETRY_ELAPSED_MS", "1000"}, {"HAETAE_SPOOL_AFTER_MS", "100000"},
                     {"HAETAE_SPOOL_DIR", directory}),
        SDK_FAKES(&fake));
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    record(sdk, 1);
    pass(sdk, 5000);
    assert_int_equal(logs_of(sdk).dropped_total, 0);
    assert_int_equal(spooled(sdk), 2);
    finish(sdk, &fake);
}

/* ---- Flushes and the end ------------------------------------------------------------------ */

static void a_flush_ends_in_the_spool(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    sdk = start(SDK_FAKES(&fake));
    sdk_logs(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, DISK_MS), HAETAE_OK);
    assert_int_equal(fake.send_count, 1);
    assert_int_equal(spooled(sdk), 3);
    /* A request that is out of the spool again does not hold up the next one. */
    fake.behave = fake_fail;
    pass(sdk, 200);
    sdk_logs(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, DISK_MS), HAETAE_OK);
    assert_int_equal(spooled(sdk), 6);
    fake.behave = fake_accept;
    pass(sdk, LONG_MS);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 6);
    finish(sdk, &fake);
}

static void the_next_process_sends_what_a_shutdown_left(void **state)
{
    struct fake_exporter fake;
    struct fake_exporter next;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    sdk = start(SDK_FAKES(&fake));
    record(sdk, 3);
    sdk_logs(sdk, 2);
    assert_int_equal(haetae_sdk_shutdown(sdk, DISK_MS), HAETAE_OK);
    assert_int_equal(spooled(sdk), 8);
    assert_int_equal(logs_of(sdk).dropped_total, 0);
    finish(sdk, &fake);

    fake_init(&next, "first", fake_accept);
    sdk = start(SDK_FAKES(&next));
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&next), 8);
    assert_int_equal(recovered(sdk), 8);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 8);
    finish(sdk, &next);
    assert_int_equal(temporary_clear(directory), 0);
}

/* A receiver that hangs until the end of the time. */
static void a_shutdown_spools_what_is_in_flight(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_hold);
    sdk = start(SDK_FAKES(&fake));
    record(sdk, 3);
    assert_int_equal(haetae_sdk_shutdown(sdk, 0), HAETAE_ETIMEOUT);
    assert_int_equal(spooled(sdk), 6);
    assert_int_equal(logs_of(sdk).dropped_total, 0);
    finish(sdk, &fake);
}

/* With the recorder in a file as well, what is spooled is not recovered from there again. */
/* The receiver is back after a long outage, and nobody has noticed. A flush tries the oldest
 * request alone, and has spooled what is new. The shutdown sends again. */
static void a_flush_after_a_long_outage_tries_one_request(void **state)
{
    struct fake_exporter fake;
    uint64_t tries;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    sdk = start(SDK_FAKES(&fake));
    record(sdk, 2);
    pass(sdk, AWAY_MS);
    assert_int_equal(spooled(sdk), 4);
    tries = fake.send_count;
    fake.behave = fake_accept;
    sdk_logs(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, DISK_MS), HAETAE_OK);
    assert_int_equal(fake.send_count, tries + 1);
    assert_int_equal(taken(&fake), 4);
    assert_int_equal(spooled(sdk), 3);
    sdk_logs(sdk, 2);
    assert_int_equal(haetae_sdk_shutdown(sdk, DISK_MS), HAETAE_OK);
    assert_int_equal(taken(&fake), 6);
    assert_int_equal(spooled(sdk), 3);
    assert_int_equal(logs_of(sdk).dropped_total, 0);
    finish(sdk, &fake);
}

static void what_is_spooled_is_settled_in_the_recorders_file(void **state)
{
    char recorder[TEMPORARY_PATH_MAX];
    struct fake_exporter fake;
    struct fake_exporter next;
    haetae_sdk *sdk;

    (void)state;
    assert_true(temporary_directory(recorder));
    fake_init(&fake, "first", fake_fail);
    sdk = start_with(SDK_FAKES(&fake), "HAETAE_RECORDER_DIR", recorder);
    record(sdk, 3);
    assert_int_equal(haetae_sdk_shutdown(sdk, DISK_MS), HAETAE_OK);
    assert_int_equal(spooled(sdk), 6);
    finish(sdk, &fake);
    fake_init(&next, "first", fake_accept);
    sdk = start_with(SDK_FAKES(&next), "HAETAE_RECORDER_DIR", recorder);
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&next), 6);
    finish(sdk, &next);
    assert_int_equal(temporary_clear(recorder), 0);
    assert_int_equal(rmdir(recorder), 0);
}

/* ---- What receivers answer ---------------------------------------------------------------- */

static void what_the_receiver_refuses_is_dropped(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    sdk = start(SDK_FAKES(&fake));
    record(sdk, 3);
    pass(sdk, AWAY_MS);
    fake.behave = fake_refuse;
    pass(sdk, LONG_MS);
    assert_int_equal(logs_of(sdk).dropped[HAETAE_DROP_REJECTED], 6);
    assert_int_equal(logs_of(sdk).held, 0);
    finish(sdk, &fake);
    assert_int_equal(temporary_clear(directory), 0);
}

static void take_one_only(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery,
                haetae_delivery_item_count(delivery) > 1 ? HAETAE_VERDICT_TOO_LARGE
                                                         : HAETAE_VERDICT_OK);
}

static void what_is_too_large_comes_in_parts(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    sdk = start(SDK_FAKES(&fake));
    sdk_logs(sdk, 9);
    pass(sdk, AWAY_MS);
    assert_int_equal(spooled(sdk), 9);
    fake.behave = take_one_only;
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&fake), 9);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 9);
    finish(sdk, &fake);
}

static void split_then_fail(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery,
                haetae_delivery_item_count(delivery) > 2 ? HAETAE_VERDICT_TOO_LARGE
                                                         : HAETAE_VERDICT_RETRY);
}

static void parts_are_spooled_as_well(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", split_then_fail);
    sdk = start(SDK_FAKES(&fake));
    sdk_logs(sdk, 8);
    pass(sdk, 2 * AWAY_MS);
    assert_int_equal(spooled(sdk), 8);
    fake.behave = fake_accept;
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&fake), 8);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 8);
    finish(sdk, &fake);
}

/* While it shuts down, the driver sleeps until something is due. */
static void the_end_does_not_spin(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    sdk = start(SDK_FAKES(&fake));
    record(sdk, 1);
    pass(sdk, AWAY_MS);
    assert_int_equal(spooled(sdk), 2);
    hae_control_close(&sdk->pipeline.control);
    pass(sdk, LONG_MS);
    for (uint32_t i = 0; i < sdk->pipeline.options.source_count; i++) {
        const struct hae_source *source = &sdk->pipeline.options.sources[i];

        if (strcmp(source->name, "spool") == 0) {
            assert_true(source->wait_ms(source->self, test_now_ms) > 1000000);
        }
    }
    finish(sdk, &fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_cannot_be_sent_waits_in_the_spool),
        TEST(new_data_come_before_old_ones),
        TEST(memory_that_runs_full_goes_to_the_spool_at_once),
        TEST(a_receiver_that_hangs_costs_nothing),
        TEST(a_backup_comes_before_the_spool),
        TEST(what_would_be_given_up_is_spooled),
        TEST(a_flush_ends_in_the_spool),
        TEST(the_next_process_sends_what_a_shutdown_left),
        TEST(a_shutdown_spools_what_is_in_flight),
        TEST(a_flush_after_a_long_outage_tries_one_request),
        TEST(what_is_spooled_is_settled_in_the_recorders_file),
        TEST(what_the_receiver_refuses_is_dropped),
        TEST(what_is_too_large_comes_in_parts),
        TEST(parts_are_spooled_as_well),
        TEST(the_end_does_not_spin),
    };

    return cmocka_run_group_tests(tests, use_test_clock, NULL);
}
