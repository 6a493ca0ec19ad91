/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include <limits.h>

#include "support/core_cmocka.h"

static void every_byte_is_two_lower_case_digits_and_back(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t in = (uint8_t)byte;
        uint8_t out = (uint8_t)~in;
        char expected[3];
        char text[3] = "xx";

        snprintf(expected, sizeof expected, "%02x", byte);
        assert_ptr_equal(hae_put_hex(text, &in, 1), text + 2);
        assert_string_equal(text, expected);
        assert_true(hae_read_hex(text, &out, 1));
        assert_int_equal(out, in);
    }
}

static void only_digits_have_a_value(void **state)
{
    static const char lower[] = "0123456789abcdef";
    static const char upper[] = "0123456789ABCDEF";

    (void)state;
    for (int c = CHAR_MIN; c <= CHAR_MAX; c++) {
        const char *found = c != 0 ? strchr(lower, c) : NULL;
        const char *found_upper = c != 0 ? strchr(upper, c) : NULL;
        int expected = found != NULL ? (int)(found - lower) : -1;

        if (found_upper != NULL) {
            expected = (int)(found_upper - upper);
        }
        assert_int_equal(hae_hex_value((char)c), expected);
    }
}

static void ids_are_read_in_lower_case_only(void **state)
{
    uint8_t bytes[2] = {7, 7};

    (void)state;
    assert_true(hae_read_hex("00af", bytes, 2));
    assert_int_equal(bytes[0], 0);
    assert_int_equal(bytes[1], 0xAF);
    assert_false(hae_read_hex("00aF", bytes, 2));
    assert_false(hae_read_hex("00Af", bytes, 2));
    assert_false(hae_read_hex("0-af", bytes, 2));
    assert_false(hae_read_hex("g0af", bytes, 2));
    assert_true(hae_read_hex("", bytes, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_two_lower_case_digits_and_back),
        cmocka_unit_test(only_digits_have_a_value),
        cmocka_unit_test(ids_are_read_in_lower_case_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
