/* SPDX-License-Identifier: Apache-2.0 */
#include "base/printable.h"

#include "support/core_cmocka.h"

static void text_of_any_script_is_printable(void **state)
{
    /* ASCII, Latin, Hangul, emoji, and the joiners that scripts and emoji need. */
    static const uint32_t codes[] = {0x20,   '~',    0xA0,    0xE9,   0xD574,
                                     0x2603, 0xFFFD, 0x1F468, 0x200C, 0x200D};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_true(hae_printable(codes[i]));
    }
}

static void what_acts_reorders_or_hides_is_not_printable(void **state)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0x00, 0x1F},     {0x7F, 0x9F},      {0x061C, 0x061C}, {0x200B, 0x200B},
                  {0x200E, 0x200F}, {0x2028, 0x202E},  {0x2060, 0x206F}, {0xFEFF, 0xFEFF},
                  {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};

    (void)state;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        for (uint32_t code = ranges[i].first; code <= ranges[i].last; code++) {
            assert_false(hae_printable(code));
        }
        assert_true(hae_printable(ranges[i].last + 1));
        if (ranges[i].first != 0) {
            assert_true(hae_printable(ranges[i].first - 1));
        }
    }
}

static void check_character(const char *text, size_t length, struct hae_character expected)
{
    struct hae_character character = hae_next_character(text, length);

    assert_int_equal(character.code, expected.code);
    assert_int_equal(character.size, expected.size);
    assert_int_equal(character.valid, expected.valid);
    assert_int_equal(character.printable, expected.printable);
}

static void character_is_decoded(void **state)
{
    (void)state;
    check_character("ab", 2, (struct hae_character){'a', 1, true, true});
    check_character("\x1b[m", 3, (struct hae_character){0x1B, 1, true, false});
    check_character("\xc3\xa9", 2, (struct hae_character){0xE9, 2, true, true});
    check_character("\xc2\x9b", 2, (struct hae_character){0x9B, 2, true, false});
    check_character("\xed\x95\xb4", 3, (struct hae_character){0xD574, 3, true, true});
    check_character("\xe2\x80\xae", 3, (struct hae_character){0x202E, 3, true, false});
    check_character("\xf0\x9f\x91\xa8", 4, (struct hae_character){0x1F468, 4, true, true});
    check_character("\xf4\x8f\xbf\xbf", 4, (struct hae_character){0x10FFFF, 4, true, true});
}

static void character_that_is_not_utf8_takes_its_ill_formed_part(void **state)
{
    (void)state;
    check_character("\xffx", 2, (struct hae_character){0xFFFD, 1, false, false});
    check_character("\xe2\x80x", 3, (struct hae_character){0xFFFD, 2, false, false});
    check_character("\xed\xa0\x80", 3, (struct hae_character){0xFFFD, 1, false, false});
    check_character("\xc0\xaf", 2, (struct hae_character){0xFFFD, 1, false, false});
}

static void escape_stops_where_the_room_ends(void **state)
{
    char out[8];

    (void)state;
    assert_int_equal(hae_escape(out, sizeof out, "1234567", 7), 7);
    assert_string_equal(out, "1234567");
    assert_int_equal(hae_escape(out, sizeof out, "12345678", 8), 7);
    assert_int_equal(hae_escape(out, sizeof out, "1234\n", 5), 4);
    assert_string_equal(out, "1234");
    assert_int_equal(hae_escape(out, sizeof out, "123\n", 4), 4);
    assert_string_equal(out, "123\\x0a");
    assert_int_equal(hae_escape(out, 1, "1", 1), 0);
    assert_string_equal(out, "");
    assert_int_equal(hae_escape(out, sizeof out, "a\0b", 3), 3);
    assert_string_equal(out, "a\\x00b");
}

static void escape_shows_the_bytes_of_what_is_not_printable(void **state)
{
    char out[64];

    (void)state;
    hae_escape(out, sizeof out, "a\xe2\x80\xae\xed\x95\xb4\xff\x1b", 9);
    assert_string_equal(out, "a\\xe2\\x80\\xae\xed\x95\xb4\\xff\\x1b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_any_script_is_printable),
        cmocka_unit_test(what_acts_reorders_or_hides_is_not_printable),
        cmocka_unit_test(character_is_decoded),
        cmocka_unit_test(character_that_is_not_utf8_takes_its_ill_formed_part),
        cmocka_unit_test(escape_stops_where_the_room_ends),
        cmocka_unit_test(escape_shows_the_bytes_of_what_is_not_printable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
