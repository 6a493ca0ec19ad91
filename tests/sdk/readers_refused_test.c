/* SPDX-License-Identifier: Apache-2.0 */
/* Metric readers that cannot be. */
#include "reader_fixture.h"

static void bad_options_are_refused(void **state)
{
    static const haetae_metric_reader_options bad[] = {
        {.struct_size = 8},
        HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 2),
        HAETAE_OPTIONS(haetae_metric_reader_options, .reserved = 1),
        HAETAE_OPTIONS(haetae_metric_reader_options, .temporality_preference = 3),
        HAETAE_OPTIONS(haetae_metric_reader_options, .temporality_preference = -1),
        HAETAE_OPTIONS(haetae_metric_reader_options, .temporality_of[1] = 3),
        HAETAE_OPTIONS(haetae_metric_reader_options, .aggregation_of[7] = 6),
        HAETAE_OPTIONS(haetae_metric_reader_options, .aggregation_of[1] = -1),
        HAETAE_OPTIONS(haetae_metric_reader_options, .cardinality_limit = (1u << 24) + 1),
        HAETAE_OPTIONS(haetae_metric_reader_options, .cardinality_limit_of[2] = UINT32_MAX),
    };
    haetae_metric_reader *reader = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(haetae_metric_reader_new(&bad[i], &reader), HAETAE_EINVAL);
        assert_null(reader);
    }
    assert_int_equal(haetae_metric_reader_new(NULL, NULL), HAETAE_EINVAL);
}

static void readers_that_do_not_fit_are_refused(void **state)
{
    haetae_metric_reader *periodic = reader_of(NULL);
    haetae_metric_reader *reader = pulled(HAETAE_PREFERENCE_CUMULATIVE);
    haetae_metric_reader *many[9];
    struct fake_exporter puller;
    struct seen seen = {0};
    struct fixture f;

    (void)state;
    begin_fixture(&f, "manual");
    assert_int_equal(haetae_config_add_metric_reader(f.config, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_metric_reader(f.config, periodic, NULL), HAETAE_EINVAL);
    assert_non_null(strstr(haetae_config_error(f.config), "needs an exporter"));
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, f.fake.exporter),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_metric_reader(f.config, periodic, f.fake.exporter),
                     HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, periodic, f.fake.exporter),
                     HAETAE_ECONFLICT);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_OK);
    assert_int_equal(haetae_config_add_metric_reader(f.config, reader, NULL), HAETAE_ECONFLICT);
    fake_init(&puller, "puller", fake_accept);
    puller.ops.reader = reader;
    fake_make(&puller);
    assert_int_equal(haetae_config_add_metric_reader(f.config, periodic, puller.exporter),
                     HAETAE_ECONFLICT);
    assert_non_null(strstr(haetae_config_error(f.config), "collects by itself"));
    haetae_exporter_free(puller.exporter);
    fake_done(&puller);
    for (int i = 0; i < 9; i++) {
        many[i] = pulled(HAETAE_PREFERENCE_DELTA);
        assert_int_equal(haetae_config_add_metric_reader(f.config, many[i], NULL),
                         i < 6 ? HAETAE_OK : HAETAE_ELIMIT);
        haetae_metric_reader_free(many[i]);
    }
    start_fixture(&f);
    haetae_counter_add(f.counter, 1, NULL, 0);
    assert_int_equal(haetae_metric_reader_collect(periodic, 0, keep, &seen), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_collect(reader, 0, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_metric_reader_collect(NULL, 0, keep, &seen), HAETAE_EINVAL);
    assert_int_equal(pull(reader).sum, 1);
    end_fixture(&f, reader);
    haetae_metric_reader_free(periodic);
}

static void a_reader_belongs_to_one_sdk(void **state)
{
    struct fixture f;
    haetae_metric_reader *reader = start_pulled(&f, HAETAE_PREFERENCE_CUMULATIVE);
    haetae_config *config = sdk_config(NULL, SDK_FAKES(NULL));
    haetae_sdk *other = NULL;

    (void)state;
    assert_int_equal(haetae_config_add_metric_reader(config, reader, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &other), HAETAE_ECONFLICT);
    assert_non_null(strstr(haetae_config_error(config), "another SDK has it"));
    assert_null(other);
    haetae_config_free(config);
    haetae_counter_add(f.counter, 1, NULL, 0);
    assert_int_equal(pull(reader).sum, 1);
    end_fixture(&f, reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(readers_that_do_not_fit_are_refused),
        cmocka_unit_test(a_reader_belongs_to_one_sdk),
    };

    return cmocka_run_group_tests_name("sdk/readers", tests, NULL, NULL);
}
