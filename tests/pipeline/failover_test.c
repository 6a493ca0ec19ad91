/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of exporters: which of them gets a request, when it moves on, and when the first gets
 * all again. */
#include "chain_fixture.h"
#include "sdk/sdk_internal.h"

/* ---- Where requests go -------------------------------------------------------------------- */

static void all_goes_to_the_first(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    sdk = start_chain(fakes, 2);
    for (int i = 0; i < 10; i++) {
        send_one(sdk);
    }
    assert_int_equal(taken(&fakes[0]), 10);
    assert_int_equal(fakes[1].send_count, 0);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 10);
    assert_string_equal(sdk_diagnostics, "");
    finish(sdk, fakes, 2);
}

static void one_failure_is_not_away(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    sdk = start_chain(fakes, 2);
    fakes[0].behave = fake_fail;
    send_one(sdk);
    fakes[0].behave = fake_accept;
    pass(sdk, 3 * INITIAL_MS);
    assert_int_equal(taken(&fakes[0]), 1);
    assert_int_equal(fakes[1].send_count, 0);
    finish(sdk, fakes, 2);
}

static void backups_get_what_waits_for_one_that_is_away(void **state)
{
    struct fake_exporter fakes[3];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 3);
    fakes[0].behave = fake_fail;
    fakes[1].behave = fake_fail;
    sdk = start_chain(fakes, 3);
    for (int i = 0; i < 20; i++) {
        sdk_logs(sdk, 1);
        steps(sdk, 2);
        test_now_ms++;
    }
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&fakes[2]), 20);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 20);
    assert_non_null(strstr(sdk_diagnostics, "exporter third gets the requests"));
    finish(sdk, fakes, 3);
}

static void a_receiver_that_hangs_is_away(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    fakes[0].behave = fake_hold;
    sdk = start_chain(fakes, 2);
    send_one(sdk);
    pass(sdk, 4 * TIMEOUT_MS);
    assert_int_equal(taken(&fakes[1]), 1);
    send_one(sdk); /* finds out whether the first one is back, and then moves as well */
    pass(sdk, 2 * TIMEOUT_MS);
    assert_int_equal(taken(&fakes[1]), 2);
    assert_true(fakes[0].cancel_count >= 2);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 2);
    finish(sdk, fakes, 2);
}

static void a_receiver_that_asks_for_a_pause_is_away_at_once(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    fakes[0].behave = ask_for_a_pause;
    sdk = start_chain(fakes, 2);
    send_one(sdk);
    send_one(sdk);
    assert_int_equal(fakes[0].send_count, 1);
    assert_int_equal(taken(&fakes[1]), 2);
    fakes[0].behave = fake_accept;
    pass(sdk, LONG_MS + INITIAL_MS);
    send_one(sdk);
    assert_int_equal(taken(&fakes[0]), 1);
    finish(sdk, fakes, 2);
}

/* ---- Coming back -------------------------------------------------------------------------- */

static void the_first_gets_all_again_when_it_is_back(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;
    uint64_t before;

    (void)state;
    init_fakes(fakes, 2);
    fakes[0].behave = fake_fail;
    sdk = start_chain(fakes, 2);
    send_one(sdk);
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&fakes[1]), 1);
    fakes[0].behave = fake_accept;
    pass(sdk, LONG_MS);
    send_one(sdk);
    assert_int_equal(taken(&fakes[0]), 1);
    before = fakes[1].send_count;
    for (int i = 0; i < 5; i++) {
        send_one(sdk);
    }
    assert_int_equal(taken(&fakes[0]), 6);
    assert_int_equal(fakes[1].send_count, before);
    assert_non_null(strstr(sdk_diagnostics, "exporter first is back"));
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 7);
    finish(sdk, fakes, 2);
}

static void one_request_at_a_time_finds_out_whether_it_is_back(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;
    uint64_t sends;

    (void)state;
    init_fakes(fakes, 2);
    fakes[0].ops.max_in_flight = 8;
    fakes[0].behave = fake_fail;
    sdk = start_chain(fakes, 2);
    send_one(sdk);
    pass(sdk, LONG_MS);
    fakes[0].behave = fake_hold;
    sends = fakes[0].send_count;
    test_now_ms += MAX_MS;
    for (int i = 0; i < 11; i++) {
        sdk_logs(sdk, 1);
        steps(sdk, 2);
        test_now_ms += 2;
        steps(sdk, 2);
    }
    assert_int_equal(fakes[0].send_count, sends + 1);
    assert_int_equal(taken(&fakes[1]), 11);
    pass(sdk, TIMEOUT_MS + 100); /* the one that was held moves on */
    assert_int_equal(taken(&fakes[1]), 12);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 12);
    finish(sdk, fakes, 2);
}

/* All fail, with so many items to send, and then one comes back. */
static void come_back(size_t back, unsigned items)
{
    struct fake_exporter fakes[3];
    haetae_sdk *sdk;
    uint64_t due;

    init_fakes(fakes, 3);
    for (size_t i = 0; i < 3; i++) {
        fakes[i].behave = fake_fail;
    }
    sdk = start_chain(fakes, 3);
    for (unsigned i = 0; i < items; i++) {
        send_one(sdk);
    }
    pass(sdk, 4 * LONG_MS);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, items);
    for (size_t i = 0; i < 3; i++) {
        assert_true(fakes[i].send_count >= 2); /* each is tried */
    }
    assert_non_null(strstr(sdk_diagnostics, "first and all its backups are away"));
    due = hae_route_due_ms(&sdk->pipeline.route);
    if (items == 1) { /* more wait for one each */
        assert_in_range(due, test_now_ms - MAX_MS, test_now_ms + MAX_MS);
    }
    fakes[back].behave = fake_accept;
    pass(sdk, 2 * LONG_MS);
    assert_int_equal(taken(&fakes[back]), items);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, items);
    all_queues_are_empty(sdk);
    assert_int_equal(hae_route_due_ms(&sdk->pipeline.route), UINT64_MAX);
    finish(sdk, fakes, 3);
}

