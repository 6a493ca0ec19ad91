/* SPDX-License-Identifier: Apache-2.0 */
#include "base/decimal.h"

#include <float.h>
#include <locale.h>

#include "support/core_cmocka.h"

static void check(double value, const char *expected)
{
    char text[HAE_DECIMAL_BYTES];

    hae_decimal(value, text);
    assert_string_equal(text, expected);
}

static void decimal_is_the_shortest_that_reads_back_the_same(void **state)
{
    (void)state;
    check(0, "0");
    check(-0.0, "-0");
    check(3, "3");
    check(0.1, "0.1");
    check(0.30000000000000004, "0.30000000000000004");
    check(-DBL_MAX, "-1.7976931348623157e+308");
    check(1e-7, "1e-07");
}

static void decimal_does_not_depend_on_the_locale(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF.UTF-8"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        /* A locale that is not installed changes nothing. */
        (void)setlocale(LC_NUMERIC, names[i]);
        check(-1234.5, "-1234.5");
        check(2.5e-10, "2.5e-10");
    }
    (void)setlocale(LC_NUMERIC, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_is_the_shortest_that_reads_back_the_same),
        cmocka_unit_test(decimal_does_not_depend_on_the_locale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
