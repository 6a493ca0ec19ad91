/* SPDX-License-Identifier: Apache-2.0 */
/* Every file call of a forked child's first record fails in turn, alone and with all after it. The
 * child counts what it cannot record, goes on when the calls succeed again, and leaves nothing. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recovery/child.h"
#include "recovery/file_calls.h"
#include "recovery/witness.h"
#include "support/sdk_fixture.h"

enum { RECORDS = 4, FILE_DESCRIPTORS = 3 };

/* How a child ends in which all was as expected. */
enum { ONE_FAILED, LOCK_FAILED = 2, NONE_FAILED = 3 };

static struct {
    struct fake_exporter fake;
    haetae_sdk *sdk;
    haetae_logger *logger;
    const char *directory;
} parent;

static unsigned descriptor_count(void)
{
    return witness_files("/proc/self/fd");
}

/* In the child. */
static void fail_and_go_on(long first, bool all, unsigned error)
{
    unsigned descriptors = descriptor_count();
    struct sdk_numbers numbers;
    long failed;

    file_calls_fail(first, all, error);
    sdk_logs_of(parent.logger, RECORDS);
    failed = file_calls_end();
    sdk_logs_of(parent.logger, RECORDS);
    if (!all && strcmp(file_calls_failed(), "flock") != 0) {
        /* There is a file with its descriptors, or there is nothing of it; and the wake-up. */
        EXPECT(descriptor_count() - descriptors ==
               1 + FILE_DESCRIPTORS * (witness_files(parent.directory) - 1));
    }
    EXPECT(haetae_sdk_force_flush(parent.sdk, 10000) != HAETAE_ETIMEOUT);
    EXPECT(haetae_sdk_shutdown(parent.sdk, 10000) != HAETAE_ETIMEOUT);
    numbers = sdk_numbers(parent.sdk, HAETAE_SIGNAL_LOGS);
    EXPECT(numbers.recorded == 2 * RECORDS);
    EXPECT(numbers.held == 0);
    EXPECT(numbers.delivered + numbers.dropped_total == 2 * RECORDS);
    /* All of the second half. */
    EXPECT(numbers.delivered >= RECORDS);
    EXPECT(parent.fake.item_count[HAETAE_SIGNAL_LOGS] == numbers.delivered);
    haetae_sdk_free(parent.sdk);
    EXPECT(descriptor_count() == descriptors);
    if (failed == 0) {
        _exit(NONE_FAILED);
    }
    _exit(strcmp(file_calls_failed(), "flock") == 0 ? LOCK_FAILED : ONE_FAILED);
}

/* A file that somebody else has locked is left to them, and one that cannot be removed stays.
 * Whoever recovers removes it. There is nothing in it. */
static void recover_empty_file(void)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct fake_exporter fake;
    haetae_config *config;

    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(NULL, SDK_FAKES(&fake));
    assert_int_equal(haetae_recover(config, parent.directory, 10000, &recovery), HAETAE_OK);
    assert_int_equal(recovery.delivered_log_records, 0);
    haetae_config_free(config);
    fake_done(&fake);
}

/* Whether a call failed. */
static bool run(long first, bool all, unsigned error)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        fail_and_go_on(first, all, error);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 1) {
        fail_msg("call %ld%s with error %u: status %#x", first, all ? " and all after it" : "",
                 error, (unsigned)status);
    }
    if (all || WEXITSTATUS(status) == LOCK_FAILED) {
        recover_empty_file();
    }
    if (witness_files(parent.directory) != 1) {
        fail_msg("call %ld%s with error %u: %u files", first, all ? " and all after it" : "", error,
                 witness_files(parent.directory));
    }
    return WEXITSTATUS(status) != NONE_FAILED;
}

static void no_failing_file_call_of_a_child_leaves_anything(void **state)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", *state},
                                           {"HAETAE_WORKER", "manual"},
                                           {"HAETAE_RECORDER_BYTES", "256k"},
                                           {"HAETAE_QUEUE_BYTES", "256k"},
                                           {NULL, NULL}};

    parent.directory = *state;
    fake_init(&parent.fake, "fake", fake_accept);
    parent.sdk = sdk_start(settings, SDK_FAKES(&parent.fake));
    parent.logger = haetae_logger_named(parent.sdk, "test");
    for (unsigned error = 0; error < FILE_CALL_ERRORS; error++) {
        for (int all = 0; all < 2; all++) {
            long first = 0;

            while (run(first, all != 0, error)) {
                first++;
            }
            assert_true(first > 5); /* it came to all of them */
        }
    }
    assert_int_equal(haetae_sdk_shutdown(parent.sdk, 10000), HAETAE_OK);
    haetae_sdk_free(parent.sdk);
    fake_done(&parent.fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_failing_file_call_of_a_child_leaves_anything,
                                        witness_set_up, witness_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
