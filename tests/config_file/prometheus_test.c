/* SPDX-License-Identifier: Apache-2.0 */
/* meter_provider.readers.pull: exporters for Prometheus that a file asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "haetae/config_file.h"
#include "haetae/haetae.h"
#include "haetae/prometheus.h"

#define READERS "file_format: \"1.1\"\nmeter_provider:\n  readers:\n"

static haetae_sdk *start(const char *text)
{
    haetae_config_model *model = NULL;
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_WORKER", "manual"), HAETAE_OK);
    if (haetae_config_model_parse(config, "f.yaml", text, strlen(text), &model) != HAETAE_OK ||
        haetae_config_model_create(model, config) != HAETAE_OK ||
        haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_model_free(model);
    haetae_config_free(config);
    haetae_counter_add(haetae_counter_named(haetae_meter_named(sdk, "m"), "a.b", "By"), 3, NULL, 0);
    return sdk;
}

struct page {
    char text[8192];
};

static void keep(void *user, const char *content_type, const uint8_t *page, size_t size_bytes)
{
    struct page *kept = user;

    (void)content_type;
    assert_true(size_bytes < sizeof kept->text);
    memcpy(kept->text, page, size_bytes);
    kept->text[size_bytes] = '\0';
}

/* Of the exporter that was made last. */
static struct page last_page(void)
{
    struct page page;

    assert_int_equal(haetae_prometheus_write(NULL, NULL, 10000, keep, &page), HAETAE_OK);
    return page;
}

static void an_exporter_has_what_the_file_says(void **state)
{
    struct page page;
    haetae_sdk *sdk = start(READERS "    - pull: {exporter: {prometheus/development: {host: "
                                    "127.0.0.1, port: 0, scope_info_enabled: false}}}\n");

    (void)state;
    assert_true(haetae_prometheus_port(NULL) != 0);
    page = last_page();
    assert_non_null(strstr(page.text, "a_b_bytes_total 3"));
    haetae_sdk_free(sdk);
}

static void an_exporter_inherits_nothing_of_the_one_before(void **state)
{
    struct page page;
    haetae_sdk *sdk = start(
        READERS "    - pull: {exporter: {prometheus/development: {host: 127.0.0.1, port: 0, "
                "scope_info_enabled: false, target_info_enabled/development: false, "
                "translation_strategy: no_translation/development, "
                "resource_constant_labels: {included: [\"*\"], excluded: [x]}}}}\n"
                "    - pull: {exporter: {prometheus/development: {host: 127.0.0.1, port: 0}}}\n");

    (void)state;
    page = last_page();
    assert_non_null(strstr(page.text, "a_b_bytes_total{otel_scope_name=\"m\"} 3"));
    assert_non_null(strstr(page.text, "target_info"));
    haetae_sdk_free(sdk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exporter_has_what_the_file_says),
        cmocka_unit_test(an_exporter_inherits_nothing_of_the_one_before),
    };

    (void)haetae_prometheus_register();
    (void)haetae_config_file_register();
    return cmocka_run_group_tests_name("config_file/prometheus", tests, NULL, NULL);
}
