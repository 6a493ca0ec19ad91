/* SPDX-License-Identifier: Apache-2.0 */
/* Configurators: scopes that are switched off and on, and loggers with rules of their own. */
#include "haetae/scope.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "support/sdk_fixture.h"

struct fixture {
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk;
};

static void begin(struct fixture *f, const struct sdk_setting *settings)
{
    f->sdk = NULL;
    fake_init(&f->fake, "fake", fake_accept);
    f->config = sdk_config(settings, SDK_FAKES(&f->fake));
    assert_int_equal(haetae_config_set(f->config, "HAETAE_WORKER", "manual"), HAETAE_OK);
}

static void start(struct fixture *f)
{
    assert_int_equal(haetae_sdk_start(f->config, &f->sdk), HAETAE_OK);
    haetae_config_free(f->config);
}

static void end(struct fixture *f)
{
    sdk_finish(f->sdk, &f->fake);
}

static uint64_t recorded(struct fixture *f, haetae_signal signal)
{
    return sdk_numbers(f->sdk, signal).recorded;
}

static const haetae_scope_config off = {.struct_size = sizeof off, .disabled = 1};

/* ---- Tracers ------------------------------------------------------------------------------ */

static void a_tracer_that_is_off_is_as_without_an_sdk(void **state)
{
    struct fixture f;
    haetae_tracer *noisy;
    haetae_tracer *other;
    haetae_span_context context;
    haetae_context_token token;
    haetae_span parent;
    haetae_span child;
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);

    (void)state;
    begin(&f, SDK_SETTINGS({NULL, NULL}));
    assert_int_equal(haetae_config_add_scope_rule(f.config, HAETAE_SIGNAL_TRACES, "noisy.*", &off),
                     HAETAE_OK);
    start(&f);
    noisy = haetae_tracer_named(f.sdk, "noisy.library");
    other = haetae_tracer_named(f.sdk, "noisy");
    assert_false(haetae_tracer_enabled(noisy));
    assert_true(haetae_tracer_enabled(other));
    assert_int_equal(haetae_span_start(noisy, HAETAE_TEXT("x"), 1), HAETAE_SPAN_NONE);

    parent = haetae_span_start(other, HAETAE_TEXT("parent"), 1);
    haetae_context_attach(parent, &token);
    assert_int_equal(haetae_span_start(noisy, HAETAE_TEXT("x"), 1), HAETAE_SPAN_NONE);
    /* A parent that is named is carried on. */
    options.parent_span = parent;
    child = haetae_span_start_with(noisy, HAETAE_TEXT("x"), &options);
    assert_false(haetae_span_is_recording(child));
    assert_true(haetae_span_get_context(child, &context));
    haetae_span_end(child);
    haetae_context_detach(&token);
    haetae_span_end(parent);
    assert_int_equal(recorded(&f, HAETAE_SIGNAL_TRACES), 1);
    end(&f);
}

static void tracers_follow_rules_while_they_run(void **state)
{
    struct fixture f;
    haetae_tracer *tracer;
    haetae_span open;

    (void)state;
    begin(&f, SDK_SETTINGS({NULL, NULL}));
    start(&f);
    tracer = haetae_tracer_named(f.sdk, "my.library");
    open = haetae_span_start(tracer, HAETAE_TEXT("open"), 1);
    assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, HAETAE_SIGNAL_TRACES, "*", &off), HAETAE_OK);
    assert_false(haetae_tracer_enabled(tracer));
    sdk_spans_of(tracer, 3);
    haetae_span_end(open);
    assert_int_equal(recorded(&f, HAETAE_SIGNAL_TRACES), 1);
    assert_false(haetae_tracer_enabled(haetae_tracer_named(f.sdk, "new")));
    /* The newest rule counts. */
    assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, HAETAE_SIGNAL_TRACES, "my.?ibrary", NULL),
                     HAETAE_OK);
    assert_true(haetae_tracer_enabled(tracer));
    sdk_spans_of(tracer, 3);
    assert_int_equal(recorded(&f, HAETAE_SIGNAL_TRACES), 4);
    assert_false(haetae_tracer_enabled(haetae_tracer_named(f.sdk, "new")));
    /* The same pattern again is the newest. */
    assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, HAETAE_SIGNAL_TRACES, "*", &off), HAETAE_OK);
    assert_false(haetae_tracer_enabled(tracer));
    end(&f);
}

/* ---- Loggers ------------------------------------------------------------------------------- */

HAETAE_LOG_SITE(site_warn, HAETAE_SEVERITY_WARN, "a line of a site", "", "k");

