/* SPDX-License-Identifier: Apache-2.0 */
/* The file that OTEL_CONFIG_FILE names. */
#include <sys/stat.h>
#include <unistd.h>

#include "load_fixture.h"

static void file_of_the_environment_replaces_all_variables(void **state)
{
    char path[TEMPORARY_PATH_MAX];

    write_file(path, TRACES "        schedule_delay: ${DELAY}\n");
    setenv("OTEL_CONFIG_FILE", path, 1);
    setenv("OTEL_BSP_EXPORT_TIMEOUT", "7", 1);
    setenv("DELAY", "77", 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    is(*state, "OTEL_BSP_SCHEDULE_DELAY", "77");
    is(*state, "OTEL_BSP_EXPORT_TIMEOUT", "30000"); /* ignored */
    haetae_sdk_free(start(*state));
    unlink(path);
}

static void start_alone_reads_the_file_of_the_environment(void **state)
{
    char path[TEMPORARY_PATH_MAX];
    haetae_sdk *sdk = NULL;

    (void)state;
    write_file(path, FORMAT "disabled: true\n");
    setenv("OTEL_CONFIG_FILE", path, 1);
    assert_int_equal(haetae_start(NULL, &sdk), HAETAE_OK);
    assert_null(sdk); /* it is disabled */
    unlink(path);
}

/* Otherwise each item would be exported as often as the environment was read. */
static void file_of_the_environment_is_loaded_once(void **state)
{
    char path[TEMPORARY_PATH_MAX], other[TEMPORARY_PATH_MAX];

    write_file(path, TRACES "        schedule_delay: 77\n");
    write_file(other, TRACES);
    setenv("OTEL_CONFIG_FILE", path, 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    is(*state, "OTEL_BSP_SCHEDULE_DELAY", "77");
    setenv("OTEL_CONFIG_FILE", other, 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_ECONFLICT);
    assert_non_null(strstr(haetae_config_error(*state), "another file"));
    assert_int_equal(haetae_config_check(*state), HAETAE_EVALUE);
    setenv("OTEL_CONFIG_FILE", path, 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    assert_int_equal(haetae_config_check(*state), HAETAE_OK);
    assert_int_equal(exporters_left(*state), 7);
    unlink(path);
    unlink(other);
}

/* What a file that cannot be used has added before its fault is gone. */
static void file_with_a_fault_leaves_no_exporters(void **state)
{
    char path[TEMPORARY_PATH_MAX];

    write_file(path, TRACES "resource: {attributes: [{name: a, value: 1}]}\n");
    setenv("OTEL_CONFIG_FILE", path, 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_EVALUE);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_EVALUE);
    assert_int_equal(exporters_left(*state), 8);
    unlink(path);
}

/* Nothing takes the place of a file that cannot be used. */
static void file_that_cannot_be_used_fails_the_start(void **state)
{
    haetae_sdk *sdk = NULL;

    setenv("OTEL_CONFIG_FILE", "/nowhere/at/all.yaml", 1);
    assert_int_equal(haetae_config_load_env(*state), HAETAE_EIO);
    assert_non_null(strstr(haetae_config_error(*state), "/nowhere/at/all.yaml"));
    assert_int_equal(haetae_config_check(*state), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(*state), "OTEL_CONFIG_FILE"));
    assert_int_equal(haetae_start(*state, &sdk), HAETAE_EVALUE);
    assert_int_equal(haetae_sdk_start(*state, &sdk), HAETAE_EVALUE);
    assert_non_null(strstr(haetae_config_error(*state), "OTEL_CONFIG_FILE"));
    assert_null(sdk);
    unsetenv("OTEL_CONFIG_FILE");
    assert_int_equal(haetae_config_load_env(*state), HAETAE_OK);
    assert_int_equal(haetae_config_set(*state, "OTEL_TRACES_EXPORTER", "none"), HAETAE_OK);
    assert_int_equal(haetae_config_set(*state, "OTEL_METRICS_EXPORTER", "none"), HAETAE_OK);
    assert_int_equal(haetae_config_set(*state, "OTEL_LOGS_EXPORTER", "none"), HAETAE_OK);
    haetae_sdk_free(start(*state));
}

static void only_regular_files_are_read(void **state)
{
    char path[TEMPORARY_PATH_MAX];

    assert_true(temporary_directory(path));
    assert_int_equal(haetae_config_file_load(*state, path), HAETAE_EIO);
    rmdir(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(haetae_config_file_load(*state, path), HAETAE_EIO); /* at once */
    unlink(path);
    assert_non_null(strstr(haetae_config_error(*state), "no regular file"));
}

static void files_that_are_too_large_are_refused(void **state)
{
    char path[TEMPORARY_PATH_MAX];

    write_file(path, FORMAT);
    assert_int_equal(truncate(path, (1 << 20) + 1), 0);
    assert_int_equal(haetae_config_file_load(*state, path), HAETAE_EFORMAT);
    assert_non_null(strstr(haetae_config_error(*state), "it has more than 1 MiB"));
    assert_int_equal(truncate(path, (off_t)1 << 40), 0); /* it is not read as a whole */
    assert_int_equal(haetae_config_file_load(*state, path), HAETAE_EFORMAT);
    unlink(path);
    assert_int_equal(haetae_config_file_load(*state, path), HAETAE_EIO);
    assert_non_null(strstr(haetae_config_error(*state), "No such file"));
}

static void what_a_variable_holds_cannot_break_a_fault(void **state)
{
    const char *error;

    setenv("V", "\xff\x01\nb: 2", 1);
    refused(*state, HAETAE_EFORMAT, FORMAT "disabled: ${V}\n", "f.yaml:2: disabled: ", "true");
    refused(*state, HAETAE_EFORMAT, FORMAT "log_level: ${V}\n", "f.yaml:2: log_level: ", "");
    assert_int_equal(load(*state, TRACES "        exporter: ${V}\n"), HAETAE_EFORMAT);
    (void)load(*state, FORMAT "resource: {attributes_list: \"${V}\", schema_url: \"${V}\"}\n"
                              "propagator: {composite_list: \"${V}\"}\n");
    error = haetae_config_error(*state);
    for (; *error != '\0'; error++) {
        assert_true(*error == '\n' ||
                    ((unsigned char)*error >= 0x20 && (unsigned char)*error < 0x7F));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(file_of_the_environment_replaces_all_variables),
        TEST(start_alone_reads_the_file_of_the_environment),
        TEST(file_of_the_environment_is_loaded_once),
        TEST(file_with_a_fault_leaves_no_exporters),
        TEST(file_that_cannot_be_used_fails_the_start),
        TEST(only_regular_files_are_read),
        TEST(files_that_are_too_large_are_refused),
        TEST(what_a_variable_holds_cannot_break_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
