/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of exporters by signal, with flushes and shutdowns, and beside others: each item
 * counts once. */
#include "base/random.h"
#include "chain_fixture.h"

/* ---- By signal ---------------------------------------------------------------------------- */

static void fail_traces(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery,
                haetae_delivery_signal(delivery) == HAETAE_SIGNAL_TRACES ? HAETAE_VERDICT_RETRY
                                                                         : HAETAE_VERDICT_OK);
}

static void each_signal_moves_alone(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    fakes[0].behave = fail_traces;
    sdk = start_chain(fakes, 2);
    for (int i = 0; i < 5; i++) {
        sdk_spans(sdk, 1);
        send_one(sdk);
    }
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&fakes[0]), 5);
    assert_int_equal(fakes[1].taken_count[HAETAE_SIGNAL_TRACES], 5);
    assert_int_equal(taken(&fakes[1]), 0);
    finish(sdk, fakes, 2);
}

static void a_backup_may_take_fewer_signals(void **state)
{
    struct fake_exporter fakes[3];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 3);
    fakes[0].behave = fake_fail;
    fakes[1].ops.signals = UINT32_C(1) << HAETAE_SIGNAL_TRACES;
    sdk = start_chain(fakes, 3);
    sdk_spans(sdk, 1);
    send_one(sdk);
    pass(sdk, LONG_MS);
    assert_int_equal(fakes[1].taken_count[HAETAE_SIGNAL_TRACES], 1);
    assert_int_equal(taken(&fakes[1]), 0);
    assert_int_equal(taken(&fakes[2]), 1);
    finish(sdk, fakes, 3);
}

/* ---- Flush and shutdown ------------------------------------------------------------------- */

static void a_flush_tries_the_backups_too(void **state)
{
    struct fake_exporter fakes[3];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 3);
    fakes[0].behave = fakes[1].behave = fake_fail;
    sdk = start_chain(fakes, 3);
    sdk_logs(sdk, 3);
    sdk_spans(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    assert_int_equal(taken(&fakes[2]), 3);
    assert_int_equal(fakes[2].taken_count[HAETAE_SIGNAL_TRACES], 3);
    finish(sdk, fakes, 3);
}

static void a_shutdown_delivers_by_a_backup(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    fakes[0].behave = fake_fail;
    sdk = start_chain(fakes, 2);
    sdk_logs(sdk, 3);
    assert_int_equal(haetae_sdk_shutdown(sdk, 0), HAETAE_OK);
    assert_int_equal(taken(&fakes[1]), 3);
    finish(sdk, fakes, 2);
}

static void an_exporter_of_an_sdk_gets_no_backup(void **state)
{
    struct fake_exporter fakes[2], late;
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    fake_init(&late, "late", fake_accept);
    fake_make(&late);
    sdk = start_chain(fakes, 2);
    assert_int_equal(haetae_exporter_set_backup(fakes[1].exporter, late.exporter), HAETAE_EINVAL);
    haetae_exporter_free(late.exporter);
    fake_done(&late);
    finish(sdk, fakes, 2);
}

static void a_flush_ends_when_all_have_failed(void **state)
{
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    fakes[0].behave = fakes[1].behave = fake_fail;
    sdk = start_chain(fakes, 2);
    sdk_logs(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    assert_int_equal(fakes[0].send_count, 1);
    assert_int_equal(fakes[1].send_count, 1);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 3);
    finish(sdk, fakes, 2);
}

/* ---- Beside others ------------------------------------------------------------------------ */

static void every_chain_gets_everything(void **state)
{
    struct fake_exporter chain[2], other;
    haetae_config *config = chain_config();
    haetae_sdk *sdk;

    (void)state;
    init_fakes(chain, 2);
    fake_init(&other, "other", fake_accept);
    chain[0].behave = fake_fail;
    link_fakes(chain, 2);
    fake_make(&other);
    assert_int_equal(haetae_config_add_exporter(config, chain[0].exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, other.exporter), HAETAE_OK);
    sdk = start_config(config);
    for (int i = 0; i < 10; i++) {
        send_one(sdk);
    }
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&chain[1]), 10);
    assert_int_equal(taken(&other), 10);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 10);
    finish(sdk, chain, 2);
    fake_done(&other);
}

/* Fails, refuses, hangs, asks for pauses, takes: by chance. */
static void do_anything(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct hae_random *random = fake->user;
    uint64_t n = hae_splitmix(&random->a) % 16;

    if (n < 6) {
        fake_answer(fake, delivery, HAETAE_VERDICT_OK);
    } else if (n < 11) {
        fake_answer(fake, delivery, HAETAE_VERDICT_RETRY);
    } else if (n < 12) {
        ask_for_a_pause(fake, delivery);
    } else if (n < 13) {
        fake_answer(fake, delivery, HAETAE_VERDICT_DROP);
    } else if (n < 14) {
        fake_answer(fake, delivery, HAETAE_VERDICT_TOO_LARGE);
    } else {
        fake_hold(fake, delivery);
    }
}

static void let_chance_rule(uint64_t seed)
{
    struct hae_random random = {.a = seed};
    struct fake_exporter fakes[3];
    uint64_t delivered = 0;
    struct sdk_numbers numbers;
    haetae_sdk *sdk;

    init_fakes(fakes, 3);
    for (size_t i = 0; i < 3; i++) {
        fakes[i].behave = do_anything;
        fakes[i].user = &random;
        fakes[i].ops.max_in_flight = 1 + (uint32_t)i;
    }
    sdk = start_chain(fakes, 3);
    for (int i = 0; i < 60; i++) {
        sdk_logs(sdk, 1 + (unsigned)(hae_splitmix(&random.a) % 4));
        pass(sdk, 50 * (unsigned)(hae_splitmix(&random.a) % 4));
        if (hae_splitmix(&random.a) % 16 == 0) {
            (void)haetae_sdk_force_flush(sdk, 0);
        }
        numbers = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS); /* checks the balance */
    }
    for (size_t i = 0; i < 3; i++) {
        fakes[i].behave = fake_accept;
    }
    pass(sdk, 3 * LONG_MS);
    numbers = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
    for (size_t i = 0; i < 3; i++) {
        delivered += taken(&fakes[i]);
    }
    if (numbers.held != 0 || numbers.delivered != delivered) {
        fail_msg("seed %llu: %llu held, %llu delivered, %llu taken", (unsigned long long)seed,
                 (unsigned long long)numbers.held, (unsigned long long)numbers.delivered,
                 (unsigned long long)delivered);
    }
    all_queues_are_empty(sdk);
    finish(sdk, fakes, 3);
}

static void each_item_counts_once_whatever_happens(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= sdk_repeat(200); seed++) {
        let_chance_rule(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_signal_moves_alone),
        cmocka_unit_test(a_backup_may_take_fewer_signals),
        cmocka_unit_test(a_flush_tries_the_backups_too),
        cmocka_unit_test(a_shutdown_delivers_by_a_backup),
        cmocka_unit_test(an_exporter_of_an_sdk_gets_no_backup),
        cmocka_unit_test(a_flush_ends_when_all_have_failed),
        cmocka_unit_test(every_chain_gets_everything),
        cmocka_unit_test(each_item_counts_once_whatever_happens),
    };

    return cmocka_run_group_tests(tests, use_test_clock, NULL);
}
