/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <locale.h>
#include <math.h>

#include "base/alloc.h"
#include "support/core_cmocka.h"

static void text_is_escaped_and_repaired(void **state)
{
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&out);

    (void)state;
    hae_json_open(&json, NULL, '{');
    hae_json_text(&json, "a\"b", "quote \" slash \\ line \n tab \t end \x7f");
    hae_json_text(&json, "utf8", "\xed\x95\xb4");
    hae_json_text(&json, "broken", "\xff\xe2\x80x");
    hae_json_text(&json, "empty", "");
    hae_json_close(&json, '}');
    assert_string_equal(out.data,
                        "{\"a\\\"b\":\"quote \\\" slash \\\\ line \\u000a tab \\u0009 end "
                        "\\u007f\",\"utf8\":\"\xed\x95\xb4\",\"broken\":\"\\ufffd\\ufffdx\","
                        "\"empty\":\"\"}");
    hae_buffer_done(&out);
}

/* A terminal may show JSON: what base/printable.h refuses is escaped, also beyond 16 bits. */
static void what_is_not_printable_is_escaped(void **state)
{
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&out);

    (void)state;
    hae_json_open(&json, NULL, '[');
    hae_json_text(&json, NULL, "\xe2\x80\xae \xc2\x85 \xf3\xa0\x81\x81 \xf0\x9f\x98\x80");
    hae_json_text_of(&json, NULL, "a\0b", 3);
    hae_json_close(&json, ']');
    assert_string_equal(out.data, "[\"\\u202e \\u0085 \\udb40\\udc41 \xf0\x9f\x98\x80\","
                                  "\"a\\u0000b\"]");
    hae_buffer_done(&out);
}

/* Eight bytes are looked at together: whatever stands at any place of a text is found. */
static void what_needs_an_escape_is_found_anywhere(void **state)
{
    (void)state;
    for (int code = 1; code < 0x80; code++) {
        bool plain = code >= ' ' && code < 0x7F && code != '"' && code != '\\';
        for (size_t at = 0; at < 24; at++) {
            struct hae_buffer out = HAE_BUFFER_INIT;
            struct hae_json json = HAE_JSON_INIT(&out);
            char text[] = "abcdefgh ~!#[]^_{}|0129z";
            assert_int_equal(sizeof text, 25);
            text[at] = (char)code;
            hae_json_text(&json, NULL, text);
            size_t length = 24 + 2 + (plain ? 0 : code == '"' || code == '\\' ? 1 : 5);
            assert_int_equal(out.length, length);
            assert_int_equal(strlen(out.data), length);
            assert_memory_equal(out.data + 1, text, at);
            assert_memory_equal(out.data + length - 1 - (23 - at), text + at + 1, 23 - at);
            hae_buffer_done(&out);
        }
    }
}

static void a_name_may_be_written_before_its_value(void **state)
{
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&out);

    (void)state;
    hae_json_open(&json, NULL, '{');
    hae_json_name_of(&json, "one and more", 3);
    hae_json_count(&json, NULL, 1);
    hae_json_name_of(&json, "a\0b", 3);
    hae_json_open(&json, NULL, '[');
    hae_json_close(&json, ']');
    hae_json_name_of(&json, "", 0);
    hae_json_null(&json, NULL);
    hae_json_close(&json, '}');
    assert_string_equal(out.data, "{\"one\":1,\"a\\u0000b\":[],\"\":null}");
    hae_buffer_done(&out);
}

static void members_and_elements_are_separated(void **state)
{
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&out);

    (void)state;
    hae_json_open(&json, NULL, '{');
    hae_json_open(&json, "list", '[');
    hae_json_count(&json, NULL, UINT64_MAX);
    hae_json_integer(&json, NULL, INT64_MIN);
    hae_json_open(&json, NULL, '{');
    hae_json_close(&json, '}');
    hae_json_close(&json, ']');
    hae_json_bool(&json, "yes", true);
    hae_json_bool(&json, "no", false);
    hae_json_null(&json, "none");
    hae_json_close(&json, '}');
    assert_string_equal(out.data, "{\"list\":[18446744073709551615,-9223372036854775808,{}],"
                                  "\"yes\":true,\"no\":false,\"none\":null}");
    hae_buffer_done(&out);
}

static void check_number(double value, const char *expected)
{
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_json json = HAE_JSON_INIT(&out);

    hae_json_number(&json, NULL, value);
    assert_string_equal(out.data, expected);
    hae_buffer_done(&out);
}

