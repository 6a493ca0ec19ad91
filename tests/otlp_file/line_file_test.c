/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that could not be written whole. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "otlp_lines/line_file.h"
#include "support/core_cmocka.h"
#include "support/temporary.h"

static char directory[TEMPORARY_PATH_MAX];
static char path[TEMPORARY_FILE_MAX];

static int set_up(void **state)
{
    (void)state;
    if (!temporary_directory(directory)) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/lines", directory);
    return signal(SIGXFSZ, SIG_IGN) == SIG_ERR;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(directory);
}

/* " line\n" with room for a newline in front. */
static bool append(struct hae_line_file *file, const char *line)
{
    char text[64];
    int size = snprintf(text, sizeof text, " %s\n", line);

    return hae_line_file_append(file, text, (size_t)size);
}

static void limit_files_to(rlim_t size_bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size_bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void assert_holds(int fd, const char *expected)
{
    char text[256] = "";

    assert_true(pread(fd, text, sizeof text - 1, 0) >= 0);
    assert_string_equal(text, expected);
}

static void assert_file_holds(const char *expected)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_holds(fd, expected);
    close(fd);
}

static void a_part_of_a_line_is_taken_back(void **state)
{
    struct hae_line_file file;

    (void)state;
    assert_true(hae_line_file_open(&file, path));
    assert_true(append(&file, "first"));
    limit_files_to(10);
    assert_false(append(&file, "second"));
    assert_string_equal(file.error, strerror(EFBIG));
    assert_false(append(&file, "third")); /* again: the room for its newline is not lost either */
    assert_file_holds("first\n");
    assert_true(append(&file, "4th"));
    limit_files_to(RLIM_INFINITY);
    assert_true(append(&file, "second"));
    assert_file_holds("first\n4th\nsecond\n");
    assert_true(hae_line_file_close(&file));
}

static void a_line_that_another_writer_left_torn_is_ended_first(void **state)
{
    struct hae_line_file file;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    (void)state;
    assert_int_equal(write(fd, "{\"half", 6), 6);
    close(fd);
    for (int i = 0; i < 2; i++) {
        assert_true(hae_line_file_open(&file, path));
        assert_true(append(&file, "whole"));
        assert_true(hae_line_file_close(&file));
    }
    assert_file_holds("{\"half\nwhole\nwhole\n");
}

/* Only its writer knows where its line begins. */
static void a_file_that_another_process_is_writing_to_is_left_alone(void **state)
{
    struct hae_line_file file;
    int other;

    (void)state;
    assert_true(hae_line_file_open(&file, path));
    other = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_int_equal(flock(other, LOCK_EX), 0);
    assert_false(append(&file, "mine"));
    assert_string_equal(file.error, "another process is writing to it");
    assert_file_holds("");
    assert_int_equal(flock(other, LOCK_UN), 0);
    assert_true(append(&file, "mine"));
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    assert_file_holds("mine\n");
    close(other);
    assert_true(hae_line_file_close(&file));
}

static void a_part_that_cannot_be_taken_back_gets_a_line_of_its_own(void **state)
{
    struct hae_line_file file;
    int fd = memfd_create("lines", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    hae_line_file_init(&file, fd);
    assert_true(append(&file, "first"));
    limit_files_to(10);
    assert_false(append(&file, "second"));
    assert_non_null(strstr(file.error, strerror(EFBIG)));
    assert_non_null(strstr(file.error, "a part of a line stays"));
    limit_files_to(RLIM_INFINITY);
    assert_true(append(&file, "second"));
    assert_true(append(&file, "third"));
    assert_holds(fd, "first\nseco\nsecond\nthird\n");
    assert_true(hae_line_file_close(&file));
}

/* Reads all that the pipe holds now; returns how much. */
static size_t drain(int fd, char *text, size_t capacity_bytes)
{
    ssize_t count = read(fd, text, capacity_bytes - 1);

    assert_true(count > 0);
    text[count] = '\0';
    return (size_t)count;
}

static void what_a_pipe_has_taken_cannot_be_taken_back(void **state)
{
    enum { PAGE = 4096 };
    static char text[32 * PAGE], got[32 * PAGE];
    struct hae_line_file file;
    size_t size;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, PAGE) >= PAGE);
    hae_line_file_init(&file, ends[1]);
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\n';
    assert_false(hae_line_file_append(&file, text, sizeof text));
    assert_non_null(strstr(file.error, "a part of a line stays"));
    assert_false(append(&file, "short")); /* it is full: not a byte more */
    size = drain(ends[0], got, sizeof got);
    assert_true(size >= PAGE && memchr(got, '\n', size) == NULL);
    assert_true(append(&file, "short"));
    drain(ends[0], got, sizeof got);
    assert_string_equal(got, "\nshort\n");
    close(ends[0]);
    assert_true(hae_line_file_close(&file));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_part_of_a_line_is_taken_back),
        TEST(a_line_that_another_writer_left_torn_is_ended_first),
        TEST(a_file_that_another_process_is_writing_to_is_left_alone),
        TEST(a_part_that_cannot_be_taken_back_gets_a_line_of_its_own),
        TEST(what_a_pipe_has_taken_cannot_be_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
