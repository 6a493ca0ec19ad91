/* SPDX-License-Identifier: Apache-2.0 */
/* Views from a configuration to what an exporter gets. The rules are in tests/metrics. */
#include "haetae/view.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "support/sdk_fixture.h"

struct fixture {
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk;
    uint8_t got[1 << 16]; /* what was sent */
    size_t size_bytes;
};

static void keep(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct fixture *f = fake->user;
    size_t size = haetae_delivery_size(delivery);

    assert_true(f->size_bytes + size <= sizeof f->got);
    memcpy(f->got + f->size_bytes, haetae_delivery_data(delivery), size);
    f->size_bytes += size;
    fake_accept(fake, delivery);
}

static struct fixture *begin(void)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    fake_init(&f->fake, "fake", keep);
    f->fake.user = f;
    f->config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&f->fake));
    sdk_diagnostics[0] = '\0';
    assert_int_equal(haetae_config_set_diagnostics(f->config, sdk_diagnose, NULL), HAETAE_OK);
    return f;
}

static void start(struct fixture *f)
{
    assert_int_equal(haetae_sdk_start(f->config, &f->sdk), HAETAE_OK);
    haetae_config_free(f->config);
}

static void end(struct fixture *f)
{
    sdk_finish(f->sdk, &f->fake);
    free(f);
}

static bool has(const struct fixture *f, const char *text)
{
    return memmem(f->got, f->size_bytes, text, strlen(text)) != NULL;
}

static haetae_view_options for_name(const char *name)
{
    return (haetae_view_options)HAETAE_OPTIONS(haetae_view_options,
                                               .instrument_name = {name, strlen(name)});
}

static void a_view_of_the_configuration_renames_filters_and_drops(void **state)
{
    struct fixture *f = begin();
    haetae_view_options view = for_name("calls");
    char key[] = "user.mail";
    haetae_string left_out = {key, sizeof key - 1};
    haetae_meter *meter;

    (void)state;
    view.name = haetae_string_of("calls.of.all.users");
    view.excluded_keys = &left_out;
    view.excluded_key_count = 1;
    assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_OK);
    memset(key, 'x', sizeof key); /* it was copied */
    view = for_name("*.noise");
    view.aggregation = HAETAE_AGGREGATION_DROP;
    assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_OK);
    start(f);
    meter = haetae_meter_named(f->sdk, "library");
    haetae_counter_add(haetae_counter_named(meter, "calls", NULL), 1,
                       HAETAE_ATTRS(HAETAE_ATTR("user.mail", "personal")));
    haetae_counter_add(haetae_counter_named(meter, "pure.noise", NULL), 1, NULL, 0);
    haetae_counter_add(haetae_counter_named(meter, "other", NULL), 1, NULL, 0);
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
    assert_true(has(f, "calls.of.all.users"));
    assert_false(has(f, "personal"));
    assert_false(has(f, "noise"));
    assert_true(has(f, "other"));
    end(f);
}

static void views_of_the_sdks_own_metrics_count_as_well(void **state)
{
    struct fixture *f = begin();
    haetae_view_options view = for_name("otel.sdk.*");

    (void)state;
    view.aggregation = HAETAE_AGGREGATION_DROP;
    assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_OK);
    assert_int_equal(haetae_config_set(f->config, "HAETAE_SDK_METRICS", "true"), HAETAE_OK);
    start(f);
    haetae_counter_add(haetae_counter_named(haetae_meter_named(f->sdk, "m"), "mine", NULL), 1, NULL,
                       0);
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
    assert_true(has(f, "mine"));
    assert_false(has(f, "otel.sdk"));
    end(f);
}

static void views_can_be_put_together(void **state)
{
    for (int composable = 0; composable <= 1; composable++) {
        struct fixture *f = begin();
        haetae_view_options view = for_name("c");

        (void)state;
        view.description = haetae_string_of("the first");
        assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_OK);
        view.description = haetae_string_of("the second");
        assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_OK);
        assert_int_equal(haetae_config_set(f->config, "HAETAE_VIEW_MATCHING", "merged"),
                         HAETAE_EVALUE);
        assert_int_equal(haetae_config_set(f->config, "HAETAE_VIEW_MATCHING",
                                           composable ? "composable" : "independent"),
                         HAETAE_OK);
        start(f);
        haetae_counter_add(haetae_counter_named(haetae_meter_named(f->sdk, "m"), "c", NULL), 1,
                           NULL, 0);
        assert_int_equal(haetae_sdk_force_flush(f->sdk, 10000), HAETAE_OK);
        assert_true(has(f, "the second"));
        assert_int_equal(has(f, "the first"), !composable);
        assert_int_equal(strstr(sdk_diagnostics, "two streams have the name") != NULL, !composable);
        end(f);
    }
}

