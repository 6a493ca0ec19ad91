/* SPDX-License-Identifier: Apache-2.0 */
/* Exporters that stand in for each other: where requests go, when they move, and that each item
 * counts once. The test drives the SDK and its clock. */
#include "base/random.h"
#include "clock.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum { INITIAL_MS = 100, MAX_MS = 800, TIMEOUT_MS = 500, LONG_MS = 2 * MAX_MS };

static char initial[] = "100", most[] = "800", timeout[] = "500";

static void steps(haetae_sdk *sdk, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
}

static void pass(haetae_sdk *sdk, unsigned ms)
{
    for (unsigned passed = 0; passed < ms; passed += 50) {
        test_now_ms += 50;
        steps(sdk, 3);
    }
}

/* Makes an exporter of each fake; the first has the second as its backup, and so on. */
static void link_fakes(struct fake_exporter *fakes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fake_make(&fakes[i]);
    }
    for (size_t i = 1; i < count; i++) {
        assert_int_equal(haetae_exporter_set_backup(fakes[i - 1].exporter, fakes[i].exporter),
                         HAETAE_OK);
    }
}

/* A configuration with no exporters yet. Requests are made of each item at once. */
static haetae_config *chain_config(void)
{
    return sdk_config(
        SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_RETRY_INITIAL_MS", initial},
                     {"HAETAE_RETRY_MAX_MS", most}, {"OTEL_BSP_EXPORT_TIMEOUT", timeout},
                     {"OTEL_BLRP_EXPORT_TIMEOUT", timeout}, {"OTEL_BSP_SCHEDULE_DELAY", "1"},
                     {"OTEL_BLRP_SCHEDULE_DELAY", "1"}),
        NULL);
}

static haetae_sdk *start_config(haetae_config *config)
{
    haetae_sdk *sdk = NULL;

    sdk_diagnostics[0] = '\0';
    assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

static haetae_sdk *start_chain(struct fake_exporter *fakes, size_t count)
{
    haetae_config *config = chain_config();

    link_fakes(fakes, count);
    assert_int_equal(haetae_config_add_exporter(config, fakes[0].exporter), HAETAE_OK);
    return start_config(config);
}

static void init_fakes(struct fake_exporter *fakes, size_t count)
{
    static const char *const names[] = {"first", "second", "third", "fourth"};

    for (size_t i = 0; i < count; i++) {
        fake_init(&fakes[i], names[i], fake_accept);
    }
}

static void finish(haetae_sdk *sdk, struct fake_exporter *fakes, size_t count)
{
    haetae_sdk_free(sdk);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(fakes[i].free_count, 1);
        fake_done(&fakes[i]);
    }
}

/* Records an item, and has it made a request and sent. */
static void send_one(haetae_sdk *sdk)
{
    sdk_logs(sdk, 1);
    pass(sdk, 100);
}

/* Nothing is held, so no queue counts anything as waiting or in flight. */
static void all_queues_are_empty(haetae_sdk *sdk)
{
    const struct hae_route *route = &sdk->pipeline.route;

    for (uint32_t i = 0; i < route->destination_count; i++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            const struct hae_export_queue *queue = &route->destinations[i].queues[signal];

            assert_int_equal(queue->held_bytes, 0);
            assert_int_equal(queue->counts.in_flight, 0);
            assert_null(queue->waiting.first);
        }
    }
}

static uint64_t taken(const struct fake_exporter *fake)
{
    return fake->taken_count[HAETAE_SIGNAL_LOGS];
}

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

static void ask_for_a_pause(struct fake_exporter *fake, haetae_delivery *delivery)
{
    haetae_result result =
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_RETRY, .retry_after_ms = LONG_MS);

    fake_answer_with(fake, delivery, &result);
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
    assert_int_equal(haetae_config_set(config, "HAETAE_RETRY_MAX_MS", initial), HAETAE_OK);
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

/* ---- The calls ---------------------------------------------------------------------------- */

static void what_cannot_be_a_backup_is_refused(void **state)
{
    struct fake_exporter fakes[4];
    haetae_config *config = chain_config();

    (void)state;
    init_fakes(fakes, 4);
    link_fakes(fakes, 3);
    fake_make(&fakes[3]);
    assert_int_equal(haetae_exporter_set_backup(NULL, fakes[3].exporter), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_backup(fakes[3].exporter, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_backup(fakes[3].exporter, fakes[3].exporter),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_backup(fakes[2].exporter, fakes[0].exporter),
                     HAETAE_EINVAL); /* a circle */
    assert_int_equal(haetae_exporter_set_backup(fakes[3].exporter, fakes[1].exporter),
                     HAETAE_EINVAL); /* the first one's */
    assert_int_equal(haetae_exporter_set_backup(fakes[0].exporter, fakes[3].exporter),
                     HAETAE_ECONFLICT);
    assert_int_equal(haetae_config_add_exporter(config, fakes[3].exporter), HAETAE_OK);
    assert_int_equal(haetae_exporter_set_backup(fakes[2].exporter, fakes[3].exporter),
                     HAETAE_EINVAL); /* the configuration's */
    assert_int_equal(haetae_config_add_exporter(config, fakes[1].exporter), HAETAE_EINVAL);
    assert_string_equal(haetae_config_error(config), "the exporter is the backup of another one");
    haetae_config_free(config);
    haetae_exporter_free(fakes[0].exporter);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(fakes[i].free_count, 1);
        fake_done(&fakes[i]);
    }
}

