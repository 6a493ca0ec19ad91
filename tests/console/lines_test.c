/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of the console, character by character. */
#include "cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sample.h"

#define TRACE "5b8efff798038103d269b633813fc60c"

static void expect(struct body body, const char *lines)
{
    struct hae_con_outcome outcome;
    char *text = written(&body, &outcome);
    assert_string_equal(text, lines);
    assert_int_equal(outcome.verdict, HAETAE_VERDICT_OK);
    assert_null(outcome.message);
    free(text);
    body_free(&body);
}

static void expect_body(HaeOtlp__AnyValue value, const char *shown)
{
    char line[8192];
    snprintf(line, sizeof line, "- unknown_service log - %s\n", shown);
    expect(sample_log_of(&value), line);
}

static void spans_are_lines(void **state)
{
    (void)state;
    expect(sample_traces(),
           "2026-03-01T09:30:00.250Z dispatch span server \"POST /rides\" 12.35ms "
           "error(\"map service \\\"down\\\"\") trace=" TRACE
           " span=eee19b7ec3c1b174 parent=eee19b7ec3c1b173 scope=dispatch.http "
           "http.request.method=POST http.response.status_code=503 "
           "events=[\"driver matched\"@+3.20ms,\"driver matched\"@+3.20ms] links=1 "
           "dropped_attributes=7\n"
           "- unknown_service span unspecified \"\" 0ns unset\n");
}

static void logs_are_lines(void **state)
{
    (void)state;
    expect(sample_logs(), "2026-03-01T09:30:00.250Z unknown_service log INFO2(notice) "
                          "\"ride accepted\\nfor 이순신\" trace=" TRACE " span=eee19b7ec3c1b174\n"
                          "- unknown_service log - null event=ride.cancelled "
                          "detail={\"list of all\"=[-1,0.1,true,0xeee1,null]}\n");
}

static void data_points_are_lines(void **state)
{
    (void)state;
    expect(sample_metrics(),
           "2026-03-01T09:30:00.250Z unknown_service counter dispatch.rides {ride} value=42 "
           "cumulative http.route=\"/rides/{id}\"\n"
           "2026-03-01T09:30:00.250Z unknown_service gauge dispatch.load {ride} value=2.5\n"
           "2026-03-01T09:30:00.250Z unknown_service histogram http.server.request.duration s "
           "count=3 sum=0.5 min=0 max=0.4 buckets=[<=0.005:2 >0.01:1] delta\n"
           "- unknown_service exponential_histogram dispatch.distance {ride} count=7 scale=3 "
           "zero=2 positive=[-1:1 1:4]\n");
}

static void control_characters_are_escaped(void **state)
{
    (void)state;
    expect_body(sample_string("a\x01\x1b[31m\x7f\r\t"), "\"a\\u0001\\u001b[31m\\u007f\\r\\t\"");
    expect_body(sample_string("\xC2\x9B"
                              "31m"),
                "\"\\u009b31m\""); /* C1: a control sequence in one character */
    expect_body(sample_string("\xE2\x80\xAE\xE2\x80\xA8"), "\"\\u202e\\u2028\"");
    /* A zero-width space and a tag are invisible. The joiner in an emoji is kept. */
    expect_body(sample_string("\xE2\x80\x8B\xF3\xA0\x81\x81"), "\"\\u200b\\ue0041\"");
    expect_body(sample_string("👩‍🚒"), "\"👩‍🚒\"");
}

static void utf8_is_kept_and_repaired(void **state)
{
    (void)state;
    expect_body(sample_string("해태 é 🔥"), "\"해태 é 🔥\"");
    expect_body(sample_string("a\xFF"
                              "b\xE2\x82"),
                "\"a\xEF\xBF\xBD"
                "b\xEF\xBF\xBD\"");
    /* A surrogate, an overlong slash, beyond U+10FFFF. */
    expect_body(sample_string("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    expect_body(sample_string("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    expect_body(sample_string("\xF4\x90\x80\x80"),
                "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void long_values_are_cut_between_characters(void **state)
{
    (void)state;
    char text[4096];
    memset(text, 'x', 2047);
    memcpy(text + 2047, "\xED\x95\xB4", 4);
    char shown[4200];
    snprintf(shown, sizeof shown, "\"%.2047s…\"", text);
    expect_body(sample_string(text), shown);
    text[2047] = 'x';
    text[2048] = '\0';
    snprintf(shown, sizeof shown, "\"%s\"", text);
    expect_body(sample_string(text), shown);
}

static void doubles_read_back(void **state)
{
    (void)state;
    HaeOtlp__AnyValue value = HAE_OTLP__ANY_VALUE__INIT;
    value.value_case = HAE_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE;
    static const double numbers[] = {0.1, 1.0 / 3, 1e300, -0.0, 5e-324, 123456789012345678.0};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        value.double_value = numbers[i];
        struct body body = sample_log_of(&value);
        char *text = written(&body, NULL);
        double back = strtod(strstr(text, "log - ") + 6, NULL);
        assert_memory_equal(&back, &numbers[i], sizeof back);
        free(text);
        body_free(&body);
    }
    value.double_value = -HUGE_VAL;
    expect_body(value, "-Inf");
    value.double_value = (double)NAN;
    expect_body(value, "NaN");
}

static void nested_values_are_shown_to_a_depth(void **state)
{
    (void)state;
    HaeOtlp__AnyValue values[20];
    HaeOtlp__ArrayValue arrays[20];
    HaeOtlp__AnyValue *items[20];
    values[0] = sample_int(1);
    for (size_t i = 1; i < 20; i++) {
        items[i] = &values[i - 1];
        hae_otlp__array_value__init(&arrays[i]);
        arrays[i].n_values = 1;
        arrays[i].values = &items[i];
        hae_otlp__any_value__init(&values[i]);
        values[i].value_case = HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE;
        values[i].array_value = &arrays[i];
    }
    expect_body(values[16], "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]");
    expect_body(values[17], "[[[[[[[[[[[[[[[[…]]]]]]]]]]]]]]]]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_lines),
        cmocka_unit_test(logs_are_lines),
        cmocka_unit_test(data_points_are_lines),
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(utf8_is_kept_and_repaired),
        cmocka_unit_test(long_values_are_cut_between_characters),
        cmocka_unit_test(doubles_read_back),
        cmocka_unit_test(nested_values_are_shown_to_a_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