static void views_that_matched_nothing_are_named_at_the_shutdown(void **state)
{
    struct fixture *f = begin();
    haetae_view_options view = for_name("c");

    (void)state;
    assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_OK);
    view = for_name("Htpp.*");
    assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_OK);
    view = (haetae_view_options)HAETAE_OPTIONS(haetae_view_options, .unit = {"ms", 2});
    assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_OK);
    start(f);
    assert_non_null(haetae_counter_named(haetae_meter_named(f->sdk, "m"), "c", NULL));
    assert_int_equal(haetae_sdk_shutdown(f->sdk, 10000), HAETAE_OK);
    assert_non_null(
        strstr(sdk_diagnostics, "these views have matched no instrument: \"htpp.*\", \"*\""));
    end(f);
}

static void what_is_wrong_with_a_view_is_said(void **state)
{
    struct fixture *f = begin();
    haetae_view_options view = HAETAE_OPTIONS(haetae_view_options);

    (void)state;
    assert_int_equal(haetae_config_add_view(NULL, &view), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_view(f->config, NULL), HAETAE_EINVAL);
    assert_string_equal(haetae_config_error(f->config), "view: the options are NULL");
    assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_EINVAL);
    assert_non_null(strstr(haetae_config_error(f->config), "instrument_name \"*\" is all"));
    view = for_name("c");
    view.struct_size = 8;
    assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_EINVAL);
    assert_non_null(strstr(haetae_config_error(f->config), "struct_size"));
    view = for_name("c");
    for (int i = 0; i < 256; i++) {
        assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_OK);
    }
    assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_ELIMIT);
    assert_string_equal(haetae_config_error(f->config), "view: a configuration has at most 256");
    start(f);
    end(f);
}

static void a_start_that_fails_leaves_the_views_to_the_next_one(void **state)
{
    struct fixture *f = begin();
    haetae_view_options view = for_name("c");
    haetae_sdk *sdk = NULL;
    haetae_status status = HAETAE_ENOMEM;
    long allocations = 0;

    (void)state;
    view.aggregation = HAETAE_AGGREGATION_DROP;
    assert_int_equal(haetae_config_add_view(f->config, &view), HAETAE_OK);
    for (; allocations < 40; allocations++) {
        hae_alloc_fail_after(allocations);
        status = haetae_sdk_start(f->config, &sdk);
        hae_alloc_fail_after(-1);
        if (status == HAETAE_OK) {
            break;
        }
    }
    if (sdk == NULL) {
        assert_int_equal(haetae_sdk_start(f->config, &sdk), HAETAE_OK);
    }
    f->sdk = sdk;
    haetae_config_free(f->config);
    assert_true(allocations > 3);
    assert_false(
        haetae_counter_enabled(haetae_counter_named(haetae_meter_named(f->sdk, "m"), "c", NULL)));
    end(f);
}

static void a_configuration_without_a_start_frees_its_views(void **state)
{
    long before = hae_alloc_live_count();
    haetae_view_options view = for_name("c");
    haetae_config *config = NULL;

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_add_view(config, &view), HAETAE_OK);
    haetae_config_free(config);
    assert_int_equal(hae_alloc_live_count(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_of_the_configuration_renames_filters_and_drops),
        cmocka_unit_test(views_of_the_sdks_own_metrics_count_as_well),
        cmocka_unit_test(views_can_be_put_together),
        cmocka_unit_test(views_that_matched_nothing_are_named_at_the_shutdown),
        cmocka_unit_test(what_is_wrong_with_a_view_is_said),
        cmocka_unit_test(a_start_that_fails_leaves_the_views_to_the_next_one),
        cmocka_unit_test(a_configuration_without_a_start_frees_its_views),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
