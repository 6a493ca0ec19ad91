/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wildcard.h"

#include <string.h>

#include "support/core_cmocka.h"

static bool matches(const char *pattern, const char *text)
{
    return hae_wildcard_match(pattern, strlen(pattern), text, strlen(text));
}

static void patterns_match_what_they_say(void **state)
{
    static const struct {
        const char *pattern;
        const char *text;
        bool expected;
    } cases[] = {
        {"", "", true},           {"", "a", false},        {"a", "", false},
        {"*", "", true},          {"*", "anything", true}, {"**", "", true},
        {"?", "", false},         {"?", "a", true},        {"?", "ab", false},
        {"a*", "a", true},        {"a*", "abc", true},     {"a*", "ba", false},
        {"*a", "bca", true},      {"*a", "bcab", false},   {"a*b*c", "a--b--c", true},
        {"a*b*c", "acb", false},  {"a?c", "abc", true},    {"*.password", "user.password", true},
        {"*ab", "aab", true},     {"*aab", "aaab", true},  {"a*a", "a", false},
        {"*a*b?", "xaybz", true}, {"A", "a", false},       {"[a]", "a", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(matches(cases[i].pattern, cases[i].text), cases[i].expected);
    }
    assert_true(hae_wildcard_match("a*", 1, "a", 1)); /* by lengths */
    assert_true(hae_wildcard_match(NULL, 0, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_what_they_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