/* A record by each call there is. */
static void log_by_each_call(haetae_logger *logger, haetae_severity severity)
{
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record, .severity = (int32_t)severity,
                                              .body = haetae_value_string("a line"));

    haetae_log(logger, severity, HAETAE_TEXT("a line"), NULL, 0);
    haetae_logf(logger, severity, "%s", "a line");
    haetae_logf(logger, severity, "%2000d", 1); /* in the ring only */
    haetae_log_emit(logger, &record);
}

enum { EACH_CALL = 4 };

static void a_logger_has_the_severity_of_its_rule(void **state)
{
    const haetae_scope_config warn =
        HAETAE_OPTIONS(haetae_scope_config, .min_severity = HAETAE_SEVERITY_WARN);
    struct fixture f;
    haetae_logger *chatty;
    haetae_logger *other;

    (void)state;
    begin(&f, SDK_SETTINGS({"HAETAE_LOGS_MIN_SEVERITY", "info"}));
    assert_int_equal(haetae_config_add_scope_rule(f.config, HAETAE_SIGNAL_LOGS, "chatty", &warn),
                     HAETAE_OK);
    start(&f);
    chatty = haetae_logger_named(f.sdk, "chatty");
    other = haetae_logger_named(f.sdk, "other");
    assert_false(haetae_logger_enabled(chatty, HAETAE_SEVERITY_INFO));
    assert_true(haetae_logger_enabled(chatty, HAETAE_SEVERITY_WARN));
    assert_true(haetae_logger_enabled(other, HAETAE_SEVERITY_INFO));
    assert_false(haetae_logger_enabled(other, HAETAE_SEVERITY_DEBUG));
    log_by_each_call(chatty, HAETAE_SEVERITY_INFO);
    assert_int_equal(recorded(&f, HAETAE_SIGNAL_LOGS), 0);
    /* One without a severity passes. */
    log_by_each_call(chatty, HAETAE_SEVERITY_UNSPECIFIED);
    assert_int_equal(recorded(&f, HAETAE_SIGNAL_LOGS), EACH_CALL);
    assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, HAETAE_SIGNAL_LOGS, "chatty", &off),
                     HAETAE_OK);
    assert_false(haetae_logger_enabled(chatty, HAETAE_SEVERITY_FATAL));
    haetae_logger_set_min_severity(chatty, HAETAE_SEVERITY_TRACE); /* off stays off */
    assert_false(haetae_logger_enabled(chatty, HAETAE_SEVERITY_FATAL));
    log_by_each_call(chatty, HAETAE_SEVERITY_FATAL);
    log_by_each_call(chatty, HAETAE_SEVERITY_UNSPECIFIED);
    haetae_log_emit_site(chatty, &site_warn, HAETAE_VALUES(1), NULL, 0);
    assert_int_equal(recorded(&f, HAETAE_SIGNAL_LOGS), EACH_CALL);
    assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, HAETAE_SIGNAL_LOGS, "chatty", NULL),
                     HAETAE_OK);
    assert_true(haetae_logger_enabled(chatty, HAETAE_SEVERITY_INFO));
    assert_false(haetae_logger_enabled(chatty, HAETAE_SEVERITY_DEBUG));
    end(&f);
}

static haetae_span start_decided(haetae_sdk *sdk, haetae_sampling_decision decision)
{
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .decision = (int32_t)decision, .root = 1);

    return haetae_span_start_with(haetae_tracer_named(sdk, "t"), HAETAE_TEXT("x"), &options);
}

static void a_trace_based_logger_leaves_out_what_is_not_sampled(void **state)
{
    const haetae_scope_config trace_based = HAETAE_OPTIONS(haetae_scope_config, .trace_based = 1);
    struct fixture f;
    haetae_logger *logger;
    uint64_t expected = 0;

    (void)state;
    begin(&f, SDK_SETTINGS({NULL, NULL}));
    start(&f);
    logger = haetae_logger_named(f.sdk, "l");
    for (int based = 0; based < 2; based++) {
        for (int kind = 0; kind < 3; kind++) { /* none, not sampled, sampled */
            haetae_span span =
                kind == 0 ? HAETAE_SPAN_NONE
                          : start_decided(f.sdk, kind == 1 ? HAETAE_SAMPLING_DROP
                                                           : HAETAE_SAMPLING_RECORD_AND_SAMPLE);
            bool kept = based == 0 || kind != 1;
            haetae_context_token token;

            haetae_context_attach(span, &token);
            assert_int_equal(haetae_logger_enabled(logger, HAETAE_SEVERITY_INFO), kept);
            log_by_each_call(logger, HAETAE_SEVERITY_INFO);
            log_by_each_call(logger, HAETAE_SEVERITY_UNSPECIFIED);
            haetae_log_emit_site(logger, &site_warn, HAETAE_VALUES(1), NULL, 0);
            haetae_log_emit_site(logger, &site_warn, HAETAE_VALUES(1), HAETAE_TEXT("other"));
            haetae_context_detach(&token);
            haetae_span_end(span);
            expected += kept ? 2 * EACH_CALL + 2 : 0;
            assert_int_equal(recorded(&f, HAETAE_SIGNAL_LOGS), expected);
        }
        assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, HAETAE_SIGNAL_LOGS, "l", &trace_based),
                         HAETAE_OK);
    }
    end(&f);
}

