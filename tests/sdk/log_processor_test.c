/* SPDX-License-Identifier: Apache-2.0 */
/* Log processors, and what flush and shutdown do with processors of both kinds. */
#include "haetae/processor.h"

#include <sys/wait.h>
#include <unistd.h>

#include "support/sdk_fixture.h"

struct fixture {
    struct fake_exporter fake;
    haetae_sdk *sdk;
    haetae_logger *logger;
};

struct processor {
    char name;
    bool keeps;
    bool changes;
    bool logs; /* within the callback */
    bool enabled;
    haetae_logger *logger;
    haetae_context_key *key;
    void *value;
    unsigned emitted;
    unsigned asked;
    unsigned flushed;
    unsigned shut_down;
    unsigned freed;
    uint32_t timeout_ms;
    haetae_status result;
    int32_t severity;
    haetae_span_context context;
    char scope[32];
    char event[32];
    bool takes_exception; /* away */
    char exception[32];
    size_t resource_size_bytes;
};

static char calls[64];

static bool on_emit(void *self, haetae_log_record *record, const haetae_item_origin *origin,
                    const haetae_context *context)
{
    static const haetae_attribute added = {{"added", 5}, {HAETAE_VALUE_INT64, 0, {.int64 = 7}}};
    struct processor *processor = self;

    processor->emitted++;
    processor->severity = record->severity;
    (void)haetae_context_span_context(context, &processor->context);
    if (processor->key != NULL) {
        processor->value = haetae_context_value(context, processor->key);
    }
    snprintf(processor->scope, sizeof processor->scope, "%.*s", (int)origin->scope_name.length,
             origin->scope_name.data);
    processor->resource_size_bytes = origin->resource_size_bytes;
    assert_int_not_equal(record->observed_time_unix_ns, 0);
    calls[strlen(calls)] = processor->name;
    if (processor->changes) {
        record->severity = HAETAE_SEVERITY_ERROR;
        record->body = haetae_value_string("changed");
        record->attributes = &added;
        record->attribute_count = 1;
    }
    if (record->exception != NULL) {
        snprintf(processor->exception, sizeof processor->exception, "%.*s",
                 (int)record->exception->type.length, record->exception->type.data);
    }
    if (processor->takes_exception) {
        record->exception = NULL;
    }
    if (processor->logs) {
        haetae_log(processor->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("inner"), NULL, 0);
    }
    return processor->keeps;
}

static bool is_enabled(void *self, const haetae_item_origin *origin, const haetae_context *context,
                       haetae_severity severity, haetae_string event_name)
{
    struct processor *processor = self;

    assert_non_null(context);
    assert_non_null(origin->scope);
    snprintf(processor->event, sizeof processor->event, "%.*s", (int)event_name.length,
             event_name.data != NULL ? event_name.data : "");
    (void)haetae_context_span_context(context, &processor->context);
    processor->severity = (int32_t)severity;
    processor->asked++;
    return processor->enabled;
}

static haetae_status flush(void *self, uint32_t timeout_ms)
{
    struct processor *processor = self;

    processor->flushed++;
    processor->timeout_ms = timeout_ms;
    return processor->result;
}

static haetae_status shut_down(void *self, uint32_t timeout_ms)
{
    struct processor *processor = self;

    processor->shut_down++;
    processor->timeout_ms = timeout_ms;
    return processor->result;
}

static void free_processor(void *self)
{
    ((struct processor *)self)->freed++;
}

static haetae_log_processor log_processor(struct processor *self)
{
    haetae_log_processor processor =
        HAETAE_OPTIONS(haetae_log_processor, .self = self, .on_emit = on_emit, .force_flush = flush,
                       .shutdown = shut_down, .free = free_processor);

    return processor;
}

/* Starts an SDK with these processors of logs. */
static void begin(struct fixture *c, haetae_log_processor *processors, size_t count)
{
    haetae_config *config;

    memset(c, 0, sizeof *c);
    memset(calls, 0, sizeof calls);
    fake_init(&c->fake, "fake", fake_accept);
    config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&c->fake));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(haetae_config_add_log_processor(config, &processors[i]), HAETAE_OK);
    }
    assert_int_equal(haetae_sdk_start(config, &c->sdk), HAETAE_OK);
    haetae_config_free(config);
    c->logger = haetae_logger_named(c->sdk, "logger");
}

static void end(struct fixture *c)
{
    sdk_finish(c->sdk, &c->fake);
}

HAETAE_LOG_SITE(at_site, HAETAE_SEVERITY_INFO, "at a site", "", "k");

