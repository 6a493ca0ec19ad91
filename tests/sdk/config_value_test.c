/* SPDX-License-Identifier: Apache-2.0 */
/* Values: what each type of key accepts, and the resulting value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <locale.h>

#include "sdk/config_read.h"
#include "sdk/some_keys.h"

static int set_up(void **state)
{
    some_keys_register();
    return haetae_config_new((haetae_config **)state) == HAETAE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    return 0;
}

/* Sets a value and checks the effective value. */
static void takes(haetae_config *config, const char *key, const char *value, const char *canonical)
{
    haetae_status status = haetae_config_set(config, key, value);

    if (status != HAETAE_OK) {
        fail_msg("%s refuses \"%s\": %s", key, value, haetae_config_error(config));
    }
    assert_string_equal(haetae_config_get_secret(config, key), canonical);
    /* Setting a canonical value does not change it. */
    assert_int_equal(haetae_config_set(config, key, canonical), HAETAE_OK);
    assert_string_equal(haetae_config_get_secret(config, key), canonical);
}

/* Checks that a value is refused by a text that names the key and contains
 * `expected`, and that the key keeps what it had, or has no value where it is vital. */
static void refuses(haetae_config *config, const char *key, const char *value, const char *expected)
{
    char *before = strdup(haetae_config_get(config, key));
    const char *error;

    if (haetae_config_set(config, key, value) != HAETAE_EVALUE) {
        fail_msg("%s takes \"%s\"", key, value);
    }
    error = haetae_config_error(config);
    assert_ptr_equal(strstr(error, key), error);
    if (strstr(error, expected) == NULL) {
        fail_msg("\"%s\" does not contain \"%s\"", error, expected);
    }
    assert_string_equal(haetae_config_get(config, key),
                        hae_config_is_vital(hae_config_find(key)) ? "" : before);
    free(before);
}

static void boolean_takes_true_and_false_only(void **state)
{
    static const char *const malformed[] = {"1", "yes", "on", "truee", "t", "0"};

    takes(*state, "OTEL_SDK_DISABLED", "true", "true");
    assert_true(hae_config_bool(*state, HAE_KEY_OTEL_SDK_DISABLED));
    takes(*state, "OTEL_SDK_DISABLED", " TRUE\t", "true");
    takes(*state, "OTEL_SDK_DISABLED", "False", "false");
    assert_false(hae_config_bool(*state, HAE_KEY_OTEL_SDK_DISABLED));
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        refuses(*state, "OTEL_SDK_DISABLED", malformed[i], "expected one of: false, true");
    }
}

static void duration_takes_whole_milliseconds_in_range(void **state)
{
    static const char *const malformed[] = {"-1",  "+5",         "5s",
                                            "1.5", "0x10",       "1e3",
                                            "ten", "2147483648", "99999999999999999999999",
                                            "1 0", "\xd9\xa1",   "5,"};
    static const char key[] = "OTEL_BSP_SCHEDULE_DELAY";

    takes(*state, key, "0", "0");
    takes(*state, key, " 0250 ", "250");
    takes(*state, key, "2147483647", "2147483647");
    assert_int_equal(hae_config_int(*state, HAE_KEY_OTEL_BSP_SCHEDULE_DELAY), 2147483647);
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        refuses(*state, key, malformed[i],
                "expected milliseconds, a whole number from 0 to 2147483647");
    }
    refuses(*state, "OTEL_METRIC_EXPORT_INTERVAL", "0", "from 1 to");
    refuses(*state, "OTEL_METRIC_EXPORT_TIMEOUT", "-1", "from 0 (no limit) to");
}

static void count_keeps_to_its_range(void **state)
{
    takes(*state, "OTEL_SPAN_LINK_COUNT_LIMIT", "0", "0");
    takes(*state, "OTEL_BSP_MAX_QUEUE_SIZE", "2048", "2048");
    refuses(*state, "OTEL_BSP_MAX_QUEUE_SIZE", "0", "a whole number from 1 to 2147483647");
    refuses(*state, "HAETAE_METRICS_CARDINALITY_LIMIT", "16777217", "from 1 to 16777216");
    refuses(*state, "OTEL_SPAN_LINK_COUNT_LIMIT", "many", "\"many\"");
    refuses(*state, "OTEL_SPAN_LINK_COUNT_LIMIT", "8k", "\"8k\"");
}

