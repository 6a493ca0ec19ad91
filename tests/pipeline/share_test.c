/* SPDX-License-Identifier: Apache-2.0 */
/* Destinations that are away beside one that works: memory, and what each one gets. The test
 * drives the SDK and its clock. */
#include <unistd.h>

#include "clock.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

enum { ROUNDS = 400, RECORDS = 50 };

static haetae_sdk *start(struct fake_exporter *const *fakes)
{
    return sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_QUEUE_BYTES", "256k"},
                                  {"HAETAE_RETRY_ELAPSED_MS", "0"}),
                     fakes);
}

/* Frees the SDK and both exporters. */
static void finish(haetae_sdk *sdk, struct fake_exporter *dead, struct fake_exporter *healthy)
{
    haetae_sdk_free(sdk);
    fake_done(dead);
    fake_done(healthy);
}

/* Records in rounds. Each round is sent before the next; a flush sends the last one. */
static void record_rounds(haetae_sdk *sdk, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        sdk_logs(sdk, RECORDS);
        sdk_logs_of(haetae_logger_named(sdk, "other"), 1);
        test_now_ms += 1000;
        for (int step = 0; step < 3; step++) {
            assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
        }
    }
    (void)haetae_sdk_force_flush(sdk, 0);
    assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
}

static void a_destination_that_is_away_takes_no_memory_from_another(void **state)
{
    static const fake_behaviour away[] = {fake_hold, fake_fail};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fake_exporter dead, healthy;
        struct sdk_numbers numbers;
        haetae_sdk *sdk;

        fake_init(&dead, "dead", away[i]);
        fake_init(&healthy, "healthy", fake_accept);
        sdk = start(SDK_FAKES(&dead, &healthy));
        record_rounds(sdk, sdk_repeat(ROUNDS));
        numbers = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
        assert_int_equal(healthy.taken_count[HAETAE_SIGNAL_LOGS], numbers.recorded);
        if (sdk_repeat(ROUNDS) == ROUNDS) {
            assert_true(numbers.dropped[HAETAE_DROP_QUEUE_FULL] > 0);
        }
        assert_int_equal(numbers.dropped_total, numbers.dropped[HAETAE_DROP_QUEUE_FULL]);
        assert_true(numbers.held > 0);
        finish(sdk, &dead, &healthy);
    }
}

static void two_destinations_that_are_away_take_no_memory_from_another(void **state)
{
    struct fake_exporter dead, hanging, healthy;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&dead, "dead", fake_fail);
    fake_init(&hanging, "hanging", fake_hold);
    fake_init(&healthy, "healthy", fake_accept);
    sdk = start(SDK_FAKES(&dead, &hanging, &healthy));
    record_rounds(sdk, sdk_repeat(ROUNDS));
    assert_int_equal(healthy.taken_count[HAETAE_SIGNAL_LOGS],
                     sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).recorded);
    haetae_sdk_free(sdk);
    fake_done(&dead);
    fake_done(&hanging);
    fake_done(&healthy);
}

/* When the destination is back, it gets everything that was kept for it. */
static void one_that_comes_back_gets_what_was_kept_for_it(void **state)
{
    struct fake_exporter dead, healthy;
    struct sdk_numbers away, back;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&dead, "dead", fake_fail);
    fake_init(&healthy, "healthy", fake_accept);
    sdk = start(SDK_FAKES(&dead, &healthy));
    record_rounds(sdk, sdk_repeat(ROUNDS));
    away = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
    dead.behave = fake_accept;
    (void)haetae_sdk_force_flush(sdk, 0);
    for (int i = 0; i < ROUNDS; i++) {
        test_now_ms += 1000;
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    back = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
    assert_int_equal(back.held, 0);
    assert_int_equal(back.dropped_total, away.dropped_total);
    assert_int_equal(dead.taken_count[HAETAE_SIGNAL_LOGS], back.delivered);
    finish(sdk, &dead, &healthy);
}

