/* SPDX-License-Identifier: Apache-2.0 */
/* The bridges of examples/bridges: what is logged through them arrives as log records. */
#include <errno.h>
#include <limits.h>
#include <unistd.h>
#include <wchar.h>

#include "capture.h"
#include "host_log.h"
#include "journal_bridge.h"
#include "syslog_bridge.h"

static int begin(void **state)
{
    (void)capture_begin(state);
    bridge_syslog_to(((struct capture *)*state)->logger);
    return 0;
}

static int end(void **state)
{
    bridge_syslog_to(NULL);
    bridge_closelog();
    (void)bridge_setlogmask(0xFF);
    host_log_reset();
    return capture_end(state);
}

static const HaeOtlp__AnyValue *find(const HaeOtlp__LogRecord *log, const char *key)
{
    const HaeOtlp__AnyValue *value = capture_find(log->attributes, log->n_attributes, key);

    if (value == NULL) {
        fail_msg("%s is missing", key);
    }
    return value;
}

static void has_text(const HaeOtlp__LogRecord *log, const char *key, const char *text)
{
    assert_string_equal(find(log, key)->string_value, text);
}

static void has_number(const HaeOtlp__LogRecord *log, const char *key, int64_t number)
{
    assert_int_equal(find(log, key)->int_value, number);
}

static void has_body(const HaeOtlp__LogRecord *log, const char *text)
{
    assert_non_null(log->body);
    assert_string_equal(log->body->string_value, text);
}

static uint64_t recorded(struct capture *c)
{
    return sdk_numbers(c->sdk, HAETAE_SIGNAL_LOGS).recorded;
}

/* ---- syslog ----------------------------------------------------------------------------- */

static void priorities_become_severities_by_the_data_model(void **state)
{
    static const struct {
        int severity;
        const char *text;
    } expected[] = {{21, "emerg"},   {19, "alert"},  {18, "crit"}, {17, "err"},
                    {13, "warning"}, {10, "notice"}, {9, "info"},  {5, "debug"}};

    for (int priority = LOG_EMERG; priority <= LOG_DEBUG; priority++) {
        const HaeOtlp__LogRecord *log;

        bridge_syslog(priority, "level %d\n", priority);
        log = capture_log(*state);
        assert_int_equal(log->severity_number, expected[priority].severity);
        assert_string_equal(log->severity_text, expected[priority].text);
        assert_memory_equal(log->body->string_value, "level ", 6);
        assert_int_equal(strlen(log->body->string_value), 7); /* without the newline */
        assert_int_not_equal(log->time_unix_nano, 0);
    }
}

static void facility_ident_and_pid_are_attributes(void **state)
{
    const HaeOtlp__LogRecord *log;

    bridge_syslog(LOG_INFO, "x");
    log = capture_log(*state);
    has_text(log, "syslog.facility", "user");
    has_text(log, "syslog.ident", program_invocation_short_name);
    assert_int_equal(log->n_attributes, 2);
    bridge_openlog("rides", LOG_PID | LOG_NDELAY, LOG_DAEMON);
    bridge_syslog(LOG_INFO, "x");
    log = capture_log(*state);
    has_text(log, "syslog.facility", "daemon");
    has_text(log, "syslog.ident", "rides");
    has_number(log, "syslog.procid", getpid());
    bridge_syslog(LOG_LOCAL3 | LOG_INFO, "x");
    has_text(capture_log(*state), "syslog.facility", "local3");
    bridge_openlog("rides", 0, 12345678); /* no facility */
    bridge_syslog(LOG_INFO, "x");
    has_text(capture_log(*state), "syslog.facility", "daemon");
    bridge_syslog(LOG_FACMASK | LOG_INFO, "x");
    assert_null(capture_find(capture_log(*state)->attributes, 1, "syslog.facility"));
    bridge_closelog();
    bridge_syslog(LOG_INFO, "x");
    has_text(capture_log(*state), "syslog.facility", "user");
}

static void errno_is_that_of_the_call_and_stays(void **state)
{
    static const struct callback_bridge no_logger = {NULL, host_levels, HOST_LEVELS};
    const char *format = "%s: %m";
    struct capture *c = *state;

    errno = ENOENT;
    bridge_syslog(LOG_ERR, format, "open");
    assert_int_equal(errno, ENOENT);
    has_body(capture_log(c), "open: No such file or directory");
    errno = ENOENT;
    assert_int_equal(journal_bridge_send(c->logger, "MESSAGE=%s: %m", "open", NULL), 0);
    assert_int_equal(errno, ENOENT);
    has_body(capture_log(c), "open: No such file or directory");
    errno = EPIPE;
    callback_bridge_log((void *)(uintptr_t)&no_logger, HOST_INFO, NULL, 0, NULL, "x");
    assert_int_equal(journal_bridge_sendv(c->logger, NULL, 1), -EINVAL);
    assert_int_equal(journal_bridge_read(c->logger, "x", 1), -EBADMSG);
    assert_int_equal(errno, EPIPE);
}