static void size_takes_powers_of_1024(void **state)
{
    static const char *const malformed[] = {
        "1t",         "1kb", "1.5m",   "m",   "262143",
        "4294967297", "5g",  "-1m",    "1m1", "9007199254740993g",
        "1 m",        "1mi", "1mib ib"};
    static const char key[] = "HAETAE_RECORDER_BYTES";

    takes(*state, key, "262144", "262144");
    takes(*state, key, "256k", "262144");
    takes(*state, key, "1M", "1048576");
    takes(*state, key, "1MiB", "1048576");
    takes(*state, key, "4g", "4294967296");
    assert_int_equal(hae_config_int(*state, HAE_KEY_HAETAE_RECORDER_BYTES), INT64_C(4294967296));
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        refuses(*state, key, malformed[i], "a size from 262144 to 4294967296 bytes");
    }
}

static void ratio_takes_decimals_from_0_to_1(void **state)
{
    static const char *const malformed[] = {"1.1", "-0.1", "0,5", ".",    "1e-3",
                                            "nan", "50%",  "2",   "0..1", "100000000000000000"};
    static const char key[] = "OTEL_TRACES_SAMPLER_ARG";
    static const struct {
        const char *text;
        double ratio;
    } ratios[] = {
        {"0", 0},     {"1", 1},     {"0.25", 0.25}, {".5", 0.5},
        {"1.000", 1}, {"0.1", 0.1}, {"1.", 1},      {"0.12345678901234567890", 0.123456789012345}};

    assert_true(hae_config_real(*state, HAE_KEY_OTEL_TRACES_SAMPLER_ARG, 7) == 7);
    /* The locale, if it is installed, must not change anything. */
    setlocale(LC_ALL, "de_DE.UTF-8");
    for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++) {
        takes(*state, key, ratios[i].text, ratios[i].text);
        assert_true(hae_config_real(*state, HAE_KEY_OTEL_TRACES_SAMPLER_ARG, 7) == ratios[i].ratio);
    }
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        refuses(*state, key, malformed[i], "expected a decimal number from 0 to 1");
    }
    /* Pairs, for a sampler that reads them, count as unset for the others. */
    takes(*state, key, "endpoint=http://h:1,x=2", "endpoint=http://h:1,x=2");
    assert_true(hae_config_real(*state, HAE_KEY_OTEL_TRACES_SAMPLER_ARG, 7) == 1);
    setlocale(LC_ALL, "C");
}

static void severity_takes_names_and_numbers(void **state)
{
    static const char key[] = "HAETAE_LOGS_MIN_SEVERITY";

    takes(*state, key, "trace", "1");
    takes(*state, key, "DEBUG", "5");
    takes(*state, key, "Info", "9");
    takes(*state, key, "warn", "13");
    takes(*state, key, "error", "17");
    takes(*state, key, "fatal", "21");
    takes(*state, key, "24", "24");
    refuses(*state, key, "25", "from 0 to 24");
    refuses(*state, key, "warning", "trace, debug, info");
}

static void choice_takes_its_words_in_any_case(void **state)
{
    takes(*state, "OTEL_TRACES_SAMPLER", "TraceIdRatio", "traceidratio");
    takes(*state, "OTEL_EXPORTER_OTLP_PROTOCOL", "HTTP/protobuf", "http/protobuf");
    refuses(*state, "OTEL_TRACES_SAMPLER", "xray",
            "expected one of: always_on, always_off, traceidratio, ");
    refuses(*state, "OTEL_TRACES_SAMPLER", "always", "\"always\"");
    refuses(*state, "OTEL_TRACES_SAMPLER", "always_on|always_off", "one of");
    refuses(*state, "HAETAE_WORKER", "|", "thread, manual");
}