static void when_all_are_away_the_first_that_is_back_gets_all(void **state)
{
    (void)state;
    for (size_t back = 0; back < 3; back++) {
        come_back(back, 1);
        come_back(back, 10);
    }
}

/* With nothing new to send, what waits is sent when a pause is over: the worker wakes by itself. */
static void the_worker_wakes_when_one_is_to_be_tried(void **state)
{
    struct fake_exporter fakes[2];
    haetae_config *config = chain_config();
    haetae_sdk *sdk;

    (void)state;
    hae_set_clock_ms(NULL);
    assert_int_equal(haetae_config_set(config, "HAETAE_WORKER", "thread"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_RETRY_MAX_MS", "100"), HAETAE_OK);
    init_fakes(fakes, 2);
    fakes[0].behave = fakes[1].behave = fake_hold;
    link_fakes(fakes, 2);
    assert_int_equal(haetae_config_add_exporter(config, fakes[0].exporter), HAETAE_OK);
    sdk = start_config(config);
    fake_release(&fakes[0], HAETAE_VERDICT_RETRY);
    sdk_logs(sdk, 1);
    fake_await(&fakes[1], &fakes[1].send_count, 1);
    fake_release_one(&fakes[1], HAETAE_VERDICT_RETRY);
    fake_await(&fakes[1], &fakes[1].send_count, 2);
    fake_release(&fakes[1], HAETAE_VERDICT_OK);
    fake_await(&fakes[1], &fakes[1].taken_count[HAETAE_SIGNAL_LOGS], 1);
    finish(sdk, fakes, 2);
    hae_set_clock_ms(test_clock_ms);
}

/* ---- Refused ------------------------------------------------------------------------------ */

static void refuse_as_invalid(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery, HAETAE_VERDICT_INVALID);
}

static void what_one_refuses_goes_to_the_next(void **state)
{
    struct fake_exporter fakes[3];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 3);
    fakes[0].behave = fakes[1].behave = fake_refuse;
    sdk = start_chain(fakes, 3);
    send_one(sdk);
    assert_int_equal(taken(&fakes[2]), 1);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 1);
    fakes[2].behave = fake_refuse;
    send_one(sdk);
    pass(sdk, LONG_MS);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_REJECTED], 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fakes[i].send_count, 2); /* each once for each request */
    }
    finish(sdk, fakes, 3);
}

static void what_is_invalid_goes_to_nobody_else(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    fakes[0].behave = refuse_as_invalid;
    sdk = start_chain(fakes, 2);
    send_one(sdk);
    pass(sdk, LONG_MS);
    assert_int_equal(fakes[1].send_count, 0);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_REJECTED], 1);
    finish(sdk, fakes, 2);
}

static void what_one_has_refused_does_not_come_back_to_it(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    fakes[0].behave = fake_refuse;
    fakes[1].behave = fake_fail;
    sdk = start_chain(fakes, 2);
    send_one(sdk);
    pass(sdk, 2 * LONG_MS);
    assert_int_equal(fakes[0].send_count, 1);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 1);
    fakes[1].behave = fake_accept;
    pass(sdk, LONG_MS);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 1);
    finish(sdk, fakes, 2);
}

/* Half the time for tries goes by before the first one counts as away. */
static void what_one_has_no_time_for_goes_to_the_next(void **state)
{
    struct fake_exporter fakes[2];
    haetae_config *config = chain_config();
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    fakes[0].behave = fake_hold;
    link_fakes(fakes, 2);
    assert_int_equal(haetae_config_set(config, "HAETAE_RETRY_ELAPSED_MS", "300"), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, fakes[0].exporter), HAETAE_OK);
    sdk = start_config(config);
    send_one(sdk);
    pass(sdk, TIMEOUT_MS + INITIAL_MS);
    assert_int_equal(taken(&fakes[1]), 1);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 1);
    fakes[1].behave = fake_hold;
    send_one(sdk);
    pass(sdk, 4 * TIMEOUT_MS);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_RETRIES], 1);
    finish(sdk, fakes, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_goes_to_the_first),
        cmocka_unit_test(one_failure_is_not_away),
        cmocka_unit_test(backups_get_what_waits_for_one_that_is_away),
        cmocka_unit_test(a_receiver_that_hangs_is_away),
        cmocka_unit_test(a_receiver_that_asks_for_a_pause_is_away_at_once),
        cmocka_unit_test(the_first_gets_all_again_when_it_is_back),
        cmocka_unit_test(one_request_at_a_time_finds_out_whether_it_is_back),
        cmocka_unit_test(when_all_are_away_the_first_that_is_back_gets_all),
        cmocka_unit_test(the_worker_wakes_when_one_is_to_be_tried),
        cmocka_unit_test(what_one_refuses_goes_to_the_next),
        cmocka_unit_test(what_is_invalid_goes_to_nobody_else),
        cmocka_unit_test(what_one_has_refused_does_not_come_back_to_it),
        cmocka_unit_test(what_one_has_no_time_for_goes_to_the_next),
    };

    return cmocka_run_group_tests(tests, use_test_clock, NULL);
}
