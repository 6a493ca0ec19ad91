/* SPDX-License-Identifier: Apache-2.0 */
/* Variables in the values of files: each row of the specification's table, and malformed
 * references. Specification: "Environment variable substitution". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "substitute.h"

static const char *lookup(haetae_string name)
{
    static const char *const variables[][2] = {
        {"STRING_VALUE", "value"},
        {"BOOL_VALUE", "true"},
        {"INVALID_MAP_VALUE", "value\nkey:value"},
        {"DO_NOT_REPLACE_ME", "Never use this value"},
        {"REPLACE_ME", "${DO_NOT_REPLACE_ME}"},
        {"VALUE_WITH_ESCAPE", "value$$"},
        {"EMPTY", ""},
        {"env", "called env"},
        {"FOO", "a"},
        {"BAR", "b"},
        {"BAZ", "c"},
    };

    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        if (strlen(variables[i][0]) == name.length &&
            memcmp(variables[i][0], name.data, name.length) == 0) {
            return variables[i][1];
        }
    }
    return NULL;
}

static void references_are_replaced_as_specified(void **state)
{
    static const char *const rows[][2] = {
        {"${STRING_VALUE}", "value"},
        {"${env:STRING_VALUE}", "value"},
        {"${BOOL_VALUE}", "true"},
        {"${INVALID_MAP_VALUE}", "value\nkey:value"},
        {"foo ${STRING_VALUE} ${BOOL_VALUE}", "foo value true"},
        {"${UNDEFINED_KEY}", ""},
        {"${UNDEFINED_KEY:-fallback}", "fallback"},
        {"${EMPTY:-fallback}", "fallback"},
        {"${STRING_VALUE:-fallback}", "value"},
        {"${UNDEFINED_KEY:-}", ""},
        {"${env:UNDEFINED_KEY:-a b:c}", "a b:c"},
        {"${REPLACE_ME}", "${DO_NOT_REPLACE_ME}"},
        {"${UNDEFINED_KEY:-${STRING_VALUE}}", "${STRING_VALUE}"},
        {"$${STRING_VALUE}", "${STRING_VALUE}"},
        {"$$${STRING_VALUE}", "$value"},
        {"$$$${STRING_VALUE}", "$${STRING_VALUE}"},
        {"$${STRING_VALUE:-fallback}", "${STRING_VALUE:-fallback}"},
        {"$${STRING_VALUE:-${STRING_VALUE}}", "${STRING_VALUE:-value}"},
        {"${UNDEFINED_KEY:-$${UNDEFINED_KEY}}", "${UNDEFINED_KEY:-${UNDEFINED_KEY}}"},
        {"${VALUE_WITH_ESCAPE}", "value$$"},
        {"a $$ b", "a $ b"},
        {"a $ b", "a $ b"},
        {"$${FOO} ${BAR} $${BAZ}", "${FOO} b ${BAZ}"},
        {"", ""},
        {"${", "${"},
        {"${}", "${}"},
        {"${FOO", "${FOO"},
        {"$", "$"},
        {"$$", "$"},
        {"${env:-x}", "called env"},
        {"x${FOO}${BAR}y", "xaby"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        haetae_string bad = {NULL, 0};
        char *text = NULL;

        assert_int_equal(hae_substitute(haetae_string_of(rows[i][0]), lookup, &text, &bad),
                         HAETAE_OK);
        assert_string_equal(text, rows[i][1]);
        free(text);
    }
}

static void malformed_references_are_errors(void **state)
{
    static const char *const rows[] = {
        "${1API_KEY}", "${API_$KEY}",  "${STRING_VALUE:?error}", "${STRING_VALUE:}",
        "${ FOO}",     "${FOO }",      "${sys:some.property}",   "${env:}",
        "${:-x}",      "${FOO:-a\nb}", "${FOO:-\x7f}",           "${FOO-x}"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        haetae_string bad = {NULL, 0};
        char before[64];
        char *text = NULL;

        snprintf(before, sizeof before, "ok %s", rows[i]);
        assert_int_equal(hae_substitute(haetae_string_of(before), lookup, &text, &bad),
                         HAETAE_EFORMAT);
        assert_null(text);
        assert_ptr_equal(bad.data, before + 3);
    }
}

static const char *lookup_much(haetae_string name)
{
    static char much[1 << 16];

    (void)name;
    memset(much, 'x', sizeof much - 1);
    return much;
}

static void results_without_end_are_refused(void **state)
{
    char many[4 * 32 + 1] = "";
    haetae_string bad;
    char *text = NULL;

    (void)state;
    for (int i = 0; i < 32; i++) {
        strcat(many, "${x}");
    }
    assert_int_equal(hae_substitute(haetae_string_of(many), lookup_much, &text, &bad),
                     HAETAE_ELIMIT);
    assert_null(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_replaced_as_specified),
        cmocka_unit_test(malformed_references_are_errors),
        cmocka_unit_test(results_without_end_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
