/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration that cannot be used, and what the error says. */
#include <unistd.h>

#include "haetae/prometheus.h"
#include "scrape.h"
#include "support/core_cmocka.h"

struct setting {
    const char *key;
    const char *value;
};

/* That an exporter cannot be made, and that the error has this text. */
static void expect_error(haetae_status status, const char *text, size_t count,
                         const struct setting *settings)
{
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;

    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_prometheus_register(), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_PROMETHEUS_PORT", "0"), HAETAE_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(haetae_config_set(config, settings[i].key, settings[i].value), HAETAE_OK);
    }
    assert_int_equal(haetae_prometheus_new(config, &exporter), status);
    assert_null(exporter);
    if (strstr(haetae_config_error(config), text) == NULL) {
        fail_msg("no %s in: %s", text, haetae_config_error(config));
    }
    haetae_config_free(config);
}

#define EXPECT_ERROR(status, text, ...)                                                            \
    expect_error(status, text,                                                                     \
                 sizeof((const struct setting[]){__VA_ARGS__}) / sizeof(struct setting),           \
                 (const struct setting[]){__VA_ARGS__})

static void a_port_in_use_is_named(void **state)
{
    struct scrape_sdk fixture;
    char port[16];
    char text[128];

    (void)state;
    scrape_sdk_start(&fixture, NULL);
    snprintf(port, sizeof port, "%u", (unsigned)fixture.port);
    snprintf(text, sizeof text, "OTEL_EXPORTER_PROMETHEUS_PORT=\"%s\": Address already in use",
             port);
    EXPECT_ERROR(HAETAE_EIO, text, {"OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.1"},
                 {"OTEL_EXPORTER_PROMETHEUS_PORT", port});
    scrape_sdk_stop(&fixture);
}

static void a_host_that_is_not_ours_is_named(void **state)
{
    (void)state;
    EXPECT_ERROR(HAETAE_EVALUE, "OTEL_EXPORTER_PROMETHEUS_HOST=\"192.0.2.1\"",
                 {"OTEL_EXPORTER_PROMETHEUS_HOST", "192.0.2.1"});
    EXPECT_ERROR(HAETAE_EVALUE, "OTEL_EXPORTER_PROMETHEUS_HOST=\"300.1.1.1.\"",
                 {"OTEL_EXPORTER_PROMETHEUS_HOST", "300.1.1.1."});
}

static void paths_begin_with_a_slash(void **state)
{
    (void)state;
    EXPECT_ERROR(HAETAE_EVALUE, "HAETAE_PROMETHEUS_PATH=\"metrics\"",
                 {"HAETAE_PROMETHEUS_PATH", "metrics"});
    EXPECT_ERROR(HAETAE_EVALUE, "HAETAE_PROMETHEUS_PATH=\"/m?a\"",
                 {"HAETAE_PROMETHEUS_PATH", "/m?a"});
}

static void passwords_and_users_need_each_other(void **state)
{
    (void)state;
    EXPECT_ERROR(HAETAE_EVALUE, "HAETAE_PROMETHEUS_USER=\"user\"",
                 {"HAETAE_PROMETHEUS_USER", "user"});
    EXPECT_ERROR(HAETAE_EVALUE, "a password needs HAETAE_PROMETHEUS_USER",
                 {"HAETAE_PROMETHEUS_PASSWORD_HASH", "$6$salt$hash"});
    EXPECT_ERROR(HAETAE_EVALUE, "HAETAE_PROMETHEUS_PASSWORD_HASH",
                 {"HAETAE_PROMETHEUS_PASSWORD_HASH", "not-a-hash"},
                 {"HAETAE_PROMETHEUS_USER", "user"});
    EXPECT_ERROR(HAETAE_EIO, "HAETAE_PROMETHEUS_PASSWORD_FILE=\"/nowhere/at/all\"",
                 {"HAETAE_PROMETHEUS_PASSWORD_FILE", "/nowhere/at/all"},
                 {"HAETAE_PROMETHEUS_USER", "user"});
    EXPECT_ERROR(HAETAE_EVALUE, "a user's name has no colon",
                 {"HAETAE_PROMETHEUS_PASSWORD_HASH", "$6$a$b"},
                 {"HAETAE_PROMETHEUS_USER", "us:er"});
}

static void errors_show_no_secret(void **state)
{
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_prometheus_register(), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_PROMETHEUS_USER", "user"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_PROMETHEUS_PASSWORD_HASH", "hunter2"),
                     HAETAE_OK);
    assert_int_equal(haetae_prometheus_new(config, &exporter), HAETAE_EVALUE);
    assert_null(strstr(haetae_config_error(config), "hunter2"));
    assert_null(strstr(haetae_config_get(config, "HAETAE_PROMETHEUS_PASSWORD_HASH"), "hunter2"));
    haetae_config_free(config);
}

static void certificates_are_checked(void **state)
{
    char path[] = "/tmp/haetae-prometheus-XXXXXX";
    int file = mkstemp(path);

    (void)state;
    assert_true(file >= 0);
    assert_int_equal(write(file, "rubbish\n", 8), 8);
    close(file);
    EXPECT_ERROR(HAETAE_EVALUE, "certificate and key need each other",
                 {"HAETAE_PROMETHEUS_TLS_CERTIFICATE", path});
    EXPECT_ERROR(HAETAE_EVALUE, "certificate and key need each other",
                 {"HAETAE_PROMETHEUS_TLS_KEY", path});
    EXPECT_ERROR(HAETAE_EIO, "HAETAE_PROMETHEUS_TLS_CERTIFICATE=\"/nowhere/at/all\"",
                 {"HAETAE_PROMETHEUS_TLS_CERTIFICATE", "/nowhere/at/all"},
                 {"HAETAE_PROMETHEUS_TLS_KEY", path});
    EXPECT_ERROR(HAETAE_EVALUE, "certificate and key cannot be used",
                 {"HAETAE_PROMETHEUS_TLS_CERTIFICATE", path}, {"HAETAE_PROMETHEUS_TLS_KEY", path});
    unlink(path);
}

