/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include "util/figures.h"
#include "util/text.h"
#include "util/time_text.h"

static void check_clean(size_t size, const char *text, size_t length, const char *expected)
{
    char out[64];
    memset(out, 'x', sizeof out);
    assert_int_equal(hae_view_text_clean(out, size, text, length), strlen(expected));
    assert_string_equal(out, expected);
    assert_true(size == sizeof out || out[size] == 'x');
}

static void text_keeps_utf8(void **state)
{
    (void)state;
    check_clean(64, "\xed\x95\xb4\xed\x83\x9c caf\xc3\xa9", 12,
                "\xed\x95\xb4\xed\x83\x9c caf\xc3\xa9");
    check_clean(64, NULL, 0, "");
}

static void text_escapes_what_moves_the_cursor(void **state)
{
    (void)state;
    check_clean(64, "\x1b[31mred\n\r\t\x7f", 12, "\\x1b[31mred\\n\\r\\t\\x7f");
    check_clean(64, "a\0b", 3, "a\\x00b");
    /* A C1 control (CSI), a line separator, a right-to-left override. */
    check_clean(64, "\xc2\x9b\xe2\x80\xa8\xe2\x80\xae", 8, "\\x9b\\u2028\\u202e");
    /* A zero-width space and a tag. */
    check_clean(64, "\xe2\x80\x8b\xf3\xa0\x81\x81", 7, "\\u200b\\ue0041");
}

