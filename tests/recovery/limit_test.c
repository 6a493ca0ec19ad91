/* SPDX-License-Identifier: Apache-2.0 */
/* Looks into a recorder directory: which files go when those of dead processes take more than
 * HAETAE_RECORDER_DIR_MAX_BYTES, and what is reported once. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* ---- Once a minute --------------------------------------------------------------------------- */

static uint64_t time_ms;

static uint64_t pretended_ms(void)
{
    return time_ms;
}

static unsigned reported_alone;

static void count_report(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    (void)level;
    reported_alone += strstr(text, "it is left alone") != NULL;
}

static haetae_config *configure(const char *directory, struct fake_exporter *fake)
{
    return sdk_config(SDK_SETTINGS({"HAETAE_RECORDER_DIR", directory},
                                   {"HAETAE_RECORDER_BYTES", "256k"},
                                   {"HAETAE_QUEUE_BYTES", "256k"}, {"HAETAE_WORKER", "manual"}),
                      SDK_FAKES(fake));
}

/* Dies, and its file gets another version. */
static void leave_other_version(const char *directory)
{
    static const uint32_t version = HAE_REGION_VERSION + 1;
    pid_t pid = fork();
    char path[PATH_BYTES + 256] = "";
    struct dirent *entry;
    DIR *stream;
    int file;

    assert_true(pid >= 0);
    if (pid == 0) {
        struct fake_exporter fake;
        haetae_sdk *sdk = NULL;

        fake_init(&fake, "fake", fake_hold);
        _exit(haetae_sdk_start(configure(directory, &fake), &sdk) != HAETAE_OK);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    stream = opendir(directory);
    assert_non_null(stream);
    while ((entry = readdir(stream)) != NULL) {
        if (strstr(entry->d_name, ".haetae") != NULL) {
            snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        }
    }
    closedir(stream);
    file = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(
        pwrite(file, &version, sizeof version, (off_t)offsetof(struct hae_region, version)),
        sizeof version);
    close(file);
}

static void what_is_left_alone_is_reported_at_the_first_look_only(void **state)
{
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    leave_other_version(*state);
    time_ms = 1000000;
    hae_set_clock_ms(pretended_ms);
    fake_init(&fake, "fake", fake_accept);
    config = configure(*state, &fake);
    reported_alone = 0;
    assert_int_equal(haetae_config_set_diagnostics(config, count_report, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    for (int i = 0; i < 10 * 60; i++) {
        time_ms += 1000;
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    hae_set_clock_ms(NULL);
    assert_int_equal(reported_alone, 1);
    assert_true(sdk->recovery->counts.files_other > 1); /* as often as it looked */
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    assert_int_equal(witness_files(*state), 1);
    assert_int_equal(look(*state, 0), 1); /* the limit counts it as well */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_newest_files_that_fit_exactly_are_kept),
        TEST(of_files_of_one_time_the_first_names_go),
        TEST(what_is_left_alone_is_reported_at_the_first_look_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
