/* SPDX-License-Identifier: Apache-2.0 */
/* haetae-recover, as it is run. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recovery/witness.h"
#include "support/core_cmocka.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

/* Runs the tool with these arguments, and keeps what it writes, errors as well. Returns its exit
 * status. */
static char output[1 << 16];
__attribute__((format(printf, 1, 2))) static int run_tool(const char *format, ...)
{
    char arguments[256];
    char command[512];
    va_list values;
    FILE *tool;
    size_t got;

    va_start(values, format);
    vsnprintf(arguments, sizeof arguments, format, values);
    va_end(values);
    snprintf(command, sizeof command, HAETAE_RECOVER " %s 2>&1", arguments);
    tool = popen(command, "r");
    assert_non_null(tool);
    got = fread(output, 1, sizeof output - 1, tool);
    output[got] = '\0';
    return WEXITSTATUS(pclose(tool));
}

static void says(const char *text)
{
    if (strstr(output, text) == NULL) {
        fail_msg("it does not say \"%s\" but:\n%s", text, output);
    }
}

/* Leaves the file of a process that redacts these keys, or none, records in this way, and dies. */
static void leave_redacted(const char *directory, const char *keys,
                           void (*record)(struct recording *recording))
{
    const struct victim victim = {.directory = directory,
                                  .recorder_bytes = "1m",
                                  .lane_count = "4",
                                  .retry_of_8 = 8,
                                  .redacts = keys};
    struct witness *witness = witness_new(1);
    struct recording recording;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        (void)witness_start(witness, &victim, &recording);
        record(&recording);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    witness_free(witness);
}

static void leave_recorded(const char *directory, void (*record)(struct recording *recording))
{
    leave_redacted(directory, NULL, record);
}

/* Three log records, a measurement, and a span that does not end. */
static void record_some(struct recording *recording)
{
    for (unsigned i = 0; i < 3; i++) {
        record_log(recording, 1, i);
    }
    (void)record_start(recording, 1, 5);
    record_count(recording, 1);
}

static void leave_behind(const char *directory)
{
    leave_recorded(directory, record_some);
}

static void discard(const char *directory)
{
    assert_int_equal(run_tool("--to console %s", directory), 0);
    assert_int_equal(witness_files(directory), 0);
}

/* Writes to a pipe until it takes no more. */
static void fill_pipe(const char *path)
{
    char some[512] = "";
    int writer = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

    assert_true(writer >= 0);
    while (write(writer, some, sizeof some) > 0) {
    }
    close(writer);
}

/* How many lines a file has, all of them whole requests of the process that died. */
static unsigned whole_lines(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[4096];
    unsigned lines = 0;

    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        lines++;
        if (strncmp(line, "{\"resource", 10) != 0 || strcmp(strchr(line, '\0') - 3, "]}\n") != 0) {
            fail_msg("line %u is not whole: %s", lines, line);
        }
        assert_non_null(
            strstr(line, "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"victim\"}}"));
    }
    fclose(file);
    return lines;
}

static void what_is_left_goes_to_a_file(void **state)
{
    char path[96];

    leave_behind(*state);
    snprintf(path, sizeof path, "%s/left.jsonl", (const char *)*state);
    assert_int_equal(run_tool("--to file:%s %s", path, (const char *)*state), 0);
    says("1 files recovered: 1 spans (1 had not ended), 1 data points, 3 log records");
    assert_int_equal(whole_lines(path), 3);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(witness_files(*state), 0);
}

/* Runs the tool, which may make no file larger than that, until it has come upon the limit. */
static void run_into_limit(const char *directory, const char *path, rlim_t size_bytes)
{
    struct rlimit before, limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = size_bytes;
    do {
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        assert_int_equal(run_tool("--timeout-ms 100 --to file:%s %s", path, directory), 1);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    } while (strstr(output, "File too large") == NULL);
}

