/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a program's own that a configuration hands to an SDK: who owns them when. */
#include <unistd.h>

#include "base/alloc.h"
#include "haetae/recover.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

struct part {
    unsigned used;
    unsigned freed;
};

static int32_t decide(void *self, const haetae_sampling_input *input, haetae_sampling *sampling)
{
    haetae_attribute attribute = HAETAE_ATTR("decided", true);

    (void)input;
    ((struct part *)self)->used++;
    haetae_sampling_add_attributes(sampling, &attribute, 1);
    return HAETAE_SAMPLING_RECORD_AND_SAMPLE;
}

static void free_part(void *self)
{
    ((struct part *)self)->freed++;
}

static void make_id(void *self, uint8_t *ret_id)
{
    ret_id[0] = 7;
    ((struct part *)self)->used++;
}

static haetae_sampler *sampler_of(struct part *part)
{
    haetae_sampler_ops ops = HAETAE_OPTIONS(haetae_sampler_ops, .description = "Part",
                                            .decide = decide, .free = free_part);
    haetae_sampler *sampler = NULL;

    assert_int_equal(haetae_sampler_new(&ops, part, &sampler), HAETAE_OK);
    return sampler;
}

static haetae_id_generator ids_of(struct part *part)
{
    haetae_id_generator ids =
        HAETAE_OPTIONS(haetae_id_generator, .span_id = make_id, .free = free_part, .self = part);

    return ids;
}

static void the_sdk_owns_the_parts_from_its_start(void **state)
{
    struct part sampler = {0, 0};
    struct part ids = {0, 0};
    haetae_id_generator generator = ids_of(&ids);
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&fake));
    assert_int_equal(haetae_config_set_sampler(config, sampler_of(&sampler)), HAETAE_OK);
    assert_int_equal(haetae_config_set_id_generator(config, &generator), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    assert_int_equal(sampler.freed + ids.freed, 0);
    sdk_spans(sdk, 3);
    assert_int_equal(sampler.used, 3);
    assert_int_equal(ids.used, 3);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 3);
    sdk_finish(sdk, &fake);
    assert_int_equal(sampler.freed, 1);
    assert_int_equal(ids.freed, 1);
}

static void the_configuration_owns_them_until_then(void **state)
{
    struct part samplers[2] = {{0, 0}, {0, 0}};
    struct part ids[2] = {{0, 0}, {0, 0}};
    haetae_id_generator generators[2] = {ids_of(&ids[0]), ids_of(&ids[1])};
    haetae_config *config = sdk_config(SDK_SETTINGS({NULL, NULL}), SDK_FAKES(NULL));
    haetae_sampler *sampler = sampler_of(&samplers[0]);

    (void)state;
    assert_int_equal(haetae_config_set_sampler(config, sampler), HAETAE_OK);
    assert_int_equal(haetae_config_set_sampler(config, sampler), HAETAE_EINVAL);
    assert_int_equal(samplers[0].freed, 0);
    assert_int_equal(haetae_config_set_sampler(config, sampler_of(&samplers[1])), HAETAE_OK);
    assert_int_equal(samplers[0].freed, 1);
    assert_int_equal(haetae_config_set_id_generator(config, &generators[0]), HAETAE_OK);
    assert_int_equal(haetae_config_set_id_generator(config, &generators[1]), HAETAE_OK);
    assert_int_equal(ids[0].freed, 1);
    generators[0].struct_size = 1;
    assert_int_equal(haetae_config_set_id_generator(config, &generators[0]), HAETAE_EINVAL);
    assert_int_equal(ids[1].freed, 0);
    assert_int_equal(haetae_config_set_id_generator(config, NULL), HAETAE_OK);
    assert_int_equal(ids[1].freed, 1);
    assert_int_equal(haetae_config_set_sampler(config, NULL), HAETAE_OK);
    assert_int_equal(samplers[1].freed, 1);
    haetae_config_free(config);
}

