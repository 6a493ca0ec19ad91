/* SPDX-License-Identifier: Apache-2.0 */
/* A program that gives the library one of each option struct and looks at what comes out.
 * It is built against headers that are older or newer than those of the library it is
 * linked with, so it uses what version 0.1 had. CALLER_HAS_GROWN: in the headers it is
 * built against, each option struct ends with a further field, `grown`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <haetae/haetae.h>

#ifdef CALLER_HAS_GROWN
#define SET_GROWN(options, value) ((options).grown = (value))
#else
#define SET_GROWN(options, value) ((void)(value))
#endif

enum { TIMEOUT_MS = 20000, SIGNALS = 3, KEPT_MAX_BYTES = 1 << 16, LINE_BYTES = 512 };

struct caller {
    uint64_t grown; /* the value of the further field, in each struct */
    haetae_sdk *sdk;
    struct {
        char bytes[KEPT_MAX_BYTES];
        size_t size_bytes;
    } kept[SIGNALS];
    unsigned send_count;
    unsigned line_count;
    char line[LINE_BYTES];
};

/* ---- An exporter ------------------------------------------------------------------------ */

static void send_kept(void *self, haetae_delivery *delivery)
{
    struct caller *caller = self;
    haetae_signal signal = haetae_delivery_signal(delivery);
    size_t size = haetae_delivery_size(delivery);
    haetae_result result = HAETAE_OPTIONS(haetae_result);

    caller->send_count++;
    if (caller->kept[signal].size_bytes + size <= KEPT_MAX_BYTES) {
        memcpy(caller->kept[signal].bytes + caller->kept[signal].size_bytes,
               haetae_delivery_data(delivery), size);
        caller->kept[signal].size_bytes += size;
    }
    result.verdict = HAETAE_VERDICT_OK;
    SET_GROWN(result, caller->grown);
    haetae_delivery_complete(delivery, &result);
}

static void keep_line(void *user, haetae_diagnostic_level level, const char *text)
{
    struct caller *caller = user;

    (void)level;
    caller->line_count++;
    snprintf(caller->line, sizeof caller->line, "%s", text);
}

static haetae_config *configure(struct caller *caller)
{
    haetae_exporter_ops ops = HAETAE_OPTIONS(haetae_exporter_ops);
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;

    ops.name = "kept";
    ops.send = send_kept;
    SET_GROWN(ops, caller->grown);
    assert_int_equal(haetae_exporter_new(&ops, caller, &exporter), HAETAE_OK);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_add_exporter(config, exporter), HAETAE_OK);
    assert_int_equal(haetae_config_set_diagnostics(config, keep_line, caller), HAETAE_OK);
    return config;
}

static struct caller *start(uint64_t grown)
{
    struct caller *caller = calloc(1, sizeof *caller);
    haetae_config *config;

    assert_non_null(caller);
    caller->grown = grown;
    config = configure(caller);
    assert_int_equal(haetae_sdk_start(config, &caller->sdk), HAETAE_OK);
    haetae_config_free(config);
    return caller;
}

static void stop(struct caller *caller)
{
    haetae_sdk_free(caller->sdk);
    free(caller);
}

/* ---- One of each ------------------------------------------------------------------------ */

static const haetae_span_context parent = {
    "PARENT-TRACE-ID", "PARENT!", HAETAE_TRACE_FLAG_SAMPLED, 1, {0}};
static const haetae_span_context linked = {
    "LINKED-TRACE-ID", "LINKED!", HAETAE_TRACE_FLAG_SAMPLED, 1, {0}};

static haetae_scope_options scope_of(const struct caller *caller)
{
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);

    scope.name = haetae_string_of("scope-name");
    scope.version = haetae_string_of("scope-version");
    SET_GROWN(scope, caller->grown);
    return scope;
}

static void record_span(const struct caller *caller)
{
    haetae_scope_options scope = scope_of(caller);
    haetae_attribute attribute = haetae_attribute_of("span-key", haetae_value_string("span-value"));
    haetae_attribute further = haetae_attribute_of("further", haetae_value_string("further-value"));
    haetae_link link = {linked, {"link-state=1", 12}, NULL, 0};
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    haetae_tracer *tracer = NULL;
    haetae_span span;

    assert_int_equal(haetae_tracer_get(caller->sdk, &scope, &tracer), HAETAE_OK);
    options.kind = HAETAE_SPAN_KIND_SERVER;
    options.parent = &parent;
    options.trace_state = haetae_string_of("parent-state=1");
    options.attributes = &attribute;
    options.attribute_count = 1;
    options.links = &link;
    options.link_count = 1;
    SET_GROWN(options, caller->grown);
    span = haetae_span_start_with(tracer, HAETAE_TEXT("span-name"), &options);
    exception.type = haetae_string_of("exception-type");
    exception.message = haetae_string_of("exception-message");
    exception.stacktrace = haetae_string_of("exception-stack");
    exception.attributes = &further;
    exception.attribute_count = 1;
    SET_GROWN(exception, caller->grown);
    haetae_span_record_exception(span, &exception);
    haetae_span_end(span);
}

