/* SPDX-License-Identifier: Apache-2.0 */
/* The file that a forked child of a process with a recorder directory has there, and when it has
 * none. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "recovery/child.h"
#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

static void await_success(pid_t pid)
{
    int status = -1;

    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* ---- A parent that goes on ------------------------------------------------------------------ */

static struct {
    struct fake_exporter fake;
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    haetae_logger *logger;
    const char *directory;
    char told[512]; /* the last diagnostic */
} parent;

static void keep_diagnostic(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    (void)level;
    snprintf(parent.told, sizeof parent.told, "%s", text);
}

/* It has recorded 3 spans, which it has not delivered yet. */
static void begin_parent_with(const char *directory, const char *bytes_max, fake_behaviour behave)
{
    const struct sdk_setting settings[] = {
        {"HAETAE_RECORDER_DIR", directory}, {"HAETAE_RECORDER_DIR_MAX_BYTES", bytes_max},
        {"HAETAE_WORKER", "manual"},        {"HAETAE_RECORDER_BYTES", "1m"},
        {"HAETAE_QUEUE_BYTES", "1m"},       {NULL, NULL}};
    haetae_config *config;

    memset(&parent, 0, sizeof parent);
    parent.directory = directory;
    fake_init(&parent.fake, "fake", behave);
    config = sdk_config(settings, SDK_FAKES(&parent.fake));
    assert_int_equal(haetae_config_set_diagnostics(config, keep_diagnostic, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &parent.sdk), HAETAE_OK);
    haetae_config_free(config);
    parent.tracer = haetae_tracer_named(parent.sdk, "parent");
    parent.logger = haetae_logger_named(parent.sdk, "parent");
    sdk_spans_of(parent.tracer, 3);
}

static void begin_parent(const char *directory)
{
    begin_parent_with(directory, "256m", fake_accept);
}

/* It has no file of others any more. */
static void stop_parent(void)
{
    assert_int_equal(witness_files(parent.directory), 1);
    assert_int_equal(haetae_sdk_shutdown(parent.sdk, 10000), HAETAE_OK);
    assert_int_equal(witness_files(parent.directory), 0);
}

static void free_parent(void)
{
    haetae_sdk_free(parent.sdk);
    fake_done(&parent.fake);
}

/* And delivers what is its own, and only that. */
static void end_parent(void)
{
    stop_parent();
    sdk_all_delivered(parent.sdk, HAETAE_SIGNAL_TRACES, 3);
    assert_int_equal(parent.fake.item_count[HAETAE_SIGNAL_TRACES], 3);
    free_parent();
}

static void a_child_that_records_has_a_file_until_all_is_delivered(void **state)
{
    pid_t pid;

    begin_parent(*state);
    pid = fork();
    if (pid == 0) {
        sdk_spans_of(parent.tracer, 1);
        EXPECT(witness_files(*state) == 2);
        EXPECT(haetae_sdk_force_flush(parent.sdk, 10000) == HAETAE_OK);
        EXPECT(witness_files(*state) == 2);
        EXPECT(haetae_sdk_shutdown(parent.sdk, 10000) == HAETAE_OK);
        EXPECT(witness_files(*state) == 1);
        EXPECT(parent.fake.item_count[HAETAE_SIGNAL_TRACES] == 1);
        EXPECT(parent.told[0] == '\0');
        haetae_sdk_free(parent.sdk);
        _exit(0);
    }
    await_success(pid);
    end_parent();
}

/* Also what lies in reserve there. */
static void a_childs_file_is_laid_out_as_its_parents(void **state)
{
    pid_t pid;

    begin_parent(*state);
    pid = fork();
    if (pid == 0) {
        struct hae_stored_journal journals[HAE_SIGNAL_ROOM];
        const struct hae_stored *stored;

        stored = hae_region_at(parent.sdk->recorder->region,
                               parent.sdk->recorder->region->stored_offset);
        memcpy(journals, stored->journals, sizeof journals);
        sdk_spans_of(parent.tracer, 1);
        stored = parent.sdk->recorder->file->stored;
        EXPECT(stored->pid == (uint32_t)getpid());
        for (int i = 0; i < HAE_SIGNAL_ROOM; i++) {
            EXPECT(stored->journals[i].offset == journals[i].offset);
            EXPECT(stored->journals[i].size_bytes == journals[i].size_bytes);
        }
        EXPECT(haetae_sdk_shutdown(parent.sdk, 10000) == HAETAE_OK);
        haetae_sdk_free(parent.sdk);
        _exit(0);
    }
    await_success(pid);
    end_parent();
}

static void do_nothing(void)
{
}

static void execute(void)
{
    execl("/bin/true", "true", (char *)NULL);
    _exit(127);
}

static void end_what_it_inherited(void)
{
    EXPECT(haetae_sdk_force_flush(parent.sdk, 10000) == HAETAE_OK);
    EXPECT(haetae_sdk_shutdown(parent.sdk, 10000) == HAETAE_OK);
    haetae_sdk_free(parent.sdk);
}

static void children_that_record_nothing_have_no_file(void **state)
{
    static void (*const bodies[])(void) = {do_nothing, execute, end_what_it_inherited};

    begin_parent(*state);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            bodies[i]();
            _exit(0);
        }
        await_success(pid);
        assert_int_equal(witness_files(*state), 1);
    }
    end_parent();
}

/* ---- No file ---------------------------------------------------------------------------- */

static void limit_descriptors(rlim_t most)
{
    struct rlimit limits;

    EXPECT(getrlimit(RLIMIT_NOFILE, &limits) == 0);
    limits.rlim_cur = most;
    EXPECT(setrlimit(RLIMIT_NOFILE, &limits) == 0);
}

