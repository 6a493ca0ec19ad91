/* SPDX-License-Identifier: Apache-2.0 */
/* OTEL_PROPAGATORS: the default propagator after the start of an SDK. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "haetae/haetae.h"

static int set_up(void **state)
{
    clearenv();
    return haetae_config_new((haetae_config **)state) == HAETAE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    clearenv();
    return 0;
}

/* Starts an SDK with this value of the key, and frees it. */
static void start_with(haetae_config *config, const char *value)
{
    haetae_sdk *sdk = NULL;

    assert_int_equal(haetae_config_set(config, "OTEL_PROPAGATORS", value), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_sdk_free(sdk);
}

/* The fields of the default propagator, which end with NULL. */
static void check_fields(const char *const *fields)
{
    size_t i = 0;

    for (; fields[i] != NULL; i++) {
        assert_non_null(haetae_propagator_field(NULL, i));
        assert_string_equal(haetae_propagator_field(NULL, i), fields[i]);
    }
    assert_null(haetae_propagator_field(NULL, i));
}
#define CHECK_FIELDS(...) check_fields((const char *const[]){__VA_ARGS__})

static void key_that_is_not_set_changes_nothing(void **state)
{
    haetae_sdk *sdk = NULL;

    CHECK_FIELDS("traceparent", "tracestate", "baggage", NULL);
    assert_int_equal(haetae_sdk_start(*state, &sdk), HAETAE_OK);
    haetae_sdk_free(sdk);
    CHECK_FIELDS("traceparent", "tracestate", "baggage", NULL);
    assert_string_equal(haetae_config_get(*state, "OTEL_PROPAGATORS"), "tracecontext,baggage");
}

static void propagators_are_used_in_the_order_of_the_list(void **state)
{
    start_with(*state, "b3, tracecontext");
    CHECK_FIELDS("b3", "traceparent", "tracestate", NULL);
    assert_string_equal(haetae_config_warnings(*state), "");
}

static void name_that_comes_twice_counts_once(void **state)
{
    start_with(*state, "xray,b3,xray,B3");
    CHECK_FIELDS("X-Amzn-Trace-Id", "b3", NULL);
}

static void unknown_names_are_left_out_with_a_warning(void **state)
{
    start_with(*state, "jaeger,magic,b3");
    CHECK_FIELDS("uber-trace-id", "b3", NULL);
    assert_non_null(strstr(haetae_config_warnings(*state),
                           "OTEL_PROPAGATORS: \"magic\" is no propagator that is known"));
}

static void list_of_unknown_names_counts_as_unset(void **state)
{
    start_with(*state, "b3");
    start_with(*state, "magic");
    CHECK_FIELDS("b3", NULL);
}

static void none_propagates_nothing(void **state)
{
    start_with(*state, "none");
    CHECK_FIELDS(NULL);
    assert_string_equal(haetae_config_warnings(*state), "");
    assert_int_equal(haetae_config_set(*state, "OTEL_PROPAGATORS", "none,baggage"), HAETAE_EVALUE);
}

static void disabled_sdk_sets_it_all_the_same(void **state)
{
    haetae_sdk *sdk = NULL;

    (void)state;
    assert_int_equal(setenv("OTEL_SDK_DISABLED", "true", 1), 0);
    assert_int_equal(setenv("OTEL_PROPAGATORS", "ottrace", 1), 0);
    assert_int_equal(haetae_start(NULL, &sdk), HAETAE_OK);
    assert_null(sdk);
    CHECK_FIELDS("ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled", NULL);
}

static const char *const own_fields[] = {"own-header", NULL};

static void own_propagator_is_found_by_its_name(void **state)
{
    haetae_propagator_ops ops =
        HAETAE_OPTIONS(haetae_propagator_ops, .name = "own", .fields = own_fields);
    haetae_propagator *propagator = NULL;

    assert_int_equal(haetae_propagator_new(&ops, NULL, &propagator), HAETAE_OK);
    assert_int_equal(haetae_propagator_register(propagator), HAETAE_OK);
    haetae_propagator_unref(propagator);
    start_with(*state, "own,baggage");
    CHECK_FIELDS("own-header", "baggage", NULL);
}

static void start_that_fails_changes_nothing(void **state)
{
    haetae_sdk *sdk = NULL;
    haetae_status status = HAETAE_ENOMEM;
    long live = 0;

    start_with(*state, "b3");
    assert_int_equal(haetae_config_set(*state, "OTEL_PROPAGATORS", "xray"), HAETAE_OK);
    for (long allocations = 0; status != HAETAE_OK; allocations++) {
        if (allocations > 0) {
            CHECK_FIELDS("b3", NULL);
            assert_int_equal(hae_alloc_live_count(), live);
        }
        live = hae_alloc_live_count();
        hae_alloc_fail_after(allocations);
        status = haetae_sdk_start(*state, &sdk);
        hae_alloc_fail_after(-1);
    }
    haetae_sdk_free(sdk);
    CHECK_FIELDS("X-Amzn-Trace-Id", NULL);
}

static void choice_of_the_program_holds(void **state)
{
    haetae_set_default_propagator(haetae_propagator_find("jaeger"));
    start_with(*state, "b3");
    CHECK_FIELDS("uber-trace-id", NULL);
}

#define PROPAGATORS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROPAGATORS_TEST(key_that_is_not_set_changes_nothing),
        PROPAGATORS_TEST(propagators_are_used_in_the_order_of_the_list),
        PROPAGATORS_TEST(name_that_comes_twice_counts_once),
        PROPAGATORS_TEST(unknown_names_are_left_out_with_a_warning),
        PROPAGATORS_TEST(list_of_unknown_names_counts_as_unset),
        PROPAGATORS_TEST(none_propagates_nothing),
        PROPAGATORS_TEST(disabled_sdk_sets_it_all_the_same),
        PROPAGATORS_TEST(own_propagator_is_found_by_its_name),
        PROPAGATORS_TEST(start_that_fails_changes_nothing),
        PROPAGATORS_TEST(choice_of_the_program_holds), /* the last: it cannot be taken back */
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
