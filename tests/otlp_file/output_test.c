/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are rotated, replaced, written to by several processes, or on a full disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "otlp_file/backups.h"
#include "otlp_file/files.h"
#include "otlp_file/output.h"

enum { PROCESSES = 4, LINES = 400, LINE_BYTES = 64 };

static void open_file(struct hae_output *output, struct hae_output_rules rules)
{
    char path[FILES_PATH_MAX];

    *output = (struct hae_output){.path = hae_strdup(files_path(path, "t.jsonl")), .rules = rules};
    assert_non_null(output->path);
    assert_true(hae_output_open(output));
}

static bool try_append(struct hae_output *output, const char *line)
{
    char text[LINE_BYTES];
    int length = snprintf(text, sizeof text, " %s\n", line);

    assert_true(length > 0 && (size_t)length < sizeof text);
    return hae_output_append(output, text, (size_t)length);
}

static void append(struct hae_output *output, const char *line)
{
    if (!try_append(output, line)) {
        fail_msg("%s: %s", line, output->error);
    }
    assert_string_equal(output->error, "");
}

static void assert_in(const char *name, const char *expected)
{
    char *text = files_read(name);

    assert_string_equal(text, expected);
    free(text);
}

/* ---- Rotating ---------------------------------------------------------------------------- */

