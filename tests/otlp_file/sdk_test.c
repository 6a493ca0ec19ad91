/* SPDX-License-Identifier: Apache-2.0 */
/* The OTLP file exporter under the SDK, by its keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "haetae/haetae.h"
#include "haetae/otlp_file.h"
#include "otlp_file/files.h"
#include "pipeline/exporter.h"

enum { TIMEOUT_MS = 30000 };

#define KEY(name) "HAETAE_OTLP_FILE_" name

static void set(haetae_config *config, const char *key, const char *value)
{
    if (haetae_config_set(config, key, value) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
}

static haetae_config *config_for(const char *exporter)
{
    haetae_config *config = NULL;

    assert_int_equal(haetae_otlp_file_register(), HAETAE_OK);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    set(config, "OTEL_SERVICE_NAME", "file-test");
    set(config, "OTEL_TRACES_EXPORTER", exporter);
    set(config, "OTEL_METRICS_EXPORTER", exporter);
    set(config, "OTEL_LOGS_EXPORTER", exporter);
    return config;
}

static haetae_sdk *start(haetae_config *config)
{
    haetae_sdk *sdk = NULL;

    if (haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_free(config);
    return sdk;
}

static void record(haetae_sdk *sdk, const char *name)
{
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("test.count"));
    haetae_counter *counter = NULL;

    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "t"), name, strlen(name),
                                      HAETAE_SPAN_KIND_SERVER));
    haetae_log(haetae_logger_named(sdk, "l"), HAETAE_SEVERITY_INFO, name, strlen(name), NULL, 0);
    assert_int_equal(haetae_counter_create(haetae_meter_named(sdk, "m"), &options, &counter),
                     HAETAE_OK);
    haetae_counter_add(counter, 5, NULL, 0);
}

static void stop(haetae_sdk *sdk)
{
    assert_int_equal(haetae_sdk_shutdown(sdk, TIMEOUT_MS), HAETAE_OK);
    haetae_sdk_free(sdk);
}

/* A line begins so, ends so, and has this in it. */
static void assert_line(const char *file, const char *begin, const char *part)
{
    char *text = files_read(file);
    char *end = strchr(text, '\n');

    assert_non_null(end);
    assert_string_equal(end, "\n"); /* one line */
    assert_memory_equal(text, begin, strlen(begin));
    assert_string_equal(end - 1, "}\n");
    assert_non_null(strstr(text, part));
    free(text);
}

static void each_signal_has_its_file(void **state)
{
    haetae_config *config = config_for("otlp_file");
    char path[FILES_PATH_MAX];
    struct stat facts;

    (void)state;
    set(config, KEY("OUTPUT"), files_path(path, "all.jsonl"));
    set(config, KEY("LOGS_OUTPUT"), files_path(path, "own"));
    haetae_sdk *sdk = start(config);
    record(sdk, "here");
    stop(sdk);
    assert_line("all.traces.jsonl", "{\"resourceSpans\":[{", "\"name\":\"here\"");
    assert_line("all.metrics.jsonl", "{\"resourceMetrics\":[{", "\"asInt\":\"5\"");
    assert_line("own", "{\"resourceLogs\":[{", "\"body\":{\"stringValue\":\"here\"}");
    assert_int_equal(files_count(""), 3);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);

    /* The next process appends. */
    config = config_for("otlp_file");
    set(config, KEY("OUTPUT"), files_path(path, "all.jsonl"));
    sdk = start(config);
    record(sdk, "again");
    stop(sdk);
    char *text = files_read("all.traces.jsonl");
    assert_non_null(strstr(text, "\"name\":\"here\""));
    assert_non_null(strstr(text, "\"name\":\"again\""));
    free(text);
}

static void lines_go_to_standard_output(void **state)
{
    static const char *const names[] = {"otlp/stdout", "otlp_file"};
    char path[FILES_PATH_MAX];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        haetae_config *config = config_for(names[i]);
        int before = dup(STDOUT_FILENO);
        int fd = open(files_path(path, "out"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_TRUNC,
                      0600);

        fflush(stdout);
        assert_int_equal(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
        haetae_sdk *sdk = start(config);
        record(sdk, "shown");
        stop(sdk);
        assert_int_equal(dup2(before, STDOUT_FILENO), STDOUT_FILENO);
        close(before);
        close(fd);
        char *text = files_read("out");
        assert_non_null(strstr(text, "{\"resourceSpans\":[{"));
        assert_non_null(strstr(text, "{\"resourceMetrics\":[{"));
        assert_non_null(strstr(text, "{\"resourceLogs\":[{"));
        free(text);
    }
}

static void files_are_rotated_as_configured(void **state)
{
    haetae_config *config = config_for("otlp_file");
    char path[FILES_PATH_MAX];

    (void)state;
    set(config, KEY("OUTPUT"), files_path(path, "r.jsonl"));
    set(config, KEY("MAX_BYTES"), "1");
    set(config, KEY("MAX_BACKUPS"), "2");
    haetae_sdk *sdk = start(config);
    for (int i = 0; i < 5; i++) {
        record(sdk, "turn");
        assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);
    }
    stop(sdk);
    assert_int_equal(files_count("r.traces-"), 2);
    assert_int_equal(files_count("r.traces.jsonl"), 1);
}