static void records_of_a_trace_based_logger_are_the_same(void **state)
{
    const haetae_scope_config trace_based = HAETAE_OPTIONS(haetae_scope_config, .trace_based = 1);
    struct fixture f;
    haetae_stats *stats = NULL;
    haetae_logger *logger;

    (void)state;
    begin(&f, SDK_SETTINGS({NULL, NULL}));
    assert_int_equal(haetae_config_add_scope_rule(f.config, HAETAE_SIGNAL_LOGS, "*", &trace_based),
                     HAETAE_OK);
    start(&f);
    logger = haetae_logger_named(f.sdk, "l");
    haetae_log(logger, (haetae_severity)99, HAETAE_TEXT("x"), NULL, 0);
    haetae_logf(logger, (haetae_severity)99, "%d", 1);
    assert_int_equal(recorded(&f, HAETAE_SIGNAL_LOGS), 2);
    assert_int_equal(haetae_stats_take(f.sdk, &stats), HAETAE_OK);
    assert_int_equal(haetae_stats_misuse(stats, HAETAE_MISUSE_ARGUMENT), 2);
    haetae_stats_free(stats);
    end(&f);
}

/* ---- Meters --------------------------------------------------------------------------------- */

static void a_meter_that_is_off_is_not_exported(void **state)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options, .name = {"c", 1});
    struct fixture f;
    haetae_counter *counter = NULL;

    (void)state;
    begin(&f, SDK_SETTINGS({NULL, NULL}));
    assert_int_equal(haetae_config_add_scope_rule(f.config, HAETAE_SIGNAL_METRICS, "m", &off),
                     HAETAE_OK);
    start(&f);
    assert_int_equal(haetae_counter_create(haetae_meter_named(f.sdk, "m"), &options, &counter),
                     HAETAE_OK);
    haetae_counter_add(counter, 5, NULL, 0);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(f.fake.taken_count[HAETAE_SIGNAL_METRICS], 0);
    assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, HAETAE_SIGNAL_METRICS, "m", NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(f.fake.taken_count[HAETAE_SIGNAL_METRICS], 1);
    assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, HAETAE_SIGNAL_METRICS, "m", &off), HAETAE_OK);
    assert_int_equal(haetae_sdk_force_flush(f.sdk, 10000), HAETAE_OK);
    assert_int_equal(f.fake.taken_count[HAETAE_SIGNAL_METRICS], 1);
    end(&f);
}

/* ---- Callbacks ------------------------------------------------------------------------------- */

struct seen {
    unsigned count;
    haetae_signal signal;
    char name[64];
    char version[64];
    char schema_url[64];
    size_t attribute_count;
    int64_t number;
    double real;
    int disabled_by_rule;
    const char *off; /* the scope that the callback switches off */
};

static void copy(char to[64], haetae_string text)
{
    assert_true(text.length < 64);
    if (text.length != 0) {
        memcpy(to, text.data, text.length);
    }
    to[text.length] = '\0';
}

static void look(void *user, haetae_signal signal, const haetae_scope_options *scope,
                 haetae_scope_config *config)
{
    struct seen *seen = user;

    assert_int_equal(scope->struct_size, sizeof *scope);
    assert_int_equal(config->struct_size, sizeof *config);
    seen->count++;
    seen->signal = signal;
    copy(seen->name, scope->name);
    copy(seen->version, scope->version);
    copy(seen->schema_url, scope->schema_url);
    seen->attribute_count = scope->attribute_count;
    for (size_t i = 0; i < scope->attribute_count; i++) {
        if (scope->attributes[i].value.type == HAETAE_VALUE_INT64) {
            seen->number = scope->attributes[i].value.as.int64;
        } else if (scope->attributes[i].value.type == HAETAE_VALUE_DOUBLE) {
            seen->real = scope->attributes[i].value.as.real;
        }
    }
    seen->disabled_by_rule = config->disabled;
    config->disabled = strcmp(seen->name, seen->off) == 0;
}