static void choice_has_the_place_its_enum_says(void **state)
{
    static const struct {
        enum hae_config_key key;
        const char *value;
        int place;
    } rows[] = {
        {HAE_KEY_OTEL_TRACES_SAMPLER, "always_on", HAE_SAMPLER_ALWAYS_ON},
        {HAE_KEY_OTEL_TRACES_SAMPLER, "always_off", HAE_SAMPLER_ALWAYS_OFF},
        {HAE_KEY_OTEL_TRACES_SAMPLER, "traceidratio", HAE_SAMPLER_RATIO},
        {HAE_KEY_OTEL_TRACES_SAMPLER, "parentbased_always_on", HAE_SAMPLER_PARENT_ALWAYS_ON},
        {HAE_KEY_OTEL_TRACES_SAMPLER, "parentbased_always_off", HAE_SAMPLER_PARENT_ALWAYS_OFF},
        {HAE_KEY_OTEL_TRACES_SAMPLER, "parentbased_traceidratio", HAE_SAMPLER_PARENT_RATIO},
        {HAE_KEY_OTEL_TRACES_SAMPLER, "parentbased_jaeger_remote", HAE_SAMPLER_PARENT_JAEGER},
        {HAE_KEY_HAETAE_TRACES_PROCESSOR, "batch", HAE_PROCESSOR_BATCH},
        {HAE_KEY_HAETAE_LOGS_PROCESSOR, "simple", HAE_PROCESSOR_SIMPLE},
        {HAE_KEY_HAETAE_WORKER, "thread", HAE_WORKER_THREAD},
        {HAE_KEY_HAETAE_WORKER, "manual", HAE_WORKER_MANUAL},
        {HAE_KEY_HAETAE_CLOCK, "auto", HAE_CLOCK_MODE_AUTO},
        {HAE_KEY_HAETAE_CLOCK, "system", HAE_CLOCK_MODE_SYSTEM},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        takes(*state, hae_config_def(rows[i].key)->name, rows[i].value, rows[i].value);
        assert_int_equal(hae_config_int(*state, rows[i].key), rows[i].place);
    }
}

static void list_is_trimmed_and_holds_nothing_twice(void **state)
{
    static const char key[] = "OTEL_TRACES_EXPORTER";

    takes(*state, key, "otlp", "otlp");
    takes(*state, key, " otlp , console,OTLP,, my-own.2/x ", "otlp,console,my-own.2/x");
    takes(*state, key, "none", "none");
    refuses(*state, key, "none,otlp", "\"none\" goes with no other name");
    refuses(*state, key, "otlp console", "\"otlp console\" is not supported");
    refuses(*state, key, "a\nb", "\"a\\x0ab\" is not supported");
    refuses(*state, key, ",", "names, separated by commas");
    refuses(*state, key, " , ,", "names, separated by commas");
    takes(*state, key, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,1,2,3,4,5,6",
          "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,1,2,3,4,5,6");
    refuses(*state, key, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,1,2,3,4,5,6,7",
            "more than 32");
}

static void text_takes_utf8_without_control_characters(void **state)
{
    static const char key[] = "OTEL_SERVICE_NAME";

    takes(*state, key, " \xed\x95\xb4 \xed\x83\x9c ", "\xed\x95\xb4 \xed\x83\x9c");
    refuses(*state, key,
            "a\xff"
            "b",
            "\"a\\xffb\": expected UTF-8");
    refuses(*state, key, "a\nb", "\"a\\x0ab\"");
    refuses(*state, key, "\x7f", "\"\\x7f\"");
}

static void url_takes_no_spaces(void **state)
{
    static const char key[] = "HAETAE_SOME_ENDPOINT";

    takes(*state, key, "https://[::1]:4318/base/?x#y", "https://[::1]:4318/base/?x#y");
    refuses(*state, key, "http://local host", "a URL without spaces");
    refuses(*state, key, "http://localhost\r\nx: y", "a URL without spaces");
}

