/* SPDX-License-Identifier: Apache-2.0 */
/* Names, units and escaping. Tests have the names of rows of the specification's matrix. */
#include "check.h"
#include "name.h"
#include "number.h"
#include "support/core_cmocka.h"
#include "unit.h"

static haetae_string string_of(const char *text)
{
    return (haetae_string){text, strlen(text)};
}

static void expect_unit(const char *unit, bool is_gauge, const char *word)
{
    struct hae_buffer out = HAE_BUFFER_INIT;

    hae_prom_put_unit(&out, string_of(unit), is_gauge);
    assert_string_equal(out.length > 0 ? out.data : "", word);
    hae_buffer_done(&out);
}

static void expect_family(enum hae_prom_strategy strategy, enum hae_prom_format format,
                          enum hae_prom_escaping escaping, enum hae_prom_type type,
                          const char *name, const char *unit, const char *family)
{
    struct hae_prom_options options = {.strategy = strategy};
    struct hae_prom_style style = {.format = format, .escaping = escaping, .options = &options};
    struct hae_buffer out = HAE_BUFFER_INIT;

    (void)hae_prom_put_family(&out, &style, string_of(name), string_of(unit), type);
    assert_string_equal(out.data, family);
    hae_buffer_done(&out);
}

static void expect_text_family(enum hae_prom_type type, const char *name, const char *unit,
                               const char *family)
{
    expect_family(HAE_PROM_UNDERSCORES_WITH_SUFFIXES, HAE_PROM_TEXT, HAE_PROM_ESCAPE_UNDERSCORES,
                  type, name, unit, family);
}

static void expect_label(enum hae_prom_strategy strategy, enum hae_prom_escaping escaping,
                         const char *key, const char *label)
{
    struct hae_prom_options options = {.strategy = strategy};
    struct hae_prom_style style = {.escaping = escaping, .options = &options};
    struct hae_buffer out = HAE_BUFFER_INIT;

    hae_prom_put_label(&out, &style, string_of(key));
    assert_string_equal(out.data, label);
    hae_buffer_done(&out);
}

