/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of a process and its forked child, both killed: each measurement comes back once. And
 * times of what is recovered. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "metrics/message.h"
#include "pipeline/intake_driver.h"
#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

static haetae_sdk *start(const char *directory, struct fake_exporter *fake)
{
    const struct sdk_setting settings[] = {
        {"HAETAE_RECORDER_DIR", directory}, {"HAETAE_WORKER", "manual"},
        {"HAETAE_RECORDER_BYTES", "1m"},    {"HAETAE_QUEUE_BYTES", "1m"},
        {"OTEL_BLRP_SCHEDULE_DELAY", "0"},  {NULL, NULL}};

    return sdk_start(settings, SDK_FAKES(fake));
}

static void count_of(haetae_sdk *sdk, const char *name)
{
    const haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of(name));
    haetae_counter *counter = NULL;

    if (haetae_counter_create(haetae_meter_named(sdk, "m"), &options, &counter) != HAETAE_OK) {
        _exit(9);
    }
    haetae_counter_add(counter, 1, NULL, 0);
}

static void tell(const int ends[2])
{
    char byte = 0;

    if (write(ends[1], &byte, 1) != 1) {
        _exit(8);
    }
}

static void await(const int ends[2])
{
    char byte;

    if (read(ends[0], &byte, 1) != 1) {
        _exit(7);
    }
}

/* The child's first record comes when its parent has made another instrument. */
static void be_parent(const char *directory, const int made[2], const int recorded[2])
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    pid_t child;

    fake_init(&fake, "fake", fake_hold);
    sdk = start(directory, &fake);
    count_of(sdk, "before");
    child = fork();
    if (child == 0) {
        await(made);
        sdk_logs(sdk, 1);
        tell(recorded);
        pause();
    }
    count_of(sdk, "after");
    tell(made);
    await(recorded);
    kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    _exit(0);
}

static haetae_recovery recover(const char *directory)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct fake_exporter fake;
    haetae_config *config;

    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(NULL, SDK_FAKES(&fake));
    assert_int_equal(haetae_recover(config, directory, 60000, &recovery), HAETAE_OK);
    haetae_config_free(config);
    fake_done(&fake);
    return recovery;
}

static void an_instrument_made_after_the_fork_is_the_parents_only(void **state)
{
    int made[2], recorded[2];
    haetae_recovery recovery;
    pid_t pid;

    assert_int_equal(pipe(made) | pipe(recorded), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        be_parent(*state, made, recorded);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    for (int i = 0; i < 2; i++) {
        close(made[i]);
        close(recorded[i]);
    }
    recovery = recover(*state);
    assert_int_equal(recovery.files_recovered, 2);
    assert_int_equal(recovery.files_corrupt, 0);
    assert_int_equal(recovery.delivered_log_records, 1);
    assert_int_equal(recovery.delivered_data_points, 2);
}

/* ---- Times ------------------------------------------------------------------------------- */

/* The time of the collection whose points the receiver has. */
static void a_recovered_point_is_not_older_than_one_that_was_delivered(void **state)
{
    struct fake_exporter fake;
    struct hae_stored *stored;
    haetae_sdk *sdk;
    uint64_t collected_unix_ns;

    fake_init(&fake, "fake", fake_accept);
    sdk = start(*state, &fake);
    stored = sdk->recorder->file->stored;
    count_of(sdk, "counter");
    for (int i = 0; i < 3; i++) {
        struct hae_source source = hae_metrics_source(&sdk->readers.of[0].source);
        struct hae_run run = {.now_ms = hae_now_ms(), .flushing = true};

        /* Only the metrics: nothing else notes the time. */
        collected_unix_ns = hae_clock_now_unix_ns(&sdk->recorder->region->clock);
        (void)hae_intake_run(&sdk->pipeline.intake, &source, &run);
        assert_true(stored->last_known_unix_ns >= collected_unix_ns);
    }
    haetae_sdk_free(sdk);
    fake_done(&fake);
    (void)recover(*state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_instrument_made_after_the_fork_is_the_parents_only),
        TEST(a_recovered_point_is_not_older_than_one_that_was_delivered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