static void path_takes_any_bytes(void **state)
{
    static const char key[] = "HAETAE_SOME_FILE";
    char longest[4097];

    takes(*state, key, "/etc/\xff \n.pem", "/etc/\xff \n.pem");
    memset(longest, 'a', sizeof longest);
    longest[4096] = '\0';
    refuses(*state, key, longest, "at most 4095 bytes");
    longest[4095] = '\0';
    takes(*state, key, longest, longest);
}

static void pairs_must_be_whole(void **state)
{
    static const char key[] = "OTEL_RESOURCE_ATTRIBUTES";

    takes(*state, key, "a=1", "a=1");
    takes(*state, key, " a = 1 ,, b=%2C%3d%20x=y,c=\n", "a = 1 ,, b=%2C%3d%20x=y,c=");
    refuses(*state, key, "a=1,b", "pair 2 has no \"=\"");
    refuses(*state, key, "=1", "pair 1 has no key");
    refuses(*state, key, "a=1, =2", "pair 2 has no key");
    refuses(*state, key, "a=%", "pair 1 has a \"%\" without");
    refuses(*state, key, "a=%4", "pair 1 has a \"%\" without");
    refuses(*state, key, "a=%4x", "pair 1 has a \"%\" without");
    refuses(*state, key, "%g0=1", "pair 1 has a \"%\" without");
    refuses(*state, key, "a=%4,b=1", "pair 1 has a \"%\" without");
    refuses(*state, key, "a=%ff", "pair 1 is not UTF-8");
    refuses(*state, key, "%c0%80=1", "pair 1 is not UTF-8");
    refuses(*state, key, "a=\xed\x95", "pair 1 is not UTF-8");
}

/* A value often comes from a file, which ends with a newline. */
static void white_space_at_the_ends_does_not_count(void **state)
{
    static const char *const rows[][2] = {
        {"OTEL_SERVICE_NAME", "dispatch"},    {"HAETAE_SOME_ENDPOINT", "https://host:4318"},
        {"HAETAE_SOME_HEADERS", "key=value"}, {"HAETAE_SOME_FILE", "/etc/ca.pem"},
        {"OTEL_RESOURCE_ATTRIBUTES", "a=b"},  {"OTEL_TRACES_EXPORTER", "otlp"},
        {"OTEL_TRACES_SAMPLER_ARG", "0.5"},   {"HAETAE_CLOCK", "system"},
        {"OTEL_BSP_SCHEDULE_DELAY", "7"},     {"OTEL_SDK_DISABLED", "false"},
    };
    static const char *const blank[] = {" ", "\n", "\r\n", "\t \v\f"};
    char value[64];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t j = 0; j < sizeof blank / sizeof blank[0]; j++) {
            snprintf(value, sizeof value, "%s%s%s", blank[j], rows[i][1], blank[j]);
            takes(*state, rows[i][0], value, rows[i][1]);
            /* Nothing else: no value. */
            assert_int_equal(haetae_config_set(*state, rows[i][0], blank[j]), HAETAE_OK);
            assert_false(haetae_config_is_set(*state, rows[i][0]));
        }
    }
}

/* ---- Typed getters ------------------------------------------------------ */

static void getters_give_what_was_parsed(void **state)
{
    haetae_string item;
    int64_t number = 0;
    double ratio = 0;
    bool flag = false;

    takes(*state, "OTEL_SDK_DISABLED", "TRUE", "true");
    assert_int_equal(haetae_config_get_bool(*state, "OTEL_SDK_DISABLED", &flag), HAETAE_OK);
    assert_true(flag);
    takes(*state, "HAETAE_RECORDER_BYTES", "256k", "262144");
    assert_int_equal(haetae_config_get_int(*state, "HAETAE_RECORDER_BYTES", &number), HAETAE_OK);
    assert_int_equal(number, 262144);
    takes(*state, "HAETAE_LOGS_MIN_SEVERITY", "warn", "13");
    assert_int_equal(haetae_config_get_int(*state, "HAETAE_LOGS_MIN_SEVERITY", &number), HAETAE_OK);
    assert_int_equal(number, 13);
    assert_int_equal(haetae_config_get_int(*state, "OTEL_BSP_SCHEDULE_DELAY", &number), HAETAE_OK);
    assert_int_equal(number, 5000);
    takes(*state, "HAETAE_WORKER", "MANUAL", "manual");
    assert_int_equal(haetae_config_get_int(*state, "HAETAE_WORKER", &number), HAETAE_OK);
    assert_int_equal(number, HAE_WORKER_MANUAL);
    takes(*state, "OTEL_TRACES_SAMPLER_ARG", "0.25", "0.25");
    assert_int_equal(haetae_config_get_double(*state, "OTEL_TRACES_SAMPLER_ARG", &ratio),
                     HAETAE_OK);
    assert_true(ratio == 0.25);

    takes(*state, "OTEL_LOGS_EXPORTER", " a , b", "a,b");
    assert_int_equal(haetae_config_get_item(*state, "OTEL_LOGS_EXPORTER", 1, &item), HAETAE_OK);
    assert_int_equal(item.length, 1);
    assert_memory_equal(item.data, "b", 1);
    assert_int_equal(haetae_config_get_item(*state, "OTEL_LOGS_EXPORTER", 2, &item), HAETAE_EVALUE);
}

