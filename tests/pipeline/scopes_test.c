/* SPDX-License-Identifier: Apache-2.0 */
/* Exporters that get the items of some scopes only. The test drives the SDK and its clock. */
#include "base/alloc.h"
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "pipeline/scope_list.h"
#include "recovery/recovery.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

/* ---- Lists -------------------------------------------------------------------------------- */

static const struct {
    const char *list;
    const char *name;
    bool has;
} choices[] = {
    {"", "anything", true},
    {"a", "a", true},
    {"a", "b", false},
    {"a", "ab", false},
    {"a*", "ab", true},
    {"x, a?c ,y", "abc", true},
    {"x,a?c,y", "ac", false},
    {"*", "", true},
    {"a", "", false},
    {",, a ,,", "a", true},
    /* Left out. */
    {"!a", "a", false},
    {"!a", "b", true},
    {"payments.*,!payments.debug", "payments.debug", false},
    {"!payments.debug,payments.*", "payments.debug", false},
    {"payments.*,!payments.debug", "payments.card", true},
    {"payments.*,!payments.debug", "orders", false},
    {"!", "", false},
    {"!", "a", true},
};

static void patterns_choose_scopes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        if (hae_scope_list_has(choices[i].list, haetae_string_of(choices[i].name)) !=
            choices[i].has) {
            fail_msg("\"%s\" and \"%s\"", choices[i].list, choices[i].name);
        }
    }
}

/* ---- Routing ------------------------------------------------------------------------------ */

static haetae_sdk *start(struct fake_exporter *fakes, const char *const *patterns, size_t count)
{
    static const char *const names[] = {"one", "two", "three"};
    haetae_config *config = sdk_config(
        SDK_SETTINGS({"HAETAE_WORKER", "manual"}, {"HAETAE_RETRY_INITIAL_MS", "100"}), NULL);
    const char *directory = getenv("TEST_RECORDER_DIR");
    haetae_sdk *sdk = NULL;

    if (directory != NULL) {
        assert_int_equal(haetae_config_set(config, "HAETAE_RECORDER_DIR", directory), HAETAE_OK);
    }
    for (size_t i = 0; i < count; i++) {
        fake_init(&fakes[i], names[i], fake_accept);
        fake_make(&fakes[i]);
        assert_int_equal(haetae_exporter_set_scopes(fakes[i].exporter, patterns[i]), HAETAE_OK);
        assert_int_equal(haetae_config_add_exporter(config, fakes[i].exporter), HAETAE_OK);
    }
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

static void finish(haetae_sdk *sdk, struct fake_exporter *fakes, size_t count)
{
    haetae_sdk_free(sdk);
    for (size_t i = 0; i < count; i++) {
        fake_done(&fakes[i]);
    }
}

/* Records so many spans and log records with each scope, and as many measurements. */
static void record(haetae_sdk *sdk, const char *scope, unsigned count)
{
    haetae_meter *meter = haetae_meter_named(sdk, scope);
    haetae_counter *counter = haetae_counter_named(meter, "requests", "1");

    sdk_spans_of(haetae_tracer_named(sdk, scope), count);
    sdk_logs_of(haetae_logger_named(sdk, scope), count);
    for (unsigned i = 0; i < count; i++) {
        haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("i", i)));
    }
}

/* Three log records of payments, and four others. */
static void record_logs(haetae_sdk *sdk)
{
    sdk_logs_of(haetae_logger_named(sdk, "payments.card"), 3);
    sdk_logs_of(haetae_logger_named(sdk, "orders"), 4);
}

static void each_exporter_gets_its_scopes(void **state)
{
    static const char *const patterns[] = {"payments.*", "!payments.*", NULL};
    struct fake_exporter fakes[3];
    haetae_sdk *sdk = start(fakes, patterns, 3);

    (void)state;
    record(sdk, "payments.card", 3);
    record(sdk, "orders", 4);
    record(sdk, "payments.bank", 5);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        assert_int_equal(fakes[0].taken_count[signal], 8);
        assert_int_equal(fakes[1].taken_count[signal], 4);
        assert_int_equal(fakes[2].taken_count[signal], 12);
        sdk_all_delivered(sdk, (haetae_signal)signal, 12);
    }
    finish(sdk, fakes, 3);
}

static void what_no_exporter_gets_is_not_lost(void **state)
{
    static const char *const patterns[] = {"payments.*"};
    struct fake_exporter fakes[1];
    haetae_sdk *sdk = start(fakes, patterns, 1);

    (void)state;
    record(sdk, "orders", 4);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    assert_int_equal(fakes[0].send_count, 0);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 4);
    finish(sdk, fakes, 1);
}

static void losses_count_for_the_items_of_the_exporter(void **state)
{
    static const char *const patterns[] = {"payments.*", NULL};
    struct fake_exporter fakes[2];
    haetae_sdk *sdk = start(fakes, patterns, 2);

    (void)state;
    fakes[0].behave = fake_refuse;
    record_logs(sdk);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ELOST);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_REJECTED], 3);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).delivered, 4);
    finish(sdk, fakes, 2);
}