/* Whatever fails, the parts are there for the next start, and freed once. */
static void a_start_that_fails_leaves_them_with_the_configuration(void **state)
{
    struct part sampler = {0, 0};
    struct part ids = {0, 0};
    haetae_id_generator generator = ids_of(&ids);
    haetae_config *config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(NULL));
    haetae_status status = HAETAE_ENOMEM;
    haetae_sdk *sdk = NULL;

    (void)state;
    assert_int_equal(haetae_config_set_sampler(config, sampler_of(&sampler)), HAETAE_OK);
    assert_int_equal(haetae_config_set_id_generator(config, &generator), HAETAE_OK);
    for (long i = 0; status != HAETAE_OK; i++) {
        assert_true(i < 1000);
        hae_alloc_fail_after(i);
        status = haetae_sdk_start(config, &sdk);
        hae_alloc_fail_after(-1);
        assert_int_equal(sampler.freed + ids.freed, 0);
    }
    sdk_spans(sdk, 1);
    assert_int_equal(sampler.used, 1);
    haetae_sdk_free(sdk);
    assert_int_equal(sampler.freed, 1);
    assert_int_equal(ids.freed, 1);
    /* They are gone: the configuration serves again, with OTEL_TRACES_SAMPLER. */
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    sdk_spans(sdk, 1);
    assert_int_equal(sampler.used, 1);
    haetae_sdk_free(sdk);
    haetae_config_free(config);
    assert_int_equal(sampler.freed, 1);
}