static void what_the_mask_or_the_logger_leaves_out_is_not_recorded(void **state)
{
    struct capture *c = *state;

    assert_int_equal(bridge_setlogmask(LOG_UPTO(LOG_ERR)), 0xFF);
    assert_int_equal(bridge_setlogmask(0), LOG_UPTO(LOG_ERR));
    bridge_syslog(LOG_WARNING, "x");
    assert_int_equal(recorded(c), 0);
    bridge_syslog(LOG_ERR, "x");
    assert_int_equal(recorded(c), 1);
    haetae_logger_set_min_severity(c->logger, HAETAE_SEVERITY_FATAL);
    bridge_syslog(LOG_ERR, "x");
    bridge_syslog_to(NULL);
    bridge_syslog(LOG_EMERG, "x");
    assert_int_equal(recorded(c), 1);
}

static void perror_writes_a_line_to_standard_error(void **state)
{
    char line[128] = "";
    char expected[128];
    int saved = dup(STDERR_FILENO);
    int ends[2];

    assert_true(saved >= 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    bridge_openlog("rides", LOG_PERROR | LOG_PID, LOG_DAEMON);
    bridge_syslog(LOG_INFO, "to %s\n", "both");
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    assert_true(read(ends[0], line, sizeof line - 1) > 0);
    snprintf(expected, sizeof expected, "rides[%ld]: to both\n", (long)getpid());
    assert_string_equal(line, expected);
    has_body(capture_log(*state), "to both");
    close(saved);
    close(ends[0]);
    close(ends[1]);
}

/* ---- Text -------------------------------------------------------------------------------- */

static void text_of_any_kind_is_recorded(void **state)
{
    static const char *const no_format;
    struct capture *c = *state;
    char *text = malloc(30001);
    const HaeOtlp__LogRecord *log;

    assert_non_null(text);
    memset(text, 'x', 30000);
    text[30000] = '\0';
    for (int length = 1022; length < 1027; length++) { /* about the size of a line */
        bridge_syslog(LOG_INFO, "%.*s", length, text);
        assert_int_equal(strlen(capture_log(c)->body->string_value), length);
    }
    bridge_syslog(LOG_INFO, "%s", text);
    log = capture_log(c);
    assert_string_equal(log->body->string_value, text);
    free(text);
    bridge_syslog(LOG_INFO, "a\xFF%s", "\xC3");
    has_body(capture_log(c), "a\xEF\xBF\xBD\xEF\xBF\xBD");
    bridge_syslog(LOG_INFO, no_format, 0);
    log = capture_log(c);
    assert_null(log->body);
    has_text(log, "syslog.facility", "user");
}

/* ---- A logger with callbacks ------------------------------------------------------------- */

static void lines_of_a_host_have_level_place_and_message(void **state)
{
    struct capture *c = *state;
    struct callback_bridge bridge = {c->logger, host_levels, HOST_LEVELS};
    const HaeOtlp__LogRecord *log;
    int line;

    assert_true(host_log_add(callback_bridge_log, &bridge, HOST_DEBUG));
    HOST_LOG(HOST_TRACE, "too little");
    assert_int_equal(recorded(c), 0);
    for (int level = HOST_DEBUG; level <= HOST_FATAL; level++) {
        line = __LINE__ + 1;
        HOST_LOG((enum host_level)level, "ride %d", 7);
        log = capture_log(c);
        assert_int_equal(log->severity_number, host_levels[level].severity);
        assert_string_equal(log->severity_text, host_levels[level].name);
        has_body(log, "ride 7");
        has_text(log, "code.file.path", __FILE__);
        has_number(log, "code.line.number", line);
        has_text(log, "code.function.name", __func__);
    }
}

static void levels_and_places_that_are_not_known_do_no_harm(void **state)
{
    struct capture *c = *state;
    struct callback_bridge bridge = {c->logger, host_levels, HOST_LEVELS};
    const HaeOtlp__LogRecord *log;

    callback_bridge_log(&bridge, -5, NULL, 0, NULL, NULL);
    log = capture_log(c);
    assert_int_equal(log->severity_number, HAETAE_SEVERITY_TRACE);
    assert_int_equal(log->n_attributes, 0);
    callback_bridge_log(&bridge, INT_MAX, "a.c", -1, NULL, "x");
    log = capture_log(c);
    assert_int_equal(log->severity_number, HAETAE_SEVERITY_FATAL);
    assert_int_equal(log->n_attributes, 1);
    bridge.level_count = 0;
    callback_bridge_log(&bridge, 1, NULL, 0, NULL, "x");
    assert_int_equal(capture_log(c)->severity_number, 0);
}

static void format_in_callback(const struct callback_bridge *bridge, const char *format, ...)
    HAETAE_PRINTF(2, 3);
static void format_in_callback(const struct callback_bridge *bridge, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    callback_bridge_vlog(bridge, HOST_WARN, "b.c", 5, format, arguments);
    va_end(arguments);
}

static void a_callback_may_format_itself(void **state)
{
    struct capture *c = *state;
    struct callback_bridge bridge = {c->logger, host_levels, HOST_LEVELS};
    const HaeOtlp__LogRecord *log;

    format_in_callback(&bridge, "%s %d", "ride", 8);
    log = capture_log(c);
    has_body(log, "ride 8");
    has_number(log, "code.line.number", 5);
    haetae_logger_set_min_severity(c->logger, HAETAE_SEVERITY_ERROR);
    format_in_callback(&bridge, "%s %d", "ride", 9);
    assert_int_equal(recorded(c), 1);
}

/* ---- The journal ------------------------------------------------------------------------- */

static void fields_become_body_severity_and_attributes(void **state)
{
    struct capture *c = *state;
    struct iovec fields[] = {
        {"MESSAGE=no route", 16},  {"PRIORITY=3", 10},    {"CODE_FILE=ride.c", 16},
        {"CODE_LINE=42", 12},      {"CODE_FUNC=go", 12},  {"SYSLOG_IDENTIFIER=rides", 23},
        {"SYSLOG_FACILITY=3", 17}, {"SYSLOG_PID=99", 13}, {"ERRNO=113", 9},
        {"RIDE=\xFF=", 7},         {"TID=many", 8}};
    const HaeOtlp__LogRecord *log;

    assert_int_equal(journal_bridge_sendv(c->logger, fields, 11), 0);
    log = capture_log(c);
    has_body(log, "no route");
    assert_int_equal(log->severity_number, HAETAE_SEVERITY_ERROR);
    assert_string_equal(log->severity_text, "err");
    assert_int_equal(log->n_attributes, 9);
    has_text(log, "code.file.path", "ride.c");
    has_number(log, "code.line.number", 42);
    has_text(log, "code.function.name", "go");
    has_text(log, "syslog.ident", "rides");
    has_text(log, "syslog.facility", "daemon");
    has_number(log, "syslog.procid", 99);
    has_number(log, "errno", 113);
    has_text(log, "RIDE", "\xEF\xBF\xBD=");
    has_text(log, "thread.id", "many");
    journal_bridge_print(c->logger, LOG_NOTICE, "%d of %s", 1, "many");
    log = capture_log(c);
    has_body(log, "1 of many");
    assert_int_equal(log->severity_number, HAETAE_SEVERITY_INFO2);
}

static void formats_step_over_arguments_of_every_type(void **state)
{
    struct capture *c = *state;
    const HaeOtlp__LogRecord *log;

    assert_int_equal(journal_bridge_send(c->logger, "A=%d %hhu %hd %c", -1, 200, -3, 'c',
                                         "B=%ld %lld %zu %jd %td", LONG_MIN, LLONG_MAX, SIZE_MAX,
                                         INTMAX_MIN, (ptrdiff_t)-5, "C=%5.2f %Lg %*.*f", 1.5, 2.5L,
                                         6, 1, 3.25, "D=%-4s|%.*s|%ls %lc", "s", 2, "text", L"w",
                                         (wint_t)L'x', "E=100%% %#x %p", 255, NULL, "CODE_LINE=7",
                                         "MESSAGE=%s", "end", "PRIORITY=%i", LOG_DEBUG, NULL),
                     0);
    log = capture_log(c);
    has_text(log, "A", "-1 200 -3 c");
    has_text(log, "C", " 1.50 2.5    3.2");
    has_text(log, "D", "s   |te|w x");
    has_text(log, "E", "100% 0xff (nil)");
    has_body(log, "end");
    assert_int_equal(log->severity_number, HAETAE_SEVERITY_DEBUG);
    has_number(log, "code.line.number", 7); /* the caller's */
    has_text(log, "code.file.path", __FILE__);
    has_text(log, "code.function.name", __func__);
    assert_non_null(strstr(find(log, "B")->string_value, " -5"));
    assert_int_equal(journal_bridge_send(c->logger, "MESSAGE=%1$d", 5, NULL), -EINVAL);
    assert_int_equal(journal_bridge_send(c->logger, "MESSAGE=%", NULL), -EINVAL);
    assert_int_equal(recorded(c), 1);
}

static void fields_that_are_invalid_record_nothing(void **state)
{
    static const char *const invalid[] = {"",       "MESSAGE", "=x",   "message=x",
                                          "_PID=1", "1A=x",    "A-B=x"};
    char longer[] = "A.................................................................=x";
    struct capture *c = *state;
    struct iovec many[JOURNAL_BRIDGE_FIELDS + 1];

    for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++) {
        struct iovec field = {(void *)(uintptr_t)invalid[i], strlen(invalid[i])};

        assert_int_equal(journal_bridge_sendv(c->logger, &field, 1), -EINVAL);
    }
    for (size_t length = 64; length <= 65; length++) {
        struct iovec field = {longer, length + 2};

        memset(longer, 'A', length);
        memcpy(longer + length, "=x", 2);
        assert_int_equal(journal_bridge_sendv(c->logger, &field, 1), length == 64 ? 0 : -EINVAL);
    }
    for (int i = 0; i <= JOURNAL_BRIDGE_FIELDS; i++) {
        many[i] = (struct iovec){"A=1", 3};
    }
    assert_int_equal(journal_bridge_sendv(c->logger, many, JOURNAL_BRIDGE_FIELDS + 1), -E2BIG);
    assert_int_equal(journal_bridge_sendv(c->logger, many, -1), -EINVAL);
    assert_int_equal(journal_bridge_sendv(c->logger, &(struct iovec){NULL, 5}, 1), -EINVAL);
    assert_int_equal(recorded(c), 1); /* with the longest name */
    assert_int_equal(haetae_sdk_force_flush(c->sdk, 0), HAETAE_OK);
    assert_int_equal(journal_bridge_sendv(c->logger, many, JOURNAL_BRIDGE_FIELDS), 0);
    assert_int_equal(capture_log(c)->n_attributes, 1);
}