static void a_backup_has_the_scopes_of_the_first(void **state)
{
    struct fake_exporter fakes[3];

    (void)state;
    init_fakes(fakes, 3);
    for (size_t i = 0; i < 3; i++) {
        fake_make(&fakes[i]);
    }
    assert_int_equal(haetae_exporter_set_scopes(fakes[0].exporter, "a"), HAETAE_OK);
    assert_int_equal(haetae_exporter_set_scopes(fakes[1].exporter, "b"), HAETAE_OK);
    assert_int_equal(haetae_exporter_set_scopes(fakes[2].exporter, "a"), HAETAE_OK);
    assert_int_equal(haetae_exporter_set_backup(fakes[0].exporter, fakes[1].exporter),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_backup(fakes[0].exporter, fakes[2].exporter), HAETAE_OK);
    assert_int_equal(haetae_exporter_set_scopes(fakes[2].exporter, "b"), HAETAE_EINVAL);
    haetae_exporter_free(fakes[0].exporter);
    haetae_exporter_free(fakes[1].exporter);
    for (size_t i = 0; i < 3; i++) {
        fake_done(&fakes[i]);
    }
}

/* As OTLP exporters have one for a preferred temporality. */
static void a_backup_may_have_a_reader_which_is_not_used(void **state)
{
    const haetae_metric_reader_options options = HAETAE_OPTIONS(haetae_metric_reader_options);
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(haetae_metric_reader_new(&options, &fakes[i].ops.reader), HAETAE_OK);
    }
    fakes[0].behave = fake_fail;
    sdk = start_chain(fakes, 2);
    sdk_series(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    assert_int_equal(fakes[1].taken_count[HAETAE_SIGNAL_METRICS], 3);
    haetae_sdk_free(sdk);
    for (size_t i = 0; i < 2; i++) {
        haetae_metric_reader_free(fakes[i].ops.reader);
        fake_done(&fakes[i]);
    }
}

static void there_is_a_limit(void **state)
{
    enum { COUNT = 17 };
    static struct fake_exporter fakes[COUNT];
    haetae_config *config = chain_config();
    haetae_sdk *sdk = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        fake_init(&fakes[i], "many", fake_accept);
    }
    link_fakes(fakes, COUNT);
    assert_int_equal(haetae_config_add_exporter(config, fakes[0].exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_ELIMIT);
    assert_null(sdk);
    assert_string_equal(haetae_config_error(config),
                        "17 exporters, their backups included: no more than 16");
    haetae_config_free(config);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(fakes[i].free_count, 1);
        fake_done(&fakes[i]);
    }
}

static void labels_show_which_exporter_it_is(void **state)
{
    static const char too_long[] =
        "0123456789012345678901234567890123456789012345678901234567890123";
    struct fake_exporter fakes[2];
    haetae_config *config = chain_config();
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    fakes[0].behave = fake_fail;
    link_fakes(fakes, 2);
    assert_string_equal(haetae_exporter_label(fakes[0].exporter), "");
    assert_int_equal(haetae_exporter_set_label(fakes[0].exporter, too_long), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_label(fakes[0].exporter, "\xff"), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_label(fakes[0].exporter, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_label(fakes[0].exporter, "seoul"), HAETAE_OK);
    assert_int_equal(haetae_exporter_set_label(fakes[1].exporter, "busan"), HAETAE_OK);
    assert_string_equal(haetae_exporter_label(fakes[0].exporter), "seoul");
    assert_int_equal(haetae_config_add_exporter(config, fakes[0].exporter), HAETAE_OK);
    sdk = start_config(config);
    send_one(sdk);
    pass(sdk, LONG_MS);
    assert_non_null(strstr(sdk_diagnostics, "exporter first/seoul: will be tried again"));
    assert_non_null(strstr(sdk_diagnostics, "exporter second/busan gets the requests"));
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
        cmocka_unit_test(each_signal_moves_alone),
        cmocka_unit_test(a_backup_may_take_fewer_signals),
        cmocka_unit_test(what_one_refuses_goes_to_the_next),
        cmocka_unit_test(what_is_invalid_goes_to_nobody_else),
        cmocka_unit_test(what_one_has_refused_does_not_come_back_to_it),
        cmocka_unit_test(what_one_has_no_time_for_goes_to_the_next),
        cmocka_unit_test(a_flush_tries_the_backups_too),
        cmocka_unit_test(a_shutdown_delivers_by_a_backup),
        cmocka_unit_test(an_exporter_of_an_sdk_gets_no_backup),
        cmocka_unit_test(a_flush_ends_when_all_have_failed),
        cmocka_unit_test(every_chain_gets_everything),
        cmocka_unit_test(each_item_counts_once_whatever_happens),
        cmocka_unit_test(what_cannot_be_a_backup_is_refused),
        cmocka_unit_test(a_backup_has_the_scopes_of_the_first),
        cmocka_unit_test(a_backup_may_have_a_reader_which_is_not_used),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(labels_show_which_exporter_it_is),
    };

    return cmocka_run_group_tests(tests, use_test_clock, NULL);
}
