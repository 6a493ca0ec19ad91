/* SPDX-License-Identifier: Apache-2.0 */
/* Parts that are added to a configuration: exporters, attributes, callbacks. Their
 * ownership, and failing allocations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/diagnostics.h"
#include "haetae/haetae.h"
#include "sdk/config_check.h"
#include "sdk/config_read.h"

static long live_before;

static int set_up(void **state)
{
    clearenv();
    live_before = hae_alloc_live_count();
    return haetae_config_new((haetae_config **)state) == HAETAE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    return hae_alloc_live_count() == live_before ? 0 : -1;
}

static void set(haetae_config *config, const char *key, const char *value)
{
    if (haetae_config_set(config, key, value) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
}

/* ---- Exporters ---------------------------------------------------------- */

static void refuse(void *self, haetae_delivery *delivery)
{
    (void)self;
    (void)delivery;
}

static void count_free(void *self)
{
    ++*(int *)self;
}

static haetae_exporter *exporter_named(const char *name, int *free_count)
{
    const haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = name, .send = refuse, .free = count_free);
    haetae_exporter *exporter = NULL;

    assert_int_equal(haetae_exporter_new(&ops, free_count, &exporter), HAETAE_OK);
    return exporter;
}

static void exporters_are_freed_with_the_configuration(void **state)
{
    int freed = 0;

    assert_int_equal(haetae_config_add_exporter(*state, exporter_named("a", &freed)), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(*state, exporter_named("b", &freed)), HAETAE_OK);
    assert_int_equal(freed, 0);
    haetae_config_free(*state);
    assert_int_equal(freed, 2);
    *state = NULL;
}

static void exporter_too_many_stays_the_callers(void **state)
{
    /* Outlives the test: the configuration is freed after it. */
    static int freed;
    haetae_exporter *ninth = exporter_named("i", &freed);

    for (int i = 0; i < HAE_CONFIG_EXPORTERS_MAX; i++) {
        assert_int_equal(haetae_config_add_exporter(*state, exporter_named("x", &freed)),
                         HAETAE_OK);
    }
    assert_int_equal(haetae_config_add_exporter(*state, ninth), HAETAE_ELIMIT);
    assert_string_equal(haetae_config_error(*state), "no more than 8 exporters can be added");
    haetae_exporter_free(ninth);
    assert_int_equal(freed, 1);
}

static void exporter_is_not_added_twice(void **state)
{
    int freed = 0;
    haetae_exporter *exporter = exporter_named("a", &freed);

    assert_int_equal(haetae_config_add_exporter(*state, exporter), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(*state, exporter), HAETAE_EINVAL);
    haetae_config_free(*state);
    assert_int_equal(freed, 1);
    *state = NULL;
}

static void exporters_are_chosen_by_name_for_each_signal(void **state)
{
    static int freed;

    haetae_config_add_exporter(*state, exporter_named("otlp", &freed));
    haetae_config_add_exporter(*state, exporter_named("console", &freed));
    haetae_config_add_exporter(*state, exporter_named("otlp", &freed));
    set(*state, "OTEL_TRACES_EXPORTER", "OTLP");
    set(*state, "OTEL_METRICS_EXPORTER", "none");
    assert_int_equal(hae_config_exporters(*state, HAETAE_SIGNAL_TRACES), 5);
    assert_int_equal(hae_config_exporters(*state, HAETAE_SIGNAL_METRICS), 0);
    assert_int_equal(hae_config_exporters(*state, HAETAE_SIGNAL_LOGS), 7);
    assert_int_equal(hae_config_check(*state), HAETAE_OK);
    set(*state, "OTEL_LOGS_EXPORTER", "console,otlp");
    assert_int_equal(hae_config_exporters(*state, HAETAE_SIGNAL_LOGS), 7);
}

static void exporter_that_was_not_added_is_ignored_with_a_warning(void **state)
{
    static int freed;

    haetae_config_add_exporter(*state, exporter_named("console", &freed));
    set(*state, "OTEL_TRACES_EXPORTER", "console,otlp");
    set(*state, "OTEL_LOGS_EXPORTER", "mine");
    assert_int_equal(hae_config_check(*state), HAETAE_OK);
    hae_config_warn_of_exporters(*state);
    hae_config_warn_of_exporters(*state); /* says it once */
    assert_string_equal(haetae_config_error(*state), "");
    assert_string_equal(
        haetae_config_warnings(*state),
        "OTEL_TRACES_EXPORTER: no exporter named \"otlp\" was added; it is ignored\n"
        "OTEL_LOGS_EXPORTER: no exporter named \"mine\" was added; it is ignored");
    assert_int_equal(hae_config_exporters(*state, HAETAE_SIGNAL_TRACES), 1);
    /* A list of such names alone counts as unset. */
    assert_int_equal(hae_config_exporters(*state, HAETAE_SIGNAL_LOGS), 1);
}