/* A file of `size` bytes: lines of text, with a NUL where `nul_at` is inside. */
static void make_file(char *path, size_t size, size_t nul_at)
{
    int file = mkstemp(path);
    char *text = malloc(size);

    assert_true(file >= 0);
    assert_non_null(text);
    memset(text, 'a', size);
    text[size - 1] = '\n';
    if (nul_at < size) {
        text[nul_at] = '\0';
    }
    assert_int_equal(write(file, text, size), size);
    close(file);
    free(text);
}

static void files_that_would_be_cut_are_refused(void **state)
{
    char with_nul[] = "/tmp/haetae-prometheus-XXXXXX";
    char large[] = "/tmp/haetae-prometheus-XXXXXX";
    char largest[] = "/tmp/haetae-prometheus-XXXXXX";

    (void)state;
    make_file(with_nul, 64, 8);
    make_file(large, 1024 * 1024 + 1, SIZE_MAX);
    make_file(largest, 1024 * 1024, SIZE_MAX);
    EXPECT_ERROR(HAETAE_EVALUE, "the file is no text",
                 {"HAETAE_PROMETHEUS_PASSWORD_FILE", with_nul}, {"HAETAE_PROMETHEUS_USER", "user"});
    EXPECT_ERROR(HAETAE_EVALUE, "the file has more than 1 MiB",
                 {"HAETAE_PROMETHEUS_PASSWORD_FILE", large}, {"HAETAE_PROMETHEUS_USER", "user"});
    EXPECT_ERROR(HAETAE_EVALUE, "the file is no text",
                 {"HAETAE_PROMETHEUS_TLS_CERTIFICATE", with_nul},
                 {"HAETAE_PROMETHEUS_TLS_KEY", large});
    EXPECT_ERROR(HAETAE_EVALUE, "HAETAE_PROMETHEUS_TLS_KEY",
                 {"HAETAE_PROMETHEUS_TLS_CERTIFICATE", largest},
                 {"HAETAE_PROMETHEUS_TLS_KEY", large});
    EXPECT_ERROR(HAETAE_EVALUE, "certificate and key cannot be used",
                 {"HAETAE_PROMETHEUS_TLS_CERTIFICATE", largest},
                 {"HAETAE_PROMETHEUS_TLS_KEY", largest});
    unlink(with_nul);
    unlink(large);
    unlink(largest);
}

/* The linker has the exporter call this one, which is as an older SDK where the test says so. */
static bool sdk_is_older;

haetae_status __real_haetae_metric_reader_new(const haetae_metric_reader_options *options,
                                              haetae_metric_reader **ret_reader);
haetae_status __wrap_haetae_metric_reader_new(const haetae_metric_reader_options *options,
                                              haetae_metric_reader **ret_reader);

haetae_status __wrap_haetae_metric_reader_new(const haetae_metric_reader_options *options,
                                              haetae_metric_reader **ret_reader)
{
    return sdk_is_older ? HAETAE_EINVAL : __real_haetae_metric_reader_new(options, ret_reader);
}

static void an_aggregation_that_the_sdk_lacks_is_named(void **state)
{
    (void)state;
    sdk_is_older = true;
    EXPECT_ERROR(HAETAE_EINVAL,
                 "HAETAE_PROMETHEUS_HISTOGRAM_AGGREGATION=\"base2_exponential_bucket_histogram\": "
                 "the SDK has no reader with this aggregation",
                 {"HAETAE_PROMETHEUS_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram"});
    sdk_is_older = false;
}

static void without_a_server_pages_are_written(void **state)
{
    static const char *const keys[] = {"HAETAE_PROMETHEUS_SERVER", "false", NULL};
    struct scrape_sdk fixture;

    (void)state;
    scrape_sdk_start(&fixture, keys);
    assert_int_equal(fixture.port, 0);
    scrape_sdk_stop(&fixture);
}

static void it_takes_metrics_alone(void **state)
{
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_prometheus_register(), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_PROMETHEUS_PORT", "0"), HAETAE_OK);
    assert_int_equal(haetae_exporter_create_for(config, "prometheus", NULL,
                                                UINT32_C(1) << HAETAE_SIGNAL_TRACES, &exporter),
                     HAETAE_EVALUE);
    assert_int_equal(haetae_prometheus_port(NULL), 0);
    haetae_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_in_use_is_named),
        cmocka_unit_test(a_host_that_is_not_ours_is_named),
        cmocka_unit_test(paths_begin_with_a_slash),
        cmocka_unit_test(passwords_and_users_need_each_other),
        cmocka_unit_test(errors_show_no_secret),
        cmocka_unit_test(certificates_are_checked),
        cmocka_unit_test(files_that_would_be_cut_are_refused),
        cmocka_unit_test(an_aggregation_that_the_sdk_lacks_is_named),
        cmocka_unit_test(without_a_server_pages_are_written),
        cmocka_unit_test(it_takes_metrics_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
