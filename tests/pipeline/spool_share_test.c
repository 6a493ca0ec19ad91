/* SPDX-License-Identifier: Apache-2.0 */
/* A spool beside others: several exporters with one each, and a forked child. Each item counts
 * once, whatever happens. */
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "spool_fixture.h"

static void an_item_counts_once_for_several_exporters(void **state)
{
    struct fake_exporter away;
    struct fake_exporter there;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&away, "away", fake_fail);
    fake_init(&there, "there", fake_accept);
    sdk = start(SDK_FAKES(&away, &there));
    record(sdk, 5);
    pass(sdk, AWAY_MS);
    assert_int_equal(taken(&there), 10);
    assert_int_equal(spooled(sdk), 10);
    away.behave = fake_accept;
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&away), 10);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 10);
    away.behave = there.behave = fake_fail;
    record(sdk, 5);
    pass(sdk, AWAY_MS);
    assert_int_equal(spooled(sdk), 10);
    away.behave = fake_accept;
    pass(sdk, LONG_MS);
    there.behave = fake_accept;
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&away), 20);
    assert_int_equal(taken(&there), 20);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 20);
    haetae_sdk_free(sdk);
    fake_done(&away);
    fake_done(&there);
}

/* What another exporter's receiver refuses is dropped, and is not in the spool's count. */
static void what_another_receiver_refuses_is_lost_at_once(void **state)
{
    struct fake_exporter away;
    struct fake_exporter other;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&away, "away", fake_fail);
    fake_init(&other, "other", fake_refuse);
    sdk = start(SDK_FAKES(&away, &other));
    record(sdk, 5);
    pass(sdk, AWAY_MS);
    assert_int_equal(spooled(sdk), 0);
    assert_int_equal(logs_of(sdk).dropped[HAETAE_DROP_REJECTED], 10);
    away.behave = fake_accept;
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&away), 10);
    assert_int_equal(logs_of(sdk).dropped[HAETAE_DROP_REJECTED], 10);
    assert_int_equal(logs_of(sdk).delivered, 0);
    haetae_sdk_free(sdk);
    fake_done(&away);
    fake_done(&other);
}

/* One is in the spool and back again before the other exporter has an answer. */
static void a_record_may_be_done_before_its_request(void **state)
{
    struct fake_exporter away;
    struct fake_exporter slow;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&away, "away", fake_fail);
    fake_init(&slow, "slow", fake_hold);
    sdk = start_with(SDK_FAKES(&away, &slow), "OTEL_BLRP_EXPORT_TIMEOUT", "1000000");
    record(sdk, 1);
    pass(sdk, AWAY_MS);
    away.behave = fake_accept;
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&away), 2);
    assert_int_equal(spooled(sdk), 0);
    assert_int_equal(logs_of(sdk).held, 2);
    fake_release(&slow, HAETAE_VERDICT_OK);
    pass(sdk, 200);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 2);
    haetae_sdk_free(sdk);
    fake_done(&away);
    fake_done(&slow);
}

/* A child spools for itself, and leaves what is the parent's alone. */
static void a_child_has_a_spool_of_its_own(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    pid_t child;
    int status;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    sdk = start(SDK_FAKES(&fake));
    record(sdk, 3);
    pass(sdk, AWAY_MS);
    assert_int_equal(spooled(sdk), 6);
    child = fork();
    if (child == 0) {
        sdk_logs(sdk, 2);
        pass(sdk, 2 * AWAY_MS);
        _exit(spooled(sdk) == 2 && logs_of(sdk).recorded == 2 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    fake.behave = fake_accept;
    pass(sdk, 20000);
    assert_int_equal(recovered(sdk), 2); /* of the child, which is dead */
    assert_int_equal(taken(&fake), 8);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 8);
    finish(sdk, &fake);
}

static void do_anything(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct hae_random *random = fake->user;
    uint64_t n = hae_splitmix(&random->a) % 16;

    fake_answer(fake, delivery,
                n < 4    ? HAETAE_VERDICT_OK
                : n < 13 ? HAETAE_VERDICT_RETRY
                : n < 14 ? HAETAE_VERDICT_DROP
                         : HAETAE_VERDICT_TOO_LARGE);
}

static void let_chance_rule(uint64_t seed)
{
    struct hae_random random = {.a = seed};
    struct fake_exporter fakes[2];
    struct sdk_numbers numbers;
    haetae_sdk *sdk;

    fake_init(&fakes[0], "one", do_anything);
    fake_init(&fakes[1], "two", do_anything);
    fakes[0].user = fakes[1].user = &random;
    sdk = start_with(SDK_FAKES(&fakes[0], &fakes[1]), "HAETAE_SPOOL_AFTER_MS", "300");
    for (int i = 0; i < 60; i++) {
        sdk_logs(sdk, 1 + (unsigned)(hae_splitmix(&random.a) % 4));
        pass(sdk, 50 * (unsigned)(hae_splitmix(&random.a) % 8));
        if (hae_splitmix(&random.a) % 16 == 0) {
            (void)haetae_sdk_force_flush(sdk, 0);
        }
        numbers = logs_of(sdk); /* checks the balance */
    }
    fakes[0].behave = fakes[1].behave = fake_accept;
    pass(sdk, 10 * LONG_MS);
    numbers = logs_of(sdk);
    if (numbers.held != 0 || spooled(sdk) != 0 ||
        numbers.dropped[HAETAE_DROP_REJECTED] + numbers.dropped[HAETAE_DROP_TOO_LARGE] !=
            numbers.dropped_total) {
        fail_msg("seed %llu: %llu held, %llu spooled, %llu dropped", (unsigned long long)seed,
                 (unsigned long long)numbers.held, (unsigned long long)spooled(sdk),
                 (unsigned long long)numbers.dropped_total);
    }
    haetae_sdk_free(sdk);
    fake_done(&fakes[0]);
    fake_done(&fakes[1]);
}

static void each_item_counts_once_whatever_happens(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= sdk_repeat(40); seed++) {
        let_chance_rule(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_item_counts_once_for_several_exporters),
        TEST(what_another_receiver_refuses_is_lost_at_once),
        TEST(a_record_may_be_done_before_its_request),
        TEST(a_child_has_a_spool_of_its_own),
        TEST(each_item_counts_once_whatever_happens),
    };

    return cmocka_run_group_tests(tests, use_test_clock, NULL);
}