/* Records and exports as ever, but says that it is not safe. */
static void record_without_file(const char *directory, const char *why)
{
    sdk_spans_of(parent.tracer, 5);
    EXPECT(parent.told[0] == '\0'); /* not in a recording call */
    EXPECT(haetae_sdk_step(parent.sdk, 0) == HAETAE_OK);
    if (strstr(parent.told, why) == NULL || strstr(parent.told, directory) == NULL) {
        fprintf(stderr, "told: %s\n", parent.told);
        _exit(1);
    }
    parent.told[0] = '\0';
    sdk_spans_of(parent.tracer, 2);
    EXPECT(haetae_sdk_shutdown(parent.sdk, 10000) == HAETAE_OK);
    EXPECT(parent.fake.item_count[HAETAE_SIGNAL_TRACES] == 7);
    EXPECT(parent.told[0] == '\0'); /* once is enough */
    haetae_sdk_free(parent.sdk);
    _exit(0);
}

static void a_child_that_gets_no_space_records_into_memory_and_says_so(void **state)
{
    pid_t pid;

    begin_parent(*state);
    pid = fork();
    if (pid == 0) {
        limit_file_size(1 << 20);
        record_without_file(*state, "gets no space: File too large");
    }
    await_success(pid);
    end_parent();
}

static void so_does_one_that_gets_no_descriptor(void **state)
{
    pid_t pid;

    begin_parent(*state);
    pid = fork();
    if (pid == 0) {
        limit_descriptors(0);
        char why[128];

        snprintf(why, sizeof why, "cannot be opened as a directory: %s", strerror(EMFILE));
        record_without_file(*state, why);
    }
    await_success(pid);
    end_parent();
}

static void so_does_one_whose_directory_is_gone(void **state)
{
    char elsewhere[96];
    pid_t pid;

    snprintf(elsewhere, sizeof elsewhere, "%s-elsewhere", (const char *)*state);
    begin_parent(*state);
    assert_int_equal(rename(*state, elsewhere), 0);
    pid = fork();
    if (pid == 0) {
        record_without_file(*state, "cannot be opened as a directory: No such file");
    }
    await_success(pid);
    assert_int_equal(rename(elsewhere, *state), 0);
    end_parent();
}

/* The file that it got with its tracer has no name yet. */
static void so_does_one_that_closes_its_file_before_it_has_a_name(void **state)
{
    pid_t pid;

    begin_parent(*state);
    pid = fork();
    if (pid == 0) {
        char why[128];

        EXPECT(haetae_tracer_named(parent.sdk, "child") != NULL);
        EXPECT(witness_files(*state) == 1);
        for (int number = 3; number < 256; number++) {
            close(number);
        }
        snprintf(why, sizeof why, "its file there cannot be named: %s", strerror(EBADF));
        record_without_file(*state, why);
    }
    await_success(pid);
    end_parent();
}

/* ---- While the parent lives ------------------------------------------------------------- */

static uint64_t clock_now_ms;

static uint64_t clock_ms(void)
{
    return clock_now_ms;
}

static void leave_a_log_record(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        sdk_logs_of(parent.logger, 1);
        _exit(0);
    }
    await_success(pid);
}

static void step_for_a_minute(void)
{
    for (int second = 0; second < 60; second++) {
        clock_now_ms += 1000;
        for (int turns = 0; turns < 10; turns++) {
            assert_int_equal(haetae_sdk_step(parent.sdk, 0), HAETAE_OK);
        }
    }
}

static void what_a_child_left_is_recovered_while_its_parent_goes_on(void **state)
{
    clock_now_ms = 1000000;
    hae_set_clock_ms(clock_ms);
    begin_parent(*state);
    step_for_a_minute();
    for (unsigned i = 1; i <= 3; i++) {
        leave_a_log_record();
        assert_int_equal(witness_files(*state), 2);
        step_for_a_minute();
        assert_int_equal(witness_files(*state), 1);
        sdk_all_delivered(parent.sdk, HAETAE_SIGNAL_LOGS, i);
    }
    end_parent();
    hae_set_clock_ms(NULL);
}

/* A file takes 2 MiB here. */
static void what_children_leave_is_bounded_also_while_no_receiver_answers(void **state)
{
    clock_now_ms = 1000000;
    hae_set_clock_ms(clock_ms);
    begin_parent_with(*state, "5m", fake_hold);
    step_for_a_minute();
    for (unsigned i = 0; i < 8; i++) {
        leave_a_log_record();
        step_for_a_minute();
        /* The parent's, the one that is being recovered, and two more. */
        assert_in_range(witness_files(*state), 2, 4);
    }
    assert_int_equal(witness_files(*state), 4);
    fake_release(&parent.fake, HAETAE_VERDICT_OK);
    for (int minutes = 0; minutes < 10; minutes++) {
        step_for_a_minute();
    }
    assert_int_equal(sdk_numbers(parent.sdk, HAETAE_SIGNAL_LOGS).delivered, 3);
    stop_parent();
    free_parent();
    hae_set_clock_ms(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_child_that_records_has_a_file_until_all_is_delivered),
        TEST(a_childs_file_is_laid_out_as_its_parents),
        TEST(children_that_record_nothing_have_no_file),
        TEST(a_child_that_gets_no_space_records_into_memory_and_says_so),
        TEST(so_does_one_that_gets_no_descriptor),
        TEST(so_does_one_whose_directory_is_gone),
        TEST(so_does_one_that_closes_its_file_before_it_has_a_name),
        TEST(what_a_child_left_is_recovered_while_its_parent_goes_on),
        TEST(what_children_leave_is_bounded_also_while_no_receiver_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
