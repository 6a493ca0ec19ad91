/* SPDX-License-Identifier: Apache-2.0 */
/* A host that closes all descriptors it finds, as by closefrom(3), after the start: its recorder
 * file stays its own, and files of its own that get the numbers stay untouched. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recovery/child.h"
#include "recovery/recovery_lock.h"
#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum { SPANS = 100, DESCRIPTORS = 256 };

static haetae_sdk *start(const char *directory, struct fake_exporter *fake)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", directory},
                                           {"HAETAE_WORKER", "manual"},
                                           {"HAETAE_RECORDER_BYTES", "1m"},
                                           {"HAETAE_QUEUE_BYTES", "1m"},
                                           {"OTEL_BSP_SCHEDULE_DELAY", "0"},
                                           {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "50"},
                                           {NULL, NULL}};

    return sdk_start(settings, SDK_FAKES(fake));
}

/* By hand: not every C library has a call for it. */
static void close_all(void)
{
    for (int number = 3; number < DESCRIPTORS; number++) {
        close(number);
    }
}

static void step_until_recovered(haetae_sdk *sdk)
{
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
}

/* ---- Its own file --------------------------------------------------------------------------- */

enum { BEGUN = 1, LOOKED_AT = 2 };

static void await(_Atomic int *step, int value)
{
    while (atomic_load(step) < value) {
        sched_yield();
    }
}

/* A process that closes all, and ends in order when others have looked at its file. */
static pid_t run_host(const char *directory, _Atomic int *step)
{
    pid_t pid = fork();
    struct fake_exporter fake;
    haetae_sdk *sdk;

    assert_true(pid >= 0);
    if (pid != 0) {
        return pid;
    }
    EXPECT(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
    fake_init(&fake, "fake", fake_accept);
    sdk = start(directory, &fake);
    sdk_spans(sdk, SPANS);
    close_all();
    sdk_spans(sdk, SPANS);
    atomic_store(step, BEGUN);
    await(step, LOOKED_AT);
    EXPECT(haetae_sdk_shutdown(sdk, 10000) == HAETAE_OK);
    EXPECT(fake.item_count[HAETAE_SIGNAL_TRACES] == 2 * SPANS);
    haetae_sdk_free(sdk);
    _exit(0);
}

/* Another start leaves the file to it, and so does its own look; it removes the file at its end. */
static void a_host_that_closes_all_descriptors_keeps_its_file(void **state)
{
    _Atomic int *step =
        mmap(NULL, sizeof *step, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct fake_exporter fake;
    haetae_sdk *sdk;
    pid_t pid;
    int status;

    assert_true(step != MAP_FAILED);
    pid = run_host(*state, step);
    await(step, BEGUN);
    fake_init(&fake, "fake", fake_accept);
    sdk = start(*state, &fake);
    step_until_recovered(sdk);
    assert_int_equal(sdk->recovery->counts.files_alive, 2);
    assert_int_equal(fake_count(&fake, &fake.taken_count[HAETAE_SIGNAL_TRACES]), 0);
    assert_int_equal(witness_files(*state), 2);
    atomic_store(step, LOOKED_AT);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(witness_files(*state), 1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    munmap((void *)step, sizeof *step);
}

/* ---- Of those that it recovers -------------------------------------------------------------- */

static void leave_behind(const char *directory)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        fake_init(&fake, "fake", fake_hold);
        sdk = start(directory, &fake);
        sdk_spans(sdk, SPANS);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* What the host has open, by the numbers that were the recovery's. */
struct own {
    int numbers[2];
    char path[64];
};

static void take_number(struct own *own, int i, int number)
{
    int file = open(own->path, O_RDWR | O_CLOEXEC);

    assert_true(file >= 0);
    if (file != number) {
        assert_int_equal(dup2(file, number), number);
        close(file);
    }
    own->numbers[i] = number;
}

static void take_numbers_of(haetae_sdk *sdk, struct own *own)
{
    int file;

    snprintf(own->path, sizeof own->path, "/tmp/haetae-own-XXXXXX");
    file = mkstemp(own->path);
    assert_true(file >= 0);
    close(file);
    assert_true(sdk->recovery->file.number >= 0);
    take_number(own, 0, sdk->recovery->file.number);
    take_number(own, 1, sdk->recovery->directory->descriptor.number);
}

/* Open as before, and empty. */
static void check_own(struct own *own)
{
    struct stat facts;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(fstat(own->numbers[i], &facts), 0);
        assert_int_equal(facts.st_size, 0);
        close(own->numbers[i]);
    }
    assert_int_equal(unlink(own->path), 0);
}

static void files_of_the_host_with_the_numbers_of_a_recovery_stay_untouched(void **state)
{
    struct fake_exporter fake;
    struct own own;
    haetae_sdk *sdk;

    leave_behind(*state);
    fake_init(&fake, "fake", fake_hold);
    sdk = start(*state, &fake);
    while (fake_count(&fake, &fake.send_count) == 0) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    take_numbers_of(sdk, &own);
    fake_release(&fake, HAETAE_VERDICT_OK);
    step_until_recovered(sdk);
    assert_int_equal(fake_count(&fake, &fake.taken_count[HAETAE_SIGNAL_TRACES]), SPANS);
    assert_int_equal(witness_files(*state), 1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    check_own(&own);
    fake_done(&fake);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_host_that_closes_all_descriptors_keeps_its_file),
        TEST(files_of_the_host_with_the_numbers_of_a_recovery_stay_untouched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
