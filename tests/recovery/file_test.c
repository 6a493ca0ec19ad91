/* SPDX-License-Identifier: Apache-2.0 */
/* Directories that serve as recorder directory, and those that don't. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "recovery/recovery_directory.h"
#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

/* So many new files are removed before they are locked, as by one who recovers. */
static int removals;

int flock(int file, int operation)
{
    char link[32];
    char path[128];
    ssize_t length;

    if (removals > 0) {
        removals--;
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        length = readlink(link, path, sizeof path - 1);
        assert_true(length > 0);
        path[length] = '\0';
        assert_int_equal(unlink(path), 0);
    }
    return (int)syscall(SYS_flock, file, operation);
}

/* That a start with this directory fails, and says why, naming key and value. */
static char error_text[512];

static void check_refused(const char *directory, haetae_status expected, const char *why)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", directory}, {NULL, NULL}};
    haetae_config *config = sdk_config(settings, NULL);
    haetae_sdk *sdk = NULL;

    assert_int_equal(haetae_sdk_start(config, &sdk), expected);
    assert_null(sdk);
    if (strstr(haetae_config_error(config), "HAETAE_RECORDER_DIR=\"") == NULL ||
        strstr(haetae_config_error(config), directory) == NULL ||
        strstr(haetae_config_error(config), why) == NULL) {
        fail_msg("%s", haetae_config_error(config));
    }
    snprintf(error_text, sizeof error_text, "%s", haetae_config_error(config));
    haetae_config_free(config);
}

static void a_missing_directory_is_refused(void **state)
{
    char path[96];

    snprintf(path, sizeof path, "%s/none", (const char *)*state);
    check_refused(path, HAETAE_EVALUE, "No such file");
}

static void a_file_is_no_directory(void **state)
{
    (void)state;
    check_refused("/proc/self/status", HAETAE_EVALUE, "is not a directory");
}

static void a_link_is_not_followed(void **state)
{
    char link[96];
    char with_slash[100];

    snprintf(link, sizeof link, "%s/link", (const char *)*state);
    snprintf(with_slash, sizeof with_slash, "%s/", link);
    assert_int_equal(symlink("/tmp", link), 0);
    check_refused(link, HAETAE_EVALUE, "is not a directory");
    check_refused(with_slash, HAETAE_EVALUE, "is not a directory");
    assert_int_equal(unlink(link), 0);
}

static void a_directory_in_which_no_file_can_be_made_is_refused(void **state)
{
    (void)state;
    /* Root may write anywhere else; to others it belongs to another user. */
    check_refused("/proc", HAETAE_EVALUE,
                  geteuid() == 0 ? "no file can be made there" : "belongs to another user");
}

static void a_foreign_directory_is_refused(void **state)
{
    if (geteuid() != 0) {
        check_refused("/", HAETAE_EVALUE, "belongs to another user");
        return;
    }
    assert_int_equal(chown(*state, 12345, 12345), 0);
    check_refused(*state, HAETAE_EVALUE, "belongs to another user");
    /* No call has failed, so no error of one is named. */
    assert_string_equal(strstr(error_text, "another user"), "another user");
    assert_int_equal(chown(*state, 0, 0), 0);
}

static void a_full_file_system_is_refused(void **state)
{
    if (mount("haetae-test", *state, "tmpfs", 0, "size=256k") != 0) {
        /* Root, but of a container, may not. The next test fills a file system in another way. */
        if (getenv("REQUIRE_ALL_TESTS") != NULL && errno != EPERM && errno != EACCES) {
            fail_msg("a small tmpfs cannot be mounted: %s", strerror(errno));
        }
        print_message("a small tmpfs cannot be mounted: %s\n", strerror(errno));
        skip();
    }
    check_refused(*state, HAETAE_EIO, "gets no space: No space left");
    assert_int_equal(witness_files(*state), 0);
    assert_int_equal(umount(*state), 0);
}

static void a_file_system_without_inodes_is_refused(void **state)
{
    /* One for the directory itself. */
    if (mount("haetae-test", *state, "tmpfs", 0, "size=64m,nr_inodes=1") != 0) {
        skip();
    }
    check_refused(*state, HAETAE_EIO, "no file can be made there: No space left");
    assert_int_equal(umount(*state), 0);
}