static void metrics_have_the_temporality_of_the_keys(void **state)
{
    haetae_config *config = config_for("otlp_file");
    char path[FILES_PATH_MAX];

    (void)state;
    set(config, KEY("OUTPUT"), files_path(path, "d.jsonl"));
    set(config, "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta");
    haetae_sdk *sdk = start(config);
    record(sdk, "x");
    stop(sdk);
    assert_line("d.metrics.jsonl", "{\"resourceMetrics\":[{", "\"aggregationTemporality\":1");
}

static void what_cannot_be_opened_fails_the_start(void **state)
{
    haetae_config *config = config_for("otlp_file");
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;
    char path[FILES_PATH_MAX];

    (void)state;
    set(config, KEY("OUTPUT"), files_path(path, "no/folder.jsonl"));
    assert_int_equal(haetae_start(config, &sdk), HAETAE_EIO);
    assert_null(sdk);
    assert_non_null(strstr(haetae_config_error(config), KEY("OUTPUT") "=\""));
    assert_non_null(
        strstr(haetae_config_error(config), "it cannot be written to: No such file or directory"));
    set(config, KEY("OUTPUT"), files_path(path, "yes.jsonl"));
    set(config, KEY("METRICS_OUTPUT"), files_folder);
    assert_int_equal(haetae_otlp_file_new(config, &exporter), HAETAE_EIO);
    assert_non_null(strstr(haetae_config_error(config), KEY("METRICS_OUTPUT") "=\""));
    assert_null(exporter);
    assert_int_equal(haetae_otlp_file_new(config, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_otlp_file_new(NULL, &exporter), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set(config, KEY("MAX_BACKUPS"), "-1"), HAETAE_EVALUE);
    haetae_config_free(config);
}

/* The first that is about the file. */
static void keep_warning(void *user, haetae_diagnostic_level level, const char *text)
{
    char *kept = user;

    (void)level;
    if (kept[0] == '\0' && strstr(text, "/dev/full") != NULL) {
        snprintf(kept, 512, "%s", text);
    }
}

/* A disk that is full for good: what is lost is counted, and the reason is reported. */
static void a_full_disk_is_counted_and_reported(void **state)
{
    char text[512] = "";
    haetae_config *config;
    haetae_stats *stats = NULL;

    (void)state;
    if (access("/dev/full", W_OK) != 0) {
        skip();
    }
    config = config_for("otlp_file");
    assert_int_equal(haetae_config_set_diagnostics(config, keep_warning, text), HAETAE_OK);
    set(config, "OTEL_METRICS_EXPORTER", "none");
    set(config, "OTEL_LOGS_EXPORTER", "none");
    set(config, KEY("TRACES_OUTPUT"), "/dev/full");
    haetae_sdk *sdk = start(config);
    record(sdk, "lost");
    assert_int_not_equal(haetae_sdk_shutdown(sdk, 200), HAETAE_OK);
    assert_int_equal(haetae_stats_take(sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_delivered(stats, HAETAE_SIGNAL_TRACES), 0);
    assert_int_equal(haetae_stats_dropped_total(stats, HAETAE_SIGNAL_TRACES), 1);
    haetae_stats_free(stats);
    haetae_sdk_free(sdk);
    assert_non_null(strstr(text, "/dev/full: No space left on device"));
}

static void a_child_writes_to_the_same_files(void **state)
{
    haetae_config *config;
    char path[FILES_PATH_MAX];
    int status;

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* it ends a child in which a thread is started */
#endif
    config = config_for("otlp_file");
    set(config, KEY("OUTPUT"), files_path(path, "f.jsonl"));
    haetae_sdk *sdk = start(config);
    record(sdk, "parent");
    pid_t pid = fork();
    if (pid == 0) {
        record(sdk, "child");
        _exit(haetae_sdk_shutdown(sdk, TIMEOUT_MS) != HAETAE_OK);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    stop(sdk);
    char *text = files_read("f.traces.jsonl");
    char *first = strchr(text, '\n');
    assert_non_null(first);
    assert_string_equal(strchr(first + 1, '\n'), "\n"); /* two lines */
    assert_non_null(strstr(text, "\"name\":\"parent\""));
    assert_non_null(strstr(text, "\"name\":\"child\""));
    free(text);
}

/* ---- Memory ------------------------------------------------------------------------------ */

static void every_failed_allocation_is_reported(void **state)
{
    haetae_config *config = config_for("otlp_file");
    haetae_status status = HAETAE_ENOMEM;
    char path[FILES_PATH_MAX];
    long live;
    long count = 0;

    (void)state;
    set(config, KEY("OUTPUT"), files_path(path, "a.jsonl"));
    set(config, "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta");
    haetae_config_add_error(config, NULL, "room for an error");
    live = hae_alloc_live_count();
    for (; status != HAETAE_OK; count++) {
        haetae_exporter *exporter = NULL;

        hae_alloc_fail_after(count);
        status = haetae_otlp_file_new(config, &exporter);
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
        haetae_exporter_free(exporter);
        /* The configuration keeps the text of its error. */
        assert_true(hae_alloc_live_count() <= live + 1);
    }
    assert_true(count > 5);
    haetae_config_free(config);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, files_set_up, files_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_signal_has_its_file),
        TEST(lines_go_to_standard_output),
        TEST(files_are_rotated_as_configured),
        TEST(metrics_have_the_temporality_of_the_keys),
        TEST(what_cannot_be_opened_fails_the_start),
        TEST(a_full_disk_is_counted_and_reported),
        TEST(a_child_writes_to_the_same_files),
        TEST(every_failed_allocation_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
