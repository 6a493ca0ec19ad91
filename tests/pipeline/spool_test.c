/* SPDX-License-Identifier: Apache-2.0 */
/* What cannot be delivered lies in a spool until it can: when it goes there, when it comes back,
 * and that each item counts once. The test drives the SDK and its clock; the disk takes real time.
 */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/random.h"
#include "clock.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

enum { AWAY_MS = 6000, LONG_MS = 3000 };

static char directory[TEMPORARY_PATH_MAX];

static int begin(void **state)
{
    (void)state;
    return temporary_directory(directory) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    (void)temporary_clear(directory);
    return rmdir(directory);
}

/* ---- Driving ---------------------------------------------------------------------------- */

static bool is_writing(haetae_sdk *sdk)
{
    const struct hae_route *route = &sdk->pipeline.route;

    for (uint32_t i = 0; i < route->destination_count; i++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            if (hae_destination_is_spool(&route->destinations[i]) &&
                route->destinations[i].queues[signal].in_flight_count != 0) {
                return true;
            }
        }
    }
    return false;
}

/* Some steps, and what they begin to write. */
static void steps(haetae_sdk *sdk)
{
    static const struct timespec moment = {0, 100000};

    for (int i = 0; i < 4; i++) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
        for (int looks = 0; is_writing(sdk) && looks < 100000; looks++) {
            (void)nanosleep(&moment, NULL);
            assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
        }
    }
}

static void pass(haetae_sdk *sdk, unsigned ms)
{
    for (unsigned passed = 0; passed < ms; passed += 50) {
        test_now_ms += 50;
        steps(sdk);
    }
}

static haetae_sdk *start_with(struct fake_exporter *const *fakes, const char *key,
                              const char *value)
{
    haetae_sdk *sdk = sdk_start(
        SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_RETRY_INITIAL_MS", "100"},
                     {"HAETAE_RETRY_MAX_MS", "800"}, {"OTEL_BSP_SCHEDULE_DELAY", "1"},
                     {"OTEL_BLRP_SCHEDULE_DELAY", "1"}, {"OTEL_BLRP_EXPORT_TIMEOUT", "500"},
                     {"HAETAE_SPOOL_DIR", directory}, {key, value}),
        fakes);

    return sdk;
}

static haetae_sdk *start(struct fake_exporter *const *fakes)
{
    return start_with(fakes, "HAETAE_SPOOL_AFTER_MS", "5000");
}

static uint64_t spooled(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    count = haetae_stats_spooled(stats, HAETAE_SIGNAL_LOGS);
    haetae_stats_free(stats);
    return count;
}

static uint64_t recovered(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    uint64_t count;

    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    count = haetae_stats_recovered(stats, HAETAE_SIGNAL_LOGS);
    haetae_stats_free(stats);
    return count;
}

static struct sdk_numbers logs_of(haetae_sdk *sdk)
{
    return sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
}

static uint64_t taken(const struct fake_exporter *fake)
{
    return fake->taken_count[HAETAE_SIGNAL_LOGS];
}

static void record(haetae_sdk *sdk, unsigned requests)
{
    for (unsigned i = 0; i < requests; i++) {
        sdk_logs(sdk, 2);
        pass(sdk, 50);
    }
}

static void finish(haetae_sdk *sdk, struct fake_exporter *fake)
{
    haetae_sdk_free(sdk);
    fake_done(fake);
}

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