static void a_limit_for_files_is_no_signal_but_an_error(void **state)
{
    struct rlimit before;
    struct rlimit small;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 1 << 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    check_refused(*state, HAETAE_EIO, "gets no space");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(witness_files(*state), 0);
}

/* ---- A file system without mmap ---------------------------------------------------------- */

#if !defined(__GLIBC__)
#define __real_mmap64 __real_mmap
#define __wrap_mmap64 __wrap_mmap
#define off64_t       off_t
#endif

static bool no_mmap;   /* of files */
static bool no_memory; /* nor of anything else */

void *__real_mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset);

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset)
{
    if ((no_mmap && file >= 0) || no_memory) {
        errno = no_memory ? ENOMEM : ENODEV;
        return MAP_FAILED;
    }
    return __real_mmap64(at, size, protection, flags, file, offset);
}

static void a_file_system_without_mmap_is_refused(void **state)
{
    no_mmap = true;
    check_refused(*state, HAETAE_EVALUE, "cannot be mapped: No such device");
    no_mmap = false;
    assert_int_equal(witness_files(*state), 0);
}

static void the_file_is_for_its_owner_only(void **state)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", *state}, {NULL, NULL}};
    haetae_sdk *sdk = sdk_start(settings, NULL);
    char command[256];
    mode_t mask = umask(0);

    snprintf(command, sizeof command, "test \"$(stat -c %%a %s/*.haetae)\" = 600",
             (const char *)*state);
    assert_int_equal(system(command), 0);
    (void)umask(mask);
    haetae_sdk_free(sdk);
    assert_int_equal(witness_files(*state), 0);
}

/* A dead process with log records. */
static void leave_logs(const char *directory, unsigned count)
{
    const struct sdk_setting settings[] = {
        {"HAETAE_RECORDER_DIR", directory}, {"HAETAE_WORKER", "manual"}, {NULL, NULL}};
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        sdk_logs(sdk_start(settings, NULL), count);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* That so many come, and so many files are left. */
static void check_recovered(const char *directory, unsigned log_count, unsigned files_left)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct fake_exporter fake;
    haetae_config *config;

    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(NULL, SDK_FAKES(&fake));
    assert_int_equal(haetae_recover(config, directory, 60000, &recovery), HAETAE_OK);
    assert_int_equal(recovery.files_left, files_left);
    assert_int_equal(recovery.delivered_log_records, log_count);
    assert_int_equal(witness_files(directory), files_left);
    haetae_config_free(config);
    fake_done(&fake);
}

static void a_file_that_cannot_be_mapped_now_counts_as_left(void **state)
{
    leave_logs(*state, 3);
    no_mmap = true;
    check_recovered(*state, 0, 1);
    no_mmap = false;
    check_recovered(*state, 3, 0);
}

static void keep_diagnostic(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)level;
    snprintf(user, 160, "%s", text);
}

static void a_directory_that_memory_does_not_suffice_to_list_is_told_of(void **state)
{
    const struct sdk_setting settings[] = {
        {"HAETAE_RECORDER_DIR", *state}, {"HAETAE_WORKER", "manual"}, {NULL, NULL}};
    char diagnosed[160] = "";
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    leave_logs(*state, 3);
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(settings, SDK_FAKES(&fake));
    assert_int_equal(haetae_config_set_diagnostics(config, keep_diagnostic, diagnosed), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    hae_alloc_fail_after(0);
    hae_recovery_look(sdk->recovery);
    hae_alloc_fail_after(-1);
    assert_non_null(strstr(diagnosed, "recorder directory: cannot be read now: "));
    assert_non_null(strstr(diagnosed, strerror(ENOMEM)));
    assert_int_equal(sdk->recovery->counts.files_put_off, 1);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    check_recovered(*state, 3, 0);
}

/* ---- A child without memory for its own view of the file --------------------------- */

struct forked {
    struct fake_exporter fake;
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    pid_t pid;
};

/* A child for which the mapping fails; 3 spans are the parent's. */
static void fork_without_mapping(struct forked *forked, const char *directory)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", directory},
                                           {"HAETAE_WORKER", "manual"},
                                           {"HAETAE_RECORDER_BYTES", "1m"},
                                           {NULL, NULL}};

    fake_init(&forked->fake, "fake", fake_accept);
    forked->sdk = sdk_start(settings, SDK_FAKES(&forked->fake));
    forked->tracer = haetae_tracer_named(forked->sdk, "forked");
    sdk_spans_of(forked->tracer, 3);
    no_memory = true;
    forked->pid = fork();
    assert_true(forked->pid >= 0);
    if (forked->pid != 0) {
        no_memory = false;
    }
}