static void log_by_each_call(haetae_logger *logger)
{
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record, .severity = HAETAE_SEVERITY_INFO);

    haetae_log(logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("x"), NULL, 0);
    haetae_logf(logger, HAETAE_SEVERITY_INFO, "%d", 1);
    haetae_log_emit(logger, &record);
    haetae_log_emit_site(logger, &at_site, HAETAE_VALUES(1), NULL, 0);
    haetae_log_emit_site(logger, &at_site, HAETAE_VALUES(1), HAETAE_TEXT("other"));
}

enum { EACH_CALL = 5 };

static void processors_see_each_record_in_their_order(void **state)
{
    struct processor a = {.name = 'A', .keeps = true};
    struct processor b = {.name = 'B', .keeps = true};
    haetae_log_processor processors[] = {log_processor(&a), log_processor(&b)};
    struct fixture c;

    (void)state;
    begin(&c, processors, 2);
    log_by_each_call(c.logger);
    assert_string_equal(calls, "ABABABABAB");
    assert_string_equal(a.scope, "logger");
    assert_true(a.resource_size_bytes > 0);
    assert_int_equal(haetae_sdk_force_flush(c.sdk, 10000), HAETAE_OK);
    sdk_all_delivered(c.sdk, HAETAE_SIGNAL_LOGS, EACH_CALL);
    end(&c);
    assert_int_equal(a.freed, 1);
    assert_int_equal(b.freed, 1);
}

static void what_a_processor_leaves_out_is_gone(void **state)
{
    struct processor a = {.name = 'A', .keeps = false};
    struct processor b = {.name = 'B', .keeps = true};
    haetae_log_processor processors[] = {log_processor(&a), log_processor(&b)};
    struct fixture c;

    (void)state;
    begin(&c, processors, 2);
    log_by_each_call(c.logger);
    assert_string_equal(calls, "AAAAA");
    assert_int_equal(sdk_numbers(c.sdk, HAETAE_SIGNAL_LOGS).recorded, 0);
    end(&c);
}

static void those_behind_see_what_is_changed(void **state)
{
    struct processor a = {.name = 'A', .keeps = true, .changes = true};
    struct processor b = {.name = 'B', .keeps = true};
    haetae_log_processor processors[] = {log_processor(&a), log_processor(&b)};
    struct fixture c;

    (void)state;
    begin(&c, processors, 2);
    haetae_log(c.logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("as it was"), NULL, 0);
    assert_int_equal(a.severity, HAETAE_SEVERITY_INFO);
    assert_int_equal(b.severity, HAETAE_SEVERITY_ERROR);
    assert_int_equal(haetae_sdk_force_flush(c.sdk, 10000), HAETAE_OK);
    sdk_all_delivered(c.sdk, HAETAE_SIGNAL_LOGS, 1);
    end(&c);
}

static void a_processor_sees_the_context_of_the_record(void **state)
{
    static char value[] = "value";
    struct processor a = {.name = 'A', .keeps = true};
    haetae_log_processor processors[] = {log_processor(&a)};
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    haetae_span_context remote = {.trace_flags = 1};
    haetae_context *context = NULL;
    struct fixture c;

    (void)state;
    memset(remote.trace_id, 0x42, 16);
    memset(remote.span_id, 0x43, 8);
    begin(&c, processors, 1);
    assert_int_equal(haetae_context_key_new("k", &a.key), HAETAE_OK);
    assert_int_equal(haetae_context_with_value(NULL, a.key, value, NULL, &context), HAETAE_OK);
    record.context = &remote;
    haetae_log_emit(c.logger, &record);
    assert_memory_equal(a.context.trace_id, remote.trace_id, 16);
    assert_null(a.value);
    record.context = NULL;
    record.in_context = context;
    haetae_log_emit(c.logger, &record);
    assert_false(haetae_span_context_is_valid(&a.context));
    assert_ptr_equal(a.value, value);
    haetae_context_unref(context);
    haetae_context_key_free(a.key);
    end(&c);
}

static void what_a_processor_logs_is_not_shown(void **state)
{
    struct processor a = {.name = 'A', .keeps = true, .logs = true};
    haetae_log_processor processors[] = {log_processor(&a)};
    struct fixture c;

    (void)state;
    begin(&c, processors, 1);
    a.logger = c.logger;
    haetae_log(c.logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("outer"), NULL, 0);
    assert_string_equal(calls, "A");
    assert_int_equal(sdk_numbers(c.sdk, HAETAE_SIGNAL_LOGS).recorded, 2);
    end(&c);
}