static void unit_full_words(void **state)
{
    static const char *const words[][2] = {
        {"d", "days"},         {"h", "hours"},         {"min", "minutes"},
        {"s", "seconds"},      {"ms", "milliseconds"}, {"us", "microseconds"},
        {"ns", "nanoseconds"}, {"By", "bytes"},        {"KiBy", "kibibytes"},
        {"MiBy", "mebibytes"}, {"GiBy", "gibibytes"},  {"TiBy", "tebibytes"},
        {"kBy", "kilobytes"},  {"MBy", "megabytes"},   {"GBy", "gigabytes"},
        {"TBy", "terabytes"},  {"m", "meters"},        {"V", "volts"},
        {"A", "amperes"},      {"J", "joules"},        {"W", "watts"},
        {"g", "grams"},        {"Cel", "celsius"},     {"Hz", "hertz"},
        {"%", "percent"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        expect_unit(words[i][0], false, words[i][1]);
    }
}

static void unit_rates_and_annotations(void **state)
{
    (void)state;
    expect_unit("m/s", false, "meters_per_second");
    expect_unit("By/min", false, "bytes_per_minute");
    expect_unit("{packet}", false, "");
    expect_unit("{packet}/s", false, "per_second");
    expect_unit("By{transmitted}", false, "bytes");
    expect_unit("1", false, "");
    expect_unit("1", true, "ratio");
    expect_unit("1/s", true, "per_second");
    expect_unit("furlong", false, "furlong");
    expect_unit("°F", false, "_F");
    expect_unit("", false, "");
    expect_unit("/", false, "");
    expect_unit("{", false, "");
    expect_unit("}s{", false, "seconds");
}

static void name_sanitization(void **state)
{
    (void)state;
    expect_text_family(HAE_PROM_GAUGE, "http.server.load", "", "http_server_load");
    expect_text_family(HAE_PROM_GAUGE, "a..b__c-/d", "", "a_b_c_d");
    expect_text_family(HAE_PROM_GAUGE, "1st", "", "_1st");
    expect_text_family(HAE_PROM_GAUGE, "_under", "", "_under");
    expect_text_family(HAE_PROM_GAUGE, "rule:name", "", "rule:name");
    expect_text_family(HAE_PROM_GAUGE, "이름", "", "_");
    expect_text_family(HAE_PROM_GAUGE, "\xFF\xFE", "", "_");
}

static void unit_suffixes(void **state)
{
    (void)state;
    expect_text_family(HAE_PROM_HISTOGRAM, "http.server.request.duration", "s",
                       "http_server_request_duration_seconds");
    expect_text_family(HAE_PROM_GAUGE, "heap.bytes", "By", "heap_bytes");
    expect_text_family(HAE_PROM_GAUGE, "use", "1", "use_ratio");
    expect_text_family(HAE_PROM_COUNTER, "heap", "By", "heap_bytes_total");
    expect_text_family(HAE_PROM_COUNTER, "heap.total", "By", "heap_bytes_total");
    expect_text_family(HAE_PROM_COUNTER, "rides", "{ride}", "rides_total");
    expect_text_family(HAE_PROM_COUNTER, "done", "1", "done_total");
    /* A name has the unit when it ends with the word, and not with a longer one. */
    expect_text_family(HAE_PROM_GAUGE, "foo_milliseconds", "s", "foo_milliseconds_seconds");
    expect_text_family(HAE_PROM_GAUGE, "foo.kilobytes", "By", "foo_kilobytes_bytes");
    expect_text_family(HAE_PROM_GAUGE, "seconds", "s", "seconds");
    expect_family(HAE_PROM_UTF8_WITH_SUFFIXES, HAE_PROM_TEXT, HAE_PROM_ALLOW_UTF8, HAE_PROM_GAUGE,
                  "heap.bytes", "By", "heap.bytes");
    expect_family(HAE_PROM_UTF8_WITH_SUFFIXES, HAE_PROM_TEXT, HAE_PROM_ALLOW_UTF8, HAE_PROM_GAUGE,
                  "ébytes", "By", "ébytes_bytes");
}

static void total_suffix(void **state)
{
    (void)state;
    expect_text_family(HAE_PROM_COUNTER, "requests", "", "requests_total");
    expect_text_family(HAE_PROM_COUNTER, "requests_total", "", "requests_total");
    expect_text_family(HAE_PROM_GAUGE, "requests", "", "requests");
    expect_text_family(HAE_PROM_COUNTER, "_total", "", "_total_total");
    expect_family(HAE_PROM_UNDERSCORES_WITHOUT_SUFFIXES, HAE_PROM_TEXT, HAE_PROM_ESCAPE_UNDERSCORES,
                  HAE_PROM_COUNTER, "requests", "By", "requests");
    /* In OpenMetrics the family is without it. */
    expect_family(HAE_PROM_UNDERSCORES_WITH_SUFFIXES, HAE_PROM_OPENMETRICS,
                  HAE_PROM_ESCAPE_UNDERSCORES, HAE_PROM_COUNTER, "requests", "By",
                  "requests_bytes");
}

/* The table of "Interaction with Translation Strategy". */
static void strategies_and_escaping(void **state)
{
    static const char *const expected[][2] = {{"foo_bar_bytes_total", "foo_bar_bytes_total"},
                                              {"foo_bar", "foo_bar"},
                                              {"foo_bar_bytes_total", "foo.bar_bytes_total"},
                                              {"foo_bar", "foo.bar"}};

    (void)state;
    for (int strategy = 0; strategy < 4; strategy++) {
        expect_family((enum hae_prom_strategy)strategy, HAE_PROM_TEXT, HAE_PROM_ESCAPE_UNDERSCORES,
                      HAE_PROM_COUNTER, "foo.bar", "By", expected[strategy][0]);
        expect_family((enum hae_prom_strategy)strategy, HAE_PROM_TEXT, HAE_PROM_ALLOW_UTF8,
                      HAE_PROM_COUNTER, "foo.bar", "By", expected[strategy][1]);
    }
    expect_family(HAE_PROM_NO_TRANSLATION, HAE_PROM_TEXT, HAE_PROM_ESCAPE_DOTS, HAE_PROM_GAUGE,
                  "foo.bar_baz", "", "foo_dot_bar__baz");
    expect_family(HAE_PROM_NO_TRANSLATION, HAE_PROM_TEXT, HAE_PROM_ESCAPE_VALUES, HAE_PROM_GAUGE,
                  "foo.bar_é", "", "U__foo_2e_bar___e9_");
    expect_family(HAE_PROM_NO_TRANSLATION, HAE_PROM_TEXT, HAE_PROM_ESCAPE_VALUES, HAE_PROM_GAUGE,
                  "foo_bar", "", "foo_bar");
}

static void attributes_keys_are_sanitized(void **state)
{
    (void)state;
    expect_label(HAE_PROM_UNDERSCORES_WITH_SUFFIXES, HAE_PROM_ESCAPE_UNDERSCORES,
                 "http.request.method", "http_request_method");
    expect_label(HAE_PROM_UNDERSCORES_WITH_SUFFIXES, HAE_PROM_ALLOW_UTF8, "http.request.method",
                 "http_request_method");
    expect_label(HAE_PROM_UNDERSCORES_WITH_SUFFIXES, HAE_PROM_ESCAPE_UNDERSCORES, "a:b", "a_b");
    expect_label(HAE_PROM_UNDERSCORES_WITH_SUFFIXES, HAE_PROM_ESCAPE_UNDERSCORES, "9lives",
                 "_9lives");
    expect_label(HAE_PROM_UNDERSCORES_WITH_SUFFIXES, HAE_PROM_ESCAPE_UNDERSCORES, "__name__",
                 "_name_");
    expect_label(HAE_PROM_UNDERSCORES_WITH_SUFFIXES, HAE_PROM_ESCAPE_DOTS, "a.b", "a__b");
    expect_label(HAE_PROM_NO_TRANSLATION, HAE_PROM_ALLOW_UTF8, "http.route", "http.route");
    expect_label(HAE_PROM_NO_TRANSLATION, HAE_PROM_ALLOW_UTF8, "__name__", "_name_");
    expect_label(HAE_PROM_NO_TRANSLATION, HAE_PROM_ALLOW_UTF8, "", "_");
    expect_label(HAE_PROM_NO_TRANSLATION, HAE_PROM_ESCAPE_UNDERSCORES, "a..b", "a__b");
    expect_label(HAE_PROM_NO_TRANSLATION, HAE_PROM_ESCAPE_VALUES, "a.b", "U__a_2e_b");
}

static void expect_double(double value, const char *text)
{
    struct hae_buffer out = HAE_BUFFER_INIT;

    hae_prom_put_double(&out, value);
    assert_string_equal(out.data, text);
    hae_buffer_done(&out);
}

static void doubles_are_shortest(void **state)
{
    (void)state;
    expect_double(0, "0");
    expect_double(-0.0, "-0");
    expect_double(0.1, "0.1");
    expect_double(0.1 + 0.2, "0.30000000000000004");
    expect_double(-2.5, "-2.5");
    expect_double(1e21, "1e+21");
    expect_double(9007199254740991.0, "9007199254740991");
    expect_double(5e-324, "4.94065645841247e-324");
    expect_double(1.7976931348623157e308, "1.7976931348623157e+308");
    expect_double(__builtin_nan(""), "NaN");
    expect_double(__builtin_inf(), "+Inf");
    expect_double(-__builtin_inf(), "-Inf");
}

static void doubles_read_back(void **state)
{
    uint64_t seed = 88172645463325252u;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct hae_buffer out = HAE_BUFFER_INIT;
        double value;

        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        value = i % 2 == 0 ? (double)(int64_t)(seed >> 40) / 1000.0 : hae_double_from_bits(seed);
        if (value != value || value - value != 0) {
            continue;
        }
        hae_prom_put_double(&out, value);
        assert_true(strtod(out.data, NULL) == value);
        hae_buffer_done(&out);
    }
}