static void values_that_contradict_each_other_are_named(void **state)
{
    set(*state, "OTEL_BSP_MAX_QUEUE_SIZE", "100");
    set(*state, "HAETAE_RETRY_INITIAL_MS", "60000");
    set(*state, "HAETAE_MAX_REQUEST_BYTES", "16m");
    set(*state, "HAETAE_QUEUE_BYTES", "16m");
    assert_int_equal(hae_config_check(*state), HAETAE_OK);
    set(*state, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "101");
    set(*state, "HAETAE_RETRY_MAX_MS", "59999");
    assert_int_equal(hae_config_check(*state), HAETAE_EVALUE);
    assert_string_equal(haetae_config_error(*state),
                        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=\"101\": expected no more than "
                        "OTEL_BSP_MAX_QUEUE_SIZE, which is \"100\"\n"
                        "HAETAE_RETRY_INITIAL_MS=\"60000\": expected no more than "
                        "HAETAE_RETRY_MAX_MS, which is \"59999\"");
}

/* ---- Errors of one call after the other ------------------------------------ */

static haetae_status set_unknown(haetae_config *config)
{
    return haetae_config_set(config, "UNKNOWN", "x");
}

static haetae_status set_unknown_default(haetae_config *config)
{
    return haetae_config_set_default(config, "UNKNOWN", "x");
}

static haetae_status add_no_attribute(haetae_config *config)
{
    return haetae_config_add_resource_attribute(config, NULL);
}

static haetae_status add_no_exporter(haetae_config *config)
{
    return haetae_config_add_exporter(config, NULL);
}

static haetae_status create_unknown(haetae_config *config)
{
    haetae_exporter *exporter;

    return haetae_exporter_create(config, "unknown", NULL, &exporter);
}

static haetae_status start_sdk(haetae_config *config)
{
    haetae_sdk *sdk;

    return haetae_sdk_start(config, &sdk);
}

static haetae_status start_all(haetae_config *config)
{
    haetae_sdk *sdk;

    return haetae_start(config, &sdk);
}

static haetae_status recover_nowhere(haetae_config *config)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);

    return haetae_recover(config, "/nowhere", 0, &recovery);
}

/* Each fails, and says so without what the call before had said. */
static void errors_of_a_call_replace_those_of_the_one_before(void **state)
{
    static haetae_status (*const calls[])(haetae_config * config) = {
        set_unknown,    set_unknown_default, add_no_attribute, add_no_exporter,
        create_unknown, start_sdk,           start_all,        recover_nowhere,
    };

    static int freed;

    haetae_config_add_exporter(*state, exporter_named("a", &freed));
    set(*state, "OTEL_BSP_MAX_QUEUE_SIZE", "100");
    set(*state, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "101");
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        assert_int_equal(haetae_config_set(*state, "BEFORE", "x"), HAETAE_EKEY);
        assert_non_null(strstr(haetae_config_error(*state), "BEFORE"));
        assert_int_not_equal(calls[i](*state), HAETAE_OK);
        if (haetae_config_error(*state)[0] == '\0' ||
            strstr(haetae_config_error(*state), "BEFORE") != NULL) {
            fail_msg("call %zu: %s", i, haetae_config_error(*state));
        }
    }
}

/* ---- Callbacks ---------------------------------------------------------- */

static void diagnose(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
}

static void start(void *user)
{
    (void)user;
}

static void callbacks_are_kept(void **state)
{
    haetae_config *config = *state;
    int user;

    assert_ptr_equal(config->diagnostics, hae_diagnostics_to_stderr);
    assert_null(config->worker_start);
    assert_int_equal(haetae_config_set_diagnostics(config, diagnose, &user), HAETAE_OK);
    assert_int_equal(haetae_config_set_worker_start(config, start, &user), HAETAE_OK);
    assert_ptr_equal(config->diagnostics, diagnose);
    assert_ptr_equal(config->diagnostics_user, &user);
    assert_ptr_equal(config->worker_start, start);
    assert_ptr_equal(config->worker_start_user, &user);
    assert_int_equal(haetae_config_set_diagnostics(config, NULL, NULL), HAETAE_OK);
    assert_null(config->diagnostics);
}