static void a_logger_is_enabled_unless_all_processors_say_no(void **state)
{
    struct processor a = {.name = 'A', .keeps = true};
    struct processor b = {.name = 'B', .keeps = true};
    haetae_log_processor processors[] = {log_processor(&a), log_processor(&b)};
    struct fixture c;

    (void)state;
    processors[0].enabled = is_enabled;
    begin(&c, processors, 2); /* B does not say */
    assert_true(haetae_logger_enabled(c.logger, HAETAE_SEVERITY_WARN));
    end(&c);
    processors[1].enabled = is_enabled;
    begin(&c, processors, 2);
    assert_false(haetae_logger_enabled(c.logger, HAETAE_SEVERITY_WARN));
    assert_int_equal(b.severity, HAETAE_SEVERITY_WARN);
    b.enabled = true;
    assert_true(haetae_logger_enabled(c.logger, HAETAE_SEVERITY_WARN));
    end(&c);
}

static void processors_are_asked_with_context_and_event_name(void **state)
{
    struct processor a = {.name = 'A', .keeps = true, .enabled = true};
    haetae_log_processor processors[] = {log_processor(&a)};
    haetae_span_context remote = {.trace_id = {0xA1}, .span_id = {0xB2}, .trace_flags = 1};
    haetae_context *context = NULL;
    haetae_context_token token;
    struct fixture c;

    (void)state;
    processors[0].enabled = is_enabled;
    begin(&c, processors, 1);
    assert_int_equal(haetae_context_with_span_context(NULL, &remote, &context), HAETAE_OK);
    assert_true(haetae_logger_enabled_with(c.logger, HAETAE_SEVERITY_WARN, context,
                                           HAETAE_TEXT("ride.cancelled")));
    assert_string_equal(a.event, "ride.cancelled");
    assert_int_equal(a.context.trace_id[0], 0xA1);
    assert_true(haetae_logger_enabled_with(c.logger, HAETAE_SEVERITY_WARN, NULL, NULL, 5));
    assert_string_equal(a.event, "");
    assert_int_equal(a.context.trace_id[0], 0);
    haetae_context_attach_context(context, &token);
    assert_true(haetae_logger_enabled(c.logger, HAETAE_SEVERITY_WARN));
    assert_int_equal(a.context.trace_id[0], 0xA1);
    a.enabled = false;
    assert_false(haetae_logger_enabled_with(c.logger, HAETAE_SEVERITY_WARN, NULL,
                                            HAETAE_TEXT("ride.cancelled")));
    haetae_context_detach(&token);
    haetae_context_unref(context);
    end(&c);
}

static void a_processor_sees_the_exception_and_may_take_it(void **state)
{
    struct processor a = {.name = 'A', .keeps = true, .takes_exception = true};
    struct processor b = {.name = 'B', .keeps = true};
    haetae_log_processor processors[] = {log_processor(&a), log_processor(&b)};
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    struct fixture c;

    (void)state;
    begin(&c, processors, 2);
    exception.type = haetae_string_of("EIO");
    record.exception = &exception;
    haetae_log_emit(c.logger, &record);
    assert_string_equal(a.exception, "EIO");
    assert_int_equal(b.emitted, 1);
    assert_string_equal(b.exception, "");
    end(&c);
}

/* The resource that a processor was shown. */
struct seen {
    uint8_t bytes[4096];
    size_t size_bytes;
};

static struct seen asked_with;
static struct seen emitted_with;

static void see(struct seen *seen, const haetae_item_origin *origin)
{
    seen->size_bytes = origin->resource_size_bytes;
    if (seen->size_bytes <= sizeof seen->bytes) {
        memcpy(seen->bytes, origin->resource, seen->size_bytes);
    }
}

static bool see_when_asked(void *self, const haetae_item_origin *origin,
                           const haetae_context *context, haetae_severity severity,
                           haetae_string event_name)
{
    (void)self, (void)context, (void)severity, (void)event_name;
    see(&asked_with, origin);
    return true;
}

static bool see_when_emitted(void *self, haetae_log_record *record,
                             const haetae_item_origin *origin, const haetae_context *context)
{
    (void)self, (void)record, (void)context;
    see(&emitted_with, origin);
    return true;
}

static bool same(const struct seen *a, const struct seen *b)
{
    return a->size_bytes == b->size_bytes && memcmp(a->bytes, b->bytes, a->size_bytes) == 0;
}