/* The same when the count of items is full instead of the memory. */
static void a_count_of_items_is_shared_as_memory_is(void **state)
{
    struct fake_exporter dead, healthy;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&dead, "dead", fake_fail);
    fake_init(&healthy, "healthy", fake_accept);
    sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_QUEUE_BYTES", "256k"},
                                 {"OTEL_BLRP_MAX_QUEUE_SIZE", "2000"},
                                 {"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "100"}),
                    SDK_FAKES(&dead, &healthy));
    record_rounds(sdk, sdk_repeat(ROUNDS));
    assert_int_equal(healthy.taken_count[HAETAE_SIGNAL_LOGS],
                     sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).recorded);
    assert_true(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held <= 2000);
    finish(sdk, &dead, &healthy);
}

/* ---- With a recorder's file ------------------------------------------------------------- */

/* The destination that is away holds the beginning of the journal, or of its scopes what lies
 * there, which must not stop the pipeline. NULL: it gets all scopes. */
static void fill_a_journal(fake_behaviour away, const char *scopes)
{
    char directory[TEMPORARY_PATH_MAX];
    struct fake_exporter dead, healthy;
    struct sdk_numbers numbers;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    assert_true(temporary_directory(directory));
    fake_init(&dead, "dead", away);
    fake_init(&healthy, "healthy", fake_accept);
    config =
        sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_QUEUE_BYTES", "256k"},
                                {"HAETAE_RECORDER_DIR", directory}, {"HAETAE_RECORDER_BYTES", "1m"},
                                {"HAETAE_RETRY_ELAPSED_MS", "0"}),
                   SDK_FAKES(&dead, &healthy));
    assert_int_equal(haetae_exporter_set_scopes(dead.exporter, scopes), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    record_rounds(sdk, sdk_repeat(ROUNDS));
    numbers = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
    assert_int_equal(healthy.taken_count[HAETAE_SIGNAL_LOGS], numbers.recorded);
    assert_int_equal(numbers.dropped_total, numbers.dropped[HAETAE_DROP_QUEUE_FULL]);
    /* The destination that was away still gets what is held, and no file remains. */
    dead.behave = fake_accept;
    fake_release(&dead, HAETAE_VERDICT_OK);
    for (int step = 0; step < 200; step++) {
        test_now_ms += 1000;
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 0);
    assert_int_equal(haetae_sdk_shutdown(sdk, 1000), HAETAE_OK);
    finish(sdk, &dead, &healthy);
    assert_int_equal(rmdir(directory), 0); /* the file was removed */
}

static void a_journal_makes_room_beside_a_destination_that_is_away(void **state)
{
    (void)state;
    fill_a_journal(fake_hold, NULL);
    fill_a_journal(fake_fail, NULL);
}

static void a_journal_makes_room_where_a_destination_gets_some_scopes(void **state)
{
    (void)state;
    fill_a_journal(fake_hold, "test");
    fill_a_journal(fake_fail, "!other");
}

/* ---- A request in parts ----------------------------------------------------------------- */

static void accept_small(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery,
                haetae_delivery_item_count(delivery) > 10 ? HAETAE_VERDICT_TOO_LARGE
                                                          : HAETAE_VERDICT_OK);
}

/* Parts need memory beside the whole request, which the destination that is away still needs. */
static void parts_find_memory_beside_a_destination_that_is_away(void **state)
{
    struct fake_exporter dead, healthy;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&dead, "dead", fake_fail);
    fake_init(&healthy, "healthy", accept_small);
    sdk = start(SDK_FAKES(&dead, &healthy));
    record_rounds(sdk, sdk_repeat(ROUNDS));
    for (int i = 0; i < 50; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(healthy.taken_count[HAETAE_SIGNAL_LOGS],
                     sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).recorded);
    finish(sdk, &dead, &healthy);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, use_test_clock)
    const struct CMUnitTest tests[] = {
        TEST(a_destination_that_is_away_takes_no_memory_from_another),
        TEST(two_destinations_that_are_away_take_no_memory_from_another),
        TEST(one_that_comes_back_gets_what_was_kept_for_it),
        TEST(a_count_of_items_is_shared_as_memory_is),
        TEST(a_journal_makes_room_beside_a_destination_that_is_away),
        TEST(a_journal_makes_room_where_a_destination_gets_some_scopes),
        TEST(parts_find_memory_beside_a_destination_that_is_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