/* In the middle of the first request: what lets one through would let the tool note it as well,
 * in the recorder's file. */
static void a_request_that_does_not_fit_leaves_no_part_in_the_file(void **state)
{
    char path[96];

    snprintf(path, sizeof path, "%s/left.jsonl", (const char *)*state);
    leave_behind(*state);
    run_into_limit(*state, path, 1);
    assert_int_equal(whole_lines(path), 0);
    run_into_limit(*state, path, 300);
    assert_int_equal(whole_lines(path), 0);
    assert_int_equal(run_tool("--to file:%s %s", path, (const char *)*state), 0);
    assert_int_equal(whole_lines(path), 3);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(witness_files(*state), 0);
}

/* A log record whose text has a NUL, a right-to-left override and an escape in it. */
static void record_text(struct recording *recording)
{
    static const char text[] = "before\0after \xE2\x80\xAE turned \x1B[2J";

    haetae_log(recording->logger, HAETAE_SEVERITY_INFO, text, sizeof text - 1, NULL, 0);
}

static void text_is_whole_and_safe_to_show(void **state)
{
    leave_recorded(*state, record_text);
    assert_int_equal(run_tool("--to console %s", (const char *)*state), 0);
    says("before\\u0000after \\u202e turned \\u001b[2J");
    leave_recorded(*state, record_text);
    assert_int_equal(run_tool("--to file:/dev/stdout %s", (const char *)*state), 0);
    says("before\\u0000after \\u202e turned \\u001b[2J");
}

static void a_file_that_is_made_is_for_its_owner_only(void **state)
{
    struct stat status;
    char path[96];
    mode_t mask = umask(0);

    leave_behind(*state);
    snprintf(path, sizeof path, "%s/left.jsonl", (const char *)*state);
    assert_int_equal(run_tool("--to file:%s %s", path, (const char *)*state), 0);
    (void)umask(mask);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(unlink(path), 0);
}

/* A pipe without a reader, and one whose reader takes nothing. */
static void a_pipe_that_nobody_reads_keeps_the_tool_from_nothing(void **state)
{
    char path[96];
    int reader;

    leave_behind(*state);
    snprintf(path, sizeof path, "%s/pipe", (const char *)*state);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(run_tool("--timeout-ms 300 --to file:%s %s", path, (const char *)*state), 1);
    says("No such device or address");
    assert_int_equal(witness_files(*state), 2);
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    assert_int_equal(fcntl(reader, F_SETPIPE_SZ, 4096) > 0, 1);
    fill_pipe(path);
    assert_int_equal(run_tool("--timeout-ms 300 --to file:%s %s", path, (const char *)*state), 1);
    says("nothing is lost");
    close(reader);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(witness_files(*state), 1);
    discard(*state);
}

static void what_is_left_goes_to_the_terminal(void **state)
{
    leave_behind(*state);
    assert_int_equal(run_tool("--to console --quiet %s", (const char *)*state), 0);
    says("haetae.recovered.open");
    says("numbered");
    assert_null(strstr(output, "files recovered"));
    assert_int_equal(witness_files(*state), 0);
}

static void without_a_receiver_everything_stays(void **state)
{
    leave_behind(*state);
    /* Nothing listens at port 1. */
    assert_int_equal(run_tool("--to http://127.0.0.1:1 --timeout-ms 200 %s", (const char *)*state),
                     1);
    says("nothing is lost");
    assert_int_equal(witness_files(*state), 1);
    assert_int_equal(run_tool("%s --to=console", (const char *)*state), 0);
    says("3 log records");
}