static void a_forked_child_asks_with_its_own_resource(void **state)
{
    haetae_log_processor processor = HAETAE_OPTIONS(
        haetae_log_processor, .on_emit = see_when_emitted, .enabled = see_when_asked);
    struct seen of_parent;
    struct fixture c;
    int status;
    pid_t pid;

    (void)state;
    begin(&c, &processor, 1);
    assert_true(haetae_logger_enabled(c.logger, HAETAE_SEVERITY_INFO));
    of_parent = asked_with;
    assert_in_range(of_parent.size_bytes, 1, sizeof of_parent.bytes);
    pid = fork();
    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        bool enabled = haetae_logger_enabled(c.logger, HAETAE_SEVERITY_INFO); /* its first call */

        haetae_log(c.logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("child"), NULL, 0);
        _exit(enabled && same(&asked_with, &emitted_with) && !same(&asked_with, &of_parent) ? 0
                                                                                            : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    end(&c);
}

static void flush_and_shutdown_reach_all_processors(void **state)
{
    struct processor log = {.name = 'L', .keeps = true};
    struct processor span = {.name = 'S'};
    haetae_log_processor of_logs = log_processor(&log);
    haetae_span_processor of_spans =
        HAETAE_OPTIONS(haetae_span_processor, .self = &span, .force_flush = flush,
                       .shutdown = shut_down, .free = free_processor);
    struct fake_exporter fake;
    haetae_config *config;
    haetae_sdk *sdk = NULL;

    (void)state;
    fake_init(&fake, "fake", fake_accept);
    config = sdk_config(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&fake));
    assert_int_equal(haetae_config_add_span_processor(config, &of_spans), HAETAE_OK);
    assert_int_equal(haetae_config_add_log_processor(config, &of_logs), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    haetae_config_free(config);
    assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    assert_int_equal(log.flushed, 1);
    assert_int_equal(span.flushed, 1);
    assert_in_range(span.timeout_ms, 1, 10000);
    span.result = HAETAE_ETIMEOUT;
    log.result = HAETAE_EIO;
    assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_ETIMEOUT);
    assert_int_equal(log.flushed, 2);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_ETIMEOUT);
    assert_int_equal(haetae_sdk_shutdown(sdk, 10000), HAETAE_ESHUTDOWN);
    assert_int_equal(log.shut_down, 1);
    assert_int_equal(span.shut_down, 1);
    assert_int_equal(log.freed + span.freed, 0);
    sdk_finish(sdk, &fake);
    assert_int_equal(log.freed, 1);
    assert_int_equal(span.freed, 1);
}

static void processors_stay_with_a_configuration_that_starts_nothing(void **state)
{
    struct processor log = {.name = 'L'};
    haetae_log_processor of_logs = log_processor(&log);
    haetae_span_processor of_spans = HAETAE_OPTIONS(haetae_span_processor);
    haetae_config *config = sdk_config(SDK_SETTINGS({NULL, NULL}), SDK_FAKES(NULL));

    (void)state;
    assert_int_equal(haetae_config_add_log_processor(NULL, &of_logs), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_log_processor(config, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_span_processor(NULL, &of_spans), HAETAE_EINVAL);
    assert_int_equal(haetae_config_add_span_processor(config, NULL), HAETAE_EINVAL);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(haetae_config_add_log_processor(config, &of_logs), HAETAE_OK);
        assert_int_equal(haetae_config_add_span_processor(config, &of_spans), HAETAE_OK);
    }
    assert_int_equal(haetae_config_add_log_processor(config, &of_logs), HAETAE_ELIMIT);
    assert_int_equal(haetae_config_add_span_processor(config, &of_spans), HAETAE_ELIMIT);
    of_spans.struct_size = 3;
    assert_int_equal(haetae_config_add_span_processor(config, &of_spans), HAETAE_EINVAL);
    haetae_config_free(config);
    assert_int_equal(log.freed, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processors_see_each_record_in_their_order),
        cmocka_unit_test(what_a_processor_leaves_out_is_gone),
        cmocka_unit_test(those_behind_see_what_is_changed),
        cmocka_unit_test(a_processor_sees_the_context_of_the_record),
        cmocka_unit_test(what_a_processor_logs_is_not_shown),
        cmocka_unit_test(a_logger_is_enabled_unless_all_processors_say_no),
        cmocka_unit_test(processors_are_asked_with_context_and_event_name),
        cmocka_unit_test(a_processor_sees_the_exception_and_may_take_it),
        cmocka_unit_test(a_forked_child_asks_with_its_own_resource),
        cmocka_unit_test(flush_and_shutdown_reach_all_processors),
        cmocka_unit_test(processors_stay_with_a_configuration_that_starts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
