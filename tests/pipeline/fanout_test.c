/* SPDX-License-Identifier: Apache-2.0 */
/* Several exporters, and requests in parts: every item is counted once, whatever
 * each exporter does. The test drives the SDK and its clock. */
#include "base/alloc.h"
#include "base/random.h"
#include "clock.h"
#include "otlp.pb-c.h"
#include "support/sdk_fixture.h"

static void steps(haetae_sdk *sdk, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
}

static haetae_sdk *start_two(struct fake_exporter *one, fake_behaviour does,
                             struct fake_exporter *other, fake_behaviour other_does)
{
    fake_init(one, "one", does);
    fake_init(other, "other", other_does);
    return sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_RETRY_INITIAL_MS", "100"}),
                     SDK_FAKES(one, other));
}

static void finish_two(haetae_sdk *sdk, struct fake_exporter *one, struct fake_exporter *other)
{
    haetae_sdk_free(sdk);
    fake_done(one);
    fake_done(other);
}

/* ---- Behaviour of exporters --------------------------------------------------------------------
 */

/* `fake->user` points to the largest number of items in a request. */
static void accept_small(struct fake_exporter *fake, haetae_delivery *delivery)
{
    const uint64_t *most = fake->user;

    fake_answer(fake, delivery,
                haetae_delivery_item_count(delivery) > *most ? HAETAE_VERDICT_TOO_LARGE
                                                             : HAETAE_VERDICT_OK);
}

/* Splits the first request, refuses one half, and loses an item of the other half. */
static void spoil_halves(struct fake_exporter *fake, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result);

    if (fake->send_count == 1) {
        result.verdict = HAETAE_VERDICT_TOO_LARGE;
    } else if (fake->send_count == 2) {
        result.verdict = HAETAE_VERDICT_DROP;
    } else if (haetae_delivery_item_count(delivery) > 1) {
        result.verdict = HAETAE_VERDICT_TOO_LARGE;
    } else if (fake->dropped_count[HAETAE_SIGNAL_LOGS] != 0 && fake->send_count % 2 == 0) {
        result.verdict = HAETAE_VERDICT_TOO_LARGE; /* a single item is lost */
    }
    fake_answer_with(fake, delivery, &result);
}

/* ---- Tests -------------------------------------------------------------------------------- */

static void every_exporter_gets_every_item(void **state)
{
    struct fake_exporter one, other;
    haetae_sdk *sdk = start_two(&one, fake_accept, &other, fake_accept);

    (void)state;
    sdk_spans(sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    assert_int_equal(one.taken_count[HAETAE_SIGNAL_TRACES], 5);
    assert_int_equal(other.taken_count[HAETAE_SIGNAL_TRACES], 5);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 5);
    finish_two(sdk, &one, &other);
}

static void the_exporter_lists_choose(void **state)
{
    struct fake_exporter one, other;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&one, "one", fake_accept);
    fake_init(&other, "other", fake_accept);
    sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"OTEL_TRACES_EXPORTER", "other"},
                                 {"OTEL_LOGS_EXPORTER", "none"}),
                    SDK_FAKES(&one, &other));
    sdk_spans(sdk, 5);
    sdk_logs(sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    assert_int_equal(one.send_count, 0);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 5);
    /* No exporter accepts logs, so they are not even recorded. */
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 0);
    finish_two(sdk, &one, &other);
}

static void items_are_held_until_the_last_exporter_answers(void **state)
{
    struct fake_exporter one, other;
    haetae_sdk *sdk = start_two(&one, fake_accept, &other, fake_hold);

    (void)state;
    sdk_logs(sdk, 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    assert_int_equal(one.taken_count[HAETAE_SIGNAL_LOGS], 5);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 5);
    fake_release(&other, HAETAE_VERDICT_DROP);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ELOST);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_REJECTED], 5);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).delivered, 0);
    finish_two(sdk, &one, &other);
}

static void a_dead_exporter_delays_no_other(void **state)
{
    static const fake_behaviour dead[] = {fake_hold, fake_fail};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fake_exporter one, other;
        haetae_sdk *sdk = start_two(&one, dead[i], &other, fake_accept);

        for (unsigned round = 1; round <= 5; round++) {
            sdk_logs(sdk, 10);
            assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
            assert_int_equal(other.taken_count[HAETAE_SIGNAL_LOGS], 10 * round);
        }
        assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 50);
        finish_two(sdk, &one, &other);
    }
}

