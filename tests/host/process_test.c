/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel counts of this process. */
#include "host/process.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host_test.h"

static void this_process_is_read(void **state)
{
    struct hae_host_process process;
    struct rusage before, after;
    int64_t descriptors;
    int file;

    (void)state;
    getrusage(RUSAGE_SELF, &before);
    hae_host_process_read("", &process);
    getrusage(RUSAGE_SELF, &after);
    assert_true(process.user_seconds >= (double)before.ru_utime.tv_sec);
    assert_true(process.user_seconds <= (double)after.ru_utime.tv_sec + 1);
    assert_true(process.system_seconds >= 0);
    assert_true(process.minor_faults >= before.ru_minflt &&
                process.minor_faults <= after.ru_minflt);
    assert_true(process.major_faults >= before.ru_majflt &&
                process.major_faults <= after.ru_majflt);
    assert_true(process.voluntary_switches >= before.ru_nvcsw &&
                process.voluntary_switches <= after.ru_nvcsw);
    assert_true(process.involuntary_switches >= before.ru_nivcsw &&
                process.involuntary_switches <= after.ru_nivcsw);
    assert_true(process.resident_bytes > 0);
    assert_true(process.virtual_bytes >= process.resident_bytes);
    assert_true(process.resident_bytes <= (int64_t)after.ru_maxrss * 1024 + (1 << 20));
    assert_int_equal(process.resident_bytes % sysconf(_SC_PAGESIZE), 0);
    assert_true(process.threads >= 1); /* sanitizers have one */
    assert_true(process.uptime_seconds >= 0 && process.uptime_seconds < 3600);
    descriptors = process.descriptors;
    file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    hae_host_process_read("", &process);
    assert_int_equal(process.descriptors, descriptors + 1);
    close(file);
    hae_host_process_read("", &process);
    assert_int_equal(process.descriptors, descriptors);
}

static void *wait_for_the_end(void *argument)
{
    pthread_mutex_lock(argument);
    pthread_mutex_unlock(argument);
    return NULL;
}

static void threads_are_counted(void **state)
{
    static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
    struct hae_host_process process;
    pthread_t threads[2];
    int64_t before;

    (void)state;
    pthread_mutex_lock(&held);
    /* With the first one a sanitizer may start one of its own. */
    assert_int_equal(pthread_create(&threads[0], NULL, wait_for_the_end, &held), 0);
    hae_host_process_read("", &process);
    before = process.threads;
    assert_int_equal(pthread_create(&threads[1], NULL, wait_for_the_end, &held), 0);
    hae_host_process_read("", &process);
    assert_int_equal(process.threads, before + 1);
    pthread_mutex_unlock(&held);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}

static const char stat_text[] =
    "1234 (a) (b c) S 1 2 3 4 5 4194304 6 7 8 9 10 11 12 13 20 0 42 0 12345 66 77 88\n";

/* Only what the kernel says directly is known. */
static void check_no_files(const struct hae_host_process *process)
{
    assert_int_equal(process->resident_bytes, -1);
    assert_int_equal(process->virtual_bytes, -1);
    assert_int_equal(process->threads, -1);
    assert_int_equal(process->descriptors, -1);
    assert_int_equal(process->read_bytes, -1);
    assert_int_equal(process->written_bytes, -1);
    assert_true(process->uptime_seconds < 0);
    assert_true(process->user_seconds >= 0);
    assert_true(process->minor_faults > 0);
}

static void files_have_their_meaning(void **state)
{
    struct hae_host_process process;
    int64_t page = sysconf(_SC_PAGESIZE);
    struct timespec now;
    double uptime;

    put(state, "/proc/self/statm", "1000 200 30 4 0 5 0\n");
    put(state, "/proc/self/stat", stat_text);
    put(state, "/proc/self/io",
        "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: 8192\n"
        "cancelled_write_bytes: 5\n");
    put(state, "/proc/self/fd/0", "");
    put(state, "/proc/self/fd/17", "");
    put(state, "/proc/self/fd/other", "");
    hae_host_process_read(root_of(state), &process);
    clock_gettime(CLOCK_BOOTTIME, &now);
    uptime = (double)now.tv_sec - 12345 / (double)getauxval(AT_CLKTCK);
    assert_int_equal(process.virtual_bytes, 1000 * page);
    assert_int_equal(process.resident_bytes, 200 * page);
    assert_int_equal(process.threads, 42);
    assert_int_equal(process.read_bytes, 4096);
    assert_int_equal(process.written_bytes, 8192);
    assert_int_equal(process.descriptors, 2);
    assert_true(process.uptime_seconds >= (uptime > 0 ? uptime - 60 : 0));
    assert_true(process.uptime_seconds <= (uptime > 0 ? uptime + 2 : 2));
}

static void missing_files_leave_what_the_kernel_says_directly(void **state)
{
    struct hae_host_process process;

    hae_host_process_read(root_of(state), &process);
    check_no_files(&process);
}

static void numbers_that_are_too_large_are_none(void **state)
{
    struct hae_host_process process;

    put(state, "/proc/self/statm", "9223372036854775807 99999999999999999999 1\n");
    put(state, "/proc/self/stat",
        "1 (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 18446744073709551615 0 1\n");
    put(state, "/proc/self/io", "read_bytes: 18446744073709551615\nwrite_bytes: -4\n");
    put(state, "/proc/self/fd", "no folder\n");
    hae_host_process_read(root_of(state), &process);
    check_no_files(&process);
    put(state, "/proc/self/statm",
        "9223372036854775807 1 1\n"); /* as pages: more bytes than that */
    hae_host_process_read(root_of(state), &process);
    assert_int_equal(process.virtual_bytes, -1);
    assert_int_equal(process.resident_bytes, sysconf(_SC_PAGESIZE));
}

static void check_stat(void **state, size_t size_bytes)
{
    struct hae_host_process process;

    hae_host_process_read(root_of(state), &process);
    if (size_bytes < strlen(stat_text)) {
        assert_int_equal(process.threads, -1);
    }
    assert_true(process.threads >= -1);
}

static void damaged_file_is_left_out(void **state)
{
    each_damage(state, "/proc/self/stat", stat_text, check_stat);
}

static void child_is_counted_by_itself(void **state)
{
    struct hae_host_process parent, child;
    pid_t pid;
    int status;

    (void)state;
    for (volatile int i = 0; i < 100000000; i++) { /* so that the parent has some time */
    }
    hae_host_process_read("", &parent);
    pid = fork();
    if (pid == 0) {
        hae_host_process_read("", &child);
        _exit(child.user_seconds >= 0 && child.user_seconds < parent.user_seconds ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_process_is_read),
        cmocka_unit_test(threads_are_counted),
        WITH_ROOT(files_have_their_meaning),
        WITH_ROOT(missing_files_leave_what_the_kernel_says_directly),
        WITH_ROOT(numbers_that_are_too_large_are_none),
        WITH_ROOT(damaged_file_is_left_out),
        cmocka_unit_test(child_is_counted_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