/* An SDK whose first exporter has the second one as its backup. */
static haetae_sdk *start_with_backup(struct fake_exporter *fakes)
{
    haetae_config *config =
        sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_RETRY_INITIAL_MS", "100"},
                                {"HAETAE_RETRY_MAX_MS", "800"}, {"OTEL_BLRP_SCHEDULE_DELAY", "1"},
                                {"HAETAE_SPOOL_DIR", directory}),
                   NULL);
    haetae_sdk *sdk = NULL;

    fake_make(&fakes[0]);
    fake_make(&fakes[1]);
    assert_int_equal(haetae_exporter_set_backup(fakes[0].exporter, fakes[1].exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, fakes[0].exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
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
    assert_int_equal(haetae_sdk_force_flush(sdk, 1000), HAETAE_OK);
    assert_int_equal(fake.send_count, 1);
    assert_int_equal(spooled(sdk), 3);
    /* A request that is out of the spool again does not hold up the next one. */
    fake.behave = fake_fail;
    pass(sdk, 200);
    sdk_logs(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 1000), HAETAE_OK);
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
    assert_int_equal(haetae_sdk_shutdown(sdk, 1000), HAETAE_OK);
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
    assert_int_equal(haetae_sdk_shutdown(sdk, 1000), HAETAE_OK);
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

/* ---- Several exporters -------------------------------------------------------------------- */

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

/* ---- Bounds and faults -------------------------------------------------------------------- */

static void what_has_no_room_is_dropped_and_counted(void **state)
{
    struct fake_exporter fake;
    struct sdk_numbers numbers;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    sdk = start_with(SDK_FAKES(&fake), "HAETAE_SPOOL_BYTES", "1m");
    record(sdk, 3);
    pass(sdk, AWAY_MS);
    for (int i = 0; i < 200; i++) {
        sdk_log_of(sdk, 10000);
        pass(sdk, 50);
    }
    numbers = logs_of(sdk);
    assert_true(numbers.dropped[HAETAE_DROP_SPOOL] > 80);
    assert_int_equal(numbers.dropped[HAETAE_DROP_SPOOL], numbers.dropped_total);
    fake.behave = fake_accept;
    pass(sdk, 20000);
    numbers = logs_of(sdk);
    assert_int_equal(numbers.held, 0);
    assert_int_equal(numbers.delivered, taken(&fake));
    finish(sdk, &fake);
}

/* Requests are no larger than a quarter of the spool, so that each has room. */
static void requests_fit_into_the_spool(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    sdk = start_with(SDK_FAKES(&fake), "HAETAE_SPOOL_BYTES", "1m");
    assert_int_equal(sdk->pipeline.options.signals[HAETAE_SIGNAL_LOGS].request_size_max_bytes,
                     1 << 18);
    for (int i = 0; i < 60; i++) {
        sdk_log_of(sdk, 10000);
    }
    pass(sdk, 2 * AWAY_MS);
    assert_int_equal(spooled(sdk), 60);
    assert_null(strstr(sdk_diagnostics, "larger than HAETAE_SPOOL_BYTES"));
    fake.behave = fake_accept;
    pass(sdk, LONG_MS);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 60);
    finish(sdk, &fake);
}

/* The limit of files' sizes stands for a full disk. */
static struct rlimit usual_limit;

static void fill_disk(void)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual_limit), 0);
    limit = usual_limit;
    limit.rlim_cur = 100;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void empty_disk(void)
{
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual_limit), 0);
}

static void a_full_disk_is_as_no_spool(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    fill_disk();
    sdk = start(SDK_FAKES(&fake));
    record(sdk, 5);
    pass(sdk, AWAY_MS);
    assert_int_equal(spooled(sdk), 0);
    assert_int_equal(logs_of(sdk).held, 10);
    empty_disk();
    pass(sdk, AWAY_MS);
    assert_int_equal(spooled(sdk), 10);
    fake.behave = fake_accept;
    pass(sdk, LONG_MS);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 10);
    assert_int_equal(taken(&fake), 10);
    finish(sdk, &fake);
}

/* However much there is to say of the receiver meanwhile. */
static void a_disk_that_fails_is_reported(void **state)
{
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    config =
        sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_RETRY_MAX_MS", "800"},
                                {"OTEL_BLRP_SCHEDULE_DELAY", "1"}, {"HAETAE_SPOOL_DIR", directory}),
                   SDK_FAKES(&fake));
    sdk_diagnostics[0] = '\0';
    assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    fill_disk();
    record(sdk, 5);
    pass(sdk, AWAY_MS);
    empty_disk();
    assert_non_null(strstr(sdk_diagnostics, "exporter first: will be tried again"));
    assert_non_null(strstr(sdk_diagnostics, "exporter spool: will be tried again"));
    fake.behave = fake_accept;
    pass(sdk, LONG_MS);
    finish(sdk, &fake);
}

static void a_receiver_that_is_back_gets_what_the_disk_refused(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "first", fake_fail);
    fill_disk();
    sdk = start(SDK_FAKES(&fake));
    record(sdk, 5);
    pass(sdk, AWAY_MS);
    fake.behave = fake_accept;
    pass(sdk, LONG_MS);
    empty_disk();
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 10);
    finish(sdk, &fake);
}

