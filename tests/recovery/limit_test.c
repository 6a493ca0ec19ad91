/* SPDX-License-Identifier: Apache-2.0 */
/* Which files go when those of dead processes take more than HAETAE_RECORDER_DIR_MAX_BYTES. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

enum { FILES = 8, KEPT = 3, FILE_BYTES = 65536, PATH_BYTES = 160 };

/* In the order of their making, as the days that they are old. */
static const int ages[FILES] = {5, 2, 8, 1, 7, 3, 6, 4};

static void path_of(char path[PATH_BYTES], const char *directory, unsigned index)
{
    /* One that was read before: nothing but the limit removes it. */
    snprintf(path, PATH_BYTES, "%s/%u-%x.haetae.corrupt", directory, index + 1, index);
}

/* Returns what it takes on the disk. */
static uint64_t make_file(const char *directory, unsigned index, int age)
{
    static const char content[FILE_BYTES] = "x";
    struct timespec times[2];
    char path[PATH_BYTES];
    struct stat status;
    int file;

    times[0] = times[1] = (struct timespec){.tv_sec = 1000000000 - age * 86400};
    path_of(path, directory, index);
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, content, sizeof content), sizeof content);
    assert_int_equal(fsync(file), 0);
    assert_int_equal(futimens(file, times), 0);
    assert_int_equal(fstat(file, &status), 0);
    close(file);
    return (uint64_t)status.st_blocks * 512;
}

static bool exists(const char *directory, unsigned index)
{
    char path[PATH_BYTES];

    path_of(path, directory, index);
    return access(path, F_OK) == 0;
}

/* Starts, looks into the directory, and ends; returns how many files it removed. */
static uint64_t look(const char *directory, uint64_t limit_bytes)
{
    char limit[32];
    struct fake_exporter fake;
    uint64_t removed;
    haetae_sdk *sdk;

    snprintf(limit, sizeof limit, "%llu", (unsigned long long)limit_bytes);
    fake_init(&fake, "fake", fake_accept);
    sdk = sdk_start(SDK_SETTINGS({"HAETAE_RECORDER_DIR", directory},
                                 {"HAETAE_RECORDER_DIR_MAX_BYTES", limit},
                                 {"HAETAE_RECORDER_BYTES", "256k"}, {"HAETAE_QUEUE_BYTES", "256k"},
                                 {"HAETAE_WORKER", "manual"}),
                    SDK_FAKES(&fake));
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    removed = sdk->recovery->counts.files_removed;
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    return removed;
}

static void the_newest_files_that_fit_exactly_are_kept(void **state)
{
    uint64_t each = 0;

    for (unsigned i = 0; i < FILES; i++) {
        each = make_file(*state, i, ages[i]);
    }
    assert_int_equal(look(*state, FILES * each), 0);
    assert_int_equal(look(*state, KEPT * each), FILES - KEPT);
    for (unsigned i = 0; i < FILES; i++) {
        if (exists(*state, i) != (ages[i] <= KEPT)) {
            fail_msg("the file of %d days %s", ages[i], exists(*state, i) ? "stays" : "is gone");
        }
    }
    assert_int_equal(look(*state, KEPT * each - 1), 1);
    assert_int_equal(witness_files(*state), KEPT - 1);
    assert_int_equal(look(*state, 0), KEPT - 1);
}

/* By their names, so that each look makes the same of them. */
static void of_files_of_one_time_the_first_names_go(void **state)
{
    uint64_t each = 0;

    for (unsigned i = 0; i < FILES; i++) {
        each = make_file(*state, i, 1);
    }
    assert_int_equal(look(*state, KEPT * each), FILES - KEPT);
    for (unsigned i = 0; i < FILES; i++) {
        assert_int_equal(exists(*state, i), i >= FILES - KEPT);
    }
    assert_int_equal(look(*state, 0), KEPT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_newest_files_that_fit_exactly_are_kept),
        TEST(of_files_of_one_time_the_first_names_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
