/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration files with exporters that stand in for each other: `failover/haetae`. Receivers are
 * addresses where nobody listens; the last exporter writes to a file. */
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
#include "haetae/otlp_http.h"
#include "otlp_file/files.h"

enum { TIMEOUT_MS = 30000, TEXT_BYTES = 2048 };

#define FORMAT "file_format: \"1.1\"\n"
#define NOBODY "{otlp_http: {endpoint: 'http://127.0.0.1:1/v1/x'}}"

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
                   haetae_otlp_http_register() == HAETAE_OK &&
                   haetae_config_new((haetae_config **)state) == HAETAE_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    return files_tear_down(state);
}

static void the_last_of_a_list_gets_what_the_others_do_not(void **state)
{
    haetae_sdk *sdk = NULL;
    char text[TEXT_BYTES];
    char *written;

    snprintf(text, sizeof text,
             FORMAT "tracer_provider:\n  processors:\n    - batch: {exporter: {failover/haetae: "
                    "{exporters: [" NOBODY ", " NOBODY
                    ", {otlp_file/development: {output_stream: '%s/spans.jsonl'}}]}}}\n"
                    "    - batch: {exporter: {otlp_file/development: "
                    "{output_stream: '%s/all.jsonl'}}}\n"
                    "logger_provider:\n  processors:\n    - batch: {exporter: {failover/haetae: "
                    "{exporters: [" NOBODY
                    ", {otlp_file/development: {output_stream: '%s/logs.jsonl'}}]}}}\n",
             files_folder, files_folder, files_folder);
    if (load(*state, text) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(*state));
    }
    assert_int_equal(haetae_config_set_diagnostics(*state, NULL, NULL), HAETAE_OK);
    assert_int_equal(haetae_start(*state, &sdk), HAETAE_OK);
    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("work"),
                                      HAETAE_SPAN_KIND_SERVER));
    haetae_log(haetae_logger_named(sdk, "l"), HAETAE_SEVERITY_INFO, HAETAE_TEXT("said"), NULL, 0);
    assert_int_equal(haetae_sdk_shutdown(sdk, TIMEOUT_MS), HAETAE_OK);
    haetae_sdk_free(sdk);
    written = files_read("spans.jsonl");
    assert_non_null(strstr(written, "\"name\":\"work\""));
    free(written);
    written = files_read("all.jsonl");
    assert_non_null(strstr(written, "\"name\":\"work\""));
    free(written);
    written = files_read("logs.jsonl");
    assert_non_null(strstr(written, "\"said\""));
    free(written);
}

static void wrong_lists_are_refused(void **state)
{
    static const struct {
        const char *exporter;
        const char *error;
    } wrong[] = {
        {"{failover/haetae: }", "failover/haetae: expected keys with values"},
        {"{failover/haetae: {exporters: }}", "failover/haetae.exporters: "},
        {"{failover/haetae: {exporters: [console: ]}}",
         "exporters[0]: expected otlp_http, otlp_grpc or otlp_file/development"},
        {"{failover/haetae: {exporters: [" NOBODY ", {failover/haetae: {exporters: [" NOBODY
         "]}}]}}",
         "exporters[1]: expected otlp_http, otlp_grpc or otlp_file/development"},
        {"{failover/haetae: {exporters: [{otlp_http: {endpoint: 'ftp://x'}}, " NOBODY "]}}",
         "ftp://x"},
        {"{failover/haetae: {exporters: [" NOBODY ", {otlp_http: {endpoint: 'ftp://x'}}]}}",
         "ftp://x"},
    };
    char text[TEXT_BYTES];

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(text, sizeof text,
                 FORMAT "tracer_provider:\n  processors:\n    - batch: {exporter: %s}\n",
                 wrong[i].exporter);
        assert_int_not_equal(load(*state, text), HAETAE_OK);
        if (strstr(haetae_config_error(*state), wrong[i].error) == NULL) {
            fail_msg("%zu: \"%s\" does not contain \"%s\"", i, haetae_config_error(*state),
                     wrong[i].error);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_of_a_list_gets_what_the_others_do_not, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(wrong_lists_are_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