static void numbers_are_the_shortest_that_read_back_the_same(void **state)
{
    (void)state;
    check_number(0.1, "0.1");
    check_number(1.0 / 3, "0.3333333333333333");
    check_number(1e300, "1e+300");
    check_number(-2.5, "-2.5");
    check_number(5e-324, "4.94065645841247e-324");
    check_number(123456789.125, "123456789.125");
    check_number(NAN, "null");
    check_number(INFINITY, "null");
    check_number(-INFINITY, "null");
}

/* A locale with a comma, or with a decimal point of several bytes. */
static void numbers_do_not_depend_on_the_locale(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "ko_KR.UTF-8", "ps_AF.UTF-8"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        /* A locale that is not installed changes nothing. */
        (void)setlocale(LC_NUMERIC, names[i]);
        check_number(-1234.5, "-1234.5");
        check_number(2.5e-10, "2.5e-10");
    }
    (void)setlocale(LC_NUMERIC, "C");
}

static void bytes_are_hexadecimal_or_base64(void **state)
{
    static const char *const base64[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                         "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    static const uint8_t bytes[] = "foobar";

    (void)state;
    for (size_t i = 0; i < sizeof base64 / sizeof base64[0]; i++) {
        struct hae_buffer out = HAE_BUFFER_INIT;
        struct hae_json json = HAE_JSON_INIT(&out);
        char expected[64];

        hae_json_open(&json, NULL, '[');
        hae_json_base64(&json, NULL, bytes, i);
        hae_json_hex(&json, NULL, bytes, i);
        hae_json_close(&json, ']');
        snprintf(expected, sizeof expected, "[\"%s\",\"%.*s\"]", base64[i], (int)(2 * i),
                 "666f6f626172");
        assert_string_equal(out.data, expected);
        hae_buffer_done(&out);
    }
}

static void write_something(struct hae_buffer *out)
{
    struct hae_json json = HAE_JSON_INIT(out);

    hae_json_open(&json, NULL, '[');
    for (int i = 0; i < 1000; i++) {
        hae_json_text(&json, NULL, "some text");
        hae_json_number(&json, NULL, i / 3.0);
    }
    hae_json_close(&json, ']');
}

static void failed_allocation_shows_in_the_buffer(void **state)
{
    long live = hae_alloc_live_count();

    (void)state;
    for (long allowed = 0;; allowed++) {
        struct hae_buffer out = HAE_BUFFER_INIT;
        long refused = hae_alloc_refused_count();
        bool failed;

        hae_alloc_fail_after(allowed);
        write_something(&out);
        hae_alloc_fail_after(-1);
        failed = out.failed;
        assert_int_equal(failed, hae_alloc_refused_count() != refused);
        hae_buffer_done(&out);
        assert_int_equal(hae_alloc_live_count(), live);
        if (!failed) {
            assert_true(allowed > 3);
            break;
        }
    }
}

static void a_buffer_keeps_its_limit(void **state)
{
    enum { LIMIT = 1000 };
    struct hae_buffer out = HAE_BUFFER_INIT;

    (void)state;
    out.limit = LIMIT;
    for (size_t i = 0; i < LIMIT; i++) {
        hae_buffer_char(&out, 'x');
    }
    assert_false(out.failed);
    hae_buffer_char(&out, 'x');
    assert_true(out.failed && out.over_limit);
    assert_int_equal(out.length, LIMIT);
    assert_true(out.capacity <= LIMIT + 1);
    hae_buffer_clear(&out);
    hae_buffer_repeat(&out, "12345678", LIMIT / 8 + 1);
    assert_true(out.failed && out.over_limit);
    assert_true(out.length <= LIMIT);
    hae_buffer_done(&out);
    assert_int_equal(out.limit, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_escaped_and_repaired),
        cmocka_unit_test(what_is_not_printable_is_escaped),
        cmocka_unit_test(what_needs_an_escape_is_found_anywhere),
        cmocka_unit_test(a_name_may_be_written_before_its_value),
        cmocka_unit_test(members_and_elements_are_separated),
        cmocka_unit_test(numbers_are_the_shortest_that_read_back_the_same),
        cmocka_unit_test(numbers_do_not_depend_on_the_locale),
        cmocka_unit_test(bytes_are_hexadecimal_or_base64),
        cmocka_unit_test(failed_allocation_shows_in_the_buffer),
        cmocka_unit_test(a_buffer_keeps_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
