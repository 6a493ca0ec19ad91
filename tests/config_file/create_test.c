/* SPDX-License-Identifier: Apache-2.0 */
/* What is made of a model: providers, propagators, samplers, processors, and how they behave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdatomic.h>

#include "haetae/config_file.h"
#include "haetae/haetae.h"

/* ---- An exporter that counts
 * ------------------------------------------------------------------------------ */

static _Atomic uint64_t sent[HAETAE_SIGNAL_COUNT]; /* the worker adds, the test reads */

static void sink_send(void *self, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK);

    (void)self;
    atomic_fetch_add_explicit(&sent[haetae_delivery_signal(delivery)],
                              haetae_delivery_item_count(delivery), memory_order_relaxed);
    haetae_delivery_complete(delivery, &result);
}

static haetae_status make_sink(void *user, haetae_config *config, uint32_t signals,
                               const haetae_config_node *properties)
{
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "sink", .send = sink_send, .signals = signals);
    haetae_exporter *exporter = NULL;
    haetae_status status = haetae_exporter_new(&ops, NULL, &exporter);

    (void)user;
    (void)properties;
    status = status == HAETAE_OK ? haetae_config_add_exporter(config, exporter) : status;
    if (status != HAETAE_OK) {
        haetae_exporter_free(exporter);
    }
    return status;
}

static int set_up_all(void **state)
{
    haetae_config_component component =
        HAETAE_OPTIONS(haetae_config_component, .kind = HAETAE_CONFIG_EXPORTER, .name = "sink",
                       .create = make_sink);

    (void)state;
    return haetae_config_component_register(&component) == HAETAE_OK ? 0 : -1;
}

/* ---- Fixture
 * ---------------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    clearenv();
    return haetae_config_new((haetae_config **)state) == HAETAE_OK &&
                   haetae_config_set_diagnostics(*state, NULL, NULL) == HAETAE_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    return 0;
}

#define FORMAT "file_format: \"1.1\"\n"
#define TRACES FORMAT "tracer_provider:\n  processors: [batch: {exporter: {sink: }}]\n"

/* An SDK that is made of a text. */
static haetae_sdk *start(haetae_config *config, const char *text)
{
    haetae_config_model *model = NULL;
    haetae_sdk *sdk = NULL;

    if (haetae_config_model_parse(config, "f.yaml", text, strlen(text), &model) != HAETAE_OK ||
        haetae_config_model_create(model, config) != HAETAE_OK ||
        haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_model_free(model);
    return sdk;
}

/* ---- Providers
 * ---------------------------------------------------------------------------------------- */

static void each_signal_has_the_provider_of_the_file(void **state)
{
    static const char *const texts[HAETAE_SIGNAL_COUNT] = {
        [HAETAE_SIGNAL_TRACES] = TRACES,
        [HAETAE_SIGNAL_METRICS] =
            FORMAT "meter_provider:\n  readers: [periodic: {exporter: {sink: }}]\n",
        [HAETAE_SIGNAL_LOGS] =
            FORMAT "logger_provider:\n  processors: [batch: {exporter: {sink: }}]\n",
    };

    (void)state;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        haetae_config *config = NULL;
        haetae_sdk *sdk;

        assert_int_equal(haetae_config_new(&config), HAETAE_OK);
        sdk = start(config, texts[signal]);
        haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("s"),
                                          HAETAE_SPAN_KIND_INTERNAL));
        haetae_log(haetae_logger_named(sdk, "t"), HAETAE_SEVERITY_INFO, HAETAE_TEXT("l"), NULL, 0);
        haetae_counter_add(haetae_counter_named(haetae_meter_named(sdk, "t"), "c", NULL), 1, NULL,
                           0);
        for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
            atomic_store_explicit(&sent[i], 0, memory_order_relaxed);
        }
        assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
        haetae_sdk_free(sdk);
        for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
            assert_int_equal(atomic_load_explicit(&sent[i], memory_order_relaxed), i == signal);
        }
        haetae_config_free(config);
    }
}

/* ---- Propagators
 * -------------------------------------------------------------------------------------- */

/* The fields of the default propagator. */
static void check_fields(const char *const *fields)
{
    size_t i = 0;

    for (; fields[i] != NULL; i++) {
        const char *found = haetae_propagator_field(NULL, i);

        assert_non_null(found);
        assert_string_equal(found, fields[i]);
    }
    assert_null(haetae_propagator_field(NULL, i));
}
#define CHECK_FIELDS(...) check_fields((const char *const[]){__VA_ARGS__})

/* Entries of `composite` come first, and names that come twice count once. */
static void propagators_of_the_file_are_the_default(void **state)
{
    haetae_sdk_free(start(*state, FORMAT "propagator:\n  composite: [b3: , baggage: ]\n"
                                         "  composite_list: baggage,tracecontext\n"));
    CHECK_FIELDS("b3", "baggage", "traceparent", "tracestate", NULL);
}

/* Specification of the schema: without it, nothing is propagated. */
static void file_without_propagators_has_none(void **state)
{
    haetae_sdk_free(start(*state, TRACES));
    CHECK_FIELDS(NULL);
}

static void list_of_none_propagates_nothing(void **state)
{
    haetae_sdk_free(start(*state, FORMAT "propagator: {composite_list: none}\n"));
    CHECK_FIELDS(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_signal_has_the_provider_of_the_file),
        TEST(propagators_of_the_file_are_the_default),
        TEST(file_without_propagators_has_none),
        TEST(list_of_none_propagates_nothing),
    };
    return cmocka_run_group_tests(tests, set_up_all, NULL);
}
