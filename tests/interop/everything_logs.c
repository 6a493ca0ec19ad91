/* SPDX-License-Identifier: Apache-2.0 */
/* Log records: every field, every kind of body, correlation. */
#include "everything.h"

static const char scope_id[] = "logs";
static const char named_scope_id[] = "interop/named logger";

static haetae_logger *make_logger(const struct run *run)
{
    const haetae_attribute attributes[] = {HAETAE_ATTR("logger.level", 7)};
    haetae_scope_options scope = HAETAE_OPTIONS(haetae_scope_options);
    haetae_logger *logger = NULL, *again = NULL;

    scope.name = STRING_OF("interop/logs");
    scope.version = STRING_OF("0.0.1");
    scope.schema_url = STRING_OF("https://example.org/schema");
    scope.attributes = attributes;
    scope.attribute_count = COUNT_OF(attributes);
    EXPECT_OK(run, haetae_logger_get(run->sdk, &scope, &logger));
    EXPECT_OK(run, haetae_logger_get(run->sdk, &scope, &again));
    EXPECT(run, logger != NULL && logger == again);
    define_scope(run, scope_id, &scope);
    return logger;
}

static void record_severities(const struct run *run, haetae_logger *logger)
{
    for (uint32_t severity = HAETAE_SEVERITY_UNSPECIFIED; severity <= HAETAE_SEVERITY_FATAL4;
         severity++) {
        struct expected_log expected = {.time_is_now = true, .severity = severity};

        EXPECT(run, haetae_logger_enabled(logger, (haetae_severity)severity));
        EXPECT(run, haetae_logger_enabled_with(logger, (haetae_severity)severity, NULL,
                                               HAETAE_TEXT("interop.full")));
        haetae_log(logger, (haetae_severity)severity, HAETAE_TEXT("by severity"), NULL, 0);
        expected.body = haetae_value_string("by severity");
        expect_log(run, scope_id, &expected);
    }
}

static void record_full_log(const struct run *run, haetae_logger *logger)
{
    const haetae_span_context context = {
        .trace_id = {0xC0, [15] = 0x0C}, .span_id = {0xD0, [7] = 0x0D}, .trace_flags = 1};
    const haetae_value values[] = {HAETAE_VALUE("x"), HAETAE_VALUE((bool)false)};
    const haetae_attribute in_map[] = {HAETAE_ATTR("k", -1.5)};
    const haetae_attribute attributes[] = {
        HAETAE_ATTR("text", "t"),
        HAETAE_ATTR("int", (long long)INT64_MAX),
        HAETAE_ATTR("bool", (bool)true),
        HAETAE_ATTR("double", 1e-300),
        HAETAE_ATTR("empty", haetae_value_empty()),
        HAETAE_ATTR("bytes", haetae_value_bytes("\xFF\x00\x01", 3)),
        HAETAE_ATTR("array", haetae_value_array(values, COUNT_OF(values))),
        HAETAE_ATTR("map", haetae_value_map(in_map, COUNT_OF(in_map))),
    };
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    struct expected_log expected = {0};

    record.severity = HAETAE_SEVERITY_WARN2;
    record.severity_text = STRING_OF("LOG_WARNING");
    record.body = haetae_value_string("every field");
    record.event_name = STRING_OF("interop.full");
    record.time_unix_ns = AT(123456789);
    record.observed_time_unix_ns = AT(223456789);
    record.context = &context;
    record.attributes = attributes;
    record.attribute_count = COUNT_OF(attributes);
    haetae_log_emit(logger, &record);

    expected.severity = HAETAE_SEVERITY_WARN2;
    expected.severity_text = record.severity_text;
    expected.body = record.body;
    expected.event_name = record.event_name;
    expected.time_unix_ns = AT(123456789);
    expected.observed_time_unix_ns = AT(223456789);
    expected.context = context;
    expected.attributes = attributes;
    expected.attribute_count = COUNT_OF(attributes);
    expect_log(run, scope_id, &expected);
}