/* The disk refuses what the first has refused for good, and the backup could not take yet. */
static void what_one_has_refused_does_not_come_back_from_the_disk(void **state)
{
    struct fake_exporter fakes[2];
    uint64_t refused;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fakes[0], "first", fake_refuse);
    fake_init(&fakes[1], "second", fake_fail);
    fill_disk();
    sdk = start_with_backup(fakes);
    record(sdk, 1);
    pass(sdk, LONG_MS);
    refused = fakes[0].send_count;
    fakes[0].behave = fake_fail;
    record(sdk, 4);
    pass(sdk, 2 * AWAY_MS);
    assert_int_equal(refused, 1);
    fakes[0].behave = fake_accept;
    pass(sdk, LONG_MS);
    assert_int_equal(taken(&fakes[0]), 8);
    assert_int_equal(logs_of(sdk).held, 2);
    fakes[1].behave = fake_accept;
    pass(sdk, LONG_MS);
    empty_disk();
    assert_int_equal(taken(&fakes[1]), 2);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 10);
    haetae_sdk_free(sdk);
    fake_done(&fakes[0]);
    fake_done(&fakes[1]);
}

/* The only request that waits finds out about the disk, and about the receiver as well: by itself,
 * or as a flush wants it. */
static void one_request_finds_out_about_disk_and_receiver(void **state)
{
    (void)state;
    for (int flushes = 0; flushes <= 1; flushes++) {
        struct fake_exporter fake;
        haetae_sdk *sdk;

        fake_init(&fake, "first", fake_fail);
        fill_disk();
        sdk = start(SDK_FAKES(&fake));
        sdk_logs(sdk, 2);
        pass(sdk, 2 * AWAY_MS);
        assert_int_equal(logs_of(sdk).held, 2);
        fake.behave = fake_accept;
        if (flushes != 0) {
            assert_int_equal(haetae_sdk_force_flush(sdk, 1000), HAETAE_OK);
        } else {
            pass(sdk, LONG_MS);
        }
        empty_disk();
        sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 2);
        finish(sdk, &fake);
    }
}

static void a_directory_that_cannot_serve_is_refused(void **state)
{
    haetae_config *config = sdk_config(SDK_SETTINGS({"HAETAE_SPOOL_DIR", "/nowhere/at/all"}), NULL);
    haetae_sdk *sdk = NULL;

    (void)state;
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(config), "HAETAE_SPOOL_DIR="));
    assert_non_null(strstr(haetae_config_error(config), "/nowhere/at/all"));
    haetae_config_free(config);
}

/* ---- Starts and forks --------------------------------------------------------------------- */

static void a_start_without_memory_leaves_nothing(void **state)
{
    long live = hae_alloc_live_count();
    haetae_status status = HAETAE_ENOMEM;

    (void)state;
    for (long fail = 0; status == HAETAE_ENOMEM; fail++) {
        struct fake_exporter fake;
        haetae_config *config;
        haetae_sdk *sdk = NULL;

        fake_init(&fake, "first", fake_accept);
        config =
            sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_SPOOL_DIR", directory}),
                       SDK_FAKES(&fake));
        hae_alloc_fail_once_after(fail);
        status = haetae_sdk_start(config, &sdk);
        hae_alloc_fail_after(-1);
        haetae_config_free(config);
        haetae_sdk_free(sdk);
        fake_done(&fake);
        assert_int_equal(hae_alloc_live_count(), live);
    }
    assert_int_equal(status, HAETAE_OK);
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

/* ---- Chance ------------------------------------------------------------------------------- */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

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
        TEST(what_is_spooled_is_settled_in_the_recorders_file),
        TEST(an_item_counts_once_for_several_exporters),
        TEST(what_another_receiver_refuses_is_lost_at_once),
        TEST(a_record_may_be_done_before_its_request),
        TEST(what_the_receiver_refuses_is_dropped),
        TEST(what_is_too_large_comes_in_parts),
        TEST(parts_are_spooled_as_well),
        TEST(what_has_no_room_is_dropped_and_counted),
        TEST(requests_fit_into_the_spool),
        TEST(a_full_disk_is_as_no_spool),
        TEST(a_disk_that_fails_is_reported),
        TEST(a_receiver_that_is_back_gets_what_the_disk_refused),
        TEST(what_one_has_refused_does_not_come_back_from_the_disk),
        TEST(one_request_finds_out_about_disk_and_receiver),
        TEST(a_directory_that_cannot_serve_is_refused),
        TEST(a_start_without_memory_leaves_nothing),
        TEST(a_child_has_a_spool_of_its_own),
        TEST(the_end_does_not_spin),
        TEST(each_item_counts_once_whatever_happens),
    };

    return cmocka_run_group_tests(tests, use_test_clock, NULL);
}
