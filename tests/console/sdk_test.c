/* SPDX-License-Identifier: Apache-2.0 */
/* The console exporter under the SDK. */
#include "cmocka_all.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "haetae/console.h"
#include "haetae/haetae.h"

#define TIMEOUT_MS 10000

struct fixture {
    haetae_sdk *sdk;
    char diagnostic[256];
};

static void keep_diagnostic(void *user, haetae_diagnostic_level level, const char *text)
{
    struct fixture *fixture = user;
    (void)level;
    snprintf(fixture->diagnostic, sizeof fixture->diagnostic, "%s", text);
}

static void start(struct fixture *fixture, FILE *stream)
{
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_SERVICE_NAME", "console-test"), HAETAE_OK);
    assert_int_equal(haetae_config_set_diagnostics(config, keep_diagnostic, fixture), HAETAE_OK);
    assert_int_equal(haetae_console_new(stream, &exporter), HAETAE_OK);
    assert_string_equal(haetae_exporter_name(exporter), "console");
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &fixture->sdk), HAETAE_OK);
    haetae_config_free(config);
}

static void record(haetae_sdk *sdk)
{
    haetae_tracer *tracer = haetae_tracer_named(sdk, "test.traces");
    haetae_logger *logger = haetae_logger_named(sdk, "test.logs");
    haetae_meter *meter = haetae_meter_named(sdk, "test.metrics");
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("test.count"));
    haetae_counter *counter = NULL;
    assert_int_equal(haetae_counter_create(meter, &options, &counter), HAETAE_OK);
    haetae_counter_add(counter, 5, HAETAE_ATTRS(HAETAE_ATTR("side", "left")));
    HAETAE_SPAN_SCOPE(span, tracer, "work", HAETAE_SPAN_KIND_CLIENT);
    haetae_span_set(span, "answer", 42);
    haetae_log(logger, HAETAE_SEVERITY_WARN, HAETAE_TEXT("look out"), NULL, 0);
}

static void assert_line_with(const char *text, const char *first, const char *second)
{
    const char *line = strstr(text, first);
    assert_non_null(line);
    const char *end = strchr(line, '\n');
    const char *found = strstr(line, second);
    assert_non_null(end);
    assert_true(found != NULL && found < end);
}

static uint64_t recorded(const haetae_stats *stats, haetae_signal signal)
{
    uint64_t count = haetae_stats_recorded(stats, signal);
    assert_int_equal(count, haetae_stats_delivered(stats, signal) +
                                haetae_stats_dropped_total(stats, signal) +
                                haetae_stats_held(stats, signal));
    return count;
}

static void what_is_recorded_is_written(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    start(&fixture, stream);
    record(fixture.sdk);
    assert_int_equal(haetae_sdk_shutdown(fixture.sdk, TIMEOUT_MS), HAETAE_OK);
    haetae_stats *stats = NULL;
    assert_int_equal(haetae_stats_take(fixture.sdk, &stats), HAETAE_OK);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        uint64_t count = recorded(stats, (haetae_signal)signal);
        assert_true(count > 0);
        assert_int_equal(haetae_stats_delivered(stats, (haetae_signal)signal), count);
    }
    haetae_stats_free(stats);
    haetae_sdk_free(fixture.sdk);
    fclose(stream);
    assert_line_with(text, "console-test span client work ", "answer=42");
    assert_line_with(text, "console-test log WARN \"look out\" trace=", "scope=test.logs");
    assert_line_with(text, "console-test counter test.count value=5", "side=left");
    free(text);
}

static void a_failing_stream_is_counted_as_rejected(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL) {
        skip();
    }
    struct fixture fixture = {0};
    start(&fixture, full);
    record(fixture.sdk);
    haetae_sdk_shutdown(fixture.sdk, TIMEOUT_MS);
    haetae_stats *stats = NULL;
    assert_int_equal(haetae_stats_take(fixture.sdk, &stats), HAETAE_OK);
    assert_int_equal(recorded(stats, HAETAE_SIGNAL_TRACES), 1);
    assert_int_equal(haetae_stats_dropped(stats, HAETAE_SIGNAL_TRACES, HAETAE_DROP_REJECTED), 1);
    assert_int_equal(haetae_stats_dropped(stats, HAETAE_SIGNAL_LOGS, HAETAE_DROP_REJECTED), 1);
    assert_non_null(strstr(fixture.diagnostic, "console: write failed: No space left on device"));
    haetae_stats_free(stats);
    haetae_sdk_free(fixture.sdk);
    fclose(full);
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    assert_int_equal(haetae_console_new(stdout, NULL), HAETAE_EINVAL);
    haetae_exporter *unused = NULL;
    assert_int_equal(haetae_console_new(NULL, &unused), HAETAE_OK);
    haetae_exporter_free(unused);
}

static void one_call_starts_an_sdk_that_writes(void **state)
{
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;
    char text[4096];
    FILE *file = tmpfile();
    int before = dup(STDOUT_FILENO);
    size_t length;

    (void)state;
    assert_non_null(file);
    fflush(stdout);
    assert_int_equal(dup2(fileno(file), STDOUT_FILENO), STDOUT_FILENO);
    assert_int_equal(haetae_console_register(), HAETAE_OK);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_TRACES_EXPORTER", "none"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_METRICS_EXPORTER", "none"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_LOGS_EXPORTER", "console"), HAETAE_OK);
    assert_int_equal(haetae_start(config, &sdk), HAETAE_OK);
    record(sdk);
    assert_int_equal(haetae_sdk_shutdown(sdk, TIMEOUT_MS), HAETAE_OK);
    haetae_sdk_free(sdk);
    haetae_config_free(config);
    fflush(stdout);
    assert_int_equal(dup2(before, STDOUT_FILENO), STDOUT_FILENO);
    close(before);

    rewind(file);
    length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    fclose(file);
    assert_non_null(strstr(text, "look out"));
    assert_null(strstr(text, "test.count"));
}

/* ---- fork() -------------------------------------------------------------------------- */

enum { PIPE_BYTES = 4096, RECORDS = 400 };

static void *read_all(void *argument)
{
    char text[PIPE_BYTES];
    while (read(*(const int *)argument, text, sizeof text) > 0) {
    }
    return NULL;
}

static void await_full_pipe(int writer)
{
    struct pollfd room = {.fd = writer, .events = POLLOUT};
    while (poll(&room, 1, 0) != 0) {
        usleep(1000);
    }
    usleep(10000); /* until it waits there, most likely */
}

/* The worker waits for a pipe that nobody reads when the process forks. What it was writing is the
 * parent's: the child must not write it once more. */
static void a_child_has_nothing_of_its_parents_in_the_stream(void **state)
{
    struct fixture fixture = {.diagnostic = ""};
    pthread_t thread;
    int ends[2];
    int status;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES) >= 0);
    FILE *stream = fdopen(ends[1], "w");
    assert_non_null(stream);
    start(&fixture, stream);
    for (int i = 0; i < RECORDS; i++) {
        record(fixture.sdk);
    }
    (void)haetae_sdk_force_flush(fixture.sdk, 0);
    await_full_pipe(ends[1]);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(__fpending(stream) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &ends[0]), 0);
    assert_int_equal(haetae_sdk_shutdown(fixture.sdk, TIMEOUT_MS), HAETAE_OK);
    haetae_sdk_free(fixture.sdk);
    fclose(stream);
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_recorded_is_written),
        cmocka_unit_test(a_failing_stream_is_counted_as_rejected),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(one_call_starts_an_sdk_that_writes),
        cmocka_unit_test(a_child_has_nothing_of_its_parents_in_the_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