/* A socket that listens; *ret_port is where. */
static int listener(unsigned *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(file, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(file, 4), 0);
    assert_int_equal(getsockname(file, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return file;
}

static void the_receiver_that_is_asked_for_wins_over_the_environment(void **state)
{
    struct pollfd polled[2] = {{.events = POLLIN}, {.events = POLLIN}};
    char target[128];
    unsigned port;
    int ends[2];
    pid_t pid;

    leave_behind(*state);
    polled[0].fd = listener(&port);
    assert_int_equal(pipe(ends), 0);
    snprintf(target, sizeof target, "--to=http://127.0.0.1:%u", port);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1/v1/traces", 1);
        setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1", 1);
        execl(HAETAE_RECOVER, "haetae-recover", "--quiet", "--timeout-ms=10000", target,
              (const char *)*state, (char *)NULL);
        _exit(9);
    }
    close(ends[1]);
    polled[1].fd = ends[0]; /* is at its end when the tool is */
    assert_true(poll(polled, 2, -1) > 0);
    assert_true((polled[0].revents & POLLIN) != 0);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(polled[0].fd);
    close(ends[0]);
    assert_int_equal(run_tool("--to console %s", (const char *)*state), 0);
}

/* ---- A receiver that refuses -------------------------------------------------------------- */

/* Answers each request alike until it is killed. Returns its process. */
static pid_t serve(int listening, const char *answer)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid != 0) {
        return pid;
    }
    for (;;) {
        int connection = accept(listening, NULL, NULL);
        char request[8192];

        if (connection < 0) {
            _exit(9);
        }
        (void)!read(connection, request, sizeof request);
        (void)!write(connection, answer, strlen(answer));
        shutdown(connection, SHUT_WR);
        while (read(connection, request, sizeof request) > 0) {
        }
        close(connection);
    }
}

static void what_a_receiver_refuses_stays_whatever_its_status(void **state)
{
    static const char *const statuses[] = {
        "400 Bad Request",        "401 Unauthorized", "404 Not Found",
        "405 Method Not Allowed", "302 Found",        "500 Internal Server Error",
        "413 Content Too Large"};

    leave_behind(*state);
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        char answer[128];
        unsigned port;
        int listening = listener(&port);
        pid_t pid;

        snprintf(answer, sizeof answer,
                 "HTTP/1.1 %s\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno", statuses[i]);
        pid = serve(listening, answer);
        assert_int_equal(
            run_tool("--to http://127.0.0.1:%u --timeout-ms 30000 %s", port, (const char *)*state),
            1);
        says("1 files stay in ");
        says("the receiver refused what is in ");
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        close(listening);
        assert_int_equal(witness_files(*state), 1);
    }
    discard(*state);
}

/* ---- Personal data -------------------------------------------------------------------------- */

static void log_mail(struct recording *recording)
{
    const haetae_attribute attribute = HAETAE_ATTR("user.mail", "kim@example.com");

    haetae_log(recording->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("numbered"), &attribute, 1);
}

/* Also in a child, which has a file of its own. */
static void record_mail(struct recording *recording)
{
    pid_t pid;

    log_mail(recording);
    pid = fork();
    if (pid == 0) {
        log_mail(recording);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, NULL, 0) != pid) {
        _exit(9);
    }
}

static void what_a_process_redacted_stays_until_the_tool_has_rules(void **state)
{
    char path[96];

    snprintf(path, sizeof path, "%s/left.jsonl", (const char *)*state);
    leave_redacted(*state, "user.*", record_mail);
    assert_int_equal(witness_files(*state), 2);
    assert_int_equal(run_tool("--to file:%s %s", path, (const char *)*state), 3);
    says("2 files stay in ");
    says("--redact");
    says("0 files recovered");
    says(".haetae stays, since its process had rules of redaction");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(run_tool("--to console %s", (const char *)*state), 3);
    assert_null(strstr(output, "kim@example.com"));
    assert_int_equal(witness_files(*state), 2);
    assert_int_equal(run_tool("--to console --redact=user.*=delete %s", (const char *)*state), 0);
    says("2 files recovered");
    says("numbered");
    assert_null(strstr(output, "user.mail"));
    assert_int_equal(witness_files(*state), 0);
}

