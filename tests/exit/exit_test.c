/* SPDX-License-Identifier: Apache-2.0 */
/* Runs exit_main.c many times, with each way to end: no crash, no hang, no leak, and the
 * program's own checks. Argument: that program. */
#include <spawn.h>
#include <sys/wait.h>

#include "process.h"
#include "support/core_cmocka.h"

extern char **environ;

static const char *program;

static void ends_well(const char *way, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        char *const arguments[] = {(char *)(uintptr_t)program, (char *)(uintptr_t)way, NULL};
        pid_t child;
        int status;

        assert_int_equal(posix_spawn(&child, program, NULL, NULL, arguments, environ), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fail_msg("%s: status %#x in round %u", way, (unsigned)status, i);
        }
    }
}

static void handlers_and_destructors_record(void **state)
{
    (void)state;
    ends_well("handlers", process_repeat(10));
}

static void a_shutdown_leaves_no_thread(void **state)
{
    (void)state;
    ends_well("shut_down_only", process_repeat(10));
}

/* The following tests do not shut down every SDK. */
static int allow_running_threads(void **state)
{
    (void)state;
    setenv("TSAN_OPTIONS", "report_thread_leaks=0:atexit_sleep_ms=0", 1);
    return 0;
}

static void destructors_of_threads_record(void **state)
{
    (void)state;
    ends_well("thread_destructors", 1);
}

static void threads_record_past_the_end_of_main(void **state)
{
    (void)state;
    ends_well("busy", process_repeat(25));
    ends_well("quick_exit_while_busy", process_repeat(10));
}

static void threads_record_past_the_shutdown_and_the_end_of_main(void **state)
{
    (void)state;
    ends_well("busy_after_shutdown", process_repeat(12));
    ends_well("busy_with_shutdown_in_a_handler", process_repeat(12));
}

static void the_process_ends_beside_shutdowns(void **state)
{
    (void)state;
    ends_well("busy_beside_shutdowns", process_repeat(20));
}

static void another_thread_ends_the_process(void **state)
{
    (void)state;
    ends_well("exit_by_another_thread", process_repeat(12));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shutdown_leaves_no_thread),
        cmocka_unit_test(handlers_and_destructors_record),
        cmocka_unit_test(destructors_of_threads_record),
        cmocka_unit_test_setup(threads_record_past_the_end_of_main, allow_running_threads),
        cmocka_unit_test(threads_record_past_the_shutdown_and_the_end_of_main),
        cmocka_unit_test(the_process_ends_beside_shutdowns),
        cmocka_unit_test(another_thread_ends_the_process),
    };

    if (argc != 2) {
        return 2;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