static void what_each_exporter_loses_is_added_up(void **state)
{
    static const char *const patterns[] = {"a", "b"};
    struct fake_exporter fakes[2];
    haetae_sdk *sdk = start(fakes, patterns, 2);

    (void)state;
    fakes[0].behave = fakes[1].behave = fake_refuse;
    sdk_logs_of(haetae_logger_named(sdk, "a"), 1);
    sdk_logs_of(haetae_logger_named(sdk, "b"), 2);
    sdk_logs_of(haetae_logger_named(sdk, "c"), 3);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ELOST);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).dropped[HAETAE_DROP_REJECTED], 3);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).delivered, 3);
    finish(sdk, fakes, 2);
}

static void a_part_is_held_until_its_exporter_takes_it(void **state)
{
    static const char *const patterns[] = {"payments.*", NULL};
    struct fake_exporter fakes[2];
    haetae_sdk *sdk = start(fakes, patterns, 2);

    (void)state;
    fakes[0].behave = fake_fail;
    record_logs(sdk);
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_ETIMEOUT);
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).held, 7);
    fakes[0].behave = fake_accept;
    test_now_ms += 1000;
    assert_int_equal(haetae_sdk_force_flush(sdk, 0), HAETAE_OK);
    assert_int_equal(fakes[0].taken_count[HAETAE_SIGNAL_LOGS], 3);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 7);
    finish(sdk, fakes, 2);
}

/* Each allocation fails once: an item is delivered to all that get it, or counts as dropped. */
static void a_lack_of_memory_is_counted(void **state)
{
    static const char *const patterns[] = {"payments.*", NULL};

    (void)state;
    for (long fail = 0; fail < 12; fail++) {
        struct fake_exporter fakes[2];
        haetae_sdk *sdk = start(fakes, patterns, 2);
        struct sdk_numbers numbers;

        record_logs(sdk);
        hae_alloc_fail_once_after(fail);
        (void)haetae_sdk_force_flush(sdk, 0);
        hae_alloc_fail_after(-1);
        (void)haetae_sdk_force_flush(sdk, 0);
        numbers = sdk_numbers(sdk, HAETAE_SIGNAL_LOGS);
        assert_int_equal(numbers.held, 0);
        assert_int_equal(numbers.delivered + numbers.dropped_total, 7);
        if (numbers.dropped_total == 0) {
            assert_int_equal(fakes[0].taken_count[HAETAE_SIGNAL_LOGS], 3);
            assert_int_equal(fakes[1].taken_count[HAETAE_SIGNAL_LOGS], 7);
        }
        finish(sdk, fakes, 2);
    }
}

/* What a dead process left and no exporter gets is done, and its file goes. */
static void what_nobody_gets_of_a_dead_process_is_done(void **state)
{
    static const char *const patterns[] = {"payments.*", "!payments.*,!orders"};
    char directory[TEMPORARY_PATH_MAX];
    struct fake_exporter fakes[2];
    haetae_sdk *sdk;
    pid_t child;
    int status;

    (void)state;
    assert_true(temporary_directory(directory));
    assert_int_equal(setenv("TEST_RECORDER_DIR", directory, 1), 0);
    child = fork();
    if (child == 0) {
        sdk = start(fakes, patterns, 1);
        sdk_logs_of(haetae_logger_named(sdk, "orders"), 4);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    sdk = start(fakes, patterns, 2);
    for (int i = 0; i < 100 && !hae_recovery_done(sdk->recovery); i++) {
        test_now_ms += 100;
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_true(hae_recovery_done(sdk->recovery));
    assert_int_equal(sdk_numbers(sdk, HAETAE_SIGNAL_LOGS).delivered, 4);
    assert_int_equal(fakes[0].send_count + fakes[1].send_count, 0);
    finish(sdk, fakes, 2);
    assert_int_equal(rmdir(directory), 0);
    unsetenv("TEST_RECORDER_DIR");
}

static void patterns_are_checked(void **state)
{
    struct fake_exporter fake;
    char long_text[4098];

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    fake_make(&fake);
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    assert_int_equal(haetae_exporter_set_scopes(NULL, "a"), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_scopes(fake.exporter, "\xff"), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_set_scopes(fake.exporter, long_text), HAETAE_EINVAL);
    long_text[4095] = '\0';
    assert_int_equal(haetae_exporter_set_scopes(fake.exporter, long_text), HAETAE_OK);
    hae_alloc_fail_once_after(0);
    assert_int_equal(haetae_exporter_set_scopes(fake.exporter, "a"), HAETAE_ENOMEM);
    hae_alloc_fail_after(-1);
    assert_int_equal(haetae_exporter_set_scopes(fake.exporter, NULL), HAETAE_OK);
    haetae_exporter_free(fake.exporter);
    fake_done(&fake);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, use_test_clock)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_choose_scopes),
        TEST(each_exporter_gets_its_scopes),
        TEST(what_no_exporter_gets_is_not_lost),
        TEST(losses_count_for_the_items_of_the_exporter),
        TEST(what_each_exporter_loses_is_added_up),
        TEST(a_part_is_held_until_its_exporter_takes_it),
        TEST(a_lack_of_memory_is_counted),
        TEST(what_nobody_gets_of_a_dead_process_is_done),
        TEST(patterns_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