static void text_replaces_invalid_bytes(void **state)
{
    (void)state;
    const char *fffd = "\xef\xbf\xbd";
    const char *const broken[] = {"\x80", "\xff", "\xc3", "\xc0", "\xf5"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        check_clean(64, broken[i], 1, fffd);
    }
    /* Overlong, surrogate, beyond Unicode: no part of them counts as text. */
    check_clean(64, "\xc0\xaf", 2, "\xef\xbf\xbd\xef\xbf\xbd");
    check_clean(64, "\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void text_is_cut_at_a_character(void **state)
{
    (void)state;
    check_clean(8, "abcdefg", 7, "abcdefg");
    check_clean(8, "abcdefgh", 8, "abcd\xe2\x80\xa6");
    check_clean(8, "abc\xed\x95\xb4\xed\x83\x9c", 9, "abc\xe2\x80\xa6");
    check_clean(8,
                "ab\xed\x95\xb4"
                "cde",
                8, "ab\xe2\x80\xa6");
    check_clean(4, "abcdef", 6, "\xe2\x80\xa6");
    /* An escape is never cut. */
    check_clean(8, "abcd\x1b\x1b", 6, "abcd\xe2\x80\xa6");
}

static void text_width_counts_columns(void **state)
{
    (void)state;
    assert_int_equal(hae_view_text_width("abc"), 3);
    assert_int_equal(hae_view_text_width("\xed\x95\xb4\xed\x83\x9c"), 4); /* wide */
    assert_int_equal(hae_view_text_width("e\xcc\x81"), 1);                /* combining */
    size_t columns;
    assert_int_equal(hae_view_text_prefix("\xed\x95\xb4\xed\x83\x9c", 3, &columns), 3);
    assert_int_equal(columns, 2);
}

static void check_figure(char *(*format)(char *, size_t, double), double value,
                         const char *expected)
{
    char out[HAE_VIEW_FIGURE_SIZE];
    assert_string_equal(format(out, sizeof out, value), expected);
}

static void figures_have_three_digits_and_a_unit(void **state)
{
    (void)state;
    check_figure(hae_view_figure_duration, 0, "0");
    check_figure(hae_view_figure_duration, 812, "812 ns");
    check_figure(hae_view_figure_duration, 999.6, "1.00 \xc2\xb5s");
    check_figure(hae_view_figure_duration, 4.123e6, "4.12 ms");
    check_figure(hae_view_figure_duration, 99.96e6, "100 ms");
    check_figure(hae_view_figure_duration, 1.02e9, "1.02 s");
    check_figure(hae_view_figure_duration, 83e9, "1m 23s");
    check_figure(hae_view_figure_duration, 7500e9, "2h 05m");
    check_figure(hae_view_figure_duration, -5e6, "-5.00 ms");
    check_figure(hae_view_figure_bytes, 512, "512 B");
    check_figure(hae_view_figure_bytes, 1268777, "1.21 MiB");
    check_figure(hae_view_figure_rate, 1234.4, "1,234");
    check_figure(hae_view_figure_rate, 0.001, "<0.01");
    check_figure(hae_view_figure_number, -1234567, "-1,234,567");
    check_figure(hae_view_figure_number, 0.3472, "0.3472");
}

static void figures_never_say_all_or_none_when_it_is_not(void **state)
{
    (void)state;
    char out[HAE_VIEW_FIGURE_SIZE];
    assert_string_equal(hae_view_figure_percent(out, sizeof out, 0, 0), "-");
    assert_string_equal(hae_view_figure_percent(out, sizeof out, 0, 7), "0%");
    assert_string_equal(hae_view_figure_percent(out, sizeof out, 7, 7), "100%");
    assert_string_equal(hae_view_figure_percent(out, sizeof out, 1, 1000000), "<0.01%");
    assert_string_equal(hae_view_figure_percent(out, sizeof out, 999999, 1000000), ">99.9%");
    assert_string_equal(hae_view_figure_percent(out, sizeof out, 231, 10000), "2.31%");
}

static void figures_use_the_unit_of_a_metric(void **state)
{
    (void)state;
    char out[HAE_VIEW_FIGURE_SIZE];
    assert_string_equal(hae_view_figure_value(out, sizeof out, 0.0042, "s"), "4.20 ms");
    assert_string_equal(hae_view_figure_value(out, sizeof out, 2048, "By"), "2.00 KiB");
    assert_string_equal(hae_view_figure_value(out, sizeof out, 12, "{ride}"), "12");
    assert_string_equal(hae_view_figure_value(out, sizeof out, 12, "1"), "12");
    assert_string_equal(hae_view_figure_value(out, sizeof out, 21.5, "Cel"), "21.5 Cel");
}

static void figures_fit_any_size(void **state)
{
    (void)state;
    for (size_t size = 1; size < 24; size++) {
        char out[32];
        memset(out, 'x', sizeof out);
        hae_view_figure_count(out, size, UINT64_MAX);
        assert_true(strlen(out) < size);
        assert_int_equal(out[size], 'x');
    }
}

static void times_have_a_number_and_a_unit(void **state)
{
    static const char *const wrong[] = {"",   "s",   "5",    "-5s",           " 5s",         "5 s",
                                        "5S", "5sm", "1.5s", "100000000000s", "99999999999d"};
    (void)state;
    int64_t ns = 0;
    assert_true(hae_view_read_time("250ms", &ns));
    assert_int_equal(ns, 250000000);
    assert_true(hae_view_read_time("2h", &ns));
    assert_int_equal(ns, INT64_C(7200000000000));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(hae_view_read_time(wrong[i], &ns));
    }
    assert_int_equal(ns, INT64_C(7200000000000));
}

static void times_in_seconds_are_whole(void **state)
{
    (void)state;
    uint64_t seconds = 0;
    assert_true(hae_view_read_seconds("7d", false, &seconds));
    assert_int_equal(seconds, 7 * 86400);
    assert_true(hae_view_read_seconds("0", true, &seconds));
    assert_int_equal(seconds, 0);
    assert_false(hae_view_read_seconds("5", false, &seconds));
    assert_false(hae_view_read_seconds("1000ms", false, &seconds));
    assert_false(hae_view_read_seconds("", true, &seconds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_keeps_utf8),
        cmocka_unit_test(text_escapes_what_moves_the_cursor),
        cmocka_unit_test(text_replaces_invalid_bytes),
        cmocka_unit_test(text_is_cut_at_a_character),
        cmocka_unit_test(text_width_counts_columns),
        cmocka_unit_test(figures_have_three_digits_and_a_unit),
        cmocka_unit_test(figures_never_say_all_or_none_when_it_is_not),
        cmocka_unit_test(figures_use_the_unit_of_a_metric),
        cmocka_unit_test(figures_fit_any_size),
        cmocka_unit_test(times_have_a_number_and_a_unit),
        cmocka_unit_test(times_in_seconds_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