static void entries_of_the_native_protocol_are_read_and_damaged_ones_are_not(void **state)
{
    static const char entry[] = "PRIORITY=4\nMESSAGE\n\7\0\0\0\0\0\0\0two\nand\nRIDE=7\n";
    static const char huge[] = "MESSAGE\n\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx\n";
    struct capture *c = *state;
    const HaeOtlp__LogRecord *log;
    unsigned taken = 0;

    assert_int_equal(journal_bridge_read(c->logger, entry, sizeof entry - 1), 0);
    log = capture_log(c);
    has_body(log, "two\nand");
    assert_int_equal(log->severity_number, HAETAE_SEVERITY_WARN);
    has_text(log, "RIDE", "7");
    for (size_t size = 0; size < sizeof entry - 1; size++) {
        char *part = malloc(size != 0 ? size : 1); /* a sanitizer sees what is read beyond */

        assert_non_null(part);
        memcpy(part, entry, size);
        taken += journal_bridge_read(c->logger, part, size) == 0;
        free(part);
    }
    assert_int_equal(taken, 2); /* whole fields */
    assert_int_equal(journal_bridge_read(c->logger, huge, sizeof huge - 1), -EBADMSG);
    assert_int_equal(journal_bridge_read(c->logger, NULL, 10), -EBADMSG);
    assert_int_equal(recorded(c), 3);
}