static void the_tool_replaces_hashes_or_sends_as_it_is(void **state)
{
    char path[96];
    FILE *file;

    leave_redacted(*state, "user.*", log_mail);
    assert_int_equal(run_tool("--to console --redact 'x=delete' --redact 'user.*=replace:a=b' %s",
                              (const char *)*state),
                     0);
    says("a=b");
    assert_null(strstr(output, "kim@example.com"));
    leave_redacted(*state, "user.*", log_mail);
    snprintf(path, sizeof path, "%s/secret", (const char *)*state);
    assert_int_equal(
        run_tool("--to console --redact 'user.*=hash:%s' %s", path, (const char *)*state), 1);
    says("secret: No such file");
    assert_int_equal(witness_files(*state), 1);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("salt\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(
        run_tool("--to console --redact 'user.*=hash:%s' %s", path, (const char *)*state), 0);
    assert_int_equal(unlink(path), 0);
    says("user.mail");
    /* The beginning of the SHA-256 of the secret and the value, as an encoded AnyValue. */
    says("4b88e86d763bca39772f49d1937db734");
    assert_null(strstr(output, "kim@example.com"));
    leave_redacted(*state, "user.*", log_mail);
    assert_int_equal(run_tool("--to console --unredacted %s", (const char *)*state), 0);
    says("kim@example.com");
}

/* ---- A directory that it leaves as it is ---------------------------------------------------- */

static void without_time_it_says_what_stays(void **state)
{
    leave_behind(*state);
    assert_int_equal(run_tool("--to console --timeout-ms 0 %s", (const char *)*state), 1);
    says("1 files stay in ");
    discard(*state);
}

/* A reader that goes away and has read nothing: what is in the pipe then is lost. */
static void output_that_nobody_reads_is_not_delivered(void **state)
{
    char command[256];

    leave_behind(*state);
    snprintf(command, sizeof command,
             "{ " HAETAE_RECOVER " --to console %s 2>/dev/null; echo $? > %s/status; } | sleep 0.2",
             (const char *)*state, (const char *)*state);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "test \"$(cat %s/status)\" = 1 && rm %s/status",
             (const char *)*state, (const char *)*state);
    assert_int_equal(system(command), 0);
    assert_int_equal(witness_files(*state), 1);
    discard(*state);
}

static void a_file_of_another_version_is_an_error(void **state)
{
    char command[256];

    leave_behind(*state);
    snprintf(command, sizeof command,
             "printf '\\377' | dd of=\"$(echo %s/*.haetae)\" bs=1 seek=8 conv=notrunc 2>&1",
             (const char *)*state);
    assert_int_equal(system(command), 0);
    assert_int_equal(run_tool("--to console %s", (const char *)*state), 1);
    says("of another user or another version");
    snprintf(command, sizeof command, "rm %s/*.haetae", (const char *)*state);
    assert_int_equal(system(command), 0);
}

static void an_empty_directory_is_no_error(void **state)
{
    assert_int_equal(run_tool("--to console %s", (const char *)*state), 0);
    says("0 files recovered");
}

static void a_directory_that_cannot_serve_is_reported(void **state)
{
    (void)state;
    assert_int_equal(run_tool("--to console /nonexistent"), 1);
    says("\"/nonexistent\": cannot be opened as a directory: No such file");
    assert_int_equal(run_tool("--to file:/nonexistent/x /tmp"), 1);
    says("/nonexistent/x: No such file");
}