static void a_callback_sees_the_whole_scope(void **state)
{
    const haetae_attribute list[] = {HAETAE_ATTR("n", -7), HAETAE_ATTR("t", "x"),
                                     HAETAE_ATTR("r", 0.5), HAETAE_ATTR("b", (bool)true)};
    haetae_attribute attributes[5];
    haetae_scope_options scope = HAETAE_OPTIONS(
        haetae_scope_options, .name = {"whole", 5}, .version = {"1.2", 3},
        .schema_url = {"https://s", 9}, .attributes = attributes, .attribute_count = 5);
    struct seen seen = {.off = "whole"};
    struct fixture f;
    haetae_tracer *tracer = NULL;

    (void)state;
    memcpy(attributes, list, sizeof list);
    attributes[4] = haetae_attribute_of("m", haetae_value_map(list, 2)); /* left out */
    begin(&f, SDK_SETTINGS({NULL, NULL}));
    assert_int_equal(haetae_config_add_scope_rule(f.config, HAETAE_SIGNAL_TRACES, "oth*", &off),
                     HAETAE_OK);
    assert_int_equal(haetae_config_set_configurator(f.config, HAETAE_SIGNAL_TRACES, look, &seen),
                     HAETAE_OK);
    start(&f);
    assert_int_equal(haetae_tracer_get(f.sdk, &scope, &tracer), HAETAE_OK);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.signal, HAETAE_SIGNAL_TRACES);
    assert_string_equal(seen.name, "whole");
    assert_string_equal(seen.version, "1.2");
    assert_string_equal(seen.schema_url, "https://s");
    assert_int_equal(seen.attribute_count, 4);
    assert_int_equal(seen.number, -7);
    assert_true(seen.real == 0.5);
    assert_int_equal(seen.disabled_by_rule, 0);
    assert_false(haetae_tracer_enabled(tracer));
    /* Only when the tracer is made; and it has the last word over a rule. */
    assert_int_equal(haetae_tracer_get(f.sdk, &scope, &tracer), HAETAE_OK);
    assert_int_equal(seen.count, 1);
    assert_true(haetae_tracer_enabled(haetae_tracer_named(f.sdk, "other")));
    assert_int_equal(seen.disabled_by_rule, 1);
    /* It is called for each there is. */
    seen.off = "other";
    assert_int_equal(haetae_sdk_set_configurator(f.sdk, HAETAE_SIGNAL_TRACES, look, &seen),
                     HAETAE_OK);
    assert_int_equal(seen.count, 4);
    assert_true(haetae_tracer_enabled(tracer));
    assert_false(haetae_tracer_enabled(haetae_tracer_named(f.sdk, "other")));
    assert_int_equal(haetae_sdk_set_configurator(f.sdk, HAETAE_SIGNAL_TRACES, NULL, NULL),
                     HAETAE_OK);
    assert_true(haetae_tracer_enabled(tracer));
    assert_int_equal(seen.count, 4);
    end(&f);
}

/* ---- Bad input ----------------------------------------------------------------------------------
 */