/* ---- All of them --------------------------------------------------------------------------- */

static void records_belong_to_the_current_span(void **state)
{
    struct capture *c = *state;
    struct callback_bridge bridge = {c->logger, host_levels, HOST_LEVELS};
    struct iovec field = {"MESSAGE=x", 9};
    haetae_span span = haetae_span_start(c->tracer, HAETAE_TEXT("ride"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_span_context ids;
    haetae_context_token token;

    assert_true(haetae_span_get_context(span, &ids));
    haetae_context_attach(span, &token);
    for (int i = 0; i < 3; i++) {
        const HaeOtlp__LogRecord *log;

        if (i == 0) {
            bridge_syslog(LOG_INFO, "x");
        } else if (i == 1) {
            callback_bridge_log(&bridge, HOST_INFO, NULL, 0, NULL, "x");
        } else {
            assert_int_equal(journal_bridge_sendv(c->logger, &field, 1), 0);
        }
        log = capture_log(c);
        assert_int_equal(log->span_id.len, 8);
        assert_memory_equal(log->span_id.data, ids.span_id, 8);
        assert_memory_equal(log->trace_id.data, ids.trace_id, 16);
    }
    haetae_context_detach(&token);
    haetae_span_end(span);
}

enum { THREADS = 4, LINES = 500 };

static void log_lines(void *argument)
{
    struct callback_bridge *bridge = argument;

    for (int i = 0; i < LINES; i++) {
        bridge_openlog("thread", LOG_PID, LOG_DAEMON);
        bridge_syslog(LOG_INFO, "line %d", i);
        callback_bridge_log(bridge, HOST_INFO, __FILE__, __LINE__, __func__, "line");
        (void)journal_bridge_send(bridge->logger, "MESSAGE=line %d", i, NULL);
    }
}

static void threads_lose_nothing(void **state)
{
    struct capture *c = *state;
    struct callback_bridge bridge = {c->logger, host_levels, HOST_LEVELS};

    sdk_run_threads(THREADS, log_lines, &bridge);
    assert_int_equal(recorded(c), THREADS * LINES * 3);
    assert_int_equal(haetae_sdk_force_flush(c->sdk, 20000), HAETAE_OK);
    sdk_all_delivered(c->sdk, HAETAE_SIGNAL_LOGS, THREADS * LINES * 3);
}

/* An exporter that logs each delivery by the very log that is bridged. */
static void log_and_accept(struct fake_exporter *fake, haetae_delivery *delivery)
{
    bridge_pause();
    bridge_syslog(LOG_INFO, "sent %zu bytes", haetae_delivery_size(delivery));
    HOST_LOG(HOST_INFO, "sent");
    bridge_resume();
    fake_accept(fake, delivery);
}

static void an_exporter_that_logs_does_not_feed_itself(void **state)
{
    struct fake_exporter fake;
    struct callback_bridge bridge;
    haetae_sdk *sdk;

    (void)state;
    fake_init(&fake, "fake", log_and_accept);
    sdk = sdk_start_manual(&fake);
    bridge = (struct callback_bridge){haetae_logger_named(sdk, "bridge"), host_levels, HOST_LEVELS};
    bridge_syslog_to(bridge.logger);
    assert_true(host_log_add(callback_bridge_log, &bridge, HOST_TRACE));
    bridge_syslog(LOG_INFO, "first");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    }
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 1);
    assert_int_equal(fake.send_count, 1);
    bridge_resume(); /* one too many does no harm */
    bridge_syslog(LOG_INFO, "second");
    assert_int_equal(haetae_sdk_force_flush(sdk, 10000), HAETAE_OK);
    sdk_all_delivered(sdk, HAETAE_SIGNAL_LOGS, 2);
    bridge_syslog_to(NULL);
    host_log_reset();
    sdk_finish(sdk, &fake);
}

#define BRIDGE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BRIDGE_TEST(priorities_become_severities_by_the_data_model),
        BRIDGE_TEST(facility_ident_and_pid_are_attributes),
        BRIDGE_TEST(errno_is_that_of_the_call_and_stays),
        BRIDGE_TEST(what_the_mask_or_the_logger_leaves_out_is_not_recorded),
        BRIDGE_TEST(perror_writes_a_line_to_standard_error),
        BRIDGE_TEST(text_of_any_kind_is_recorded),
        BRIDGE_TEST(lines_of_a_host_have_level_place_and_message),
        BRIDGE_TEST(levels_and_places_that_are_not_known_do_no_harm),
        BRIDGE_TEST(a_callback_may_format_itself),
        BRIDGE_TEST(fields_become_body_severity_and_attributes),
        BRIDGE_TEST(formats_step_over_arguments_of_every_type),
        BRIDGE_TEST(fields_that_are_invalid_record_nothing),
        BRIDGE_TEST(entries_of_the_native_protocol_are_read_and_damaged_ones_are_not),
        BRIDGE_TEST(records_belong_to_the_current_span),
        BRIDGE_TEST(threads_lose_nothing),
        cmocka_unit_test(an_exporter_that_logs_does_not_feed_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