static void record_log(const struct caller *caller)
{
    haetae_scope_options scope = scope_of(caller);
    haetae_attribute attribute = haetae_attribute_of("log-key", haetae_value_string("log-value"));
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    haetae_logger *logger = NULL;

    assert_int_equal(haetae_logger_get(caller->sdk, &scope, &logger), HAETAE_OK);
    record.severity = HAETAE_SEVERITY_ERROR;
    record.severity_text = haetae_string_of("severity-text");
    record.body = haetae_value_string("log-body");
    record.event_name = haetae_string_of("event-name");
    record.context = &parent;
    record.attributes = &attribute;
    record.attribute_count = 1;
    SET_GROWN(record, caller->grown);
    haetae_log_emit(logger, &record);
}

static void record_metric(const struct caller *caller)
{
    static const double boundaries[] = {1, 2, 3};
    haetae_scope_options scope = scope_of(caller);
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_histogram *histogram = NULL;
    haetae_meter *meter = NULL;

    assert_int_equal(haetae_meter_get(caller->sdk, &scope, &meter), HAETAE_OK);
    options.name = haetae_string_of("instrument-name");
    options.unit = haetae_string_of("instrument-unit");
    options.description = haetae_string_of("instrument-description");
    options.number_type = HAETAE_NUMBER_DOUBLE;
    options.boundaries = boundaries;
    options.boundary_count = 3;
    SET_GROWN(options, caller->grown);
    assert_int_equal(haetae_histogram_create(meter, &options, &histogram), HAETAE_OK);
    haetae_histogram_record_double(histogram, 1.5, NULL, 0);
}

/* Fails unless `part` was exported. */
static void expect(const struct caller *caller, haetae_signal signal, const char *part)
{
    const char *bytes = caller->kept[signal].bytes;
    size_t size = caller->kept[signal].size_bytes;
    size_t length = strlen(part);

    for (size_t at = 0; at + length <= size; at++) {
        if (memcmp(bytes + at, part, length) == 0) {
            return;
        }
    }
    fail_msg("%s: \"%s\" is not among the %zu bytes that were exported", haetae_signal_name(signal),
             part, size);
}

static void expect_all(const struct caller *caller)
{
    static const char *const span[] = {"scope-name",      "scope-version",     "PARENT-TRACE-ID",
                                       "PARENT!",         "parent-state=1",    "span-name",
                                       "span-key",        "span-value",        "LINKED-TRACE-ID",
                                       "link-state=1",    "exception-type",    "exception-message",
                                       "exception-stack", "exception.message", "further-value"};
    static const char *const log[] = {"scope-name", "severity-text", "log-body",
                                      "event-name", "log-value",     "PARENT-TRACE-ID"};
    static const char *const metric[] = {"scope-name", "instrument-name", "instrument-unit",
                                         "instrument-description"};

    for (size_t i = 0; i < sizeof span / sizeof span[0]; i++) {
        expect(caller, HAETAE_SIGNAL_TRACES, span[i]);
    }
    for (size_t i = 0; i < sizeof log / sizeof log[0]; i++) {
        expect(caller, HAETAE_SIGNAL_LOGS, log[i]);
    }
    for (size_t i = 0; i < sizeof metric / sizeof metric[0]; i++) {
        expect(caller, HAETAE_SIGNAL_METRICS, metric[i]);
    }
}

/* Records one of each and has it exported. Returns the calls that the library counted as
 * misuse of the first `cause_count` causes. */
static uint64_t record_all(struct caller *caller, int cause_count)
{
    haetae_stats *stats = NULL;
    uint64_t misuse = 0;

    record_span(caller);
    record_log(caller);
    record_metric(caller);
    assert_int_equal(haetae_sdk_force_flush(caller->sdk, TIMEOUT_MS), HAETAE_OK);
    expect_all(caller);
    assert_int_equal(haetae_stats_take(caller->sdk, &stats), HAETAE_OK);
    for (int signal = 0; signal < SIGNALS; signal++) {
        assert_int_equal(haetae_stats_delivered(stats, (haetae_signal)signal), 1);
        assert_int_equal(haetae_stats_dropped_total(stats, (haetae_signal)signal), 0);
        assert_int_equal(haetae_stats_retries(stats, (haetae_signal)signal), 0);
    }
    for (int cause = 0; cause < cause_count; cause++) {
        misuse += haetae_stats_misuse(stats, (haetae_misuse)cause);
    }
    haetae_stats_free(stats);
    return misuse;
}