static void too_large_requests_are_split_until_they_fit(void **state)
{
    struct fake_exporter one, other;
    uint64_t most = 3;
    haetae_sdk *sdk = start_two(&one, accept_small, &other, fake_accept);

    (void)state;
    one.user = &most;
    sdk_spans(sdk, 100);
    sdk_series(sdk, 50);
    /* A later run sends each part at the latest. */
    haetae_sdk_force_flush(sdk, 0);
    steps(sdk, 20);
    assert_int_equal(one.taken_count[HAETAE_SIGNAL_TRACES], 100);
    assert_int_equal(one.taken_count[HAETAE_SIGNAL_METRICS], 50);
    assert_int_equal(other.send_count, 2);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 100);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 50);
    finish_two(sdk, &one, &other);
}

static void losses_of_parts_keep_their_reasons(void **state)
{
    struct fake_exporter one, other;
    struct sdk_numbers numbers;
    haetae_sdk *sdk = start_two(&one, spoil_halves, &other, fake_hold);

    (void)state;
    sdk_logs(sdk, 8);
    haetae_sdk_force_flush(sdk, 0);
    steps(sdk, 10);
    /* Nothing is settled while the other exporter holds the whole request. */
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 8);
    fake_release(&other, HAETAE_VERDICT_OK);
    steps(sdk, 2);
    numbers = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
    assert_int_equal(numbers.held, 0);
    assert_int_equal(numbers.dropped[HAETAE_DROP_REJECTED], one.dropped_count[HAETAE_SIGNAL_LOGS]);
    assert_int_equal(numbers.dropped[HAETAE_DROP_REJECTED], 4);
    assert_true(numbers.dropped[HAETAE_DROP_TOO_LARGE] > 0);
    assert_int_equal(numbers.delivered, one.taken_count[HAETAE_SIGNAL_LOGS]);
    assert_true(numbers.delivered > 0);
    finish_two(sdk, &one, &other);
}

static void of_several_losses_the_largest_counts(void **state)
{
    struct fake_exporter one, other;
    struct sdk_numbers numbers;
    haetae_sdk *sdk = start_two(&one, fake_hold, &other, fake_hold);

    (void)state;
    sdk_logs(sdk, 8);
    haetae_sdk_force_flush(sdk, 0);
    fake_release(&one, HAETAE_VERDICT_OK);
    fake_release(&other, HAETAE_VERDICT_OK);
    one.release.rejected_count = 5;
    other.release.rejected_count = 2;
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ELOST);
    numbers = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
    assert_int_equal(numbers.dropped[HAETAE_DROP_REJECTED], 5);
    assert_int_equal(numbers.delivered, 3);
    finish_two(sdk, &one, &other);
}

static void a_flush_waits_for_all_parts(void **state)
{
    struct fake_exporter one, other;
    uint64_t most = 1;
    haetae_sdk *sdk = start_two(&one, accept_small, &other, fake_accept);

    (void)state;
    one.user = &most;
    sdk_logs(sdk, 64);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 64);
    steps(sdk, 10);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 64);
    finish_two(sdk, &one, &other);
}

/* ---- Order --------------------------------------------------------------------------------- */

/* Checks that the records arrive in order, each once. Fails and splits at random. */
static void expect_in_order(struct fake_exporter *fake, haetae_delivery *delivery)
{
    int64_t *next = fake->user;
    HaeOtlp__ExportLogsServiceRequest *read;

    if (haetae_delivery_item_count(delivery) > 4) {
        fake_answer(fake, delivery, HAETAE_VERDICT_TOO_LARGE);
        return;
    }
    if (fake->send_count % 3 == 0) {
        fake_fail(fake, delivery);
        return;
    }
    read = hae_otlp__export_logs_service_request__unpack(NULL, haetae_delivery_size(delivery),
                                                         haetae_delivery_data(delivery));
    assert_non_null(read);
    for (size_t i = 0; i < read->resource_logs[0]->scope_logs[0]->n_log_records; i++) {
        const HaeOtlp__LogRecord *log = read->resource_logs[0]->scope_logs[0]->log_records[i];

        assert_int_equal(log->attributes[0]->value->int_value, (*next)++);
    }
    hae_otlp__export_logs_service_request__free_unpacked(read, NULL);
    fake_accept(fake, delivery);
}

static void parts_and_retries_keep_the_order(void **state)
{
    struct fake_exporter fake;
    int64_t next = 0;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", expect_in_order);
    fake.user = &next;
    sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"},
                                 {"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "50"},
                                 {"HAETAE_RETRY_ELAPSED_MS", "0"}),
                    SDK_FAKES(&fake));
    sdk_logs(sdk, 200);
    haetae_sdk_force_flush(sdk, 0);
    for (int i = 0; next < 200 && i < 1000; i++) {
        test_now_ms += 60000;
        steps(sdk, 1);
    }
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 200);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* ---- Anything may happen ----------------------------------------------------------- */