static void bad_rules_are_refused(void **state)
{
    haetae_scope_config small = off;
    char pattern[300];
    struct fixture f;

    (void)state;
    memset(pattern, 'x', sizeof pattern);
    pattern[sizeof pattern - 1] = '\0';
    small.struct_size = 1;
    begin(&f, SDK_SETTINGS({NULL, NULL}));
    assert_int_equal(haetae_config_add_scope_rule(NULL, HAETAE_SIGNAL_LOGS, "x", &off),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_scope_rule(f.config, (haetae_signal)3, "x", &off),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_scope_rule(f.config, (haetae_signal)-1, "x", &off),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_scope_rule(f.config, HAETAE_SIGNAL_LOGS, NULL, &off),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_scope_rule(f.config, HAETAE_SIGNAL_LOGS, pattern, &off),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_scope_rule(f.config, HAETAE_SIGNAL_LOGS, "x", &small),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_configurator(NULL, HAETAE_SIGNAL_LOGS, NULL, NULL),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_set_configurator(f.config, (haetae_signal)3, NULL, NULL),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_sdk_add_scope_rule(NULL, HAETAE_SIGNAL_LOGS, "x", &off), HAETAE_OK);
    assert_int_equal(haetae_sdk_set_configurator(NULL, HAETAE_SIGNAL_LOGS, NULL, NULL), HAETAE_OK);
    start(&f);
    assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, (haetae_signal)3, "x", &off), HAETAE_EINVAL);
    assert_int_equal(haetae_sdk_set_configurator(f.sdk, (haetae_signal)3, NULL, NULL),
                     HAETAE_EINVAL);
    for (int i = 0; i < 256; i++) {
        snprintf(pattern, sizeof pattern, "scope %d", i);
        assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, HAETAE_SIGNAL_LOGS, pattern, &off),
                         HAETAE_OK);
    }
    assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, HAETAE_SIGNAL_LOGS, "one more", &off),
                     HAETAE_ELIMIT);
    assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, HAETAE_SIGNAL_LOGS, "scope 7", NULL),
                     HAETAE_OK);
    hae_alloc_fail_after(0);
    assert_int_equal(haetae_sdk_add_scope_rule(f.sdk, HAETAE_SIGNAL_LOGS, "scope 8", NULL),
                     HAETAE_ENOMEM);
    hae_alloc_fail_after(-1);
    assert_false(haetae_logger_enabled(haetae_logger_named(f.sdk, "scope 8"), 1));
    assert_true(haetae_logger_enabled(haetae_logger_named(f.sdk, "scope 7"), 1));
    end(&f);
}

/* ---- Threads
 * -------------------------------------------------------------------------------------- */

struct toggled {
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    haetae_logger *logger;
    _Atomic unsigned number;
    _Atomic uint64_t spans;
};

enum { TOGGLES = 300, RECORDS = 3000 };

static void toggle_or_record(void *argument)
{
    const haetae_scope_config trace_based = HAETAE_OPTIONS(haetae_scope_config, .trace_based = 1);
    struct toggled *toggled = argument;

    if (atomic_fetch_add_explicit(&toggled->number, 1, memory_order_relaxed) == 0) {
        for (unsigned i = 0; i < sdk_repeat(TOGGLES); i++) {
            assert_int_equal(haetae_sdk_add_scope_rule(toggled->sdk, HAETAE_SIGNAL_TRACES, "t",
                                                       i % 2 == 0 ? &off : NULL),
                             HAETAE_OK);
            assert_int_equal(haetae_sdk_add_scope_rule(toggled->sdk, HAETAE_SIGNAL_LOGS, "t",
                                                       i % 2 == 0 ? &trace_based : NULL),
                             HAETAE_OK);
        }
        return;
    }
    for (unsigned i = 0; i < sdk_repeat(RECORDS); i++) {
        haetae_span span = haetae_span_start(toggled->tracer, HAETAE_TEXT("x"), 1);

        if (span != HAETAE_SPAN_NONE) {
            atomic_fetch_add_explicit(&toggled->spans, 1, memory_order_relaxed);
        }
        haetae_log(toggled->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("x"), NULL, 0);
        haetae_span_end(span);
    }
}

static void scopes_change_while_threads_record(void **state)
{
    struct fixture f;
    struct toggled toggled = {.number = 0};
    struct sdk_numbers spans;
    struct sdk_numbers logs;

    (void)state;
    begin(&f, SDK_SETTINGS({"HAETAE_RECORDER_BYTES", "64m"}));
    start(&f);
    toggled.sdk = f.sdk;
    toggled.tracer = haetae_tracer_named(f.sdk, "t");
    toggled.logger = haetae_logger_named(f.sdk, "t");
    sdk_run_threads(3, toggle_or_record, &toggled);
    spans = sdk_numbers(f.sdk, HAETAE_SIGNAL_TRACES);
    logs = sdk_numbers(f.sdk, HAETAE_SIGNAL_LOGS);
    assert_int_equal(spans.recorded, atomic_load_explicit(&toggled.spans, memory_order_relaxed));
    assert_int_equal(logs.recorded, 2 * sdk_repeat(RECORDS)); /* no span is not sampled */
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tracer_that_is_off_is_as_without_an_sdk),
        cmocka_unit_test(tracers_follow_rules_while_they_run),
        cmocka_unit_test(a_logger_has_the_severity_of_its_rule),
        cmocka_unit_test(a_trace_based_logger_leaves_out_what_is_not_sampled),
        cmocka_unit_test(records_of_a_trace_based_logger_are_the_same),
        cmocka_unit_test(a_meter_that_is_off_is_not_exported),
        cmocka_unit_test(a_callback_sees_the_whole_scope),
        cmocka_unit_test(bad_rules_are_refused),
        cmocka_unit_test(scopes_change_while_threads_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
