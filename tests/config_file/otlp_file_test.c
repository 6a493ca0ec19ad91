/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration files with exporters that write OTLP to files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "haetae/config_file.h"
#include "haetae/haetae.h"
#include "haetae/otlp_file.h"
#include "otlp_file/files.h"

enum { TIMEOUT_MS = 30000, TEXT_BYTES = 2048 };

#define FORMAT "file_format: \"1.1\"\n"

static haetae_status load(haetae_config *config, const char *text)
{
    haetae_config_model *model = NULL;
    haetae_status status = haetae_config_model_parse(config, "f.yaml", text, strlen(text), &model);

    if (status == HAETAE_OK) {
        status = haetae_config_model_create(model, config);
    }
    haetae_config_model_free(model);
    return status;
}

static int set_up(void **state)
{
    clearenv();
    return files_set_up(state) == 0 && haetae_otlp_file_register() == HAETAE_OK &&
                   haetae_config_new((haetae_config **)state) == HAETAE_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    return files_tear_down(state);
}

static void record(haetae_sdk *sdk)
{
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("test.count"));
    haetae_counter *counter = NULL;

    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("work"),
                                      HAETAE_SPAN_KIND_SERVER));
    assert_int_equal(haetae_counter_create(haetae_meter_named(sdk, "m"), &options, &counter),
                     HAETAE_OK);
    haetae_counter_add(counter, 5, NULL, 0);
}

static void assert_has(const char *file, const char *part)
{
    char *text = files_read(file);

    if (strstr(text, part) == NULL) {
        fail_msg("%s: %s", file, text);
    }
    free(text);
}

static void each_signal_goes_to_its_file(void **state)
{
    haetae_sdk *sdk = NULL;
    char text[TEXT_BYTES];

    snprintf(text, sizeof text,
             FORMAT "tracer_provider:\n  processors:\n"
                    "    - batch: {exporter: {otlp_file/development: "
                    "{output_stream: 'file://%s/traces.jsonl'}}}\n"
                    "    - batch: {exporter: {otlp_file/development: "
                    "{output_stream: '%s/second.jsonl'}}}\n"
                    "meter_provider:\n  readers:\n"
                    "    - periodic: {exporter: {otlp_file/development: "
                    "{output_stream: 'file://%s/metrics.jsonl', temporality_preference: delta}}}\n"
                    "distribution: {haetae: {HAETAE_OTLP_FILE_MAX_BYTES: 1}}\n",
             files_folder, files_folder, files_folder);
    if (load(*state, text) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(*state));
    }
    assert_int_equal(haetae_start(*state, &sdk), HAETAE_OK);
    record(sdk);
    assert_int_equal(haetae_sdk_force_flush(sdk, TIMEOUT_MS), HAETAE_OK);
    record(sdk);
    assert_int_equal(haetae_sdk_shutdown(sdk, TIMEOUT_MS), HAETAE_OK);
    haetae_sdk_free(sdk);
    assert_has("traces.jsonl", "\"name\":\"work\"");
    assert_has("second.jsonl", "\"name\":\"work\"");
    assert_has("metrics.jsonl", "\"aggregationTemporality\":1");
    /* Rotated before the second line. */
    assert_int_equal(files_count("traces-"), 1);
    assert_int_equal(files_count("second-"), 1);
}

static void standard_output_is_the_default(void **state)
{
    haetae_sdk *sdk = NULL;

    assert_int_equal(load(*state, FORMAT "tracer_provider:\n  processors:\n"
                                         "    - batch: {exporter: {otlp_file/development: }}\n"
                                         "logger_provider:\n  processors:\n"
                                         "    - batch: {exporter: {otlp_file/development: "
                                         "{output_stream: stdout}}}\n"),
                     HAETAE_OK);
    assert_int_equal(haetae_start(*state, &sdk), HAETAE_OK);
    haetae_sdk_free(sdk);
    assert_int_equal(files_count(""), 0);
}

static void other_streams_are_refused(void **state)
{
    static const char *const streams[] = {"stderr", "relative.jsonl", "http://x/y", "file://host",
                                          "''"};
    char text[TEXT_BYTES];

    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        snprintf(text, sizeof text,
                 FORMAT "tracer_provider:\n  processors:\n"
                        "    - batch: {exporter: {otlp_file/development: {output_stream: %s}}}\n",
                 streams[i]);
        assert_int_equal(load(*state, text), HAETAE_EVALUE);
        assert_non_null(strstr(haetae_config_error(*state),
                               "f.yaml:4: tracer_provider.processors[0].batch.exporter."
                               "otlp_file/development.output_stream: "));
    }
    snprintf(text, sizeof text,
             FORMAT "tracer_provider:\n  processors:\n"
                    "    - batch: {exporter: {otlp_file/development: "
                    "{output_stream: 'file://%s/no/folder'}}}\n",
             files_folder);
    assert_int_equal(load(*state, text), HAETAE_EIO);
    assert_non_null(strstr(haetae_config_error(*state), "No such file or directory"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_signal_goes_to_its_file),
        TEST(standard_output_is_the_default),
        TEST(other_streams_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