/* How the child ended. */
static int await_child(const struct forked *forked)
{
    int status = -1;

    assert_int_equal(waitpid(forked->pid, &status, 0), forked->pid);
    return status;
}

/* That the parent delivers its own, and nothing else. */
static void end_parent(struct forked *forked, const char *directory)
{
    assert_int_equal(haetae_sdk_shutdown(forked->sdk, 10000), HAETAE_OK);
    sdk_all_delivered(forked->sdk, HAETAE_SIGNAL_TRACES, 3);
    haetae_sdk_free(forked->sdk);
    assert_int_equal(forked->fake.item_count[HAETAE_SIGNAL_TRACES], 3);
    fake_done(&forked->fake);
    assert_int_equal(witness_files(directory), 0);
}

/* As a call does that a handler interrupted, which forked. */
static void a_child_without_a_view_of_its_own_cannot_write_into_the_file(void **state)
{
    struct hae_region *region;
    struct forked forked;
    int status;

    fork_without_mapping(&forked, *state);
    region = forked.sdk->recorder->region;
    if (forked.pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer would tell of it */
        region->scope_offset[HAE_SCOPES_MAX - 1] = 42;
        _exit(0);
    }
    status = await_child(&forked);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
    assert_int_equal(region->scope_offset[HAE_SCOPES_MAX - 1], 0);
    end_parent(&forked, *state);
}

static void a_child_without_memory_counts_what_it_drops(void **state)
{
    struct forked forked;

    fork_without_mapping(&forked, *state);
    if (forked.pid == 0) {
        struct sdk_numbers numbers;

        sdk_spans_of(forked.tracer, 5);
        (void)haetae_sdk_shutdown(forked.sdk, 1000);
        numbers = sdk_numbers(forked.sdk, HAETAE_SIGNAL_TRACES);
        _exit(numbers.recorded == 5 && numbers.dropped[HAETAE_DROP_FORK] == 5 ? 0 : 1);
    }
    assert_int_equal(await_child(&forked), 0);
    end_parent(&forked, *state);
}

static void a_child_that_gets_memory_later_records_then(void **state)
{
    struct forked forked;

    fork_without_mapping(&forked, *state);
    if (forked.pid == 0) {
        no_memory = false;
        sdk_spans_of(forked.tracer, 5);
        if (haetae_sdk_shutdown(forked.sdk, 10000) != HAETAE_OK) {
            _exit(1);
        }
        sdk_all_delivered(forked.sdk, HAETAE_SIGNAL_TRACES, 5);
        haetae_sdk_free(forked.sdk);
        _exit(0);
    }
    assert_int_equal(await_child(&forked), 0);
    end_parent(&forked, *state);
}

static void another_file_is_made_when_one_is_removed_before_it_is_locked(void **state)
{
    const struct sdk_setting settings[] = {{"HAETAE_RECORDER_DIR", *state}, {NULL, NULL}};
    haetae_sdk *sdk;

    removals = 3;
    errno = ENOTTY; /* of something that failed before */
    sdk = sdk_start(settings, NULL);
    assert_int_equal(removals, 0);
    assert_int_equal(witness_files(*state), 1);
    haetae_sdk_free(sdk);
    assert_int_equal(witness_files(*state), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_missing_directory_is_refused),
        TEST(a_file_is_no_directory),
        TEST(a_link_is_not_followed),
        TEST(a_directory_in_which_no_file_can_be_made_is_refused),
        TEST(a_foreign_directory_is_refused),
        TEST(a_full_file_system_is_refused),
        TEST(a_file_system_without_inodes_is_refused),
        TEST(a_limit_for_files_is_no_signal_but_an_error),
        TEST(a_file_system_without_mmap_is_refused),
        TEST(a_file_that_cannot_be_mapped_now_counts_as_left),
        TEST(a_directory_that_memory_does_not_suffice_to_list_is_told_of),
        TEST(another_file_is_made_when_one_is_removed_before_it_is_locked),
        TEST(the_file_is_for_its_owner_only),
        TEST(a_child_without_a_view_of_its_own_cannot_write_into_the_file),
        TEST(a_child_without_memory_counts_what_it_drops),
        TEST(a_child_that_gets_memory_later_records_then),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
