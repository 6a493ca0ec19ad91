/* SPDX-License-Identifier: Apache-2.0 */
/* A process that forks in the middle of a recovery's turn, and dies: its child, which lives on,
 * does not keep others from recovering the file. And a file that another process locks meanwhile.
 */
#include <errno.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/pipeline.h"
#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum { LOGS = 3 };

/* When the process forks and dies. */
enum moment { NEVER, LOCKED, LOCKED_BESIDE, ABOUT_TO_CLOSE };
static enum moment moment;
static unsigned lock_count;
static int locked_file = -1;
/* How many locks are got before another process has those that follow; 0: no other is there. */
static unsigned other_after;

/* Pipes by which the child says that it is there, and is told to end. */
static int ready[2];
static int hold[2];

/* The child lives until the test lets it end. */
static void fork_and_die(void)
{
    char byte = 0;
    pid_t pid = fork();

    if (pid == 0) {
        close(hold[1]);
        (void)!write(ready[1], &byte, 1);
        (void)!read(hold[0], &byte, 1);
    }
    _exit(pid > 0 ? 0 : 1);
}

int __real_flock(int file, int operation);
int __wrap_flock(int file, int operation);
int __real_close(int file);
int __wrap_close(int file);

int __wrap_flock(int file, int operation)
{
    int result;

    if (other_after != 0 && lock_count >= other_after && (operation & LOCK_EX) != 0) {
        errno = EWOULDBLOCK;
        return -1;
    }
    result = __real_flock(file, operation);
    lock_count += result == 0 && operation != LOCK_UN && other_after != 0;
    if (result == 0 && operation != LOCK_UN && moment != NEVER) {
        locked_file = file;
        lock_count++;
        /* Beside: two while it looks, one to read, and then the limit is looked at. */
        if (moment == LOCKED || (moment == LOCKED_BESIDE && lock_count > 3)) {
            fork_and_die();
        }
    }
    return result;
}

int __wrap_close(int file)
{
    if (moment == ABOUT_TO_CLOSE && file == locked_file) {
        moment = NEVER;
        fork_and_die();
    }
    return __real_close(file);
}

static haetae_sdk *start_with_limit(const char *directory, struct fake_exporter *fake,
                                    fake_behaviour behave, const char *limit)
{
    const struct sdk_setting settings[] = {
        {"HAETAE_RECORDER_DIR", directory},       {"HAETAE_RECORDER_BYTES", "256k"},
        {"HAETAE_QUEUE_BYTES", "256k"},           {"HAETAE_WORKER", "manual"},
        {"HAETAE_RECORDER_DIR_MAX_BYTES", limit}, {NULL, NULL}};

    fake_init(fake, "fake", behave);
    return sdk_start(settings, SDK_FAKES(fake));
}

static haetae_sdk *start(const char *directory, struct fake_exporter *fake, fake_behaviour behave)
{
    return start_with_limit(directory, fake, behave, "1g");
}

static uint64_t time_ms;

static uint64_t passing_ms(void)
{
    return time_ms += 1000;
}

/* Runs a process that leaves log records, or one that recovers them and dies at that moment. */
static void run(const char *directory, enum moment dies_at)
{
    struct fake_exporter fake;
    int status = -1;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        haetae_sdk *sdk = start(directory, &fake, fake_hold);

        if (dies_at == NEVER) {
            sdk_logs(sdk, LOGS);
            _exit(0);
        }
        hae_set_clock_ms(passing_ms);
        moment = dies_at;
        for (int i = 0; i < 100; i++) {
            (void)haetae_sdk_step(sdk, 0);
        }
        _exit(2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void check_child_holds_nothing(const char *directory, enum moment dies_at)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    char byte;

    assert_int_equal(pipe(ready) | pipe(hold), 0);
    run(directory, NEVER);
    run(directory, NEVER);
    run(directory, dies_at);
    assert_int_equal(read(ready[0], &byte, 1), 1);

    sdk = start(directory, &fake, fake_accept);
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(sdk->recovery->counts.files_alive, 1); /* its own */
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, (uint64_t)2 * LOGS);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(hold[i]);
    }
    assert_int_equal(witness_files(directory), 0);
}

static void a_child_forked_when_a_file_is_locked_does_not_hold_it(void **state)
{
    check_child_holds_nothing(*state, LOCKED);
}

static void nor_one_forked_while_another_one_is_read(void **state)
{
    check_child_holds_nothing(*state, LOCKED_BESIDE);
}

static void nor_does_one_forked_when_it_is_being_closed(void **state)
{
    check_child_holds_nothing(*state, ABOUT_TO_CLOSE);
}

/* It was free when the directory was listed, and is beyond the limit. */
static void a_file_that_another_locks_before_it_is_removed_stays(void **state)
{
    const char *directory = *state;
    struct fake_exporter fake;
    haetae_sdk *sdk;

    run(directory, NEVER);
    for (int i = 0; i < 2; i++) {
        sdk = start_with_limit(directory, &fake, fake_accept, "0");
        lock_count = 0;
        other_after = i == 0 ? 1 : 0;
        while (!hae_recovery_done(sdk->recovery)) {
            assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
        }
        other_after = 0;
        assert_int_equal(sdk->recovery->counts.files_removed, i);
        assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
        haetae_sdk_free(sdk);
        fake_done(&fake);
        assert_int_equal(witness_files(directory), 1 - i);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_child_forked_when_a_file_is_locked_does_not_hold_it),
        TEST(nor_one_forked_while_another_one_is_read),
        TEST(nor_does_one_forked_when_it_is_being_closed),
        TEST(a_file_that_another_locks_before_it_is_removed_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
