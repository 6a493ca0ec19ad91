/* SPDX-License-Identifier: Apache-2.0 */
/* When a forked child has a file in the recorder directory: from its first record on. */
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"
#include "support/temporary.h"

static struct {
    struct fixture f;
    char directory[TEMPORARY_PATH_MAX];
} it;

static int set_up(void **state)
{
    (void)state;
    memset(&it, 0, sizeof it);
    if (!temporary_directory(it.directory)) {
        return -1;
    }
    fixture_begin(&it.f, SDK_SETTINGS({"HAETAE_RECORDER_DIR", it.directory},
                                      {"HAETAE_RECORDER_BYTES", "1048576"},
                                      {"HAETAE_QUEUE_BYTES", "1048576"}));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_end(&it.f);
    return rmdir(it.directory);
}

static unsigned count_files(void)
{
    DIR *directory = opendir(it.directory);
    const struct dirent *entry;
    unsigned count = 0;

    CHILD_EXPECT(directory != NULL);
    while ((entry = readdir(directory)) != NULL) {
        count += strstr(entry->d_name, ".haetae") != NULL;
    }
    closedir(directory);
    return count;
}

static void ask_only(void *argument)
{
    (void)argument;
    CHILD_EXPECT(haetae_tracer_named(it.f.sdk, "child") != NULL);
    CHILD_EXPECT(haetae_meter_named(it.f.sdk, "child") != NULL);
    CHILD_EXPECT(haetae_logger_named(it.f.sdk, "child") != NULL);
    CHILD_EXPECT(count_files() == 1);
}

static void child_that_only_asks_for_a_tracer_leaves_no_file(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        process_run(ask_only, NULL);
        assert_int_equal(count_files(), 1); /* the parent's */
    }
    fixture_finish(&it.f);
}

static void ask_and_record(void *argument)
{
    haetae_logger *logger = haetae_logger_named(it.f.sdk, "child");

    (void)argument;
    CHILD_EXPECT(count_files() == 1);
    process_log(logger, (struct item_id){CHILD, 0, 0});
    CHILD_EXPECT(count_files() == 2);
    kill(getpid(), SIGKILL);
}

static void child_that_asked_and_recorded_has_a_file(void **state)
{
    pid_t pid = process_begin(ask_and_record, NULL);
    int status = 0;

    (void)state;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(count_files(), 2);
    fixture_finish(&it.f);
    /* The next start has what it recorded. */
    haetae_sdk_free(it.f.sdk);
    receiver_free(it.f.receiver);
    fixture_begin(&it.f, SDK_SETTINGS({"HAETAE_RECORDER_DIR", it.directory},
                                      {"HAETAE_RECORDER_BYTES", "1048576"},
                                      {"HAETAE_QUEUE_BYTES", "1048576"}));
    while (count_files() != 1) {
        assert_int_equal(haetae_sdk_force_flush(it.f.sdk, 60000), HAETAE_OK);
    }
    fixture_finish(&it.f);
    receiver_has_each_once(it.f.receiver, HAETAE_SIGNAL_LOGS, CHILD, 0, 1);
}

static void ask_and_shut_down(void *argument)
{
    ask_only(argument);
    CHILD_EXPECT(haetae_sdk_shutdown(it.f.sdk, 60000) == HAETAE_OK);
    haetae_sdk_free(it.f.sdk);
}

static void ask_and_fork(void *argument)
{
    ask_only(argument);
    process_run(ask_and_shut_down, argument);
    process_log(it.f.logger, (struct item_id){CHILD, 0, 0});
    CHILD_EXPECT(haetae_sdk_shutdown(it.f.sdk, 60000) == HAETAE_OK);
}

static void grandchild_that_only_asks_has_none_either(void **state)
{
    (void)state;
    process_run(ask_and_fork, NULL);
    assert_int_equal(count_files(), 1);
    fixture_finish(&it.f);
    receiver_has_each_once(it.f.receiver, HAETAE_SIGNAL_LOGS, CHILD, 0, 1);
}

int main(void)
{
#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        FILE_TEST(child_that_only_asks_for_a_tracer_leaves_no_file),
        FILE_TEST(child_that_asked_and_recorded_has_a_file),
        FILE_TEST(grandchild_that_only_asks_has_none_either),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