static void resource_attribute_must_be_valid(void **state)
{
    haetae_attribute attribute = HAETAE_ATTR("", 1);

    assert_int_equal(haetae_config_add_resource_attribute(*state, &attribute), HAETAE_EINVAL);
    attribute = haetae_attribute_of(NULL, haetae_value_bool(true));
    assert_int_equal(haetae_config_add_resource_attribute(*state, &attribute), HAETAE_EINVAL);
    attribute = haetae_attribute_of("a", haetae_value_text("b", SIZE_MAX));
    assert_int_equal(haetae_config_add_resource_attribute(*state, &attribute), HAETAE_EINVAL);
    assert_string_equal(haetae_config_error(*state),
                        "resource attribute: an empty key or an invalid length");
    attribute.key.length = SIZE_MAX;
    assert_int_equal(haetae_config_add_resource_attribute(*state, &attribute), HAETAE_EINVAL);
}

static void null_arguments_are_refused(void **state)
{
    const haetae_attribute attribute = HAETAE_ATTR("a", 1);

    assert_int_equal(haetae_config_new(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set(NULL, "a", "b"), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set(*state, NULL, "b"), HAETAE_EINVAL);
    assert_int_equal(haetae_config_load_env(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_exporter(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_exporter(*state, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_resource_attribute(NULL, &attribute), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_resource_attribute(*state, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_diagnostics(NULL, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_worker_start(NULL, NULL, NULL), HAETAE_EINVAL);
    haetae_config_free(NULL);
    haetae_config_keys(NULL, NULL);
}

/* ---- Out of memory ------------------------------------------------------ */

static haetae_status use_all(haetae_config **ret_config)
{
    const haetae_attribute attribute = HAETAE_ATTR("team", "dispatch");
    haetae_status status = haetae_config_new(ret_config);

    if (status == HAETAE_OK) {
        status = haetae_config_set(*ret_config, "OTEL_SERVICE_NAME", "first");
    }
    if (status == HAETAE_OK) {
        status = haetae_config_set(*ret_config, "OTEL_SERVICE_NAME", "second");
    }
    if (status == HAETAE_OK) {
        status = haetae_config_load_env(*ret_config);
    }
    if (status == HAETAE_OK) {
        status = haetae_config_add_resource_attribute(*ret_config, &attribute);
    }
    return status;
}

static void configuration_survives_every_lack_of_memory(void **state)
{
    haetae_status status = HAETAE_ENOMEM;
    long tries = 0;

    (void)state;
    setenv("OTEL_TRACES_EXPORTER", "none", 1);
    setenv("OTEL_BSP_SCHEDULE_DELAY", "1", 1);
    for (; status == HAETAE_ENOMEM; tries++) {
        long live = hae_alloc_live_count();
        haetae_config *config = NULL;

        hae_alloc_fail_after(tries);
        status = use_all(&config);
        hae_alloc_fail_after(-1);
        if (status == HAETAE_ENOMEM && config != NULL) {
            assert_non_null(strstr(haetae_config_error(config), "out of memory"));
            if (hae_config_is_set(config, HAE_KEY_OTEL_SERVICE_NAME)) {
                assert_string_equal(haetae_config_get(config, "OTEL_SERVICE_NAME"),
                                    tries == 2 ? "first" : "second");
            }
        }
        haetae_config_free(config);
        assert_int_equal(hae_alloc_live_count(), live);
    }
    assert_int_equal(status, HAETAE_OK);
    assert_int_equal(tries, 1 + 2 + 2 + 2 + 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(exporters_are_freed_with_the_configuration),
        TEST(exporter_too_many_stays_the_callers),
        TEST(exporter_is_not_added_twice),
        TEST(exporters_are_chosen_by_name_for_each_signal),
        TEST(exporter_that_was_not_added_is_ignored_with_a_warning),
        TEST(values_that_contradict_each_other_are_named),
        TEST(errors_of_a_call_replace_those_of_the_one_before),
        TEST(callbacks_are_kept),
        TEST(resource_attribute_must_be_valid),
        TEST(null_arguments_are_refused),
        TEST(configuration_survives_every_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