/* A process whose receiver is away leaves log records in its spool. */
static void leave_spool(const char *directory)
{
    struct fake_exporter fake;
    haetae_sdk *sdk;

    fake_init(&fake, "otlp", fake_fail);
    sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_SPOOL_DIR", directory}),
                    SDK_FAKES(&fake));
    sdk_logs(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 60000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

static void a_spool_is_listed_and_sent(void **state)
{
    char name[] = "otlp%0a.traces";
    char path[TEMPORARY_PATH_MAX + 64];

    leave_spool(*state);
    assert_int_equal(run_tool("--spool --list %s", (char *)*state), 0);
    says("otlp logs segments=1 requests=1 items=3 bytes=");
    says(" oldest=20");
    says(" age_s=");
    assert_int_equal(
        run_tool("--spool --to http://127.0.0.1:1 --timeout-ms 300 %s", (char *)*state), 1);
    says("time ran out or the receiver did not answer; nothing is lost");
    assert_int_equal(run_tool("--spool --to console %s", (char *)*state), 0);
    says("1 files recovered: 0 spans (0 had not ended), 0 data points, 3 log records");
    assert_int_equal(run_tool("--spool --to console %s", (char *)*state), 0);
    says("0 files recovered");
    /* A name cannot write to the terminal what it wants. */
    snprintf(path, sizeof path, "%s/%s", (char *)*state, name);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(run_tool("--spool --list %s", (char *)*state), 0);
    says("otlp? traces segments=0");
    assert_int_equal(rmdir(path), 0);
    snprintf(path, sizeof path, "%s/otlp.logs", (char *)*state);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(run_tool("--spool --list %s/none", (char *)*state), 1);
    says("cannot be opened as a directory");
}

static void wrong_options_are_told(void **state)
{
    (void)state;
    assert_int_equal(run_tool("%s", ""), 2);
    says("no directory given");
    assert_int_equal(run_tool("a b"), 2);
    assert_int_equal(run_tool("--to nowhere a"), 2);
    says("'nowhere'");
    assert_int_equal(run_tool("--timeout-ms -1 a"), 2);
    assert_int_equal(run_tool("--nonsense a"), 2);
    says("'--nonsense'");
    assert_int_equal(run_tool("--timeout 5 a"), 2);
    assert_int_equal(run_tool("a --to"), 2);
    says("'--to'");
    assert_int_equal(run_tool("--redact user.*=remove a"), 2);
    says("'user.*=remove'");
    assert_int_equal(run_tool("--redact =delete a"), 2);
    assert_int_equal(run_tool("--redact user.*=hash: a"), 2);
    assert_int_equal(run_tool("--redact user a"), 2);
    assert_int_equal(run_tool("--redact x=delete --unredacted a"), 2);
    says("exclude each other");
    assert_int_equal(run_tool("--list a"), 2);
    says("--list needs --spool");
    assert_int_equal(run_tool("--spool --redact x=delete a"), 2);
    assert_int_equal(run_tool("--spool --unredacted a"), 2);
    says("--spool takes neither --redact nor --unredacted");
    assert_int_equal(run_tool("--help"), 0);
    says("--to file:PATH");
    says("OTEL_EXPORTER_OTLP_*");
    assert_int_equal(run_tool("--version"), 0);
    says(HAETAE_VERSION);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, witness_set_up, witness_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_left_goes_to_a_file),
        TEST(a_request_that_does_not_fit_leaves_no_part_in_the_file),
        TEST(text_is_whole_and_safe_to_show),
        TEST(a_file_that_is_made_is_for_its_owner_only),
        TEST(a_pipe_that_nobody_reads_keeps_the_tool_from_nothing),
        TEST(what_is_left_goes_to_the_terminal),
        TEST(without_a_receiver_everything_stays),
        TEST(the_receiver_that_is_asked_for_wins_over_the_environment),
        TEST(what_a_receiver_refuses_stays_whatever_its_status),
        TEST(what_a_process_redacted_stays_until_the_tool_has_rules),
        TEST(the_tool_replaces_hashes_or_sends_as_it_is),
        TEST(without_time_it_says_what_stays),
        TEST(output_that_nobody_reads_is_not_delivered),
        TEST(a_file_of_another_version_is_an_error),
        TEST(an_empty_directory_is_no_error),
        TEST(a_directory_that_cannot_serve_is_reported),
        TEST(a_spool_is_listed_and_sent),
        TEST(wrong_options_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