static void a_disabled_sdk_leaves_them_with_the_configuration(void **state)
{
    struct part sampler = {0, 0};
    haetae_config *config =
        sdk_config(SDK_SETTINGS({"OTEL_SDK_DISABLED", "true"}), SDK_FAKES(NULL));
    haetae_sdk *sdk = NULL;

    (void)state;
    assert_int_equal(haetae_config_set_sampler(config, sampler_of(&sampler)), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    assert_null(sdk);
    assert_int_equal(sampler.freed, 0);
    haetae_config_free(config);
    assert_int_equal(sampler.freed, 1);
}

static void a_tracer_with_a_sampler_is_enabled(void **state)
{
    struct part sampler = {0, 0};
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    config =
        sdk_config(SDK_SETTINGS({"OTEL_TRACES_SAMPLER", "always_off"}, {"HAETAE_WORKER", "manual"}),
                   SDK_FAKES(&fake));
    assert_int_equal(haetae_config_set_sampler(config, sampler_of(&sampler)), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    assert_true(haetae_tracer_enabled(haetae_tracer_named(sdk, "t")));
    sdk_spans(sdk, 2);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 2);
    sdk_finish(sdk, &fake);
}

static haetae_status count_shutdown(void *self, uint32_t timeout_ms)
{
    (void)timeout_ms;
    ((struct part *)self)->used++;
    return HAETAE_OK;
}

/* A recovery sends what others have recorded: the program's parts are for its own SDK, which it
 * starts next with the same configuration. */
static void a_recovery_leaves_them_with_the_configuration(void **state)
{
    struct part sampler = {0, 0};
    struct part seen = {0, 0};
    haetae_span_processor processor = HAETAE_OPTIONS(
        haetae_span_processor, .shutdown = count_shutdown, .free = free_part, .self = &seen);
    char directory[TEMPORARY_PATH_MAX];
    struct fake_exporter fake, second;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    (void)state;
    assert_true(temporary_directory(directory));
    fake_init(&fake, "fake", fake_accept);
    fake_init(&second, "second", fake_accept);
    config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_SDK_METRICS", "true"}),
                        SDK_FAKES(&fake));
    assert_int_equal(haetae_config_set_sampler(config, sampler_of(&sampler)), HAETAE_OK);
    assert_int_equal(haetae_config_add_span_processor(config, &processor), HAETAE_OK);
    assert_int_equal(haetae_recover(config, directory, 10000, NULL), HAETAE_OK);
    assert_int_equal(fake.send_count, 0); /* no metrics about the recovery itself */
    assert_int_equal(seen.used + seen.freed + sampler.freed, 0);
    fake_done(&fake);
    fake_make(&second);
    assert_int_equal(haetae_config_add_exporter(config, second.exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    sdk_spans(sdk, 3);
    assert_int_equal(sampler.used, 3);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    assert_int_equal(seen.used, 1);
    sdk_finish(sdk, &second);
    assert_int_equal(seen.freed, 1);
    assert_int_equal(sampler.freed, 1);
    assert_int_equal(rmdir(directory), 0);
}

/* A sampler that decides about children by the trace id alone is reported once. */
static void the_worker_reports_what_samplers_notice(void **state)
{
    static const char words[] = "traceidratio decides";
    haetae_span_context parent = {.trace_id = {1}, .span_id = {2}};
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options, .parent = &parent);
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk;
    char *found;

    (void)state;
    sdk_diagnostics[0] = '\0';
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(
        SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"OTEL_TRACES_SAMPLER", "traceidratio"}),
        SDK_FAKES(&fake));
    assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    for (int i = 0; i < 3; i++) {
        haetae_span_end(
            haetae_span_start_with(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("child"), &options));
        assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    }
    found = strstr(sdk_diagnostics, words);
    assert_non_null(found);
    assert_null(strstr(found + 1, words));
    sdk_finish(sdk, &fake);
    /* The next SDK reports what its own samplers notice. */
    sdk_diagnostics[0] = '\0';
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&fake));
    assert_int_equal(haetae_config_set_diagnostics(config, sdk_diagnose, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    sdk_spans(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    assert_null(strstr(sdk_diagnostics, words));
    sdk_finish(sdk, &fake);
}

/* Starts with a sampler of the environment that cannot be made as it is asked for: it is ignored,
 * with this warning, and all spans are recorded. */
static void is_ignored(const char *sampler, const char *argument, const char *warning)
{
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"OTEL_TRACES_SAMPLER", sampler},
                                     {"OTEL_TRACES_SAMPLER_ARG", argument}),
                        SDK_FAKES(&fake));
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    assert_non_null(strstr(haetae_config_warnings(config), warning));
    assert_null(strstr(haetae_config_warnings(config), argument));
    haetae_config_free(config);
    sdk_spans(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 3);
    sdk_finish(sdk, &fake);
}

/* This program has no library with that sampler. */
static void a_sampler_that_is_not_linked_is_ignored_with_a_warning(void **state)
{
    (void)state;
    is_ignored("parentbased_jaeger_remote", "endpoint=http://h",
               "OTEL_TRACES_SAMPLER=\"parentbased_jaeger_remote\" is in haetae-otlp-http");
}

static void pairs_for_another_sampler_are_ignored_with_a_warning(void **state)
{
    (void)state;
    is_ignored("traceidratio", "ratio=0.1",
               "OTEL_TRACES_SAMPLER_ARG has pairs, which OTEL_TRACES_SAMPLER=\"traceidratio\" "
               "does not take");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sdk_owns_the_parts_from_its_start),
        cmocka_unit_test(the_configuration_owns_them_until_then),
        cmocka_unit_test(a_start_that_fails_leaves_them_with_the_configuration),
        cmocka_unit_test(a_disabled_sdk_leaves_them_with_the_configuration),
        cmocka_unit_test(a_recovery_leaves_them_with_the_configuration),
        cmocka_unit_test(a_tracer_with_a_sampler_is_enabled),
        cmocka_unit_test(the_worker_reports_what_samplers_notice),
        cmocka_unit_test(a_sampler_that_is_not_linked_is_ignored_with_a_warning),
        cmocka_unit_test(pairs_for_another_sampler_are_ignored_with_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
