/* SPDX-License-Identifier: Apache-2.0 */
/* A spool on a disk that is full, fails, or has no room: nothing is lost that could be
 * delivered. */
#include <sys/resource.h>

#include "base/alloc.h"
#include "sdk/sdk_internal.h"
#include "spool_fixture.h"

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
            assert_int_equal(haetae_sdk_force_flush(sdk, DISK_MS), HAETAE_OK);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_has_no_room_is_dropped_and_counted),
        TEST(requests_fit_into_the_spool),
        TEST(a_full_disk_is_as_no_spool),
        TEST(a_disk_that_fails_is_reported),
        TEST(a_receiver_that_is_back_gets_what_the_disk_refused),
        TEST(what_one_has_refused_does_not_come_back_from_the_disk),
        TEST(one_request_finds_out_about_disk_and_receiver),
        TEST(a_directory_that_cannot_serve_is_refused),
        TEST(a_start_without_memory_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, use_test_clock, NULL);
}