static void nothing_that_both_know_is_lost(void **state)
{
    struct caller *caller = start(0);

    (void)state;
    assert_int_equal(record_all(caller, HAETAE_MISUSE_COUNT), 0);
    assert_int_equal(caller->line_count, 0);
    stop(caller);
}

#ifdef CALLER_HAS_GROWN
/* With one of each option struct, of scopes one per provider, and one result per batch. */
static void fields_that_the_library_does_not_know_are_counted_and_reported_once(void **state)
{
    struct caller *caller = start(7);
    haetae_stats *stats = NULL;

    (void)state;
    assert_int_equal(record_all(caller, HAETAE_MISUSE_NEWER_CALLER), 0);
    assert_int_equal(haetae_stats_take(caller->sdk, &stats), HAETAE_OK);
    assert_int_equal(caller->send_count, SIGNALS);
    assert_int_equal(haetae_stats_misuse(stats, HAETAE_MISUSE_NEWER_CALLER),
                     5 + SIGNALS + caller->send_count);
    haetae_stats_free(stats);
    record_log(caller);
    assert_int_equal(haetae_sdk_shutdown(caller->sdk, TIMEOUT_MS), HAETAE_OK);
    assert_int_equal(caller->line_count, 1);
    assert_non_null(strstr(caller->line, "haetae_exporter_ops"));
    stop(caller);
}
#endif

/* ---- Recovery --------------------------------------------------------------------------- */

enum { LEFT_SPANS = 3 };

/* In a child: leaves spans in the directory without an end of the SDK. */
static void die_with_spans(const char *directory)
{
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;
    haetae_tracer *tracer;

    /* By hand: a worker would drop what no exporter takes. */
    if (haetae_config_new(&config) != HAETAE_OK ||
        haetae_config_set(config, "HAETAE_RECORDER_DIR", directory) != HAETAE_OK ||
        haetae_config_set(config, "HAETAE_WORKER", "manual") != HAETAE_OK ||
        haetae_sdk_start(config, &sdk) != HAETAE_OK) {
        _exit(1);
    }
    tracer = haetae_tracer_named(sdk, "left");
    for (int i = 0; i < LEFT_SPANS; i++) {
        haetae_span_end(
            haetae_span_start(tracer, HAETAE_TEXT("left-span"), HAETAE_SPAN_KIND_INTERNAL));
    }
    _exit(0);
}

static uint64_t delivered_spans(const haetae_recovery *recovery)
{
#ifdef HAETAE_ABI_VERSION
    return recovery->delivered_spans;
#else
    return recovery->delivered[HAETAE_SIGNAL_TRACES];
#endif
}

static void recovery_writes_what_the_caller_has(void **state)
{
    struct {
        haetae_recovery recovery;
        unsigned char guard[64];
    } out = {HAETAE_OPTIONS(haetae_recovery), {0}};
    char directory[] = "abi-recovery-XXXXXX";
    struct caller *caller = calloc(1, sizeof *caller);
    haetae_config *config;
    int child_status = -1;
    pid_t child;

    (void)state;
    assert_non_null(caller);
    assert_non_null(mkdtemp(directory));
    child = fork();
    if (child == 0) {
        die_with_spans(directory);
    }
    assert_int_equal(waitpid(child, &child_status, 0), child);
    assert_int_equal(child_status, 0);
    memset(out.guard, 0xA5, sizeof out.guard);
    SET_GROWN(out.recovery, 7);
    config = configure(caller);
    assert_int_equal(haetae_recover(config, directory, TIMEOUT_MS, &out.recovery), HAETAE_OK);
    haetae_config_free(config);
    assert_int_equal(out.recovery.struct_size, sizeof out.recovery);
    assert_int_equal(out.recovery.files_recovered, 1);
    assert_int_equal(delivered_spans(&out.recovery), LEFT_SPANS);
#ifdef CALLER_HAS_GROWN
    assert_int_equal(out.recovery.grown, 0);
#endif
    for (size_t i = 0; i < sizeof out.guard; i++) {
        assert_int_equal(out.guard[i], 0xA5);
    }
    expect(caller, HAETAE_SIGNAL_TRACES, "left-span");
    assert_int_equal(rmdir(directory), 0);
    free(caller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_both_know_is_lost),
#ifdef CALLER_HAS_GROWN
        cmocka_unit_test(fields_that_the_library_does_not_know_are_counted_and_reported_once),
#endif
        cmocka_unit_test(recovery_writes_what_the_caller_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