static void getters_refuse_other_types_and_missing_values(void **state)
{
    haetae_string item = haetae_string_of("untouched");
    int64_t number = 77;
    double ratio = 7;
    bool flag = true;

    assert_int_equal(haetae_config_get_bool(*state, "OTEL_SERVICE_NAME", &flag), HAETAE_EINVAL);
    assert_int_equal(haetae_config_get_bool(*state, "NO_SUCH_KEY", &flag), HAETAE_EKEY);
    assert_int_equal(haetae_config_get_int(*state, "OTEL_SDK_DISABLED", &number), HAETAE_EINVAL);
    assert_int_equal(haetae_config_get_int(*state, "OTEL_BSP_MAX_QUEUE_SIZE", &number),
                     HAETAE_EVALUE);
    assert_int_equal(haetae_config_get_double(*state, "OTEL_BSP_SCHEDULE_DELAY", &ratio),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_get_double(*state, "OTEL_TRACES_SAMPLER_ARG", &ratio),
                     HAETAE_EVALUE);
    assert_int_equal(haetae_config_get_item(*state, "OTEL_RESOURCE_ATTRIBUTES", 0, &item),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_config_get_item(*state, "OTEL_LOGS_EXPORTER", 0, &item), HAETAE_EVALUE);
    assert_true(flag && number == 77 && ratio == 7 && item.length == 9);
}

static void value_of_invalid_length_is_refused_and_shown_shortened(void **state)
{
    enum { INVALID = 1 << 20 };
    char *text = malloc(INVALID + 1);

    assert_non_null(text);
    memset(text, '1', INVALID);
    text[INVALID] = '\0';
    for (size_t i = 0; i < hae_config_key_count(); i++) {
        refuses(*state, hae_config_def(i)->name, text, "this is too long");
        assert_true(strlen(haetae_config_error(*state)) < 600);
    }
    text[HAE_CONFIG_VALUE_MAX] = '\0';
    takes(*state, "OTEL_SERVICE_NAME", text, text);
    refuses(*state, "OTEL_BSP_SCHEDULE_DELAY", text, "1111...\": expected");
    free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(boolean_takes_true_and_false_only),
        TEST(duration_takes_whole_milliseconds_in_range),
        TEST(count_keeps_to_its_range),
        TEST(size_takes_powers_of_1024),
        TEST(ratio_takes_decimals_from_0_to_1),
        TEST(severity_takes_names_and_numbers),
        TEST(choice_takes_its_words_in_any_case),
        TEST(choice_has_the_place_its_enum_says),
        TEST(list_is_trimmed_and_holds_nothing_twice),
        TEST(text_takes_utf8_without_control_characters),
        TEST(url_takes_no_spaces),
        TEST(path_takes_any_bytes),
        TEST(pairs_must_be_whole),
        TEST(white_space_at_the_ends_does_not_count),
        TEST(getters_give_what_was_parsed),
        TEST(getters_refuse_other_types_and_missing_values),
        TEST(value_of_invalid_length_is_refused_and_shown_shortened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
