/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors 0, 1 and 2 of a host that has closed them stay closed, or the host's own. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "process.h"
#include "support/temporary.h"

struct closed {
    struct fixture f;
    char directory[TEMPORARY_PATH_MAX];
    int said; /* standard error, under another number */
};

static void close_standard(void)
{
    for (int i = 0; i < 3; i++) {
        close(i);
    }
}

/* What a failed expectation prints is written to the host's own standard error again. */
static void expect_closed(const struct closed *closed, const char *when)
{
    for (int i = 0; i < 3; i++) {
        if (fcntl(i, F_GETFD) >= 0 || errno != EBADF || write(i, "host", 4) >= 0) {
            dprintf(closed->said, "descriptor %d is in use %s\n", i, when);
            _exit(1);
        }
    }
}

static void use(struct closed *closed, unsigned process)
{
    expect_closed(closed, "after the start");
    fixture_record(&closed->f, process, 0, 10);
    expect_closed(closed, "after the first record");
    CHILD_EXPECT(haetae_sdk_force_flush(closed->f.sdk, 60000) == HAETAE_OK);
    expect_closed(closed, "after a flush");
}

static void finish(struct closed *closed)
{
    CHILD_EXPECT(haetae_sdk_shutdown(closed->f.sdk, 60000) == HAETAE_OK);
    haetae_sdk_free(closed->f.sdk);
    expect_closed(closed, "after the end");
}

static void record_in_grandchild(void *argument)
{
    struct closed *closed = argument;

    use(closed, 2);
    finish(closed);
}

static void start_record_and_fork(void *argument)
{
    struct closed *closed = argument;

    closed->said = dup(2);
    close_standard();
    fixture_use(&closed->f, receiver_sdk(closed->f.receiver,
                                         SDK_SETTINGS({"HAETAE_RECORDER_DIR", closed->directory},
                                                      {"HAETAE_RECORDER_BYTES", "1048576"},
                                                      {"HAETAE_QUEUE_BYTES", "1048576"})));
    use(closed, 1);
    process_run(record_in_grandchild, closed);
    finish(closed);
}

static void standard_descriptors_of_the_host_are_never_ours(void **state)
{
    struct closed closed;

    (void)state;
    memset(&closed, 0, sizeof closed);
    assert_true(temporary_directory(closed.directory));
    closed.f.receiver = receiver_start();
    process_run(start_record_and_fork, &closed);
    receiver_stop(closed.f.receiver);
    fixture_has(&closed.f, 1, 0, 10);
    fixture_has(&closed.f, 2, 0, 10);
    receiver_has_no_others(closed.f.receiver);
    receiver_free(closed.f.receiver);
    assert_int_equal(rmdir(closed.directory), 0);
}

/* A child in which no descriptor above them is free has no file. */
static void record_without_a_descriptor(void *argument)
{
    struct closed *closed = argument;
    struct rlimit limit;

    closed->said = dup(2);
    CHILD_EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = (rlim_t)dup(2) + 1;
    CHILD_EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    close_standard();
    fixture_record(&closed->f, 1, 0, 10);
    expect_closed(closed, "after the first record");
    CHILD_EXPECT(haetae_sdk_shutdown(closed->f.sdk, 60000) == HAETAE_OK);
    expect_closed(closed, "after the shutdown");
}

static void child_without_a_descriptor_records_without_a_file(void **state)
{
    struct closed closed;

    (void)state;
    memset(&closed, 0, sizeof closed);
    assert_true(temporary_directory(closed.directory));
    fixture_begin(&closed.f, SDK_SETTINGS({"HAETAE_RECORDER_DIR", closed.directory},
                                          {"HAETAE_RECORDER_BYTES", "1048576"},
                                          {"HAETAE_QUEUE_BYTES", "1048576"}));
    process_run(record_without_a_descriptor, &closed);
    fixture_finish(&closed.f);
    fixture_has(&closed.f, 1, 0, 10);
    receiver_has_no_others(closed.f.receiver);
    fixture_end(&closed.f);
    assert_int_equal(rmdir(closed.directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_descriptors_of_the_host_are_never_ours),
        cmocka_unit_test(child_without_a_descriptor_records_without_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