static void whole_numbers_of_openmetrics_have_a_point(void **state)
{
    struct hae_buffer out = HAE_BUFFER_INIT;

    (void)state;
    hae_prom_put_canonical(&out, 5);
    hae_buffer_char(&out, ' ');
    hae_prom_put_canonical(&out, 0.25);
    hae_buffer_char(&out, ' ');
    hae_prom_put_canonical(&out, __builtin_inf());
    hae_buffer_char(&out, ' ');
    hae_prom_put_seconds(&out, 1520879607789000000u);
    hae_buffer_char(&out, ' ');
    hae_prom_put_seconds(&out, 5000000000u);
    hae_buffer_char(&out, ' ');
    hae_prom_put_seconds(&out, 1);
    hae_buffer_char(&out, ' ');
    hae_prom_put_int(&out, INT64_MIN);
    assert_string_equal(out.data,
                        "5.0 0.25 +Inf 1520879607.789 5 0.000000001 -9223372036854775808");
    hae_buffer_done(&out);
}

static void expect_canonical(double value, const char *text)
{
    struct hae_buffer out = HAE_BUFFER_INIT;

    hae_prom_put_canonical(&out, value);
    assert_string_equal(out.data, text);
    assert_true(strtod(out.data, NULL) == value);
    hae_buffer_done(&out);
}

/* OpenMetrics, "Considerations: Canonical Numbers": its examples, and what lies between. */
static void canonical_numbers_of_openmetrics(void **state)
{
    static const struct {
        double value;
        const char *text;
    } expected[] = {
        {0.0, "0.0"},
        {0.001, "0.001"},
        {0.01, "0.01"},
        {0.95, "0.95"},
        {1.0, "1.0"},
        {1.7, "1.7"},
        {10.0, "10.0"},
        {1e-10, "1e-10"},
        {1e-9, "1e-09"},
        {1e-5, "1e-05"},
        {0.0001, "0.0001"},
        {0.1, "0.1"},
        {100000.0, "100000.0"},
        {1e6, "1e+06"},
        {1e10, "1e+10"},
        {1234567, "1.234567e+06"},
        {-2500000, "-2.5e+06"},
        {0.000025, "2.5e-05"},
        {1e300, "1e+300"},
        {123456.5, "123456.5"},
        {1234567.25, "1.23456725e+06"},
        {-0.0, "-0.0"},
        {9007199254740992.0, "9.007199254740992e+15"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        expect_canonical(expected[i].value, expected[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unit_full_words),
        cmocka_unit_test(unit_rates_and_annotations),
        cmocka_unit_test(name_sanitization),
        cmocka_unit_test(unit_suffixes),
        cmocka_unit_test(total_suffix),
        cmocka_unit_test(strategies_and_escaping),
        cmocka_unit_test(attributes_keys_are_sanitized),
        cmocka_unit_test(doubles_are_shortest),
        cmocka_unit_test(doubles_read_back),
        cmocka_unit_test(whole_numbers_of_openmetrics_have_a_point),
        cmocka_unit_test(canonical_numbers_of_openmetrics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