static void record_exceptions(const struct run *run, haetae_logger *logger)
{
    const haetae_attribute attributes[] = {HAETAE_ATTR("exception.type", "EIO"),
                                           HAETAE_ATTR("exception.message", "no route"),
                                           HAETAE_ATTR("exception.stacktrace", "main")};
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    struct expected_log expected = {.body = haetae_value_string("failed")};

    exception.type = STRING_OF("EIO");
    exception.message = STRING_OF("no route");
    exception.stacktrace = STRING_OF("main");
    record.body = expected.body;
    record.exception = &exception;
    haetae_log_emit(logger, &record);
    expected.attributes = attributes;
    expected.attribute_count = COUNT_OF(attributes);
    expect_log(run, scope_id, &expected);
}

static void record_bodies(const struct run *run, haetae_logger *logger)
{
    static char longer[10000];
    const haetae_value inner[] = {HAETAE_VALUE(1), haetae_value_empty(), HAETAE_VALUE("three")};
    const haetae_attribute map[] = {
        HAETAE_ATTR("list", haetae_value_array(inner, COUNT_OF(inner))),
        HAETAE_ATTR("deep", haetae_value_map(NULL, 0)),
    };
    const haetae_value bodies[] = {
        haetae_value_empty(),
        haetae_value_string(""),
        haetae_value_text(HAETAE_TEXT("a\0b")),
        haetae_value_text(longer, sizeof longer),
        haetae_value_bool(false),
        haetae_value_int64(-42),
        haetae_value_uint64(UINT64_MAX),
        haetae_value_double(6.25),
        haetae_value_bytes("\x00\xFE", 2),
        haetae_value_array(inner, COUNT_OF(inner)),
        haetae_value_array(NULL, 0),
        haetae_value_map(map, COUNT_OF(map)),
        haetae_value_map(NULL, 0),
    };

    memset(longer, 'b', sizeof longer);
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
        struct expected_log expected = {.body = bodies[i]};

        record.body = bodies[i];
        haetae_log_emit(logger, &record);
        expect_log(run, scope_id, &expected);
    }
}

/* Sites: static ones, by the macro that has one of its own, and objects. */
static void record_sites(const struct run *run, haetae_logger *logger)
{
    HAETAE_LOG_SITE(site, HAETAE_SEVERITY_WARN3, "at a site", "interop.site", "text", "real");
    const haetae_attribute attributes[] = {HAETAE_ATTR("text", "t"), HAETAE_ATTR("real", 0.5)};
    struct expected_log expected = {.time_is_now = true,
                                    .severity = HAETAE_SEVERITY_WARN3,
                                    .body = haetae_value_string("at a site"),
                                    .event_name = STRING_OF("interop.site"),
                                    .attributes = attributes,
                                    .attribute_count = COUNT_OF(attributes)};
    haetae_log_site *made = NULL;

    for (int i = 0; i < 2; i++) {
        haetae_log_emit_site(logger, &site, HAETAE_VALUES("t", 0.5), NULL, 0);
        expect_log(run, scope_id, &expected);
    }
    EXPECT_OK(run, haetae_log_site_new(&site, &made));
    haetae_log_emit_site(logger, made, HAETAE_VALUES("t", 0.5), HAETAE_TEXT("another body"));
    haetae_log_site_free(made);
    expected.body = haetae_value_string("another body");
    expect_log(run, scope_id, &expected);

    HAETAE_LOG(logger, HAETAE_SEVERITY_WARN3, "by the macro", "text", "t", "real", 0.5);
    expected.body = haetae_value_string("by the macro");
    expected.event_name = (haetae_string){NULL, 0};
    expect_log(run, scope_id, &expected);
}

static void log_arguments(haetae_logger *logger, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    haetae_vlogf(logger, HAETAE_SEVERITY_INFO2, format, arguments);
    va_end(arguments);
}

static void record_formatted(const struct run *run, haetae_logger *logger)
{
    struct expected_log expected = {.time_is_now = true,
                                    .severity = HAETAE_SEVERITY_INFO2,
                                    .body = haetae_value_string("7 of seven, 0.5")};

    haetae_logf(logger, HAETAE_SEVERITY_INFO2, "%d of %s, %.1f", 7, "seven", 0.5);
    expect_log(run, scope_id, &expected);
    log_arguments(logger, "%d of %s, %.1f", 7, "seven", 0.5);
    expect_log(run, scope_id, &expected);
}

