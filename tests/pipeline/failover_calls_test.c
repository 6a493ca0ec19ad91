/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that make a chain of exporters: what they refuse, and what a backup has of the
 * first. */
#include "chain_fixture.h"

static void what_cannot_be_a_backup_is_refused(void **state)
{
    struct fake_exporter fakes[4];
    haetae_config *config = chain_config();

    (void)state;
    init_fakes(fakes, 4);
    link_fakes(fakes, 3);
    fake_make(&fakes[3]);
    assert_int_equal(haetae_exporter_set_backup(NULL, fakes[3].exporter), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_backup(fakes[3].exporter, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_backup(fakes[3].exporter, fakes[3].exporter),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_backup(fakes[2].exporter, fakes[0].exporter),
                     HAETAE_EINVAL); /* a circle */
    assert_int_equal(haetae_exporter_set_backup(fakes[3].exporter, fakes[1].exporter),
                     HAETAE_EINVAL); /* the first one's */
    assert_int_equal(haetae_exporter_set_backup(fakes[0].exporter, fakes[3].exporter),
                     HAETAE_ECONFLICT);
    assert_int_equal(haetae_config_add_exporter(config, fakes[3].exporter), HAETAE_OK);
    assert_int_equal(haetae_exporter_set_backup(fakes[2].exporter, fakes[3].exporter),
                     HAETAE_EINVAL); /* the configuration's */
    assert_int_equal(haetae_config_add_exporter(config, fakes[1].exporter), HAETAE_EINVAL);
    assert_string_equal(haetae_config_error(config), "the exporter is the backup of another one");
    haetae_config_free(config);
    haetae_exporter_free(fakes[0].exporter);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(fakes[i].free_count, 1);
        fake_done(&fakes[i]);
    }
}

static void a_backup_has_the_scopes_of_the_first(void **state)
{
    struct fake_exporter fakes[3];

    (void)state;
    init_fakes(fakes, 3);
    for (size_t i = 0; i < 3; i++) {
        fake_make(&fakes[i]);
    }
    assert_int_equal(haetae_exporter_set_scopes(fakes[0].exporter, "a"), HAETAE_OK);
    assert_int_equal(haetae_exporter_set_scopes(fakes[1].exporter, "b"), HAETAE_OK);
    assert_int_equal(haetae_exporter_set_scopes(fakes[2].exporter, "a"), HAETAE_OK);
    assert_int_equal(haetae_exporter_set_backup(fakes[0].exporter, fakes[1].exporter),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_backup(fakes[0].exporter, fakes[2].exporter), HAETAE_OK);
    assert_int_equal(haetae_exporter_set_scopes(fakes[2].exporter, "b"), HAETAE_EINVAL);
    haetae_exporter_free(fakes[0].exporter);
    haetae_exporter_free(fakes[1].exporter);
    for (size_t i = 0; i < 3; i++) {
        fake_done(&fakes[i]);
    }
}

/* As OTLP exporters have one for a preferred temporality. */
static void a_backup_may_have_a_reader_which_is_not_used(void **state)
{
    const haetae_metric_reader_options options = HAETAE_OPTIONS(haetae_metric_reader_options);
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(haetae_metric_reader_new(&options, &fakes[i].ops.reader), HAETAE_OK);
    }
    fakes[0].behave = fake_fail;
    sdk = start_chain(fakes, 2);
    sdk_series(sdk, 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    assert_int_equal(fakes[1].taken_count[HAETAE_SIGNAL_METRICS], 3);
    haetae_sdk_free(sdk);
    for (size_t i = 0; i < 2; i++) {
        haetae_metric_reader_free(fakes[i].ops.reader);
        fake_done(&fakes[i]);
    }
}

static void there_is_a_limit(void **state)
{
    enum { COUNT = 17 };
    static struct fake_exporter fakes[COUNT];
    haetae_config *config = chain_config();
    haetae_sdk *sdk = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        fake_init(&fakes[i], "many", fake_accept);
    }
    link_fakes(fakes, COUNT);
    assert_int_equal(haetae_config_add_exporter(config, fakes[0].exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_ELIMIT);
    assert_null(sdk);
    assert_string_equal(haetae_config_error(config),
                        "17 exporters, their backups included: no more than 16");
    haetae_config_free(config);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(fakes[i].free_count, 1);
        fake_done(&fakes[i]);
    }
}

static void labels_show_which_exporter_it_is(void **state)
{
    static const char too_long[] =
        "0123456789012345678901234567890123456789012345678901234567890123";
    struct fake_exporter fakes[2];
    haetae_config *config = chain_config();
    haetae_sdk *sdk;

    (void)state;
    init_fakes(fakes, 2);
    fakes[0].behave = fake_fail;
    link_fakes(fakes, 2);
    assert_string_equal(haetae_exporter_label(fakes[0].exporter), "");
    assert_int_equal(haetae_exporter_set_label(fakes[0].exporter, too_long), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_label(fakes[0].exporter, "\xff"), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_label(fakes[0].exporter, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_label(fakes[0].exporter, "seoul"), HAETAE_OK);
    assert_int_equal(haetae_exporter_set_label(fakes[1].exporter, "busan"), HAETAE_OK);
    assert_string_equal(haetae_exporter_label(fakes[0].exporter), "seoul");
    assert_int_equal(haetae_config_add_exporter(config, fakes[0].exporter), HAETAE_OK);
    sdk = start_config(config);
    send_one(sdk);
    pass(sdk, LONG_MS);
    assert_non_null(strstr(sdk_diagnostics, "exporter first/seoul: will be tried again"));
    assert_non_null(strstr(sdk_diagnostics, "exporter second/busan gets the requests"));
    finish(sdk, fakes, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_a_backup_is_refused),
        cmocka_unit_test(a_backup_has_the_scopes_of_the_first),
        cmocka_unit_test(a_backup_may_have_a_reader_which_is_not_used),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(labels_show_which_exporter_it_is),
    };

    return cmocka_run_group_tests(tests, use_test_clock, NULL);
}