static void a_file_is_rotated_before_it_becomes_too_large(void **state)
{
    struct hae_output output;
    struct stat facts;
    char path[FILES_PATH_MAX];

    (void)state;
    open_file(&output, (struct hae_output_rules){.max_bytes = 10});
    append(&output, "1234");
    append(&output, "5678"); /* 10 bytes */
    assert_int_equal(files_count("t-"), 0);
    append(&output, "9");
    assert_int_equal(files_count("t-"), 1);
    assert_in("t.jsonl", "9\n");
    assert_in("t-", "1234\n5678\n");
    append(&output, "a line that is larger by itself");
    assert_in("t.jsonl", "a line that is larger by itself\n");
    append(&output, "z");
    assert_in("t", "1234\n5678\n9\na line that is larger by itself\nz\n");
    assert_int_equal(files_count("t-"), 3);
    assert_int_equal(stat(files_path(path, "t.jsonl"), &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    hae_output_done(&output);
}

static void a_file_is_rotated_when_it_is_old(void **state)
{
    struct hae_output output;

    (void)state;
    open_file(&output, (struct hae_output_rules){.interval_ms = 1000000});
    append(&output, "1");
    append(&output, "2");
    assert_int_equal(files_count("t-"), 0);
    output.opened_ms -= 1000000;
    append(&output, "3");
    assert_int_equal(files_count("t-"), 1);
    append(&output, "4"); /* the new one is not old */
    assert_in("t.jsonl", "3\n4\n");
    hae_output_done(&output);
}

static void so_many_backups_are_kept(void **state)
{
    struct hae_output output;
    char line[16];

    (void)state;
    files_write("t-2020-01-01T00-00-00.000.jsonl", "old\n");
    files_write("t-2020-01-01T00-00-00.000.json", "other extension\n");
    files_write("t-2020-01-01T00-00-00.jsonl", "other form\n");
    files_write("tt-2020-01-01T00-00-00.000.jsonl", "other name\n");
    open_file(&output, (struct hae_output_rules){.max_bytes = 1, .max_backups = 3});
    for (int i = 0; i < 6; i++) {
        snprintf(line, sizeof line, "%d", i);
        append(&output, line);
    }
    assert_in("t.jsonl", "5\n");
    assert_in("-20", "other extension\nother form\n2\n3\n4\nother name\n");
    hae_output_done(&output);
}

static void backups_are_kept_for_so_many_days(void **state)
{
    struct hae_output output;
    char name[64];
    char stamp[32];
    time_t now = time(NULL);
    struct tm utc;

    (void)state;
    for (int days = 1; days <= 4; days++) {
        time_t then = now - days * 86400 + 600;

        assert_non_null(gmtime_r(&then, &utc));
        strftime(stamp, sizeof stamp, "%Y-%m-%dT%H-%M-%S", &utc);
        snprintf(name, sizeof name, "t-%s.000.jsonl", stamp);
        files_write(name, "old\n");
    }
    open_file(&output, (struct hae_output_rules){.max_bytes = 1, .max_days = 2});
    append(&output, "1");
    append(&output, "2");
    assert_in("t-", "old\nold\n1\n");
    hae_output_done(&output);
}

static void names_of_backups_are_never_used_twice(void **state)
{
    char path[FILES_PATH_MAX];

    (void)state;
    for (int i = 0; i < 3; i++) {
        files_write("t.jsonl", i == 0 ? "0\n" : i == 1 ? "1\n" : "2\n");
        assert_true(hae_backups_add(files_path(path, "t.jsonl"), UINT64_C(1772357400250)));
    }
    assert_in("t-2026-03-01T09-30-00.250.jsonl", "0\n");
    assert_in("t-2026-03-01T09-30-00.251.jsonl", "1\n");
    assert_in("t-2026-03-01T09-30-00.252.jsonl", "2\n");

    /* Without an extension, and a hidden one. */
    files_write("plain", "p\n");
    files_write(".hidden", "h\n");
    assert_true(hae_backups_add(files_path(path, "plain"), 0));
    assert_true(hae_backups_add(files_path(path, ".hidden"), 0));
    assert_in("plain-1970-01-01T00-00-00.000", "p\n");
    assert_in(".hidden-1970-01-01T00-00-00.000", "h\n");
    assert_false(hae_backups_add(files_path(path, "not there"), 0));
    assert_int_equal(errno, ENOENT);
}

/* Lines go on into the file that is there. */
static void what_cannot_be_rotated_is_written_and_reported(void **state)
{
    struct hae_output output;
    char name[NAME_MAX + 1];
    char path[2 * NAME_MAX];

    (void)state;
    /* With the time it would be too long. */
    memset(name, 'n', 250);
    name[250] = '\0';
    snprintf(path, sizeof path, "%s/%s", files_folder, name);
    output = (struct hae_output){.path = hae_strdup(path), .rules = {.max_bytes = 1}};
    assert_true(hae_output_open(&output));
    assert_true(try_append(&output, "1"));
    assert_string_equal(output.error, "");
    assert_true(try_append(&output, "2"));
    assert_string_equal(output.error, "it could not be rotated: File name too long");
    assert_in(name, "1\n2\n");
    hae_output_done(&output);
}

/* ---- Others ------------------------------------------------------------------------------ */

static void a_file_that_was_moved_or_removed_is_made_again(void **state)
{
    struct hae_output output;
    char path[FILES_PATH_MAX];
    char other[FILES_PATH_MAX];

    (void)state;
    open_file(&output, (struct hae_output_rules){0});
    append(&output, "1");
    assert_int_equal(rename(files_path(path, "t.jsonl"), files_path(other, "moved")), 0);
    append(&output, "2");
    assert_in("moved", "1\n");
    assert_in("t.jsonl", "2\n");
    assert_int_equal(unlink(path), 0);
    append(&output, "3");
    assert_in("t.jsonl", "3\n");
    hae_output_done(&output);
}

static void a_line_that_a_writer_left_torn_is_ended(void **state)
{
    struct hae_output output;
    char path[FILES_PATH_MAX];
    int fd;

    (void)state;
    files_write("t.jsonl", "{\"to");
    open_file(&output, (struct hae_output_rules){0});
    append(&output, "1");
    append(&output, "2");
    /* One that dies while we have the file open. */
    fd = open(files_path(path, "t.jsonl"), O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_int_equal(write(fd, "{\"rn", 4), 4);
    close(fd);
    append(&output, "3");
    append(&output, "4");
    assert_in("t.jsonl", "{\"to\n1\n2\n{\"rn\n3\n4\n");
    hae_output_done(&output);
}

static void a_writer_that_keeps_the_lock_is_not_waited_for_long(void **state)
{
    struct hae_output output;
    char path[FILES_PATH_MAX];
    int fd;

    (void)state;
    open_file(&output, (struct hae_output_rules){0});
    fd = open(files_path(path, "t.jsonl"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_false(try_append(&output, "1"));
    assert_string_equal(output.error, "another process is writing to it");
    close(fd);
    append(&output, "1");
    assert_in("t.jsonl", "1\n");
    hae_output_done(&output);
}

/* The host's file gets nothing of ours, and stays open. */
static void a_descriptor_that_the_host_has_closed_is_given_up(void **state)
{
    struct hae_output output;
    char path[FILES_PATH_MAX];
    int fd;

    (void)state;
    open_file(&output, (struct hae_output_rules){0});
    append(&output, "1");
    close(output.file.fd);
    files_write("hosts", "");
    fd = open(files_path(path, "hosts"), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd != output.mark.number) {
        assert_int_equal(dup3(fd, output.mark.number, O_CLOEXEC), output.mark.number);
        close(fd);
        fd = output.mark.number;
    }
    append(&output, "2");
    assert_in("t.jsonl", "1\n2\n");
    assert_in("hosts", "");
    assert_int_equal(write(fd, "mine\n", 5), 5);
    hae_output_done(&output);
    assert_int_equal(close(fd), 0);
    assert_in("hosts", "mine\n");
}

static void standard_output_is_found_again(void **state)
{
    struct hae_output output = {.path = NULL};
    char path[FILES_PATH_MAX];
    int before = dup(STDOUT_FILENO);
    int out = open(files_path(path, "out"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int hosts = open(files_path(path, "hosts"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    (void)state;
    fflush(stdout);
    assert_int_equal(dup2(out, STDOUT_FILENO), STDOUT_FILENO);
    assert_true(hae_output_open(&output));
    append(&output, "1");
    /* The host closes it, and uses the number for a file of its own. */
    assert_int_equal(dup2(hosts, output.file.fd), output.file.fd);
    append(&output, "2");
    hae_output_done(&output);
    assert_int_equal(dup2(before, STDOUT_FILENO), STDOUT_FILENO);
    close(before);
    close(out);
    close(hosts);
    assert_in("out", "1\n2\n");
    assert_in("hosts", "");
}

static void a_full_disk_loses_nothing(void **state)
{
    struct rlimit limit;
    struct hae_output output;

    (void)state;
    open_file(&output, (struct hae_output_rules){0});
    append(&output, "first");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = 10;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(try_append(&output, "second"));
    assert_string_equal(output.error, strerror(EFBIG));
    assert_in("t.jsonl", "first\n");
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    append(&output, "second");
    assert_in("t.jsonl", "first\nsecond\n");
    hae_output_done(&output);
}

/* ---- Several processes ------------------------------------------------------------------- */

static int write_lines(int process)
{
    struct hae_output output;
    char line[LINE_BYTES];

    open_file(&output, (struct hae_output_rules){.max_bytes = 2000});
    for (int i = 0; i < LINES; i++) {
        snprintf(line, sizeof line, "process %d line %d", process, i);
        while (!try_append(&output, line)) {
        }
    }
    hae_output_done(&output);
    return 0;
}

/* Each rotates the file of all. */
static void processes_share_a_file(void **state)
{
    bool seen[PROCESSES][LINES] = {{false}};
    pid_t pids[PROCESSES];
    size_t count = 0;
    int status;

    (void)state;
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            _exit(write_lines(i));
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_true(files_count("t-") >= (size_t)PROCESSES * LINES * 17 / 2000);
    char *text = files_read("t");
    for (char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        int process = -1;
        int number = -1;

        assert_int_equal(sscanf(line, "process %d line %d\n", &process, &number), 2);
        assert_true(process >= 0 && process < PROCESSES && number >= 0 && number < LINES);
        assert_false(seen[process][number]);
        seen[process][number] = true;
        count++;
    }
    free(text);
    assert_int_equal(count, PROCESSES * LINES);
}

/* Otherwise parent and child would hold the same lock. */
static void a_child_opens_the_file_anew(void **state)
{
    struct hae_output output;
    int status;

    (void)state;
    for (int idle = 0; idle < 2; idle++) {
        open_file(&output, (struct hae_output_rules){0});
        assert_true(hae_line_file_lock(&output.file));
        pid_t pid = fork();
        if (pid == 0) {
            hae_output_in_child(&output, idle != 0);
            /* The parent has the lock. */
            _exit(try_append(&output, "child") || !output.is_open);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        hae_line_file_unlock(&output.file);
        append(&output, "parent");
        hae_output_done(&output);
    }
    assert_in("t.jsonl", "parent\nparent\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, files_set_up, files_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_rotated_before_it_becomes_too_large),
        TEST(a_file_is_rotated_when_it_is_old),
        TEST(so_many_backups_are_kept),
        TEST(backups_are_kept_for_so_many_days),
        TEST(names_of_backups_are_never_used_twice),
        TEST(what_cannot_be_rotated_is_written_and_reported),
        TEST(a_file_that_was_moved_or_removed_is_made_again),
        TEST(a_line_that_a_writer_left_torn_is_ended),
        TEST(a_writer_that_keeps_the_lock_is_not_waited_for_long),
        TEST(a_descriptor_that_the_host_has_closed_is_given_up),
        TEST(standard_output_is_found_again),
        TEST(a_full_disk_loses_nothing),
        TEST(processes_share_a_file),
        TEST(a_child_opens_the_file_anew),
    };

    (void)signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