/* Records get the context of the current span, unless they have their own. */
static void record_correlation(const struct run *run, haetae_logger *logger)
{
    haetae_tracer *tracer = haetae_tracer_named(run->sdk, named_scope_id);
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    const haetae_span_context none = {.trace_flags = 0};
    struct expected_log expected = {.body = haetae_value_string("correlated")};
    struct expected_span expected_span;
    haetae_context_token token;
    haetae_span span;

    span = haetae_span_start(tracer, HAETAE_TEXT("with logs"), HAETAE_SPAN_KIND_INTERNAL);
    expected_span = expected_root(span, STRING_OF("with logs"));
    expect_span(run, named_scope_id, &expected_span);
    haetae_context_attach(span, &token);
    haetae_log(logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("correlated"),
               HAETAE_ATTRS(HAETAE_ATTR("n", 1)));
    const haetae_attribute n1[] = {HAETAE_ATTR("n", 1)};
    expected.context = expected_span.context;
    expected.severity = HAETAE_SEVERITY_INFO;
    expected.time_is_now = true;
    expected.attributes = n1;
    expected.attribute_count = COUNT_OF(n1);
    expect_log(run, scope_id, &expected);

    record.body = haetae_value_string("not correlated");
    record.context = &none;
    haetae_log_emit(logger, &record);
    haetae_context_detach(&token);
    haetae_span_end(span);
    expected = (struct expected_log){.body = record.body};
    expect_log(run, scope_id, &expected);
}

static void record_repairs(const struct run *run, haetae_logger *logger)
{
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    const haetae_attribute given[] = {HAETAE_ATTR("twice", 1), HAETAE_ATTR("", 0),
                                      HAETAE_ATTR("bad", "\xFF"), HAETAE_ATTR("twice", 2)};
    const haetae_attribute kept[] = {HAETAE_ATTR("twice", 2), HAETAE_ATTR("bad", "\xEF\xBF\xBD")};
    struct expected_log expected = {.attributes = kept, .attribute_count = COUNT_OF(kept)};

    record.body = haetae_value_string("body \x80\x80");
    record.severity_text = STRING_OF("\xE2\x82");
    record.event_name = STRING_OF("name\xC0");
    record.attributes = given;
    record.attribute_count = COUNT_OF(given);
    haetae_log_emit(logger, &record);
    expected.body = haetae_value_string("body \xEF\xBF\xBD\xEF\xBF\xBD");
    expected.severity_text = STRING_OF("\xEF\xBF\xBD");
    expected.event_name = STRING_OF("name\xEF\xBF\xBD");
    expected.dropped_attribute_count = 1;
    expect_log(run, scope_id, &expected);
}

/* A logger that drops records below its minimum severity. */
static void record_above_minimum(const struct run *run)
{
    static const struct {
        haetae_severity severity;
        bool passes;
    } cases[] = {{HAETAE_SEVERITY_INFO4, false},
                 {HAETAE_SEVERITY_WARN, true},
                 {HAETAE_SEVERITY_UNSPECIFIED, true},
                 {HAETAE_SEVERITY_DEBUG, false},
                 {HAETAE_SEVERITY_FATAL, true}};
    haetae_logger *logger = haetae_logger_named(run->sdk, named_scope_id);

    haetae_logger_set_min_severity(logger, HAETAE_SEVERITY_WARN);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
        struct expected_log expected = {.severity = (uint32_t)cases[i].severity};

        EXPECT(run, haetae_logger_enabled(logger, cases[i].severity) == cases[i].passes);
        record.severity = (int32_t)cases[i].severity;
        record.body = haetae_value_string("above the minimum");
        haetae_log_emit(logger, &record);
        expected.body = record.body;
        if (cases[i].passes) {
            expect_log(run, named_scope_id, &expected);
        }
    }
    haetae_logger_set_min_severity(logger, HAETAE_SEVERITY_UNSPECIFIED);
    EXPECT(run, haetae_logger_enabled(logger, HAETAE_SEVERITY_TRACE));
}

void record_logs(const struct run *run)
{
    haetae_logger *logger = make_logger(run);
    haetae_log_record unsized = {0};

    define_named_scope(run, named_scope_id);
    record_severities(run, logger);
    record_full_log(run, logger);
    record_exceptions(run, logger);
    record_bodies(run, logger);
    record_sites(run, logger);
    record_formatted(run, logger);
    record_correlation(run, logger);
    record_repairs(run, logger);
    record_above_minimum(run);
    haetae_log_emit(logger, &unsized);
    misuses_made.count[HAETAE_MISUSE_ARGUMENT]++;
    haetae_log_emit(logger, NULL);
}
