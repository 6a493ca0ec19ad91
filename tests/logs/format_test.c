/* SPDX-License-Identifier: Apache-2.0 */
/* haetae_logf() records what haetae_log() records of the same text. */
#include <errno.h>
#include <stdio.h>

#include "logs/logs_test.h"

/* Bodies of each length at which lengths before it take another byte. A thread without a lane
 * formats up to 1,023 bytes. */
static void bodies_of_all_lengths_are_recorded(void **state)
{
    static const size_t lengths[] = {0,    1,    60,   118,   119,   123,  124, 125,
                                     126,  127,  128,  400,   500,   512,  600, 1022,
                                     1023, 1024, 4000, 16370, 16384, 40000};
    struct core_fixture *core = *state;
    char *text = malloc(200000);

    assert_non_null(text);
    memset(text, 'x', 200000);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint64_t before = core_sums(core).dropped[LOG][HAETAE_DROP_RING_FULL];
        HaeOtlp__LogRecord *log;

        if (lengths[i] + 100 > core->recorder->record_size_max) {
            break;
        }
        haetae_logf(core->logger, HAETAE_SEVERITY_WARN, "%.*s", (int)lengths[i], text);
        if (core_sums(core).dropped[LOG][HAETAE_DROP_RING_FULL] != before) {
            assert_true(lengths[i] >= 1024);
            continue;
        }
        log = core_only_log(core);
        assert_int_equal(strlen(log->body->string_value), lengths[i]);
        assert_int_equal(log->severity_number, HAETAE_SEVERITY_WARN);
        assert_true(log->time_unix_nano != 0);
        assert_int_equal(log->time_unix_nano, log->observed_time_unix_nano);
        core_free_log(log);
        core_forget(core);
    }
    free(text);
}

/* Text is repaired as everywhere, also when it grows beyond the room that most records need. */
static void text_that_is_not_utf8_is_repaired(void **state)
{
    struct core_fixture *core = *state;

    for (size_t length = 1; length < 1000; length += 37) {
        char text[1000];
        char *by_log;
        HaeOtlp__LogRecord *log;

        for (size_t i = 0; i < length; i++) {
            text[i] = i % 3 == 0 ? '\xFF' : i % 3 == 1 ? 'a' : '\xE2';
        }
        text[length] = '\0';
        haetae_log(core->logger, HAETAE_SEVERITY_INFO, text, length, NULL, 0);
        log = core_only_log(core);
        by_log = strdup(log->body->string_value);
        core_free_log(log);
        core_forget(core);
        haetae_logf(core->logger, HAETAE_SEVERITY_INFO, "%s", text);
        log = core_only_log(core);
        assert_string_equal(log->body->string_value, by_log);
        core_free_log(log);
        core_forget(core);
        free(by_log);
    }
}

/* A character that is cut has as many bytes as what replaces it. */
static void a_cut_character_is_repaired(void **state)
{
    struct core_fixture *core = *state;
    HaeOtlp__LogRecord *log;

    haetae_logf(core->logger, HAETAE_SEVERITY_INFO, "%.3s", "\xF0\x9F\x98\x80");
    log = core_only_log(core);
    assert_string_equal(log->body->string_value, "\xEF\xBF\xBD");
    core_free_log(log);
    core_forget(core);
}

/* Not declared as a wrapper of printf(): ISO C has no %m. */
static void wrapper(haetae_logger *logger, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    haetae_vlogf(logger, HAETAE_SEVERITY_ERROR, format, arguments);
    /* The caller's list is not used up. */
    haetae_vlogf(logger, HAETAE_SEVERITY_ERROR, format, arguments);
    va_end(arguments);
}

static void arguments_and_errno_are_those_of_the_caller(void **state)
{
    struct core_fixture *core = *state;
    char expected[200];

    errno = ENOENT;
    wrapper(core->logger, "%s %d %.2f %c %zu: %m", "text", -7, 1.25, 'c', (size_t)9);
    assert_int_equal(errno, ENOENT);
    snprintf(expected, sizeof expected, "text -7 1.25 c 9: %s", strerror(ENOENT));
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 2);
    for (size_t i = 0; i < 2; i++) {
        HaeOtlp__LogRecord *log = core_log(core, i);

        assert_string_equal(log->body->string_value, expected);
        core_free_log(log);
    }
}

/* A string that cannot be read would end the test. */
static void nothing_is_formatted_below_the_minimum(void **state)
{
    struct core_fixture *core = *state;
    const char *const nowhere = (const char *)(uintptr_t)1;

    haetae_logger_set_min_severity(core->logger, HAETAE_SEVERITY_WARN);
    haetae_logf(core->logger, HAETAE_SEVERITY_INFO, "%s", nowhere);
    haetae_logf(NULL, HAETAE_SEVERITY_INFO, "%s", nowhere);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 0);
}

static void text_beyond_half_a_ring_is_dropped_and_counted(void **state)
{
    struct core_fixture *core = *state;
    size_t length = core->recorder->record_size_max;
    char *text = malloc(length + 1);

    assert_non_null(text);
    memset(text, 'x', length);
    text[length] = '\0';
    haetae_logf(core->logger, HAETAE_SEVERITY_INFO, "%s", text);
    free(text);
    assert_int_equal(core_sums(core).dropped[LOG][HAETAE_DROP_TOO_LARGE], 1);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 0);
}

/* Until nothing fits any more, everything is recorded or counted. */
static void a_full_ring_counts_what_it_drops(void **state)
{
    struct core_fixture *core = *state;
    struct hae_recorder_sums sums;
    uint64_t calls = 0;

    do {
        haetae_logf(core->logger, HAETAE_SEVERITY_INFO, "%0*d", (int)(calls % 3000) + 1, 7);
        calls++;
        sums = core_sums(core);
    } while (sums.dropped[LOG][HAETAE_DROP_RING_FULL] < 100 && calls < 100000);
    assert_true(sums.dropped[LOG][HAETAE_DROP_RING_FULL] >= 100);
    assert_int_equal(sums.published[LOG] + sums.dropped[LOG][HAETAE_DROP_RING_FULL], calls);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, sums.published[LOG]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGS_TESTS(bodies_of_all_lengths_are_recorded),
        LOGS_TESTS(text_that_is_not_utf8_is_repaired),
        LOGS_TESTS(a_cut_character_is_repaired),
        LOGS_TESTS(arguments_and_errno_are_those_of_the_caller),
        LOGS_TESTS(nothing_is_formatted_below_the_minimum),
        LOGS_TEST(text_beyond_half_a_ring_is_dropped_and_counted),
        LOGS_TEST(a_full_ring_counts_what_it_drops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