enum { CHAOS_EXPORTERS = 3, CHAOS_ROUNDS = 3000 };

static struct hae_random chaos;

static uint64_t chance(uint64_t n)
{
    return hae_splitmix(&chaos.a) % n;
}

static void do_anything(struct fake_exporter *fake, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .retry_after_ms = -1);

    switch (chance(8)) {
    case 0:
        fake_hold(fake, delivery);
        return;
    case 1:
    case 2:
        result.verdict = HAETAE_VERDICT_RETRY;
        result.retry_after_ms = (int64_t)chance(3000) - 1000;
        break;
    case 3:
        result.verdict = HAETAE_VERDICT_TOO_LARGE;
        break;
    case 4:
        result.verdict = HAETAE_VERDICT_DROP;
        break;
    case 5:
        result.rejected_count = chance(haetae_delivery_item_count(delivery) + 1);
        break;
    default:
        break;
    }
    fake_answer_with(fake, delivery, &result);
}

static void check_all(haetae_sdk *sdk)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        (void)sdk_numbers(sdk, (haetae_signal)signal);
    }
}

static void chaos_round(haetae_sdk *sdk, struct fake_exporter *fakes, uint64_t *recorded)
{
    unsigned count = (unsigned)chance(30);

    switch (chance(8)) {
    case 0:
        sdk_spans(sdk, count);
        recorded[HAETAE_SIGNAL_TRACES] += count;
        break;
    case 1:
    case 2:
        sdk_logs(sdk, count);
        recorded[HAETAE_SIGNAL_LOGS] += count;
        break;
    case 3:
        haetae_sdk_force_flush(sdk, 0);
        break;
    case 4:
        hae_alloc_fail_after((long)chance(20));
        (void)haetae_sdk_step(sdk, 0);
        hae_alloc_fail_after(-1);
        break;
    case 5:
        fake_release(&fakes[chance(CHAOS_EXPORTERS)], (haetae_verdict)chance(4));
        break;
    default:
        test_now_ms += chance(2000);
        steps(sdk, 1);
        break;
    }
    check_all(sdk);
}

static void every_item_is_accounted_for_whatever_happens(void **state)
{
    long live = hae_alloc_live_count();

    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct fake_exporter fakes[CHAOS_EXPORTERS];
        uint64_t recorded[HAETAE_SIGNAL_COUNT] = {0};
        haetae_sdk *sdk;

        chaos.a = seed;
        for (int i = 0; i < CHAOS_EXPORTERS; i++) {
            fake_init(&fakes[i], i == 0 ? "zero" : i == 1 ? "one" : "two", do_anything);
            fakes[i].ops.max_in_flight = 1 + (uint32_t)i * 3;
        }
        sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_QUEUE_BYTES", "256k"},
                                     {"HAETAE_RETRY_ELAPSED_MS", "20000"},
                                     {"OTEL_METRIC_EXPORT_INTERVAL", "3000"}),
                        SDK_FAKES(&fakes[0], &fakes[1], &fakes[2]));
        sdk_series(sdk, 20);
        for (int round = 0; round < (int)sdk_repeat(CHAOS_ROUNDS); round++) {
            chaos_round(sdk, fakes, recorded);
        }
        (void)haetae_sdk_shutdown(sdk, 0);
        check_all(sdk);
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            assert_int_equal(sdk_numbers(sdk, (haetae_signal)signal).held, 0);
        }
        assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_TRACES).recorded,
                         recorded[HAETAE_SIGNAL_TRACES]);
        assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).recorded,
                         recorded[HAETAE_SIGNAL_LOGS]);
        haetae_sdk_free(sdk);
        for (int i = 0; i < CHAOS_EXPORTERS; i++) {
            assert_int_equal(fakes[i].under_way, 0);
            fake_done(&fakes[i]);
        }
        assert_int_equal(hae_alloc_live_count(), live);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, use_test_clock)
    const struct CMUnitTest tests[] = {
        TEST(every_exporter_gets_every_item),
        TEST(the_exporter_lists_choose),
        TEST(items_are_held_until_the_last_exporter_answers),
        TEST(a_dead_exporter_delays_no_other),
        TEST(too_large_requests_are_split_until_they_fit),
        TEST(losses_of_parts_keep_their_reasons),
        TEST(of_several_losses_the_largest_counts),
        TEST(a_flush_waits_for_all_parts),
        TEST(parts_and_retries_keep_the_order),
        TEST(every_item_is_accounted_for_whatever_happens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
