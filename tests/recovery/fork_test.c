/* SPDX-License-Identifier: Apache-2.0 */
/* fork() while a process recovers: the child lets go of everything, and the parent goes on. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum { LOGS = 20 };

static haetae_sdk *start(const char *directory, struct fake_exporter *fake)
{
    const struct sdk_setting settings[] = {
        {"HAETAE_RECORDER_DIR", directory}, {"HAETAE_WORKER", "manual"},
        {"HAETAE_RECORDER_BYTES", "1m"},    {"HAETAE_QUEUE_BYTES", "1m"},
        {"OTEL_BLRP_SCHEDULE_DELAY", "0"},  {NULL, NULL}};

    return sdk_start(settings, SDK_FAKES(fake));
}

static void leave_behind(const char *directory)
{
    struct fake_exporter fake;
    pid_t pid;

    fake_init(&fake, "fake", fake_hold);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        sdk_logs(start(directory, &fake), LOGS);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    fake_done(&fake);
}

/* What a child of a recovering process finds. Returns its exit status. */
static int look_in_child(haetae_sdk *sdk, bool idle)
{
    struct hae_recovery *recovery = sdk->recovery;

    if (!idle) {
        hae_recovery_in_child(recovery, false);
    }
    if (recovery->file.number >= 0 || recovery->memory != NULL ||
        recovery->directory->descriptor.number >= 0) {
        return 1;
    }
    if (!hae_recovery_done(recovery) || recovery->beside->file.number >= 0) {
        return 2;
    }
    if (!idle && (recovery->names != NULL || recovery->kept != NULL)) {
        return 3;
    }
    /* A request of the parent's that ends here changes nothing. */
    haetae_sdk_free(sdk);
    return 0;
}

static bool is_locked(const char *directory, const char *name)
{
    char path[256];
    bool locked;
    int file;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    file = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    locked = flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(file);
    return locked;
}

static void fork_while_recovering(const char *directory, bool idle)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    int status;
    pid_t pid;

    leave_behind(directory);
    fake_init(&fake, "fake", fake_hold);
    sdk = start(directory, &fake);
    while (!sdk->recovery->outstanding) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(look_in_child(sdk, idle));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(WIFEXITED(status));
    assert_true(is_locked(directory, sdk->recovery->current.name));
    fake_release(&fake, HAETAE_VERDICT_OK);
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, LOGS);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    assert_int_equal(witness_files(directory), 0);
}

static void a_child_lets_go_of_what_its_parent_recovers(void **state)
{
    fork_while_recovering(*state, true);
}

static void so_does_one_of_a_parent_that_was_at_it(void **state)
{
    fork_while_recovering(*state, false);
}

static void without_a_recovery_there_is_nothing_to_let_go(void **state)
{
    (void)state;
    hae_recovery_in_child(NULL, true);
    hae_recovery_in_child(NULL, false);
    hae_recovery_free(NULL);
}

/* Between two files, and with one that is kept for others. */
static void a_child_forgets_the_files_that_its_parent_keeps(void **state)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    int status;
    pid_t pid;

    leave_behind(*state);
    fake_init(&fake, "fake", fake_accept);
    fake.ops.signals = UINT32_C(1) << HAETAE_SIGNAL_TRACES;
    sdk = start(*state, &fake);
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(sdk->recovery->kept_count, 1);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(look_in_child(sdk, false));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(sdk->recovery->kept_count, 1);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    fake_init(&fake, "fake", fake_accept);
    sdk = start(*state, &fake);
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, LOGS);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_child_lets_go_of_what_its_parent_recovers),
        TEST(so_does_one_of_a_parent_that_was_at_it),
        TEST(without_a_recovery_there_is_nothing_to_let_go),
        TEST(a_child_forgets_the_files_that_its_parent_keeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
