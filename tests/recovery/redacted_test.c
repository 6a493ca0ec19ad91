/* SPDX-License-Identifier: Apache-2.0 */
/* What a process left is redacted by the one that recovers it. */
#include "haetae/recover.h"
#include "haetae/redaction.h"

#include "recovery/witness.h"
#include "sdk/sdk_internal.h"
#include "support/sdk_fixture.h"

/* What an exporter got. */
struct sink {
    uint8_t bytes[1 << 16];
    size_t size_bytes;
};

static void keep(struct fake_exporter *fake, haetae_delivery *delivery)
{
    struct sink *sink = fake->user;
    size_t size = haetae_delivery_size(delivery);

    assert_true(sink->size_bytes + size <= sizeof sink->bytes);
    memcpy(sink->bytes + sink->size_bytes, haetae_delivery_data(delivery), size);
    sink->size_bytes += size;
    fake_accept(fake, delivery);
}

static bool has(const struct sink *sink, const char *text)
{
    return memmem(sink->bytes, sink->size_bytes, text, strlen(text)) != NULL;
}

static haetae_config *configure(const char *directory, struct fake_exporter *fake)
{
    return sdk_config(SDK_SETTINGS({"HAETAE_RECORDER_DIR", directory}, {"HAETAE_WORKER", "manual"}),
                      SDK_FAKES(fake));
}

static haetae_sdk *start(haetae_config *config)
{
    haetae_sdk *sdk = NULL;

    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

static void add_rule(haetae_config *config, haetae_redaction_action action)
{
    assert_int_equal(
        haetae_config_add_redaction(config, "user.*", action, HAETAE_TEXT("[gone]"), 0), HAETAE_OK);
}

/* Leaves an ended span, an open one, a log record and a metric in a file. */
static void leave_behind(const char *directory, bool with_rules)
{
    const haetae_attribute attribute = HAETAE_ATTR("user.mail", "personal");
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    haetae_span span;

    fake_init(&fake, "fake", fake_hold);
    config = configure(directory, &fake);
    if (with_rules) {
        add_rule(config, HAETAE_REDACTION_DELETE);
    }
    sdk = start(config);
    tracer = haetae_tracer_named(sdk, "t");
    span = haetae_span_start(tracer, HAETAE_TEXT("ended"), 1);
    haetae_span_set_attributes(span, &attribute, 1);
    haetae_span_end(span);
    span = haetae_span_start(tracer, HAETAE_TEXT("open"), 1);
    haetae_span_set_attributes(span, &attribute, 1);
    haetae_log(haetae_logger_named(sdk, "l"), HAETAE_SEVERITY_INFO, HAETAE_TEXT("body"), &attribute,
               1);
    haetae_counter_add(haetae_counter_named(haetae_meter_named(sdk, "m"), "c", "1"), 1, &attribute,
                       1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 1), HAETAE_ETIMEOUT);
    haetae_sdk_free(sdk);
    fake_done(&fake);
}

/* Recovers what was left, with a rule. */
static void recover(const char *directory, haetae_redaction_action action, struct sink *sink)
{
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk;

    fake_init(&fake, "fake", keep);
    fake.user = sink;
    config = configure(directory, &fake);
    add_rule(config, action);
    sdk = start(config);
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_TRACES, 2);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 1);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_METRICS, 1);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    assert_true(has(sink, "ended"));
    assert_true(has(sink, "open"));
    assert_true(has(sink, "body"));
    assert_false(has(sink, "personal"));
}

static void what_was_left_is_redacted(void **state)
{
    struct sink *sink = calloc(1, sizeof *sink);

    assert_non_null(sink);
    leave_behind(*state, false);
    recover(*state, HAETAE_REDACTION_DELETE, sink);
    assert_false(has(sink, "user.mail"));
    sink->size_bytes = 0;
    leave_behind(*state, false);
    recover(*state, HAETAE_REDACTION_REPLACE, sink);
    assert_true(has(sink, "user.mail"));
    assert_true(has(sink, "[gone]"));
    sink->size_bytes = 0;
    leave_behind(*state, false);
    recover(*state, HAETAE_REDACTION_HASH, sink);
    assert_true(has(sink, "user.mail"));
    assert_false(has(sink, "[gone]"));
    free(sink);
}

/* ---- Without rules ------------------------------------------------------------------------- */

static void find_report(void *user, haetae_diagnostic_level level, const char *text)
{
    unsigned *reports = user;

    *reports +=
        level == HAETAE_DIAGNOSTIC_ERROR && strstr(text, "haetae_config_add_redaction()") != NULL;
}

static void a_start_without_rules_leaves_what_a_process_with_rules_left(void **state)
{
    struct sink *sink = calloc(1, sizeof *sink);
    struct fake_exporter fake;
    haetae_config *config;
    unsigned reports = 0;
    haetae_sdk *sdk;

    assert_non_null(sink);
    leave_behind(*state, true);
    fake_init(&fake, "fake", keep);
    fake.user = sink;
    config = configure(*state, &fake);
    assert_int_equal(haetae_config_set_diagnostics(config, find_report, &reports), HAETAE_OK);
    sdk = start(config);
    while (!hae_recovery_done(sdk->recovery)) {
        assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
    }
    assert_int_equal(hae_recovery_files_left(sdk->recovery), 1);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_OK);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    assert_int_equal(sink->size_bytes, 0);
    assert_int_equal(reports, 1);
    assert_int_equal(witness_files(*state), 1);
    recover(*state, HAETAE_REDACTION_DELETE, sink);
    assert_int_equal(witness_files(*state), 0);
    free(sink);
}

/* Calls haetae_recover(); with a rule for the key "" that rule alone. Returns what it says. */
static haetae_recovery recover_by_call(const char *directory, bool with_empty_rule,
                                       struct sink *sink)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct fake_exporter fake;
    haetae_config *config;

    fake_init(&fake, "fake", keep);
    fake.user = sink;
    config = sdk_config(NULL, SDK_FAKES(&fake));
    if (with_empty_rule) {
        assert_int_equal(
            haetae_config_add_redaction(config, "", HAETAE_REDACTION_DELETE, NULL, 0, 0),
            HAETAE_OK);
    }
    assert_int_equal(haetae_recover(config, directory, 10000, &recovery), HAETAE_OK);
    haetae_config_free(config);
    fake_done(&fake);
    return recovery;
}

static void the_call_leaves_it_as_well_unless_a_rule_says_otherwise(void **state)
{
    struct sink *sink = calloc(1, sizeof *sink);
    haetae_recovery recovery;

    assert_non_null(sink);
    leave_behind(*state, true);
    recovery = recover_by_call(*state, false, sink);
    assert_int_equal(recovery.files_redacted, 1);
    assert_int_equal(recovery.files_left, 1);
    assert_int_equal(recovery.files_recovered, 0);
    assert_int_equal(sink->size_bytes, 0);
    recovery = recover_by_call(*state, true, sink);
    assert_int_equal(recovery.files_redacted, 0);
    assert_int_equal(recovery.files_left, 0);
    assert_int_equal(recovery.files_recovered, 1);
    assert_true(has(sink, "personal"));
    free(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_left_is_redacted, witness_set_up,
                                        witness_tear_down),
        cmocka_unit_test_setup_teardown(a_start_without_rules_leaves_what_a_process_with_rules_left,
                                        witness_set_up, witness_tear_down),
        cmocka_unit_test_setup_teardown(the_call_leaves_it_as_well_unless_a_rule_says_otherwise,
                                        witness_set_up, witness_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
